"""One eager forward pass, written down call by call."""
