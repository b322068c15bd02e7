"""The page about the calendar: its commands exist, its file is right and whole."""

from __future__ import annotations

import re
import shlex
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import typer.main

from gateway.calendar.checking import check_year
from gateway.calendar.fault import ROWS
from gateway.calendar.telling import prediction_note
from gateway.calendar.working_time import working_time
from gateway.cli.commands import app
from gateway.wiring.calendars import offices_of
from gateway.wiring.files import read_folder

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "lich-lam-viec.vi.md").read_text("utf-8")
PROGRAM = "lienthong "
BLOCKS = dict.fromkeys(("sh", "toml"), "")
for language, text in re.findall(
    r"^```(\w+)\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE
):
    BLOCKS[language] += text


@pytest.mark.parametrize("line", BLOCKS["sh"].splitlines())
def test_every_command_is_read_with_its_options_by_the_command_line(line: str) -> None:
    assert line.startswith(PROGRAM)
    words = shlex.split(line.removeprefix(PROGRAM))
    command: Any = typer.main.get_command(app)
    name = "lienthong"
    while hasattr(command, "commands"):
        name = words.pop(0)
        command = command.commands[name]
    command.make_context(name, words)


def test_the_file_shown_has_every_table_and_nothing_wrong() -> None:
    table = tomllib.loads(BLOCKS["toml"])
    assert table.keys() == {*ROWS, "weekend"}
    offices = offices_of(read_folder(ROOT / "config"))
    assert [one for one in check_year("2026", table, offices) if not one.warning] == []


def test_every_key_of_a_file_is_explained() -> None:
    explained = PAGE.split("| mục | nghĩa là |")[1].split("\n\n")[0]
    for name in ROWS:
        assert f"| `[[{name}]]` |" in explained
    keys = {key for needed, others in ROWS.values() for key in needed | others}
    assert {key for key in keys if f"`{key}`" not in PAGE} == {"name"}


def test_what_is_said_of_a_year_without_data_is_what_the_page_quotes() -> None:
    note = prediction_note(
        working_time({"2026": {}}), date(2026, 12, 1), date(2027, 1, 4)
    )
    assert f"*{note}*" in PAGE
