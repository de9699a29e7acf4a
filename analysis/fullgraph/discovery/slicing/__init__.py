"""The statements of a file that a target needs, and the file's text with those alone."""
