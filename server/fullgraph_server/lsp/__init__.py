"""The protocol: its types, units of positions, progress, and what a client sets."""
