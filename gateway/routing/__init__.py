"""Which agency next, and what a report changes; pure functions."""
