"""The keeper of alerts on a real store: what it asks, keeps, and leaves alone."""

from __future__ import annotations

import asyncio
import io
import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from gateway.clocks.chance import SystemChance
from gateway.clocks.clock import VirtualClock
from gateway.conformance.store_making import NOW
from gateway.domain.alert import Holding, Severity, What
from gateway.domain.errors import (
    ChangedMeanwhile,
    NoticeNotTaken,
    StoreUnavailable,
)
from gateway.domain.values import replace
from gateway.ports.alerts import Channel, Source
from gateway.ports.nodes import Duties
from gateway.store.sqlite import SQLiteStore
from gateway.telemetry.probe import StructlogProbe
from gateway.watch import alerts as module
from gateway.watch.alert_digest import AlertDigest
from gateway.watch.alerts import AlertRules, Alerts, Means
from gateway.watch.channel_health import ChannelHealth
from gateway.watch.heartbeat import Heartbeat
from gateway.watch.notices import AGAIN, HORIZON, Teller
from gateway.watch.quiet import Quiet
from gateway.watch.store_alarm import StoreAlarm

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from gateway.ports.alerts import Notice

pytestmark = pytest.mark.store
#: 2026 has no days off here but weekends; NOW is a Tuesday, 07:30 in Vietnam.
CALENDAR = {"2026": {"weekend": ["saturday", "sunday"]}}


@dataclass
class Held(Duties):
    here: bool = True

    def holds(self, duty: str) -> bool:
        return self.here and duty == "alerts"


@dataclass
class Road(Channel):
    """A road in memory; one that is shut takes nothing."""

    title: str = "mail"
    shut: bool = False
    least: Severity = Severity.INFO
    told: list[Notice] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.title

    def wants(self, notice: Notice) -> bool:
        return Severity(notice.content["severity"]).rank >= self.least.rank

    def batches(self, notices: Sequence[Notice]) -> Sequence[Sequence[Notice]]:
        return [[one] for one in notices]

    async def tell(self, batch: Sequence[Notice]) -> None:
        if self.shut:
            raise NoticeNotTaken
        self.told += batch

    async def post(self, identifier: str, body: bytes) -> None:
        assert (identifier, body) == ("", b"")
        if self.shut:
            raise NoticeNotTaken
        self.told.append(None)  # type: ignore[arg-type]

    @property
    def heard(self) -> list[tuple[str, What]]:
        return [(str(one.content.get("subject")), one.what) for one in self.told]


def holding(subject: str = "office-1", **changed: Any) -> Holding:
    one = Holding(
        kind="lane",
        subject=subject,
        severity=Severity.CRITICAL,
        since=NOW,
        reason="Văn phòng Mẫu: không gửi được",
        next_action="Gọi đầu mối",
        page="/console/don-vi",
    )
    return replace(one, **changed)


@dataclass
class World:
    store: SQLiteStore
    clock: VirtualClock = field(default_factory=lambda: VirtualClock(NOW))
    lines: io.BytesIO = field(default_factory=io.BytesIO)
    duty: Held = field(default_factory=Held)
    holding: list[Holding] = field(default_factory=list)
    own: list[Holding] = field(default_factory=list)
    error: Exception | None = None
    hangs: bool = False
    mail: Road = field(default_factory=Road)
    hook: Road = field(default_factory=lambda: Road("webhook"))

    def __post_init__(self) -> None:
        probe = StructlogProbe(self.lines)
        chance = SystemChance()
        self.means = Means(
            *(self.store, self.store, self.clock, chance, probe, self.duty)
        )
        self.health = ChannelHealth(self.store, self.clock, probe)
        self.roads = (self.mail, self.hook)
        self.tellers = [Teller(self.means, one, self.health) for one in self.roads]
        self.alerts = self.keeper("node-1")

    def keeper(self, node: str) -> Alerts:
        sources = (
            Source(frozenset({"lane"}), self._look),
            Source(frozenset({"channel_failing"}), self._roads),
            Source(frozenset({"disk"}), self._look_here, local=True),
        )
        rules = AlertRules(node, quiet=Quiet(), calendar=lambda: CALENDAR)
        return Alerts(self.means, sources, self.roads, rules)

    async def _look(self, _: datetime) -> list[Holding]:
        if self.error is not None:
            raise self.error
        if self.hangs:
            await asyncio.Event().wait()
        return self.holding

    async def _look_here(self, _: datetime) -> list[Holding]:
        return self.own

    async def _roads(self, _: datetime) -> list[Holding]:
        failing = await self.store.channels()
        return [
            holding(name, kind="channel_failing", since=since)
            for name, (since, _) in failing.items()
        ]

    async def look(self, times: int = 1, minutes: float = 1) -> None:
        for _ in range(times):
            self.pass_time(minutes)
            await self.alerts.look()
            await self.tell()

    async def tell(self) -> None:
        for teller in self.tellers:
            await teller.turn()

    def pass_time(self, minutes: float) -> None:
        self.clock.set(self.clock.now() + timedelta(minutes=minutes))

    def logged(self) -> list[str]:
        lines = [json.loads(line) for line in self.lines.getvalue().splitlines()]
        return [one["action"] for one in lines if one["event"] == "action"]


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    store = await SQLiteStore.open(tmp_path / "store.db")
    await store.join({})
    yield World(store)
    await store.close()


async def test_an_alert_is_told_once_on_each_road_and_in_the_log(world: World) -> None:
    world.holding = [holding()]
    await world.look(10)
    world.holding = []
    await world.look(30)
    wanted = [("office-1", What.BEGAN), ("office-1", What.ENDED)]
    assert (world.mail.heard, world.hook.heard) == (wanted, wanted)
    logged = [one for one in world.logged() if one != "alert_told"]
    assert logged == ["alert_began", "alert_ended"]
    assert b"V\\u0103n" not in world.lines.getvalue()
    assert "Văn phòng" not in world.lines.getvalue().decode()


@pytest.mark.parametrize("error", [StoreUnavailable(), OSError(), KeyError("bug")])
async def test_a_source_that_fails_neither_begins_nor_ends_anything(
    error: Exception, world: World
) -> None:
    world.holding = [holding()]
    await world.look(2)
    world.error = error
    world.own = [holding("node-1", kind="disk")]
    await world.look(60)
    assert world.mail.heard == [("office-1", What.BEGAN), ("node-1", What.BEGAN)]
    world.error = None
    await world.look(60)
    assert len(world.mail.heard) == 2


async def test_a_source_that_hangs_is_left_and_the_others_are_heard(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE_S", 0.05)
    world.hangs = True
    world.own = [holding("node-1", kind="disk")]
    await world.look(2)
    assert world.mail.heard == [("node-1", What.BEGAN)]


async def test_without_the_duty_a_node_tells_what_it_alone_can_see(
    world: World,
) -> None:
    world.duty.here = False
    world.holding = [holding()]
    world.own = [holding("node-1", kind="disk")]
    await world.look(3)
    world.duty.here = True
    await world.tell()
    assert world.mail.heard == [("node-1", What.BEGAN)]


async def test_what_one_node_sees_is_not_ended_by_another(world: World) -> None:
    world.own = [holding("node-1", kind="disk")]
    await world.look(2)
    world.own = []
    other = world.keeper("gateway-1")
    for _ in range(40):
        world.pass_time(1)
        await other.look()
    await world.tell()
    # The store knows gateway-1 only: node-1 is no node of it any more.
    assert world.mail.heard == [("node-1", What.BEGAN), ("node-1", What.ENDED)]


async def test_two_who_look_at_once_tell_once(world: World) -> None:
    world.holding = [holding()]
    other = world.keeper("node-2")
    refused = 0
    for _ in range(4):
        world.pass_time(1)
        for keeper in (world.alerts, other):
            try:
                await keeper.look()
            except ChangedMeanwhile:
                refused += 1
    await world.tell()
    assert world.mail.heard == [("office-1", What.BEGAN)]


async def test_what_is_not_critical_waits_for_the_morning_and_then_for_nobody(
    world: World,
) -> None:
    world.pass_time((3 * 24 + 12) * 60)  # Friday evening
    calm = holding(severity=Severity.WARNING)
    world.holding = [calm, holding("office-2", severity=Severity.WARNING)]
    await world.look(3)
    assert world.mail.heard == []
    world.holding = [calm]
    await world.look(30)
    world.mail.shut = True
    await world.look(minutes=60 * 60)
    assert "alert_given_up" not in world.logged(), "it waited for Monday"
    world.mail.shut = False
    await world.look(2)
    assert world.mail.heard == [("office-1", What.BEGAN)]
    (ended,) = await world.store.ended_alerts(after=None, limit=9)
    assert ended.alert.holding.subject == "office-2"


async def test_a_road_is_told_only_of_what_it_asks_for(world: World) -> None:
    world.hook.least = Severity.CRITICAL
    world.holding = [holding(severity=Severity.WARNING)]
    await world.look(3)
    world.holding = [holding()]
    await world.look(3)
    assert world.hook.heard == [("office-1", What.WORSE)]
    assert world.mail.heard == [("office-1", What.BEGAN), ("office-1", What.WORSE)]
    world.holding = [holding(severity=Severity.INFO)]
    await world.look(3)
    world.holding = []
    await world.look(30)
    assert world.hook.heard[-1] == ("office-1", What.ENDED)


async def test_a_road_that_fails_is_told_of_on_the_others_once(world: World) -> None:
    world.hook.shut = True
    world.holding = [holding()]
    await world.look(40)
    assert world.mail.heard == [
        ("office-1", What.BEGAN),
        ("webhook", What.BEGAN),
    ]
    world.hook.shut = False
    await world.look(90)
    assert world.hook.heard == [("office-1", What.BEGAN)]
    assert world.mail.heard[2:] == [("webhook", What.ENDED)]


async def test_a_notice_that_nobody_takes_is_given_up_and_the_next_one_goes(
    world: World,
) -> None:
    world.hook.shut = True
    world.holding = [holding()]
    await world.look(2)
    world.pass_time(HORIZON.total_seconds() / 60)
    await world.tell()
    assert "alert_given_up" in world.logged()
    world.hook.shut = False
    world.pass_time(60)
    await world.tell()
    assert world.hook.heard == []
    world.holding.append(holding("office-2"))
    await world.look(2)
    assert world.hook.heard == [("office-2", What.BEGAN)]


async def test_who_dies_between_telling_and_noting_tells_twice_never_not_at_all(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.holding = [holding()]

    async def dies(_: object) -> None:
        raise StoreUnavailable

    with monkeypatch.context() as patched:
        patched.setattr(world.store, "end_notices", dies)
        with pytest.raises(StoreUnavailable):
            await world.look(2)
    world.pass_time(AGAIN.total_seconds() / 60)
    await world.tell()
    first, second = world.mail.told
    assert first.id == second.id
    world.pass_time(60)
    await world.tell()
    assert len(world.mail.told) == 2


async def test_the_digest_tells_each_working_morning_what_stands_and_what_ended(
    world: World,
) -> None:
    at = (NOW + timedelta(hours=7)).time().replace(tzinfo=None)
    digest = AlertDigest(
        world.means, [world.mail], lambda: CALENDAR, at_time=at, parts=[_due_soon]
    )
    world.mail.least = Severity.INFO
    world.holding = [holding(), holding("office-2", reason="Đơn vị hai: hỏng")]
    await world.look(2)
    world.holding = [holding()]
    await world.look(20)
    world.mail.told.clear()
    heard: list[str] = []
    ended: list[str] = []
    # Seven days with a look each hour; two nodes make it, as the duty goes over.
    for _ in range(24 * 7):
        world.pass_time(60)
        await digest.turn()
        await AlertDigest(
            world.means, [world.mail], lambda: CALENDAR, at_time=at, parts=[_due_soon]
        ).turn()
        await world.tell()
        heard += [world.clock.now().strftime("%a")] * len(world.mail.told)
        told, world.mail.told = world.mail.told, []
        for one in told:
            assert one.what is What.DIGEST
            assert "Văn phòng Mẫu: không gửi được" in "\n".join(one.content["lines"])
            assert "Sắp đến hạn: 3" in one.content["lines"]
            ended += [each["subject"] for each in one.content["ended"]]
    assert heard == ["Tue", "Wed", "Thu", "Fri", "Mon", "Tue"]
    assert ended == ["office-2"], "in the first after it, and in no other"


async def _due_soon(_: datetime) -> list[str]:
    return ["Sắp đến hạn: 3"]


async def test_the_digest_leaves_out_what_is_acknowledged_and_says_nothing_of_nothing(
    world: World,
) -> None:
    at = (NOW + timedelta(hours=7)).time().replace(tzinfo=None)
    digest = AlertDigest(world.means, [world.mail], lambda: CALENDAR, at_time=at)
    world.holding = [holding()]
    await world.look(2)
    world.mail.told.clear()
    (row,) = await world.store.standing_alerts()
    known = replace(
        row.alert,
        version=row.alert.version + 1,
        acknowledged_at=NOW,
        acknowledged_by="operator",
    )
    await world.store.keep_alerts([known])
    await digest.turn()
    await world.look(5)
    assert world.mail.told == []


async def test_a_store_that_takes_nothing_is_told_past_it_and_once(
    world: World,
) -> None:
    why = ""

    async def why_not() -> str:
        return why

    alarm = StoreAlarm(world.means, world.roads, why_not, node="node-1")
    await alarm.look()
    why = "Kho dữ liệu không ghi được"
    world.hook.shut = True
    await alarm.look()
    assert world.mail.heard == []
    for _ in range(5):
        await alarm.look()
    world.hook.shut = False
    await alarm.look()
    why = ""
    for _ in range(5):
        await alarm.look()
    wanted = [("node-1", What.BEGAN), ("node-1", What.ENDED)]
    assert (world.mail.heard, world.hook.heard) == (wanted, wanted)
    assert world.mail.told[0].content["reason"].startswith("Máy node-1: kho dữ liệu")
    (row,) = await world.store.ended_alerts(after=None, limit=9)
    assert row.alert.holding.kind == "store"
    assert await world.store.standing_alerts() == []


async def test_a_heart_beats_only_while_all_is_well_and_by_whose_duty_it_is(
    world: World,
) -> None:
    ailing = False

    async def ails() -> bool:
        return ailing

    heart = Heartbeat(world.means, world.mail, world.health, every_s=60, ailing=ails)
    await heart.beat()
    assert len(world.mail.told) == 1
    ailing = True
    await heart.beat()
    ailing, world.duty.here = False, False
    await heart.beat()
    assert len(world.mail.told) == 1
    world.duty.here, world.mail.shut = True, True
    await heart.beat()
    assert list(await world.store.channels()) == ["heartbeat"]
    world.mail.shut = False
    await heart.beat()
    assert (len(world.mail.told), await world.store.channels()) == (2, {})
