"""The mutable state of a session, and the frozen values in it."""
