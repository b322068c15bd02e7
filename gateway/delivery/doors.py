"""Hours and maintenance windows of every office, as this node knows them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from gateway.calendar.opening import Opening
from gateway.calendar.working_time import working_time
from gateway.domain.lane import LaneState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from gateway.domain.identifiers import OfficeId
    from gateway.domain.journal import JournalLine
    from gateway.domain.opening import Maintenance
    from gateway.ports.maintenance import MaintenanceStore
    from gateway.routing.catalogue import Catalogue
    from gateway.sealing.tools import Tools

#: Windows that are over are remembered for so long: they do not count against the
#: horizon of what was tried before.
REMEMBERED = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Shut:
    """Why an office takes nothing by its own plan, and until when."""

    state: LaneState
    until: datetime | None
    #: None: not in sight
    window: Maintenance | None


class Doors:
    """Tells which offices are shut now; what it found out holds until that changes."""

    def __init__(self, tools: Tools, kept: MaintenanceStore | None) -> None:
        """``kept`` holds the windows; None: there are none."""
        self._tools = tools
        self._kept = kept
        self._windows: dict[str, Maintenance] = {}
        self._of: Catalogue | None = None
        self._openings: dict[OfficeId, Opening | None] = {}
        self._found: dict[OfficeId, tuple[datetime, datetime, Shut | None]] = {}
        self._planned: list[OfficeId] | None = None
        # What was read before somebody's change must not be taken for newer than it.
        self._one_by_one = asyncio.Lock()

    @property
    def windows(self) -> Sequence[Maintenance]:
        """Those that are not long over."""
        return list(self._windows.values())

    async def load(self) -> bool:
        """Read the windows anew; whether any is other than it was."""
        if self._kept is None:
            return False
        async with self._one_by_one:
            since = self._tools.clock.now() - REMEMBERED
            found = await self._kept.maintenance(since)
            windows = {window.id: window for window in found}
            if windows == self._windows:
                return False
            self._windows = windows
            self._forget()
            return True

    async def keep(self, window: Maintenance, line: JournalLine) -> None:
        """Keep a window durably, then go by it.

        Raises:
            ChangedMeanwhile: somebody else changed it first.
        """
        if self._kept is None:
            return
        async with self._one_by_one:
            await self._kept.set_maintenance(window, line)
            self._windows[window.id] = window
            self._forget()

    def _forget(self) -> None:
        self._planned = None
        self._openings.clear()
        self._found.clear()

    def opening(self, office: OfficeId) -> Opening | None:
        """When an office is open; None: always."""
        current = self._tools.versions.current
        if current is not self._of:
            self._of = current
            self._forget()
        if office not in self._openings:
            self._openings[office] = self._opening(current, office)
        return self._openings[office]

    def _opening(self, current: Catalogue, office: OfficeId) -> Opening | None:
        found = current.offices.get(office)
        if found is None:
            return None
        windows = tuple(
            window
            for window in self._windows.values()
            if window.concerns(found.agency, office)
        )
        if not (found.limits.hours or windows):
            return None
        calendar = current.calendar if found.limits.hours else {}
        working = working_time(calendar, office)
        return Opening(found.limits.hours, working, windows)

    def shut(self, office: OfficeId, now: datetime) -> Shut | None:
        """Why nothing may leave for the office; None: it is open."""
        opening = self.opening(office)
        if opening is None:
            return None
        since, until, shut = self._found.get(office, (now, now, None))
        if since <= now < until:
            return shut
        shut = _shut(opening, now)
        self._found[office] = (now, opening.changes_at(now), shut)
        return shut

    def all_shut(self, now: datetime) -> dict[OfficeId, Shut]:
        """Every office that is shut now."""
        current = self._tools.versions.current
        if self._planned is None or current is not self._of:
            planned = [one for one in current.offices if self.opening(one) is not None]
            self._planned = planned
        found = {office: self.shut(office, now) for office in self._planned}
        return {office: shut for office, shut in found.items() if shut is not None}


def _shut(opening: Opening, now: datetime) -> Shut | None:
    if opening.is_open(now):
        return None
    running = opening.window(now)
    state = LaneState.OFF_HOURS if running is None else LaneState.MAINTENANCE
    window = None if running is None else running[0]
    return Shut(state, opening.next_opening(now), window)
