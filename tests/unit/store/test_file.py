"""What the embedded store promises of its file: one owner, durable, its own schema."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.conformance.store_making import NOW, Bench
from gateway.domain.errors import StoreUnavailable
from gateway.domain.principal import EVERYTHING
from gateway.ports.store import Change
from gateway.store.connection import has_wal_reset_bug, refuse_weak
from gateway.store.migrate import migrations
from gateway.store.sqlite import SQLiteStore

Program = Callable[[str, Path], subprocess.Popen[str]]

pytestmark = pytest.mark.store


async def test_the_store_tells_what_it_runs_with(store: SQLiteStore) -> None:
    assert store.facts["journal_mode"] == "wal"
    assert store.facts["synchronous"] == "full"
    assert store.facts["fsync"].endswith(" ms")
    assert store.facts["schema"] == str(migrations()[-1][0])


@pytest.mark.parametrize(
    ("version", "buggy"),
    [
        ("3.44.5", True),
        ("3.44.6", False),
        ("3.45.0", True),
        ("3.50.6", True),
        ("3.50.7", False),
        ("3.51.2", True),
        ("3.51.3", False),
        ("3.54.1", False),
    ],
)
def test_a_sqlite_that_may_lose_commits_is_known(version: str, buggy: bool) -> None:
    assert has_wal_reset_bug(version) is buggy


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"sqlite": "3.51.2"}, "store_sqlite_too_old"),
        ({"synchronous": "normal"}, "store_not_durable"),
        ({"journal_mode": "delete"}, "store_not_durable"),
    ],
)
def test_a_store_that_is_not_durable_is_refused(
    changed: dict[str, str], code: str
) -> None:
    strong = {"sqlite": "3.54.1", "journal_mode": "wal", "synchronous": "full"}
    refuse_weak(strong)
    with pytest.raises(StoreUnavailable) as raised:
        refuse_weak({**strong, **changed})
    assert raised.value.code == code


async def test_a_file_that_is_no_store_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    path.write_bytes(b"no database at all" * 300)
    with pytest.raises(StoreUnavailable) as raised:
        await SQLiteStore.open(path)
    assert raised.value.code == "store_not_openable"
    path.unlink()
    await (await SQLiteStore.open(path)).close()


async def test_a_second_process_is_refused_at_once(
    store: SQLiteStore, program: Program, tmp_path: Path
) -> None:
    second = program("open", tmp_path / "store.db")
    told, _ = second.communicate()
    assert told.strip() == "store_in_use"


async def test_a_closed_store_can_be_opened_again(tmp_path: Path) -> None:
    first = await SQLiteStore.open(tmp_path / "store.db")
    dossier_id = await Bench(first).accepted()
    await first.close()
    with pytest.raises(StoreUnavailable):
        await first.apply(Change(NOW))
    second = await SQLiteStore.open(tmp_path / "store.db")
    assert await second.dossier(dossier_id, EVERYTHING)
    assert second.facts["schema"] == first.facts["schema"]
    await second.close()


async def test_only_the_owner_may_read_the_file(
    store: SQLiteStore, tmp_path: Path
) -> None:
    with os.scandir(tmp_path) as entries:
        modes = {entry.name: entry.stat().st_mode & 0o077 for entry in entries}
    assert "store.db-wal" in modes
    assert set(modes.values()) == {0}


async def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable) as raised:
        await SQLiteStore.open(tmp_path / "none" / "store.db")
    assert raised.value.code == "store_not_openable"


async def test_the_schema_of_a_newer_release_is_left_as_it_is(tmp_path: Path) -> None:
    first = await SQLiteStore.open(tmp_path / "store.db")
    await first._writer.submit(
        lambda tx: tx.db.execute(
            "INSERT INTO schema_version (version, name, at) VALUES (9999, 'x', 0)"
        ).fetchall()
    )
    await first.close()
    second = await SQLiteStore.open(tmp_path / "store.db")
    assert second.facts["schema"] == "9999"
    await Bench(second).accepted()
    await second.close()
