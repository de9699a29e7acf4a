"""The dynamic-shapes spec as the user wrote it: where it stands, however it is bound, and edits of it."""
