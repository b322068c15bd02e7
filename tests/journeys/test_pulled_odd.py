"""Agencies that keep dossiers until they are fetched, and behave oddly."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from gateway.domain.errors import (
    AgencyBrokeContract,
    AgencyRefused,
    AgencyUnavailable,
    DeliveryUnknown,
    NeedsConfiguration,
    StoreUnavailable,
)
from gateway.ports.listed import Pulled
from tests.journeys.test_pulled import (
    FIRST,
    LAND,
    SECOND,
    THIRD,
    Tray,
    known,
    next_pull,
    pull_of,
    pulling,
)
from tests.journeys.test_unmatched import rows, standings
from tests.world import World

if TYPE_CHECKING:
    from pathlib import Path


pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]


class Odd(Tray):
    """Its adapter reads dossiers, but for the first, into what nobody foresaw."""

    def _read(self, number: str) -> Any:
        (report,) = super()._read(number)
        if number != THIRD:
            report = replace(report, opens={**report.opens, "area": number})
        return (report,)


class Restless(Tray):
    """Lists one dossier for ever, each time with another cursor."""

    case = "DC-01"

    async def pull_dossiers(self, cursor: str, *, timeout_s: float) -> Pulled:
        assert timeout_s > 0
        self.cursors.append(cursor)
        assert len(self.cursors) < 200, "asked without end"
        return Pulled(self._read(FIRST), str(len(self.cursors)))

    def _read(self, number: str) -> Any:
        (report,) = super()._read(number)
        return (replace(report, opens={**report.opens, "case": self.case}),)


class Still(Tray):
    """Lists one dossier for ever, whatever was acknowledged."""

    async def pull_dossiers(self, cursor: str, *, timeout_s: float) -> Pulled:
        assert timeout_s > 0
        self.cursors.append(cursor)
        return Pulled(self._read(FIRST), "")


async def waiting(world: World) -> list[tuple[str, str]]:
    """Standing and code of every report that waits for a person."""
    kept = (await world.call("GET", "/v1/unmatched", role="operator")).body
    return [(one["standing"], one["code"]) for one in kept["unmatched"]]


async def test_a_dossier_that_nobody_foresaw_holds_up_no_other(tmp_path: Path) -> None:
    async with World(tmp_path / "run", configure=pulling) as world:
        tray = Odd(world, FIRST, SECOND, THIRD)
        await next_pull(world)
        assert await known(world) == {THIRD}
        assert tray.lying == []
        assert await waiting(world) == [("unmatched", "report_unforeseen")] * 2
        await next_pull(world)
        assert len(await waiting(world)) == 2


async def test_what_nobody_foresaw_is_kept_whole_and_once(tmp_path: Path) -> None:
    async with World(tmp_path / "run", configure=pulling) as world:
        tray = Odd(world, FIRST)
        await next_pull(world)
        tray.lying = [FIRST]
        await next_pull(world)
        listed = (await world.call("GET", "/v1/unmatched", role="operator")).body
        (one,) = listed["unmatched"]
        assert FIRST in one["named"]
        assert one["words"] not in {"", one["code"]}


async def test_an_adapter_that_breaks_is_told_like_an_office_that_gives_none(
    tmp_path: Path,
) -> None:
    async with World(tmp_path / "run", configure=pulling) as world:
        tray = Tray(world, FIRST)
        await next_pull(world)
        assert (await pull_of(world))["failing_since"] is None
        tray.lying, tray.away = [SECOND], KeyError("data")
        await next_pull(world)
        told = await pull_of(world)
        assert told["failing_since"] is not None
        assert told["words"] not in {"", told["code"]}
        tray.away = None
        await next_pull(world)
        assert await known(world) == {FIRST, SECOND}


@pytest.mark.parametrize("case", ["DC-01", "KHONG-CO"])
async def test_an_agency_whose_cursor_never_rests_is_not_asked_without_end(
    tmp_path: Path, case: str
) -> None:
    async with World(tmp_path / "run", configure=pulling) as world:
        tray = Restless(world, FIRST)
        tray.case = case
        await next_pull(world)
        first = len(tray.cursors)
        assert 1 < first < 50
        await next_pull(world)
        assert first < len(tray.cursors) < 2 * 50
        assert len(await known(world)) + len(await waiting(world)) == 1


async def test_a_dossier_that_is_listed_for_ever_leaves_one_row(tmp_path: Path) -> None:
    async with World(tmp_path / "run", configure=pulling) as world:
        tray = Still(world, FIRST)
        for _ in range(3):
            await next_pull(world)
        assert len(tray.cursors) >= 3
        assert standings(world) == ["applied"]


async def test_a_wall_that_was_put_back_delays_no_pull(tmp_path: Path) -> None:
    async with World(tmp_path / "run", configure=pulling) as world:
        tray = Tray(world, FIRST)
        await next_pull(world)
        assert world.gateway is not None
        clock: Any = world.gateway.tools.clock
        tray.lying = [SECOND]
        clock._now -= timedelta(days=1)
        for bell in clock._bells:
            bell.ring()
        await world.settle()
        assert await known(world) == {FIRST, SECOND}


async def test_a_node_whose_duty_went_to_another_leaves_the_cursor_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with World(tmp_path / "run", configure=pulling) as world:
        tray = Tray(world, FIRST)
        await next_pull(world)
        assert world.gateway is not None
        duties = world.gateway.loops.membership
        store = world.gateway.tools.store
        before = await store.mark(f"pull:{LAND}")

        async def slow(cursor: str, *, timeout_s: float) -> Pulled:
            monkeypatch.setattr(duties, "holds", lambda _: False)
            return Pulled(tray._read(SECOND), f"{cursor}{timeout_s}")

        tray.pull_dossiers = slow  # type: ignore[method-assign]
        await next_pull(world)
        assert await known(world) == {FIRST, SECOND}
        assert await store.mark(f"pull:{LAND}") == before


@pytest.mark.parametrize(
    "error",
    [
        AgencyUnavailable("down"),
        DeliveryUnknown("half"),
        AgencyRefused("no"),
        NeedsConfiguration("no key"),
        AgencyBrokeContract("odd"),
        TimeoutError(),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_words_about_pulling_speak_of_nothing_that_was_sent(
    tmp_path: Path, error: Exception
) -> None:
    async with World(tmp_path / "run", configure=pulling) as world:
        tray = Tray(world, FIRST)
        await next_pull(world)
        tray.away = error
        await next_pull(world)
        told = await pull_of(world)
        assert told["failing_since"] is not None
        said = f"{told['words']} {told['next_action']}".casefold()
        assert said.strip() not in {"", told["code"]}
        for sent in ("gửi", "cơ quan nhận", "đã nhận hay chưa"):
            assert sent not in said


async def test_of_what_cannot_be_read_people_see_which_dossier_to_ask_about(
    tmp_path: Path,
) -> None:
    async with World(tmp_path / "run", configure=pulling) as world:
        tray = Tray(world, FIRST, SECOND)
        tray.garbled = {FIRST, SECOND}
        for _ in range(2):
            await next_pull(world)
            tray.lying = [FIRST, SECOND]
        kept = (await world.call("GET", "/v1/unmatched", role="operator")).body
        assert [one["named"] for one in kept["unmatched"]] == [[FIRST], [SECOND]]
        page = await world.call("GET", "/console/cho-xu-ly", role="operator")
        shown = page.content.decode()
        assert FIRST in shown
        assert SECOND in shown
        assert "pull_dossiers" not in shown
        stored = rows(world, "SELECT facts FROM report")
        assert len(stored) == 2
        assert FIRST not in str(stored)


async def test_a_store_that_was_away_delays_no_pull_to_the_next_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def daily(config: Path) -> None:
        pulling(config)
        path = config / "agencies/land_registry.toml"
        text = path.read_text("utf-8").replace("every_s = 600", "every_s = 86400", 1)
        path.write_text(text, "utf-8")

    async with World(tmp_path / "run", configure=daily) as world:
        tray = Tray(world)
        assert world.gateway is not None
        keep, failures = world.gateway.tools.store.apply, [StoreUnavailable()]

        async def away_once(change: Any) -> Any:
            if failures and change.report is not None:
                raise failures.pop()
            return await keep(change)

        await world.pass_hours(1)
        tray.lying = [FIRST]
        monkeypatch.setattr(world.gateway.tools.store, "apply", away_once)
        await world.pass_hours(24)
        assert failures == []
        await world.pass_hours(0.1)
        assert await known(world) == {FIRST}
