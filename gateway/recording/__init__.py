"""Recorded exchanges without the people in them: what may leave the gateway as a test."""
