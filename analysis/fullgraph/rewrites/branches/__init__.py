"""Rewrites of branches on data."""
