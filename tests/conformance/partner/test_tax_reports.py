"""What a run with a tax office leaves: its XML field by field, and nothing of persons or keys."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.conforming import Role
from gateway.wiring.conforming import report
from tests.conformance.partner.kit import against_mock
from tests.unit.paper.words import text_of

PERSONS = ("Văn Thử", "Thị Duyệt Thử", "096090000099", "Cán bộ thuế", "20000000")
SECRETS = (
    "PRIVATE KEY",
    "khoa-thu-cua-ben-gui",
    "khoa-thu-ke-tiep",
    "khoa-thu-cua-cong",
)


@pytest.mark.parametrize(
    ("name", "role", "shown", "listed"),
    [
        ("tax", Role.SERVER, "ERROR_CODE: 03", "DK_GHINO_NVTC"),
        ("tax_portal", Role.SERVER, "DA_CO_THONG_BAO", "FilePhieuChuyen"),
        ("tax_portal", Role.CLIENT, "MA_HSO: H99.01-", "NGAY_QUYET_DINH"),
    ],
)
async def test_reports_show_fields_and_no_person_or_key(
    tmp_path: Path, name: str, role: Role, shown: str, listed: str
) -> None:
    outcome = await against_mock(name, role)
    outcome = replace(outcome, wanted=replace(outcome.wanted, by="Người Thử"))
    files = {path.suffix: path.read_bytes() for path in report(outcome, tmp_path)}
    assert files.keys() == {".json", ".xml", ".html", ".docx"}
    page = files[".html"].decode()
    assert shown in page
    assert listed in text_of(files[".docx"])
    packed = zipfile.ZipFile(io.BytesIO(files.pop(".docx")))
    whole = "".join(one.decode() for one in files.values()) + "".join(
        packed.read(one).decode("utf-8", "replace") for one in packed.namelist()
    )
    assert [one for one in (*PERSONS, *SECRETS) if one in whole] == []
