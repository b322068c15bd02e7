"""Invented dossiers of 2 kB with twelve files of 1 kB, and the requests that hand them in."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import orjson

from benchmarks.load import post

FILES = 12
FILE_BYTES = 1024
PAPERS = ("Đơn đăng ký biến động", "Hợp đồng chuyển nhượng", "Giấy chứng nhận")
_VIETNAM = timezone(timedelta(hours=7))


def number_of(index: int) -> str:
    """The dossier's own number; all have the same length."""
    today = datetime.now(UTC).astimezone(_VIETNAM)
    return f"H00.01-{today:%y%m%d}-{index:06d}"


def file_of(index: int, place: int) -> bytes:
    """One file, unlike any other."""
    seed = hashlib.sha512(f"{index}/{place}".encode()).digest()
    return (b"%PDF-1.4\n" + seed * (FILE_BYTES // len(seed) + 1))[:FILE_BYTES]


def document(index: int) -> dict[str, Any]:
    """A dossier that names its files by their hash."""
    today = datetime.now(UTC).astimezone(_VIETNAM).date()
    files = [
        {
            "name": f"tep-{place:02d}.pdf",
            "sha256": hashlib.sha256(file_of(index, place)).hexdigest(),
        }
        for place in range(FILES)
    ]
    share = FILES // len(PAPERS)
    return {
        "number": number_of(index),
        "procedure": "1.999001",
        "received_at": f"{today}T07:30:00+07:00",
        "due_on": (today + timedelta(days=30)).isoformat(),
        "units": {"intake": "H00.01", "return": "H00.01"},
        "area": {"commune": "99101", "address": "Thôn Ví Dụ, xã Mẫu"},
        "applicant": {
            "name": "Nguyễn Văn Mẫu",
            "identity": {"kind": "cccd", "number": f"900{index:09d}"},
            "address": "Số 1 đường Ví Dụ, xã Mẫu, tỉnh Mẫu",
            "phone": f"0900{index:06d}",
        },
        "certificate": {"serial": f"MM {index:06d}", "issued_on": "2015-06-01"},
        "parcels": [{"number": f"{index}", "sheet": "7", "area_m2": "120,5"}],
        "documents": [
            {
                "name": paper,
                "originals": 1,
                "copies": 0,
                "files": files[place * share : (place + 1) * share],
            }
            for place, paper in enumerate(PAPERS)
        ],
    }


def submissions(front: str, token: str, indices: range) -> list[bytes]:
    """Requests that hand dossiers in."""
    return [
        post(
            f"{front}/v1/dossiers",
            orjson.dumps(document(index)),
            token=token,
            media_type="application/json",
        )
        for index in indices
    ]


def uploads(front: str, token: str, indices: range) -> list[bytes]:
    """Requests that bring the files of dossiers."""
    return [
        post(
            f"{front}/v1/attachments",
            file_of(index, place),
            token=token,
            media_type="application/pdf",
        )
        for index in indices
        for place in range(FILES)
    ]
