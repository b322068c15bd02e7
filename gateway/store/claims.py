"""Taking what is due. Queries name only the nullable moments, never a state."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from gateway.domain.identifiers import OfficeId, TransferId
from gateway.domain.lane import POLL_AT_MOST_S, POLL_PART
from gateway.domain.transfer import STATUS_CONVERSATION, Fate, State
from gateway.ports.store import Claimed
from gateway.store.dialect import in_each
from gateway.store.rows import (
    DOSSIER,
    LINK,
    PAYLOAD,
    REFERENCE,
    TRANSFER,
    TRANSFER_COLUMNS,
    as_list,
    dossier_of,
    link_of,
    marks,
    moment,
    payload_of,
    reference_of,
    stamp,
    transfer_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from gateway.ports.store import Gate
    from gateway.store.database import Database, Row, Tx
    from gateway.store.dialect import Dialect

_T = TypeVar("_T")

_SECOND = 1_000_000
#: Where a claim's row has its document: after number, transfer and dossier.
_DOCUMENT = 1 + TRANSFER_COLUMNS + 3
#: A lease that nobody gave back is looked at this long after its end.
LEASE_GRACE = _SECOND
LEASES_AT_ONCE = 1_000
#: A recovered transfer of an office that is not configured any more waits this long.
DEFAULT_ASK_AFTER_S = 60.0
#: Nearest deadlines that a claim looks at, whether they are due or wait for a retry.
LOOKED_AT = 64
#: Of so many transfers one is who has waited longest, whatever its deadline.
TURNS = 4

CLAIM = """
SELECT seq FROM transfer WHERE office = ? AND due_at <= ? AND due_at IS NOT NULL
 ORDER BY due_at, seq LIMIT ?"""
# Among the nearest deadlines there may be some that wait for their next attempt: so
# many are looked at and no more, or a backlog of retries would be read at each claim.
NEAR = f"""
SELECT seq FROM transfer WHERE seq {{among}}
   SELECT seq FROM transfer WHERE office = ? AND deadline IS NOT NULL
      AND due_at IS NOT NULL ORDER BY deadline, seq LIMIT {LOOKED_AT}{{end}}
   AND due_at <= ? AND due_at IS NOT NULL ORDER BY deadline, seq LIMIT ?"""  # noqa: S608
ENQUIRIES = """
SELECT seq FROM transfer WHERE office = ? AND ask_at <= ? AND ask_at IS NOT NULL
 ORDER BY ask_at, seq LIMIT ?"""
POLLS = """
SELECT seq FROM transfer WHERE office = ? AND poll_at <= ? AND poll_at IS NOT NULL
 ORDER BY poll_at, seq LIMIT ?"""
_LEASES = """
SELECT seq, lease_by FROM transfer
 WHERE office = ? AND {lease_over} AND lease_until IS NOT NULL
 ORDER BY lease_until LIMIT ?"""
LEASES = in_each(_LEASES)
NEAR_LOOK = in_each(NEAR)
#: The same, for whoever changes what it finds: what another node has is passed over.
_TAKE_CLAIM, _TAKE_NEAR, _TAKE_ENQUIRIES, _TAKE_POLLS, _TAKE_LEASES = (
    in_each(query + "{skip}") for query in (CLAIM, NEAR, ENQUIRIES, POLLS, _LEASES)
)
#: One step per office, not per row: each takes the first office after the last.
_OFFICES = """
WITH RECURSIVE step (office) AS (
    SELECT (SELECT office FROM transfer WHERE {at} IS NOT NULL ORDER BY office LIMIT 1)
     UNION ALL
    SELECT (SELECT office FROM transfer WHERE {at} IS NOT NULL
             AND office > step.office ORDER BY office LIMIT 1)
      FROM step WHERE step.office IS NOT NULL)
SELECT office, (SELECT {at} FROM transfer AS t WHERE t.office = step.office
                 AND {when} AND {at} IS NOT NULL ORDER BY {at} LIMIT 1)
  FROM step WHERE office IS NOT NULL"""
MOMENTS = ("due_at", "ask_at", "poll_at", "lease_until")
DUE = MOMENTS[:3]
DUE_OFFICES = {at: in_each(_OFFICES.format(at=at, when=f"{at} <= ?")) for at in DUE}
#: Whether a lease has ended is not asked of the wall where the server tells it.
DUE_OFFICES["lease_until"] = in_each(
    _OFFICES.format(at="lease_until", when="{lease_over}")
)
NEXT_MOMENT = {at: _OFFICES.format(at=at, when=f"{at} > ?") for at in MOMENTS}
#: Lists of values come as one JSON text, so that each statement is prepared once.
_CLAIMED = in_each(f"""
SELECT t.seq, {TRANSFER}, {DOSSIER}, {PAYLOAD} FROM transfer AS t
  JOIN dossier AS d ON d.id = t.dossier_id
  LEFT JOIN revision AS v ON v.dossier_id = t.dossier_id AND v.number = t.revision
   AND t.conversation <> '{STATUS_CONVERSATION}'
  LEFT JOIN payload AS p ON p.id = v.document
 WHERE t.seq {{in_numbers}}""")  # noqa: S608  constants
_REFERENCES = in_each(
    f"SELECT {REFERENCE}, dossier_id FROM reference"  # noqa: S608  constants
    " WHERE dossier_id {in_texts} ORDER BY dossier_id, seq"
)
_ATTACHMENTS = in_each(
    f"SELECT {LINK}, dossier_id FROM attachment"  # noqa: S608  constants
    " WHERE dossier_id {in_texts} ORDER BY dossier_id, seq"
)
_POLL_NEXT = in_each(
    "UPDATE transfer SET poll_at = ?"
    " + {larger}(?, {smaller}((? - finished_at) / ?, ?)) WHERE seq = ?"
)
_ON_ITS_WAY = in_each(
    "SELECT seq, office, {lease_left} FROM transfer WHERE lease_until IS NOT NULL"
    " AND substr(lease_by, 1, length(?1)) = ?1{lock}"
)


@dataclass(slots=True)
class Leases:
    """Leases that this process has given, by ``mono``: wall time may jump.

    ``by_database``: the statement that finds them has told already.
    """

    process: str
    by_database: bool = False
    given: int = 0
    many: int = 1_024
    ends: dict[str, float] = field(default_factory=dict)

    def give(self, node: str, lease_s: float, since: float) -> str:
        """A name that no other lease has; it fences out whoever lost an earlier one."""
        name = self.fence(node)
        if self.by_database:
            return name
        self.ends[name] = since + lease_s
        if len(self.ends) > self.many:
            self._forget_ended()
        return name

    def fence(self, node: str) -> str:
        """The same for an enquiry, which ends by its own timeout."""
        self.given += 1
        return f"{node}/{self.process}/{self.given}"

    def is_over(self, name: str | None) -> bool:
        """Whether a lease has really ended; one of a dead process has."""
        return self.by_database or self.ends.get(name or "", 0.0) <= time.monotonic()

    def _forget_ended(self) -> None:
        """An end that is not known has passed."""
        now = time.monotonic()
        self.ends = {name: end for name, end in self.ends.items() if end > now}
        self.many = 2 * len(self.ends) + 1_024


def anything(db: Database, query: str, office: OfficeId, at: int) -> bool:
    """Whether a claim would find anything; keeps idle turns away from the writer."""
    return db.execute(query, (office, at, 1)).fetchone() is not None


def claim(
    tx: Tx,
    gates: Sequence[Gate],
    at: int,
    lease_until: int,
    lease_by: str,
    turn: int = 0,
) -> list[Claimed]:
    """Give leases on due transfers, the nearest deadline first per office.

    Every fourth is who has waited longest instead; ``turn`` counts the claims, for
    gates with less room than that.
    """
    taken = [seq for gate in gates for seq in _chosen(tx.db, gate, at, turn)]
    if not taken:
        return []
    sending = _sending(tx.db.dialect, len(taken))
    tx.db.execute(sending, (lease_until, lease_by, at, *taken))
    return claimed(tx.db, taken)


def _chosen(db: Database, gate: Gate, at: int, turn: int) -> list[int]:
    """Who goes through a gate."""
    room = gate.room
    longest = db.execute(_TAKE_CLAIM[db.dialect], (gate.office, at, room)).fetchall()
    if not longest:
        return []
    near = db.execute(_TAKE_NEAR[db.dialect], (gate.office, at, room)).fetchall()
    # Who has waited longest stays among them however many of nearer days come.
    aside = (room + turn % TURNS) // TURNS
    first = [seq for (seq,) in near[: room - aside]]
    rest = [seq for (seq,) in (*longest, *near) if seq not in first]
    return (first + list(dict.fromkeys(rest)))[:room]


@lru_cache(maxsize=512)
def _sending(dialect: Dialect, count: int) -> str:
    """The statement that gives leases on so many transfers."""
    return in_each(
        "UPDATE transfer SET state = 'sending', attempts = attempts + 1,"  # noqa: S608
        " due_at = NULL, lease_until = ?1, lease_by = ?2,"
        " first_sent_at = coalesce(first_sent_at, ?3){lease}"
        f" WHERE seq IN ({marks(count)})"
    )[dialect]


def claim_enquiries(
    tx: Tx, office: OfficeId, at: int, again: int, limit: int, fence: str
) -> list[Claimed]:
    """Take unconfirmed transfers to be asked about; the fence tells late answers."""
    query = _TAKE_ENQUIRIES[tx.db.dialect]
    taken = [s for (s,) in tx.db.execute(query, (office, at, limit)).fetchall()]
    for seq in taken:
        tx.db.execute(
            "UPDATE transfer SET ask_at = ?, enquiries = enquiries + 1, lease_by = ?"
            " WHERE seq = ?",
            (at + again, fence, seq),
        )
    return claimed(tx.db, taken)


def claim_polls(
    tx: Tx, office: OfficeId, at: int, again: int, limit: int
) -> list[Claimed]:
    """Take delivered transfers whose answer is to be fetched."""
    query = _TAKE_POLLS[tx.db.dialect]
    taken = [s for (s,) in tx.db.execute(query, (office, at, limit)).fetchall()]
    slowest = POLL_AT_MOST_S * _SECOND
    for seq in taken:
        tx.db.execute(
            _POLL_NEXT[tx.db.dialect], (at, again, at, POLL_PART, slowest, seq)
        )
    return claimed(tx.db, taken)


def claimed(db: Database, taken: Sequence[int]) -> list[Claimed]:
    """Transfers in the order given, each with what its message is made of."""
    rows = db.execute(_CLAIMED[db.dialect], (as_list(taken),)).fetchall()
    # Where there is no document, there is nothing that a file could go with.
    shown = {row[2] for row in rows if row[_DOCUMENT] is not None}
    numbers = _by_dossier(
        db, _REFERENCES[db.dialect], {row[2] for row in rows}, reference_of
    )
    files = _by_dossier(db, _ATTACHMENTS[db.dialect], shown, link_of)
    found: dict[int, Claimed] = {}
    for seq, *row in rows:
        document = row[_DOCUMENT - 1 :]
        found[seq] = Claimed(
            transfer_of(row),
            dossier_of(row[TRANSFER_COLUMNS:]),
            tuple(numbers[row[1]]),
            None if document[0] is None else payload_of(document),
            tuple(files[row[1]]) if document[0] is not None else (),
        )
    return [found[seq] for seq in taken]


def _by_dossier(
    db: Database, query: str, dossiers: set[str], read: Callable[[Row], _T]
) -> dict[str, list[_T]]:
    found: dict[str, list[_T]] = {dossier: [] for dossier in dossiers}
    if found:
        for row in db.execute(query, (as_list(sorted(found)),)).fetchall():
            found[row[-1]].append(read(row))
    return found


def poll_by(tx: Tx, polls: Sequence[tuple[TransferId, datetime]]) -> None:
    """Poll delivered transfers no later than asked, where they are polled at all."""
    for transfer_id, latest in polls:
        at = stamp(latest)
        tx.db.execute(
            "UPDATE transfer SET poll_at = ? WHERE id = ? AND poll_at > ?",
            (at, transfer_id, at),
        )
        tx.woke = tx.woke or bool(tx.db.changes())


def ask_at_once(tx: Tx, transfers: Sequence[TransferId], at: int) -> None:
    """Ask about unconfirmed transfers now; others have no moment to move."""
    for transfer_id in transfers:
        tx.db.execute(
            "UPDATE transfer SET ask_at = ? WHERE id = ? AND ask_at > ?",
            (at, transfer_id, at),
        )
        tx.woke = tx.woke or bool(tx.db.changes())


def mark_polled(tx: Tx, transfer_id: TransferId, code: str | None, at: int) -> None:
    """Since when and why a delivered transfer is badly answered."""
    tx.db.execute(
        "UPDATE transfer SET cause = ?,"
        " still_at = CASE WHEN CAST(? AS text) IS NOT NULL THEN coalesce(still_at, ?) END"
        " WHERE id = ? AND poll_at IS NOT NULL",
        (code, code, at, transfer_id),
    )


def end_leases(tx: Tx, office: OfficeId, at: int, again: int, leases: Leases) -> int:
    """A lease that ended without an outcome: it may have left, and is asked about."""
    values = (office, at, LEASES_AT_ONCE)
    rows = tx.db.execute(_TAKE_LEASES[tx.db.dialect], values).fetchall()
    ended = [(at + again, at, seq) for seq, name in rows if leases.is_over(name)]
    for one in ended:
        _unconfirm(tx, one, "lease_over")
    return len(ended)


def recover(
    tx: Tx, at: int, ask_after_s: Mapping[OfficeId, float], given_by: str = ""
) -> int:
    """Every ``sending`` row is of a dead process: it may have left.

    ``given_by`` is how the names of that process's leases begin.
    """
    rows = tx.db.execute(_ON_ITS_WAY[tx.db.dialect], (given_by,)).fetchall()
    default = max([DEFAULT_ASK_AFTER_S, *ask_after_s.values()])
    for seq, office, left in rows:
        # Its process is dead, or believes that it holds what it does not: then it may
        # begin to send until its lease ends.
        wait = left + int(ask_after_s.get(OfficeId(office), default) * _SECOND)
        _unconfirm(tx, (at + wait, at, seq), "recovered")
    return len(rows)


def _unconfirm(tx: Tx, values: tuple[int, int, int], cause: str) -> None:
    tx.db.execute(
        f"UPDATE transfer SET state = '{State.UNCONFIRMED}',"  # noqa: S608  constants
        f" fate = '{Fate.MAY_HAVE_LEFT}', ask_at = ?1, still_at = ?2, unshown_at = ?2,"
        f" cause = '{cause}', lease_until = NULL, lease_by = NULL WHERE seq = ?3",
        values,
    )
    tx.woke = True


def due_offices(db: Database, now: datetime, of: Sequence[str]) -> list[OfficeId]:
    """Offices at which any of these moments has come."""
    at = stamp(now)
    found = {
        OfficeId(office)
        for name in of
        for office, earliest in db.execute(
            DUE_OFFICES[name][db.dialect], (at,)
        ).fetchall()
        if earliest is not None
    }
    return sorted(found)


def next_due(db: Database, after: datetime) -> datetime | None:
    """Earliest later moment at which anything has to be done."""
    at = stamp(after)
    moments: list[int] = []
    for name, query in NEXT_MOMENT.items():
        grace = LEASE_GRACE if name == "lease_until" else 0
        rows = db.execute(query, (at - grace,)).fetchall()
        moments += [found + grace for _, found in rows if found is not None]
    fetch: int | None = db.execute(
        'SELECT due_at FROM "fetch" WHERE due_at > ? AND due_at IS NOT NULL'
        " ORDER BY due_at LIMIT 1",
        (at,),
    ).get
    if fetch is not None:
        moments.append(fetch)
    return moment(min(moments)) if moments else None
