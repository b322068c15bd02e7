"""Somebody learns at the onset and at the end, once each, wherever they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.journeys.alarms import (
    ALARMED,
    WARNED,
    alerting_of,
    hook,
    look,
    settings,
    tell,
    touchy,
)
from tests.journeys.test_digest import mail_server
from tests.world import World, a_dossier

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
NUMBERS = [f"H00.01-260310-16{n:02}" for n in range(4)]
#: Land does not answer the first tries of anything.
DOWN = [
    {
        "agency": "land_registry",
        "operation": "hand_over",
        "do": "unauthorized_401",
        "nth": n,
    }
    for n in range(1, 4)
]


async def test_an_agency_that_is_down_is_told_once_and_its_recovery_once(
    tmp_path: Path,
) -> None:
    async with mail_server() as box, hook() as heard:
        world = World(tmp_path / "run", configure=touchy)
        world.faults = DOWN
        world.more_settings = settings(tmp_path, mail=box.port, url=heard.url)
        async with world:
            assert (await world.submit(a_dossier(NUMBERS[0]))).status == 202
            await world.pass_hours(0.3)
            lanes = (await world.call("GET", "/v1/lanes", role="operator")).body[
                "lanes"
            ]
            (lane,) = [one for one in lanes if one["state"] != "open"]
            assert lane["office"] == "land-mau-1"
            await look(world)
            assert heard.told() == [], "one look may have caught a moment"
            for _ in range(4):
                await look(world)
            assert heard.told() == ["began"]
            ((to, mail),) = box.mails
            assert sorted(to) == sorted([WARNED, ALARMED])
            assert "không gửi được" in mail["Subject"]
            text = mail.get_content()
            assert "Việc cần làm: Gọi đầu mối kỹ thuật" in text
            assert "https://cong.example/don-vi#land-mau-1" in text
            for personal in ("Nguyễn Văn Ví Dụ", NUMBERS[0]):
                assert personal not in text
            await world.pass_hours(4)
            await look(world)
            assert heard.told() == ["began"], "it may come back any moment"
            await world.pass_hours(0.3)
            await look(world, 3)
            assert heard.told() == ["began", "ended"]
            assert [m["Subject"].split(":")[0] for _, m in box.mails] == [
                "[Cổng liên thông] Bắt đầu (nghiêm trọng)",
                "[Cổng liên thông] Đã hết (nghiêm trọng)",
            ]
            await look(world, 3)
            await tell(world)
            assert alerting_of(world).heartbeat is None
            assert (len(heard.heard), len(box.mails)) == (2, 2)
