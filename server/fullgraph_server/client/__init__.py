"""The client: what it can do, what it shows, and what it is told."""
