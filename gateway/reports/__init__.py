"""Reads what the store holds and says it for people; changes nothing."""
