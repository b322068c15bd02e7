"""Messages that the land system pushes → reports; pure."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import orjson

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
#: A year after this, too; and such a time has no equal in other zones.
_LAST_YEAR = 9998
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
#: What may stand in a link as it is; a backslash and blanks may not.
IN_A_LINK = "/%:?&=+,;@!$'()*[]"


def moment(text: str | None) -> datetime | None:
    """A time of the land system: UTC without a mark; before 1900 or in 9999 means none.

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
    if not _FIRST_YEAR <= at.year <= _LAST_YEAR:
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def parsed(message: InboundMessage, check: Check, schema_id: str) -> dict[str, Any]:
    """The body as an object that the schema allows.

    Raises:
        ReportRefused: it is none; names the fields, never their values.
    """
    try:
        body = orjson.loads(message.body.removeprefix(_BYTE_ORDER_MARK))
    except orjson.JSONDecodeError:
        raise ReportRefused(
            code="malformed_json", remedy="Nội dung gửi không phải JSON."
        ) from None
    wrong = check(schema_id, body)
    if wrong:
        # An empty text is no value (section 8), also where a date or number stands.
        body = _without_blanks(body, {error.pointer for error in wrong})
        wrong = check(schema_id, body)
    if wrong:
        fields = ", ".join(error.pointer or "/" for error in wrong[:5])
        raise ReportRefused(
            f"fields {fields}",
            code="body_invalid",
            remedy=f"Nội dung gửi sai tại: {fields}.",
        )
    result: dict[str, Any] = body
    return result


def _without_blanks(value: Any, places: set[str], at: str = "") -> Any:
    """The same without the empty texts at these places (JSON pointers)."""
    if isinstance(value, list):
        return [
            _without_blanks(item, places, f"{at}/{i}") for i, item in enumerate(value)
        ]
    if not isinstance(value, dict):
        return value
    return {
        name: _without_blanks(item, places, f"{at}/{name}")
        for name, item in value.items()
        if item != "" or f"{at}/{name}" not in places
    }


def _report(
    message: InboundMessage,
    body: Mapping[str, Any],
    kind: ReportKind,
    at: datetime | None,
    **parts: Any,
) -> AgencyReport:
    number = nfc(str(body["SoBienNhan"])).strip()
    exact = orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
    digest = hashlib.sha256(f"{message.operation}|{kind}|".encode() + exact)
    return AgencyReport(
        kind=kind,
        about=(
            Reference(AGENCY, "so_bien_nhan", number),
            Reference(ONE_STOP, "ma_ho_so", number),
        ),
        fingerprint=digest.hexdigest(),
        event_at=at,
        **parts,
    )


def _told(body: Mapping[str, Any], **names: str) -> dict[str, Any]:
    """Fields under the gateway's names, as written; absent, null and empty are one."""
    found = {name: body.get(field) for name, field in names.items()}
    return {
        name: nfc(value) if isinstance(value, str) else value
        for name, value in found.items()
        if value not in (None, "")
    }


def _beyond(operation: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Fields that the document does not know; they are kept (section 10)."""
    known = FIELDS[operation]
    more = {name: value for name, value in body.items() if name not in known}
    return {"extension": more} if more else {}


def progress(
    message: InboundMessage, body: Mapping[str, Any], steps: Mapping[str, str]
) -> Iterable[AgencyReport]:
    """ChuyenHoSo: a step of the office's own, which may mean more by configuration."""
    step = str(int(body["MaTrangThai"]))  # 11.0 is an integer in JSON
    at = moment(body["NgayChuyen"])
    kind = STEP_KINDS.get(steps.get(step, "progress"), ReportKind.PROGRESS)
    files = _distinct(body.get("DanhSachTapTin") or ())
    signed = _slip(files) if kind is ReportKind.SLIP else None
    others = [f for f in files if signed is None or not _is_xml(f)]
    content = {
        key: body[key]
        for key in ("NoiDungXuLy", "MaCanBoChuyen", "MaCanBoNhan", "HanXuLy")
        if body.get(key)
    }
    if others:
        content["files"] = others
    content |= _beyond(message.operation, body)
    facts = {"step": step, "sent_back": bool(body.get("LaTrangThaiChuyenLai"))}
    yield _report(message, body, ReportKind.PROGRESS, at, facts=facts, content=content)
    if kind is not ReportKind.PROGRESS:
        yield _report(message, body, kind, at, signed=signed)


def _distinct(files: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Each file once: the land system repeats one of them by mistake (section 13)."""
    return list({str(f["data"]): dict(f) for f in reversed([*files])}.values())[::-1]


def _is_xml(file: Mapping[str, Any]) -> bool:
    return str(file["name"]).lower().endswith(".xml")


def _slip(files: Iterable[Mapping[str, Any]]) -> bytes | None:
    """The one XML file among those attached; exact bytes."""
    found = [file for file in files if _is_xml(file)]
    if len(found) > 1:
        raise ReportRefused(
            code="slip_ambiguous",
            remedy="Thông điệp kèm nhiều phiếu chuyển khác nhau; gửi từng phiếu một.",
        )
    try:
        return base64.b64decode(found[0]["data"], validate=True) if found else None
    except (binascii.Error, ValueError):
        raise ReportRefused(
            code="file_not_base64",
            remedy="Tệp phiếu chuyển không phải base64 hợp lệ.",
        ) from None


def supplement_request(
    message: InboundMessage, body: Mapping[str, Any], _steps: Mapping[str, str]
) -> Iterable[AgencyReport]:
    """YeuCauBoSungHoSo: missing papers, or (LaTamDung) a pause that is none of these."""
    at = moment(body["NgayChoBoSung"])
    content = _told(body, note="GhiChu", officer="MaCanBoXuLy", file="TapTin")
    content |= _beyond(message.operation, body)
    if not body["LaTamDung"]:
        yield _report(message, body, ReportKind.SUPPLEMENT_REQUEST, at, content=content)
        return
    note = str(content.get("note", "")).casefold()
    kind = body.get("LoaiTamDung") or (1 if any(w in note for w in _MONEY) else 2)
    facts = {"pause": _PAUSES[kind]}
    yield _report(message, body, ReportKind.PAUSED, at, facts=facts, content=content)


def supplement_received(
    message: InboundMessage, body: Mapping[str, Any], _steps: Mapping[str, str]
) -> Iterable[AgencyReport]:
    """NhanBoSungHoSo."""
    content = _told(body, note="GhiChu", file="TapTin")
    yield _report(
        message,
        body,
        ReportKind.SUPPLEMENT_RECEIVED,
        moment(body["NgayNhanBoSung"]),
        facts=_day(body, "NgayHenTraMoi", "new_due_on"),
        content=content | _beyond(message.operation, body),
    )


def _day(body: Mapping[str, Any], field: str, name: str) -> dict[str, str]:
    """A promised day: midnight in Vietnam, which the land system puts into UTC."""
    at = moment(body.get(field))
    return {name: at.astimezone(VIETNAM).date().isoformat()} if at else {}


def tax_notices(
    message: InboundMessage,
    body: Mapping[str, Any],
    _steps: Mapping[str, str],
    *,
    link: str = "DuongDanThongBaoThue",
) -> Iterable[AgencyReport]:
    """GuiKetQuaThue: tax's notices as the land office passes them on.

    ``link``: the field of a notice that links to its file.
    """
    told = body.get("DanhSachThongBaoThue") or ()
    # The same notice may come twice: it is the same by number and LoaiThue (10.5).
    # Ours come last: an unknown field may be called as they are.
    named = [
        {**n, "number": _line(n["SoThongBaoThue"]), "kind": _line(n["LoaiThue"])}
        for n in told
    ]
    once = {(n["number"], n["kind"]): n for n in reversed(named)}
    notices = list(once.values())[::-1]
    files = _file_links((n["number"], n.get(link)) for n in notices)
    content = _told(body, note="GhiChu", officer="NguoiXuLy")
    yield _report(
        message,
        body,
        ReportKind.NOTICES,
        moment(body.get("NgayCoKetQuaThue")),
        facts={"notices": len(notices)},
        content={"notices": notices, **content, **_beyond(message.operation, body)},
        files=files,
    )


def _noted(kind: ReportKind) -> Callable[..., Iterable[AgencyReport]]:
    def read(
        message: InboundMessage, body: Mapping[str, Any], _steps: Mapping[str, str]
    ) -> Iterable[AgencyReport]:
        content = _told(body, note="GhiChu", officer="MaCanBoXuLy")
        content |= _beyond(message.operation, body)
        yield _report(message, body, kind, None, content=content)

    return read


def ended(
    message: InboundMessage, body: Mapping[str, Any], _steps: Mapping[str, str]
) -> Iterable[AgencyReport]:
    """KetThucHoSo: done, withdrawn or refused; result files by link."""
    results = body.get("DanhSachGiayToKetQua") or []
    content = _told(body, note="GhiChu", officer="MaCanBoXuLy")
    yield _report(
        message,
        body,
        _ENDINGS[body["TrangThaiKetThuc"]],
        moment(body.get("NgayKetThuc")),
        facts={"results": len(results)},
        content={"results": results, **content, **_beyond(message.operation, body)},
        files=_file_links((_file_name(r), r.get("LinkFile")) for r in results),
    )


def _file_name(result: Mapping[str, Any]) -> str:
    name = str(result["TenGiayTo"])
    suffix = str(result.get("KieuFile") or "").lstrip(".")
    return f"{name}.{suffix}" if suffix else name


def _file_links(told: Iterable[tuple[str, Any]]) -> tuple[FileLink, ...]:
    """Names and links as requests need them, letters and blanks percent-encoded.

    A link of blanks is none: it would lead to the registered address itself.
    """
    links = [(name, str(link or "").strip()) for name, link in told]
    return tuple(
        FileLink(_line(name), quote(link, safe=IN_A_LINK))
        for name, link in links
        if link
    )


def _line(text: object) -> str:
    """A text by which things are told apart: composed, one blank between words."""
    return " ".join(nfc(str(text)).split())


def opened(
    message: InboundMessage, body: Mapping[str, Any], _steps: Mapping[str, str]
) -> Iterable[AgencyReport]:
    """TiepNhanHoSoChoMotCua: the office opened the dossier itself, with its own number."""
    number = nfc(str(body["SoBienNhan"])).strip()
    one_stop = nfc(str(body.get("MaHoSoMotCua") or "")).strip()
    report = _report(
        message,
        body,
        ReportKind.OPENED,
        moment(body["NgayTiepNhan"]),
        facts=_day(body, "NgayHenTra", "due_on"),
        content=dict(body),
        introduces=(Reference(AGENCY, "so_bien_nhan", number),),
    )
    if one_stop:
        named = Reference(ONE_STOP, "ma_ho_so", one_stop)
        report = replace(report, about=(named, *report.about))
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

_OF_A_DOSSIER = ("SoBienNhan", "GhiChu")
#: Hosted operation → the fields that the document knows.
FIELDS: dict[str, frozenset[str]] = {
    "ChuyenHoSo": frozenset(
        {
            *("SoBienNhan", "MaCanBoChuyen", "MaCanBoNhan", "MaTrangThai"),
            *("LaTrangThaiChuyenLai", "NoiDungXuLy", "NgayChuyen", "HanXuLy"),
            "DanhSachTapTin",
        }
    ),
    "YeuCauBoSungHoSo": frozenset(
        {
            *(*_OF_A_DOSSIER, "NgayChoBoSung", "MaCanBoXuLy", "LaTamDung"),
            *("LoaiTamDung", "TapTin"),
        }
    ),
    "NhanBoSungHoSo": frozenset(
        {*_OF_A_DOSSIER, "NgayNhanBoSung", "NgayHenTraMoi", "TapTin"}
    ),
    "GuiKetQuaThue": frozenset(
        {*_OF_A_DOSSIER, "NguoiXuLy", "NgayCoKetQuaThue", "DanhSachThongBaoThue"}
    ),
    "ThueTraHoSo": frozenset(_OF_A_DOSSIER),
    "SaiQuyTrinh": frozenset({*_OF_A_DOSSIER, "MaCanBoXuLy"}),
    "YeuCauCapNhatHoSo": frozenset({*_OF_A_DOSSIER, "MaCanBoXuLy"}),
    "KetThucHoSo": frozenset(
        {
            *(*_OF_A_DOSSIER, "NgayKetThuc", "MaCanBoXuLy", "TrangThaiKetThuc"),
            "DanhSachGiayToKetQua",
        }
    ),
}
