"""How often one sender may call, and how often at a time; by the mock's wall clock."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

PER_SECOND = 5
AT_A_TIME = 4
#: A call's room comes back one by one, each after so long.
_EACH = timedelta(seconds=1) / PER_SECOND


class TooManyCalls(Exception):
    """A call that finds no room; it takes none."""


@dataclass(slots=True)
class CallLimits:
    """Room for the calls of each sender, five deep and filled up five times a second.

    Not "no six within any second": calls that leave evenly arrive unevenly, and by
    virtual time at one instant those that left at two; neither is the sender's doing.
    """

    _full_at: dict[str, datetime] = field(default_factory=dict)
    _under_way: Counter[str] = field(default_factory=Counter)

    @asynccontextmanager
    async def call_of(
        self, sender: str, now: datetime, works_s: float = 0.0
    ) -> AsyncIterator[None]:
        """A call under way, from here until it is answered.

        ``works_s``: real seconds that it takes; else it is answered at once, and
        never more than one is under way.

        Raises:
            TooManyCalls: there is no room for it.
        """
        full_at = max(now, self._full_at.get(sender, now))
        if self._under_way[sender] >= AT_A_TIME:
            raise TooManyCalls
        if full_at - now > (PER_SECOND - 1) * _EACH:
            raise TooManyCalls
        self._full_at[sender] = full_at + _EACH
        self._under_way[sender] += 1
        try:
            if works_s > 0:
                await asyncio.sleep(works_s)
            yield
        finally:
            self._under_way[sender] -= 1
