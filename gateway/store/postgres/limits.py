"""Limits of a lane over all nodes: what each may claim, counted one after the other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gateway.domain.lane import LaneState
from gateway.domain.pace import gap_s
from gateway.ports.nodes import Permit
from gateway.store.postgres.strands import pause
from gateway.store.rows import LANE, lane_of, stamp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.domain.identifiers import OfficeId
    from gateway.domain.lane import LaneLimits
    from gateway.ports.store import Gate
    from gateway.store.database import Database, Tx

#: First of the two numbers of a lock per office; the second is made of its name, and
#: two offices that share one only wait for each other.
CLAIM_LOCK = 5_230_003
_LOCK = "SELECT pg_try_advisory_xact_lock(?::int, hashtext(?))"
#: A claim takes some milliseconds. A node that was stopped in one holds its lock until
#: the server ends it: other offices do not wait for that.
_TRIES, _PAUSE_S = 15, 0.002
_ON_THEIR_WAY = (
    "SELECT (SELECT count(*) FROM transfer"
    "         WHERE office = ?1 AND lease_until IS NOT NULL)"
    " + (SELECT coalesce(sum(count), 0) FROM permit"
    "     WHERE office = ?1 AND ends > clock_timestamp())::bigint"
)
_LANE = f"SELECT {LANE} FROM lane WHERE office = ?"  # noqa: S608  constants
_ENDED = "DELETE FROM permit WHERE office = ? AND ends <= clock_timestamp()"
_KEEP = (
    "INSERT INTO permit (token, office, count, ends)"
    " VALUES (?, ?, ?, clock_timestamp() + ? * interval '1 microsecond')"
)
_NOW = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
_SECOND = 1_000_000
#: Whom a person stopped, until the lane's own moment comes.
_STOPPED = frozenset({LaneState.PAUSED, LaneState.MAINTENANCE, LaneState.SHADOW})
_ON_TRIAL = frozenset({LaneState.CLOSED, LaneState.PROBING})


def within_limits(tx: Tx, gates: Sequence[Gate], at: int) -> list[Gate]:
    """The gates with the room that all nodes together leave, until this commit.

    An office that another node is claiming for has its turn at the next look. A dead
    node's transfers count until its leases end: they may be at the agency.
    """
    return [gate for one in gates if (gate := _left(tx.db, one, at)).room > 0]


def _left(db: Database, gate: Gate, at: int) -> Gate:
    if gate.limit is None:
        return gate
    return replace(gate, room=_room(db, gate.office, gate.room, gate.limit, at))


def _room(db: Database, office: OfficeId, wanted: int, limit: int, at: int) -> int:
    """How many more may be on their way, decided for one node at a time."""
    if not _is_ours(db, office):
        return 0
    on_their_way: int = db.execute(_ON_THEIR_WAY, (office,)).get
    return min(wanted, _allowed(db, office, limit, at) - on_their_way)


def _is_ours(db: Database, office: OfficeId) -> bool:
    """Whether no other node claims for the office until our commit."""
    for _ in range(_TRIES):
        if db.execute(_LOCK, (CLAIM_LOCK, office)).get:
            return True
        pause(_PAUSE_S)
    return False


def _allowed(db: Database, office: OfficeId, limit: int, at: int) -> int:
    """The limit as the lane stands, whoever changed it last; 0 while it is shut."""
    row = db.execute(_LANE, (office,)).fetchone()
    if row is None:
        return limit
    lane = lane_of(row)
    is_over = lane.resume_at is not None and stamp(lane.resume_at) <= at
    if not is_over and (lane.state in _STOPPED or lane.resume_at is not None):
        return 0
    return min(limit, 1) if lane.state in _ON_TRIAL else limit


@dataclass(frozen=True, slots=True)
class Wanted:
    """Calls that a node wants to make; ``at`` is the moment by which the rate runs.

    None: the server's clock. ``hold_s`` 0: they are on their way by a lease.
    """

    office: OfficeId
    count: int
    calls: int
    limits: LaneLimits
    hold_s: float
    token: str
    at: int | None
    wall: int


def permit(tx: Tx, wanted: Wanted) -> Permit:
    """Leave for as many of them as all nodes together may make now."""
    db, office, limits = tx.db, wanted.office, wanted.limits
    room = _room(db, office, wanted.count, limits.in_flight, wanted.wall)
    if room <= 0:
        return Permit(0)
    if limits.per_second is not None:
        now = int(db.execute(_NOW).get) if wanted.at is None else wanted.at
        wait = _paced(db, office, now, gap_s(limits.per_second, wanted.calls))
        if wait:
            return Permit(0, wait / _SECOND)
        room = 1
    if not wanted.hold_s:
        return Permit(room)
    db.execute(_ENDED, (office,))
    db.execute(_KEEP, (wanted.token, office, room, int(wanted.hold_s * _SECOND)))
    return Permit(room, 0.0, wanted.token)


def _paced(db: Database, office: OfficeId, now: int, gap: float) -> int:
    """0, with the next call's moment moved on; else microseconds until it comes."""
    next_at = db.execute("SELECT next_at FROM pace WHERE office = ?", (office,)).get
    if next_at is not None and next_at > now:
        return int(next_at - now)
    following = now + round(gap * _SECOND)
    db.execute(
        "INSERT INTO pace (office, next_at) VALUES (?, ?)"
        " ON CONFLICT (office) DO UPDATE SET next_at = excluded.next_at",
        (office, following),
    )
    return 0


def give_back(tx: Tx, token: str, count: int) -> None:
    """So many calls of a permit have ended; it is gone with the last."""
    tx.db.execute("UPDATE permit SET count = count - ? WHERE token = ?", (count, token))
    tx.db.execute("DELETE FROM permit WHERE token = ? AND count <= 0", (token,))
