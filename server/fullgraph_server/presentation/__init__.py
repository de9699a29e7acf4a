"""What is known of a module as text, edits and JSON for a client."""
