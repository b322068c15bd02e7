"""The kit in place of the one-stop side: what a call of either land system is, and its answer."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from gateway.adapters.land_registry.conformance_calls import (
    VIETNAM,
    Content,
    Dialect,
    Land,
    body,
    unmarked,
)
from gateway.adapters.land_registry.conformance_taking import CLOCKS, MIB
from gateway.conforming import Answering, Incoming, Reply, Trial

JSON = {"Content-Type": "application/json; charset=utf-8"}
MOST_BYTES = 16 * MIB
OPENED, STEP, ASKED = "TiepNhanHoSoChoMotCua", "ChuyenHoSo", "YeuCauBoSungHoSo"
BROUGHT, NOTICES, RETURNED = "NhanBoSungHoSo", "GuiKetQuaThue", "ThueTraHoSo"
WRONG_CASE, CORRECT, END = "SaiQuyTrinh", "YeuCauCapNhatHoSo", "KetThucHoSo"
#: Operation → its time, where it has one; and the requirement about its fields.
TIMES = {
    OPENED: "NgayTiepNhan",
    STEP: "NgayChuyen",
    ASKED: "NgayChoBoSung",
    BROUGHT: "NgayNhanBoSung",
    NOTICES: "NgayCoKetQuaThue",
    END: "NgayKetThuc",
}
FIELDS = {
    OPENED: "1001",
    STEP: "1002",
    ASKED: "1003",
    BROUGHT: "1004",
    NOTICES: "1005",
    RETURNED: "1006",
    WRONG_CASE: "1007",
    CORRECT: "1008",
    END: "1009",
}
#: Fields that are days.
DAYS_AHEAD = ("NgayHenTra", "NgayHenTraMoi")
#: A list and a row of it (§11).
LISTS: Mapping[str, Content] = {
    "GetDanhMucNguoiDung": {"TaiKhoan": "cb.thu", "HoTen": "Cán bộ thử"},
    "GetDanhMucThuTuc": {"MaThuTuc": "1.000000", "TenThuTuc": "Thủ tục thử"},
    "GetDanhMucTrangThai": {"MaTrangThai": 1, "TenTrangThai": "Đã tiếp nhận (thử)"},
}


def result(value: int, message: str, **more: Any) -> Reply:
    """An answer to a call (§2.2)."""
    return Reply(200, body({"Result": value, "Message": message, **more}), JSON)


STORED = result(1, "Đã ghi nhận")
UNREADABLE = result(0, "Thiếu hoặc sai: NgayChuyen")
BUSY = Reply(503, b"", {"Retry-After": "60"})
FAILED = Reply(500)
PAGE = Reply(200, b"<!doctype html><title>Dang nhap</title>", {})


def number_of(call: Incoming) -> str:
    """Dossier code of a call, or its receipt number; empty when it names none."""
    content = call.content or {}
    found = content.get("MaHoSoMotCua") or content.get("SoBienNhan") or ""
    return str(found)


def usual_of(call: Incoming, t: Trial, dialect: Dialect) -> Answering:
    """§2.2 and §11: what the one-stop side answers."""
    operation = dialect.operation_of(call)
    if dialect.secret_in(call) != t.key("callback"):
        return Reply(404)
    if call.method == "GET" and operation in LISTS:
        return result(1, "", Data=[LISTS[operation]])
    if call.method != "POST" or operation not in FIELDS:
        return Reply(404)
    if call.content is None:
        return result(0, "Không phải JSON")
    if wrong := t.wrong(operation, call.content):
        return result(0, f"Thiếu hoặc sai: {', '.join(wrong)}")
    return STORED


def is_about(
    land: Land, number: str, operation: str = ""
) -> Callable[[Incoming], bool]:
    """Calls about a dossier, of one operation or of any."""

    def fits(call: Incoming) -> bool:
        right = operation in {"", land.d.operation_of(call)}
        return right and number_of(call) == number

    return fits


async def told(
    land: Land,
    number: str,
    operation: str,
    fits: Callable[[Content], bool] | None = None,
) -> Incoming:
    """The next message of an operation about a dossier, looked at as every message is."""
    about = is_about(land, number, operation)
    begun = land.t.now()

    def meant(call: Incoming) -> bool:
        return about(call) and (fits is None or fits(call.content or {}))

    call = await land.t.incoming(meant, f"{operation} của hồ sơ {number}")
    looked_at(land, call, operation, begun)
    return call


def looked_at(land: Land, call: Incoming, operation: str, begun: datetime) -> None:
    """What holds of every message: its fields, its size, its time."""
    content = call.content or {}
    wrong = land.t.wrong(operation, content)
    land.holds(FIELDS[operation], not wrong, f"sai khuôn ở {', '.join(wrong)}")
    small = len(call.body) <= MOST_BYTES
    land.holds("233", small, f"{operation} lớn hơn 16 MiB")
    if files := files_of(content):
        fine = all(is_file(one) for one in files)
        land.holds("711", fine, f"{operation} có tệp không phải base64 một dòng")
    days = [content[name] for name in DAYS_AHEAD if content.get(name)]
    if days:
        fine = all(is_day(one) for one in days)
        land.holds("642", fine, "ngày hẹn trả không phải 0 giờ Việt Nam đổi ra UTC")
    if operation in TIMES:
        at = unmarked(content.get(TIMES[operation]))
        near = at is not None and begun - CLOCKS <= at <= call.at + CLOCKS
        why = f"{TIMES[operation]} của {operation} không phải giờ UTC lúc xảy ra"
        land.holds("641", near, why)


def files_of(content: Content) -> list[Content]:
    """Files that a message carries itself (§7.1)."""
    alone = content.get("TapTin")
    rows = rows_of(content, "DanhSachTapTin")
    return [*rows, *([alone] if isinstance(alone, dict) else [])]


def is_file(file: Content) -> bool:
    """Whether its content is standard base64 on one line."""
    try:
        base64.b64decode(str(file.get("data")), validate=True)
    except ValueError:
        return False
    return bool(file.get("name"))


def is_day(text: object) -> bool:
    """Whether a time from the land system is a day: midnight in Vietnam (§6)."""
    at = unmarked(text)
    return at is not None and f"{at.astimezone(VIETNAM):%H:%M:%S}" == "00:00:00"


def flag(value: object) -> bool | None:
    """Yes or no, as either system writes it; None: neither."""
    return {"true": True, "false": False}.get(str(value).lower())


def whole(value: object) -> int | None:
    """A count, as either system writes it; None: it is none."""
    text = str(value)
    is_count = isinstance(value, (int, str)) and not isinstance(value, bool)
    return int(text) if is_count and text.isascii() and text.isdigit() else None


def rows_of(content: Content, name: str) -> list[Content]:
    """Rows of a list in a message; none where it is absent."""
    found = content.get(name)
    return [one for one in found or () if isinstance(one, dict)]
