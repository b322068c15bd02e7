"""What is overdue: one step per office and a bounded count, whatever the table holds."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from gateway.domain.identifiers import OfficeId, TransferId
from gateway.ports.watch import COUNTED_AT_MOST, Stall, Stalled
from gateway.store.rows import moment, stamp

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from gateway.ports.watch import StallLimits
    from gateway.store.database import Database

#: Which moment tells it; each is in a partial index of its own, by office.
_MOMENTS = {
    Stall.SEND: "due_at",
    Stall.ASK: "ask_at",
    Stall.POLL: "poll_at",
    Stall.LEASE: "lease_until",
}
_OFFICES = """
WITH RECURSIVE step (office) AS (
    SELECT (SELECT office FROM transfer WHERE {at} IS NOT NULL ORDER BY office LIMIT 1)
     UNION ALL
    SELECT (SELECT office FROM transfer WHERE {at} IS NOT NULL
             AND office > step.office ORDER BY office LIMIT 1)
      FROM step WHERE step.office IS NOT NULL)
SELECT office FROM step WHERE office IS NOT NULL"""
_FIRST = """
SELECT id, {at} FROM transfer WHERE office = ? AND {at} <= ? AND {at} IS NOT NULL
 ORDER BY {at}, seq LIMIT 1"""
_COUNT = """
SELECT count(*) FROM (SELECT 1 FROM transfer
 WHERE office = ? AND {at} <= ? AND {at} IS NOT NULL LIMIT ?) AS counted"""
_ON_THEIR_WAY = """
SELECT count(*) FROM (SELECT 1 FROM transfer
 WHERE office = ? AND lease_until > ? AND lease_until IS NOT NULL LIMIT ?) AS counted"""
_QUERIES = {
    what: tuple(query.format(at=at) for query in (_OFFICES, _FIRST, _COUNT))
    for what, at in _MOMENTS.items()
}


def stalled(db: Database, now: datetime, limits: StallLimits) -> list[Stalled]:
    """What is overdue by more than the limits."""
    allowed = {
        Stall.SEND: limits.send_s,
        Stall.ASK: limits.ask_s,
        Stall.POLL: limits.poll_s,
        Stall.LEASE: limits.lease_s,
    }
    return [
        one
        for what, seconds in allowed.items()
        for one in _overdue(db, what, now, now - timedelta(seconds=seconds))
    ]


def _overdue(
    db: Database, what: Stall, now: datetime, before: datetime
) -> Iterator[Stalled]:
    offices, first, count = _QUERIES[what]
    at = stamp(before)
    for (office,) in db.execute(offices).fetchall():
        found = db.execute(first, (office, at)).fetchone()
        if found is not None:
            many = (office, stamp(now), COUNTED_AT_MOST)
            yield Stalled(
                what=what,
                office=OfficeId(office),
                since=moment(found[1]),
                count=db.execute(count, (office, at, COUNTED_AT_MOST)).get,
                first=TransferId(found[0]),
                on_their_way=db.execute(_ON_THEIR_WAY, many).get,
            )
