"""Rewrites of loops on data."""
