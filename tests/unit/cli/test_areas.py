"""What the command line tells of a commune's code; no gateway has to run for it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from gateway.cli.commands import app

ROOT = Path(__file__).parents[3]


def run(*arguments: str, folder: Path = ROOT / "config") -> Result:
    return CliRunner().invoke(app, ["area", *arguments, "--folder", str(folder)])


def told(*arguments: str) -> Any:
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines are not broken, so that words that belong together stay together."""
    monkeypatch.setattr("gateway.cli.show.console.width", 200, raising=False)
    monkeypatch.setenv("COLUMNS", "200")


def test_a_code_used_again_is_told_with_both_meanings() -> None:
    found = told("show", "31825")
    assert found["reused"] is True
    before, now = found["meanings"]
    assert (before["name"], before["district"]) == ("Phường 1", "Thành phố Bạc Liêu")
    assert (before["province"], before["to"]) == ("95", "2025-06-30")
    assert [one["name"] for one in before["became"]] == ["Phường Bạc Liêu"]
    assert (now["name"], now["from"], now["to"]) == (
        "Phường Bạc Liêu",
        "2025-07-01",
        None,
    )
    assert "31813" in {one["code"] for one in now["came_from"]}
    said = run("show", "31825").stdout
    assert "Đến hết 30/06/2025: Phường 1, Thành phố Bạc Liêu, Tỉnh Bạc Liêu" in said
    assert "Từ 01/07/2025: Phường Bạc Liêu, Tỉnh Cà Mau (mã tỉnh 96)" in said
    assert "phải ghi cả as_of" in " ".join(said.split())


def test_a_day_chooses_the_meaning() -> None:
    (one,) = told("show", "31825", "--on", "2025-06-30")["meanings"]
    assert one["name"] == "Phường 1"
    (one,) = told("show", "31825", "--on", "2026-03-10")["meanings"]
    assert one["name"] == "Phường Bạc Liêu"


def test_a_split_commune_is_told_with_all_choices() -> None:
    (before, *_) = told("show", "00019", "--on", "2025-06-30")["meanings"]
    assert len(before["became"]) == 4
    said = run("show", "00019", "--on", "2025-06-30").stdout
    assert "một cửa chọn theo vị trí" in " ".join(said.split())


def test_where_two_sources_differ_it_is_said() -> None:
    (before, *_) = told("show", "02485")["meanings"]
    assert before["doubtful"] is True
    assert {one["code"] for one in before["became"]} == {"02458", "02494"}
    assert "Hai nguồn không khớp" in run("show", "02485").stdout


def test_an_island_district_without_communes_is_told_once() -> None:
    said = run("show", "318").stdout
    assert "2025: Huyện Bạch Long Vĩ, Thành phố Hải Phòng (mã tỉnh 31)" in said
    assert "nay là 11948 Đặc khu Bạch Long Vĩ" in said


def test_the_list_of_the_folder_goes_before_the_national_one() -> None:
    (one,) = told("show", "99011")["meanings"]
    assert [new["code"] for new in one["became"]] == ["99103"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["00000"], "Danh mục không có xã mã 00000."),
        (["11948", "--on", "2025-06-30"], "Ngày 30/06/2025 không có xã nào mang mã"),
    ],
)
def test_what_is_in_no_list_is_said_and_refused(
    arguments: list[str], words: str
) -> None:
    result = run("show", *arguments)
    assert result.exit_code == 1
    assert words in " ".join(result.stderr.split())


def test_a_name_finds_communes_of_one_province_and_decides_nothing() -> None:
    found = told("find", "bac lieu", "--province", "96", "--on", "2026-03-10")
    assert [one["code"] for one in found] == ["31825"]
    said = run("find", "bac lieu", "--province", "96").stdout
    assert "Chỉ là gợi ý" in said
    assert told("find", "bac lieu", "--province", "01") == []


@pytest.mark.parametrize("typed", ["30/06/2025", "30-6-2025", " 2025-06-30 "])
def test_a_day_is_read_as_people_here_write_it(typed: str) -> None:
    (one,) = told("show", " 31825 ", "--on", typed)["meanings"]
    assert one["name"] == "Phường 1"


@pytest.mark.parametrize("typed", ["31/06/2025", "06/2025", "hôm qua", "1990-13-01"])
def test_a_day_that_is_none_is_told_in_words(typed: str) -> None:
    for arguments in (
        ("show", "31825", "--on", typed),
        ("find", "bac lieu", "--province", "96", "--on", typed),
    ):
        result = run(*arguments)
        said = " ".join(result.output.split())
        assert result.exit_code != 0
        assert f"Không đọc được ngày «{typed}»" in said
        assert "isoformat" not in said


@pytest.mark.parametrize(
    ("province", "on"), [("95", ""), ("00", ""), ("7", ""), ("97", "30/06/2025")]
)
def test_a_province_that_is_not_there_is_told_as_such(province: str, on: str) -> None:
    result = run("find", "bạc liêu", "--province", province, "--on", on)
    assert result.exit_code != 0
    assert f"không có tỉnh mã «{province}»" in " ".join(result.output.split())
