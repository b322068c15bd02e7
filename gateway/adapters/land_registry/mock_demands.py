"""What a message must hold before the land system looks at its meaning."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import orjson

from gateway.adapters.land_registry.mock_answers import NotTaken

TEXT, COUNT, FLAG, TIME, DAY = "text", "count", "flag", "time", "day"
VIETNAM = timedelta(hours=7)

#: A name ending in ``!`` must be there; a list holds the one shape of its rows.
Shape = Mapping[str, Any]

FILE: Shape = {"name!": TEXT, "data!": TEXT}
PAPER: Shape = {
    "TenGiayTo!": TEXT,
    "SoBanChinh!": COUNT,
    "SoBanSao!": COUNT,
    "TapTin": FILE,
}
APPLICANT: Shape = {
    "HoTen!": TEXT,
    "SoChungMinh": TEXT,
    "DiaChiChiTiet": TEXT,
    "SoDienThoai": TEXT,
    "Email": TEXT,
}
PARCEL: Shape = {
    "SoThuTuThua": TEXT,
    "SoHieuBanDo": TEXT,
    "DienTich": TEXT,
    "DiaChiChiTiet": TEXT,
}
NOTICE: Shape = {
    "SoThongBao!": TEXT,
    "LoaiThue": TEXT,
    "NgayNop": DAY,
    "SoTien": TEXT,
}
OWED_NOTICE: Shape = {
    "SoThongBao!": TEXT,
    "LoaiThue": TEXT,
    "SoTien": TEXT,
    "HanNop": DAY,
}

SHAPES: Mapping[str, Shape] = {
    "tiepnhan": {
        "LaQuyTrinhCapTinh!": FLAG,
        "TinhId!": COUNT,
        "HuyenId!": COUNT,
        "XaId!": COUNT,
        "SoBienNhan!": TEXT,
        "MaHoSoMotCua": TEXT,
        "NguoiTiepNhan!": TEXT,
        "NgayTiepNhan": TIME,
        "NgayHenTra!": DAY,
        "DiaChiTaiSan": TEXT,
        "ThongTinNguoiNopDon!": APPLICANT,
        "ThongTinQuyTrinh!": {"MaQuyTrinh!": TEXT, "TenQuyTrinh": TEXT},
        "ThongTinThuaDat!": [PARCEL],
        "DanhSachGiayToDinhKem!": [PAPER],
    },
    "capnhattrangthaibosunghoso": {
        "SoBienNhan!": TEXT,
        "NgayHenTraMoi": DAY,
        "GhiChu": TEXT,
        "DanhSachGiayToBoSung!": [PAPER],
    },
    "capnhattrangthaitraketquahoso": {"SoBienNhan!": TEXT, "NgayTra!": DAY},
    "phanhoihososaiketqua": {
        "SoBienNhan!": TEXT,
        "NoiDung!": TEXT,
        "DanhSachGiayToDinhKem!": [PAPER],
    },
    "thongbaohoanthanhnvtc": {
        "SoBienNhan!": TEXT,
        "NgayHoanThanh!": DAY,
        "GhiChu": TEXT,
        "DanhSachThongBao!": [NOTICE],
    },
    "thongbaonvtcphatsinh": {
        "SoBienNhan!": TEXT,
        "NgayPhatSinh!": DAY,
        "GhiChu": TEXT,
        "DanhSachThongBao!": [OWED_NOTICE],
    },
    "thongbaoruthoso": {"SoBienNhan!": TEXT, "NgayRut!": TIME, "LyDo!": TEXT},
}


def read(shape: Shape, body: bytes) -> dict[str, Any]:
    """The message of an operation, with every field of the kind it should be."""
    try:
        message = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise NotTaken("malformed") from None
    if not isinstance(message, dict):
        raise NotTaken("malformed")
    _object(message, shape, "")
    return message


def _object(found: Mapping[str, Any], shape: Shape, path: str) -> None:
    for name, is_needed, wanted in _fields(shape):
        value = found.get(name)
        if value is None or value == "":
            if is_needed:
                raise NotTaken("missing_field", path + name)
        elif wanted is not TEXT or not isinstance(value, str):
            _value(value, wanted, path + name)


_FIELDS: dict[int, tuple[Shape, Sequence[tuple[str, bool, Any]]]] = {}
#: a shape by its identity → itself, so that it stays, and its fields


def _fields(shape: Shape) -> Sequence[tuple[str, bool, Any]]:
    """Name, whether it is needed, kind."""
    found = _FIELDS.get(id(shape))
    if found is None:
        fields = [
            (mark.rstrip("!"), mark.endswith("!"), wanted)
            for mark, wanted in shape.items()
        ]
        found = _FIELDS[id(shape)] = (shape, fields)
    return found[1]


def _value(value: Any, wanted: Any, path: str) -> None:
    if isinstance(wanted, list):
        if not isinstance(value, list):
            raise NotTaken("wrong_type", path)
        for place, row in enumerate(value):
            _value(row, wanted[0], f"{path}[{place}]")
    elif isinstance(wanted, dict):
        if not isinstance(value, dict):
            raise NotTaken("wrong_type", path)
        _object(value, wanted, path + ".")
    elif not _fits(value, wanted):
        raise NotTaken("wrong_type", path)


def _fits(value: Any, wanted: str) -> bool:
    if wanted == FLAG:
        return isinstance(value, bool)
    if wanted == COUNT:
        return isinstance(value, int) and not isinstance(value, bool) and value >= 0
    if not isinstance(value, str):
        return False
    if wanted == TEXT:
        return True
    return _is_time(value) or (wanted == DAY and _is_day(value))


def _is_time(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).utcoffset() == VIETNAM
    except ValueError:
        return False


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def weigh_files(papers: list[dict[str, Any]]) -> dict[str, int]:
    """How many files came, how heavy they are, how many repeat another one."""
    contents = list(_contents(papers))
    return {
        "files": len(contents),
        "bytes": sum(len(content) for content in contents),
        "repeated_files": len(contents) - len(set(contents)),
    }


def _contents(papers: list[dict[str, Any]]) -> Iterator[bytes]:
    for paper in papers:
        file = paper.get("TapTin")
        if not file:
            continue
        try:
            yield base64.b64decode(file["data"], validate=True)
        except (binascii.Error, ValueError):
            raise NotTaken("unreadable_file", file["name"]) from None
