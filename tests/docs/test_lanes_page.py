"""The page about lanes: its commands exist, its configuration is read, its words are ours."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import pytest
import typer.main

from gateway.cli.commands import app
from gateway.console import labels
from gateway.domain.lane import LaneState
from gateway.routing.hours import read_hours

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "lan-gui.vi.md").read_text("utf-8")
PROGRAM = "lienthong "


def blocks(language: str) -> list[str]:
    found = re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    assert found, f"the page shows no {language}"
    return found


COMMANDS = [line for block in blocks("sh") for line in block.splitlines()]


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_is_read_with_its_options_by_the_command_line(line: str) -> None:
    assert line.startswith(PROGRAM)
    words = shlex.split(line.removeprefix(PROGRAM))
    command: Any = typer.main.get_command(app)
    name = "lienthong"
    while hasattr(command, "commands"):
        name = words.pop(0)
        command = command.commands[name]
    # Whatever it does not know, or misses, is an error here.
    command.make_context(name, words)


def test_the_hours_shown_are_hours() -> None:
    (shown,) = blocks("toml")
    assert len(read_hours(tomllib.loads(shown)["office"]["hours"])) == 3


@pytest.mark.parametrize("state", [one for one in LaneState if one != "shadow"])
def test_every_state_of_a_lane_is_explained_in_the_words_that_people_see(
    state: LaneState,
) -> None:
    assert f"| {labels.LANES[state]} |" in PAGE
