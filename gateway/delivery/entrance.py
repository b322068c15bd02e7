"""Leave for enquiries and polls: room in the lane of this node, and over all nodes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.domain.errors import StoreError
from gateway.ports.nodes import Permit

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.delivery.lanes import Lanes
    from gateway.domain.identifiers import OfficeId
    from gateway.ports.agency import Answer
    from gateway.ports.nodes import Permits
    from gateway.sealing.tools import Tools

#: Over a call's own timeout: after so long it is over without anybody's word.
HOLD_MARGIN_S = 10.0
_NONE = Permit(0)


@dataclass(frozen=True, slots=True)
class Entry:
    """Leave for ``count`` messages to an office, each of so many calls."""

    office: OfficeId
    count: int = 0
    calls: int = 1
    permit: Permit = _NONE


class Entrance:
    """Whoever asks an office something comes through here, and goes out again."""

    def __init__(self, tools: Tools, lanes: Lanes, permits: Permits) -> None:
        """Take what counts on this node and what counts over all."""
        self._tools = tools
        self._lanes = lanes
        self._permits = permits

    async def enter(
        self, office: OfficeId, most: int, now: datetime, *, calls: int = 1
    ) -> Entry:
        """Leave for at most so many messages; its count may be 0."""
        lanes, limits = self._lanes, self._lanes.limits(office)
        room = min(most, lanes.room(office, now))
        if room <= 0:
            return Entry(office)
        # Before anything is awaited: the others of this node see that it is gone.
        lanes.taken(office, room, now, calls=calls)
        permit = _NONE
        try:
            permit = await self._permits.permit(
                office,
                room,
                calls=calls,
                limits=limits,
                now=now,
                hold_s=limits.timeout_s + HOLD_MARGIN_S,
            )
        finally:
            lanes.not_needed(office, room - permit.count, calls=calls)
        if permit.wait_s:
            lanes.wait(office, now, permit.wait_s)
        return Entry(office, permit.count, calls, permit)

    async def unused(self, entry: Entry, count: int) -> None:
        """No message was found for so many."""
        if count > 0:
            self._lanes.not_needed(entry.office, count, calls=entry.calls)
            await self._give_back(entry, count)

    async def ended(
        self, entry: Entry, count: int = 1, heard: Answer | None = None
    ) -> None:
        """So many were answered, or will not be; ``heard``: what the office said to one.

        The breaker opens and shuts by whatever an office is asked.
        """
        try:
            if heard is None:
                self._lanes.put_back(entry.office, count)
            else:
                self._lanes.put_back(entry.office, count - 1)
                await self._lanes.came_back(entry.office, heard)
        except StoreError as error:
            self._tools.probe.trouble("delivery.lane", error)
        await self._give_back(entry, count)

    async def _give_back(self, entry: Entry, count: int) -> None:
        try:
            await self._permits.give_back(entry.permit, count)
        except StoreError as error:
            # It ends by itself, a little later.
            self._tools.probe.trouble("delivery.entrance", error)
