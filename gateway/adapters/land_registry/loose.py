"""Pushed messages whose types are loose → one form of every value; pure.

The same land system writes a number now as a number, now as a text (section 10
of the interface document). Whatever is none of the forms stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

Form = Callable[[Any], Any]
_DIGITS = re.compile(r"[0-9]{1,9}\Z")
_NUMBER = re.compile(r"[0-9]{1,9}([.,][0-9]{1,4})?\Z")
#: Parts of a message that have such fields, too.
_PARTS = frozenset(
    {
        *("ThongTinNguoiNopDon", "ThongTinQuyTrinh", "ThongTinThuaDat"),
        *("DanhSachGiayToDinhKem", "DanhSachThongBaoThue", "DanhSachGiayToKetQua"),
    }
)


def _count(value: Any) -> Any:
    if isinstance(value, str) and _DIGITS.match(value):
        return int(value)
    # 11.0 is an integer in JSON.
    return _whole(value) if _is_number(value) else value


def _days(value: Any) -> Any:
    if isinstance(value, str) and _NUMBER.match(value):
        return float(value.replace(",", "."))
    return float(value) if _is_number(value) else value


def _yes_or_no(value: Any) -> Any:
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.lower(), value)
    return value


def _text(value: Any) -> Any:
    """A number's digits; nothing is put in front, since nobody knows what was lost."""
    if not _is_number(value):
        return value
    return f"{Decimal(repr(_whole(value))):f}"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _whole(value: float) -> float:
    return int(value) if value == int(value) else value


def _told(form: Form, names: str) -> dict[str, Form]:
    return dict.fromkeys(names.split(), form)


#: Field → its form.
_FORMS: Mapping[str, Form] = {
    **_told(_count, "MaTrangThai TrangThaiKetThuc LoaiTamDung SoBanChinh SoBanSao"),
    **_told(_days, "HanXuLy"),
    **_told(_yes_or_no, "LaTamDung LaTrangThaiChuyenLai"),
    **_told(_text, "SoBienNhan MaHoSoMotCua TinhId HuyenId XaId NguoiTiepNhan"),
    **_told(_text, "MaCanBoChuyen MaCanBoNhan MaCanBoXuLy NguoiXuLy MaQuyTrinh"),
    **_told(_text, "SoThuTuThua SoHieuBanDo SoThongBaoThue DienTich"),
}
#: Of the applicant: a number has lost its leading zeros, so that it counts as absent.
_LOST = frozenset({"SoChungMinh", "SoDienThoai"})


def plain(body: dict[str, Any]) -> dict[str, Any]:
    """The same message in the forms of the first page; unknown fields stay."""
    return {name: _plain(name, value) for name, value in body.items()}


def _plain(name: str, value: Any) -> Any:
    if name in _FORMS:
        return _FORMS[name](value)
    if name not in _PARTS:
        return value
    if isinstance(value, list):
        return [plain(item) if isinstance(item, dict) else item for item in value]
    if not isinstance(value, dict):
        return value
    kept = {k: v for k, v in value.items() if not (k in _LOST and _is_number(v))}
    return plain(kept)
