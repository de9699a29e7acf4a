"""What the export became: described, saved, and compared."""
