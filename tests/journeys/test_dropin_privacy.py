"""What passes through the line of an old one-stop lies open nowhere at the gateway."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.dropin_line import DROPIN_SECRET, InLine
from tests.journeys.test_dropin import PAPERS_MISSING, clerk, step
from tests.journeys.test_privacy import open_marks
from tests.landlink import NUMBER, RECORD, SECRET, opened

pytestmark = pytest.mark.journey
MARKS = {
    "name": "Quách Thị Dấu Riêng",
    "identity": "000000071834",
    "phone": "0900071835",
    "address": "Ngõ 71837 đường Dấu Riêng",
    "parcel": "71839-dau",
    "file": "don-cua-dau-rieng-71842.pdf",
    "file content": "%PDF-1.4 dau rieng 71843",
    "note": "Bà Dấu Riêng 71840 thiếu giấy kết hôn",
    "complaint": "Sai tên đệm của bà Dấu Riêng 71841",
    "number": NUMBER,
}
SECRETS = {"callbacks": SECRET, "address": DROPIN_SECRET}


def record() -> str:
    found = RECORD
    for old, mark in (
        ("Nguyễn Văn Ví Dụ", "name"),
        ("099000000001", "identity"),
        ("0900000001", "phone"),
        ("Xã Ví Dụ, tỉnh Mẫu", "address"),
        ('number = "101"', "parcel"),
        ("don-1.pdf", "file"),
        ("%PDF-1.4 trang mot", "file content"),
    ):
        assert old in found
        new = f'number = "{MARKS[mark]}"' if mark == "parcel" else MARKS[mark]
        found = found.replace(old, new)
    return found


SCRIPT = (
    PAPERS_MISSING.replace(
        "LaTamDung = false", f'LaTamDung = false\nGhiChu = "{MARKS["note"]}"'
    )
    + step("KetThucHoSo", on="supplement")
    + clerk(
        "result_wrong",
        on="status:10",
        more=f'content = {{content = "{MARKS["complaint"]}"}}',
    )
)


async def test_after_a_whole_run_nothing_personal_lies_open(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    line = InLine(tmp_path / "line")
    async with opened(
        tmp_path, line=line.line, record=record(), scenario=SCRIPT
    ) as here:
        run = await here.run(hours=24 * 20)
    passed = b"".join(each.body for each in (*run.land, *run.client))
    assert open_marks(passed, MARKS) == set(MARKS), "the marks did not pass at all"
    log = "".join(capfd.readouterr())
    assert log.count('"attempt"') > 2
    assert open_marks(log.encode(), MARKS | SECRETS) == set()
    kept = [
        path
        for path in (tmp_path / "line" / "gateway").rglob("*")
        if path.is_file() and "keys" not in path.parts
    ]
    assert any(path.stat().st_size > 10_000 for path in kept)
    for path in kept:
        assert open_marks(path.read_bytes(), MARKS | SECRETS) == set(), path
