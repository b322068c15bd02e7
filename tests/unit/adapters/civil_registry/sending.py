"""Messages of the journey, made of what the samples of the document open."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from typing import Any

from gateway.adapters.civil_registry import details
from gateway.domain.identifiers import AgencyId, MessageKind, OfficeId, TransferId
from gateway.domain.report import Reference
from gateway.ports.agency import File, LegView, OutboundMessage
from tests.unit.adapters.civil_registry.published import SAMPLES
from tests.unit.adapters.civil_registry.test_details import LINES, check

OWN = {"KS": "H00.103-260310-0001", "KT": "H00.103-260310-0002"}
#: Office of BTP, with one unit and the provinces of now and of before.
BTP: dict[str, Any] = {
    "id": "ho-tich-mau",
    "registry": {"account": "mot-cua-mau"},
    "unit": [{"commune": "99103", "code": 99103}],
    "province": [
        {"code": "98", "to": "2025-06-30"},
        {"code": "99", "from": "2025-07-01"},
    ],
}
DVCLT: dict[str, Any] = {
    "id": "dvclt-mau",
    "registry": {
        "system": "dvclt",
        "account": "mot-cua-mau",
        "officer": "Phạm Văn Ví Dụ",
        "title": "Công chức tư pháp – hộ tịch",
        "department": "UBND xã Mẫu",
    },
}


def file(name: str, title: str, content: bytes) -> File:
    """A file of a dossier, opened piece by piece."""

    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(content), 1000):
            yield content[start : start + 1000]

    digest = hashlib.sha256(content).hexdigest()
    media = "application/pdf"
    return File(name, title, media, len(content), chunks, id="a-1", sha256=digest)


def opened(module: str) -> tuple[dict[str, Any], tuple[File, ...]]:
    """The document that the sample's detail opens, and its files."""
    body = (SAMPLES / f"dvclt-detail.{module}.json").read_bytes()
    report = details.read_detail(LINES[module], body, check)
    assert report.opens is not None
    titles = [
        paper["name"]
        for paper in report.opens["documents"]
        for _ in paper.get("files", ())
    ]
    files = tuple(
        file(one.name, title, one.content)
        for one, title in zip(report.brought, titles, strict=True)
    )
    return report.opens, files


def message(
    kind: str,
    module: str = "KS",
    *,
    linked: bool = True,
    number: str = "",
    facts: Mapping[str, Any] | None = None,
    content: Mapping[str, Any] | None = None,
    more: tuple[Reference, ...] = (),
    files: tuple[File, ...] | None = None,
    **view: Any,
) -> OutboundMessage:
    """A message about the sample's dossier; ``view``: parts of it that are others."""
    document, own_files = opened(module)
    seen = {**document, "received_at": "2026-03-10T07:45:00+07:00", **view}
    one_stop = AgencyId("one_stop")
    numbers = [Reference(one_stop, "ma_ho_so", number or OWN[module])]
    if linked:
        numbers.append(Reference(one_stop, "ma_ho_so_lt", LINES[module].number))
    return OutboundMessage(
        transfer_id=TransferId(f"t-{kind}"),
        kind=MessageKind(kind),
        office=OfficeId("kit"),
        idempotency_key=f"t-{kind}",
        references=(*numbers, *more),
        view=LegView(
            {name: value for name, value in seen.items() if value is not None},
            own_files if files is None else files,
        ),
        facts={"commune": "99103", **(facts or {})},
        content=content or {},
        created_at=datetime(2026, 3, 10, 1, 10, tzinfo=UTC),
    )


def pdf(text: str = "ket qua") -> bytes:
    """A file that says that it is a PDF."""
    return f"%PDF-1.4 {text}".encode()


def packed(content: bytes) -> str:
    """As it travels."""
    return base64.b64encode(content).decode()
