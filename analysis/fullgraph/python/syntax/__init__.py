"""What stands in a tree: names, literals, assignments, statements and their blocks, places of definitions."""
