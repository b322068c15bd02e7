"""Both READMEs promise the same, and nothing that is not there."""

import re
import subprocess
from pathlib import Path

import pytest
import typer.main

from gateway.cli.commands import app

ROOT = Path(__file__).resolve().parents[2]
ENGLISH = ROOT / "README.md"
VIETNAMESE = ROOT / "README.vi.md"
READMES = (ENGLISH, VIETNAMESE)
each_readme = pytest.mark.parametrize(
    "readme", READMES, ids=lambda path: str(path.name)
)


def commands(readme: Path) -> list[str]:
    """The lines of all shell blocks without their comments, in order."""
    blocks = re.findall(
        r"^```sh\n(.*?)^```", readme.read_text(), flags=re.DOTALL | re.MULTILINE
    )
    lines = [
        line.split("#")[0].strip() for block in blocks for line in block.splitlines()
    ]
    found = [line for line in lines if line]
    assert found, f"{readme.name} documents no command"
    return found


def started_with(readme: Path, program: str) -> list[list[str]]:
    found = [line.split() for line in commands(readme)]
    wanted = [words[1:] for words in found if words[0] == program]
    assert wanted, f"{readme.name} does not show {program}"
    return wanted


def is_command(words: list[str]) -> bool:
    """Whether the command line knows these words as a command, not only a group."""
    command = typer.main.get_command(app)
    for word in words:
        children = getattr(command, "commands", None)
        if children is None:
            return True
        if word not in children:
            return False
        command = children[word]
    return not hasattr(command, "commands")


def test_both_readmes_show_the_same_commands_in_the_same_order() -> None:
    assert commands(ENGLISH) == commands(VIETNAMESE)


def test_both_readmes_have_the_same_parts() -> None:
    levels = [
        re.findall(r"^#+(?= )", path.read_text(), flags=re.MULTILINE)
        for path in READMES
    ]
    assert levels[0]
    assert levels[0] == levels[1]


def test_every_command_shown_starts_with_something_that_the_project_has() -> None:
    assert {line.split()[0] for line in commands(ENGLISH)} <= {
        "make",
        ".venv/bin/lienthong",
    }


def test_every_make_command_shown_is_one_that_make_knows() -> None:
    for words in started_with(ENGLISH, "make"):
        done = subprocess.run(
            ["make", "--dry-run", *words],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
        assert done.returncode == 0, f"make {' '.join(words)}: {done.stderr}"


def test_every_target_that_a_person_calls_is_shown() -> None:
    targets = set(
        re.findall(
            r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(), flags=re.MULTILINE
        )
    )
    assert targets == {words[0] for words in started_with(ENGLISH, "make")}


def test_every_lienthong_command_shown_is_one_that_the_command_line_knows() -> None:
    shown = started_with(ENGLISH, ".venv/bin/lienthong")
    assert [words for words in shown if not is_command(words)] == []


def test_a_command_that_does_not_exist_would_be_found() -> None:
    assert not is_command(["dossier", "no-such-command"])
    assert not is_command(["dossier"])


@each_readme
def test_every_link_leads_to_something(readme: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", readme.read_text())
    assert links, f"{readme.name} links nothing"
    own = [link for link in links if "://" not in link]
    assert [link for link in own if not (ROOT / link).exists()] == []
