"""A TOML file as data, with the place of everything in it."""
