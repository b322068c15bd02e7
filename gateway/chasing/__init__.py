"""Chasing offices for dossiers: reminders, calls, promises, and when to go higher."""
