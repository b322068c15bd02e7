"""What was worked out lately, for pages that many people open at once."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

T = TypeVar("T")
#: Real seconds that a value is shown for: what lies on disk changes without a sign.
SHOWN_FOR_S = 30.0
MOST = 64


class Lately(Generic[T]):
    """Values by key, each worked out in a thread and once for all who ask meanwhile.

    ``mono``: seconds that never jump.
    """

    def __init__(self, mono: Callable[[], float] = time.monotonic) -> None:
        """Nothing is known yet."""
        self._mono = mono
        self._known: dict[Hashable, tuple[float, asyncio.Future[T]]] = {}

    async def of(self, key: Hashable, make: Callable[[], T]) -> T:
        """The value; what ``make`` raises is raised to each and not kept."""
        at, known = self._known.get(key, (0.0, None))
        if known is None or self._mono() - at >= SHOWN_FOR_S:
            known = asyncio.ensure_future(asyncio.to_thread(make))
            if len(self._known) >= MOST:
                self._known.clear()
            self._known[key] = (self._mono(), known)
        try:
            return await asyncio.shield(known)
        except Exception:
            self._known.pop(key, None)
            raise
