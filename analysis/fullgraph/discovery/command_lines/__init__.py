"""How the scripts of a repository are run: command lines in its documents, and the options that scripts take."""
