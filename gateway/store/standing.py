"""What stands beside the dossiers: lanes, principals, configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from gateway.domain.errors import ChangedMeanwhile
from gateway.domain.lane import BREAKER
from gateway.domain.values import replace
from gateway.store.chains import append
from gateway.store.rows import (
    LANE,
    as_json,
    from_json,
    lane_of,
    lane_row,
    marks,
    principal_of,
    stamp,
)

if TYPE_CHECKING:
    from gateway.domain.journal import JournalLine
    from gateway.domain.lane import Lane
    from gateway.domain.principal import Principal
    from gateway.store.database import Database, Tx


_REPLACED = ", ".join(
    f"{column} = excluded.{column}" for column in LANE.split(", ")[1:]
)
#: What only a person ends. A rule that has not heard of it yet must not.
_BY_PERSON = " WHERE lane.state NOT IN ('paused', 'shadow')"


def lanes(db: Database) -> list[Lane]:
    """Every lane with its state."""
    rows = db.execute(f"SELECT {LANE} FROM lane ORDER BY office").fetchall()  # noqa: S608
    return [lane_of(row) for row in rows]


def set_lane(tx: Tx, lane: Lane, journal: JournalLine, chain: str) -> None:
    """Replace a lane's state; loops look again, since it may have opened.

    Raises:
        ChangedMeanwhile: the breaker's word came after a person's.
    """
    row = lane_row(lane)
    but = _BY_PERSON if journal.actor == BREAKER else ""
    tx.db.execute(
        f"INSERT INTO lane ({LANE}) VALUES ({marks(len(row))})"  # noqa: S608
        f" ON CONFLICT (office) DO UPDATE SET {_REPLACED}{but}",
        row,
    )
    if not tx.db.changes():
        raise ChangedMeanwhile
    append(tx.db, chain, [journal])
    tx.woke = True


def principal(db: Database, token_hash: bytes) -> Principal | None:
    """Who holds the token."""
    row = db.execute(
        "SELECT content FROM principal WHERE token_hash = ?", (token_hash,)
    ).fetchone()
    return None if row is None else principal_of(row[0])


def set_principal(tx: Tx, who: Principal, token_hash: bytes) -> None:
    """Create or replace a principal; its earlier token ends."""
    tx.db.execute(
        "DELETE FROM principal WHERE id = ? OR token_hash = ?", (who.id, token_hash)
    )
    tx.db.execute(
        "INSERT INTO principal (token_hash, id, content) VALUES (?, ?, ?)",
        (token_hash, who.id, as_json(who)),
    )


def configuration(
    db: Database, version: int | None
) -> tuple[int, dict[str, Any]] | None:
    """One version, or the newest."""
    row = db.execute(
        "SELECT version, content FROM configuration"
        " WHERE version = coalesce(?, (SELECT max(version) FROM configuration))",
        (version,),
    ).fetchone()
    return None if row is None else (row[0], from_json(row[1]))


def newest_configuration(db: Database) -> int:
    """Number of the newest version; 0 when there is none."""
    newest: int | None = db.execute("SELECT max(version) FROM configuration").get
    return newest or 0


def add_configuration(
    tx: Tx,
    content: dict[str, Any],
    journal: JournalLine,
    chain: str,
    after: int | None = None,
) -> int:
    """Keep a new version; the same content as the newest makes none.

    Raises:
        ChangedMeanwhile: the newest is another than ``after``.
    """
    text = orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
    newest = tx.db.execute(
        "SELECT version, content FROM configuration ORDER BY version DESC LIMIT 1"
    ).fetchone()
    version, present = newest or (0, None)
    if present == text:
        return int(version)
    if after not in {None, version}:
        raise ChangedMeanwhile
    tx.db.execute(
        "INSERT INTO configuration (version, at, content) VALUES (?, ?, ?)",
        (version + 1, stamp(journal.at), text),
    )
    facts = {**journal.facts, "version": int(version) + 1}
    append(tx.db, chain, [replace(journal, facts=facts)])
    return int(version) + 1
