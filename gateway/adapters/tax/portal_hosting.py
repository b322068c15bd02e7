"""Operations that the gateway hosts for the portal: notices, vouchers, questions.

Nothing that the portal sends is signed, and its key stands in the body: what is
kept of a message that cannot be read is kept without it.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any

import orjson

from gateway.adapters.tax.mapping import VIETNAM
from gateway.adapters.tax.portal_notices import (
    DOSSIER,
    TAKEN,
    FileUnreadable,
    parts_of,
    row_results,
)
from gateway.adapters.tax.portal_reading import Check, day, moment, report
from gateway.domain.errors import FieldError, ReportRefused
from gateway.domain.report import AgencyReport, ReportKind
from gateway.domain.text import nfc
from gateway.domain.values import replace
from gateway.ports.agency import (
    BodySecret,
    HostedOperation,
    HostedReply,
    InboundMessage,
    PartsReplier,
)
from gateway.ports.inbox import Part, PartResult

NOTICES = "ThongBaoThue"
VOUCHER = "ChungTuThanhToan"
QUESTION = "YeuCauBoSungThongTin"
JSON = "application/json; charset=utf-8"
#: Whatever is said is said with HTTP 201 (section 2.2).
_CREATED = 201
_PAID = "1"
#: When the files of a day are made (section 12).
_FILES_AT = time(16, 30, tzinfo=VIETNAM)
_END_OF_DAY = time(23, 59, 59, tzinfo=VIETNAM)
_MAX_SHOWN = 250
_PLACEHOLDER = "AA=="
_UNREADABLE = "Tệp không đọc được"
_WRONG = "Sai kiểu dữ liệu"

#: Fields that the document knows: of every body, and of each ``Data`` (section 8).
_ENVELOPE = frozenset({"SecurityKey", "Service", "Ngay", "IsUpdating", "Data"})
_DATA: Mapping[str, frozenset[str]] = {
    NOTICES: frozenset({"FileThongBaoThue"}),
    VOUCHER: frozenset(
        {"MaHoSo", "MaSoThue", "HoTenNguoiNopTien", "SoCMTNguoiNopTien"}
        | {"TinhNguoiNopTien", "HuyenNguoiNopTien", "XaNguoiNopTien"}
        | {"DiaChiNguoiNopTien", "UrlFileChungTu", "ThongTinThanhToan"}
    ),
    QUESTION: frozenset(
        {"MaHoSo", "SoPhieu", "SoVanBan", "NgayVanBan", "NoiDung", "HanTraLoi"}
        | {"LoaiYeuCau", "TepDinhKem"}
    ),
}

Translate = Callable[[InboundMessage, Mapping[str, Any]], Sequence[Part]]
Results = Sequence[PartResult]


def _said(code: str, message: str, **more: Any) -> HostedReply:
    body = {"error_code": code, "message": message, **more}
    return HostedReply(_CREATED, JSON, orjson.dumps(body))


def reply(text: str, *, ok: bool) -> HostedReply:
    """``error_code`` 0 or -1: after either the portal does not send again.

    A refusal from here is of a call that was not looked into (too large, or
    nobody foresaw it); its words are the document's, not those for our own people.
    """
    _ = text
    return _said("0", "Cập nhật thành công") if ok else _said("-1", _UNREADABLE)


REFUSAL = HostedReply(_CREATED, "text/plain; charset=utf-8", b"401 Unauthorized")


def key_in(body: bytes) -> str:
    """The ``SecurityKey`` that a body shows; empty for none."""
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError:
        return ""
    key = content.get("SecurityKey") if isinstance(content, dict) else None
    return key if isinstance(key, str) else ""


def hosted_operations(
    check: Check, *, max_body_bytes: int, max_file_bytes: int
) -> tuple[HostedOperation, ...]:
    """The three operations that the portal calls, each below its own path."""

    def operation(
        name: str,
        translate: Translate,
        answer: PartsReplier,
    ) -> HostedOperation:
        def parts(message: InboundMessage) -> Sequence[Part]:
            try:
                content = orjson.loads(message.body)
            except orjson.JSONDecodeError:
                # Its key was asked for before: only who skips that comes here.
                raise ReportRefused(code="malformed_json", remedy=_WRONG) from None
            try:
                _require(check, name, content)
                return _extended(translate(message, content), name, content)
            except ReportRefused as refused:
                return [Part({}, _without_key(content), refused=refused)]

        return HostedOperation(
            name=name,
            method="POST",
            read=None,
            reply=reply,
            max_body_bytes=max_body_bytes,
            secret=BodySecret(key_in, REFUSAL),
            parts=parts,
            reply_parts=answer,
        )

    return (
        operation(NOTICES, _notices(max_file_bytes), _rows_reply),
        operation(VOUCHER, voucher, _one_reply),
        operation(QUESTION, _question(max_file_bytes), _one_reply),
    )


def _extended(
    parts: Sequence[Part], name: str, body: Mapping[str, Any]
) -> Sequence[Part]:
    """Fields that the document does not know stay with each report."""
    more = {key: value for key, value in body.items() if key not in _ENVELOPE}
    data = {k: v for k, v in body["Data"].items() if k not in _DATA[name]}
    if data:
        more["Data"] = data
    if not more:
        return parts
    return [
        replace(one, report=_with(one.report, more)) if one.report else one
        for one in parts
    ]


def _with(told: AgencyReport, more: Mapping[str, Any]) -> AgencyReport:
    return replace(told, content={**told.content, "extension": more})


def _without_key(content: Any) -> bytes:
    if isinstance(content, dict):
        content = {k: v for k, v in content.items() if k != "SecurityKey"}
    return orjson.dumps(content)


def _require(check: Check, name: str, content: Any) -> None:
    """Hold a body against its schema; what is in files is looked at later.

    Raises:
        ReportRefused: it names the field, never its value.
    """
    wrong = check(f"urn:lienthong:schema:tax_portal:{name}:1", _shown(content))
    if wrong:
        raise _refused(wrong)


def _refused(wrong: Sequence[FieldError]) -> ReportRefused:
    missing = [one for one in wrong if one.code == "required"]
    first = (missing or list(wrong))[0]
    field = first.pointer.strip("/").replace("/", ".")
    said = "Thiếu trường bắt buộc" if missing else _WRONG
    return ReportRefused(
        f"field {field}", code="body_invalid", remedy=f"{said}: {field}"
    )


def _shown(content: Any) -> Any:
    """The body with a short text in place of each file that is there."""
    if not isinstance(content, dict) or not isinstance(content.get("Data"), dict):
        return content
    data = dict(content["Data"])
    if _is_text(data.get("FileThongBaoThue")):
        data["FileThongBaoThue"] = _PLACEHOLDER
    file = data.get("TepDinhKem")
    if isinstance(file, dict) and _is_text(file.get("Tep")):
        data["TepDinhKem"] = {**file, "Tep": _PLACEHOLDER}
    return {**content, "Data": data}


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _decoded(text: str, max_bytes: int) -> bytes | None:
    """Strict base64 of a file that is not too large; its size is known before."""
    if len(text) > 4 * -(-max_bytes // 3):
        return None
    try:
        plain = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return plain if len(plain) <= max_bytes else None


def _day_of(text: str, field: str) -> date:
    """A real day.

    Raises:
        ReportRefused: the calendar has no such day.
    """
    found = day(text)
    if found is None:
        raise ReportRefused(code="body_invalid", remedy=f"{_WRONG}: {field}")
    return found


def files_made_at(day: date) -> datetime:
    """When the notice file of a day was made, UTC; it has a day and no time.

    As new as the hour at which files are made; never newer than its arrival, as
    callers see to: so neither one that comes late nor one that comes early stands
    above what tax told by another way after it was made.
    """
    return datetime.combine(day, _FILES_AT).astimezone(UTC)


def _notices(max_file_bytes: int) -> Translate:
    def translate(message: InboundMessage, body: Mapping[str, Any]) -> Sequence[Part]:
        made_at = files_made_at(_day_of(body["Ngay"], "Ngay"))
        field = "Data.FileThongBaoThue"
        raw = _decoded(body["Data"]["FileThongBaoThue"], max_file_bytes)
        try:
            if raw is None:
                raise FileUnreadable
            return parts_of(
                raw,
                adjusts=body["IsUpdating"] == "True",
                at=min(made_at, message.arrived_at),
                max_bytes=max_file_bytes,
            )
        except FileUnreadable:
            remedy = f"{_UNREADABLE}: {field}"
            raise ReportRefused(code="file_unreadable", remedy=remedy) from None

    return translate


def voucher(_message: InboundMessage, body: Mapping[str, Any]) -> Sequence[Part]:
    """ChungTuThanhToan: somebody paid; any other state of payment is no news."""
    data = body["Data"]
    paid = data["ThongTinThanhToan"]
    if paid["TrangThaiThanhToan"] != _PAID:
        return []
    field = "Data.ThongTinThanhToan.ThoiGianThanhToan"
    paid_at = moment(paid["ThoiGianThanhToan"])
    if paid_at is None:
        raise ReportRefused(code="body_invalid", remedy=f"{_WRONG}: {field}")
    notice = nfc(paid["MaThongBaoThue"])
    told = {
        "payer": "HoTenNguoiNopTien",
        "payer_identity": "SoCMTNguoiNopTien",
        "payer_tax_code": "MaSoThue",
        "payer_province": "TinhNguoiNopTien",
        "payer_district": "HuyenNguoiNopTien",
        "payer_commune": "XaNguoiNopTien",
        "payer_address": "DiaChiNguoiNopTien",
        "link": "UrlFileChungTu",
    }
    content = {
        "notice": notice,
        "amount": paid["SoTien"],
        "paid_at": paid_at.isoformat(),
        **{name: nfc(data[key]) for name, key in told.items() if data.get(key)},
    }
    if paid.get("NoiDungThanhToan"):
        content["text"] = nfc(paid["NoiDungThanhToan"])
    what = f"{notice}|{paid['ThoiGianThanhToan']}|{paid['SoTien']}"
    told_now = report(ReportKind.VOUCHER, data["MaHoSo"], what, paid_at, content)
    return [Part({}, _without_key(body), report=told_now)]


def _question(max_file_bytes: int) -> Translate:
    def translate(message: InboundMessage, body: Mapping[str, Any]) -> Sequence[Part]:
        told = question(body["Data"], message.arrived_at, max_file_bytes)
        return [Part({}, _without_key(body), report=told)]

    return translate


def question(
    data: Mapping[str, Any], arrived_at: datetime, max_file_bytes: int
) -> AgencyReport:
    """What ``Data`` of YeuCauBoSungThongTin asks; its schema has allowed it.

    Raises:
        ReportRefused: a day is none, or its file cannot be read.
    """
    asked_on = _day_of(data["NgayVanBan"], "Data.NgayVanBan")
    due_on = _day_of(data["HanTraLoi"], "Data.HanTraLoi")
    # The day has no time. Its last second, or the arrival where that is sooner:
    # midnight would make a question look older than a notice of the same day,
    # and so as if that notice had answered it.
    end = datetime.combine(asked_on, _END_OF_DAY).astimezone(UTC)
    number = nfc(data["SoVanBan"])
    content = {
        "note": nfc(data["NoiDung"]),
        "question": number,
        "slip": nfc(data["SoPhieu"]),
        "about": data["LoaiYeuCau"],
        "due_on": due_on.isoformat(),
    }
    file = data.get("TepDinhKem")
    if file is not None:
        if _decoded(file["Tep"], max_file_bytes) is None:
            remedy = f"{_UNREADABLE}: Data.TepDinhKem.Tep"
            raise ReportRefused(code="file_unreadable", remedy=remedy)
        content["file"] = {"name": nfc(file["TenTep"]), "data": file["Tep"]}
    return report(
        ReportKind.QUESTION,
        data["MaHoSo"],
        number,
        min(end, arrived_at),
        content,
        {"due_on": due_on.isoformat()},
    )


def _one_reply(results: Results) -> HostedReply:
    """The reply to a voucher or a question: at most one part."""
    for one in results:
        if one.part.refused is not None:
            return _said("-1", one.part.refused.remedy)
        if one.code == "no_dossier":
            return _said("-1", "Không tìm thấy hồ sơ")
    return reply("", ok=True)


def _rows_reply(results: Results) -> HostedReply:
    """The reply to a notice file: a result for each row, in the order of the file."""
    rows = []
    for one in results:
        label = one.part.label
        if DOSSIER not in label:
            return _one_reply([one])
        for place, (result, words) in row_results(one).items():
            rows.append(
                {
                    "Dong": place,
                    "MA_HSO": label[DOSSIER][:_MAX_SHOWN],
                    "SO_QUYET_DINH": label[place][:_MAX_SHOWN],
                    "Ma": result,
                    "MoTa": words,
                }
            )
    rows.sort(key=lambda row: int(row["Dong"]))
    taken = sum(row["Ma"] in {TAKEN, "01"} for row in rows)
    message = f"Nhận tệp thành công: {taken}/{len(rows)} dòng"
    return _said("0", message, Data={"KetQua": rows})
