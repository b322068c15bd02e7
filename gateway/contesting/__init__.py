"""Offices contest that a lateness is counted to them; the head decides (decision 0047)."""
