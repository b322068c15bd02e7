"""Keeps the books of alerts: looks, compares, and makes what is to be told."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from gateway.calendar.working_time import working_time
from gateway.domain.alert import Severity, What
from gateway.domain.errors import ChangedMeanwhile, StoreError
from gateway.ports.alerts import Notice
from gateway.ports.nodes import ALERTS
from gateway.watch.quiet import Quiet
from gateway.watch.telling import compared

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from gateway.domain.alert import Alert, Holding
    from gateway.ports.alerts import AlertStore, Channel, Source
    from gateway.ports.clock import Clock
    from gateway.ports.ids import Chance
    from gateway.ports.nodes import Duties, Nodes
    from gateway.ports.probe import Probe
    from gateway.watch.telling import Step

#: Real seconds between two looks: a loop that slept on a bell would never let virtual
#: time come to rest.
LOOK_EVERY_S = 60.0
#: Real seconds that one source may take: one that hangs holds up no other for longer.
PATIENCE_S = 30.0
#: What a road that fails is called among the kinds; it is not told on that road.
CHANNEL_FAILING = "channel_failing"
#: Alerts that ended, and notices that were told, are kept for so long.
KEPT = timedelta(days=400)
_ACTIONS = {
    What.BEGAN: "alert_began",
    What.WORSE: "alert_worse",
    What.ENDED: "alert_ended",
}


@dataclass(frozen=True, slots=True)
class Means:
    """What alerts are kept and told with."""

    store: AlertStore
    nodes: Nodes
    clock: Clock
    chance: Chance
    probe: Probe
    duties: Duties


@dataclass(frozen=True, slots=True)
class AlertRules:
    """How alerts are told."""

    node: str
    #: this node's name
    settled: timedelta = timedelta(minutes=15)
    #: how long something has to stay away until it has ended
    quiet: Quiet = field(default_factory=Quiet)
    calendar: Callable[[], Mapping[str, Any]] = dict
    #: the running configuration's


class Alerts:
    """One look each minute, by real time; its own on every node, all by one's duty."""

    def __init__(
        self,
        means: Means,
        sources: Sequence[Source],
        channels: Sequence[Channel],
        rules: AlertRules,
    ) -> None:
        """Nothing is looked at before ``run``."""
        self._store = means.store
        self._means = means
        self._sources = sources
        self._channels = channels
        self._rules = rules

    async def run(self) -> None:
        """Go on until cancelled."""
        while True:
            await self._means.clock.rest(LOOK_EVERY_S)
            try:
                await self.look()
            except ChangedMeanwhile:
                # Somebody acknowledged one, or another node took the duty over.
                continue
            except StoreError as error:
                self._means.probe.trouble("watch.alerts", error)

    async def look(self) -> None:
        """Look once at what this node is to look at, and keep what has changed.

        Raises:
            ChangedMeanwhile: the next look sees it as it is.
        """
        now = self._means.clock.now()
        await self._compare(now, node=self._rules.node)
        if self._means.duties.holds(ALERTS):
            await self._compare(now, node="")
            await self._end_of_others(now)

    async def _compare(self, now: datetime, *, node: str) -> None:
        """What this node alone can see, or (``node`` empty) what any node sees."""
        sources = [one for one in self._sources if one.local == bool(node)]
        found = [await self._looked(one, now) for one in sources]
        kinds = frozenset[str]().union(*(kinds for kinds, _ in found))
        rows = await self._store.standing_alerts()
        mine = [
            row.alert
            for row in rows
            if row.alert.node == node and row.alert.holding.kind in kinds
        ]
        await self._keep(
            compared(
                mine,
                (one for _, holding in found for one in holding),
                now,
                node=node,
                settled=self._rules.settled,
                name=lambda: self._means.chance.identifier("al"),
            ),
            now,
        )

    async def _looked(
        self, source: Source, now: datetime
    ) -> tuple[frozenset[str], Sequence[Holding]]:
        """What a source gives; of one that fails no kind begins or ends."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                return source.kinds, await source.look(now)
        except Exception as error:  # noqa: BLE001  one that is broken silences no other
            self._means.probe.trouble("watch.alerts.look", error)
            return frozenset(), ()

    async def _end_of_others(self, now: datetime) -> None:
        """What a node saw that is known no more, or a kind that nobody watches now.

        A node that is merely away ends its own when it is back.
        """
        rows = [row.alert for row in await self._store.standing_alerts()]
        known = {one.name for one in await self._means.nodes.nodes()}
        known.add(self._rules.node)
        kinds = frozenset[str]().union(*(one.kinds for one in self._sources))
        left = [
            one
            for one in rows
            if (one.node and one.node not in known) or one.holding.kind not in kinds
        ]
        settled = self._rules.settled
        steps = compared(left, (), now, node="", settled=settled, name=str)
        await self._keep(steps, now)

    async def _keep(self, steps: Sequence[Step], now: datetime) -> None:
        if not steps:
            return
        notices = [one for step in steps for one in self._notices(step, now)]
        await self._store.keep_alerts(
            [step.alert for step in steps if not step.forgotten],
            [step.alert for step in steps if step.forgotten],
            notices,
        )
        for step in steps:
            self._log(step)

    def _log(self, step: Step) -> None:
        if step.what is None:
            return
        one = step.alert.holding
        self._means.probe.action(
            action=_ACTIONS[step.what],
            kind=one.kind,
            subject=one.subject,
            severity=step.alert.told_severity.value,
            count=one.count,
        )

    def _notices(self, step: Step, now: datetime) -> Iterable[Notice]:
        what, alert = step.what, step.alert
        if what is None:
            return
        due = self._due(alert, now)
        for channel in self._channels:
            if alert.holding.key == (CHANNEL_FAILING, channel.name):
                continue
            notice = Notice(
                id=f"{alert.id}.{alert.version}.{channel.name}",
                alert_id=alert.id,
                place=alert.version,
                channel=channel.name,
                what=what,
                at=due,
                due_at=due,
                content=content_of(alert),
            )
            if channel.wants(notice):
                yield notice

    def _due(self, alert: Alert, now: datetime) -> datetime:
        if alert.told_severity is Severity.CRITICAL:
            return now
        working = working_time(self._rules.calendar())
        return self._rules.quiet.awake_at(now, working)


def content_of(alert: Alert) -> dict[str, Any]:
    """An alert as machines are told it, and as pages and commands show it."""
    one = alert.holding
    return {
        "id": alert.id,
        "kind": one.kind,
        "subject": one.subject,
        "severity": alert.told_severity.value,
        "since": one.since.isoformat(),
        "reason": one.reason,
        "next_action": one.next_action,
        "count": one.count,
        "first": one.first or None,
        "page": one.page,
        "returns": alert.returns,
        "ended_at": alert.ended_at.isoformat() if alert.ended_at else None,
    }
