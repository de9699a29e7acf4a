"""One file for each way to find targets in a text."""
