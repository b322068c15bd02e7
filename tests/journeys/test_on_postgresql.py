"""Examples end on PostgreSQL as they do on a file, a restart of the gateway between."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from gateway.wiring.feeding import by_start
from tests.world import World, quick

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.journey, pytest.mark.system]
#: To the end; an answer that was lost; a round of supplements; withdrawn.
NAMES = (
    "01-chuyen-nhuong-thuong",
    "08-duoc-mien",
    "10-bo-sung",
    "12-rut-ho-so",
)


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
    world.more_settings = store_table(database, tmp_path / "password")
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
        with psycopg.connect(**database) as owner:
            row = owner.execute(
                "SELECT count(*), count(number), max(number) FROM journal"
            ).fetchone()
        assert row is not None
        assert row[0] == row[1] == row[2] > 0
        assert not list(world.stage.run_dir.rglob("store.sqlite*"))
