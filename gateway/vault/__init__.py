"""Keys, sealed values and sealed files; master key outside the store."""
