"""A dossier that the office opened at its own counter → canonical document; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from gateway.adapters.land_registry.reading import moment
from gateway.domain.area_numbers import commune_by, meant_on
from gateway.domain.legal_day import legal_day
from gateway.domain.text import nfc

Rows = Sequence[Mapping[str, Any]]
_NUMBERS = {"tinh_id": "TinhId", "huyen_id": "HuyenId", "xa_id": "XaId"}


def document_of(body: Mapping[str, Any], areas: Rows) -> dict[str, Any]:
    """What ``TiepNhanHoSoChoMotCua`` tells of the dossier; what it lacks stays out.

    ``areas``: the office's area map, which names the commune of three numbers;
    a filler in it is no commune of its own.
    """
    received = moment(str(body["NgayTiepNhan"]))
    due = moment(body.get("NgayHenTra"))
    applicant = body["ThongTinNguoiNopDon"]
    told = {
        "case": body["ThongTinQuyTrinh"]["MaQuyTrinh"],
        "receiver": body.get("NguoiTiepNhan"),
        "received_at": received.isoformat() if received else None,
        "due_on": legal_day(due).isoformat() if due else None,
        "area": given(
            **place_of(body, areas, legal_day(received) if received else None),
            address=body.get("DiaChiTaiSan"),
        ),
        "applicant": given(
            name=applicant.get("HoTen"),
            identity=given(number=applicant.get("SoChungMinh")),
            address=applicant.get("DiaChiChiTiet"),
            phone=applicant.get("SoDienThoai"),
            email=applicant.get("Email"),
        ),
        "parcels": [
            given(
                number=parcel.get("SoThuTuThua"),
                sheet=parcel.get("SoHieuBanDo"),
                area_m2=parcel.get("DienTich"),
                address=parcel.get("DiaChiChiTiet"),
            )
            for parcel in body.get("ThongTinThuaDat") or ()
        ],
    }
    return given(**told)


def place_of(body: Mapping[str, Any], areas: Rows, day: date | None) -> dict[str, str]:
    """The one commune that three numbers stand for on a day, and a day it means.

    A code was used again for another commune: one of an earlier day needs the day.
    """
    numbers = {key: body.get(name) for key, name in _NUMBERS.items()}
    commune = commune_by(areas, numbers, day)
    if commune is None:
        return {}
    if day is None:
        return {"commune": commune}
    as_of = meant_on(areas, commune, day)
    return {"commune": commune, "as_of": as_of.isoformat()}


def given(**values: Any) -> dict[str, Any]:
    """What is there of these values, in NFC."""
    return {
        name: nfc(value) if isinstance(value, str) else value
        for name, value in values.items()
        if value not in (None, "", [], {})
    }
