"""Attachments on each kind of shelf against each case."""

from __future__ import annotations

import os
import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from gateway.conformance import attachment_cases
from gateway.conformance.attachment_making import BATCH, CASES, FileBench, Place
from gateway.store.postgres.chunks import ChunkShelf
from gateway.vault.attachments import SealedAttachments
from gateway.vault.folder import IDENTITY, FolderShelf
from gateway.vault.keyring import Keyring
from gateway.vault.local import LocalVault
from tests.unit.vault.conftest import files_at_most

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from gateway.ports.shelf import Shelf
    from tests.postgres import Server

pytestmark = pytest.mark.store
#: The server's own word for a disk without room.
FULL = """
CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF (SELECT sum(length(sealed)) FROM file_chunk WHERE file = NEW.file) > {room} THEN
    RAISE EXCEPTION 'no space left' USING ERRCODE = 'disk_full';
  END IF; RETURN NULL; END $$;
CREATE TRIGGER full_disk AFTER INSERT ON file_chunk
  FOR EACH ROW EXECUTE FUNCTION full_disk();
"""


class InFolder(Place):
    """The folder, seen past the gateway."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def lying(self) -> list[bytes]:
        files = (path for path in self._folder.rglob("*") if path.is_file())
        return [path.read_bytes() for path in files if path.name != IDENTITY]

    def sealed(self, name: str) -> bytes:
        return self._path(name).read_bytes()

    def put_back(self, name: str, sealed: bytes) -> None:
        self._path(name).write_bytes(sealed)

    def age(self, name: str, seconds: float) -> None:
        _make_older(self._path(name), seconds)

    def leave_unfinished(self, age_s: float) -> None:
        part = self._folder / "parts" / f"{secrets.token_hex(16)}.part"
        part.write_bytes(b"x")
        _make_older(part, age_s)

    @contextmanager
    def full(self, room_bytes: int) -> Iterator[None]:
        with files_at_most(room_bytes):
            yield

    @contextmanager
    def away(self) -> Iterator[None]:
        """As a mount that went away leaves the bare folder below it."""
        aside = self._folder.with_name("aside")
        self._folder.rename(aside)
        self._folder.mkdir()
        try:
            yield
            assert list(self._folder.rglob("*")) == []
        finally:
            self._folder.rmdir()
            aside.rename(self._folder)

    def _path(self, name: str) -> Path:
        return self._folder / name[:2] / name


def _make_older(path: Path, seconds: float) -> None:
    at = path.stat().st_mtime - seconds
    os.utime(path, (at, at))


class InDatabase(Place):
    """The tables, seen past the gateway."""

    def __init__(self, database: dict[str, Any], server: Server) -> None:
        self._database = database
        self._server = server

    def _run(self, statement: str, *given: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(**self._database, autocommit=True) as owner:
            cursor = owner.execute(statement.encode(), given or None)
            return cursor.fetchall() if cursor.description else []

    def lying(self) -> list[bytes]:
        rows = self._run(
            "SELECT seq, string_agg(sealed, '' ORDER BY number) FROM file"
            " LEFT JOIN file_chunk ON file = seq GROUP BY seq"
        )
        return [row[1] for row in rows]

    def sealed(self, name: str) -> bytes:
        ((whole,),) = self._run(
            "SELECT string_agg(sealed, '' ORDER BY number) FROM file"
            " JOIN file_chunk ON file = seq WHERE name = %s",
            name,
        )
        return bytes(whole)

    def put_back(self, name: str, sealed: bytes) -> None:
        length = "UPDATE file SET length = %s WHERE name = %s RETURNING seq"
        ((seq,),) = self._run(length, len(sealed), name)
        self._run("DELETE FROM file_chunk WHERE file = %s", seq)
        for number, start in enumerate(range(0, len(sealed), BATCH + 256)):
            piece = sealed[start : start + BATCH + 256]
            into = "INSERT INTO file_chunk VALUES (%s, %s, %s)"
            self._run(into, seq, number, piece)

    def age(self, name: str, seconds: float) -> None:
        older = (
            "UPDATE file SET touched = touched - %s * interval '1 s' WHERE name = %s"
        )
        self._run(older, seconds, name)

    def leave_unfinished(self, age_s: float) -> None:
        self._run(
            "WITH made AS (INSERT INTO file (touched)"
            " VALUES (clock_timestamp() - %s * interval '1 s') RETURNING seq)"
            " INSERT INTO file_chunk SELECT seq, 0, 'x' FROM made",
            age_s,
        )

    @contextmanager
    def full(self, room_bytes: int) -> Iterator[None]:
        self._run(FULL.format(room=room_bytes))
        try:
            yield
        finally:
            self._run("DROP FUNCTION full_disk CASCADE")

    @contextmanager
    def away(self) -> Iterator[None]:
        name = self._database["dbname"]
        self._server.admin(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        self._server.admin(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            f" WHERE datname = '{name}'"
        )
        try:
            yield
        finally:
            self._server.admin(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")


@pytest.fixture
def bench_of(tmp_path: Path) -> Iterator[Callable[..., FileBench]]:
    """Makes a bench of shelves that are alike, each with a vault of the same keys."""
    Keyring.open(tmp_path / "keys", may_create=True)
    opened: list[SealedAttachments] = []

    def make(shelf: Callable[[], Shelf], place: Place) -> FileBench:
        def again() -> SealedAttachments:
            vault = LocalVault(Keyring.open(tmp_path / "keys"))
            one = shelf()
            one.make_ready(one.identify("kho"))
            opened.append(SealedAttachments(one, vault))
            return opened[-1]

        keys = LocalVault(Keyring.open(tmp_path / "keys"))
        return FileBench(again(), keys, place, again)

    yield make
    for one in opened:
        one.close()


def test_there_are_cases() -> None:
    assert {check.__module__ for check in CASES.values()} == {attachment_cases.__name__}
    assert len(CASES) > 20


@pytest.mark.parametrize("name", sorted(CASES))
async def test_a_folder_of_one_node_holds(
    name: str, tmp_path: Path, bench_of: Callable[..., FileBench]
) -> None:
    folder = tmp_path / "attachments"
    await CASES[name](bench_of(lambda: FolderShelf(folder), InFolder(folder)))


@pytest.mark.parametrize("name", sorted(CASES))
async def test_a_shared_folder_holds(
    name: str, tmp_path: Path, bench_of: Callable[..., FileBench]
) -> None:
    folder = tmp_path / "attachments"
    folder.mkdir()
    place = InFolder(folder)
    await CASES[name](bench_of(lambda: FolderShelf(folder, shared=True), place))


@pytest.mark.system
@pytest.mark.parametrize("name", sorted(CASES))
async def test_postgresql_holds(
    name: str,
    database: dict[str, Any],
    postgres_server: Server,
    bench_of: Callable[..., FileBench],
) -> None:
    place = InDatabase(database, postgres_server)
    await CASES[name](bench_of(lambda: ChunkShelf(database), place))
