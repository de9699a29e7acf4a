"""All mutable state, and the frozen values that it is made of."""
