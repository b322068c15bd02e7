"""What people give the kit: presets, attestations, commands; each mistake has its words."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from gateway.cli.commands import app
from gateway.conformance.partner import attesting, preset, requirements
from gateway.conformance.partner.folder import preset_text
from gateway.conformance.partner.requirements import How
from tests.conformance.partner.kit import read

ROW = """
[[requirement]]
number = "DL-1"
section = "1"
role = "server"
level = "must"
how = "test"
mark = "ours"
vi = "a"
en = "b"
"""


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["conformance", *arguments])


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("gateway.cli.show.console.width", 300, raising=False)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a = [", "thu.toml: không phải TOML"),
        ("[address]\n", "không có bảng [address]; được dùng: [about], [addresses]"),
        ("[addresses]\nsever = 'x'", "addresses.sever: không có; được dùng: ca"),
        ("[addresses]\nserver = 'ftp://x'", "addresses.server bắt đầu bằng https://"),
        ("[addresses]\nlisten = 'x'", "addresses.listen là HOST:CỔNG"),
        ("[addresses]\nca = 'thieu.pem'", "addresses.ca: không có tệp"),
        ("[keys]\nsender = 1", "keys.sender phải là chữ"),
        ("[times]\nanswer_s = -1", "times.answer_s phải là số giây, không âm"),
        ("[times]\nanswr_s = 1", "times.answr_s: không có; được dùng: answer_s"),
        ("[dossiers]\nfirst = 'a'", "dossiers.first phải là số nguyên"),
        ("[dossiers]\nfirst = 5\nlast = 4", "dossiers.last nhỏ hơn dossiers.first"),
    ],
)
def test_a_preset_that_is_wrong_is_told_by_its_place(
    tmp_path: Path, text: str, told: str
) -> None:
    path = tmp_path / "thu.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(ValueError, match=r"thu\.toml") as wrong:
        preset.read(path, read("electricity").usual)
    assert told in str(wrong.value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_preset_is_read_as_editors_and_shells_of_windows_write_it(
    tmp_path: Path, encoding: str
) -> None:
    path = tmp_path / "thu.toml"
    path.write_bytes(preset_text("electricity").replace("\n", "\r\n").encode(encoding))
    usual = read("electricity").usual
    assert preset.read(path, usual) == usual


def test_a_preset_in_an_old_encoding_is_told_to_be_saved_in_utf_8(
    tmp_path: Path,
) -> None:
    path = tmp_path / "thu.toml"
    path.write_bytes("[about]\nplace = 'Hà'\n".encode("cp1258"))
    with pytest.raises(ValueError, match=r"thu\.toml: .*hãy lưu lại với UTF-8"):
        preset.read(path, read("electricity").usual)


def test_the_shipped_preset_is_read_as_it_is_printed(tmp_path: Path) -> None:
    printed = run("preset", "--agency", "electricity")
    assert printed.exit_code == 0
    assert printed.stdout == preset_text("electricity")
    path = tmp_path / "thu.toml"
    path.write_text(printed.stdout, "utf-8")
    usual = read("electricity").usual
    assert preset.read(path, usual) == usual


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("requirement = 'DL-999'\nholds = true\nby = 'A'\non = 2026-03-10", "DL-999"),
        ("requirement = 'DL-309'\nholds = true\non = 2026-03-10", "thiếu by"),
        ("requirement = 'DL-309'\nholds = true\nby = 'A'\non = '10/3'", "on là ngày"),
        ("requirement = 'DL-309'\nholds = 1\nby = 'A'\non = 2026-03-10", "holds là"),
        ("requirement = 'DL-309'\nholds = true\nby = 'A'\non = 2026-03-11", "chưa đến"),
        ("requirment = 'DL-309'", "không có requirment"),
    ],
)
def test_an_attestation_that_is_wrong_is_told_by_its_row(
    tmp_path: Path, text: str, told: str
) -> None:
    path = tmp_path / "xac-nhan.toml"
    path.write_text(f"[[attest]]\n{text}\n", "utf-8")
    with pytest.raises(ValueError, match=r"xac-nhan\.toml: .* thứ 1") as wrong:
        attesting.read(path, read("electricity").requirements, date(2026, 3, 10))
    assert told in str(wrong.value)


def test_a_form_of_attestations_is_printed_and_read_once_it_is_filled_in(
    tmp_path: Path,
) -> None:
    kit, today = read("electricity"), date(2026, 3, 10)
    printed = run("attestations", "--agency", "electricity").stdout
    path = tmp_path / "xac-nhan.toml"
    path.write_text(printed, "utf-8")
    with pytest.raises(ValueError, match="không phải TOML"):
        attesting.read(path, kit.requirements, today)
    filled = re.sub(r"^holds = +#.*$", "holds = true", printed, flags=re.MULTILINE)
    filled = re.sub(r'^by = ""', 'by = "Bà Xác Nhận"', filled, flags=re.MULTILINE)
    filled = re.sub(r"^on = +#.*$", "on = 2026-03-09", filled, flags=re.MULTILINE)
    path.write_text(filled, "utf-8")
    words = attesting.read(path, kit.requirements, today)
    wanted = {row.number for row in kit.requirements.rows if row.how is How.ATTEST}
    assert words.keys() == wanted
    assert {one.by for one in words.values()} == {"Bà Xác Nhận"}


def test_a_requirement_that_is_attested_twice_is_refused(tmp_path: Path) -> None:
    row = "[[attest]]\nrequirement='DL-309'\nholds=true\nby='A'\non=2026-03-10\n"
    path = tmp_path / "xac-nhan.toml"
    path.write_text(row * 2, "utf-8")
    with pytest.raises(ValueError, match="thứ 2: DL-309 đã có ở trên"):
        attesting.read(path, read("electricity").requirements, date(2026, 3, 10))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (ROW * 2, "DL-1 có hai dòng"),
        (ROW.replace("DL-1", "XX-1"), "số bắt đầu bằng DL-"),
        (ROW.replace("must", "may"), "DL-1: "),
        (ROW.replace('en = "b"', ""), "thiếu hoặc thừa en"),
        ("", "thiếu prefix hoặc"),
    ],
)
def test_requirements_that_are_wrong_are_told_by_their_row(
    tmp_path: Path, text: str, told: str
) -> None:
    path = tmp_path / "requirements.toml"
    path.write_text(f'prefix = "DL"\n{text}', "utf-8")
    with pytest.raises(ValueError, match=r"requirements\.toml") as wrong:
        requirements.read(path)
    assert told in str(wrong.value)


def test_one_requirement_is_tried_alone_and_told_to_programs() -> None:
    result = run(
        *("run", "--agency", "electricity", "--role", "server"),
        *("--against", "mock", "--only", "DL-401", "--json"),
    )
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert [one["test"] for one in told["tests"]] == [
        "certificate",
        "a_dossier_is_one_request",
    ]
    assert told["overall"] == "passed"


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("--agency", "x", "--role", "server"), 1, "Chưa có bộ thử cho x"),
        (("--agency", "electricity", "--role", "both"), 1, "--role là server"),
        (("--agency", "electricity", "--role", "server"), 1, "--against là mock"),
        (
            *(("--agency", "electricity", "--role", "server", "--against", "mock"),),
            0,
            "Kết luận chung: đạt",
        ),
        (
            (
                *("--agency", "electricity", "--role", "server"),
                *("--against", "http://127.0.0.1:9"),
            ),
            2,
            "không kết nối được",
        ),
        (
            (
                *("--agency", "electricity", "--role", "server"),
                *("--against", "mock", "--only", "DL-000"),
            ),
            1,
            "Không có phép thử hay yêu cầu DL-000",
        ),
    ],
)
def test_a_run_says_what_it_found_by_its_exit_code(
    arguments: tuple[str, ...], code: int, told: str
) -> None:
    result = run("run", *arguments)
    assert result.exit_code == code, result.output
    assert told in result.output


def test_requirements_are_listed_with_their_tests_and_covered() -> None:
    listed = json.loads(run("list", "--agency", "electricity", "--json").stdout)
    by_number = {row["number"]: row for row in listed}
    assert by_number["DL-401"]["tests"] == ["a_dossier_is_one_request"]
    assert by_number["DL-309"]["tests"] == []
    covered = run("coverage", "--json")
    assert covered.exit_code == 0
    assert set(json.loads(covered.stdout)) >= {"electricity"}


def test_a_gap_in_the_coverage_is_an_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    def gaps(*_given: object) -> tuple[str, ...]:
        return ("DL-1: chưa có phép thử",)

    monkeypatch.setattr(requirements, "gaps", gaps)
    result = run("coverage")
    assert result.exit_code == 1
    assert "DL-1: chưa có phép thử" in result.output
