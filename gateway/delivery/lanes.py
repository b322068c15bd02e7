"""The lanes of this node: states, room, and how attempts change them."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from gateway.delivery.circuit_breaker import after_failure, after_success, room
from gateway.domain.attempt import Outcome
from gateway.domain.errors import NeedsConfiguration, StoreError
from gateway.domain.identifiers import AgencyId
from gateway.domain.journal import JournalLine
from gateway.domain.lane import Lane, LaneLimits, LaneState
from gateway.domain.pace import gap_s

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.domain.identifiers import OfficeId
    from gateway.ports.agency import Answer
    from gateway.sealing.tools import Tools

#: Outcomes that say nobody was there, or nobody knows.
_ABSENT = frozenset({Outcome.NOT_DELIVERED, Outcome.UNKNOWN})


class Lanes:
    """Lane states as this node knows them, and what it has in flight."""

    def __init__(self, tools: Tools) -> None:
        """Start without knowledge; ``load`` reads the store."""
        self._tools = tools
        self._known: dict[OfficeId, Lane] = {}
        self._in_flight: Counter[OfficeId] = Counter()
        self._next_at: dict[OfficeId, datetime] = {}
        self._told: list[Callable[[], None]] = []
        self._turned_away: set[OfficeId] = set()
        self._being_set: set[OfficeId] = set()

    def on_room(self, ring: Callable[[], None]) -> None:
        """Call ``ring`` whenever a lane that was full has room again."""
        self._told.append(ring)

    async def load(self) -> None:
        """Read every lane's state anew; other nodes change them, too."""
        found = await self._tools.store.lanes()
        changed = False
        for lane in found:
            known = self._known.get(lane.office)
            same = known and (known.state, known.since) == (lane.state, lane.since)
            if same or lane.office in self._being_set:
                continue  # what this node counts of it, and what it decides just now
            self._known[lane.office] = lane
            changed = True
        if changed:
            self._tell_shadows()
            for ring in self._told:
                ring()

    def _tell_shadows(self) -> None:
        """Whoever makes messages has to know for which offices none may leave."""
        self._tools.versions.shadow = frozenset(
            lane.office
            for lane in self._known.values()
            if lane.state is LaneState.SHADOW
        )

    def limits(self, office: OfficeId) -> LaneLimits:
        """How hard the office may be pushed, by the running configuration.

        Raises:
            NeedsConfiguration: the office is not configured any more.
        """
        found = self._tools.versions.current.offices.get(office)
        if found is None:
            raise NeedsConfiguration(code="office_unknown")
        return found.limits

    def lane(self, office: OfficeId) -> Lane:
        """The lane as known; an office that never had trouble is open."""
        return self._known.get(office) or self._open(office)

    def _open(self, office: OfficeId) -> Lane:
        offices = self._tools.versions.current.offices
        agency = offices[office].agency if office in offices else AgencyId("")
        return Lane(office, agency, LaneState.OPEN, self._tools.clock.now())

    def stopped(self) -> frozenset[OfficeId]:
        """Offices toward which a person stopped everything."""
        by_person = {LaneState.PAUSED, LaneState.SHADOW}
        return frozenset(
            lane.office for lane in self._known.values() if lane.state in by_person
        )

    def room(self, office: OfficeId, now: datetime) -> int:
        """How many transfers may leave for the office now."""
        if office not in self._tools.versions.current.offices:
            return 0
        limits = self.limits(office)
        free = room(self.lane(office), limits, self._in_flight[office], now)
        if limits.per_second is not None:
            free = min(free, 1) if self._next_at.get(office, now) <= now else 0
        if free == 0:
            self._turned_away.add(office)
        return free

    def taken(
        self, office: OfficeId, count: int, now: datetime, *, calls: int = 1
    ) -> None:
        """Keep room for messages to the office, each of so many calls.

        Before they are claimed: while a claim is on its way the others of this
        node see that the room is gone.
        """
        self._in_flight[office] += count
        rate = self.limits(office).per_second
        if rate is not None and count:
            start = max(now, self._next_at.get(office, now))
            self._next_at[office] = start + count * timedelta(
                seconds=gap_s(rate, calls)
            )

    def not_needed(self, office: OfficeId, count: int, *, calls: int = 1) -> None:
        """Give room back that no message was found for."""
        if count <= 0:
            return
        self._in_flight[office] -= count
        rate = self.limits(office).per_second
        if rate is not None:
            self._next_at[office] -= count * timedelta(seconds=gap_s(rate, calls))
        if office in self._turned_away:
            self._turned_away.discard(office)
            for ring in self._told:
                ring()

    def wait(self, office: OfficeId, now: datetime, seconds: float) -> None:
        """Other nodes have called the office just now: look again in so many seconds."""
        self._next_at[office] = now + timedelta(seconds=seconds)
        self._turned_away.add(office)

    def opens_at(self, now: datetime) -> datetime | None:
        """The earliest moment at which a shut or slowed lane has room again."""
        moments = [
            lane.resume_at
            for lane in self._known.values()
            if lane.resume_at is not None and lane.resume_at > now
        ]
        moments += [at for at in self._next_at.values() if at > now]
        return min(moments, default=None)

    async def came_back(self, office: OfficeId, answer: Answer) -> None:
        """Note how an attempt ended; the breaker may shut or open the lane."""
        self.put_back(office)
        now = self._tools.clock.now()
        before = self.lane(office)
        if answer.outcome in _ABSENT:
            after = after_failure(before, self.limits(office), answer.code, now)
        else:
            after = after_success(before, now)
        if after.state is before.state:
            self._known[office] = after
            return
        await self.set(after, actor="breaker")

    def put_back(self, office: OfficeId, count: int = 1) -> None:
        """Note that attempts ended without telling anything about the office."""
        was_full = self._in_flight[office] >= self.limits(office).in_flight
        self._in_flight[office] -= count
        if was_full:
            for ring in self._told:
                ring()

    async def set(self, lane: Lane, *, actor: str) -> None:
        """Change a lane's state durably, with its reason in the journal."""
        line = JournalLine(
            kind="lane",
            at=self._tools.clock.now(),
            actor=actor,
            facts={"office": lane.office, "state": lane.state.value, "why": lane.why},
        )
        before = self._known.get(lane.office)
        # At once: who decides while the commit is on its way knows of it already.
        self._known[lane.office] = lane
        self._tell_shadows()
        self._being_set.add(lane.office)
        try:
            await self._tools.store.set_lane(lane, line)
        except StoreError:
            if self._known[lane.office] is lane:
                self._known[lane.office] = before or self._open(lane.office)
                self._tell_shadows()
            raise
        finally:
            self._being_set.discard(lane.office)
