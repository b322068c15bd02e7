"""Holds two lists of dossiers against each other; plain values in, plain values out."""
