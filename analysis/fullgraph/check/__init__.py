"""The pipeline: paths → targets → facts → findings."""
