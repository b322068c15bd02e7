"""The parts of a change that are kept as they are given."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gateway.domain.errors import ChangedMeanwhile, KeyTaken, ReportKnown
from gateway.domain.report import Standing
from gateway.store.database import insert
from gateway.store.rows import (
    ATTACHMENT,
    LINK,
    as_json,
    attachment_row,
    marks,
    stamp,
    stamp_or_none,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.domain.attempt import AttemptRecord
    from gateway.domain.identifiers import DossierId
    from gateway.ports.store import Change, Upload
    from gateway.ports.vault import SealedPayload
    from gateway.store.database import Database


#: Uploads of one content that a sender may have beside each other.
MOST_UPLOADS = 32


def keep_key(db: Database, change: Change) -> None:
    """Keep the intake key.

    Raises:
        KeyTaken: it is kept already.
    """
    key = change.intake_key
    if key is None:
        return
    db.execute(
        "INSERT INTO intake_key (sender, key, fingerprint, answer)"
        " VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (key.sender, key.key, key.fingerprint, as_json(key.answer)),
    )
    db.unless_changed(1, _key_is_taken)


def _key_is_taken() -> None:
    raise KeyTaken("intake_key")


def keep_report(db: Database, change: Change) -> None:
    """Keep the record of an arrival; a repeat never collides.

    Raises:
        ReportKnown: a first arrival under this fingerprint is kept already.
    """
    report = change.report
    if report is None:
        return
    db.execute(
        "INSERT INTO report (id, agency, office, kind, fingerprint, standing, event_at,"
        " arrived_at, facts, dossier_id, transfer_id, payload, code)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (fingerprint, office, agency) WHERE standing <> 'repeated'"
        " DO NOTHING",
        (
            report.id,
            report.agency,
            report.office,
            report.kind,
            report.fingerprint,
            report.standing.value,
            stamp_or_none(report.event_at),
            stamp(report.arrived_at),
            as_json(report.facts),
            report.dossier_id,
            report.transfer_id,
            report.payload,
            report.code,
        ),
    )
    if report.standing is not Standing.REPEATED:
        db.unless_changed(1, _report_is_known)


def _report_is_known() -> None:
    raise ReportKnown


def settle_reports(db: Database, change: Change) -> None:
    """Give reports that wait for a person their end.

    Raises:
        ChangedMeanwhile: one does not wait, or not any more.
    """
    for report_id in change.settles:
        db.execute(
            "UPDATE report SET standing = 'settled' WHERE id = ?"
            " AND standing IN ('unmatched', 'unreadable')",
            (report_id,),
        )
        if not db.changes():
            raise ChangedMeanwhile(f"report {report_id} waits for nobody")


def keep_payloads(db: Database, payloads: Sequence[SealedPayload]) -> None:
    """Keep sealed payloads, of a dossier or of none."""
    rows = [
        (p.id, p.dossier_id, p.kind, p.ciphertext, p.salt, p.digest) for p in payloads
    ]
    insert(db, "payload", "id, dossier_id, kind, ciphertext, salt, digest", rows)


def keep_document(
    db: Database, dossier_id: DossierId, change: Change, *, is_new: bool
) -> None:
    """Keep a revision's document, with the search words of its text only."""
    if change.case is None:
        raise ValueError("a document comes with the case of its revision")
    db.execute(
        "INSERT INTO revision (dossier_id, number, document) VALUES (?, ?, ?)",
        (dossier_id, change.case.revision, change.document),
    )
    if not is_new:
        db.execute(
            "UPDATE dossier SET document = ? WHERE id = ?",
            (change.document, dossier_id),
        )
        db.execute("DELETE FROM word WHERE dossier_id = ?", (dossier_id,))
    keep_words(db, dossier_id, change)


def keep_words(db: Database, dossier_id: DossierId, change: Change) -> None:
    """Further words by which a dossier is found."""
    words = [(word, dossier_id) for word in change.words]
    insert(db, "word", "blind, dossier_id", words, "ON CONFLICT DO NOTHING")


def keep_references(db: Database, dossier_id: DossierId, change: Change) -> None:
    """Keep numbers; one that the dossier has already is no news.

    Raises:
        KeyTaken: one belongs to another dossier.
    """
    rows = [
        (dossier_id, number.agency, number.kind, number.blind, number.sealed_value)
        for number in change.references
    ]
    columns = "dossier_id, agency, kind, blind, sealed_value"
    insert(db, "reference", columns, rows, "ON CONFLICT DO NOTHING")
    if rows:
        db.unless_changed(len(rows), partial(_are_its_own, db, dossier_id, change))


def _are_its_own(db: Database, dossier_id: DossierId, change: Change) -> None:
    for number in change.references:
        owner = db.execute(
            "SELECT dossier_id FROM reference"
            " WHERE blind = ? AND kind = ? AND agency = ?",
            (number.blind, number.kind, number.agency),
        ).get
        if owner != dossier_id:
            raise KeyTaken("reference")


def keep_attachments(db: Database, dossier_id: DossierId, change: Change) -> None:
    """Tie files to the dossier, forget used uploads and fetched links.

    Raises:
        ChangedMeanwhile: an upload was used by another dossier, or has ended.
    """
    rows = [
        (
            *attachment_row(link.attachment),
            link.role,
            link.sealed_name,
            link.blind,
            dossier_id,
        )
        for link in change.attachments
    ]
    insert(db, "attachment", f"{LINK}, dossier_id", rows)
    _forget_uploads(db, change.uploads_used)
    for job in change.fetched:
        db.execute('UPDATE "fetch" SET due_at = NULL WHERE id = ?', (job,))


def _forget_uploads(db: Database, used: Sequence[Upload]) -> None:
    """Found as they were read, by owner and hash: one index, as random as hashes are.

    The same content brought by another upload has another identifier and stays; who
    comes second, or after it has ended, decides anew.

    Raises:
        ChangedMeanwhile: one of them is not there any more.
    """
    if used:
        many = marks(len(used))
        db.execute(
            f"DELETE FROM upload WHERE owner = ? AND blind IN ({many})"  # noqa: S608
            f" AND id IN ({many})",
            (
                used[0].owner,
                *(upload.blind for upload in used),
                *(upload.stored.id for upload in used),
            ),
        )
        db.unless_changed(len({upload.stored.id for upload in used}), _upload_is_gone)


def _upload_is_gone() -> None:
    raise ChangedMeanwhile("an upload is not there any more")


def keep_fetches(db: Database, dossier_id: DossierId, change: Change) -> None:
    """Remember result files that are to be fetched."""
    for job in change.fetch:
        db.execute(
            'INSERT INTO "fetch" (id, dossier_id, office, sealed_link, due_at, tries)'
            " VALUES (?, ?, ?, ?, ?, ?)",
            (
                job.id,
                dossier_id,
                job.office,
                job.sealed_link,
                stamp(job.due_at),
                job.tries,
            ),
        )


def keep_attempt(db: Database, record: AttemptRecord) -> None:
    """Keep an attempt under the next number of its transfer."""
    times = record.times
    db.execute(
        "INSERT INTO attempt (transfer_id, number, purpose, started_at, outcome, code,"
        " connect_ms, first_byte_ms, total_ms, response, http_status)"
        " VALUES (?1, (SELECT coalesce(max(number), 0) + 1 FROM attempt"
        " WHERE transfer_id = ?1), ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            record.transfer_id,
            record.purpose,
            stamp(record.started_at),
            record.outcome.value,
            record.code,
            times.connect_ms,
            times.first_byte_ms,
            times.total_ms,
            record.response,
            record.http_status,
        ),
    )


def keep_upload(db: Database, upload: Upload) -> None:
    """Remember a file before its dossier; told again, it comes last.

    The same content brought twice is two uploads, since two dossiers may name it; of
    those of one sender who brings it again and again the newest are kept.
    """
    same = "owner = ? AND blind = ?"
    db.execute(
        f"DELETE FROM upload WHERE {same} AND (id = ? OR seq <="  # noqa: S608  constants
        f" (SELECT seq FROM upload WHERE {same} ORDER BY seq DESC LIMIT 1 OFFSET ?))",
        (
            *(upload.owner, upload.blind, upload.stored.id),
            *(upload.owner, upload.blind, MOST_UPLOADS - 1),
        ),
    )
    db.execute(
        f"INSERT INTO upload ({ATTACHMENT}, owner, blind, at)"  # noqa: S608  constants
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            *attachment_row(upload.stored),
            upload.owner,
            upload.blind,
            stamp(upload.at),
        ),
    )
