"""Durable job libraries that people would use instead, on S1's work."""
