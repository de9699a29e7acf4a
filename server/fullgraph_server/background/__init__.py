"""Work in the background: what is scheduled, which thread runs it, and what is cached on disk."""
