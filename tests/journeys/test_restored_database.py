"""The same for a database: backed up by its own tools, lost, brought back elsewhere."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from gateway.domain.errors import BackupFailed, RestoreRefused, StoreUnavailable
from gateway.store.postgres import dumping
from gateway.store.postgres.store import PostgresStore
from gateway.wiring import restoring
from gateway.wiring.keys import refuse_half_restored
from tests.journeys.test_on_postgresql import FILES, all_lines_are_numbered, store_table
from tests.restored import Kept, calls_made, effects, tell_again
from tests.world import World, quick

if TYPE_CHECKING:
    from pathlib import Path

    from tests.postgres import Server

pytestmark = [pytest.mark.journey, pytest.mark.system, pytest.mark.timeout(300)]
EXAMPLES = ("01-chuyen-nhuong-thuong", "10-bo-sung", "51-phong-chay-tu-lay")
NUMBER = "H00.01-260309-0001"


@pytest.mark.parametrize("files", [FILES, ""])
async def test_a_database_brought_back_does_nothing_twice(
    tmp_path: Path, database: dict[str, Any], postgres_server: Server, files: str
) -> None:
    name = database["dbname"]

    def empty() -> None:
        postgres_server.admin(f"DROP DATABASE {name} WITH (FORCE)")
        postgres_server.admin(f"CREATE DATABASE {name}")

    world = World(tmp_path / "run", examples=EXAMPLES, configure=quick)
    world.more_settings = store_table(database, tmp_path / "password") + files
    async with world:
        kept = Kept(world, tmp_path / "kept", empty=empty)
        fed = [await world.feed(example) for example in EXAMPLES]
        await world.pass_hours(8)
        made = await kept.make()
        assert (made.files == 0) == bool(files)
        since = calls_made(world)
        await world.settle()
        done = effects(world)

        postgres_server.admin("CREATE DATABASE scratch")
        found = await asyncio.to_thread(
            lambda: restoring.verify(
                world.stage.settings_path,
                made.path,
                kept.folder / "key" / "backup.key",
                database="scratch",
            )
        )
        tried = await PostgresStore.open({**database, "dbname": "scratch"})
        with pytest.raises(StoreUnavailable) as half:
            await refuse_half_restored(tried)
        assert half.value.code == "restore_not_finished"
        await tried.close()
        postgres_server.admin("DROP DATABASE scratch")
        assert found.facts["dossiers"] == len(EXAMPLES)
        assert (found.opened, found.proved) == (made.files, True)

        await kept.lose_and_restore(made)
        await world.settle()
        assert effects(world) == done
        await tell_again(world, since)
        await world.settle()
        assert effects(world) == done
        assert [(await world.judge(one)).differences for one in fed] == [[]] * 3
        await world.seal()
        assert all_lines_are_numbered(database)


async def test_a_restore_refuses_a_database_with_tables_and_names_its_tool(
    tmp_path: Path, database: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(RestoreRefused) as full:
        dumping.refuse_used(database)
    assert full.value.code == "restore_not_empty"
    assert database["dbname"] in full.value.remedy
    with pytest.raises(BackupFailed) as old:
        dumping.program("pg_dump", 99)
    assert old.value.code == "backup_tool_too_old"
    assert "postgresql-client-99" in old.value.remedy
    monkeypatch.setattr(dumping, "_TOOLS", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BackupFailed) as missing:
        dumping.program("pg_dump", 15)
    assert missing.value.code == "backup_tool_missing"
