"""Whether this machine's clock is kept in step, as a source of alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.clocks.kernel import kernel_clock
from gateway.ports.alerts import Source
from gateway.settings import Profile
from gateway.watch.clock_step import CLOCK, ClockStep

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from gateway.domain.alert import Holding
    from gateway.sealing.tools import Tools
    from gateway.settings import Settings


def of_clock(tools: Tools, settings: Settings) -> Iterator[Source]:
    """The source; none in mock mode, where walls stand still, run fast and jump."""
    if settings.profile is Profile.MOCK:
        return
    step = ClockStep(kernel_clock, tools.clock.mono, settings.node)

    async def clock(now: datetime) -> Sequence[Holding]:
        return list(step.look(now))

    yield Source(frozenset({CLOCK}), clock, local=True)
