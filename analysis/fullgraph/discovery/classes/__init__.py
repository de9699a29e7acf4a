"""The classes of a module: what they inherit, how they are built, and which of them a model is."""
