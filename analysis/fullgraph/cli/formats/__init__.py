"""One file for each output format: a function of a report."""
