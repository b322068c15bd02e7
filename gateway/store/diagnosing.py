"""What a store can say of how it fares, by codes and numbers alone; nothing is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.domain.lane import LaneState
from gateway.store import gauges, standing
from gateway.store.looking import opened_to_look
from gateway.store.postgres import connection as postgres
from gateway.store.rows import moment

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from gateway.domain.lane import Lane
    from gateway.store.database import Database

_COUNTS = {
    "dossiers open": "SELECT count(*) FROM dossier WHERE open IS NOT NULL",
    "dossiers unrouted": "SELECT count(*) FROM dossier WHERE unrouted_at IS NOT NULL",
    "dossiers asking": "SELECT count(*) FROM dossier WHERE asks_at IS NOT NULL",
    "configurations": "SELECT count(*) FROM configuration",
    "accounts": "SELECT count(*) FROM principal",
    "seals": "SELECT count(*) FROM seal",
}
# Of what has ended nothing is read: there may be millions.
_CODES = {
    "standing still": (
        "SELECT agency, office, state, coalesce(cause, ''), count(*), min(still_at)"
        " FROM transfer WHERE still_at IS NOT NULL GROUP BY 1, 2, 3, 4 ORDER BY 5 DESC"
    ),
    "to be tried again": (
        "SELECT agency, office, state, coalesce(cause, ''), count(*), min(due_at)"
        " FROM transfer WHERE due_at IS NOT NULL AND attempts > 0"
        " GROUP BY 1, 2, 3, 4 ORDER BY 5 DESC"
    ),
    "unmatched": (
        "SELECT agency, office, standing, code, count(*), min(arrived_at)"
        " FROM report WHERE standing IN ('unmatched', 'unreadable')"
        " GROUP BY 1, 2, 3, 4 ORDER BY 5 DESC"
    ),
}
_MIGRATIONS = "SELECT version, name, at FROM schema_version ORDER BY version"
_ALERTS = "SELECT kind, count(*) FROM alert WHERE ended_at IS NULL GROUP BY kind ORDER BY kind"


def diagnose_file(path: Path) -> dict[str, Any]:
    """Of a file, whether or not a gateway has it.

    Raises:
        apsw.Error: it is no store, or cannot be read.
    """
    db = opened_to_look(path)
    try:
        return diagnosed(db)
    finally:
        db.close()


def diagnose_server(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Of a database.

    Raises:
        StoreUnavailable: nobody answers.
        psycopg.Error: something cannot be read.
    """
    db = postgres.connect(parameters)
    try:
        db.script("SET default_transaction_read_only = on")
        return {"server": postgres.facts_of(db), **diagnosed(db)}
    finally:
        db.close()


def diagnosed(db: Database) -> dict[str, Any]:
    """All of it, by this connection."""
    return {
        "counts": {name: db.execute(query).get for name, query in _COUNTS.items()},
        "transfers": [
            {
                "office": one.office,
                "state": one.state,
                "count": one.count,
                "since": one.since,
            }
            for one in gauges.transfer_counts(db)
        ],
        "codes": {
            name: [
                {
                    "agency": agency,
                    "office": office,
                    "state": state,
                    "code": code,
                    "count": count,
                    "since": moment(since),
                }
                for agency, office, state, code, count, since in db.execute(
                    query
                ).fetchall()
            ]
            for name, query in _CODES.items()
        },
        "lanes": [_lane(one) for one in standing.lanes(db)],
        "alerts": dict(db.execute(_ALERTS).fetchall()),
        "migrations": [
            {"version": number, "name": name, "at": moment(at)}
            for number, name, at in db.execute(_MIGRATIONS).fetchall()
        ],
    }


def _lane(one: Lane) -> dict[str, Any]:
    """Why somebody stopped it was typed by a person, and so is left out."""
    by_itself = one.state in {LaneState.CLOSED, LaneState.PROBING}
    return {
        "office": one.office,
        "state": one.state.value,
        "since": one.since,
        "failures": one.failures,
        "code": one.why if by_itself else "",
    }
