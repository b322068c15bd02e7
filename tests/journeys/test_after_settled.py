"""News of money that come once tax has said that nothing is left to pay."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from gateway.domain.identifiers import AgencyId, OfficeId
from gateway.domain.report import AgencyReport, Reference, ReportKind, Standing
from gateway.receipts.arrive import arrive
from gateway.wiring.feeding import by_start
from tests.journeys.test_portal_road import calls, file_results
from tests.world import World, a_dossier, quick

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
REPLACED = "37-qua-cong-phieu-thay"
NUMBER = "H00.01-260310-0981"
TAX, OFFICE = AgencyId("tax"), OfficeId("tax-mau-1")
PRINTS_LATE = [
    {"on": "hand_over", "after_h": 2, "send": "ChuyenHoSo", "MaTrangThai": 11},
    {
        "on": "hand_over",
        "after_h": 3,
        "send": "ChuyenHoSo",
        "MaTrangThai": 13,
        "slip": True,
    },
    {"on": "paid", "after_h": 400, "send": "KetThucHoSo"},
]


async def _pass_until_paid(world: World, number: str) -> None:
    """Until the land office knows that all is paid; it has yet to print."""
    for _ in range(60):
        if world.effects(number, "land_registry", "paid"):
            return
        await world.pass_hours(8)
    raise AssertionError("it was never paid")


async def test_a_file_with_the_notices_of_a_replaced_slip_stops_nobody_and_tax_is_asked(
    tmp_path: Path,
) -> None:
    """What takes them back comes in a file of its own, after it or never."""
    world = World(tmp_path / "run", examples=[REPLACED])
    async with world:
        ((start, _),) = by_start(world.stage)
        await world.pass_until(start)
        expected = await world.feed(REPLACED)
        number = expected.number
        await _pass_until_paid(world, number)
        asked = len(calls(world, number, "TraCuuNghiaVu"))
        assert await file_results(world, (number, "20000000")) == ["00"]
        await world.pass_hours(2)
        assert len(calls(world, number, "TraCuuNghiaVu")) > asked
        await world.settle()
        verdict = await world.judge(expected)
        assert not verdict.differences, verdict


def _notices(
    fingerprint: str, amount: str, at: datetime, *, adjusts: bool
) -> AgencyReport:
    row = {"number": "77/TB", "kind": "Tiền chậm nộp", "amount": amount}
    return AgencyReport(
        kind=ReportKind.NOTICES,
        about=(Reference(AgencyId("one_stop"), "ma_ho_so", NUMBER),),
        fingerprint=fingerprint,
        event_at=at,
        facts={"news": True, "adjusts": adjusts},
        content={"notices": [row]},
    )


class Overtaken:
    """A store in which something else is committed just before its first unit."""

    def __init__(self, store: Any, first: Any) -> None:
        self._store = store
        self._first = first

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def apply(self, change: Any) -> Any:
        first, self._first = self._first, None
        if first is not None:
            await first()
        return await self._store.apply(change)


async def test_what_was_too_late_when_it_was_looked_at_may_not_be_when_it_is_kept(
    tmp_path: Path,
) -> None:
    """Two files come at once: one asks for more, the other takes that back."""
    world = World(tmp_path / "run", configure=quick)
    world.scenario(NUMBER, land_registry={"step": PRINTS_LATE}, tax={"pay_after_h": 24})
    async with world:
        assert (await world.submit(a_dossier(NUMBER))).status == 202
        await _pass_until_paid(world, NUMBER)
        assert world.gateway is not None
        tools, now = world.gateway.tools, world.now()
        more = _notices("more", "45000", now, adjusts=False)
        none = _notices("none", "0", now, adjusts=True)

        async def more_comes() -> None:
            told = await arrive(tools, TAX, OFFICE, more, now)
            assert told.standing is Standing.APPLIED

        overtaken = replace(tools, store=Overtaken(tools.store, more_comes))
        told = await arrive(overtaken, TAX, OFFICE, none, now)
        assert told.standing is Standing.APPLIED
        owed = (await world.shown(NUMBER))["owed"]["notices"]
        assert {n["amount"] for n in owed if n["number"] == "77/TB"} == {0}
        assert "financial_obligation" not in (await world.shown(NUMBER))["pause"]
