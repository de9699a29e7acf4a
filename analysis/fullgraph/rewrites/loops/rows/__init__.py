"""Rewrites of loops over rows: all rows at once, by a mask, or as one function of a row."""
