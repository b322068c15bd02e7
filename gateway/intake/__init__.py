"""A dossier arrives: checked, deduplicated, planned and remembered in one unit."""
