"""Dossiers that a real gateway took through, as moulds for many more.

A gateway with its mock agencies takes examples to their end under virtual time. What
its store holds of each dossier, at its end and on the way, is a mould: every row of it,
with one mark in place of what tells one dossier's identifiers from another's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import apsw

from gateway.wiring.keys import STORE
from tests.world import World

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from gateway.routing.versions import Versions
    from gateway.wiring.stage import Stage

#: Stands for the part of identifiers that a dossier's own have in common: as many
#: signs as a moment and a draw take in them.
MARK = "@" * 20
_IDENTIFIER = re.compile(rb"(?<![0-9a-z_])([dtpr]_)([0-9a-z]{26})(?![0-9a-z])")
#: Hours of virtual time between two looks at what is on the way.
LOOK_EVERY_H = 24
LOOKS = 12
#: Tables of a dossier, and how its rows are found. Files and links are left out.
OF_DOSSIER = {
    "dossier": "id = ?1",
    "revision": "dossier_id = ?1",
    "transfer": "dossier_id = ?1 ORDER BY seq",
    "attempt": "transfer_id IN (SELECT id FROM transfer WHERE dossier_id = ?1)"
    " ORDER BY transfer_id, number",
    "reference": "dossier_id = ?1 ORDER BY seq",
    "report": "dossier_id = ?1 ORDER BY seq",
    "told_rung": "dossier_id = ?1",
    "journal": "dossier_id = ?1 ORDER BY id",
}
_EMPTIED = (
    *OF_DOSSIER,
    *("payload", "word", "attachment", "fetch", "intake_key"),
    *("chain", "seal", "unmeasured", "measure", "clock", "share", "held", "charge"),
)

Row = dict[str, Any]


@dataclass(frozen=True)
class Mould:
    """One dossier at one moment; ``at`` is the moment, by virtual time."""

    example: str
    at: datetime
    is_open: bool
    is_stuck: bool
    rows: Mapping[str, list[Row]]
    unit: str

    @property
    def lines(self) -> int:
        """Lines of its journal."""
        return len(self.rows["journal"])


@dataclass
class Recorded:
    """What one run left: its folder with a store without dossiers, and moulds."""

    stage: Stage
    versions: Versions
    start: datetime
    moulds: list[Mould] = field(default_factory=list)


async def recorded(folder: Path, examples: Iterable[str]) -> Recorded:
    """Take the examples through; ``folder`` keeps keys, settings and an empty store."""
    world = World(folder, examples=examples)
    path = world.stage.run_dir / STORE
    async with world:
        assert world.gateway is not None
        versions = world.gateway.tools.versions
        found, fed = Recorded(world.stage, versions, world.now()), {}
        for example in examples:
            await world.feed(example)
            fed[_newest(path)] = example
        seen: set[tuple[str, int]] = set()
        for _ in range(LOOKS):
            await world.pass_hours(LOOK_EVERY_H)
            _look(path, fed, world.now(), seen, found)
        await world.settle()
        await world.pass_until(world.now() + timedelta(minutes=1))
        _look(path, fed, world.now(), seen, found)
    _empty(path)
    return found


def _newest(path: Path) -> str:
    with_ids = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    identifier: str = with_ids.execute("SELECT max(id) FROM dossier").get
    with_ids.close()
    return identifier


def _look(
    path: Path,
    fed: Mapping[str, str],
    now: datetime,
    seen: set[tuple[str, int]],
    found: Recorded,
) -> None:
    """Keep what has moved since the last look, and lies still at this moment."""
    db = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    with db:
        for identifier, example in fed.items():
            rows = {
                table: _rows(db, table, where, identifier)
                for table, where in OF_DOSSIER.items()
            }
            (dossier,) = rows["dossier"]
            key = (identifier, dossier["version"])
            states = {row["state"] for row in rows["transfer"]}
            if key in seen or states & {"sending", "due"}:
                continue
            seen.add(key)
            still = any(row["still_at"] for row in rows["transfer"])
            asks = dossier["asks_at"] or dossier["unrouted_at"]
            is_open = dossier["open"] is not None
            found.moulds.append(
                Mould(
                    example,
                    now,
                    is_open,
                    is_open and bool(still or asks),
                    _marked(rows),
                    dossier["unit"],
                )
            )
    db.close()


def _rows(db: apsw.Connection, table: str, where: str, identifier: str) -> list[Row]:
    cursor = db.execute(f"SELECT * FROM {table} WHERE {where}", (identifier,))
    found = cursor.fetchall()
    if not found:
        return []
    names = [one[1] for one in db.execute(f"PRAGMA table_info({table})")]
    return [dict(zip(names, row, strict=True)) for row in found]


def _marked(rows: Mapping[str, list[Row]]) -> dict[str, list[Row]]:
    """The same with identifiers that differ from dossier to dossier by the mark only."""
    places: dict[bytes, int] = {}

    def mark(match: re.Match[bytes]) -> bytes:
        place = places.setdefault(match[0], len(places))
        return b"%b%b%06d" % (match[1], MARK.encode(), place)

    def value(given: Any) -> Any:
        if isinstance(given, str):
            return _IDENTIFIER.sub(mark, given.encode()).decode()
        if isinstance(given, bytes) and given[:1] in {b"{", b"["}:
            return _IDENTIFIER.sub(mark, given)
        return given

    return {
        table: [{name: value(one) for name, one in row.items()} for row in found]
        for table, found in rows.items()
    }


def _empty(path: Path) -> None:
    """Leave configuration, keys and people, and no dossier."""
    db = apsw.Connection(str(path))
    with db:
        for table in _EMPTIED:
            db.execute(f'DELETE FROM "{table}"')
    db.execute("VACUUM")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
