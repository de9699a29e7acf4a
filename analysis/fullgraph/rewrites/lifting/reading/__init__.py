"""Where data becomes Python, and whether a value still is what it was where it is used."""
