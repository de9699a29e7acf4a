"""Rewrites of the export call itself."""
