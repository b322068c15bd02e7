"""Dossiers that wait for their slip, and slips signed by the land office."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson

from benchmarks import light, load
from benchmarks.arena import raised_caps
from gateway.adapters.land_registry.mock_slip import signed_slip

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from benchmarks.arena import Ground

#: Transfers of a parcel: land office and tax office.
PROCEDURE = "1.999001"
COMMUNE = "99101"
_ROAD = re.compile(r"(?ms)^\[\[office\.road\]\]\n.*?(?=^\[)")


def direct_tax(folder: Path, *, polled: bool = False) -> Path:
    """The shipped configuration, its slips straight to the tax office and uncapped.

    ``polled``: tax is asked a second after it took a slip, not after six hours.
    """
    config = raised_caps(folder)
    path = config / "agencies" / "tax.toml"
    text = _ROAD.sub("", path.read_text("utf-8"))
    text = re.sub(r"(?m)^per_second = \S+", "per_second = 100000.0", text)
    if polled:
        text = re.sub(r"(?m)^poll_every_s = \S+", "poll_every_s = 1.0", text)
    path.write_text(text, "utf-8")
    return config


def dossiers(front: str, token: str, indices: range) -> list[bytes]:
    """Requests that hand in dossiers without files."""
    return [
        load.post(
            f"{front}/v1/dossiers",
            orjson.dumps(
                {
                    **orjson.loads(light.document(index, COMMUNE)),
                    "procedure": PROCEDURE,
                }
            ),
            token=token,
            media_type="application/json",
        )
        for index in indices
    ]


def slips(ground: Ground, indices: range) -> list[bytes]:
    """Requests that bring the signed slip of each dossier."""
    front, token = ground.stage.url("front"), ground.token
    told = orjson.loads(ground.stage.mocks_path.read_bytes())
    branch = told["land_registry"]["branches"][0]
    return [
        load.put(
            f"{front}/v1/dossiers/{light.number_of(index)}/slips/{number_of(index)}",
            _slip(index, branch),
            token=token,
            media_type="application/xml",
        )
        for index in indices
    ]


def number_of(index: int) -> str:
    """The slip's own number."""
    return f"{index % 10_000:04d}/PCTT"


@dataclass(frozen=True)
class _Dossier:
    """What the land office's mock knows of a dossier when it writes the slip."""

    number: str
    content: Mapping[str, Any]
    branch: Mapping[str, Any]
    slips: int = 1


def _slip(index: int, branch: Mapping[str, Any]) -> bytes:
    content = {
        "ThongTinNguoiNopDon": {
            "HoTen": "Nguyễn Văn Mẫu",
            "SoChungMinh": f"900{index:09d}",
            "SoDienThoai": f"0900{index:06d}",
            "DiaChiChiTiet": "Số 1 đường Ví Dụ",
        },
        "ThongTinThuaDat": [
            {"SoHieuBanDo": "7", "SoThuTuThua": str(index), "DienTich": "120,5"}
        ],
    }
    dossier: Any = _Dossier(light.number_of(index), content, branch)
    wishes = {"ma_gcn": f"MM {index:06d}"}
    return signed_slip(dossier, commune=COMMUNE, wishes=wishes, now=datetime.now(UTC))
