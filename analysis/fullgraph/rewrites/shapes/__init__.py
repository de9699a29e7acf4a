"""Rewrites of sizes and of the dynamic-shapes spec."""
