"""Identifiers and draws from the operating system's randomness."""

from __future__ import annotations

import random
import secrets
import time

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


class SystemChance:
    """Unguessable identifiers: ten characters of time, sixteen random ones."""

    def __init__(self) -> None:
        """Draw from the system's source."""
        self._draws = random.SystemRandom()

    def identifier(self, prefix: str) -> str:
        """``prefix_`` and 26 characters, sortable by real time within a node."""
        number = (time.time_ns() // 1_000_000 << 80) | secrets.randbits(80)
        letters = [_ALPHABET[(number >> shift) & 31] for shift in range(125, -5, -5)]
        return f"{prefix}_{''.join(letters)}"

    def draw(self) -> float:
        """Uniform in [0, 1)."""
        return self._draws.random()
