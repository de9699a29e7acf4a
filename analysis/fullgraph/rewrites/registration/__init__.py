"""Rewrites that register something with torch: a buffer, a class, a fake kernel."""
