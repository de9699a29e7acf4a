"""Rewrites of checks: an `assert`, and an `if` that raises."""
