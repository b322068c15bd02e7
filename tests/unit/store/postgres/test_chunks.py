"""Files in the database: what only a server can do to them, and they to it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from gateway.conformance.attachment_making import (
    BATCH,
    LIMIT,
    TAG_BYTES,
    content,
    pieces,
)
from gateway.domain.errors import StoreUnavailable
from gateway.store.dialect import in_dollars
from gateway.store.postgres import chunks as module
from gateway.store.postgres.chunks import ChunkShelf
from gateway.vault.attachments import SealedAttachments
from gateway.vault.keyring import Keyring
from gateway.vault.local import LocalVault
from tests.standby import no_standby, waiting
from tests.unit.store.postgres.test_commits import waits_for

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from gateway.ports.attachments import StoredAttachment
    from tests.postgres import Server

pytestmark = [pytest.mark.store, pytest.mark.system]
#: While the second piece of a file is written, wait.
SLOW_PIECE = """
CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN PERFORM pg_sleep(30); RETURN NULL; END $$;
CREATE TRIGGER slow AFTER INSERT ON file_chunk FOR EACH ROW
  WHEN (NEW.number = 1) EXECUTE FUNCTION slow();
"""
TALKING = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
)


@pytest.fixture
async def files(
    tmp_path: Path, database: dict[str, Any]
) -> AsyncIterator[SealedAttachments]:
    vault = LocalVault(Keyring.open(tmp_path / "keys", may_create=True))
    files = SealedAttachments(ChunkShelf(database), vault)
    yield files
    files.close()


async def put(files: SealedAttachments, size: int) -> StoredAttachment:
    return await files.put(pieces(content(size)), limit_bytes=LIMIT)


async def read(files: SealedAttachments, stored: StoredAttachment) -> bytes:
    return b"".join([chunk async for chunk in files.open(stored, files._vault)])


def ask(database: dict[str, Any], statement: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(**database, autocommit=True) as owner:
        cursor = owner.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


async def test_while_a_sender_is_slow_no_transaction_stays_open(
    files: SealedAttachments, database: dict[str, Any]
) -> None:
    seen: list[tuple[Any, ...]] = []

    async def slow() -> AsyncIterator[bytes]:
        async for piece in pieces(content(4 * BATCH), BATCH + 1):
            yield piece
            open_ = f"{TALKING} AND (state <> 'idle' OR backend_xmin IS NOT NULL)"
            seen.extend(ask(database, f"SELECT ({TALKING}), ({open_})"))

    await files.put(slow(), limit_bytes=LIMIT)
    # Else the journal's seal, and the cleaning up after deleted rows, wait for it.
    assert [open_ for _, open_ in seen] == [0] * len(seen)
    assert any(talking for talking, _ in seen)


async def test_a_file_travels_in_pieces_over_a_few_connections(
    files: SealedAttachments, database: dict[str, Any]
) -> None:
    stored = await asyncio.gather(*(put(files, 5 * BATCH) for _ in range(9)))
    ((rows, largest),) = ask(
        database, "SELECT count(*), max(length(sealed)) FROM file_chunk"
    )
    assert rows == 9 * 5
    assert largest == BATCH + 16 * TAG_BYTES
    for one in stored:
        assert await read(files, one) == content(5 * BATCH)
    assert ask(database, TALKING)[0][0] <= 4


async def test_a_session_lost_while_it_rested_is_replaced(
    files: SealedAttachments, database: dict[str, Any]
) -> None:
    end = TALKING.replace("count(*)", "pg_terminate_backend(pid, 5000)")

    async def cut() -> AsyncIterator[bytes]:
        async for piece in pieces(content(4 * BATCH), BATCH + 1):
            yield piece
            ask(database, end)

    stored = await files.put(cut(), limit_bytes=LIMIT)
    ask(database, end)
    assert await read(files, stored) == content(4 * BATCH)


async def test_a_session_lost_in_the_middle_of_a_file_keeps_nothing(
    files: SealedAttachments, database: dict[str, Any], postgres_server: Server
) -> None:
    ask(database, SLOW_PIECE)
    work = asyncio.ensure_future(put(files, 3 * BATCH))
    pid = await waits_for(postgres_server, database["dbname"], "PgSleep")
    postgres_server.admin(f"SELECT pg_terminate_backend({pid}, 5000)")
    with pytest.raises(StoreUnavailable):
        await work
    assert ask(database, "SELECT count(*) FROM file") == [(0,)]
    ask(database, "DROP TRIGGER slow ON file_chunk")
    stored = await put(files, 3 * BATCH)
    assert await read(files, stored) == content(3 * BATCH)


@pytest.mark.parametrize("size", [9000, 3 * BATCH])
async def test_a_commit_that_was_not_answered_is_not_promised_and_not_kept(
    files: SealedAttachments,
    database: dict[str, Any],
    postgres_server: Server,
    size: int,
) -> None:
    name = database["dbname"]
    postgres_server.admin(
        f"ALTER DATABASE {name} SET synchronous_commit = 'remote_apply'"
    )
    # The commit is on the disk and waits for somebody who does not answer.
    async with no_standby(postgres_server):
        work = asyncio.ensure_future(put(files, size))
        (pid,) = await waiting(postgres_server, name)
        postgres_server.admin(f"SELECT pg_terminate_backend({pid}, 5000)")
    with pytest.raises(StoreUnavailable):
        await work
    named = "SELECT count(*) FROM file WHERE name IS NOT NULL"
    assert ask(database, named) == [(0,)]
    # A first piece whose number nobody heard stays; it is swept when it is a day old.
    ask(database, "UPDATE file SET touched = touched - interval '25 h'")
    await files.sweep()
    assert ask(database, "SELECT count(*) FROM file") == [(0,)]
    assert await read(files, await put(files, size)) == content(size)


async def test_a_server_that_may_forget_keeps_no_file(
    files: SealedAttachments, database: dict[str, Any], postgres_server: Server
) -> None:
    postgres_server.admin(
        f"ALTER DATABASE {database['dbname']} SET synchronous_commit = 'off'"
    )
    with pytest.raises(StoreUnavailable) as raised:
        await put(files, 10)
    assert raised.value.code == "store_not_durable"


@pytest.mark.parametrize("lost", ["0", "1", "2", "3"])
async def test_a_piece_that_was_lost_or_put_elsewhere_is_told(
    files: SealedAttachments, database: dict[str, Any], lost: str
) -> None:
    first, second = await put(files, 4 * BATCH), await put(files, 4 * BATCH)
    of_first = f"SELECT seq FROM file WHERE name = '{first.name}'"
    ask(
        database,
        f"UPDATE file_chunk SET number = number + 100 WHERE number = {lost}"
        f" AND file = ({of_first})",
    )
    with pytest.raises(ValueError, match="not what was put away"):
        await read(files, first)
    ask(
        database,
        f"INSERT INTO file_chunk SELECT ({of_first}), number, sealed FROM file_chunk"
        f" WHERE number = {lost} AND file <> ({of_first})",
    )
    with pytest.raises(ValueError, match="not what was put away"):
        await read(files, first)
    assert await read(files, second) == content(4 * BATCH)


async def test_a_file_that_was_swept_before_it_was_whole_is_refused(
    files: SealedAttachments, database: dict[str, Any]
) -> None:
    async def halted() -> AsyncIterator[bytes]:
        async for piece in pieces(content(3 * BATCH), BATCH + 1):
            yield piece
            ask(database, "UPDATE file SET touched = touched - interval '25 h'")
            await files.sweep()

    with pytest.raises(StoreUnavailable):
        await files.put(halted(), limit_bytes=LIMIT)
    assert ask(database, "SELECT count(*) FROM file_chunk") == [(0,)]


async def test_names_come_page_by_page_and_by_an_index(
    files: SealedAttachments, database: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAGE", 3)
    stored = [await put(files, 9) for _ in range(10)]
    # Of the same moment, as after a copy: none is left out, none is named twice.
    ask(database, "UPDATE file SET touched = date_trunc('day', touched)")
    found = [name async for page in files.written(since=0, until=9e9) for name in page]
    assert sorted(found) == sorted(one.name for one in stored)
    with psycopg.connect(**database, cursor_factory=psycopg.RawCursor) as owner:
        owner.execute("SET enable_seqscan = off; SET enable_bitmapscan = off")
        text = in_dollars(module._WRITTEN)
        plan = owner.execute(f"EXPLAIN {text}".encode(), (0.0, 9e9, None, 0, 3))
        lines = "\n".join(row[0] for row in plan.fetchall())
    assert "Index Scan using file_whole" in lines
    assert "Sort" not in lines
