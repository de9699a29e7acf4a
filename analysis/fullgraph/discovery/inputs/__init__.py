"""What texts say of a model's example inputs: comments, annotations, callers, recorded runs."""
