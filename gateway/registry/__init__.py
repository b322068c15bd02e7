"""Finds agency folders and says what they are and where their documents come from."""
