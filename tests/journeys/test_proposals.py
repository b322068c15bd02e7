"""What an office finished without saying so is found by its list and confirmed by people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.domain.identifiers import DossierId
from gateway.domain.measure import Timeliness
from tests.journeys.proposals import (
    all_handed_over,
    at_work,
    bring,
    decide,
    done,
    listed,
    numbers,
    open_ones,
    pass_days,
)
from tests.journeys.test_callbacks import finish, quiet_world

if TYPE_CHECKING:
    from pathlib import Path

    from tests.world import World

pytestmark = [pytest.mark.journey, pytest.mark.timeout(180)]


async def timeliness(world: World, number: str) -> Timeliness:
    assert world.gateway is not None
    dossier = DossierId((await world.shown(number))["id"])
    row = await world.gateway.tools.measures.measured(dossier)
    assert row is not None
    return row.timeliness


async def test_exactly_what_was_finished_there_is_proposed_and_ends_when_confirmed(
    tmp_path: Path,
) -> None:
    codes = numbers(12)
    finished, going = codes[:9], codes[9:]
    async with quiet_world(tmp_path, *codes) as world:
        await all_handed_over(world, codes)
        await pass_days(world, 10)
        lines = [*map(done, finished), *map(at_work, going)]
        brought = await bring(world, listed(*lines))
        proposals = await open_ones(world, "one_stop")

        assert (brought.status, brought.body["counts"]) == (
            202,
            {"finished_there": 9, "agrees": 3, "unclear": 0},
        )
        assert {one["number"] for one in proposals} == set(finished)
        assert {(await world.shown(code))["end"] for code in codes} == {""}

        for one in proposals:
            confirmed = await decide(world, one)
            assert (confirmed.status, confirmed.body["state"]) == (200, "confirmed")
        await world.settle()

        for code in finished:
            assert (await world.shown(code))["end"] == "finished"
            assert world.told(code)[-1] == (9, "")
            assert await timeliness(world, code) is Timeliness.EARLY
        for code in going:
            assert not (await world.shown(code))["end"]

        # The office's own word, when it comes at last, changes nothing any more.
        said = finish(finished[0], "2026-03-18T09:00:00")
        before, told = await world.shown(finished[0]), world.told(finished[0])
        assert (await world.push("KetThucHoSo", said)).body["Result"] == 1
        await world.settle()
        after = await world.shown(finished[0])
        assert (after["sequence"], world.told(finished[0])) == (
            before["sequence"],
            told,
        )
