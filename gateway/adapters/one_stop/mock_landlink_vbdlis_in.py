"""What a land system of the VBDLIS dialect tells (its document's sections: §)."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from gateway.adapters.one_stop.mock_landlink_dialect import Unreadable
from gateway.adapters.one_stop.mock_landlink_fields import (
    Field,
    absent,
    moment,
    of,
    wrong,
)
from gateway.adapters.one_stop.mock_landlink_register import (
    AT_COUNTER,
    DONE,
    IN_WORK,
    OBLIGATION,
    PAPERS,
    REFUSED,
    STOPPED,
    WITHDRAWN,
    Linked,
    Told,
    What,
)

#: §5.2: what a note says where ``LoaiTamDung`` is absent.
OBLIGATION_PHRASES = ("nghĩa vụ tài chính", "nvtc", "nộp thuế", "thông báo thuế")

_FILE = (*of("text", "name!"), *of("base64", "data!"))
_PAPER = (
    *of("text", "TenGiayTo!"),
    *of("integer", "SoBanChinh!", "SoBanSao!"),
    Field("TapTin", "object", parts=_FILE),
)
_NOTICE = of("text", "HoTenChu", "LoaiThue!", "SoThongBaoThue!", "DuongDanThongBaoThue")
_RESULT = (
    *of("text", "TenGiayTo!", "KieuFile", "LinkFile!"),
    *of("integer", "SoBanSao", "SoBanChinh"),
)
_APPLICANT = of("text", "HoTen!", "SoChungMinh", "DiaChiChiTiet", "SoDienThoai")
_PARCEL = of("text", "SoThuTuThua", "SoHieuBanDo", "DienTich", "DiaChiChiTiet")
_BACK = of("text", "SoBienNhan!", "MaCanBoXuLy", "GhiChu")


def messages(area: str) -> Mapping[str, Sequence[Field]]:
    """§10: what the land system sends; ``area``: kind of the area numbers."""
    return {
        "TiepNhanHoSoChoMotCua": (
            *of("text", "SoBienNhan!", "MaHoSoMotCua", "NguoiTiepNhan", "DiaChiTaiSan"),
            *of(area, "TinhId", "HuyenId", "XaId"),
            *of("time", "NgayTiepNhan!", "NgayHenTra"),
            Field("ThongTinNguoiNopDon", "object", True, _APPLICANT),  # noqa: FBT003
            Field("ThongTinQuyTrinh", "object", True, of("text", "MaQuyTrinh!")),  # noqa: FBT003
            Field("ThongTinThuaDat", "list", parts=_PARCEL),
            Field("DanhSachGiayToDinhKem", "list", parts=_PAPER),
        ),
        "ChuyenHoSo": (
            *of("text", "SoBienNhan!", "MaCanBoChuyen", "MaCanBoNhan", "NoiDungXuLy"),
            *of("integer", "MaTrangThai!"),
            *of("bool", "LaTrangThaiChuyenLai"),
            *of("time", "NgayChuyen!"),
            *of("number", "HanXuLy"),
            Field("DanhSachTapTin", "list", parts=_FILE),
        ),
        "YeuCauBoSungHoSo": (
            *of("text", "SoBienNhan!", "MaCanBoXuLy", "GhiChu"),
            *of("time", "NgayChoBoSung!"),
            *of("bool", "LaTamDung!"),
            *of("integer", "LoaiTamDung"),
            Field("TapTin", "object", parts=_FILE),
        ),
        "NhanBoSungHoSo": (
            *of("text", "SoBienNhan!", "GhiChu"),
            *of("time", "NgayNhanBoSung!", "NgayHenTraMoi"),
            Field("TapTin", "object", parts=_FILE),
        ),
        "GuiKetQuaThue": (
            *of("text", "SoBienNhan!", "NguoiXuLy", "GhiChu"),
            *of("time", "NgayCoKetQuaThue!"),
            Field("DanhSachThongBaoThue", "list", True, _NOTICE),  # noqa: FBT003
        ),
        "ThueTraHoSo": of("text", "SoBienNhan!", "GhiChu"),
        "SaiQuyTrinh": _BACK,
        "YeuCauCapNhatHoSo": _BACK,
        "KetThucHoSo": (
            *of("text", "SoBienNhan!", "MaCanBoXuLy", "GhiChu"),
            *of("time", "NgayKetThuc!"),
            *of("integer", "TrangThaiKetThuc!"),
            Field("DanhSachGiayToKetQua", "list", parts=_RESULT),
        ),
    }


MESSAGES = messages(area="integer")
_WHAT = {
    "TiepNhanHoSoChoMotCua": What.OPENED,
    "ChuyenHoSo": What.STEP,
    "NhanBoSungHoSo": What.PAPERS_CAME,
    "GuiKetQuaThue": What.TAX_RESULT,
    "ThueTraHoSo": What.TAX_RETURNED,
    "SaiQuyTrinh": What.BACK,
    "YeuCauCapNhatHoSo": What.BACK,
    "KetThucHoSo": What.END,
}
_CODES = {What.STEP: IN_WORK, What.PAPERS_CAME: IN_WORK, What.BACK: AT_COUNTER}
_ENDS = {0: DONE, 1: WITHDRAWN, 2: REFUSED}
_TIMES = {
    "TiepNhanHoSoChoMotCua": "NgayTiepNhan",
    "ChuyenHoSo": "NgayChuyen",
    "YeuCauBoSungHoSo": "NgayChoBoSung",
    "NhanBoSungHoSo": "NgayNhanBoSung",
    "GuiKetQuaThue": "NgayCoKetQuaThue",
    "KetThucHoSo": "NgayKetThuc",
}
_DUE = {"TiepNhanHoSoChoMotCua": "NgayHenTra", "NhanBoSungHoSo": "NgayHenTraMoi"}


def read(
    operation: str,
    content: Mapping[str, Any],
    known: Mapping[str, Sequence[Field]] = MESSAGES,
) -> Told:
    """§10: one message, by the fields that are known of it.

    Raises:
        Unreadable: a field is missing, of the wrong type or impossible.
    """
    fields = wrong(content, known[operation])
    if fields:
        raise Unreadable(fields)
    what, code = _meant(operation, content)
    time, due = _TIMES.get(operation), moment(content.get(_DUE.get(operation, "")))
    return Told(
        what,
        content["SoBienNhan"],
        at=moment(content[time]) if time else None,
        code=code,
        own_code=(content.get("MaHoSoMotCua") or "") if what is What.OPENED else "",
        due=due.date() if due else None,
        links=_links(operation, content),
        notices=_notices(operation, content),
    )


def _meant(operation: str, content: Mapping[str, Any]) -> tuple[What, int]:
    """What a message is, and the status that it asks for (§5); 0: none."""
    if operation == "YeuCauBoSungHoSo":
        if not content["LaTamDung"]:
            return What.PAPERS_MISSING, PAPERS
        if content.get("LoaiTamDung") not in {None, "", 1, 2}:
            raise Unreadable(["LoaiTamDung"])
        kind, note = content.get("LoaiTamDung"), folded(content.get("GhiChu") or "")
        owed = kind == 1 or (not kind and any(p in note for p in OBLIGATION_PHRASES))
        return What.PAUSE, OBLIGATION if owed else STOPPED
    what = _WHAT[operation]
    if what is What.END:
        if content["TrangThaiKetThuc"] not in _ENDS:
            raise Unreadable(["TrangThaiKetThuc"])
        return what, _ENDS[content["TrangThaiKetThuc"]]
    return what, _CODES.get(what, 0)


def _links(operation: str, content: Mapping[str, Any]) -> tuple[Linked, ...]:
    if operation == "KetThucHoSo":
        rows = content.get("DanhSachGiayToKetQua") or ()
        return tuple(Linked(row["TenGiayTo"], row["LinkFile"]) for row in rows)
    if operation == "GuiKetQuaThue":
        return tuple(
            Linked(row["SoThongBaoThue"], row["DuongDanThongBaoThue"])
            for row in content["DanhSachThongBaoThue"]
            if not absent(row.get("DuongDanThongBaoThue"))
        )
    return ()


def _notices(operation: str, content: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Number and kind: together they tell one notice from another (§10.5)."""
    if operation != "GuiKetQuaThue":
        return ()
    return tuple(
        (row["SoThongBaoThue"], row["LoaiThue"])
        for row in content["DanhSachThongBaoThue"]
    )


def folded(text: str) -> str:
    """A phrase as it is compared (§3)."""
    return unicodedata.normalize("NFC", text).casefold()
