"""A command line, what it is asked and where its output goes; in Vietnamese."""

import asyncio
import os
import re
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from typer import BadParameter
from typer.main import get_command

from gateway.cli import parsing
from gateway.cli.commands import app
from gateway.cli.frame import sure
from tests.journeys.commands import lienthong, start


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["find"], "thiếu wanted. Xem cách dùng: lienthong find --help"),
        (["khong-co"], "không có lệnh khong-co"),
        (["health", "--khong-co"], "không có tùy chọn --khong-co"),
        (["health", "a"], "thừa: a"),
        (["fortnight", "--dossiers", "x"], "--dossiers: cần một số nguyên"),
        (["mock", "run", "--port", "99999"], "--port: nhiều nhất là 65535"),
        (["bulk", "start", "x", "--reason", "r"], "action: chỉ nhận resend, cancel"),
        (["lane", "stop", "--reason"], "--reason cần một giá trị đi sau"),
        (["health", "--json=1"], "--json không nhận giá trị"),
    ],
)
async def test_a_command_line_that_cannot_be_read_is_told_of_in_vietnamese(
    tmp_path: Path, given: list[str], words: str
) -> None:
    ran = await lienthong(*given, run_dir=tmp_path, columns=300)
    assert ran.code == 2
    assert words in ran.err
    assert not re.search(r"Usage|Error|Missing|Invalid|Try '", ran.err)


async def test_a_file_that_may_not_be_read_is_told_of_in_vietnamese(
    tmp_path: Path,
) -> None:
    wrong = BadParameter(f"File '{tmp_path}' is not readable.", param_hint="--settings")
    said = parsing.told(wrong)
    assert "--settings: không có quyền đọc" in said


async def test_a_reader_that_has_seen_enough_is_no_error(tmp_path: Path) -> None:
    process = await start("health", "--help", run_dir=tmp_path)
    assert process.stdout
    assert process.stderr
    process.stdout._transport.close()  # type: ignore[attr-defined]
    said = await process.stderr.read()
    assert await process.wait() in {0, 1}
    assert said == b""


async def test_output_that_cannot_be_written_is_told_of_in_words() -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    try:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "gateway", "--version"),
            stdout=full,
            stderr=asyncio.subprocess.PIPE,
        )
    finally:
        os.close(full)
    _, said = await process.communicate()
    assert process.returncode == 1
    assert "đĩa đã đầy" in said.decode()
    assert b"Exception ignored" not in said


async def test_a_locale_without_vietnamese_letters_hinders_nobody(
    tmp_path: Path,
) -> None:
    ran = await lienthong("find", run_dir=tmp_path, PYTHONIOENCODING="ascii")
    assert "thiếu wanted" in ran.err


@pytest.mark.parametrize(
    ("typed", "goes_on"), [("c\n", True), ("Có\n", True), ("k\n", False), ("", False)]
)
def test_a_question_without_a_yes_is_a_no(
    monkeypatch: pytest.MonkeyPatch, typed: str, goes_on: bool
) -> None:
    monkeypatch.setattr("sys.stdin", StringIO(typed))
    assert sure("Làm?") is goes_on


@pytest.mark.parametrize("given", [["--help"], ["key"], ["backup", "--help"]])
async def test_help_is_framed_in_vietnamese(tmp_path: Path, given: list[str]) -> None:
    ran = await lienthong(*given, run_dir=tmp_path, columns=200)
    said = ran.out + ran.err
    assert "Cách dùng: lienthong" in said
    assert "Xem cách dùng." in said
    assert not re.search(
        r"Usage|Options|Arguments|Commands|OPTIONS|ARGS|required|default|Show this",
        said,
    )


def commands() -> Iterator[tuple[str, Any]]:
    """Every command by its words."""

    def below(words: str, command: Any) -> Iterator[tuple[str, Any]]:
        yield words, command
        for name, one in getattr(command, "commands", {}).items():
            yield from below(f"{words} {name}", one)

    return below("lienthong", get_command(app))


def test_no_help_has_what_would_be_taken_for_markup_and_not_shown() -> None:
    found = dict(commands())
    assert len(found) > 100
    told = {
        words: [command.help or "", *(getattr(p, "help", "") for p in command.params)]
        for words, command in found.items()
    }
    assert [
        words
        for words, texts in told.items()
        if any(re.search(r"\[/?[a-z_.]+\]", text or "") for text in texts)
    ] == []
