"""Whether this machine's clock is kept in step, as a source of alerts."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from gateway.clocks.kernel import kernel_clock
from gateway.ports.alerts import Source
from gateway.settings import Profile
from gateway.watch.clock_step import CLOCK, ClockStep
from gateway.watch.clock_trust import ClockTrust, ClockWatch

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from gateway.domain.alert import Holding
    from gateway.sealing.tools import Tools
    from gateway.settings import Settings


def clock_watch(tools: Tools, settings: Settings) -> ClockWatch | None:
    """Who tells this node's clock that it is wrong; nobody in mock mode."""
    if settings.profile is Profile.MOCK:
        return None
    trust = ClockTrust(kernel_clock, seconds_awake, most_s=settings.clock.wrong_s)
    return ClockWatch(trust, tools.clock, tools.store, tools.probe, settings.node)


def seconds_awake() -> float:
    """Seconds since the machine was switched on, those of its sleep too."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def of_clock(
    tools: Tools, settings: Settings, watch: ClockWatch | None = None
) -> Iterator[Source]:
    """The source; none in mock mode, where walls stand still, run fast and jump."""
    if settings.profile is Profile.MOCK:
        return
    step = ClockStep(kernel_clock, tools.clock.mono, settings.node)

    async def clock(now: datetime) -> Sequence[Holding]:
        return [*step.look(now), *(watch.holdings() if watch else ())]

    yield Source(frozenset({CLOCK}), clock, local=True)
