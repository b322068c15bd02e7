"""Canonical dossier → messages of a land system of either dialect; pure.

Field names are the land system's, byte for byte. A value that is missing stays
missing; one that the system demands and nobody gave is a refusal with a remedy,
never a literal of ours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta, timezone
from typing import Any

from gateway.carriers.json_files import FileValue
from gateway.domain.area_numbers import day_of, numbers_on
from gateway.domain.errors import NeedsConfiguration, NeedsData
from gateway.ports.agency import File, OutboundMessage

#: Times toward the land system carry their zone (interface document, section 6).
VIETNAM = timezone(timedelta(hours=7))
AGENCY = "land_registry"

Office = Mapping[str, Any]


def _moment(at: datetime) -> str:
    return at.astimezone(VIETNAM).replace(microsecond=0).isoformat()


def receipt_number(message: OutboundMessage) -> str:
    """SoBienNhan of a dossier that the land system has: its own number, else ours.

    Raises:
        NeedsData: neither is known.
    """
    number = message.number("so_bien_nhan", AGENCY) or message.number("ma_ho_so")
    if number is None:
        raise NeedsData(code="receipt_number_missing")
    return number


def hand_over(message: OutboundMessage, office: Office, on: date) -> dict[str, Any]:
    """Body that hands a dossier over."""
    view = message.view.fields
    area = area_row(message, office, on)
    land = office.get("land", {})
    own = message.number("ma_ho_so")
    # The same two numbers on every attempt and correction, also after the land
    # system gave one of its own: by them it counts a repeat once (section 5.4).
    number = own or receipt_number(message)
    body: dict[str, Any] = {
        "LaQuyTrinhCapTinh": bool(land.get("provincial", False)),
        "TinhId": area["tinh_id"],
        "HuyenId": area["huyen_id"],
        "XaId": area["xa_id"],
        "SoBienNhan": number,
        "NguoiTiepNhan": _receiver(view, land),
        "NgayHenTra": _due_on(view),
        "ThongTinNguoiNopDon": _applicant(view),
        "ThongTinQuyTrinh": _case(message, office),
        "ThongTinThuaDat": [_parcel(p) for p in view.get("parcels", ())],
        "DanhSachGiayToDinhKem": list(
            _papers(view.get("documents", ()), message.view.files)
        ),
    }
    if own:
        body["MaHoSoMotCua"] = own
    received = str(view.get("received_at") or "")
    if len(received) > len("2026-03-10"):
        # A day alone is left out: no hour is invented (section 6). A time without a
        # zone is the counter's own, in Vietnam.
        at = datetime.fromisoformat(received)
        body["NgayTiepNhan"] = _moment(at if at.tzinfo else at.replace(tzinfo=VIETNAM))
    address = (view.get("area") or {}).get("address")
    if address:
        body["DiaChiTaiSan"] = address
    return body


def area_row(message: OutboundMessage, office: Office, on: date) -> Mapping[str, Any]:
    """The office's numbers of a commune on the dossier's day; no row, no sending.

    ``on``: for messages from before that day was kept.
    """
    commune = message.facts.get("commune")
    if commune is None:
        raise NeedsData(code="area_ambiguous")
    day = day_of(message.facts, on)
    found = numbers_on(office.get("area", ()), commune, day)
    if found is None:
        raise NeedsConfiguration(
            code="area_not_mapped",
            remedy=f"Quản trị bổ sung dòng địa bàn cho xã {commune} của văn phòng này,"
            f" có hiệu lực ngày {day:%d/%m/%Y}, rồi bấm «Gửi lại».",
        )
    return found


def _receiver(view: Mapping[str, Any], land: Mapping[str, Any]) -> str:
    receiver = view.get("receiver") or land.get("receiver")
    if not receiver:
        raise NeedsData(
            code="receiver_missing",
            remedy="Một cửa chọn người tiếp nhận trong danh sách của văn phòng đất đai.",
        )
    return str(receiver)


def _due_on(view: Mapping[str, Any]) -> str:
    if not view.get("due_on"):
        raise NeedsData(code="due_on_missing", remedy="Một cửa bổ sung ngày hẹn trả.")
    return str(view["due_on"])


def _case(message: OutboundMessage, office: Office) -> dict[str, str]:
    code = message.view.fields.get("case") or message.facts.get("case")
    if not code:
        raise NeedsData(
            code="case_missing",
            remedy="Một cửa chọn trường hợp (MaQuyTrinh) của thủ tục.",
        )
    for row in office.get("case", ()):
        if row["code"] == code:
            return {"MaQuyTrinh": str(code), "TenQuyTrinh": str(row["name"])}
    raise NeedsConfiguration(
        code="case_not_mapped",
        remedy=f"Quản trị bổ sung tên của trường hợp {code} cho văn phòng này.",
    )


def _given(pairs: Iterable[tuple[str, object]]) -> dict[str, Any]:
    return {name: value for name, value in pairs if value not in (None, "")}


def _applicant(view: Mapping[str, Any]) -> dict[str, Any]:
    applicant = view.get("applicant") or {}
    if not applicant.get("name"):
        raise NeedsData(code="applicant_name_missing")
    identity = applicant.get("identity") or {}
    return _given(
        [
            ("HoTen", applicant["name"]),
            ("SoChungMinh", identity.get("number")),
            ("DiaChiChiTiet", applicant.get("address")),
            ("SoDienThoai", applicant.get("phone")),
            ("Email", applicant.get("email")),
        ]
    )


def _parcel(parcel: Mapping[str, Any]) -> dict[str, Any]:
    return _given(
        [
            ("SoThuTuThua", parcel.get("number")),
            ("SoHieuBanDo", parcel.get("sheet")),
            ("DienTich", parcel.get("area_m2")),
            ("DiaChiChiTiet", parcel.get("address")),
        ]
    )


def _papers(
    documents: Iterable[Mapping[str, Any]], files: Iterable[File]
) -> Iterable[dict[str, Any]]:
    """One entry per file, each an object of its own (interface document, 7.3).

    Counts stand in the first entry of a paper and are 0 in the others, so that
    the paper hand-over list adds up; a paper without file has one entry.
    """
    waiting = list(files)
    for paper in documents:
        name = {"TenGiayTo": str(paper.get("name", ""))}
        counts = {
            "SoBanChinh": int(paper.get("originals", 0)),
            "SoBanSao": int(paper.get("copies", 0)),
        }
        own = len(paper.get("files", ()))
        if not own:
            yield {**name, **counts}
        for index, file in enumerate(waiting[:own]):
            content = {
                "name": file.name,
                "data": FileValue(file.size_bytes, file.open, file.at_once),
            }
            told = counts if index == 0 else dict.fromkeys(counts, 0)
            yield {**name, **told, "TapTin": content}
        waiting = waiting[own:]


def supplement(message: OutboundMessage, _office: Office, _on: date) -> dict[str, Any]:
    """Body of what the applicant brought later."""
    content = message.content
    documents = content.get("documents", ())
    return {
        "SoBienNhan": receipt_number(message),
        **_given(
            [
                ("NgayHenTraMoi", content.get("new_due_on")),
                ("GhiChu", content.get("note")),
            ]
        ),
        "DanhSachGiayToBoSung": list(_papers(documents, message.view.files)),
    }


def result_handed(
    message: OutboundMessage, _office: Office, _on: date
) -> dict[str, Any]:
    """Body of: the result was handed to the citizen."""
    return {
        "SoBienNhan": receipt_number(message),
        "NgayTra": str(message.facts["handed_out_on"]),
    }


def result_wrong(
    message: OutboundMessage, _office: Office, _on: date
) -> dict[str, Any]:
    """Body of: the result is wrong."""
    content = message.content
    documents = content.get("documents", ())
    return {
        "SoBienNhan": receipt_number(message),
        "NoiDung": str(content.get("content", "")),
        "DanhSachGiayToDinhKem": list(_papers(documents, message.view.files)),
    }


def paid(message: OutboundMessage, _office: Office, _on: date) -> dict[str, Any]:
    """Body of: nothing is owed to tax any more; an operation of ours."""
    facts = message.facts
    note = "Được miễn nghĩa vụ tài chính." if facts.get("exempted") else None
    if facts.get("deferred"):
        note = "Được ghi nợ nghĩa vụ tài chính: ghi nợ trên Giấy chứng nhận."
    confirmed_on = facts.get("confirmed_on")
    return {
        "SoBienNhan": receipt_number(message),
        "NgayHoanThanh": str(confirmed_on or _arisen(message).date().isoformat()),
        **_given([("GhiChu", note)]),
        "DanhSachThongBao": _notices(message, NgayNop="paid_on", SoTien="paid"),
    }


def owed_again(message: OutboundMessage, _office: Office, _on: date) -> dict[str, Any]:
    """Body of: more is owed to tax; an operation of ours."""
    return {
        "SoBienNhan": receipt_number(message),
        "NgayPhatSinh": _moment(_arisen(message)),
        "DanhSachThongBao": _notices(message, SoTien="amount", HanNop="due_on"),
    }


def _notices(message: OutboundMessage, **more: str) -> list[dict[str, Any]]:
    """The notices that a message names by number; ``more``: their fields and ours."""
    fields = {"SoThongBao": "number", "LoaiThue": "kind", **more}
    return [
        _given((theirs, notice.get(ours)) for theirs, ours in fields.items())
        for notice in message.content.get("notices") or ()
        if notice.get("number")
    ]


def _arisen(message: OutboundMessage) -> datetime:
    """When the cause of a message came to the gateway, in Vietnam's time."""
    if message.created_at is None:
        raise NeedsData(code="moment_missing")
    return message.created_at.astimezone(VIETNAM)


def withdraw(message: OutboundMessage, _office: Office, _on: date) -> dict[str, Any]:
    """Body of: the citizen withdraws; an operation of ours."""
    return {
        "SoBienNhan": receipt_number(message),
        "NgayRut": _moment(_arisen(message)),
        "LyDo": str(message.content.get("reason", "")),
    }


Make = Callable[[OutboundMessage, Office, date], dict[str, Any]]
#: Message kind → how its body is made; operations are named per dialect.
BODIES: dict[str, Make] = {
    "hand_over": hand_over,
    "supplement": supplement,
    "result_handed": result_handed,
    "result_wrong": result_wrong,
    "paid": paid,
    "owed_again": owed_again,
    "withdraw": withdraw,
}
