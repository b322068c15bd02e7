"""What an office's own list lets us infer: proposed with its evidence, confirmed by people."""
