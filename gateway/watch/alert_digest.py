"""The digest of alerts («bản tin»): once on each working morning, if there is anything.

It is a notice like every other: made once a day whoever makes it, told until taken.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

from gateway.calendar.working_time import working_time
from gateway.domain.alert import SEVERITIES, What
from gateway.domain.errors import StoreError
from gateway.domain.legal_day import VIETNAM
from gateway.ports.alerts import Notice
from gateway.ports.nodes import ALERTS
from gateway.watch.alerts import KEPT, content_of
from gateway.watch.channels import at, returned

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.calendar.working_time import WorkingTime
    from gateway.domain.alert import Alert
    from gateway.ports.alerts import Channel
    from gateway.watch.alerts import Means

#: A further part of the digest, such as what is due soon: lines for people, none when
#: there is nothing.
Part: TypeAlias = Callable[[datetime], Awaitable[Sequence[str]]]

#: Real seconds between two looks at the clock on the wall.
LOOK_EVERY_S = 60.0
#: Alerts that ended and are listed; of more the page tells.
ENDED_AT_MOST = 200


class AlertDigest:
    """Makes the notices of a working morning."""

    def __init__(
        self,
        means: Means,
        channels: Sequence[Channel],
        calendar: Callable[[], Mapping[str, Any]],
        *,
        at_time: time,
        parts: Sequence[Part] = (),
    ) -> None:
        """``at_time``: Vietnam's; ``parts``: what others have to tell beside."""
        self._means = means
        self._channels = channels
        self._calendar = calendar
        self._at = at_time
        self._parts = parts
        self._made: date | None = None

    async def run(self) -> None:
        """Go on until cancelled."""
        while True:
            await self._means.clock.rest(LOOK_EVERY_S)
            if not self._means.duties.holds(ALERTS):
                continue
            try:
                await self.turn()
            except StoreError as error:
                self._means.probe.trouble("watch.alert_digest", error)

    async def turn(self) -> None:
        """Make today's, unless it is not time yet or it was made."""
        now = self._means.clock.now()
        local, working = now.astimezone(VIETNAM), working_time(self._calendar())
        day = local.date()
        too_early = not working.is_working(day) or local.time() < self._at
        if too_early or day == self._made:
            return
        span = self._last(day, working), datetime.combine(day, self._at, VIETNAM)
        content = await self._content(now, span)
        if content is not None:
            await self._means.store.keep_alerts(
                (), (), self._notices(day, now, content)
            )
        await self._means.store.forget_alerts(now - KEPT)
        self._made = day

    def _last(self, day: date, working: WorkingTime) -> datetime:
        """When the digest before was due."""
        before = day - timedelta(days=1)
        for _ in range(30):
            if working.is_working(before):
                break
            before -= timedelta(days=1)
        return datetime.combine(before, self._at, VIETNAM)

    async def _content(
        self, now: datetime, span: tuple[datetime, datetime]
    ) -> dict[str, Any] | None:
        """What stands, what ended in the span; None when there is nothing to say."""
        store = self._means.store
        rows = [row.alert for row in await store.standing_alerts()]
        standing = [
            one
            for one in rows
            if one.told_at and one.acknowledged_at is None and one.gone_at is None
        ]
        standing.sort(key=lambda one: (-one.holding.severity.rank, one.holding.since))
        rows = [
            row.alert
            for row in await store.ended_alerts(after=None, limit=ENDED_AT_MOST)
        ]
        ended = [a for a in rows if a.ended_at and span[0] <= a.ended_at < span[1]]
        more = [line for part in self._parts for line in await self._said(part, now)]
        if not (standing or ended or more):
            return None
        lines = _lines(standing, ended)
        day = now.astimezone(VIETNAM)
        return {
            "title": f"[Cổng liên thông] Bản tin ngày {day:%d/%m/%Y}: {len(standing)}"
            f" cảnh báo còn đó, {len(ended)} đã hết",
            "lines": [*lines, *more, ""],
            "standing": [content_of(one) for one in standing],
            "ended": [content_of(one) for one in ended],
        }

    async def _said(self, part: Part, now: datetime) -> Sequence[str]:
        try:
            return await part(now)
        except Exception as error:  # noqa: BLE001  what stands is told without it
            self._means.probe.trouble("watch.alert_digest.part", error)
            return ()

    def _notices(
        self, day: date, now: datetime, content: dict[str, Any]
    ) -> Sequence[Notice]:
        name = f"digest.{day.isoformat()}"
        return [
            Notice(
                id=f"{name}.{channel.name}",
                alert_id=name,
                place=1,
                channel=channel.name,
                what=What.DIGEST,
                at=now,
                due_at=now,
                content=content,
            )
            for channel in self._channels
        ]


def _lines(standing: Sequence[Alert], ended: Sequence[Alert]) -> list[str]:
    lines = []
    if standing:
        lines += [f"CÒN ĐÓ ({len(standing)})", ""]
        for one in standing:
            holding = one.holding
            lines += [
                (
                    f"- {SEVERITIES[holding.severity]}, từ {at(holding.since)}:"
                    f" {holding.reason}."
                ),
                f"  Việc cần làm: {holding.next_action}",
            ]
        lines.append("")
    if ended:
        lines += [f"ĐÃ HẾT TỪ BẢN TIN TRƯỚC ({len(ended)})", ""]
        for one in ended:
            until = at(one.ended_at or one.holding.since)
            said = f"- {one.holding.reason}, hết lúc {until}."
            lines.append(" ".join([said, *returned(content_of(one))]))
        lines.append("")
    return lines
