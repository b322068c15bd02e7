"""Looks whether the engine itself stands: overdue work that nobody takes, still loops.

It tells at the onset and at the end of what it finds, never in between, and only
what two looks in a row have seen: a moment may always be caught between two claims.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.domain.errors import StoreError
from gateway.ports.nodes import WATCH
from gateway.ports.watch import Stall, StallLimits

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from gateway.domain.identifiers import OfficeId
    from gateway.ports.clock import Bell, Clock
    from gateway.ports.nodes import Duties
    from gateway.ports.probe import Probe
    from gateway.ports.watch import EngineWatch, Stalled

#: Real seconds between two looks: what stands does so by whatever clock.
LOOK_EVERY_S = 30.0
#: What a loop that does not turn is called among the findings.
LOOP = "loop"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that stands; ``where`` is an office, or the name of a loop."""

    what: str
    where: str
    since: datetime
    count: int
    first: str = ""
    #: the transfer that has waited longest

    @property
    def key(self) -> tuple[str, str]:
        """What makes it the same finding at the next look."""
        return self.what, self.where


class Engine:
    """One look each half minute, by real time."""

    def __init__(
        self,
        watch: EngineWatch,
        clock: Clock,
        probe: Probe,
        *,
        has_room: Callable[[OfficeId, datetime], bool],
        bells: Sequence[Bell],
        duties: Duties,
        limits: StallLimits | None = None,
    ) -> None:
        """``has_room`` tells whether a transfer may leave; ``bells`` are the loops'.

        Every node looks, so that each can say how things stand; what stands in the
        store is told by the one whose duty it is.
        """
        self._duties = duties
        self._watch = watch
        self._clock = clock
        self._probe = probe
        self._has_room = has_room
        self._bells = bells
        self._limits = limits or StallLimits()
        self._turns: dict[str, int] = {}
        self._still: dict[str, datetime] = {}
        self._seen: set[tuple[str, str]] = set()
        self._standing: dict[tuple[str, str], Finding] = {}
        self.looked_at: datetime | None = None

    @property
    def standing(self) -> Sequence[Finding]:
        """What stands since two looks or longer."""
        return list(self._standing.values())

    def turned_s(self) -> Mapping[str, float]:
        """How long ago each loop last came to wait; all are rung at every look."""
        now = self._clock.mono()
        return {bell.name: now - bell.turned_at for bell in self._bells}

    async def run(self) -> None:
        """Go on until cancelled."""
        while True:
            await self._clock.rest(LOOK_EVERY_S)
            try:
                await self.look()
            except StoreError as error:
                self._probe.trouble("watch.engine", error)

    async def look(self) -> None:
        """Look once, and tell what has begun or ended to stand."""
        now = self._clock.now()
        overdue = await self._watch.stalled(now, self._limits)
        found = [_finding(one) for one in overdue if self._counts(one, now)]
        found += self._loops(now)
        stands = {one.key: one for one in found if one.key in self._seen}
        for key, one in stands.items():
            if key not in self._standing:
                self._tell("engine_stalled", one)
        for key, one in self._standing.items():
            if key not in stands:
                self._tell("engine_recovered", one)
        self._standing, self._seen = stands, {one.key for one in found}
        self.looked_at = now

    def _counts(self, one: Stalled, now: datetime) -> bool:
        """Whether it should have been done: nothing is due toward a shut office."""
        if one.what is Stall.LEASE:
            return True
        return one.on_their_way == 0 and self._has_room(one.office, now)

    def _loops(self, now: datetime) -> list[Finding]:
        """Loops that were rung at the last look and have not been round since."""
        found = []
        for bell in self._bells:
            if self._turns.get(bell.name) == bell.turns:
                since = self._still.setdefault(bell.name, self.looked_at or now)
                found.append(Finding(LOOP, bell.name, since, 1))
            else:
                self._still.pop(bell.name, None)
            self._turns[bell.name] = bell.turns
            bell.ring()
        return found

    def _tell(self, action: str, one: Finding) -> None:
        if one.what != LOOP and not self._duties.holds(WATCH):
            return
        self._probe.action(
            action=action, kind=one.what, office=one.where, count=one.count
        )


def _finding(one: Stalled) -> Finding:
    return Finding(one.what.value, one.office, one.since, one.count, one.first)
