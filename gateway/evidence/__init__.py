"""Evidence for an inspection: signed roots, timestamps, and one dossier as a package."""
