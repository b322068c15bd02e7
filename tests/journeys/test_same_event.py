"""An event to the one-stop that is told again says what it said the first time."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING

import pytest

from tests.world import World, quick

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
BOTH = "85-dau-noi-dien-nuoc"
#: The first answer is lost, and for some hours nobody is there.
AWAY = {"lose_answer": [1], "error_500_before": list(range(2, 16))}
#: Meanwhile the other company takes the dossier and gives it a number.
LATER = {
    "agency": "electricity",
    "operation": "hand_over",
    "do": "error_503_retry_after",
    "seconds": 7200,
}


async def test_an_event_told_again_is_the_same_though_a_number_has_come_since(
    tmp_path: Path,
) -> None:
    world = World(tmp_path / "run", example=BOTH, configure=quick)
    world.faults = [
        {"agency": "one_stop", "operation": "status", "do": do, "nth": nth}
        for do, turns in AWAY.items()
        for nth in turns
    ]
    world.faults.append(LATER)
    async with world:
        number = (await world.feed(BOTH)).number
        await world.settle()
        told = defaultdict(list)
        for one in world.heard:
            if one.agency == "one_stop" and one.url.endswith("/status"):
                body = json.loads(one.body)
                told[body["id"]].append(body["payload"])
        assert max(map(len, told.values())) > 5, "one was told again and again"
        assert all(len(set(payloads)) == 1 for payloads in told.values())
        assert not world.arrivals(number, "one_stop", "status_refused")
        shown = await world.shown(number)
        assert shown["end"] == "finished"
