"""An answer comes back: verified, deduplicated, matched, applied."""
