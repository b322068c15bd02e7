"""Tries a counterpart's own system against numbered requirements of its interface."""
