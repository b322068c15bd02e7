"""How fast a disk fills, by a sample a day: so many days are left at that pace."""

from __future__ import annotations

import asyncio
import json
import shutil
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from gateway.domain.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from gateway.ports.clock import Clock
    from gateway.ports.probe import Probe
    from gateway.ports.store import Store

#: Days that are remembered; a pace of less than one day is none.
KEPT = 30
_DAY = timedelta(days=1)
#: Real seconds between two looks.
LOOK_EVERY_S = 3600.0

Samples = list[tuple[str, int]]


def mark_of(node: str) -> str:
    """The mark that keeps a node's samples."""
    return f"disk/{node}"


def added(samples: Sequence[tuple[str, int]], at: datetime, used: int) -> Samples:
    """The samples with today's first one; a wall that was put back begins anew."""
    today = at.isoformat()
    before = [one for one in samples if one[0] <= today]
    if before and datetime.fromisoformat(before[-1][0]) + _DAY > at:
        return before
    return [*before[-KEPT + 1 :], (today, used)]


def days_left(
    samples: Sequence[tuple[str, int]], at: datetime, used: int, free: int
) -> int | None:
    """Days until it is full at the pace since the oldest sample; None: it does not grow."""
    if not samples:
        return None
    first, then = samples[0]
    days = (at - datetime.fromisoformat(first)) / _DAY
    if days < 1 or used <= then:
        return None
    return int(free / ((used - then) / days))


def read(text: str | None) -> dict[str, Samples]:
    """By place, as they were kept."""
    told: dict[str, list[list[object]]] = json.loads(text or "{}")
    return {
        place: [(str(at), int(str(used))) for at, used in rows]
        for place, rows in told.items()
    }


class DiskBook:
    """Takes the samples of this node."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        probe: Probe,
        *,
        node: str,
        folders: Mapping[str, Path],
    ) -> None:
        """``folders``: place → a folder on its disk."""
        self._store = store
        self._clock = clock
        self._probe = probe
        self._mark = mark_of(node)
        self._folders = folders

    async def run(self) -> None:
        """Look each hour until cancelled."""
        while True:
            try:
                await self.look()
            except (StoreError, OSError) as error:
                self._probe.trouble("watch.disk", error)
            await self._clock.rest(LOOK_EVERY_S)

    async def look(self) -> None:
        """Keep today's first sample of each place."""
        before, now = read(await self._store.mark(self._mark)), self._clock.now()
        after = {}
        for place, folder in self._folders.items():
            usage = await asyncio.to_thread(shutil.disk_usage, folder)
            after[place] = added(before.get(place, []), now, usage.total - usage.free)
        if after != before:
            await self._store.set_mark(self._mark, json.dumps(after))
