"""Working days as data: what a province counts, and from where it knows it."""
