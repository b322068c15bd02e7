"""The pages for administrators: their commands exist, as do files, units and alerts."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer.main

from gateway.cli.commands import app
from gateway.domain.principal import Role
from gateway.wiring.access import ROLES

ROOT = Path(__file__).resolve().parents[2]
INSTALLING = ROOT / "docs" / "cai-dat.vi.md"
OPERATING = ROOT / "docs" / "van-hanh.vi.md"
KEEPING = (ROOT / "docs" / "sao-luu.vi.md", ROOT / "docs" / "postgresql.vi.md")
INSTALL = (ROOT / "deploy" / "install.sh").read_text("utf-8")
SHARE = "/opt/lienthong/current/share/"
#: Of the system, not ours.
SYSTEM = (
    *("cd", "cp", "df", "export", "install", "journalctl", "ln", "mkdir", "nft"),
    *(
        "nginx",
        "openssl",
        "printf",
        "rm",
        "sh",
        "sha256sum",
        "systemctl",
        "tar",
        "useradd",
    ),
)


def lines(page: Path) -> list[str]:
    blocks = re.findall(
        r"^```sh\n(.*?)^```", page.read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
    found = [line for block in blocks for line in block.splitlines() if line]
    assert len(found) > 10
    return found


LINES = list(
    dict.fromkeys(line for page in (INSTALLING, OPERATING) for line in lines(page))
)


KEPT = [
    line.strip()
    for page in KEEPING
    for block in re.findall(
        r"^ *```sh\n(.*?)^ *```", page.read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
    for line in block.splitlines()
]


def ours(line: str) -> list[str] | None:
    """The words after our program; None for one of the system's."""
    words = shlex.split(line.removeprefix("runuser -u lienthong -- "))
    return words[1:] if words[0].rpartition("/")[2] == "lienthong" else None


def called(line: str) -> tuple[Any, list[str], set[str]]:
    """The command of a line, the words after it, and the options that it knows."""
    words = ours(line) or []
    command: Any = typer.main.get_command(app)
    while hasattr(command, "commands") and words and words[0] in command.commands:
        command = command.commands[words.pop(0)]
    return command, words, {option for one in command.params for option in one.opts}


@pytest.mark.parametrize("line", [line for line in KEPT if ours(line) is not None])
def test_what_reads_keys_or_the_store_is_told_whose_settings(line: str) -> None:
    _, words, known = called(line)
    assert {word for word in words if word.startswith("--")} <= known
    # By default they look below the folder that one happens to be in.
    told = "--settings /etc/lienthong/gateway.toml" in " ".join(words)
    assert told == ("--settings" in known)


@pytest.mark.parametrize("line", [line for line in LINES if ours(line) is not None])
def test_a_command_is_read_with_its_options_by_the_command_line(line: str) -> None:
    command, words, known = called(line)
    asked = {word for word in words if word.startswith("--")}
    assert asked <= known | {"--help"}
    has_default = getattr(command, "invoke_without_command", True)
    assert asked == {"--version"} or not hasattr(command, "commands") or has_default


@pytest.mark.parametrize("line", [line for line in LINES if ours(line) is None])
def test_everything_else_is_of_the_system_or_lies_in_the_bundle(line: str) -> None:
    words = shlex.split(line)
    assert words[0] in SYSTEM
    for word in words:
        if word.startswith(SHARE):
            inside = word.removeprefix(SHARE)
            place = f"deploy/{inside}" if inside == "uninstall.sh" else inside
            assert (ROOT / place).exists(), word
    if words[:2] == ["sh", "install.sh"]:
        for option in words[2:]:
            assert f"    {option}) " in INSTALL
    if words[0] == "systemctl":
        for unit in words[1:]:
            if unit.startswith("lienthong"):
                name = unit if "." in unit else f"{unit}.service"
                assert (ROOT / "deploy" / "systemd" / name).is_file(), unit


def test_every_role_that_can_be_given_is_on_the_page() -> None:
    page = INSTALLING.read_text("utf-8")
    assert [role for role in ROLES if f"`{role}`" not in page] == []
    assert set(ROLES) == {role.value for role in Role} - {"officer"}


def test_every_alert_has_what_to_do() -> None:
    known = (ROOT / "docs" / "canh-bao.vi.md").read_text("utf-8")
    rows = re.findall(r"^\| ((?:`[a-z_]+`(?:, )?)+) \|", known, re.MULTILINE)
    kinds = {kind for row in rows for kind in re.findall(r"`([a-z_]+)`", row)}
    assert {"lane", "disk", "store"} <= kinds
    page = OPERATING.read_text("utf-8")
    assert [kind for kind in sorted(kinds) if f"`{kind}`" not in page] == []


@pytest.mark.parametrize("page", [INSTALLING, OPERATING], ids=lambda p: str(p.name))
def test_links_lead_to_pages_and_to_headings(page: Path) -> None:
    found = re.findall(r"\]\(([^)#]*)(?:#([^)]*))?\)", page.read_text("utf-8"))
    assert len(found) > 5
    for name, anchor in found:
        target = page.parent / name if name else page
        assert target.is_file(), name
        if anchor:
            heads = re.findall(r"^#+ (.+)$", target.read_text("utf-8"), re.MULTILINE)
            slugs = {
                re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-")
                for head in heads
            }
            assert anchor in slugs, anchor


def test_a_file_of_the_system_that_is_named_is_one_that_the_script_makes() -> None:
    page = INSTALLING.read_text("utf-8")
    for place in (
        "/etc/lienthong",
        "/var/lib/lienthong",
        "/usr/local/lib/systemd/system",
    ):
        assert f"`{place}`" in page
        assert place in INSTALL
