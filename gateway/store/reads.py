"""Short reads by key, each a few microseconds on an index."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.identifiers import AgencyId, DossierId, OfficeId, PayloadId
from gateway.ports.store import IntakeKey, Upload
from gateway.store.rows import (
    ATTACHMENT,
    DOSSIER,
    LINK,
    PAYLOAD,
    REFERENCE,
    REPORT,
    TRANSFER,
    dossier_of,
    from_json,
    link_of,
    marks,
    moment,
    payload_of,
    reference_of,
    report_of,
    scope_of,
    stored_of,
    transfer_of,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.domain.identifiers import TransferId
    from gateway.domain.principal import Scope
    from gateway.domain.transfer import Transfer
    from gateway.ports.store import (
        AttachmentLink,
        BlindReference,
        DossierRow,
        ReportRow,
    )
    from gateway.ports.vault import SealedPayload
    from gateway.store.database import Database


def dossier(db: Database, identifier: str, scope: Scope) -> DossierRow | None:
    """One dossier within scope."""
    condition, values = scope_of(scope)
    row = db.execute(
        f"SELECT {DOSSIER} FROM dossier AS d WHERE d.id = ? AND {condition}",  # noqa: S608
        (identifier, *values),
    ).fetchone()
    return None if row is None else dossier_of(row)


def find(
    db: Database,
    blinds: Sequence[tuple[AgencyId | None, str | None, bytes]],
    scope: Scope,
) -> list[DossierId]:
    """Dossiers that any of the numbers belongs to, each once."""
    condition, values = scope_of(scope)
    found: dict[DossierId, None] = {}
    for agency, kind, blind in blinds:
        rows = db.execute(
            "SELECT r.dossier_id FROM reference AS r"  # noqa: S608  a constant
            " JOIN dossier AS d ON d.id = r.dossier_id WHERE r.blind = ?"
            " AND (CAST(? AS text) IS NULL OR r.kind = ?)"
            " AND (CAST(? AS text) IS NULL OR r.agency = ?)"
            f" AND {condition} ORDER BY r.seq",
            (blind, kind, kind, agency, agency, *values),
        ).fetchall()
        found.update((DossierId(row[0]), None) for row in rows)
    return list(found)


def intake_key(db: Database, sender: OfficeId, key: str) -> IntakeKey | None:
    """What was answered under this key."""
    row = db.execute(
        "SELECT fingerprint, answer FROM intake_key WHERE sender = ? AND key = ?",
        (sender, key),
    ).fetchone()
    return None if row is None else IntakeKey(sender, key, row[0], from_json(row[1]))


def transfer(db: Database, identifier: TransferId, scope: Scope) -> Transfer | None:
    """One transfer within scope."""
    condition, values = scope_of(scope)
    row = db.execute(
        f"SELECT {TRANSFER} FROM transfer AS t"  # noqa: S608  constants
        f" JOIN dossier AS d ON d.id = t.dossier_id WHERE t.id = ? AND {condition}",
        (identifier, *values),
    ).fetchone()
    return None if row is None else transfer_of(row)


def transfers(db: Database, dossier_id: DossierId) -> list[Transfer]:
    """All transfers of a dossier in order of creation."""
    rows = db.execute(
        f"SELECT {TRANSFER} FROM transfer AS t WHERE t.dossier_id = ? ORDER BY t.seq",  # noqa: S608
        (dossier_id,),
    ).fetchall()
    return [transfer_of(row) for row in rows]


def references(db: Database, dossier_id: DossierId) -> list[BlindReference]:
    """All numbers of a dossier in order of arrival."""
    rows = db.execute(
        f"SELECT {REFERENCE} FROM reference WHERE dossier_id = ? ORDER BY seq",  # noqa: S608
        (dossier_id,),
    ).fetchall()
    return [reference_of(row) for row in rows]


def payloads(db: Database, ids: Sequence[PayloadId]) -> dict[PayloadId, SealedPayload]:
    """Sealed payloads that are still there."""
    rows = db.execute(
        f"SELECT {PAYLOAD} FROM payload AS p WHERE p.id IN ({marks(len(ids))})",  # noqa: S608
        tuple(ids),
    ).fetchall()
    return {PayloadId(row[0]): payload_of(row) for row in rows}


def document(
    db: Database, dossier_id: DossierId, revision: int
) -> SealedPayload | None:
    """The sealed document of one revision."""
    row = db.execute(
        f"SELECT {PAYLOAD} FROM revision AS v JOIN payload AS p ON p.id = v.document"  # noqa: S608
        " WHERE v.dossier_id = ? AND v.number = ?",
        (dossier_id, revision),
    ).fetchone()
    return None if row is None else payload_of(row)


def attachments(db: Database, dossier_id: DossierId) -> list[AttachmentLink]:
    """A dossier's files in order of arrival."""
    rows = db.execute(
        f"SELECT {LINK} FROM attachment WHERE dossier_id = ? ORDER BY seq",  # noqa: S608
        (dossier_id,),
    ).fetchall()
    return [link_of(row) for row in rows]


def uploads(
    db: Database, owner: OfficeId, blinds: Sequence[bytes]
) -> dict[bytes, Upload]:
    """Uploads of one sender by keyed hash; of several with one content the newest."""
    rows = db.execute(
        f"SELECT {ATTACHMENT}, blind, at FROM upload"  # noqa: S608  constants
        f" WHERE owner = ? AND blind IN ({marks(len(blinds))}) ORDER BY seq",
        (owner, *blinds),
    ).fetchall()
    return {
        row[4]: Upload(stored_of(row), owner, row[4], moment(row[5])) for row in rows
    }


def report_known(
    db: Database, agency: AgencyId, office: OfficeId, fingerprint: str
) -> ReportRow | None:
    """The first arrival under this fingerprint."""
    row = db.execute(
        f"SELECT {REPORT} FROM report AS r WHERE r.fingerprint = ?"  # noqa: S608
        " AND r.office = ? AND r.agency = ? AND r.standing <> 'repeated'",
        (fingerprint, office, agency),
    ).fetchone()
    return None if row is None else report_of(row)


def report(db: Database, identifier: str) -> ReportRow | None:
    """One arrival."""
    row = db.execute(
        f"SELECT {REPORT} FROM report AS r WHERE r.id = ?",  # noqa: S608  a constant
        (identifier,),
    ).fetchone()
    return None if row is None else report_of(row)
