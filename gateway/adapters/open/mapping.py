"""A message as the open interface shows it (interface document, 4.3 and 4.4); pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from gateway.domain.errors import NeedsData
from gateway.domain.report import Reference
from gateway.ports.agency import File, OutboundMessage

VIETNAM = timezone(timedelta(hours=7))
ONE_STOP = "one_stop"
OWN_NUMBER = "own_number"
#: What stands between a transfer's identifier and that of one of its files.
FILE_MARK = "."
_WITH_THE_DOSSIER = "hand_over"


def moment(at: datetime) -> str:
    """A time as the document writes it: Vietnam's, to the second."""
    return at.astimezone(VIETNAM).replace(microsecond=0).isoformat()


def dossier_code(references: Iterable[Reference]) -> str | None:
    """Mã hồ sơ of the one-stop, which both sides know a dossier by."""
    for reference in references:
        if reference.agency == ONE_STOP and reference.kind == "ma_ho_so":
            return reference.value
    return None


def transfer(message: OutboundMessage) -> dict[str, Any]:
    """The transfer of one message.

    Raises:
        NeedsData: the dossier has no code, or nobody knows when the message arose.
    """
    course, code = message.course, dossier_code(message.references)
    if course is None or message.created_at is None or not code:
        raise NeedsData("no dossier code", code="open_field_missing")
    whole = message.kind == _WITH_THE_DOSSIER
    files = message.view.files if whole or "documents" in message.content else ()
    due_on = course.due_on.isoformat() if course.due_on else None
    return {
        "id": message.transfer_id,
        "kind": message.kind,
        "dossier": code,
        "procedure": course.procedure,
        **_given(procedure_name=course.procedure_name),
        "leg": course.leg,
        "office": message.office,
        "round": course.round,
        "revision": message.revision,
        "created_at": moment(message.created_at),
        **_given(due_on=due_on, due_reason=course.due_reason if due_on else None),
        "numbers": [
            {"agency": r.agency, "kind": r.kind, "value": r.value}
            for r in message.references
        ],
        "fields": _fields(message.view.fields) if whole else {},
        "details": _details(message),
        "files": [_file(message, file) for file in files],
    }


def _given(**values: object) -> dict[str, Any]:
    """Without what is missing: a field without a value is left out (section 8)."""
    return {name: value for name, value in values.items() if value not in (None, "")}


def _fields(view: Mapping[str, Any]) -> dict[str, Any]:
    fields = dict(view)
    if "documents" in fields:
        fields["documents"] = _papers(fields["documents"])
    return fields


def _papers(documents: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Papers without their files, which stand in ``files`` (section 4.3)."""
    return [
        {name: value for name, value in paper.items() if name != "files"}
        for paper in documents
    ]


def _file(message: OutboundMessage, file: File) -> dict[str, Any]:
    return {
        "id": f"{message.transfer_id}{FILE_MARK}{file.id}",
        "name": file.name,
        **_given(title=file.title, media_type=file.media_type),
        "size": file.size_bytes,
        "sha256": file.sha256,
    }


def _details(message: OutboundMessage) -> dict[str, Any]:
    make = _DETAILS.get(str(message.kind))
    return make(message) if make else {}


def _supplement(message: OutboundMessage) -> dict[str, Any]:
    content = message.content
    return {
        "documents": _papers(content.get("documents", ())),
        **_given(new_due_on=content.get("new_due_on"), note=content.get("note")),
    }


def _withdraw(message: OutboundMessage) -> dict[str, Any]:
    on = message.content.get("on") or _day(message)
    return {"reason": str(message.content.get("reason", "")), **_given(on=on)}


def _result_handed(message: OutboundMessage) -> dict[str, Any]:
    return {"handed_out_on": str(message.facts["handed_out_on"])}


def _result_wrong(message: OutboundMessage) -> dict[str, Any]:
    content = message.content
    found: dict[str, Any] = {"content": str(content.get("content", ""))}
    if content.get("documents"):
        found["documents"] = _papers(content["documents"])
    return found


def _paid(message: OutboundMessage) -> dict[str, Any]:
    facts = message.facts
    return {
        "confirmed_on": str(facts.get("confirmed_on") or _day(message)),
        "exempted": bool(facts.get("exempted")),
        "deferred": bool(facts.get("deferred")),
        "notices": _notices(message, paid_on="paid_on", paid="paid"),
    }


def _owed_again(message: OutboundMessage) -> dict[str, Any]:
    return {"notices": _notices(message, amount="amount", due_on="due_on")}


def _notices(message: OutboundMessage, **more: str) -> list[dict[str, Any]]:
    """Notices by their number; ``more``: further fields and ours."""
    names = {"number": "number", "item": "kind", **more}
    return [
        _given(**{theirs: _text(notice.get(ours)) for theirs, ours in names.items()})
        for notice in message.content.get("notices") or ()
        if notice.get("number")
    ]


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _day(message: OutboundMessage) -> str | None:
    at = message.created_at
    return at.astimezone(VIETNAM).date().isoformat() if at else None


_DETAILS: Mapping[str, Callable[[OutboundMessage], dict[str, Any]]] = {
    "supplement": _supplement,
    "withdraw": _withdraw,
    "result_handed": _result_handed,
    "result_wrong": _result_wrong,
    "paid": _paid,
    "owed_again": _owed_again,
}
