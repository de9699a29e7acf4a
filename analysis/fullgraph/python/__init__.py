"""Python's syntax: scopes, bindings, imports, definitions. Each meaning is written once, here."""
