"""From what torch does and raises to facts in the user's words."""
