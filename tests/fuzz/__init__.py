"""Bytes without end for every decoder that reads strangers' bytes."""
