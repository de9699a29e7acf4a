"""What the user decides: `[tool.fullgraph]`, and `# fullgraph: ignore` comments."""
