"""What the linter says of a province's own communes: one broken list per finding."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from gateway.wiring.checking import check_folder
from gateway.wiring.located import Located

CONFIG = Path(__file__).parents[3] / "config"
DAY = date(2026, 8, 1)
AREAS = "areas/communes.toml"
ONE = 'code = "99101"\nname = "Xã Mẫu Một"\nfrom = 2025-07-01\n'
NATIONAL = 'include = "quốc gia"\nprovince = "96"\n\n'


def commune(code: str, since: str, until: str = "") -> str:
    last = f"to = {until}\n" if until else ""
    return f'\n[[commune]]\ncode = "{code}"\nname = "Xã Thử"\nfrom = {since}\n{last}'


def change(old: str, on: str, *new: str) -> str:
    codes = ", ".join(f'"{code}"' for code in new)
    return f'\n[[change]]\nold = "{old}"\non = {on}\nnew = [{codes}]\n'


def found(
    folder: Path, *, more: str = "", one: str = ONE, head: str = ""
) -> list[Located]:
    """Findings about the list, with more rows or another row of one commune."""
    shutil.copytree(CONFIG, folder)
    path = folder / AREAS
    text = path.read_text("utf-8")
    assert ONE in text
    path.write_text(head + text.replace(ONE, one) + more, "utf-8")
    return [one for one in check_folder(folder, DAY) if one.file.endswith(AREAS)]


def line_of(folder: Path, at: int) -> str:
    return (folder / AREAS).read_text("utf-8").splitlines()[at - 1]


@pytest.mark.parametrize(
    ("more", "line", "what"),
    [
        (
            commune("99101", "2026-01-01"),
            "[[commune]]",
            "Mã xã 99101 có hai dòng cùng dùng ngày 01/01/2026",
        ),
        (
            commune("99201", "2026-01-01", "2025-01-01"),
            "to = 2025-01-01",
            "Mã xã 99201: to trước from",
        ),
        (
            change("99012", "2025-07-01", "99101"),
            'old = "99012"',
            "Xã cũ 99012 có hai dòng thay đổi ngày 01/07/2025",
        ),
        (
            change("99104", "2026-01-01", "99105"),
            "on = 2026-01-01",
            "danh mục vẫn ghi xã này còn dùng",
        ),
        (
            change("99101", "2025-07-01", "99102"),
            "on = 2025-07-01",
            "Trước ngày 01/07/2025 không có xã nào mang mã 99101",
        ),
        (
            commune("99201", "2004-07-01", "2025-12-31")
            + change("99201", "2026-01-01"),
            "new = []",
            "Xã cũ 99201 không đổi thành xã nào",
        ),
        (
            commune("99201", "2004-07-01", "2025-12-31")
            + change("99201", "2026-01-01", "99011"),
            'new = ["99011"]',
            "ngày 01/01/2026 không có xã mang mã 99011",
        ),
    ],
)
def test_a_list_that_contradicts_itself_is_refused_at_its_line(
    tmp_path: Path, more: str, line: str, what: str
) -> None:
    folder = tmp_path / "config"
    (one,) = found(folder, more=more)
    assert what in one.finding.what
    assert not one.finding.warning
    assert line_of(folder, one.line) == line


@pytest.mark.parametrize(
    ("more", "what"),
    [
        (
            commune("99201", "2004-07-01", "2025-12-31"),
            "Mã xã 99201 hết dùng từ 01/01/2026 mà không ghi đã thành xã nào",
        ),
        (
            commune("99201", "2025-07-01", "2026-08-31")
            + commune("99201", "2026-10-01"),
            "Mã xã 99201 hết dùng từ 01/09/2026",
        ),
        (change("98765", "2025-07-01", "99101"), "Danh mục không có xã cũ 98765"),
    ],
)
def test_days_on_which_a_code_means_nothing_are_told(
    tmp_path: Path, more: str, what: str
) -> None:
    told = found(tmp_path / "config", more=more)
    assert [what in one.finding.what for one in told if one.finding.warning] == [True]


def test_a_code_that_is_used_again_the_next_day_is_in_order(tmp_path: Path) -> None:
    more = commune("99201", "2004-07-01", "2025-12-31")
    more += commune("99201", "2026-01-01") + change("99201", "2026-01-01", "99201")
    told = found(tmp_path / "config", more=more)
    assert [one.finding.what for one in told] == []


def test_a_row_that_clashes_with_the_national_list_is_told_at_its_line(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "config"
    told = found(folder, more=commune("31825", "2026-01-01"), head=NATIONAL)
    (one,) = [o for o in told if "31825" in o.finding.what]
    assert "hai dòng cùng dùng ngày 01/01/2026" in one.finding.what
    assert line_of(folder, one.line) == "[[commune]]"


def test_a_row_in_place_of_a_national_one_clashes_with_nothing(tmp_path: Path) -> None:
    told = found(
        tmp_path / "config", more=commune("31825", "2025-07-01"), head=NATIONAL
    )
    assert [one.finding.what for one in told if "31825" in one.finding.what] == []


def test_no_finding_is_in_the_words_of_a_program(tmp_path: Path) -> None:
    more = commune("99101", "2026-01-01")
    (one,) = found(tmp_path / "config", more=more)
    assert "meanings" not in one.finding.what
