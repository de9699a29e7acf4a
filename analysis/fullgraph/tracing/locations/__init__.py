"""From frames and tracebacks to expressions of the user's source."""
