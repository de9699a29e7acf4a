"""What names mean: scopes, imports, what statements read and bind, what lives on, and what is settled."""
