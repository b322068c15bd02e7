"""Messages as the gateway hands them to the adapter, one for each published sample."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from gateway.domain.identifiers import AgencyId, MessageKind, OfficeId, TransferId
from gateway.domain.report import Reference
from gateway.ports.agency import Course, File, LegView, OutboundMessage
from tests.unit.adapters.open.published import sample

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

AGENCY = AgencyId("open")
#: Facts and content behind each sample, as routing and the one-stop made them.
BEHIND: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "hand_over": ({}, {}),
    "hand_over.corrected": ({}, {}),
    "supplement": ({}, {"documents": None, "new_due_on": None, "note": None}),
    "withdraw": ({}, {"reason": None, "on": None}),
    "paid": ({"confirmed_on": "2026-03-13"}, {"notices": None}),
    "owed_again": ({}, {"notices": None}),
    "result_handed": ({"handed_out_on": None}, {}),
    "result_wrong": ({}, {"content": None, "documents": None}),
}


async def _nothing() -> AsyncIterator[bytes]:
    yield b""


def message(name: str) -> OutboundMessage:
    """The message behind ``transfer.NAME.json``."""
    shown = sample(f"transfer.{name}")
    details = shown["details"]
    facts, content = (
        {key: details[key] if value is None else value for key, value in given.items()}
        for given in BEHIND[name]
    )
    for notice in content.get("notices", ()):
        notice["kind"] = notice.pop("item")
    return OutboundMessage(
        transfer_id=TransferId(shown["id"]),
        kind=MessageKind(shown["kind"]),
        office=OfficeId(shown["office"]),
        idempotency_key=shown["id"],
        references=tuple(
            Reference(AgencyId(n["agency"]), n["kind"], n["value"])
            for n in shown["numbers"]
        ),
        view=LegView(shown["fields"], tuple(map(_file, shown["files"]))),
        facts=facts,
        content=content,
        created_at=datetime.fromisoformat(shown["created_at"]),
        revision=shown["revision"],
        course=Course(
            procedure=shown["procedure"],
            procedure_name=shown["procedure_name"],
            leg=shown["leg"],
            round=shown["round"],
            due_on=date.fromisoformat(shown["due_on"]),
            due_reason=shown["due_reason"],
        ),
    )


def _file(row: dict[str, Any]) -> File:
    return File(
        name=row["name"],
        title=row["title"],
        media_type=row["media_type"],
        size_bytes=row["size"],
        open=_nothing,
        id=row["id"],
        sha256=row["sha256"],
    )
