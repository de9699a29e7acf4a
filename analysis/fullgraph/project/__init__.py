"""The user's files: which there are, what they are called when imported, what they say."""
