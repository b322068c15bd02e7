"""Rows and domain values: each is read back exactly as it was written."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import orjson

from gateway.domain.attempt import AttemptRecord, Outcome, Times
from gateway.domain.case import BY_HAND, Case, End, LegCase, LegState, Pause, Place
from gateway.domain.closing import WHOLE
from gateway.domain.identifiers import (
    AgencyId,
    AttachmentId,
    DossierId,
    MessageKind,
    OfficeId,
    PayloadId,
    PrincipalId,
    ReportId,
    TransferId,
)
from gateway.domain.journal import JournalLine
from gateway.domain.lane import Lane, LaneState
from gateway.domain.principal import Principal, Role, Scope
from gateway.domain.procedure import Carrier
from gateway.domain.report import Standing
from gateway.domain.transfer import Fate, State, Transfer
from gateway.domain.values import replace
from gateway.ports.attachments import StoredAttachment
from gateway.ports.overview import AttemptRow
from gateway.ports.store import (
    AttachmentLink,
    BlindReference,
    DossierRow,
    ReportRow,
)
from gateway.ports.vault import SealedPayload

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.store.database import Row

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def stamp(at: datetime) -> int:
    """Microseconds since 1970 of an aware moment."""
    return (at - EPOCH) // _MICROSECOND


def stamp_or_none(at: datetime | None) -> int | None:
    """The same for a moment that may be missing."""
    return None if at is None else (at - EPOCH) // _MICROSECOND


def moment(microseconds: int) -> datetime:
    """The reverse of ``stamp``, aware UTC."""
    return EPOCH + timedelta(microseconds=microseconds)


def moment_or_none(microseconds: int | None) -> datetime | None:
    """The same for a moment that may be missing."""
    return (
        None if microseconds is None else EPOCH + timedelta(microseconds=microseconds)
    )


def case_text(case: Case) -> bytes:
    """A case as it is kept.

    A dossier that people closed is kept as withdrawn, with the fact that tells them
    apart: the release before knows no other end.
    """
    if case.end is not End.CLOSED:
        return as_json(case)
    return as_json(replace(case, end=End.WITHDRAWN))


def as_json(value: Any) -> bytes:
    """A value as JSON; dataclasses, enums, tuples, dates and moments included."""
    return orjson.dumps(value)


def as_list(values: Sequence[Any]) -> str:
    """Values as the one text that statements with a list of them take."""
    return orjson.dumps(values).decode()


def from_json(text: bytes) -> Any:
    """Plain values of a JSON text."""
    return orjson.loads(text)


def case_of(text: bytes) -> Case:
    """The case that ``case_text`` wrote, field by field as it was."""
    values: dict[str, Any] = orjson.loads(text)
    due_on, ended_at = values["due_on"], values["ended_at"]
    handed_out_on = values["handed_out_on"]
    values["accepted_at"] = _moment(values["accepted_at"])
    values["due_on"] = None if due_on is None else date.fromisoformat(due_on)
    values["legs"] = tuple([_leg(leg) for leg in values["legs"]])
    values["end"] = _end(values)
    values["ended_at"] = None if ended_at is None else _moment(ended_at)
    values["handed_out_on"] = handed_out_on and date.fromisoformat(handed_out_on)
    values["happened"] = tuple(values["happened"])
    return Case(**values)


def _end(values: dict[str, Any]) -> End:
    by_hand = values["facts"].get(BY_HAND, ())
    return End.CLOSED if WHOLE in by_hand else End(values["end"])


def _leg(values: dict[str, Any]) -> LegCase:
    until = values["reported_until"]
    values["carried_by"] = Carrier(values["carried_by"])
    values["state"] = LegState(values["state"])
    values["place"] = Place(values["place"])
    values["since"] = _moment(values["since"])
    values["pause"] = Pause(values["pause"])
    values["happened"] = tuple(values["happened"])
    values["reported_until"] = None if until is None else _moment(until)
    return LegCase(**values)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


DOSSIER = "d.state, d.wrapped_key, d.document"


def dossier_of(row: Sequence[Any]) -> DossierRow:
    """A row of ``DOSSIER``."""
    return DossierRow(case_of(row[0]), row[1], PayloadId(row[2]))


TRANSFER = (
    "t.id, t.dossier_id, t.agency, t.office, t.leg, t.conversation, t.position,"
    " t.kind, t.state, t.fate, t.attempts, t.enquiries, t.created_at, t.facts,"
    " t.payload, t.revision, t.due_at, t.ask_at, t.poll_at, t.lease_until, t.lease_by,"
    " t.finished_at, t.first_sent_at, t.cause, t.named_by, t.doubt"
)
TRANSFER_COLUMNS = 26


def transfer_of(row: Sequence[Any]) -> Transfer:
    """A row of ``TRANSFER``."""
    payload = row[14]
    return Transfer(
        id=TransferId(row[0]),
        dossier_id=DossierId(row[1]),
        agency=AgencyId(row[2]),
        office=OfficeId(row[3]),
        leg=row[4],
        conversation=row[5],
        position=row[6],
        kind=MessageKind(row[7]),
        state=State(row[8]),
        fate=Fate(row[9]),
        attempts=row[10],
        enquiries=row[11],
        created_at=moment(row[12]),
        facts=orjson.loads(row[13]),
        payload=None if payload is None else PayloadId(payload),
        revision=row[15],
        due_at=moment_or_none(row[16]),
        ask_at=moment_or_none(row[17]),
        poll_at=moment_or_none(row[18]),
        lease_until=moment_or_none(row[19]),
        lease_by=row[20],
        finished_at=moment_or_none(row[21]),
        first_sent_at=moment_or_none(row[22]),
        cause=row[23],
        named_by=row[24],
        doubt=row[25],
    )


REPORT = (
    "r.id, r.agency, r.office, r.kind, r.fingerprint, r.standing, r.event_at,"
    " r.arrived_at, r.facts, r.dossier_id, r.transfer_id, r.payload, r.code"
)


def report_of(row: Sequence[Any]) -> ReportRow:
    """A row of ``REPORT``."""
    return ReportRow(
        id=ReportId(row[0]),
        agency=AgencyId(row[1]),
        office=OfficeId(row[2]),
        kind=row[3],
        fingerprint=row[4],
        standing=Standing(row[5]),
        event_at=moment_or_none(row[6]),
        arrived_at=moment(row[7]),
        facts=orjson.loads(row[8]),
        dossier_id=None if row[9] is None else DossierId(row[9]),
        transfer_id=None if row[10] is None else TransferId(row[10]),
        payload=None if row[11] is None else PayloadId(row[11]),
        code=row[12],
    )


#: Without the plain hash of the content, which would tell equal files.
ATTACHMENT = "id, name, size_bytes, sealed_key"


def stored_of(row: Sequence[Any]) -> StoredAttachment:
    """A row of ``ATTACHMENT``."""
    return StoredAttachment(AttachmentId(row[0]), row[1], row[2], "", row[3])


def attachment_row(stored: StoredAttachment) -> Row:
    """The values of ``ATTACHMENT``."""
    return (
        stored.id,
        stored.name,
        stored.size_bytes,
        stored.sealed_key,
    )


LINK = f"{ATTACHMENT}, role, sealed_name, blind"


def link_of(row: Sequence[Any]) -> AttachmentLink:
    """A row of ``LINK``."""
    return AttachmentLink(stored_of(row), row[4], row[5], row[6])


REFERENCE = "agency, kind, blind, sealed_value"


def reference_of(row: Sequence[Any]) -> BlindReference:
    """A row of ``REFERENCE``."""
    return BlindReference(AgencyId(row[0]), row[1], row[2], row[3])


PAYLOAD = "p.id, p.dossier_id, p.kind, p.ciphertext, p.salt, p.digest"


def payload_of(row: Sequence[Any]) -> SealedPayload:
    """A row of ``PAYLOAD``."""
    dossier_id = None if row[1] is None else DossierId(row[1])
    return SealedPayload(PayloadId(row[0]), dossier_id, *row[2:])


ATTEMPT = (
    "number, transfer_id, purpose, started_at, outcome, code, connect_ms,"
    " first_byte_ms, total_ms, response, http_status"
)


def attempt_of(row: Sequence[Any]) -> AttemptRow:
    """A row of ``ATTEMPT``."""
    record = AttemptRecord(
        transfer_id=TransferId(row[1]),
        purpose=row[2],
        started_at=moment(row[3]),
        outcome=Outcome(row[4]),
        code=row[5],
        times=Times(row[6], row[7], row[8]),
        response=None if row[9] is None else PayloadId(row[9]),
        http_status=row[10],
    )
    return AttemptRow(row[0], record)


LINE = "kind, at, actor, facts, payload, payload_digest"


def line_of(row: Sequence[Any]) -> JournalLine:
    """A row of ``LINE``."""
    return JournalLine(
        kind=row[0],
        at=moment(row[1]),
        actor=row[2],
        facts=orjson.loads(row[3]),
        payload=None if row[4] is None else PayloadId(row[4]),
        payload_digest=row[5],
    )


LANE = "office, agency, state, since, why, by, resume_at, failures, emergency"


def lane_of(row: Sequence[Any]) -> Lane:
    """A row of ``LANE``."""
    return Lane(
        office=OfficeId(row[0]),
        agency=AgencyId(row[1]),
        state=LaneState(row[2]),
        since=moment(row[3]),
        why=row[4],
        by=row[5],
        resume_at=moment_or_none(row[6]),
        failures=row[7],
        emergency=bool(row[8]),
    )


def lane_row(lane: Lane) -> Row:
    """The values of ``LANE``."""
    return (
        lane.office,
        lane.agency,
        lane.state.value,
        stamp(lane.since),
        lane.why,
        lane.by,
        stamp_or_none(lane.resume_at),
        lane.failures,
        1 if lane.emergency else None,
    )


def principal_of(text: bytes) -> Principal:
    """The principal that ``as_json`` wrote."""
    values: dict[str, Any] = orjson.loads(text)
    system, office = values["system"], values.get("office")
    until = values.get("until")
    return Principal(
        id=PrincipalId(values["id"]),
        name=values["name"],
        role=Role(values["role"]),
        scope=scope_value_of(values["scope"]),
        system=None if system is None else OfficeId(system),
        office=None if office is None else OfficeId(office),
        until=None if until is None else date.fromisoformat(until),
    )


def scope_value_of(values: dict[str, Any]) -> Scope:
    """The scope that ``as_json`` wrote."""
    sender = values["sender"]
    return Scope(
        sender=None if sender is None else OfficeId(sender),
        units=tuple(values["units"]),
        offices=tuple(OfficeId(one) for one in values.get("offices", ())),
        everything=values["everything"],
    )


#: The dossier of a row ``d`` that is not the dossier's own.
BESIDE = "d.dossier_id"
# Asked as values for one row: from EXISTS a server without good statistics makes a
# table of all dossiers first. A leg that others carry has no transfer, but a clock.
_AT_OFFICES = " OR ".join(
    f"coalesce((SELECT max(1) FROM {table} AS own WHERE own.dossier_id = {{of}}"  # noqa: S608  constants
    " AND own.office IN ({offices})), 0) = 1"
    for table in ("transfer", "clock", "held")
)


def scope_of(scope: Scope, of: str = "d.id") -> tuple[str, tuple[str, ...]]:
    """The condition on row ``d`` that a scope stands for, with its values.

    ``of`` is the column with its dossier; empty: the row is no dossier's.
    Sender, units and offices narrow each other; none given is nothing.
    """
    if scope.everything:
        return "true", ()
    conditions: list[str] = []
    values: list[str] = []
    if scope.sender is not None:
        conditions.append("d.sender = ?")
        values.append(scope.sender)
    if scope.units:
        conditions.append(f"d.unit IN ({marks(len(scope.units))})")
        values += scope.units
    if scope.offices and not of:
        return "false", ()
    if scope.offices:
        places = marks(len(scope.offices))
        conditions.append(f"({_AT_OFFICES.format(of=of, offices=places)})")
        values += scope.offices * 3
    return " AND ".join(conditions) or "false", tuple(values)


def marks(count: int) -> str:
    """That many placeholders; in a list of none there is nothing that equals."""
    return ", ".join("?" * count) or "NULL"
