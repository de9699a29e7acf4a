"""What stands in for what a target needs and is not there: checkpoints, options, pictures, libraries."""
