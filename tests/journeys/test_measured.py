"""What happens to a dossier is measured as it happens, and rungs are told once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.domain.identifiers import DossierId
from gateway.domain.measure import Timeliness, Whose
from tests.journeys.test_callbacks import finish, handed_over, progress, quiet_world
from tests.journeys.test_counting import decided

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.ports.measures import Measures
    from tests.world import Json, World

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
NUMBER = "H00.01-260310-0077"


def rows(world: World) -> Measures:
    assert world.gateway is not None
    return world.gateway.tools.measures


async def identifier(world: World) -> DossierId:
    return DossierId((await world.shown(NUMBER))["id"])


async def lines(world: World, kind: str) -> list[Json]:
    assert world.gateway is not None
    written = await world.gateway.tools.store.journal(await identifier(world))
    return [one.line.facts for one in written if one.line.kind == kind]


async def test_rows_follow_the_journal_and_a_decision_restates_them(
    tmp_path: Path,
) -> None:
    async with quiet_world(tmp_path, NUMBER) as world:
        await handed_over(world, NUMBER, due_on="2026-03-20")
        dossier = await identifier(world)
        open_ = await rows(world).measured(dossier)
        await world.pass_hours(24 * 18)
        await world.push("KetThucHoSo", finish(NUMBER, "2026-03-19T08:00:00"))
        await world.settle()
        late = await rows(world).measured(dossier)
        told = (await world.call("GET", f"/v1/dossiers/{NUMBER}/due")).body
        await decided(world, told["backdated"][0]["report"])
        await world.settle()
        early = await rows(world).measured(dossier)

        assert open_
        assert late
        assert early
        assert [r.timeliness for r in (open_, late, early)] == [
            Timeliness.OPEN,
            Timeliness.LATE,
            Timeliness.EARLY,
        ]
        assert (late.restated_at, early.first_timeliness) == (None, Timeliness.LATE)
        assert early.restated_at is not None
        shares = await rows(world).share_rows(dossier)
        assert sum(one.minutes for one in shares) == early.minutes
        assert Whose.AGENCY in {one.whose for one in shares}


async def test_each_rung_of_a_term_is_told_once(tmp_path: Path) -> None:
    async with quiet_world(tmp_path, NUMBER) as world:
        await handed_over(world, NUMBER)
        await world.push("ChuyenHoSo", progress(NUMBER, 11, "2026-03-10T08:00:00"))
        for _ in range(30):
            await world.pass_hours(12)
        told = [one for one in await lines(world, "rung") if one["clock"] == "answer"]

        assert [one["percent"] for one in told] == [50, 70, 90, 100]


async def test_an_acknowledgement_that_never_comes_is_written_down(
    tmp_path: Path,
) -> None:
    async with quiet_world(tmp_path, NUMBER) as world:
        await handed_over(world, NUMBER)
        await world.pass_hours(24 * 5)
        await world.settle()
        (missing,) = await lines(world, "not_received")

        assert (missing["leg"], missing["clock"]) == ("land", "receipt")
        assert missing["due_at"] < missing["hard_at"]


async def test_a_term_that_ends_in_time_is_not_told_of(tmp_path: Path) -> None:
    async with quiet_world(tmp_path, NUMBER) as world:
        await handed_over(world, NUMBER)
        await world.push("KetThucHoSo", finish(NUMBER, "2026-03-10T08:00:00"))
        await world.pass_hours(24 * 20)

        assert await lines(world, "rung") == []
        assert await lines(world, "not_received") == []
