"""Attacks on the gateway, each by the row of the checklist that it breaks."""
