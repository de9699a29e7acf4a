"""Observed code: the value of every expression of the user's own functions."""
