"""Accounts by the command line, which shows its own token."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.journeys.commands import lienthong
from tests.people import Browser
from tests.world import World, quick

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]


async def run(world: World, *words: str) -> str:
    ran = await lienthong(*words, run_dir=world.stage.run_dir, columns=160)
    assert ran.code == 0, ran.err
    return ran.out


async def test_an_account_is_made_listed_reset_and_ended_by_commands(
    tmp_path: Path,
) -> None:
    async with World(tmp_path / "run", configure=quick) as world:
        made = await run(
            world,
            *("account", "new", "dat-dai.a", "--name", "Trần Thị Thử"),
            *("--role", "reader", "--office", "land-mau-1", "--reason", "đầu mối"),
        )
        (first,) = re.findall(r"(?:[a-z2-9]{4}-){3}[a-z2-9]{4}", made)
        listed = json.loads(await run(world, "account", "list", "--json"))
        (row,) = listed["accounts"]
        assert (row["account"], row["offices"]) == ("dat-dai.a", ["land-mau-1"])
        assert first not in str(listed)
        assert "chưa đổi mật khẩu" in await run(world, "account", "list")
        reset = await run(world, "account", "reset", "dat-dai.a", "--reason", "x")
        (second,) = re.findall(r"(?:[a-z2-9]{4}-){3}[a-z2-9]{4}", reset)
        assert (await Browser(world).signs_in("dat-dai.a", first)).status == 401
        assert (await Browser(world).signs_in("dat-dai.a", second)).status == 303
        out = await run(world, "account", "sign-out", "dat-dai.a")
        assert "1 phiên" in out
        await run(world, "account", "unlock", "dat-dai.a", "--reason", "x")
        await run(world, "account", "end", "dat-dai.a", "--reason", "nghỉ")
        assert (await Browser(world).signs_in("dat-dai.a", second)).status == 401
