"""When what is checked, by which thread, and what is kept on disk."""
