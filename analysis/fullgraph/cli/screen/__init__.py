"""Where output goes: what the stream can show, and how source lines are drawn on it."""
