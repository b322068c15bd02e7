"""The land system's own interface, served toward a one-stop that knows nothing else.

A one-stop that puts the gateway in its line sends what it sent to the land system.
The message stays as it is; what can be understood of it becomes a canonical dossier.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import quote

import orjson

from gateway.adapters.land_registry.dialects import Dialect
from gateway.adapters.land_registry.hosting import JSON
from gateway.adapters.land_registry.mapping import AGENCY, VIETNAM
from gateway.adapters.land_registry.opening import Rows, given, place_of
from gateway.adapters.land_registry.reading import IN_A_LINK
from gateway.adapters.land_registry.serving_sessions import TokenSessions
from gateway.carriers.json_files import FileValue
from gateway.domain.identifiers import AgencyId, MessageKind
from gateway.domain.obligation import Notice
from gateway.domain.report import FileLink, Reference, Relayed
from gateway.domain.text import nfc
from gateway.domain.written import money
from gateway.ports.agency import File, HostedReply, OutboundMessage
from gateway.ports.link import LinkDialect, LinkedFile, LinkMessage, Said

#: Where a message of the link stands in ``OutboundMessage.content``.
LINK = "link"
#: Stands around what a sender put where a mark would stand.
AS_IT_CAME = "as_it_came"
_PAPERS = ("DanhSachGiayToDinhKem", "DanhSachGiayToBoSung")
#: Fields of a hand-over that the document knows (section 9.1); others are kept.
_KNOWN = frozenset(
    {
        *("LaQuyTrinhCapTinh", "TinhId", "HuyenId", "XaId", "SoBienNhan"),
        *("MaHoSoMotCua", "NguoiTiepNhan", "NgayTiepNhan", "NgayHenTra"),
        *("DiaChiTaiSan", "ThongTinNguoiNopDon", "ThongTinQuyTrinh"),
        *("ThongTinThuaDat", "DanhSachGiayToDinhKem"),
    }
)
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
#: What the land system answers a repeat (interface document, 3).
_REPEATED = {
    "hand_over": "Hồ sơ đã tồn tại trên hệ thống",
    "supplement": "Hồ sơ không chờ bổ sung",
    "result_handed": "Hồ sơ đã trả kết quả",
    "paid": "Đã ghi nhận hoàn thành nghĩa vụ tài chính",
    "owed_again": "Đã ghi nhận nghĩa vụ tài chính phát sinh",
    "withdraw": "Đã ghi nhận yêu cầu rút hồ sơ",
}
_UNFIT_FILE = "Tệp đính kèm có mã độc hoặc không thuộc loại được nhận"
_ACCEPTED = {"hand_over": "Tiếp nhận hồ sơ thành công"}


class ServedLandSystem(LinkDialect):
    """One operation per path, answers by phrase; in either dialect."""

    def __init__(
        self, dialect: Dialect, areas: Rows, *, now: Callable[[], datetime]
    ) -> None:
        """``areas``: the office's area map; ``now``: wall time, aware UTC."""
        self.path = str(dialect.manifest["agency"]["path"]).strip("/")
        self.max_body_bytes = int(dialect.manifest["agency"]["max_body_bytes"])
        self.sessions = TokenSessions() if dialect.has_sessions else None
        self._kinds = {name: kind for kind, name in dialect.operations.items()}
        self._areas = areas
        self._now = now

    def kind_of(self, operation: str) -> MessageKind | None:
        """What kind of message an operation takes."""
        return self._kinds.get(operation)

    def read(self, operation: str, body: bytes) -> LinkMessage | HostedReply:
        """A message, or what the land system answers to what is none."""
        try:
            content = orjson.loads(body.removeprefix(_BYTE_ORDER_MARK))
        except orjson.JSONDecodeError:
            content = None
        if not isinstance(content, dict):
            return self._no_json()
        own = _text(content, "SoBienNhan")
        if not own:
            readable = isinstance(content.get("SoBienNhan"), str | None)
            wrong = "Thiếu trường bắt buộc" if readable else "Sai kiểu dữ liệu"
            return self._reply(0, f"{wrong}: SoBienNhan", code=2)
        kind = self._kinds[operation]
        number = (_text(content, "MaHoSoMotCua") if kind == "hand_over" else "") or own
        further = () if number == own else (_reference(own),)
        shown, files, papers = _without_files(content)
        if not _can_be_kept(shown):
            return self._no_json()
        document = _document(content, self._areas) if kind == "hand_over" else {}
        return LinkMessage(
            operation=operation,
            kind=kind,
            number=number,
            numbers=further,
            body=shown,
            files=files,
            papers=papers,
            document=document,
            facts=_days(content),
        )

    def number_in(self, body: bytes) -> str:
        """The receipt number, as a text or as a number."""
        try:
            content = orjson.loads(body.removeprefix(_BYTE_ORDER_MARK))
        except orjson.JSONDecodeError:
            return ""
        number = content.get("SoBienNhan") if isinstance(content, dict) else None
        named = type(number) in {str, int}
        return str(number).strip() if named else ""

    def reply(self, said: Said, kind: MessageKind) -> HostedReply:
        """An answer as the land system would give it."""
        match said:
            case Said.BUSY:
                return HostedReply(503, JSON, b"")
            case Said.TOO_LARGE:
                return HostedReply(413, "text/plain; charset=utf-8", b"")
            case Said.UNFIT_FILE:
                return self._reply(0, _UNFIT_FILE, code=2)
            case Said.OF_ANOTHER if kind == "hand_over":
                return self._reply(0, "Số biên nhận đã dùng cho hồ sơ khác", code=2)
            case Said.OF_ANOTHER:
                return self._reply(
                    0, "Không tìm thấy hồ sơ có số biên nhận này", code=2
                )
            case Said.REPEATED if kind in _REPEATED:
                return self._reply(0, _REPEATED[kind], code=1)
            case _:
                return self._reply(1, _ACCEPTED.get(kind, "Đã ghi nhận"), code=0)

    def notices(self, number: str, told: Sequence[Notice], at: datetime) -> Relayed:
        """``GuiKetQuaThue``; amounts and last days, which it has no fields for, in words."""
        content = {
            "SoBienNhan": number,
            "NgayCoKetQuaThue": _unmarked(at),
            "GhiChu": "; ".join(map(_in_words, told)),
            "DanhSachThongBaoThue": [
                {"LoaiThue": one.item, "SoThongBaoThue": one.number} for one in told
            ],
        }
        return Relayed("GuiKetQuaThue", orjson.dumps(content))

    def _no_json(self) -> HostedReply:
        return self._reply(0, "Nội dung không phải JSON", 400, code=400)

    def _reply(
        self, data: int, phrase: str, status: int = 200, *, code: int
    ) -> HostedReply:
        kinds = {0: "success", 1: "warning"}
        told = {
            "success": data == 1,
            "code": code,
            "type": kinds.get(code, "error"),
            "time": _unmarked(self._now()),
            "message": phrase,
        }
        return HostedReply(status, JSON, orjson.dumps({"data": data, "status": told}))

    def file_at(self, link: str) -> FileLink:
        """A result file by the link that ``KetThucHoSo`` told."""
        name = link.rsplit("/", 1)[-1]
        return FileLink(name, quote(link, safe=IN_A_LINK))


def _unmarked(at: datetime) -> str:
    """UTC without a mark, as the land system writes it (section 6)."""
    return at.astimezone(UTC).replace(tzinfo=None, microsecond=0).isoformat()


def _in_words(notice: Notice) -> str:
    amount = "" if notice.amount is None else f": {money(str(notice.amount))}"
    until = f", nộp trước hết ngày {notice.due_on}" if notice.due_on else ""
    with contextlib.suppress(ValueError):
        last = date.fromisoformat(notice.due_on)
        until = f", nộp trước hết ngày {last:%d/%m/%Y}"
    return f"Thông báo {notice.number}, {notice.item}{amount}{until}"


def _can_be_kept(content: Mapping[str, Any]) -> bool:
    """Whether it can be written again: what nests too deep is read, and no more."""
    try:
        orjson.dumps([[[[content]]]])  # as deep as it is kept
    except TypeError:
        return False
    return True


def _reference(number: str) -> Reference:
    return Reference(AgencyId(AGENCY), "so_bien_nhan", number)


def _text(content: Mapping[str, Any], name: str) -> str:
    value = content.get(name)
    return value.strip() if isinstance(value, str) else ""


def _without_files(
    content: Mapping[str, Any],
) -> tuple[dict[str, Any], tuple[LinkedFile, ...], tuple[Mapping[str, Any], ...]]:
    """The message with marks for its files, the files, and its papers.

    What is no base64 as the sender of these bytes would write it again stays where
    it stands: the land system is to see what was sent.
    """
    shown = dict(content)
    files: list[LinkedFile] = []
    papers: list[Mapping[str, Any]] = []
    for name in _PAPERS:
        if not isinstance(content.get(name), list):
            continue
        kept = []
        for paper in content[name]:
            file = _file_of(paper)
            told = _paper(paper)
            if file is not None:
                mark = {"file": len(files), "sha256": file.sha256}
                paper = _with_data(paper, mark)  # noqa: PLW2901
                part = {"name": file.name, "part": f"f{len(files)}"}
                told["files"] = [{**part, "sha256": file.sha256}]
                files.append(file)
            elif isinstance(_data(paper), dict):
                # It must not be taken for a mark of ours.
                paper = _with_data(paper, {AS_IT_CAME: _data(paper)})  # noqa: PLW2901
            papers.append(told)
            kept.append(paper)
        shown[name] = kept
    return shown, tuple(files), tuple(papers)


def _data(paper: Any) -> Any:
    return _object(paper, "TapTin").get("data") if isinstance(paper, dict) else None


def _with_data(paper: Mapping[str, Any], data: Any) -> dict[str, Any]:
    return {**paper, "TapTin": {**paper["TapTin"], "data": data}}


def _file_of(paper: Any) -> LinkedFile | None:
    data = _data(paper)
    if not isinstance(data, str) or not data:
        return None
    try:
        plain = base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        return None
    if base64.b64encode(plain) != data.encode():
        return None
    told = str(paper["TapTin"].get("name") or "")
    name = " ".join(nfc(told).split())[:255] or "tep"
    return LinkedFile(name, plain, hashlib.sha256(plain).hexdigest())


def _paper(paper: Any) -> dict[str, Any]:
    told = paper if isinstance(paper, dict) else {}
    counts = {"originals": told.get("SoBanChinh"), "copies": told.get("SoBanSao")}
    return {
        "name": _text(told, "TenGiayTo"),
        **{key: n for key, n in counts.items() if isinstance(n, int)},
    }


def _document(content: Mapping[str, Any], areas: Rows) -> dict[str, Any]:
    """What a hand-over tells in canonical fields; what cannot be told stays out."""
    applicant = _object(content, "ThongTinNguoiNopDon")
    received = _at(_text(content, "NgayTiepNhan"))
    day = received.date() if received else None
    return given(
        case=_text(_object(content, "ThongTinQuyTrinh"), "MaQuyTrinh"),
        receiver=_text(content, "NguoiTiepNhan"),
        received_at=_moment(_text(content, "NgayTiepNhan")),
        due_on=_day(_text(content, "NgayHenTra")),
        area=given(
            **place_of(content, areas, day),
            address=_text(content, "DiaChiTaiSan"),
        ),
        applicant=given(
            name=_text(applicant, "HoTen"),
            identity=given(number=_text(applicant, "SoChungMinh")),
            address=_text(applicant, "DiaChiChiTiet"),
            phone=_text(applicant, "SoDienThoai"),
            email=_text(applicant, "Email"),
        ),
        parcels=[
            given(
                number=_text(parcel, "SoThuTuThua"),
                sheet=_text(parcel, "SoHieuBanDo"),
                area_m2=_text(parcel, "DienTich"),
                address=_text(parcel, "DiaChiChiTiet"),
            )
            for parcel in _objects(content.get("ThongTinThuaDat"))
        ],
        extension={k: v for k, v in content.items() if k not in _KNOWN},
    )


def _object(content: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = content.get(name)
    return value if isinstance(value, dict) else {}


def _objects(value: Any) -> Iterable[Mapping[str, Any]]:
    rows = value if isinstance(value, list) else ()
    return (row for row in rows if isinstance(row, dict))


def _at(text: str) -> datetime | None:
    """A time of a one-stop's; without a zone it is the counter's own (section 6).

    The first and the last day of the calendar, which programs write for none, may
    lie outside of it here.
    """
    try:
        at = datetime.fromisoformat(text)
        return at.astimezone(VIETNAM) if at.tzinfo else at.replace(tzinfo=VIETNAM)
    except (ValueError, OverflowError):
        return None


def _moment(text: str) -> str | None:
    at = _at(text) if len(text) > len("2026-03-10") else None
    return at.isoformat() if at else None


def _day(text: str) -> str | None:
    at = _at(text)
    return at.date().isoformat() if at else None


def _days(content: Mapping[str, Any]) -> dict[str, str]:
    told = {"new_due_on": "NgayHenTraMoi", "handed_out_on": "NgayTra"}
    days = {name: _day(_text(content, field)) for name, field in told.items()}
    return {name: day for name, day in days.items() if day}


def passed_on(message: OutboundMessage) -> dict[str, Any]:
    """The message that a one-stop sent by the link, its files put back."""
    body: dict[str, Any] = dict(message.content[LINK])
    for name in _PAPERS:
        if isinstance(body.get(name), list):
            body[name] = [_with_file(one, message.view.files) for one in body[name]]
    return body


def _with_file(paper: Any, files: Sequence[File]) -> Any:
    mark = _data(paper)
    if not isinstance(mark, dict):
        return paper
    if AS_IT_CAME in mark:
        return _with_data(paper, mark[AS_IT_CAME])
    found = files[int(mark["file"])]
    return _with_data(paper, FileValue(found.size_bytes, found.open, found.at_once))
