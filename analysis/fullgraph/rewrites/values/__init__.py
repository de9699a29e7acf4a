"""Rewrites that keep a value in its tensor."""
