"""What the agency tells, pushed or asked for → reports; pure (§3–§5)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import orjson

from gateway.domain.errors import FieldError, ReportRefused
from gateway.domain.identifiers import AgencyId
from gateway.domain.report import AgencyReport, FileLink, Reference, ReportKind
from gateway.domain.text import nfc
from gateway.ports.agency import HostedReply, InboundMessage

ONE_STOP = AgencyId("one_stop")
JSON = "application/json; charset=utf-8"
SCHEMA = "urn:lienthong:schema:_template:CapNhat:1"
Check = Callable[[str, Any], tuple[FieldError, ...]]
#: trangThai → kind of report; one that is not here is progress (§5).
KINDS: Mapping[str, ReportKind] = {
    "DA_NHAN": ReportKind.PROGRESS,
    "DANG_XU_LY": ReportKind.PROGRESS,
    "CHO_BO_SUNG": ReportKind.SUPPLEMENT_REQUEST,
    "DA_XONG": ReportKind.FINISHED,
    "TU_CHOI": ReportKind.REFUSED,
    "DA_RUT": ReportKind.WITHDRAWN,
}
_KNOWN = frozenset({"maHoSo", "trangThai", "thoiDiem", "ghiChu", "tep"})


def read_update(message: InboundMessage, check: Check) -> tuple[AgencyReport, ...]:
    """A pushed ``CapNhat``.

    Raises:
        ReportRefused: it is none; names the fields, never their values.
    """
    try:
        body = orjson.loads(message.body)
    except orjson.JSONDecodeError:
        raise ReportRefused(
            code="malformed_json", remedy="Nội dung gửi không phải JSON."
        ) from None
    wrong = check(SCHEMA, body)
    if wrong:
        fields = ", ".join(error.pointer or "/" for error in wrong[:5])
        raise ReportRefused(
            code="body_invalid", remedy=f"Nội dung gửi sai tại: {fields}."
        )
    return (state_report(body),)


def state_report(told: Mapping[str, Any]) -> AgencyReport:
    """A state, the same report whether it was pushed or asked for."""
    number, state = nfc(str(told["maHoSo"])).strip(), str(told["trangThai"])
    at = datetime.fromisoformat(told["thoiDiem"])
    key = f"{number}|{state}|{told['thoiDiem']}"
    more = {name: value for name, value in told.items() if name not in _KNOWN}
    content: dict[str, Any] = {"extension": more} if more else {}
    if told.get("ghiChu"):
        content["note"] = nfc(str(told["ghiChu"]))
    return AgencyReport(
        kind=KINDS.get(state, ReportKind.PROGRESS),
        about=(Reference(ONE_STOP, "ma_ho_so", number),),
        fingerprint=hashlib.sha256(key.encode()).hexdigest(),
        event_at=at,
        facts={"step": state},
        content=content,
        files=tuple(FileLink(f["ten"], f["duongDan"]) for f in told.get("tep") or ()),
    )


def opened_report(told: Mapping[str, Any], agency: AgencyId) -> AgencyReport:
    """A dossier that the agency opened itself (§4)."""
    number = nfc(str(told["maHoSo"])).strip()
    return AgencyReport(
        kind=ReportKind.OPENED,
        about=(Reference(agency, "ma_ho_so", number),),
        fingerprint=hashlib.sha256(f"opened|{number}".encode()).hexdigest(),
        event_at=datetime.fromisoformat(told["ngayNhan"]),
        opens={
            "received_at": told["ngayNhan"],
            "applicant": {"name": nfc(str(told["hoTen"]))},
        },
    )


def reply(text: str, *, ok: bool) -> HostedReply:
    """``ma`` 00 or 20 (§5)."""
    told = {"ma": "00"} if ok else {"ma": "20", "moTa": text}
    return HostedReply(200, JSON, orjson.dumps(told))
