"""Rewrites of what works row by row because rows have lengths: padded tensors and a mask of what is valid."""
