"""Measures a dossier from its journal: clocks, waits, shares; pure (decision 0040)."""
