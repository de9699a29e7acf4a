"""Processes inside the worker: the pipe, whose child is whose, limits, and steps beside the trace."""
