"""Maintenance windows as rows; what nobody searches for is one JSON value."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from gateway.domain.errors import ChangedMeanwhile
from gateway.domain.identifiers import AgencyId, OfficeId
from gateway.domain.opening import Maintenance, Recurrence
from gateway.store.chains import append
from gateway.store.rows import as_json, from_json, stamp, stamp_or_none

if TYPE_CHECKING:
    from gateway.domain.journal import JournalLine
    from gateway.store.database import Database, Tx


def maintenance(db: Database, since: datetime) -> list[Maintenance]:
    """Windows of which something is left."""
    rows = db.execute(
        "SELECT content FROM maintenance WHERE until IS NULL OR until >= ? ORDER BY id",
        (stamp(since),),
    ).fetchall()
    return [window_of(row[0]) for row in rows]


def set_maintenance(
    tx: Tx, window: Maintenance, journal: JournalLine, chain: str
) -> None:
    """Keep a window; loops look again, since an office may have opened by it.

    Raises:
        ChangedMeanwhile: another version was to be replaced.
    """
    until = stamp_or_none(_until(window))
    content = as_json(window)
    if window.version == 1:
        tx.db.execute(
            "INSERT INTO maintenance (id, version, agency, office, until, content)"
            " VALUES (?, 1, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
            (window.id, window.agency, window.office, until, content),
        )
    else:
        tx.db.execute(
            "UPDATE maintenance SET version = ?, until = ?, content = ?"
            " WHERE id = ? AND version = ?",
            (window.version, until, content, window.id, window.version - 1),
        )
    if not tx.db.changes():
        raise ChangedMeanwhile
    append(tx.db, chain, [journal])
    tx.woke = True


def _until(window: Maintenance) -> datetime | None:
    """The moment after which nothing of it is left; None: a rule goes on."""
    if window.rule is None:
        ends = [at for at in (window.ends_at, window.over_at) if at is not None]
        return min(ends)
    return window.over_at


def window_of(text: bytes) -> Maintenance:
    """The window that ``as_json`` wrote."""
    values: dict[str, Any] = from_json(text)
    values["agency"] = AgencyId(values["agency"])
    values["office"] = None if values["office"] is None else OfficeId(values["office"])
    values["announced_on"] = _day(values["announced_on"])
    values["made_at"] = _at(values["made_at"])
    for name in ("begins_at", "ends_at", "over_at"):
        values[name] = None if values[name] is None else _at(values[name])
    values["moved"] = tuple((_at(begin), _at(end)) for begin, end in values["moved"])
    if values["rule"] is not None:
        values["rule"] = _rule(values["rule"])
    return Maintenance(**values)


def _rule(values: dict[str, Any]) -> Recurrence:
    for name in ("weekdays", "weeks", "days"):
        values[name] = tuple(values[name])
    values["valid_from"] = date.fromisoformat(values["valid_from"])
    values["valid_to"] = _day(values["valid_to"])
    return Recurrence(**values)


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
