"""What a one-stop sends to a land system of the VBDLIS dialect (sections: §)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from gateway.adapters.one_stop.mock_landlink_fields import VIETNAM, absent
from gateway.adapters.one_stop.mock_landlink_papers import base64_of
from gateway.adapters.one_stop.mock_landlink_register import STATUSES, Dossier


def message(
    kind: str, dossier: Dossier, content: Mapping[str, Any], now: datetime
) -> dict[str, Any]:
    """§9: a message; what is not known is left out."""
    if kind == "hand_over":
        return _hand_over(dossier, now)
    told: dict[str, Any] = {"SoBienNhan": dossier.receipt}
    match kind:
        case "supplement":
            told |= _known(
                NgayHenTraMoi=content.get("due_on"), GhiChu=content.get("note")
            )
            told["DanhSachGiayToBoSung"] = _papers(content.get("papers", ()))
        case "result_handed":
            told["NgayTra"] = content.get("on") or _local(now)
        case _:
            told["NoiDung"] = content["content"]
            told["DanhSachGiayToDinhKem"] = _papers(content.get("papers", ()))
    return told


def rows(name: str, settings: Mapping[str, Any]) -> list[dict[str, Any]]:
    """§11: one of the lists."""
    match name:
        case "GetDanhMucNguoiDung":
            return [
                _known(TaiKhoan=u["account"], HoTen=u["name"], TenDonVi=u.get("unit"))
                for u in settings.get("users", ())
            ]
        case "GetDanhMucThuTuc":
            return [
                {"MaThuTuc": p["code"], "TenThuTuc": p["name"]}
                for p in settings.get("procedures", ())
            ]
        case _:
            return [
                {"MaTrangThai": code, "TenTrangThai": state}
                for code, state in STATUSES.items()
            ]


def _hand_over(dossier: Dossier, now: datetime) -> dict[str, Any]:
    record = dossier.record
    area, case = record["area"], record["case"]
    applicant = record["applicant"]
    return {
        "LaQuyTrinhCapTinh": bool(record.get("provincial", False)),
        "TinhId": area["province"],
        "HuyenId": area["district"],
        "XaId": area["commune"],
        "SoBienNhan": dossier.receipt,
        **_known(MaHoSoMotCua=record.get("code", dossier.number)),
        "NguoiTiepNhan": record["receiver"],
        "NgayTiepNhan": record.get("received_at") or _local(now),
        "NgayHenTra": record["due_on"],
        **_known(DiaChiTaiSan=record.get("property_address")),
        "ThongTinNguoiNopDon": _known(
            HoTen=applicant["name"],
            SoChungMinh=applicant.get("identity"),
            DiaChiChiTiet=applicant.get("address"),
            SoDienThoai=applicant.get("phone"),
            Email=applicant.get("email"),
        ),
        "ThongTinQuyTrinh": _known(MaQuyTrinh=case["code"], TenQuyTrinh=case["name"]),
        "ThongTinThuaDat": [
            _known(
                SoThuTuThua=parcel.get("number"),
                SoHieuBanDo=parcel.get("sheet"),
                DienTich=parcel.get("area"),
                DiaChiChiTiet=parcel.get("address"),
            )
            for parcel in record.get("parcels", ())
        ],
        "DanhSachGiayToDinhKem": _papers(record.get("papers", ())),
    }


def _papers(papers: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """§7.3: one entry per file, the papers themselves counted in the first."""
    rows = []
    for paper in papers:
        for place, file in enumerate(paper.get("files") or [None]):
            row: dict[str, Any] = {
                "TenGiayTo": paper["name"],
                "SoBanChinh": 0 if place else paper.get("originals", 0),
                "SoBanSao": 0 if place else paper.get("copies", 0),
            }
            if file is not None:
                row["TapTin"] = {"name": file["name"], "data": base64_of(file)}
            rows.append(row)
    return rows


def _known(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if not absent(value)}


def _local(now: datetime) -> str:
    return now.astimezone(VIETNAM).isoformat(timespec="seconds")
