"""Configuration files of a project, YAML, JSON and TOML, as data with the line of each section."""
