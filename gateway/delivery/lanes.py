"""The lanes of this node: states, room, and how attempts change them."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from gateway.delivery import circuit_breaker
from gateway.delivery.doors import Doors
from gateway.delivery.fallback import Fallbacks
from gateway.delivery.heard import HeardBook
from gateway.delivery.ramp import Ramp
from gateway.domain.attempt import Outcome
from gateway.domain.errors import ChangedMeanwhile, NeedsConfiguration, StoreError
from gateway.domain.identifiers import AgencyId
from gateway.domain.journal import JournalLine
from gateway.domain.lane import BREAKER, Lane, LaneLimits, LaneState
from gateway.domain.pace import gap_s
from gateway.domain.values import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gateway.domain.identifiers import OfficeId
    from gateway.ports.agency import Answer
    from gateway.ports.work import LaneStore
    from gateway.sealing.tools import Tools

#: Outcomes that say nobody was there, or nobody knows.
_ABSENT = frozenset({Outcome.NOT_DELIVERED, Outcome.UNKNOWN})
#: Outcomes that we may have come to by ourselves, without a call.
_OUR_OWN = frozenset({Outcome.NEEDS_DATA, Outcome.NEEDS_CONFIGURATION})
#: Codes of attempts that never began: they tell nothing of the office.
_NOT_BEGUN = frozenset(
    {"lease_over", "store_error", "store_unavailable", "store_fate_unknown"}
)

#: Less than this is what clocks do that are kept in step.
SLEW = timedelta(seconds=2)


class Lanes:
    """Lane states as this node knows them, and what it has in flight."""

    def __init__(self, tools: Tools, kept: LaneStore | None = None) -> None:
        """Start without knowledge; ``load`` reads the store, ``kept`` the windows."""
        self._tools = tools
        self.doors = Doors(tools, kept)
        self.fallbacks = Fallbacks(tools, kept)
        self.heard = HeardBook()
        self._known: dict[OfficeId, Lane] = {}
        self._in_flight: Counter[OfficeId] = Counter()
        self._next_at: dict[OfficeId, datetime] = {}
        self._paced_at: dict[OfficeId, datetime] = {}
        #: when that was said
        self._told: list[Callable[[], None]] = []
        self._turned_away: set[OfficeId] = set()
        self._failed: defaultdict[OfficeId, set[object]] = defaultdict(set)
        self._was_shut: set[OfficeId] = set()
        self._ramps: dict[OfficeId, Ramp] = {}
        self._setting: Counter[OfficeId] = Counter()
        self._written: Counter[OfficeId] = Counter()

    def on_room(self, ring: Callable[[], None]) -> None:
        """Call ``ring`` whenever a lane that was full or shut has room again."""
        self._told.append(ring)

    def ring(self) -> None:
        """Have everybody look who waits for room."""
        for ring in self._told:
            ring()

    async def load(self) -> None:
        """Read every lane's state and every window anew.

        What is being set, or was set while this was read, is newer than what it read.
        """
        before = self._written.copy()
        # Asked together, as whoever slept wakes once for both.
        lanes, changed_doors = await asyncio.gather(
            self._tools.store.lanes(), self.doors.load()
        )
        found = {lane.office: lane for lane in lanes}
        for office, known in self._known.items():
            written = self._written[office] != before[office]
            if written or self._setting[office]:
                found[office] = known
        changed = _states(found) != _states(self._known)
        self._known = found
        changed = changed or changed_doors
        self._tell_shadows()
        if changed:
            self.ring()

    def _tell_shadows(self) -> None:
        """Whoever makes messages has to know for which offices none may leave."""
        self._tools.versions.shadow = frozenset(
            lane.office
            for lane in self._known.values()
            if lane.state is LaneState.SHADOW
        )

    def limits(self, office: OfficeId) -> LaneLimits:
        """How hard the office may be pushed now: by configuration, probe and ramp.

        Raises:
            NeedsConfiguration: the office is not configured any more.
        """
        found = self._tools.versions.current.offices.get(office)
        if found is None:
            raise NeedsConfiguration(code="office_unknown")
        limits = found.limits
        most = circuit_breaker.most(self.lane(office), limits)
        ramp = self._ramps.get(office)
        if ramp is not None:
            most = min(most, ramp.most(limits, self._tools.clock.now()))
        opening = self.doors.opening(office)
        if most == limits.in_flight and opening is None:
            return limits
        return replace(limits, in_flight=most, closures=opening)

    def lane(self, office: OfficeId) -> Lane:
        """The lane as known; an office that never had trouble is open."""
        return self._known.get(office) or self._open(office)

    def _open(self, office: OfficeId) -> Lane:
        offices = self._tools.versions.current.offices
        agency = offices[office].agency if office in offices else AgencyId("")
        return Lane(office, agency, LaneState.OPEN, self._tools.clock.now())

    def stopped(self) -> frozenset[OfficeId]:
        """Offices of which nothing may be asked: by a person, or by their own plan."""
        by_person = {LaneState.PAUSED, LaneState.SHADOW}
        shut = self.doors.all_shut(self._tools.clock.now())
        return frozenset(shut) | frozenset(
            lane.office for lane in self._known.values() if lane.state in by_person
        )

    def room(self, office: OfficeId, now: datetime) -> int:
        """How many transfers may leave for the office now."""
        if office not in self._tools.versions.current.offices:
            return 0
        return 0 if self._is_shut(office, now) else self.free(office, now)

    def free(self, office: OfficeId, now: datetime) -> int:
        """The same, whether or not it is shut: what its limits leave."""
        limits = self.limits(office)
        free = max(0, limits.in_flight - self._in_flight[office])
        if limits.per_second is not None:
            free = min(free, 1) if self._callable_at(office, now) <= now else 0
        if free == 0:
            self._turned_away.add(office)
        return free

    def _callable_at(self, office: OfficeId, now: datetime) -> datetime:
        """When its rate lets it be called; a wall that was put back says nothing of it."""
        was_ahead = now < self._paced_at.get(office, now) - SLEW
        return now if was_ahead else self._next_at.get(office, now)

    def _is_shut(self, office: OfficeId, now: datetime) -> bool:
        """Whether nothing may leave; once that is over, the office is met gently."""
        lane = self.lane(office)
        if circuit_breaker.is_shut(lane, now) or self.doors.shut(office, now):
            self._was_shut.add(office)
            return True
        if office in self._was_shut:
            self._was_shut.discard(office)
            self._ramps[office] = Ramp(now)
            self.ring()
        return False

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
            start = max(now, self._callable_at(office, now))
            self._paced_at[office] = now
            self._next_at[office] = start + count * timedelta(
                seconds=gap_s(rate, calls)
            )

    def not_needed(self, office: OfficeId, count: int, *, calls: int = 1) -> None:
        """Give room back that no message was found for."""
        if count <= 0:
            return
        self._in_flight[office] -= count
        # Of an office that left the configuration meanwhile there is none.
        known = self._tools.versions.current.offices.get(office)
        rate = None if known is None else known.limits.per_second
        # A rate that was set since the room was taken has counted nothing of it.
        if rate is not None and office in self._next_at:
            self._next_at[office] -= count * timedelta(seconds=gap_s(rate, calls))
        if office in self._turned_away:
            self._turned_away.discard(office)
            self.ring()

    def wait(self, office: OfficeId, now: datetime, seconds: float) -> None:
        """Other nodes have called the office just now: look again in so many seconds."""
        self._paced_at[office] = now
        self._next_at[office] = now + timedelta(seconds=seconds)
        self._turned_away.add(office)

    def opens_at(self, now: datetime) -> datetime | None:
        """The earliest moment at which a shut or slowed lane has room again."""
        moments = [lane.resume_at for lane in self._known.values()]
        moments += [shut.until for shut in self.doors.all_shut(now).values()]
        moments += [*self._next_at.values(), *self._ramped_at(now)]
        return min((at for at in moments if at is not None and at > now), default=None)

    def _ramped_at(self, now: datetime) -> list[datetime]:
        """When ramps end by themselves; those that have ended are forgotten."""
        offices = self._tools.versions.current.offices
        found = []
        for office, ramp in list(self._ramps.items()):
            limits = offices[office].limits if office in offices else None
            if limits is None or ramp.most(limits, now) == limits.in_flight:
                del self._ramps[office]
            elif office in self._turned_away:
                found.append(ramp.ends_at(limits))
        return found

    async def came_back(self, office: OfficeId, answer: Answer) -> None:
        """Note how an attempt ended; the breaker may shut or open the lane."""
        self.put_back(office)
        if _tells_nothing(answer):
            return
        before, now = self.lane(office), self._tools.clock.now()
        self.heard.answered(office, answer, now)
        if answer.outcome not in _ABSENT:
            after = self._answered(before, now)
        elif self.doors.shut(office, now) is not None:
            # It was under way when the office shut: that is no trouble.
            return
        elif _asks_to_wait(answer):
            wait_s = answer.retry_after_s or 0.0
            after = circuit_breaker.after_wish(before, wait_s, now)
        else:
            after = self._missed(before, answer, now)
        if (after.state, after.resume_at) == (before.state, before.resume_at):
            self._known[office] = after
            return
        try:
            await self.set(after, actor=BREAKER)
        except ChangedMeanwhile:
            # A person has stopped the office on another node.
            await self.load()

    def _answered(self, before: Lane, now: datetime) -> Lane:
        self._failed.pop(before.office, None)
        ramp = self._ramps.get(before.office)
        if ramp is not None:
            self._ramps[before.office] = ramp.after_answer()
            self.ring()
        return circuit_breaker.after_success(before, now)

    def _missed(self, before: Lane, answer: Answer, now: datetime) -> Lane:
        failed = self._failed[before.office]
        failed.add(answer.transfer_id or object())
        ramp = self._ramps.get(before.office)
        if ramp is not None:
            self._ramps[before.office] = ramp.after_failure(now)
        return circuit_breaker.after_failure(
            before, self.limits(before.office), answer.code, failed=len(failed), now=now
        )

    def put_back(self, office: OfficeId, count: int = 1) -> None:
        """Note that attempts ended without telling anything about the office."""
        known = office in self._tools.versions.current.offices
        was_full = known and self._in_flight[office] >= self.limits(office).in_flight
        self._in_flight[office] -= count
        if was_full:
            self.ring()

    async def set(self, lane: Lane, *, actor: str) -> None:
        """Change a lane's state durably, with its reason in the journal.

        Raises:
            ChangedMeanwhile: a rule would have changed what a person decided.
        """
        line = JournalLine(
            kind="lane",
            at=self._tools.clock.now(),
            actor=actor,
            facts={
                "office": lane.office,
                "state": lane.state.value,
                "why": lane.why,
                **({"emergency": True} if lane.emergency else {}),
            },
        )
        before = self._known.get(lane.office)
        # At once: who decides while the commit is on its way knows of it already.
        self._known[lane.office] = lane
        self._setting[lane.office] += 1
        self._tell_shadows()
        try:
            await self._tools.store.set_lane(lane, line)
        except StoreError:
            if self._known[lane.office] is lane:
                self._known[lane.office] = before or self._open(lane.office)
                self._tell_shadows()
            raise
        finally:
            self._setting[lane.office] -= 1
            self._written[lane.office] += 1


def _tells_nothing(answer: Answer) -> bool:
    """Whether the attempt never reached the point of calling the office."""
    called = answer.http_status is not None or answer.response is not None
    ours = answer.outcome in _OUR_OWN and not called
    return ours or answer.code in _NOT_BEGUN


def _asks_to_wait(answer: Answer) -> bool:
    """Whether the office took nothing, and said for how long (429, 503)."""
    return answer.outcome is Outcome.NOT_DELIVERED and answer.retry_after_s is not None


def _states(lanes: Mapping[OfficeId, Lane]) -> dict[OfficeId, object]:
    """How lanes stand that do not simply send."""
    return {
        office: (lane.state, lane.resume_at)
        for office, lane in lanes.items()
        if lane.state is not LaneState.OPEN or lane.resume_at is not None
    }
