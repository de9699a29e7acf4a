"""Lifting: what Python decides on tensor data, followed through a function and written with tensors throughout."""
