"""A report of an agency that calls → our report (interface document, 4.6 and 4.7); pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from gateway.adapters.open.mapping import OWN_NUMBER
from gateway.domain.identifiers import AgencyId
from gateway.domain.report import AgencyReport, HandedIn, Reference, ReportKind
from gateway.domain.text import nfc

#: Kinds of the document → ours; every other one has the same name.
_KINDS = {"accepted": ReportKind.PROGRESS}
_ACCEPTED = "accepted"


def report(
    agency: AgencyId,
    said: Mapping[str, Any],
    about: tuple[Reference, ...],
    files: tuple[HandedIn, ...],
) -> AgencyReport:
    """What a report that its schema allows says."""
    kind = str(said["kind"])
    number = said.get("own_number")
    own = (Reference(agency, OWN_NUMBER, nfc(str(number))),) if number else ()
    return AgencyReport(
        kind=_KINDS.get(kind) or ReportKind(kind),
        about=about,
        fingerprint=f"report:{said['report_id']}",
        event_at=_moment(said.get("event_at")),
        facts=_facts(kind, said),
        content=_content(said),
        enclosed=files,
        introduces=own,
    )


def _moment(text: object) -> datetime | None:
    return datetime.fromisoformat(str(text)).astimezone(UTC) if text else None


def _facts(kind: str, said: Mapping[str, Any]) -> dict[str, Any]:
    """What is never personal."""
    facts: dict[str, Any] = {}
    if kind == _ACCEPTED:
        facts["step"] = _ACCEPTED
    if said.get("step"):
        facts["step"] = nfc(str(said["step"]))
    if said.get("due_on"):
        facts["agency_due_on"] = said["due_on"]
    if kind == "paused":
        facts["pause"] = said.get("pause", "stopped")
    if said.get("notices"):
        facts["notices"] = len(said["notices"])
    return facts


def _content(said: Mapping[str, Any]) -> dict[str, Any]:
    """What may be personal, under the names that reports have here."""
    content: dict[str, Any] = {
        name: nfc(str(said[name])) for name in ("note", "step_name") if said.get(name)
    }
    if said.get("notices"):
        content["notices"] = [_notice(row) for row in said["notices"]]
    return content


def _notice(row: Mapping[str, Any]) -> dict[str, Any]:
    names = {"number": "number", "item": "kind", "amount": "amount"}
    names |= {"issued_on": "issued_on", "due_on": "due_on"}
    return {
        ours: nfc(str(row[theirs])) for theirs, ours in names.items() if row.get(theirs)
    }
