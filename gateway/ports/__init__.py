"""What the gateway needs from outside; protocols only."""
