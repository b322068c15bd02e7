"""The iLIS dialect, from ``docs/agencies/land_registry_ilis.md`` (its sections: §)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import orjson

from gateway.adapters.one_stop.mock_contract import Answer, Office
from gateway.adapters.one_stop.mock_landlink_dialect import Unreadable
from gateway.adapters.one_stop.mock_landlink_door import Door, TokenDoor
from gateway.adapters.one_stop.mock_landlink_fate import Fate, Verdict
from gateway.adapters.one_stop.mock_landlink_register import Dossier, Told
from gateway.adapters.one_stop.mock_landlink_vbdlis import Vbdlis, answered
from gateway.adapters.one_stop.mock_landlink_vbdlis_in import messages, read
from gateway.adapters.one_stop.mock_landlink_vbdlis_out import message

#: §9: the same messages under other names.
OPERATIONS = {
    "hand_over": "TiepNhanHoSo",
    "supplement": "BoSungHoSo",
    "result_handed": "CapNhatTrangThaiHoSo",
    "result_wrong": "phanhoihososaiketqua",
}
MESSAGES = messages(area="text")
#: §10.5: names here, and those of the first page.
NOTICE_NAMES = {"HoVaChu": "HoTenChu", "DuongDanTBT": "DuongDanThongBaoThue"}
AREA = ("TinhId", "HuyenId", "XaId")
#: A longer number is no code that somebody wrote as a number.
_MOST_DIGITS = 15


class Ilis(Vbdlis):
    """JSON, texts for numbers, a token, the secret in the query."""

    shown_in = "CodeGet"
    list_shown_in = "CodeGet"

    def door(self, office: Office, settings: Mapping[str, Any]) -> Door:
        """§2.4."""
        return TokenDoor(office, settings)

    def operation(self, kind: str) -> str:
        """§9: the last part of the path; its letters count."""
        return OPERATIONS[kind]

    def body(
        self, kind: str, dossier: Dossier, content: Mapping[str, Any], now: datetime
    ) -> bytes:
        """§9: as on the first page, but that area numbers are texts."""
        told = message(kind, dossier, content, now)
        return orjson.dumps({n: str(v) if n in AREA else v for n, v in told.items()})

    def verdict(self, kind: str, answer: Answer) -> Verdict:
        """§3: ``data`` may be a text; 403 is for a person."""
        if answer.status == 403:
            return Verdict(Fate.REFUSED, "not_admitted")
        return answered(kind, answer, taken=(1, "1"))

    def read(self, operation: str, content: Mapping[str, Any]) -> Told:
        """§10: every form of a value is treated alike."""
        try:
            return read(operation, plain(content), MESSAGES)
        except Unreadable as refusal:
            names = {theirs: ours for ours, theirs in NOTICE_NAMES.items()}
            fields = (field.rpartition(".") for field in refusal.fields)
            raise Unreadable(
                [f"{where}{dot}{names.get(n, n)}" for where, dot, n in fields]
            ) from None


def plain(content: Any) -> Any:
    """A message with one form per value, in the names of the first page."""
    if isinstance(content, list):
        return [plain(row) for row in content]
    if not isinstance(content, dict):
        return content
    return {
        NOTICE_NAMES.get(name, name): _FORMS.get(name, plain)(value)
        for name, value in content.items()
        if name not in NOTICE_NAMES.values()
    }


def _number(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    is_digits = isinstance(value, str) and value.isascii() and value.isdecimal()
    return int(value) if is_digits else value


def _duration(value: Any) -> Any:
    if not isinstance(value, str) or not value:
        return value
    whole, _, rest = value.replace(",", ".", 1).partition(".")
    digits = (whole + rest).isascii() and (whole + rest).isdecimal() and whole
    return float(f"{whole}.{rest or 0}") if digits else value


def _yes_or_no(value: Any) -> Any:
    words = {"true": True, "false": False}
    return words.get(value.lower(), value) if isinstance(value, str) else value


def _text(value: Any) -> Any:
    is_number = isinstance(value, int) and not isinstance(value, bool)
    if is_number and 0 <= value < 10**_MOST_DIGITS:
        return str(value)
    return value


def _extent(value: Any) -> Any:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if is_number else value


def _personal(value: Any) -> Any:
    """A number has lost its leading zeros, which nobody may guess."""
    return None if isinstance(_text(value), str) and value != _text(value) else value


def _forms(of: Callable[[Any], Any], *names: str) -> dict[str, Callable[[Any], Any]]:
    return dict.fromkeys(names, of)


_FORMS: Mapping[str, Callable[[Any], Any]] = {
    **_forms(_number, "MaTrangThai", "TrangThaiKetThuc", "LoaiTamDung"),
    **_forms(_number, "SoBanChinh", "SoBanSao"),
    **_forms(_duration, "HanXuLy"),
    **_forms(_yes_or_no, "LaTamDung", "LaTrangThaiChuyenLai"),
    **_forms(_text, "SoBienNhan", "MaHoSoMotCua", *AREA, "NguoiTiepNhan"),
    **_forms(_text, "MaCanBoChuyen", "MaCanBoNhan", "MaCanBoXuLy", "NguoiXuLy"),
    **_forms(_text, "MaQuyTrinh", "SoThuTuThua", "SoHieuBanDo", "SoThongBaoThue"),
    **_forms(_extent, "DienTich"),
    **_forms(_personal, "SoChungMinh", "SoDienThoai"),
}
