"""Inputs for a model that nobody gave any: found by trying."""
