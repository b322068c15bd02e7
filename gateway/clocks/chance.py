"""Identifiers and draws from the operating system's randomness."""

from __future__ import annotations

import os
import random
import time

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = tuple(one + two for one in _ALPHABET for two in _ALPHABET)
_SHIFTS = tuple(range(120, -10, -10))


class SystemChance:
    """Unguessable identifiers: ten characters of time, sixteen random ones."""

    def __init__(self) -> None:
        """Draw from the system's source."""
        self._draws = random.SystemRandom()

    def identifier(self, prefix: str) -> str:
        """``prefix_`` and 26 characters, sortable by real time within a node."""
        drawn = int.from_bytes(os.urandom(10), "big")
        number = time.time_ns() // 1_000_000 << 80 | drawn
        letters = [_PAIRS[number >> shift & 1023] for shift in _SHIFTS]
        return f"{prefix}_{''.join(letters)}"

    def draw(self) -> float:
        """Uniform in [0, 1)."""
        return self._draws.random()
