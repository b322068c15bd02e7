"""The page about reports: its commands exist, its definitions are those that are printed."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer.main

from gateway.cli.commands import app
from gateway.reports.definitions import DEFINITIONS

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "bao-cao.vi.md").read_text("utf-8")
PROGRAM = "lienthong "
COMMANDS = [
    line
    for block in re.findall(r"^```sh\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    for line in block.splitlines()
]


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_is_read_with_its_options_by_the_command_line(line: str) -> None:
    assert line.startswith(PROGRAM)
    words = shlex.split(line.removeprefix(PROGRAM))
    command: Any = typer.main.get_command(app)
    name = "lienthong"
    while hasattr(command, "commands"):
        name = words.pop(0)
        command = command.commands[name]
    command.make_context(name, words)


def test_every_command_about_reports_is_shown() -> None:
    report: Any = typer.main.get_command(app)
    shown = {line.split()[2] for line in COMMANDS if line.split()[1] == "report"}
    assert shown == set(report.commands["report"].commands)


@pytest.mark.parametrize("of", DEFINITIONS)
def test_a_definition_is_the_one_that_is_printed(of: str) -> None:
    assert f"- {DEFINITIONS[of]}\n" in PAGE


def test_the_content_of_a_one_stop_is_json() -> None:
    (block,) = re.findall(r"^```json\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    (row,) = json.loads(block)["counts"]
    assert {"unit", "received", "early", "on_time", "late"} <= set(row)
