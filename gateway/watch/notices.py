"""Tells what is to be told on one road, in order, and again until it was taken.

A process that dies between a message and its note sends it once more: of an alert
twice is better than never.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from gateway.domain.errors import MailNotSent, NoticeNotTaken, StoreError
from gateway.ports.nodes import ALERTS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from gateway.ports.alerts import Channel, Notice
    from gateway.watch.alerts import Means
    from gateway.watch.channel_health import ChannelHealth

#: Real seconds between two looks at what is due.
LOOK_EVERY_S = 5.0
#: Notices that are told at one look.
AT_ONCE = 50
#: Who claimed and never told or put off has died: then it is due once more.
AGAIN = timedelta(minutes=5)
#: Between two tries, doubled up to the last.
FIRST, LAST = timedelta(minutes=1), timedelta(minutes=30)
#: Older ones are given up: the digest tells what still stands.
HORIZON = timedelta(days=1)


class Teller:
    """The loop of one road; a road that hangs holds up no other."""

    def __init__(self, means: Means, channel: Channel, health: ChannelHealth) -> None:
        """Nothing is told before ``run``."""
        self._means = means
        self._channel = channel
        self._health = health

    async def run(self) -> None:
        """Go on until cancelled."""
        while True:
            await self._means.clock.rest(LOOK_EVERY_S)
            if not self._means.duties.holds(ALERTS):
                continue
            try:
                await self.turn()
            except StoreError as error:
                self._means.probe.trouble("watch.notices", error)

    async def turn(self) -> None:
        """Tell what is due; after one that was not taken the rest waits with it."""
        now = self._means.clock.now()
        claimed = await self._means.store.claim_notices(
            self._channel.name, now=now, again_at=now + AGAIN, limit=AT_ONCE
        )
        left = await self._fresh(claimed, now)
        for batch in self._channel.batches(left):
            error = await self._tell(batch)
            if error is not None:
                await self._failed(left, error, now)
                return
            await self._means.store.end_notices([one.id for one in batch])
            left = [one for one in left if one not in batch]

    async def _fresh(self, claimed: Sequence[Notice], now: datetime) -> list[Notice]:
        """Those that are not too old to be told; the others are given up."""
        old = [one.id for one in claimed if now - one.at >= HORIZON]
        if old:
            await self._means.store.end_notices(old)
            self._means.probe.action(
                action="alert_given_up", kind=self._channel.name, count=len(old)
            )
        return [one for one in claimed if now - one.at < HORIZON]

    async def _tell(
        self, batch: Sequence[Notice]
    ) -> MailNotSent | NoticeNotTaken | None:
        try:
            await self._channel.tell(batch)
        except (MailNotSent, NoticeNotTaken) as error:
            return error
        await self._health.works(self._channel.name)
        self._means.probe.action(
            action="alert_told", kind=self._channel.name, count=len(batch)
        )
        return None

    async def _failed(
        self,
        left: Sequence[Notice],
        error: MailNotSent | NoticeNotTaken,
        now: datetime,
    ) -> None:
        """Put the rest off."""
        name = self._channel.name
        self._means.probe.trouble(f"watch.notices.{name}", error)
        await self._health.failed(name, error.code)
        attempts = min(one.attempts for one in left)
        wait = min(FIRST * 2 ** min(attempts - 1, 10), LAST)
        await self._means.store.put_off_notices([one.id for one in left], now + wait)
