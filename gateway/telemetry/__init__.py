"""What happened, as lines for operations; never personal."""
