"""A finding with its line in a file; a file that is no TOML has one by itself."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.domain.unreadable import (
    NOT_UTF_8,
    SAVE_AS_UTF_8,
    toml_line,
    toml_words,
)
from gateway.routing.finding import Finding
from gateway.wiring.files import text_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Located:
    """A finding with its place in a file."""

    file: str
    line: int
    finding: Finding


def no_toml(file: Path) -> Iterable[Located]:
    """Why a file cannot be read: nothing else can be told before it can."""
    try:
        tomllib.loads(text_of(file))
    except UnicodeDecodeError as wrong:
        before = file.read_bytes()[: wrong.start]
        line = before.count(b"\n") + 1
        yield _unread(file, line, NOT_UTF_8, SAVE_AS_UTF_8)
    except tomllib.TOMLDecodeError as wrong:
        last = text_of(file).count("\n") + 1
        yield _unread(file, toml_line(wrong) or last, *toml_words(wrong))


def _unread(file: Path, line: int, why: str, todo: str) -> Located:
    return Located(str(file), line, Finding((), f"Tệp không đọc được: {why}", todo))
