"""Lists and tables of numbers, what Python asks of them, and the loops that only collect or add up."""
