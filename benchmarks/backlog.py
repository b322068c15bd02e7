"""A million transfers of one office in a store, and what others' claims read beside them."""

from __future__ import annotations

import contextlib
import json
import shutil
import time
from abc import abstractmethod
from typing import TYPE_CHECKING, Any, Protocol

import apsw
import psycopg

from gateway.store import claims
from gateway.store.connection import open_reader
from gateway.store.postgres.connection import BY_INDEX, connect
from tests.nodes import store_table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from tests.postgres import Server

#: So many of the copies belong to the dossiers that were accepted, whose keys open
#: their documents: no run claims more. The others have one each: nothing that reads a
#: dossier's transfers is to meet more of them than real ones have.
_OPENED = 1_000
#: Dossiers that were accepted, with one transfer each; copies are made of them in turn.
ORIGINALS = 100
_ORIGINAL = """(SELECT *, row_number() OVER (ORDER BY seq) - 1 AS place FROM transfer
    WHERE office = '{office}' AND kind = 'hand_over')"""
_DOSSIER = f"""
INSERT INTO dossier (id, version, sender, unit, open, unrouted, unrouted_at, asks,
    asks_at, due_on, document, wrapped_key, chain_position, chain_digest, state)
SELECT {{dossier}}, version, sender, d.unit, open, unrouted, unrouted_at, asks,
       asks_at, due_on, document, wrapped_key, chain_position, chain_digest, d.state
  FROM {{numbers}}, dossier AS d, {_ORIGINAL} AS t
 WHERE n.i > {{opened}} AND d.id = t.dossier_id AND n.i % {ORIGINALS} = t.place"""
#: Hand-overs to the dead office, as often as wanted: each heads a conversation.
_CLONE = f"""
INSERT INTO transfer (id, dossier_id, agency, office, leg, conversation, position,
    kind, state, fate, created_at, facts, payload, revision, dependent, head, due_at,
    deadline)
SELECT {{name}}, CASE WHEN n.i > {{opened}} THEN {{dossier}} ELSE dossier_id END, agency,
       office, leg, {{conversation}}, 1, kind, 'due',
       'not_left', created_at, facts, payload, revision, dependent, 1,
       created_at + n.i, deadline
  FROM {{numbers}}, {_ORIGINAL} AS t
 WHERE n.i % {ORIGINALS} = t.place"""


def _cloning(office: str, numbers: str, padded: str) -> tuple[str, str]:
    """What inserts the dossiers, and what inserts their transfers."""
    names = {
        "dossier": f"'d_backlog' || {padded}",
        "name": f"'t_backlog' || {padded}",
        "conversation": f"'land-' || {padded}",
        "numbers": numbers,
        "office": office,
        "opened": _OPENED,
    }
    return _DOSSIER.format(**names), _CLONE.format(**names)


class Backlog(Protocol):
    """Two states of one store: with the backlog, and without."""

    name: str

    @abstractmethod
    def folder(self, name: str) -> Path:
        """The run folder that a run starts from."""

    @abstractmethod
    def table(self, name: str) -> str:
        """The settings' table of the store itself; empty: the folder's file."""

    @abstractmethod
    def fill(self, office: str, rows: int) -> int:
        """Make the state with the backlog from the one without; how many rows."""

    @abstractmethod
    def copy(self, name: str) -> AbstractContextManager[str]:
        """A copy of a state for one run; its settings' table."""

    @abstractmethod
    def read(self, name: str, office: str) -> dict[str, Any]:
        """What looks for work of an office read that has none."""


def _looks(office: str) -> dict[str, tuple[dict[Any, str], tuple[Any, ...]]]:
    at = time.time_ns() // 1000
    same = dict.fromkeys(("sqlite", "postgresql"), claims.CLAIM)
    offices = claims.DUE_OFFICES["due_at"]
    return {
        "claim": (same, (office, at, 4)),
        "near": (claims.NEAR_LOOK, (office, at, 4)),
        "offices": (offices, (at,)),
    }


class FileBacklog(Backlog):
    """In the embedded store."""

    name = "sqlite"

    def __init__(self, folder: Path) -> None:
        """``folder`` keeps both states."""
        self._folder = folder

    def folder(self, name: str) -> Path:
        """Its store lies in it."""
        return self._folder / name

    def table(self, name: str) -> str:  # noqa: ARG002  the file needs none
        """The shipped settings."""
        return ""

    def fill(self, office: str, rows: int) -> int:
        """By one statement for each table."""
        shutil.copytree(self.folder("without"), self.folder("with"))
        numbers = (
            f"(WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
            f" WHERE i < {rows}) SELECT i FROM n) AS n"
        )
        store = apsw.Connection(str(self.folder("with") / "store.sqlite"))
        store.execute("PRAGMA journal_mode = WAL")
        with store:
            for statement in _cloning(office, numbers, "printf('%07d', n.i)"):
                store.execute(statement)
            made = store.changes()
        store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        store.close()
        return made

    @contextlib.contextmanager
    def copy(self, name: str) -> Iterator[str]:  # noqa: ARG002  with its folder
        """The run's folder is copied, the store with it."""
        yield ""

    def read(self, name: str, office: str) -> dict[str, Any]:
        """Steps of SQLite's machine."""
        db = open_reader(self.folder(name) / "store.sqlite")
        found = {}
        for what, (query, values) in _looks(office).items():
            counted: list[int] = []

            def told(event: dict[str, Any], counted: list[int] = counted) -> None:
                counted.append(event["stmt_status"]["SQLITE_STMTSTATUS_VM_STEP"])

            db.trace_v2(apsw.SQLITE_TRACE_PROFILE, told)
            db.execute(query["sqlite"], values).fetchall()
            db.trace_v2(0, None)
            found[f"{what}_steps"] = sum(counted)
        db.close()
        return found


class ServerBacklog(Backlog):
    """In PostgreSQL: databases copied from templates."""

    name = "postgresql"

    def __init__(self, folder: Path, server: Server) -> None:
        """``folder`` keeps the run folder, the server the rest."""
        self._folder = folder
        self._server = server
        server.admin("CREATE DATABASE without TEMPLATE migrated")

    def folder(self, name: str) -> Path:  # noqa: ARG002  both have the same keys
        """Keys and files."""
        return self._folder / "without"

    def table(self, name: str) -> str:
        """The database itself."""
        parameters = self._server.parameters(name)
        return store_table(parameters, self._folder / "password", lease_s=20)

    def fill(self, office: str, rows: int) -> int:
        """By one statement for each table; statistics are those from before, as after a sudden jam."""
        self._server.admin('CREATE DATABASE "with" TEMPLATE without')
        with psycopg.connect(**self._server.parameters("with")) as db:
            for table in ("dossier", "transfer"):
                off = f"ALTER TABLE {table} SET (autovacuum_enabled = off)"
                db.execute(off.encode())
            db.commit()
            db.execute("ANALYZE")
            numbers = f"generate_series(1, {rows}) AS n (i)"
            made = 0
            for statement in _cloning(office, numbers, "lpad(n.i::text, 7, '0')"):
                made = db.execute(statement.encode()).rowcount
        with psycopg.connect(**self._server.parameters("with"), autocommit=True) as db:
            db.execute("CHECKPOINT")
        return made

    @contextlib.contextmanager
    def copy(self, name: str) -> Iterator[str]:
        """A database of the run's own."""
        self._server.admin(f'CREATE DATABASE run TEMPLATE "{name}"')
        try:
            yield self.table("run")
        finally:
            self._server.admin("DROP DATABASE run WITH (FORCE)")

    def read(self, name: str, office: str) -> dict[str, Any]:
        """Buffers and rows, by statistics that know nothing of the backlog and by true ones."""
        found: dict[str, Any] = {}
        for statistics in ("stale", "true"):
            if statistics == "true":
                with psycopg.connect(
                    **self._server.parameters(name), autocommit=True
                ) as db:
                    db.execute("VACUUM ANALYZE transfer")
            for what, (query, values) in _looks(office).items():
                buffers, rows = self._cost(name, query["postgresql"], values)
                found[f"{what}_buffers_{statistics}"] = buffers
                found[f"{what}_rows_{statistics}"] = rows
        return found

    def _cost(self, name: str, query: str, values: tuple[Any, ...]) -> tuple[int, int]:
        db = connect(self._server.parameters(name))
        try:
            db.script(f"BEGIN; {BY_INDEX}")
            explain = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {query}"
            db.execute(explain, values)  # after which the catalogue has been read
            plan = db.execute(explain, values).get
            db.script("ROLLBACK")
        finally:
            db.close()
        top = (json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]
        return top["Shared Hit Blocks"] + top["Shared Read Blocks"], _rows(top)


def _rows(plan: dict[str, Any]) -> int:
    """Rows that the plan's scans brought and threw away."""
    own = (
        plan["Actual Rows"] * plan["Actual Loops"] if "Scan" in plan["Node Type"] else 0
    )
    own += plan.get("Rows Removed by Filter", 0)
    return int(own) + sum(_rows(one) for one in plan.get("Plans", ()))
