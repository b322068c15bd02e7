"""Bodies of the messages that the land system sends."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from gateway.adapters.land_registry.mock_answers import unmarked_utc
from gateway.adapters.land_registry.mock_register import Dossier

_KINDS = {
    "TiepNhanHoSoChoMotCua": "opened",
    "ChuyenHoSo": "progress",
    "YeuCauBoSungHoSo": "supplement_request",
    "NhanBoSungHoSo": "supplement_received",
    "GuiKetQuaThue": "tax_notices",
    "ThueTraHoSo": "tax_returned",
    "SaiQuyTrinh": "wrong_case",
    "YeuCauCapNhatHoSo": "correction_request",
}
_ENDINGS = {0: "finished", 1: "withdrawn", 2: "refused"}
#: Kinds of its calls.
CALLS = (*_KINDS.values(), *_ENDINGS.values())
_STATES = {
    11: "Đã tiếp nhận, thụ lý",
    12: "Thẩm định hồ sơ",
    13: "Đã lập phiếu chuyển thông tin",
    14: "Chờ kết quả thuế",
    15: "Đã hoàn thành nghĩa vụ tài chính",
    16: "In Giấy chứng nhận",
    17: "Trình ký",
    18: "Đã ký, chờ trả kết quả",
}
OBLIGATIONS = ("Thuế thu nhập cá nhân", "Lệ phí trước bạ")


def kind_of(operation: str, body: Mapping[str, Any]) -> str:
    """The message kind, for fault plans and books."""
    if operation == "KetThucHoSo":
        return _ENDINGS.get(body["TrangThaiKetThuc"], "finished")
    return _KINDS[operation]


def compose(dossier: Dossier, step: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """The body of a step's message; capitalised keys of the step win."""
    fields = {name: value for name, value in step.items() if name[0].isupper()}
    shape = {
        "TiepNhanHoSoChoMotCua": _opened,
        "ChuyenHoSo": _progress,
        "YeuCauBoSungHoSo": _supplement_request,
        "NhanBoSungHoSo": _supplement_received,
        "GuiKetQuaThue": _tax_notices,
        "ThueTraHoSo": _tax_returned,
        "SaiQuyTrinh": _back_to_counter,
        "YeuCauCapNhatHoSo": _back_to_counter,
        "KetThucHoSo": _end,
    }[step["send"]]
    body = {"SoBienNhan": dossier.receipt, **shape(dossier, step, unmarked_utc(now))}
    return {**body, **fields}


def _opened(dossier: Dossier, _step: Mapping[str, Any], at: str) -> dict[str, Any]:
    known = dossier.content
    return {
        "MaHoSoMotCua": dossier.number,
        "TinhId": known["TinhId"],
        "HuyenId": known["HuyenId"],
        "XaId": known["XaId"],
        "NguoiTiepNhan": known["NguoiTiepNhan"],
        "NgayTiepNhan": at,
        "NgayHenTra": None,
        "DiaChiTaiSan": known.get("DiaChiTaiSan"),
        "ThongTinNguoiNopDon": known["ThongTinNguoiNopDon"],
        "ThongTinQuyTrinh": known["ThongTinQuyTrinh"],
        "ThongTinThuaDat": known["ThongTinThuaDat"],
        "DanhSachGiayToDinhKem": [],
    }


def _progress(_dossier: Dossier, step: Mapping[str, Any], at: str) -> dict[str, Any]:
    state = step.get("MaTrangThai", 11)
    return {
        "MaCanBoChuyen": "CB0001",
        "MaCanBoNhan": "CB0002",
        "MaTrangThai": state,
        "LaTrangThaiChuyenLai": False,
        "NoiDungXuLy": _STATES.get(state, ""),
        "NgayChuyen": at,
        "HanXuLy": 2.0,
        "DanhSachTapTin": [],
    }


def _supplement_request(
    _dossier: Dossier, step: Mapping[str, Any], at: str
) -> dict[str, Any]:
    pause = step.get("LaTamDung", False)
    note = "Tạm dừng giải quyết." if pause else "Thiếu giấy tờ, đề nghị bổ sung."
    return {
        "NgayChoBoSung": at,
        "MaCanBoXuLy": "CB0002",
        "LaTamDung": pause,
        "GhiChu": note,
        "TapTin": None,
    }


def _supplement_received(
    _dossier: Dossier, _step: Mapping[str, Any], at: str
) -> dict[str, Any]:
    return {
        "NgayNhanBoSung": at,
        "NgayHenTraMoi": None,
        "GhiChu": None,
        "TapTin": None,
    }


def _tax_notices(dossier: Dossier, step: Mapping[str, Any], at: str) -> dict[str, Any]:
    day_number = dossier.number.rpartition("-")[2]
    return {
        "NguoiXuLy": "CB0003",
        "NgayCoKetQuaThue": at,
        "GhiChu": "",
        "DanhSachThongBaoThue": [
            {
                "HoTenChu": dossier.content["ThongTinNguoiNopDon"]["HoTen"],
                "LoaiThue": name,
                "SoThongBaoThue": f"{day_number}-{place}/TB-VD",
            }
            for place, name in enumerate(step.get("notices", OBLIGATIONS), start=1)
        ],
    }


def _tax_returned(
    _dossier: Dossier, _step: Mapping[str, Any], _at: str
) -> dict[str, Any]:
    return {"GhiChu": "thuế chuyển trả hồ sơ do sai"}


def _back_to_counter(
    _dossier: Dossier, step: Mapping[str, Any], _at: str
) -> dict[str, Any]:
    wrong_case = step["send"] == "SaiQuyTrinh"
    note = "Nhập sai trường hợp." if wrong_case else "Đề nghị cập nhật hồ sơ."
    return {"MaCanBoXuLy": "CB0002", "GhiChu": note}


def _end(_dossier: Dossier, step: Mapping[str, Any], at: str) -> dict[str, Any]:
    ending = step.get("TrangThaiKetThuc", 0)
    notes = {1: "Công dân rút hồ sơ.", 2: "Hồ sơ không đủ điều kiện giải quyết."}
    return {
        "NgayKetThuc": at,
        "MaCanBoXuLy": "CB0004",
        "TrangThaiKetThuc": ending,
        "GhiChu": notes.get(ending, ""),
        "DanhSachGiayToKetQua": [],
    }
