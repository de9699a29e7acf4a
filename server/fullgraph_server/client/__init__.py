"""The connected client: its capabilities, and everything that is sent to it."""
