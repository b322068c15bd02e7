"""Deletes the files that nobody can need any more: ended uploads and orphans.

An orphan is a file whose row never came: the process died between the two, or the
request was refused. Its key is nowhere, so it is of no use to anybody.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from gateway.domain.errors import StoreError
from gateway.domain.journal import JournalLine
from gateway.ports.nodes import SWEEP

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence

    from gateway.ports.attachments import AttachmentStore
    from gateway.ports.clock import Clock
    from gateway.ports.nodes import Duties
    from gateway.ports.probe import Probe
    from gateway.ports.replays import Replays
    from gateway.ports.store import Store

    Ending = Callable[[datetime], Awaitable[object]]

DAY = timedelta(days=1)
#: Real seconds between two looks at the calendar: a loop that slept on a bell would
#: never let virtual time come to rest.
LOOK_EVERY_S = 600.0
#: A file without a row may still get one while it is younger; real time.
ORPHAN_AGE_S = DAY.total_seconds()
#: Real seconds between the two looks at what seems an orphan: a process that was
#: halted in the middle of a request, however long, ends the request in between.
GRACE_S = 600.0
PAGE = 1_000
#: Orphans of one turn; more of them wait for the next one.
MOST_ORPHANS = 20_000
MARK = "swept"


class Sweeper:
    """One turn a day by ``wall``; what it deletes is decided by the store alone.

    An upload's row goes first, in a unit of its own; a dossier that wants to use
    the upload finds it gone before anything is accepted. Only then goes the file.
    A death in between leaves an orphan, which a later turn finds.
    """

    def __init__(
        self,
        store: Store,
        attachments: AttachmentStore,
        clock: Clock,
        probe: Probe,
        *,
        duties: Duties,
        uploads_kept: timedelta,
        others: Sequence[Ending] = (),
    ) -> None:
        """``uploads_kept``: how long an upload waits for its dossier.

        ``others``: what else ends once a day.
        """
        self._others = others
        self._duties = duties
        self._store = store
        self._attachments = attachments
        self._clock = clock
        self._probe = probe
        self._kept = uploads_kept

    async def run(self) -> None:
        """Go on until cancelled."""
        while True:
            await self._clock.rest(LOOK_EVERY_S)
            try:
                if self._duties.holds(SWEEP):
                    await self.turn()
            except StoreError as error:
                self._probe.trouble("watch.sweeper", error)

    async def turn(self) -> None:
        """Sweep, unless that was done less than a day ago."""
        now = self._clock.now()
        last = json.loads(await self._store.mark(MARK) or "{}")
        if last and datetime.fromisoformat(last["at"]) + DAY > now:
            return
        async with self._attachments.sweeping() as may:
            if not may:
                return  # a backup copies files: in ten minutes again
        for end in self._others:
            await end(now)
        uploads = await self._end_uploads(now)
        until = await self._attachments.as_of() - ORPHAN_AGE_S
        orphans, whole = await self._end_orphans(self._since(last, until), until)
        await self._attachments.sweep()
        if uploads or orphans:
            counts = {"uploads": uploads, "orphans": orphans}
            line = JournalLine("swept", now, "gateway", counts)
            await self._store.note(f"sweeps:{now:%Y-%m-%d}", [line])
            self._probe.action(action="swept", count=uploads + orphans)
        looked = until if whole else last.get("until")
        mark = {"at": now.isoformat(), "until": looked}
        await self._store.set_mark(MARK, json.dumps(mark))

    def _since(self, last: dict[str, float | None], now: float) -> float:
        """Older files were looked at, and have the row that they had then.

        All but those of uploads that ended since; they are as old as uploads get,
        and turns are up to two days apart.
        """
        until = last.get("until")
        if until is None:
            return 0.0
        # The machine's clock may have been ahead at the last turn.
        return min(until, now) - (self._kept + 2 * DAY).total_seconds()

    async def _end_uploads(self, now: datetime) -> int:
        count = 0
        while True:
            # A backup that begins now waits for this page, and then keeps the rest.
            async with self._attachments.sweeping() as may:
                if not may:
                    return count
                ended = await self._store.end_uploads(
                    before=now - self._kept, limit=PAGE
                )
                for stored in ended:
                    await self._attachments.delete(stored.name)
            count += len(ended)
            if len(ended) < PAGE:
                return count

    async def _end_orphans(self, since: float, until: float) -> tuple[int, bool]:
        """How many were deleted, and whether all files were looked at."""
        found: list[str] = []
        async for names in self._attachments.written(since=since, until=until):
            found += await self._store.unnamed(names)
            if len(found) >= MOST_ORPHANS:
                break
        if found:
            await self._clock.rest(GRACE_S)
        count = 0
        for page in _pages(found):
            async with self._attachments.sweeping() as may:
                if not may:
                    return count, False
                for name in await self._store.unnamed(page):
                    await self._attachments.delete(name)
                    count += 1
        return count, len(found) < MOST_ORPHANS


def ending_replays(replays: Replays) -> Ending:
    """Ids of signed messages are of no use once their window is long over."""

    async def end(now: datetime) -> None:
        while await replays.forget(now - DAY, limit=PAGE) == PAGE:
            pass

    return end


def _pages(names: Sequence[str]) -> Iterator[Sequence[str]]:
    return (names[start : start + PAGE] for start in range(0, len(names), PAGE))
