"""The worker: run by the user's interpreter, with the torch that is there."""
