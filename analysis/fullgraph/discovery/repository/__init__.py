"""What the files of a repository say of each other: which models there are, and who builds them."""
