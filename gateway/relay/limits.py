"""How often and how many at once, in memory that has an end."""

from __future__ import annotations

from collections import Counter, OrderedDict
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gateway.relay.refusing import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: Callers that are remembered; the longest silent one is forgotten first.
REMEMBERED = 20_000


class Rates:
    """A bucket for each caller and kind of call."""

    def __init__(self, mono: Callable[[], float]) -> None:
        """Nobody has called."""
        self._mono = mono
        self._left: OrderedDict[tuple[str, ...], tuple[float, float]] = OrderedDict()

    def take(self, key: tuple[str, ...], per_s: float, burst: float) -> None:
        """Room for one call.

        Raises:
            Refused: it is one too many.
        """
        now = self._mono()
        left, at = self._left.pop(key, (burst, now))
        left = min(burst, left + (now - at) * per_s)
        if left < 1.0:
            self._left[key] = left, now
            wait_s = max(1, round((1.0 - left) / per_s + 0.5))
            raise Refused(429, "rate", retry_after_s=wait_s)
        self._left[key] = left - 1.0, now
        while len(self._left) > REMEMBERED:
            self._left.popitem(last=False)


class Places:
    """Connections that are open, of all and of each address."""

    def __init__(self, most: int, per_peer: int) -> None:
        """None is open."""
        self._most, self._per_peer = most, per_peer
        self._of: Counter[str] = Counter()
        self.taken = 0

    @contextmanager
    def one(self, peer: str, *, proxy: bool) -> Iterator[bool]:
        """A place while the block lasts, if there is one; a proxy may take all."""
        free = self.taken < self._most and (proxy or self._of[peer] < self._per_peer)
        if not free:
            yield False
            return
        self.taken += 1
        self._of[peer] += 1
        try:
            yield True
        finally:
            self.taken -= 1
            self._of[peer] -= 1
            if not self._of[peer]:
                del self._of[peer]
