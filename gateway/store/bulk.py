"""Bulk jobs: asked for, written down page by page, steered, ended with their counts."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from gateway.domain.bulk import (
    ACTIVE,
    OVER,
    Counts,
    Item,
    Job,
    JobState,
    Outcome,
    Selection,
    counted,
)
from gateway.domain.errors import ChangedMeanwhile, KeyTaken
from gateway.domain.identifiers import PayloadId, PrincipalId
from gateway.domain.transfer import Action, State
from gateway.domain.values import replace
from gateway.store import bulk_items
from gateway.store.chains import append
from gateway.store.dialect import POSTGRESQL, SQLITE, Statement, in_each
from gateway.store.parts import keep_payloads
from gateway.store.rows import (
    as_json,
    from_json,
    marks,
    moment,
    moment_or_none,
    scope_value_of,
    stamp,
    stamp_or_none,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.domain.journal import JournalLine
    from gateway.domain.principal import Scope
    from gateway.ports.vault import SealedPayload
    from gateway.store.database import Database, Row, Tx

_JOB = (
    "id, state, action, selection, actor, scope, reason, per_second, asked_at, bound,"
    " progress, complete, asked, skipped, done, failed, stopped, ended_at, client_key,"
    " fingerprint"
)
_LOCKED = in_each("SELECT state, progress FROM bulk_job WHERE id = ?{lock}")
# A lease runs by the clock of the database where there are several nodes.
_HOLD = (
    "UPDATE bulk_job SET runner = ?1, runner_until = {now} + ?2 WHERE id = ?3"
    " AND active IS NOT NULL"
    " AND (runner IS NULL OR runner = ?1 OR runner_until <= {now})"
)
_HELD: Statement = {
    SQLITE: _HOLD.format(now="?4"),
    POSTGRESQL: _HOLD.format(
        now="(extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
    ),
}


def begin(
    tx: Tx, job: Job, reason: SealedPayload, line: JournalLine, chain: str
) -> Job:
    """Keep a new job and its reason.

    Raises:
        KeyTaken: its caller has used the key.
    """
    db = tx.db
    bound: int = db.execute("SELECT coalesce(max(seq), 0) FROM transfer").get
    job = replace(job, bound=bound)
    row = (*_row(job), 1)
    db.execute(
        f"INSERT INTO bulk_job ({_JOB}, active) VALUES ({marks(len(row))})"  # noqa: S608
        " ON CONFLICT (actor, client_key) WHERE client_key IS NOT NULL DO NOTHING",
        row,
    )
    if not db.changes():
        raise KeyTaken("bulk_key")
    keep_payloads(db, [reason])
    append(db, chain, [line])
    tx.woke = True
    return job


def _row(job: Job) -> Row:
    return (
        job.id,
        job.state.value,
        job.action.value,
        as_json(job.selection),
        job.actor,
        _scope_text(job.scope),
        job.reason,
        job.per_second,
        stamp(job.asked_at),
        job.bound,
        job.cursor,
        int(job.complete),
        job.counts.asked,
        job.counts.skipped,
        *(None, None, None),
        stamp_or_none(job.ended_at),
        job.key,
        job.fingerprint,
    )


def _scope_text(scope: Scope) -> str:
    values = from_json(as_json(scope))
    if not scope.offices:
        # As jobs were kept before there were such scopes.
        del values["offices"]
    return as_json(values).decode()


def collect(
    tx: Tx,
    job: Job,
    items: Sequence[Item],
    cursor: str | None,
    line: JournalLine,
    chain: str,
) -> Job:
    """Write a page of the selection down; after the last one the job runs.

    Raises:
        ChangedMeanwhile: another page came first, or the job does not collect.
    """
    db = tx.db
    row = db.execute(_LOCKED[db.dialect], (job.id,)).fetchone()
    if row != (JobState.COLLECTING.value, job.cursor):
        raise ChangedMeanwhile(f"bulk job {job.id} is {row}")
    added, skipped = bulk_items.add(db, job.id, items)
    counts = replace(
        job.counts,
        asked=job.counts.asked + added,
        skipped=job.counts.skipped + skipped,
        left=job.counts.left + added - skipped,
    )
    state = JobState.RUNNING if cursor is None else JobState.COLLECTING
    db.execute(
        "UPDATE bulk_job SET state = ?, progress = ?, complete = ?,"
        " asked = asked + ?, skipped = skipped + ? WHERE id = ?",
        (
            state.value,
            cursor or job.cursor,
            int(cursor is None),
            added,
            skipped,
            job.id,
        ),
    )
    if cursor is None:
        counts = _tallied(db, job.id, counts)
        append(db, chain, [_with(line, counts)])
    return replace(
        job,
        state=state,
        cursor=cursor or job.cursor,
        complete=cursor is None,
        counts=counts,
    )


def move(
    tx: Tx,
    job: Job,
    now: JobState,
    line: JournalLine,
    per_second: int | None,
    chain: str,
) -> Job:
    """Give a job another state, with a line that holds the counts.

    Raises:
        ChangedMeanwhile: its state is another by now, or items are left of one that
            is to be over.
    """
    db = tx.db
    row = db.execute(_LOCKED[db.dialect], (job.id,)).fetchone()
    if row is None or row[0] != job.state.value:
        raise ChangedMeanwhile(f"bulk job {job.id} is {row}")
    kept = db.execute(
        "SELECT asked, skipped FROM bulk_job WHERE id = ?", (job.id,)
    ).fetchone()
    counts = _tallied(db, job.id, Counts(*(kept or (0, 0))))
    over = now in OVER
    if over and counts.left:
        raise ChangedMeanwhile(f"bulk job {job.id} has items left")
    ended = (counts.done, counts.failed, counts.stopped, stamp(line.at))
    db.execute(
        "UPDATE bulk_job SET state = ?, active = ?, per_second = coalesce(?, per_second),"
        " done = ?, failed = ?, stopped = ?, ended_at = ? WHERE id = ?",
        (
            now.value,
            1 if now in ACTIVE else None,
            per_second,
            *(ended if over else (None, None, None, None)),
            job.id,
        ),
    )
    append(db, chain, [_with(line, counts)])
    tx.woke = tx.woke or now in ACTIVE
    return replace(
        job,
        state=now,
        per_second=per_second or job.per_second,
        ended_at=line.at if over else None,
        counts=counts,
    )


def _tallied(db: Database, job: str, kept: Counts) -> Counts:
    return counted(kept.asked, kept.skipped, bulk_items.tally(db, job))


def _with(line: JournalLine, counts: Counts) -> JournalLine:
    numbers = {
        "asked": counts.asked,
        "queued": counts.queued,
        **{one.value: getattr(counts, one.value) for one in Outcome},
    }
    return replace(line, facts={**line.facts, **numbers})


def hold(tx: Tx, job: str, runner: str, lease_s: float) -> bool:
    """Take a job, or go on holding it."""
    values: tuple[Any, ...] = (runner, int(lease_s * 1_000_000), job)
    if tx.db.dialect == SQLITE:
        values = (*values, time.time_ns() // 1000)
    tx.db.execute(_HELD[tx.db.dialect], values)
    return bool(tx.db.changes())


def active(db: Database) -> list[Job]:
    """Jobs with something to do; their items are not counted."""
    rows = db.execute(
        f"SELECT {_JOB} FROM bulk_job WHERE active IS NOT NULL ORDER BY id"  # noqa: S608
    ).fetchall()
    return [_job_of(row) for row in rows]


def one(db: Database, job: str, scope: Scope) -> Job | None:
    """One job within scope."""
    found = _jobs(db, "id = ?", (job,), scope, 1)
    return found[0] if found else None


def known(db: Database, actor: PrincipalId, key: bytes) -> Job | None:
    """What was asked for under a key."""
    row = db.execute(
        f"SELECT {_JOB} FROM bulk_job WHERE actor = ? AND client_key = ?",  # noqa: S608
        (actor, key),
    ).fetchone()
    return None if row is None else _counted(db, _job_of(row))


def several(db: Database, scope: Scope, after: str | None, limit: int) -> list[Job]:
    """Jobs within scope, the newest first."""
    if after is None:
        return _jobs(db, "true", (), scope, limit)
    return _jobs(db, "id < ?", (after,), scope, limit)


def _jobs(
    db: Database, within: str, values: tuple[str, ...], scope: Scope, limit: int
) -> list[Job]:
    own = "true" if scope.everything else "scope = ?"
    scoped = () if scope.everything else (_scope_text(scope),)
    rows = db.execute(
        f"SELECT {_JOB} FROM bulk_job WHERE {within} AND {own}"  # noqa: S608  constants
        " ORDER BY id DESC LIMIT ?",
        (*values, *scoped, limit),
    ).fetchall()
    return [_counted(db, _job_of(row)) for row in rows]


def _counted(db: Database, job: Job) -> Job:
    """The job with its items counted, unless that was done when it ended."""
    if job.state in OVER:
        return job
    return replace(job, counts=_tallied(db, job.id, job.counts))


def _job_of(row: Row) -> Job:
    return Job(
        id=row[0],
        state=JobState(row[1]),
        action=Action(row[2]),
        selection=_selection_of(from_json(row[3])),
        actor=PrincipalId(row[4]),
        scope=scope_value_of(from_json(row[5].encode())),
        reason=PayloadId(row[6]),
        per_second=row[7],
        asked_at=moment(row[8]),
        bound=row[9],
        cursor=row[10],
        complete=bool(row[11]),
        counts=Counts(
            asked=row[12],
            skipped=row[13],
            done=row[14] or 0,
            failed=row[15] or 0,
            stopped=row[16] or 0,
        ),
        ended_at=moment_or_none(row[17]),
        key=row[18],
        fingerprint=row[19],
    )


def _selection_of(values: dict[str, Any]) -> Selection:
    before = values["still_before"]
    values["states"] = tuple(State(one) for one in values["states"])
    if before is not None:
        values["still_before"] = datetime.fromisoformat(before).astimezone(UTC)
    return Selection(**values)
