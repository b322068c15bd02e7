"""Whether a machine's wall is known to be wrong: by its kernel, its jumps, its past.

A kernel that keeps its clock in step is believed. Where nothing does, a wall that moved
against real seconds since it was last right, or that is behind a moment at which this
node's wall was right, is wrong; a wall that merely nobody keeps in step is told of
(``watch.clock_step``) and goes on.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from gateway.domain.alert import Holding, Severity
from gateway.domain.clock_wrong import REMEDY
from gateway.domain.errors import StoreError
from gateway.watch.clock_step import CLOCK

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gateway.ports.clock import Clock
    from gateway.ports.probe import Probe
    from gateway.ports.store import Store
    from gateway.watch.clock_step import KnownClock

#: Real seconds between two looks.
LOOK_EVERY_S = 1.0
#: Real seconds between two moments that are kept.
KEEP_EVERY_S = 60.0


class ClockTrust:
    """Says of one machine's wall since when, and by how much, it is wrong."""

    def __init__(
        self,
        known: Callable[[], KnownClock | None],
        real_s: Callable[[], float],
        *,
        most_s: float,
    ) -> None:
        """``real_s``: seconds that no clock moves, also not while the machine sleeps.

        ``most_s``: less than this is what clocks are off.
        """
        self._known = known
        self._real_s = real_s
        self._most_s = most_s
        self._apart: float | None = None
        self.seen: datetime | None = None
        #: when this node's wall was last right

    def look(self, now: datetime) -> str:
        """Why the wall is wrong, in words for people; empty: nothing says that it is."""
        apart = now.timestamp() - self._real_s()
        known = self._known()
        in_step = known is not None and known.synchronised
        if in_step and known is not None and known.error_s <= self._most_s:
            self._apart = apart
            return ""
        if self._apart is not None and abs(apart - self._apart) > self._most_s:
            how = "tới" if apart > self._apart else "lùi"
            by_s = abs(apart - self._apart)
            return (
                f"giờ bị đổi {how} {by_s:.0f} giây mà không có nguồn giờ nào xác nhận"
            )
        if self.seen is not None:
            behind = (self.seen - now).total_seconds()
            if behind > self._most_s:
                return f"giờ chậm {behind:.0f} giây so với lần cuối cổng chạy đúng giờ"
        if self._apart is None:
            self._apart = apart
        return ""


class ClockWatch:
    """The loop that tells the clock; by real time."""

    def __init__(
        self, trust: ClockTrust, clock: Clock, store: Store, probe: Probe, node: str
    ) -> None:
        """Nothing is known before ``run`` or ``look``."""
        self._trust = trust
        self._clock = clock
        self._store = store
        self._probe = probe
        self._node = node
        self._since: datetime | None = None
        self._kept_at: float | None = None

    async def run(self) -> None:
        """Go on until cancelled."""
        while True:
            await self.look()
            await self._clock.rest(LOOK_EVERY_S)

    async def look(self) -> None:
        """Look once, and tell the clock what is known of it."""
        now = self._clock.now()
        try:
            if self._kept_at is None:
                said = await self._store.mark(self._mark)
                self._trust.seen = datetime.fromisoformat(said) if said else None
            self._tell(self._trust.look(now), now)
            await self._keep(now)
        except StoreError as error:
            self._probe.trouble("watch.clock_trust", error)

    def _tell(self, why: str, now: datetime) -> None:
        was = self._clock.wrong()
        self._clock.distrust(why)
        if bool(why) != bool(was):
            self._since = now if why else None
            action = "clock_wrong" if why else "clock_right"
            self._probe.action(action=action, kind=self._node)

    async def _keep(self, now: datetime) -> None:
        """A moment at which the wall was right, for whoever starts again."""
        mono = self._clock.mono()
        due = self._kept_at is None or mono - self._kept_at >= KEEP_EVERY_S
        if self._clock.wrong():
            self._kept_at = self._kept_at or mono
        elif due:
            await self._store.set_mark(self._mark, now.isoformat())
            self._kept_at = mono

    @property
    def _mark(self) -> str:
        return f"clock_right:{self._node}"

    def holdings(self) -> Sequence[Holding]:
        """What holds at this moment."""
        why = self._clock.wrong()
        if not why or self._since is None:
            return []
        return [
            Holding(
                kind=CLOCK,
                subject=f"{self._node}:wrong",
                severity=Severity.CRITICAL,
                since=self._since,
                reason=f"Máy {self._node}: {why}. Không ký, không xét chữ ký theo giờ này",
                next_action=REMEDY,
            )
        ]
