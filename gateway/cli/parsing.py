"""A command line that cannot be read, in words; the parser speaks English."""

from __future__ import annotations

import os
import re
import sys
from io import TextIOWrapper
from typing import TYPE_CHECKING, NoReturn

from typer.exceptions import Abort, TyperException
from typer.main import get_command

from gateway.cli.help_words import frame
from gateway.cli.show import errors
from gateway.cli.unfit import Unfit, wanted
from gateway.domain.system_words import system_words

if TYPE_CHECKING:
    import typer

#: What the parser says → what it means; what is quoted is what was typed.
_SAYS = (
    (r"No such command (.+?)\.?", "không có lệnh {}"),
    (r"No such option: (\S+).*", "không có tùy chọn {}"),
    (r"Got unexpected extra argument\(s\) \((.*)\)", "thừa: {}"),
    (r"Option (\S+) requires .*", "tùy chọn {} cần một giá trị đi sau"),
    (r"Option (\S+) does not take a value\.", "tùy chọn {} không nhận giá trị"),
    (r"Argument (\S+) takes .*", "{} cần nhiều giá trị hơn"),
    (r"Missing command\.", "chưa ghi lệnh nào"),
    (r"Missing \S+ (.+?)\..*", "thiếu {}"),
)
_PARAMETER = re.compile(r"Invalid value for (.+?): ", re.DOTALL)
_STOPPED = "Đã dừng, chưa làm gì: không có trả lời."
#: What the parser finds wrong with a path → what it means.
_PATHS = {
    "does not exist": "không có tệp hay thư mục này",
    "is not readable": "không có quyền đọc; chạy bằng tài khoản có quyền",
    "is not writable": "không có quyền ghi; chạy bằng tài khoản có quyền",
    "is a file": "đây là tệp, cần thư mục",
    "is a directory": "đây là thư mục, cần tệp",
}
_CHOICES = re.compile(r"is not one of (.*?)\.?$", re.DOTALL)
PROGRAM = "lienthong"
STOPPED, UNREADABLE = 1, 2


def run(app: typer.Typer) -> NoReturn:
    """Run the command line to its exit code."""
    _speak_utf_8()
    try:
        command = get_command(app)
        frame(command)
        code = command(prog_name=PROGRAM, standalone_mode=False)
        if sys.stdout:
            sys.stdout.flush()  # what fails at the very end would fail in English
        sys.exit(code)
    except BrokenPipeError:  # who read the output has seen enough
        _hush()
        sys.exit(STOPPED)
    except OSError as wrong:
        _hush()
        errors.print(f"Không ghi được kết quả: {system_words(wrong)}.", markup=False)
        sys.exit(STOPPED)
    except Abort:
        errors.print(_STOPPED, style="red", markup=False)
        sys.exit(STOPPED)
    except TyperException as wrong:
        said = told(wrong)
        if said:
            errors.print(said, style="red", markup=False)
        sys.exit(UNREADABLE)


def _speak_utf_8() -> None:
    """Whatever the locale says: no other encoding of today has all letters."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def _hush() -> None:
    """Send what is left of the output nowhere, so that the end does not fail again."""
    if sys.stdout:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def told(wrong: TyperException) -> str:
    """What is wrong, and where the right way is; empty where the help was shown."""
    context = getattr(wrong, "ctx", None)
    if type(wrong).__name__ == "NoArgsIsHelpError":
        return ""
    command = context.command_path if context else PROGRAM
    return f"Dòng lệnh sai: {_why(wrong)}. Xem cách dùng: {command} --help"


def _why(wrong: TyperException) -> str:
    said = str(getattr(wrong, "format_message", wrong.__str__)())
    where = _PARAMETER.match(said)
    if where:
        return f"{_plain(where[1])}: {_misfit(wrong, said)}"
    for pattern, words in _SAYS:
        found = re.fullmatch(pattern, said, re.DOTALL)
        if found:
            return words.format(*map(_plain, found.groups()))
    return "không đọc được"


def _misfit(wrong: TyperException, said: str) -> str:
    """What would fit; what was typed is not repeated."""
    choices = _CHOICES.search(said)
    if choices:
        return f"chỉ nhận {_plain(choices[1])}"
    for end, words in _PATHS.items():
        if said.rstrip(".").endswith(end):
            return words
    unfit = wrong.__cause__
    if isinstance(unfit, Unfit):
        return "; ".join(wanted(one) for one in unfit.errors())
    return "giá trị không hợp lệ"


def _plain(quoted: str) -> str:
    return quoted.replace("'", "")
