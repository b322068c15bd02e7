"""Numbers and codes as people write them: read tolerantly, doubted in words, never refused."""
