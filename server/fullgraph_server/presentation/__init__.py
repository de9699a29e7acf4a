"""Results as what a client shows: diagnostics, hover text, edits, JSON."""
