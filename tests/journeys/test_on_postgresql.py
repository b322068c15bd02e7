"""Examples end on PostgreSQL as they do on a file, begun there or on a file."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from gateway.wiring.feeding import by_start
from tests.journeys.commands import Ran, lienthong
from tests.world import World, quick

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.journey, pytest.mark.system]
#: To the end; an answer that was lost; a round of supplements; withdrawn; fetched.
NAMES = (
    "01-chuyen-nhuong-thuong",
    "08-duoc-mien",
    "10-bo-sung",
    "12-rut-ho-so",
    "51-phong-chay-tu-lay",
)


FILES = '[attachments]\nkind = "postgresql"\n'


def store_table(database: dict[str, Any], secret: Path) -> str:
    """The settings' table for a server on this machine."""
    secret.touch(mode=0o600)
    secret.write_text(database["password"] + "\n", "utf-8")
    return (
        f'[store]\nkind = "postgresql"\nhost = "{database["host"]}"\n'
        f'port = {database["port"]}\ndbname = "{database["dbname"]}"\n'
        f'user = "{database["user"]}"\npassword_file = "{secret}"\n'
        'sslmode = "disable"\n'
    )


async def test_examples_end_as_expected_over_a_restart(
    tmp_path: Path, database: dict[str, Any]
) -> None:
    world = World(tmp_path / "run", examples=NAMES, configure=quick)
    world.more_settings = store_table(database, tmp_path / "password") + FILES
    async with world:
        assert world.gateway is not None
        assert world.gateway.opened.facts["store"] == "postgresql"
        expected = []
        for start, group in by_start(world.stage):
            await world.pass_until(start)
            expected += [await world.feed(folder.name) for folder in group]
        await world.pass_hours(6)
        await world.stop_gateway()
        await world.start_gateway()
        await world.settle()
        verdicts = [await world.judge(one) for one in expected]
        assert len(verdicts) == len(NAMES)
        assert [one.differences for one in verdicts] == [[]] * len(NAMES)
        assert not any(one.stuck or one.lost for one in verdicts)
        await world.seal()
        assert all_lines_are_numbered(database)
        assert not list(world.stage.run_dir.rglob("store.sqlite*"))
        assert not (world.stage.run_dir / "attachments").exists()
        assert files_in(database) > 0


async def test_dossiers_begun_on_a_file_end_in_the_database_it_was_copied_into(
    tmp_path: Path, database: dict[str, Any]
) -> None:
    world = World(tmp_path / "run", examples=NAMES, configure=quick)
    async with world:
        expected = []
        for start, group in by_start(world.stage):
            await world.pass_until(start)
            expected += [await world.feed(folder.name) for folder in group]
        await world.pass_hours(6)
        await world.seal()
        await world.stop_gateway()
        refused = await copied(world)
        assert refused.code == 1
        assert 'kind = "postgresql"' in refused.err
        world.more_settings = store_table(database, tmp_path / "password") + FILES
        world.stage.write_settings(
            start=world.now().isoformat(), more=world.more_settings
        )
        rehearsed = await copied(world, "--rehearse")
        assert rehearsed.code == 0, rehearsed.err
        assert "khớp cả. Chưa để lại dòng nào." in rehearsed.out
        done = await copied(world, "--json")
        assert done.code == 0, done.err
        told = json.loads(done.out)
        assert told["tables"]["dossier"] == len(NAMES)
        assert f"Chép thử {told['rows']} dòng" in rehearsed.out
        again = await copied(world)
        assert again.code == 1
        assert "Không chạy tiếp trên tệp cũ" in again.err
        disk = world.stage.run_dir / "attachments"
        files = await copied(world, "--from", str(disk), "--json", what="files")
        assert files.code == 0, files.err
        counts = json.loads(files.out)
        assert counts["copied"] == counts["known"] == files_in(database) > 0
        shutil.rmtree(disk)
        await world.start_gateway()
        assert world.gateway is not None
        assert world.gateway.opened.facts["store"] == "postgresql"
        await world.settle()
        verdicts = [await world.judge(one) for one in expected]
        assert [one.differences for one in verdicts] == [[]] * len(NAMES)
        assert not any(one.stuck or one.lost for one in verdicts)
        await world.seal()
        assert all_lines_are_numbered(database)


def all_lines_are_numbered(database: dict[str, Any]) -> bool:
    """Whether the journal's lines have the numbers from 1 on, without a gap."""
    with psycopg.connect(**database) as owner:
        row = owner.execute(
            "SELECT count(*), count(number), max(number) FROM journal"
        ).fetchone()
    return row is not None and row[0] == row[1] == row[2] > 0


def files_in(database: dict[str, Any]) -> int:
    """How many whole files the database keeps."""
    with psycopg.connect(**database) as owner:
        row = owner.execute("SELECT count(name) FROM file").fetchone()
    return int(row[0]) if row else 0


async def copied(world: World, *words: str, what: str = "store") -> Ran:
    """The command, in one line however long."""
    settings = ("--settings", world.stage.settings_path)
    run_dir = world.stage.run_dir
    return await lienthong(
        what, "copy", *words, *settings, run_dir=run_dir, columns=500
    )
