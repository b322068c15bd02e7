"""Help and tables for people: words of theirs, readable on a narrow screen, too."""

from __future__ import annotations

import re
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import typer
from typer.testing import CliRunner

from gateway.cli import processes, show
from gateway.cli.processes import Settings
from gateway.cli.show import Screen
from tests.journeys.commands import lienthong

if TYPE_CHECKING:
    from collections.abc import Callable

DEFAULT = Path("config/gateway.toml")
HEADINGS = ["Mã đơn vị", "Tình trạng", "Khóa", "Việc tiếp theo"]
ROW = ("land-mau-1", "đang thay khóa, khóa đầu đang dùng", "k_0123456789", "Chờ")


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], list[str]]:
    def at(width: int) -> list[str]:
        out = StringIO()
        screen = Screen(file=out, width=width, highlight=False, markup=False)
        monkeypatch.setattr(show, "console", screen)
        show.table("Khóa của đơn vị", HEADINGS, [ROW, ROW])
        show.pairs([("Trạng thái hiện trên cổng của đơn vị", ROW[1]), ("Trống", "")])
        return out.getvalue().splitlines()

    return at


def test_a_table_without_room_for_its_words_is_told_line_by_line(
    shown: Callable[[int], list[str]],
) -> None:
    """Words were broken into single signs under each other."""
    lines = shown(40)
    assert lines.count("Mã đơn vị: land-mau-1") == 2
    assert "Khóa: k_0123456789" in lines
    assert all(len(line) <= 40 for line in lines)
    assert not re.search("[│┃]", "".join(lines))
    words = set(" ".join(lines).split())
    assert words >= {"Tình", *ROW[1].split()}


def test_a_screen_with_room_has_a_table(shown: Callable[[int], list[str]]) -> None:
    assert any("│" in line for line in shown(100))


async def test_help_names_what_an_option_takes_in_vietnamese(tmp_path: Path) -> None:
    for words, kind in (
        ("serve", "<đường dẫn>"),
        ("find", "<chữ>"),
        ("fortnight", "số"),
    ):
        ran = await lienthong(words, "--help", run_dir=tmp_path, columns=120)
        assert kind in ran.out
        assert not re.search(r"<(path|str|bool|int|float|list)", ran.out), words


@pytest.fixture
def used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Which settings a command takes in an empty folder of a machine."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(processes, "INSTALLED", tmp_path / "etc.toml", raising=False)
    app = typer.Typer()

    @app.command()
    def tell(settings: Settings = DEFAULT) -> None:
        typer.echo(settings)

    return lambda *typed: Path(CliRunner().invoke(app, typed).output.strip())


def test_an_installation_is_found_from_any_folder(used: Callable[..., Path]) -> None:
    assert used() == DEFAULT
    installed = Path("etc.toml").absolute()
    installed.touch()
    assert used() == installed
    assert used("--settings", str(DEFAULT)) == DEFAULT
    DEFAULT.parent.mkdir()
    DEFAULT.touch()
    assert used() == DEFAULT


async def test_help_says_where_the_settings_are_looked_for(tmp_path: Path) -> None:
    ran = await lienthong("serve", "--help", run_dir=tmp_path, columns=160)
    assert "/etc/lienthong/gateway.toml" in ran.out


async def test_a_folder_and_a_calendar_without_anything_are_not_called_valid(
    tmp_path: Path,
) -> None:
    (tmp_path / "gateway.toml").touch()
    ran = await lienthong("config", "check", tmp_path, run_dir=tmp_path, columns=300)
    assert (ran.code, "không có tệp cấu hình nào" in ran.err) == (1, True)
    assert "hợp lệ" not in ran.out
    (tmp_path / "2027.toml").write_text("# chưa ghi\n", "utf-8")
    file = tmp_path / "2027.toml"
    ran = await lienthong("calendar", "check", file, run_dir=tmp_path, columns=300)
    assert (ran.code, "không có gì" in ran.err) == (1, True)
    assert "hợp lệ" not in ran.out
