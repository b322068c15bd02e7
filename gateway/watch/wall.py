"""Sees that the wall was put back, so that nothing waits for an hour to come again."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from gateway.domain.errors import StoreError

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.ports.clock import Clock
    from gateway.ports.probe import Probe
    from gateway.ports.wall import Moments

#: Real seconds between two looks.
LOOK_EVERY_S = 1.0
#: Less than this is what clocks do that are kept in step.
SLEW_S = 2.0


class WallWatch:
    """Looks each second, by real time; a virtual wall never goes back."""

    def __init__(self, moments: Moments, clock: Clock, probe: Probe) -> None:
        """Nothing is known before ``run``."""
        self._moments = moments
        self._clock = clock
        self._probe = probe

    async def run(self) -> None:
        """Go on until cancelled."""
        seen = self._clock.now()
        while True:
            await self._clock.rest(LOOK_EVERY_S)
            now = self._clock.now()
            if now < seen - timedelta(seconds=SLEW_S):
                was = seen + timedelta(seconds=LOOK_EVERY_S)
                if not await self._brought_back(was):
                    continue  # with ``seen`` as it is: the next look tries again
            seen = now

    async def _brought_back(self, was: datetime) -> bool:
        now = self._clock.now()
        try:
            moved = await self._moments.wall_went_back(was, now)
        except StoreError as error:
            self._probe.trouble("watch.wall", error)
            return False
        back_ms = round((was - now).total_seconds() * 1000, 1)
        self._probe.action(action="wall_went_back", count=moved, took_ms=back_ms)
        return True
