"""Messages that the land system pushes → reports; pure."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from gateway.adapters.land_registry.mapping import VIETNAM
from gateway.domain.errors import FieldError, ReportRefused
from gateway.domain.identifiers import AgencyId
from gateway.domain.report import AgencyReport, FileLink, Reference, ReportKind
from gateway.domain.text import nfc
from gateway.ports.agency import InboundMessage

AGENCY = AgencyId("land_registry")
ONE_STOP = AgencyId("one_stop")
_FRACTION = re.compile(r"\.(\d+)")
Check = Callable[[str, Any], tuple[FieldError, ...]]
#: What a MaTrangThai means here (the office's configuration) → kinds of report.
STEP_KINDS = {
    "progress": ReportKind.PROGRESS,
    "slip": ReportKind.SLIP,
    "paid": ReportKind.PAID,
    "exempted": ReportKind.EXEMPTED,
}
_ENDINGS = {0: ReportKind.FINISHED, 1: ReportKind.WITHDRAWN, 2: ReportKind.REFUSED}
_PAUSES = {1: "financial_obligation", 2: "stopped"}
#: Words in GhiChu that stand in for a missing LoaiTamDung (interface document, 5.2).
_MONEY = ("nghĩa vụ tài chính", "nvtc", "nộp thuế", "thông báo thuế")
#: A year before this means that no time was set.
_FIRST_YEAR = 1900


def moment(text: str | None) -> datetime | None:
    """A time of the land system: UTC without a mark; a year before 1900 means none.

    Fractions have up to seven digits; a zone that is written all the same counts.

    Raises:
        ReportRefused: it is no time.
    """
    if not text:
        return None
    try:
        at = datetime.fromisoformat(
            _FRACTION.sub(lambda m: "." + m.group(1)[:6].ljust(6, "0"), text)
        )
    except ValueError:
        raise ReportRefused(
            code="time_impossible", remedy="Thời điểm trong thông điệp không có thật."
        ) from None
    if at.year < _FIRST_YEAR:
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def parsed(message: InboundMessage, check: Check) -> dict[str, Any]:
    """The body as an object that its schema allows.

    Raises:
        ReportRefused: it is none; names the fields, never their values.
    """
    try:
        body = json.loads(message.body)
    except (ValueError, UnicodeDecodeError, RecursionError):
        raise ReportRefused(
            code="malformed_json", remedy="Nội dung gửi không phải JSON."
        ) from None
    wrong = check(f"urn:lienthong:schema:{AGENCY}:{message.operation}:1", body)
    if wrong:
        fields = ", ".join(error.pointer or "/" for error in wrong[:5])
        raise ReportRefused(
            f"fields {fields}",
            code="body_invalid",
            remedy=f"Nội dung gửi sai tại: {fields}.",
        )
    result: dict[str, Any] = body
    return result


def _report(
    message: InboundMessage,
    body: Mapping[str, Any],
    kind: ReportKind,
    at: datetime | None,
    **parts: Any,
) -> AgencyReport:
    number = nfc(str(body["SoBienNhan"])).strip()
    exact = json.dumps(body, sort_keys=True, ensure_ascii=False)
    digest = hashlib.sha256(f"{message.operation}|{kind}|{exact}".encode()).hexdigest()
    return AgencyReport(
        kind=kind,
        about=(
            Reference(AGENCY, "so_bien_nhan", number),
            Reference(ONE_STOP, "ma_ho_so", number),
        ),
        fingerprint=digest,
        event_at=at,
        **parts,
    )


def progress(
    message: InboundMessage, body: Mapping[str, Any], steps: Mapping[str, str]
) -> Iterable[AgencyReport]:
    """ChuyenHoSo: a step of the office's own, which may mean more by configuration."""
    step = str(body["MaTrangThai"])
    at = moment(body["NgayChuyen"])
    content = {
        key: body[key]
        for key in ("NoiDungXuLy", "MaCanBoChuyen", "MaCanBoNhan")
        if body.get(key)
    }
    facts = {"step": step, "sent_back": bool(body.get("LaTrangThaiChuyenLai"))}
    yield _report(message, body, ReportKind.PROGRESS, at, facts=facts, content=content)
    kind = STEP_KINDS.get(steps.get(step, "progress"), ReportKind.PROGRESS)
    if kind is not ReportKind.PROGRESS:
        signed = _slip_file(body) if kind is ReportKind.SLIP else None
        yield _report(message, body, kind, at, signed=signed)


def _slip_file(body: Mapping[str, Any]) -> bytes | None:
    """The one XML file among those attached; exact bytes."""
    for file in body.get("DanhSachTapTin") or ():
        if str(file["name"]).lower().endswith(".xml"):
            try:
                return base64.b64decode(file["data"], validate=True)
            except (binascii.Error, ValueError):
                raise ReportRefused(
                    code="file_not_base64",
                    remedy="Tệp phiếu chuyển không phải base64 hợp lệ.",
                ) from None
    return None


def supplement_request(
    message: InboundMessage, body: Mapping[str, Any], _steps: Mapping[str, str]
) -> Iterable[AgencyReport]:
    """YeuCauBoSungHoSo: missing papers, or (LaTamDung) a pause that is none of these."""
    at = moment(body["NgayChoBoSung"])
    note = nfc(str(body.get("GhiChu") or ""))
    content = {"note": note, "officer": body.get("MaCanBoXuLy")}
    if not body["LaTamDung"]:
        yield _report(message, body, ReportKind.SUPPLEMENT_REQUEST, at, content=content)
        return
    kind = body.get("LoaiTamDung")
    money = any(word in note.casefold() for word in _MONEY)
    pause = _PAUSES.get(kind or (1 if money else 2), "stopped")
    yield _report(
        message, body, ReportKind.PAUSED, at, facts={"pause": pause}, content=content
    )


def supplement_received(
    message: InboundMessage, body: Mapping[str, Any], _steps: Mapping[str, str]
) -> Iterable[AgencyReport]:
    """NhanBoSungHoSo."""
    due = moment(body.get("NgayHenTraMoi"))
    facts = {"new_due_on": due.astimezone(VIETNAM).date().isoformat()} if due else {}
    yield _report(
        message,
        body,
        ReportKind.SUPPLEMENT_RECEIVED,
        moment(body["NgayNhanBoSung"]),
        facts=facts,
        content={"note": body.get("GhiChu")},
    )


def tax_notices(
    message: InboundMessage, body: Mapping[str, Any], _steps: Mapping[str, str]
) -> Iterable[AgencyReport]:
    """GuiKetQuaThue: tax's notices as the land office passes them on."""
    notices = body.get("DanhSachThongBaoThue") or []
    files = tuple(
        FileLink(
            str(n.get("SoThongBaoThue") or "thong-bao"), str(n["DuongDanThongBaoThue"])
        )
        for n in notices
        if n.get("DuongDanThongBaoThue")
    )
    yield _report(
        message,
        body,
        ReportKind.NOTICES,
        moment(body.get("NgayCoKetQuaThue")),
        facts={"notices": len(notices)},
        content={"notices": notices, "note": body.get("GhiChu")},
        files=files,
    )


def _noted(kind: ReportKind) -> Callable[..., Iterable[AgencyReport]]:
    def read(
        message: InboundMessage, body: Mapping[str, Any], _steps: Mapping[str, str]
    ) -> Iterable[AgencyReport]:
        content = {"note": body.get("GhiChu"), "officer": body.get("MaCanBoXuLy")}
        yield _report(message, body, kind, None, content=content)

    return read


def ended(
    message: InboundMessage, body: Mapping[str, Any], _steps: Mapping[str, str]
) -> Iterable[AgencyReport]:
    """KetThucHoSo: done, withdrawn or refused; result files by link."""
    kind = _ENDINGS.get(int(body["TrangThaiKetThuc"]))
    if kind is None:
        raise ReportRefused(
            code="ending_unknown",
            remedy="TrangThaiKetThuc không có trong tài liệu kết nối.",
        )
    results = body.get("DanhSachGiayToKetQua") or []
    files = tuple(
        FileLink(_file_name(r), str(r["LinkFile"]))
        for r in results
        if r.get("LinkFile")
    )
    yield _report(
        message,
        body,
        kind,
        moment(body.get("NgayKetThuc")),
        facts={"results": len(results)},
        content={"note": body.get("GhiChu"), "results": results},
        files=files,
    )


def _file_name(result: Mapping[str, Any]) -> str:
    name = str(result.get("TenGiayTo") or "ket-qua")
    suffix = str(result.get("KieuFile") or "").lstrip(".")
    return f"{name}.{suffix}" if suffix else name


def opened(
    message: InboundMessage, body: Mapping[str, Any], _steps: Mapping[str, str]
) -> Iterable[AgencyReport]:
    """TiepNhanHoSoChoMotCua: the office opened the dossier itself, with its own number."""
    number = nfc(str(body["SoBienNhan"])).strip()
    one_stop = body.get("MaHoSoMotCua")
    report = _report(
        message,
        body,
        ReportKind.OPENED,
        moment(body.get("NgayTiepNhan")),
        content=dict(body),
        introduces=(Reference(AGENCY, "so_bien_nhan", number),),
    )
    if one_stop:
        named = Reference(ONE_STOP, "ma_ho_so", nfc(str(one_stop)).strip())
        report = AgencyReport(
            kind=report.kind,
            about=(named, *report.about),
            fingerprint=report.fingerprint,
            event_at=report.event_at,
            content=report.content,
            introduces=report.introduces,
        )
    yield report


Read = Callable[
    [InboundMessage, Mapping[str, Any], Mapping[str, str]], Iterable[AgencyReport]
]
#: Hosted operation → how it is read.
OPERATIONS: dict[str, Read] = {
    "TiepNhanHoSoChoMotCua": opened,
    "ChuyenHoSo": progress,
    "YeuCauBoSungHoSo": supplement_request,
    "NhanBoSungHoSo": supplement_received,
    "GuiKetQuaThue": tax_notices,
    "ThueTraHoSo": _noted(ReportKind.TAX_RETURNED),
    "SaiQuyTrinh": _noted(ReportKind.WRONG_CASE),
    "YeuCauCapNhatHoSo": _noted(ReportKind.CORRECTION_REQUEST),
    "KetThucHoSo": ended,
}
