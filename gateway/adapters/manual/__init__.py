"""An office without software: its officer works by a list (docs/agencies/manual.md)."""
