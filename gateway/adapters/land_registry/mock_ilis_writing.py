"""How the other land system writes what it pushes: names, and loose types."""

from __future__ import annotations

from typing import Any

NUMBERS = {
    "MaTrangThai",
    "TrangThaiKetThuc",
    "LoaiTamDung",
    "SoBanChinh",
    "SoBanSao",
    "HanXuLy",
}
#: Texts that some senders keep as numbers, leading zeros or not.
CODES = {
    "SoBienNhan",
    "MaHoSoMotCua",
    "TinhId",
    "HuyenId",
    "XaId",
    "NguoiTiepNhan",
    "MaCanBoChuyen",
    "MaCanBoNhan",
    "MaCanBoXuLy",
    "NguoiXuLy",
    "MaQuyTrinh",
    "SoThuTuThua",
    "SoHieuBanDo",
    "SoThongBaoThue",
    "SoChungMinh",
    "SoDienThoai",
    "DienTich",
}
MOST_DIGITS = 15
NOTICE_NAMES = {"HoTenChu": "HoVaChu", "DuongDanThongBaoThue": "DuongDanTBT"}


def written(operation: str, body: dict[str, Any], habit: str) -> dict[str, Any]:
    """A pushed message; ``habit``: ``texts``, ``numbers`` or ``swapped``."""
    if operation == "GuiKetQuaThue":
        rows = [
            {NOTICE_NAMES.get(name, name): value for name, value in row.items()}
            for row in body["DanhSachThongBaoThue"]
        ]
        body = {**body, "DanhSachThongBaoThue": rows}
    if habit == "numbers":
        return body
    return {name: _loose(name, value, habit) for name, value in body.items()}


def _loose(name: str, value: Any, habit: str) -> Any:
    if isinstance(value, dict):
        return {inside: _loose(inside, part, habit) for inside, part in value.items()}
    if isinstance(value, list):
        return [_loose(name, part, habit) for part in value]
    if isinstance(value, bool):
        return str(value) if habit == "swapped" else value
    if isinstance(value, int | float):
        return str(value) if name in NUMBERS else value
    digits = isinstance(value, str) and value.isdecimal() and value.isascii()
    if habit == "swapped" and name in CODES and digits and len(value) <= MOST_DIGITS:
        return int(value)
    return value
