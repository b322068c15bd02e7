"""A changed configuration is tried on what happened, before anything works by it."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from gateway.wiring.files import read_folder
from tests.journeys.commands import lienthong
from tests.world import World, a_dossier, document_of, quick

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = [pytest.mark.journey, pytest.mark.timeout(180)]
LAND, POWER = "H00.01-260310-8801", "H00.01-260310-8802"
DAY = {"since": "2026-03-10"}


async def in_hand(world: World) -> None:
    """A land transfer with tax, and a request for electricity; half a day later."""
    assert (await world.submit(a_dossier(LAND))).status == 202
    document = {**document_of("56-cap-dien-ha-ap"), "number": POWER}
    assert (await world.submit(document)).status == 202
    await world.pass_hours(30)


def changed(world: World, change: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    text = json.dumps(read_folder(world.stage.config), default=str)
    content: dict[str, Any] = json.loads(text)
    change(content)
    return content


async def tried(world: World, content: dict[str, Any], **more: Any) -> dict[str, Any]:
    asked = {"configuration": content, **DAY, **more}
    path = "/v1/configuration/dry-run"
    said = await world.call("POST", path, asked, role="administrator")
    assert said.status == 200, said.body
    return said.body


def legs(content: dict[str, Any], code: str) -> dict[str, dict[str, Any]]:
    (procedure,) = [p for p in content["procedures"] if p["code"] == code]
    return {leg["name"]: leg for leg in procedure["leg"]}


async def test_the_running_configuration_changes_nothing(tmp_path: Path) -> None:
    async with World(tmp_path / "run", configure=quick) as world:
        await in_hand(world)
        said = await tried(world, changed(world, lambda _: None))
    assert (said["looked_at"], said["differ"], said["dossiers"]) == (2, 0, [])
    assert said["changes"] == []


async def test_each_dossier_that_would_go_another_way_is_told(tmp_path: Path) -> None:
    def change(content: dict[str, Any]) -> None:
        legs(content, "1.999021")["electricity"]["sees"].remove("applicant.email")
        for rule in content["rules"]:
            if rule["office"] == "land-mau-1":
                rule["office"] = "land-mau-2"

    async with World(tmp_path / "run", configure=quick) as world:
        await in_hand(world)
        said = await tried(world, changed(world, change))
    found = {row["number"]: row["differs"] for row in said["dossiers"]}
    assert found[POWER] == [
        "phần việc electricity: cơ quan không còn xem applicant.email"
    ]
    assert any(
        "Chi nhánh Mẫu Một" in words and "nay ở" in words and "Mẫu Hai" in words
        for words in found[LAND]
    )
    assert said["differ"] == len(found) == 2
    assert any(name.startswith("~ procedure 1.999021") for name in said["changes"])


async def test_another_end_and_other_messages_are_told_from_what_was_reported(
    tmp_path: Path,
) -> None:
    def change(content: dict[str, Any]) -> None:
        leg = legs(content, "1.999021")["electricity"]
        leg["opens_on"], leg["message"][0]["on"] = ["revised"], ["revised"]

    async with World(tmp_path / "run", configure=quick) as world:
        await in_hand(world)
        said = await tried(world, changed(world, change))
    (row,) = said["dossiers"]
    assert row["number"] == POWER
    (told,) = [one for one in row["differs"] if one.startswith("lượt gửi")]
    assert told == "lượt gửi: trước electricity: Chuyển hồ sơ; nay không có"


async def test_nothing_is_sent_and_nothing_is_stored(tmp_path: Path) -> None:
    def change(content: dict[str, Any]) -> None:
        legs(content, "1.999021")["electricity"]["sees"].remove("applicant.email")

    async with World(tmp_path / "run", configure=quick) as world:
        await in_hand(world)
        await world.settle()
        file = world.stage.run_dir / "store.sqlite"
        before = (counted(file), len(world.heard))
        await tried(world, changed(world, change))
        await world.settle()
        assert (counted(file), len(world.heard)) == before
        assert (await world.shown(POWER))["number"] == POWER


def counted(file: Path) -> dict[str, int]:
    """Rows of each table of the store, but for seals: they follow the journal later."""
    import apsw

    base = apsw.Connection(str(file), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        kinds = "SELECT name FROM sqlite_master WHERE type = 'table'"
        names = [name for (name,) in base.execute(kinds)]
        counts = {n: base.execute(f'SELECT count(*) FROM "{n}"') for n in names}
        return {n: next(iter(found))[0] for n, found in counts.items() if n != "seal"}
    finally:
        base.close()


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        ({}, 400, "configuration_missing"),
        (
            {"configuration": {"procedures": [{"code": 1}]}},
            400,
            "configuration_invalid",
        ),
    ],
)
async def test_what_is_no_configuration_is_said(
    tmp_path: Path, asked: dict[str, Any], status: int, code: str
) -> None:
    async with World(tmp_path / "run", configure=quick) as world:
        path = "/v1/configuration/dry-run"
        said = await world.call("POST", path, asked, role="administrator")
        assert (said.status, said.body["code"]) == (status, code)
        content = changed(world, lambda _: None)
        wrong = {"configuration": content, "since": "10/03", "until": ""}
        said = await world.call("POST", path, wrong, role="administrator")
        assert (said.status, said.body["code"]) == (400, "period_invalid")
        for role in ("operator", "head", "one_stop"):
            refused = await world.call("POST", path, wrong, role=role)
            assert refused.status == 403


async def test_the_command_tells_what_would_differ_and_applies_nothing(
    tmp_path: Path,
) -> None:
    async with World(tmp_path / "run", configure=quick) as world:
        await in_hand(world)
        folder = tmp_path / "config-moi"
        shutil.copytree(world.stage.config, folder)
        file = folder / "procedures" / "1.999021.toml"
        text = file.read_text("utf-8").replace('"applicant.email",', "")
        file.write_text(text, "utf-8")
        words = ("config", "dry-run", folder, "--since", "2026-03-10")
        said = await lienthong(*words, run_dir=world.stage.run_dir, columns=200)
        assert (said.code, POWER in said.out, LAND in said.out) == (0, True, False)
        assert "2 hồ sơ từ 2026-03-10 đến 2026-03-10: 1 sẽ khác." in said.out
        elsewhere = await lienthong(
            *("config", "dry-run", folder, "--since", "2026-03-01"),
            run_dir=world.stage.run_dir,
            columns=200,
        )
        assert "0 hồ sơ" in elsewhere.out
