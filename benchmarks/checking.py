"""Looks over a loaded store: schema, constraints, counts, chains, and what people are shown."""

from __future__ import annotations

import hashlib
from random import Random
from typing import TYPE_CHECKING, Any

import aiohttp
import apsw
import psycopg

from benchmarks.castings import number_of
from gateway.domain.identifiers import DossierId
from gateway.domain.journal import GENESIS, chained, merkle_root
from gateway.settings import load
from gateway.wiring.serve import Gateway

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from gateway.ports.store import Store
    from gateway.wiring.stage import Stage

_SCHEMA = """
SELECT tablename || ' ' || indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL
SELECT conrelid::regclass || ' ' || conname || ' ' || convalidated || ' '
       || pg_get_constraintdef(oid)
  FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL
SELECT concat_ws(' ', table_name, column_name, data_type, collation_name, is_nullable,
                 column_default, is_identity)
  FROM information_schema.columns WHERE table_schema = 'public'
UNION ALL
SELECT concat_ws(' ', relname, relkind, relpersistence, reloptions)
  FROM pg_class WHERE relnamespace = 'public'::regnamespace"""


class NotRight(Exception):
    """What was loaded is not what a gateway would have written."""


def server_schema(parameters: Mapping[str, Any]) -> list[str]:
    """Everything that describes a database's tables, in one order."""
    with psycopg.connect(**parameters) as db:
        return sorted(row[0] for row in db.execute(_SCHEMA.encode()).fetchall())


def file_schema(path: Path) -> list[str]:
    """The same of a file."""
    db = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    rows = db.execute("SELECT coalesce(sql, name) FROM sqlite_master").fetchall()
    db.close()
    return sorted(str(row[0]) for row in rows)


def whole(path: Path) -> None:
    """Whether a file is sound and keeps its constraints.

    Raises:
        NotRight: it does not.
    """
    db = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    found = db.execute("PRAGMA quick_check").fetchall()
    db.close()
    if found != [("ok",)]:
        raise NotRight(f"quick_check: {found[:3]}")


def same(what: str, found: Any, wanted: Any) -> None:
    """Nothing, where they are.

    Raises:
        NotRight: they are not.
    """
    if found != wanted:
        if isinstance(found, list):
            found, wanted = (
                [one for one in found if one not in wanted],
                [one for one in wanted if one not in found],
            )
        raise NotRight(f"{what}: {found} instead of {wanted}")


async def chains(store: Store, dossiers: Sequence[DossierId]) -> int:
    """Verify whole chains of dossiers up to the heads in their rows; lines read.

    Raises:
        NotRight: a line does not follow from the one before it, or the head is another.
    """
    read = 0
    for identifier in dossiers:
        previous = GENESIS
        for position, one in enumerate(await store.journal(identifier), start=1):
            digest = chained(previous, one.line, one.chain, position)
            if (one.position, one.digest) != (position, digest):
                raise NotRight(f"line {one.position} of {identifier} is not chained")
            if one.number is None:
                raise NotRight(f"line {one.position} of {identifier} is not sealed")
            previous = digest
            read += 1
        if previous == GENESIS:
            raise NotRight(f"{identifier} has no journal")
    return read


def heads(rows: Sequence[tuple[str, int, bytes, int, bytes]]) -> None:
    """Position and digest in a dossier's row, and those of its last line.

    Raises:
        NotRight: they differ.
    """
    for identifier, *found in rows:
        same(f"the head of {identifier}", found[:2], found[2:])


def sealed(
    seals: Sequence[tuple[int, int, bytes, bytes, bytes]],
    leaves: Mapping[int, list[bytes]],
) -> None:
    """Whether seals follow from each other, and those of ``leaves`` from their lines.

    Raises:
        NotRight: they do not.
    """
    previous, end = GENESIS, 0
    for last, lines, root, before, digest in seals:
        text = previous + root + last.to_bytes(8, "big") + lines.to_bytes(8, "big")
        same(f"lines before the seal at {last}", last - lines, end)
        same(
            f"the seal at {last}",
            (before, digest),
            (previous, hashlib.sha256(text).digest()),
        )
        if last in leaves:
            same(f"the root at {last}", root, merkle_root(leaves[last]))
        previous, end = digest, last


def drawn(dossiers: int, count: int, seed: int = 2) -> list[int]:
    """Numbers of dossiers to be looked at."""
    chance = Random(seed)
    return sorted(chance.sample(range(1, dossiers + 1), min(count, dossiers)))


async def shown(
    stage: Stage, table: str, now: datetime, numbers: Sequence[int]
) -> None:
    """A gateway opens the store, finds dossiers by their numbers and shows them.

    Raises:
        NotRight: it does not.
    """
    stage.write_settings(start=now.isoformat(), more=table)
    gateway = Gateway(load(stage.settings_path))
    await gateway.start()
    headers = {"Authorization": f"Bearer {stage.secrets.value('token.operator')}"}
    front = stage.url("front")
    try:
        async with aiohttp.ClientSession(headers=headers) as session:
            for number in numbers:
                for what in ("", "/due"):
                    path = f"{front}/v1/dossiers/{number_of(number)}{what}"
                    async with session.get(path) as answer:
                        same(f"the answer to {path}", answer.status, 200)
            async with session.get(f"{front}/v1/still") as answer:
                same("the answer to what stands still", answer.status, 200)
    finally:
        await gateway.stop()
