"""Python's syntax: scopes, liveness, imports, blocks, tokens. Each meaning is written once, here."""
