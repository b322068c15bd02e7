"""Opens and closes the sealed parts of a dossier; the journey's way to personal data."""
