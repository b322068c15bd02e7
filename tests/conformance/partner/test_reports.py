"""What a run leaves: pages and files that say everything but secrets and persons."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from gateway.conformance.partner.mocked import SOUND, Spoiling
from gateway.conformance.partner.trying import MOCK, Outcome, Wanted, conform
from gateway.conformance.partner.verdicts import Attestation
from gateway.conforming import Role
from gateway.wiring.conforming import report
from tests.conformance.partner.kit import impatient, quietly, read
from tests.conformance.partner.spoilt import SERVERS, called
from tests.unit.paper.words import text_of

PERSONS = ("Lê Thị Nhân Viên", "Phạm Khách Hàng")
KEYS = ("khoa-thu-cua-ben-gui", "khoa-thu-cua-cong-ty")


def _talkative(_operation: str, _call: Any, answer: Any) -> Any:
    """A company whose answers are full of persons and echo the key."""
    for row in answer.get("TIEN_DO", ()):
        row |= {"MA_NVIEN_NHAN": PERSONS[0], "NDUNG_XLY": f"Đã gặp {PERSONS[1]}"}
    return {**answer, "MESSAGE": f"{answer['MESSAGE']} {PERSONS[1]} {KEYS[0]}"}


async def reported(
    where: Path, role: Role = Role.SERVER, spoiling: Spoiling = SOUND
) -> tuple[Outcome, dict[str, bytes]]:
    kit = read("electricity")
    preset = replace(
        impatient(kit.usual), contacts=("Bà Đầu Mối, phòng ví dụ",), place="Phòng thử"
    )
    word = Attestation("DL-309", holds=True, by="Ông Xác Nhận", on=date(2026, 3, 9))
    wanted = Wanted(role, MOCK, by="Người Thử", attested={"DL-309": word})
    outcome = await conform(kit, preset, wanted, quietly(), spoiling)
    return outcome, {path.name: path.read_bytes() for path in report(outcome, where)}


def _texts(files: dict[str, bytes]) -> dict[str, str]:
    return {
        name: "".join(
            packed.read(one).decode("utf-8", "replace")
            for packed in [zipfile.ZipFile(io.BytesIO(content))]
            for one in packed.namelist()
        )
        if name.endswith(".docx")
        else content.decode()
        for name, content in files.items()
    }


@pytest.mark.parametrize("role", Role)
async def test_no_report_holds_a_secret_or_a_person_of_the_counterpart(
    tmp_path: Path, role: Role
) -> None:
    _, files = await reported(tmp_path, role, called(after=_talkative))
    assert len(files) == 4
    shown = _texts(files)
    for name, text in shown.items():
        found = [one for one in (*PERSONS, *KEYS) if one in text]
        assert found == [], name
    assert "‹chữ, 16 ký tự›" in shown[f"electricity.{role.value}.html"] or (
        role is Role.CLIENT
    )


async def test_the_minutes_say_what_was_tried_and_what_each_message_has(
    tmp_path: Path,
) -> None:
    spoiling, _ = SERVERS["papers are not shown"]
    outcome, files = await reported(tmp_path, spoiling=spoiling)
    text = text_of(files["bien-ban.electricity.server.docx"])
    for part in (
        "BIÊN BẢN THỬ NGHIỆM KẾT NỐI",
        *(outcome.folder.purpose, outcome.folder.hash, "Bà Đầu Mối, phòng ví dụ"),
        "Chứng thư TLS: cấp cho CN=Cơ quan giả lập 127.0.0.1",
        *("themMoi_TiepNhanYeuCau", "NOI_DUNG_TEP", "TIEN_DO[].MA_CVIEC"),
        *("DL-602", "không đạt", "HSGT có 0 dòng"),
        *("DL-309", "Ông Xác Nhận, 09/03/2026"),
        *("71 đạt, 1 không đạt, 1 do người xác nhận", "ĐẠI DIỆN CƠ QUAN"),
    ):
        assert part in text


async def test_the_page_needs_nothing_else_and_folds_what_was_said(
    tmp_path: Path,
) -> None:
    spoiling, _ = SERVERS["papers are not shown"]
    _, files = await reported(tmp_path, spoiling=spoiling)
    page = files["electricity.server.html"].decode()
    assert "<script" not in page
    assert "src=" not in page
    assert "http-equiv" in page
    assert page.count("<details") == 28
    assert page.count(" open>") == 1
    assert 'id="DL-602"' in page


async def test_what_a_counterpart_says_is_no_markup(tmp_path: Path) -> None:
    def evil(_operation: str, _call: Any, answer: Any) -> Any:
        return {**answer, "TYPE": "<script>alert(1)</script>"}

    _, files = await reported(tmp_path, spoiling=called(after=evil))
    page = files["electricity.server.html"].decode()
    assert "<script" not in page
    assert "&lt;script&gt;" in page


async def test_programs_are_told_the_same(tmp_path: Path) -> None:
    spoiling, _ = SERVERS["papers are not shown"]
    outcome, files = await reported(tmp_path, spoiling=spoiling)
    whole = json.loads(files["electricity.server.json"])
    assert whole["overall"] == "failed"
    assert whole["counted"] == {
        "holds": 71,
        "broken": 1,
        "attested": 1,
        "not_tried": 7,
        "no_call": 0,
    }
    assert whole["hash"] == outcome.folder.hash
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    suite = etree.parse(io.BytesIO(files["electricity.server.xml"]), parser).getroot()[  # noqa: TID251  our own
        0
    ]
    assert (suite.get("tests"), suite.get("failures")) == ("80", "1")
    (failed,) = suite.findall("testcase/failure")
    assert "HSGT có 0 dòng" in (failed.text or "")
