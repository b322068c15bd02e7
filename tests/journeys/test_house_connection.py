"""One dossier for electricity and water: what each company and the counter see of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.world import Json, World, document_of, quick

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
WAITS, REFUSED = "87-dau-noi-cho-khach-hang", "86-dau-noi-nuoc-tu-choi"
POWER, WATER = "Công ty Điện lực Mẫu", "Công ty Cấp nước Mẫu"
HOURS = 60


def desks(shown: Json) -> dict[str, str]:
    """Where each office's part lies."""
    return {row["office"]: row["place"] for row in shown["places"]}


def states(shown: Json) -> dict[str, str]:
    return {leg["name"]: leg["state"] for leg in shown["legs"]}


async def until(world: World, number: str, holds: Callable[[Json], bool]) -> Json:
    """The dossier in the first hour in which something holds."""
    for _ in range(HOURS):
        await world.pass_hours(1)
        shown = await world.shown(number)
        if holds(shown):
            return shown
    message = f"never within {HOURS} hours"
    raise AssertionError(message)


async def test_the_counter_reads_who_waits_for_the_applicant_while_the_other_works(
    tmp_path: Path,
) -> None:
    async with World(tmp_path / "run", example=WAITS, configure=quick) as world:
        number = (await world.feed(WAITS)).number
        shown = await until(world, number, lambda now: "citizen" in desks(now).values())
        places = desks(shown)
        assert places == {"dien-luc-mau": "citizen", "cap-nuoc-mau": "agency"}
        assert (shown["portal_code"], shown["pause"]) == (4, "")
        lies, waits, _ = shown["sentence"].split(".")
        assert lies.startswith(f"Hồ sơ đang ở: người nộp hồ sơ, {WATER}")
        assert waits.strip().startswith(POWER)
        assert waits.endswith("chờ người nộp hồ sơ")
        heard = b"".join(one.body for one in world.heard if one.agency == "electricity")
        asked = document_of(WAITS)["water"]["request"]
        assert heard
        assert asked.encode() not in heard, "what is asked of the other is not shown"


async def test_the_counter_reads_who_refused_while_the_other_works_and_at_the_end(
    tmp_path: Path,
) -> None:
    async with World(tmp_path / "run", example=REFUSED, configure=quick) as world:
        number = (await world.feed(REFUSED)).number
        shown = await until(world, number, lambda now: states(now)["water"] == "ended")
        assert (shown["end"], states(shown)["electricity"]) == ("", "open")
        refused = f"Riêng {WATER} (giả lập) từ chối giải quyết."
        assert shown["sentence"].startswith(f"Hồ sơ đang ở: {POWER}")
        assert shown["sentence"].endswith(refused)
        await world.settle()
        done = await world.shown(number)
        assert (done["end"], done["portal_code"]) == ("finished", 10)
        assert done["sentence"].endswith(refused)
        assert not world.effects(number, "water", "result_handed")
