"""Tells that the store takes nothing, past the store: nothing can be noted there.

Each node tells it of itself, since none knows of another while the store is away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.alert import Alert, Holding, Severity, What
from gateway.domain.errors import MailNotSent, NoticeNotTaken, StoreError
from gateway.domain.values import replace
from gateway.ports.alerts import Notice
from gateway.watch.alerts import content_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from gateway.ports.alerts import Channel
    from gateway.watch.alerts import Means

#: Real seconds between two looks.
LOOK_EVERY_S = 30.0
#: Looks in a row after which it has begun, and after which it has ended.
IN_A_ROW = 2
STORE = "store"


class StoreAlarm:
    """Asks each half minute; begun and ended after two looks that say the same."""

    def __init__(
        self,
        means: Means,
        channels: Sequence[Channel],
        why_not: Callable[[], Awaitable[str]],
        *,
        node: str,
    ) -> None:
        """``why_not``: why the store cannot be relied on, empty when it can."""
        self._means = means
        self._channels = channels
        self._why_not = why_not
        self._node = node
        self._seen = 0
        self._alert: Alert | None = None
        self._owed: dict[str, What] = {}
        #: road → what is still to be told on it

    async def run(self) -> None:
        """Go on until cancelled."""
        while True:
            await self._means.clock.rest(LOOK_EVERY_S)
            await self.look()

    async def look(self) -> None:
        """Ask once, and tell what has begun or ended."""
        why = await self._why_not()
        away = self._alert is not None and self._alert.ended_at is None
        self._seen = self._seen + 1 if bool(why) is not away else 0
        if self._seen >= IN_A_ROW:
            self._seen = 0
            await (self._begin(why) if why else self._end())
        await self._tell()

    async def _begin(self, why: str) -> None:
        now = self._means.clock.now()
        holding = Holding(
            kind=STORE,
            subject=self._node,
            severity=Severity.CRITICAL,
            since=now,
            reason=f"Máy {self._node}: {why[:1].lower()}{why[1:]}",
            next_action="Xem máy chủ cơ sở dữ liệu, đĩa và mạng của máy này.",
        )
        name = self._means.chance.identifier("al")
        self._alert = Alert(
            *(name, 1, self._node, holding, now, now, Severity.CRITICAL)
        )
        self._log("alert_began")
        self._owed = {one.name: What.BEGAN for one in self._channels}

    async def _end(self) -> None:
        if self._alert is None:
            return
        now = self._means.clock.now()
        self._alert = replace(self._alert, gone_at=now, ended_at=now)
        self._log("alert_ended")
        # A road that never took the onset need not hear of the end.
        self._owed = {
            one.name: What.ENDED
            for one in self._channels
            if self._owed.get(one.name) is not What.BEGAN
        }
        try:
            await self._means.store.keep_alerts([self._alert])
        except StoreError as error:
            self._means.probe.trouble("watch.store_alarm", error)

    def _log(self, action: str) -> None:
        self._means.probe.action(
            action=action, kind=STORE, subject=self._node, severity="critical"
        )

    async def _tell(self) -> None:
        """What is owed on each road; what is not taken is tried at the next look."""
        for channel in self._channels:
            what = self._owed.get(channel.name)
            if what is None or self._alert is None:
                continue
            now = self._means.clock.now()
            notice = Notice(
                id=f"{self._alert.id}.{what}.{channel.name}",
                alert_id=self._alert.id,
                place=1,
                channel=channel.name,
                what=what,
                at=now,
                due_at=now,
                content=content_of(self._alert),
            )
            try:
                if channel.wants(notice):
                    await channel.tell([notice])
            except (MailNotSent, NoticeNotTaken) as error:
                self._means.probe.trouble(f"watch.store_alarm.{channel.name}", error)
                continue
            del self._owed[channel.name]
