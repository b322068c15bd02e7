"""Small dossiers without files for an office of one's choice, and how they are sent."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta, timezone

import orjson

from benchmarks.load import post

_VIETNAM = timezone(timedelta(hours=7))
PROCEDURE = "1.999003"


def today() -> date:
    """The day in Vietnam."""
    return datetime.now(UTC).astimezone(_VIETNAM).date()


def number_of(index: int) -> str:
    """The dossier's own number; all have the same length."""
    return f"H00.01-{today():%y%m%d}-{index:06d}"


def document(index: int, commune: str, due_in_days: int = 30) -> bytes:
    """A correction of a certificate, which only the land office works on."""
    return orjson.dumps(
        {
            "number": number_of(index),
            "procedure": PROCEDURE,
            "received_at": f"{today()}T07:30:00+07:00",
            "due_on": (today() + timedelta(days=due_in_days)).isoformat(),
            "units": {"intake": "H00.01", "return": "H00.01"},
            "area": {"commune": commune, "address": "Thôn Ví Dụ, xã Ví Dụ"},
            "applicant": {
                "name": "Nguyễn Văn Mẫu",
                "identity": {"kind": "cccd", "number": f"900{index:09d}"},
                "address": "Số 1 đường Ví Dụ",
                "phone": f"0900{index:06d}",
            },
            "certificate": {"serial": f"MM {index:06d}", "issued_on": "2015-06-01"},
            "parcels": [{"number": f"{index}", "sheet": "7", "area_m2": "120,5"}],
            "documents": [{"name": "Đơn đính chính", "originals": 1, "copies": 0}],
        }
    )


def requests(
    front: str, token: str, wanted: Iterable[tuple[int, str, int]]
) -> list[bytes]:
    """Requests that hand dossiers in: index, commune, days until promised."""
    url = f"{front}/v1/dossiers"
    return [
        post(url, document(*one), token=token, media_type="application/json")
        for one in wanted
    ]
