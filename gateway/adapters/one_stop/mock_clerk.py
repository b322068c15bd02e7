"""What a clerk is asked to do with a dossier, and the dossier that they hand in."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

VIETNAM = timezone(timedelta(hours=7))
PAPER = b"%PDF-1.4 giay to gia lap\n"
#: Beyond what JSON may hold (§2): such a file is uploaded before.
LARGE_BYTES = 5 * 1024 * 1024
_PAPERS = {
    "documents": [
        {
            "name": "Giấy tờ bổ sung (giả lập)",
            "files": [
                {"name": "bo-sung.pdf", "content": base64.b64encode(PAPER).decode()}
            ],
        }
    ]
}
#: Act → what is done; ``file``: bytes of a file that is handed in.
ACTS: Mapping[str, Mapping[str, Any]] = {
    "hand_in": {"do": "submission"},
    "hand_in_file": {"do": "submission", "file": len(PAPER)},
    "hand_in_large": {"do": "submission", "file": LARGE_BYTES},
    "correct": {"do": "revision", "content": {"notes": "Đã sửa ở quầy (giả lập)"}},
    "supplement": {"do": "supplement", "content": _PAPERS},
    "withdraw": {"do": "withdrawal", "content": {"reason": "Người nộp rút (giả lập)"}},
    "hand_out": {"do": "handed_out"},
    "result_wrong": {
        "do": "result_wrong",
        "content": {"content": "Sai tên đệm (giả lập)"},
    },
}


def dossier(
    number: str, at: datetime, settings: Mapping[str, Any], files: list[dict[str, Any]]
) -> dict[str, Any]:
    """A minimal dossier (§3.1); settings name ``procedure``, ``unit``, ``commune``."""
    local = at.astimezone(VIETNAM)
    return {
        "number": number,
        "procedure": settings.get("procedure", "1.012345"),
        "received_at": local.isoformat(timespec="seconds"),
        "due_on": (local + timedelta(days=17)).date().isoformat(),
        "units": {"intake": settings.get("unit", "H00.01")},
        "area": {"commune": settings.get("commune", "90001")},
        "applicant": {"name": "Nguyễn Văn Mẫu", "phone": "0900000001"},
        "parcels": [{"number": "12", "sheet": "7", "area_m2": "120,5"}],
        "documents": [
            {"name": "Đơn đăng ký biến động", "originals": 1, "files": files}
            if files
            else {"name": "Đơn đăng ký biến động", "originals": 1}
        ],
    }


def file_of(size: int) -> bytes:
    """So many bytes that begin like a PDF."""
    return PAPER + b"0" * (size - len(PAPER))
