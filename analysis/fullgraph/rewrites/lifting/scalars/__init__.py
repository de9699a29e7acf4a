"""What single numbers become, and what is decided by them: arithmetic, conditions, strings that say a verdict."""
