"""Texts: the places in them, edits put into them, and the one writer of the user's files."""
