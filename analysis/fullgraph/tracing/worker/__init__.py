"""The worker's processes: the warm parent, and the fork that runs one trace."""
