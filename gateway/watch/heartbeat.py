"""Calls an address outside while all is well: whoever hears nothing raises alarm.

The one message that a dead gateway can send is none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.errors import NoticeNotTaken
from gateway.ports.nodes import ALERTS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from gateway.ports.alerts import Poster
    from gateway.watch.alerts import Means
    from gateway.watch.channel_health import ChannelHealth

HEARTBEAT = "heartbeat"


class Heartbeat:
    """One call every so many real seconds, by the node that has the duty."""

    def __init__(
        self,
        means: Means,
        poster: Poster,
        health: ChannelHealth,
        *,
        every_s: float,
        ailing: Callable[[], Awaitable[bool]],
    ) -> None:
        """``ailing``: whether the engine finds anything, or the store takes nothing."""
        self._means = means
        self._poster = poster
        self._health = health
        self._every_s = every_s
        self._ailing = ailing

    async def run(self) -> None:
        """Go on until cancelled."""
        while True:
            await self.beat()
            await self._means.clock.rest(self._every_s)

    async def beat(self) -> None:
        """Call, unless it is another node's duty or something ails."""
        if not self._means.duties.holds(ALERTS) or await self._ailing():
            return
        try:
            await self._poster.post("", b"")
        except NoticeNotTaken as error:
            self._means.probe.trouble("watch.heartbeat", error)
            await self._health.failed(HEARTBEAT, error.code)
        else:
            await self._health.works(HEARTBEAT)
