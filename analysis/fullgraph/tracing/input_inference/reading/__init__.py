"""What the text of a model says of its inputs: nothing runs."""
