"""Writes facts into Word templates that a province can edit."""
