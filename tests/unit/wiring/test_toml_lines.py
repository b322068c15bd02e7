"""Lines of TOML files: each key has the line on which it stands."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from gateway.wiring.toml_lines import line_at, lines_of

ROOT = Path(__file__).parents[3]
FILES = [
    *sorted((ROOT / "config").rglob("*.toml")),
    *sorted((ROOT / "gateway").rglob("*.toml")),
    ROOT / "pyproject.toml",
]
TEXT = '''\
# a comment with [[brackets]] and "quotes"
top = 1

[plain]
"quoted.key" = "a # no comment ] }"   # one ]
list = [
    "x",   # ] no end
    { inner = 1 },
]
text = """
[[none]]
key = "inside" \\""" still """""
raw = \'\'\'
not = here
\'\'\'
dotted.deep."e = f" = 2

[[many]]
a = 1
[many.below]
b = 2
[[many.rows]]
c = 3
[[many.rows]]
c = 4

[[many]]
[[many.rows]]
c = 5
last = {x = 1, y = 2}'''


def places(value: Any, where: tuple[str | int, ...] = ()) -> Iterable[Any]:
    """Each table and key, but what a list of plain values or an inline table holds."""
    yield where
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from places(inner, (*where, key))
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        for i, inner in enumerate(value):
            yield from places(inner, (*where, i))


def test_every_key_has_its_line() -> None:
    assert tomllib.loads(TEXT)["plain"]["text"].endswith('still ""')
    assert lines_of(TEXT) == {
        (): 1,
        ("top",): 2,
        ("plain",): 4,
        ("plain", "quoted.key"): 5,
        ("plain", "list"): 6,
        ("plain", "text"): 10,
        ("plain", "raw"): 13,
        ("plain", "dotted"): 16,
        ("plain", "dotted", "deep"): 16,
        ("plain", "dotted", "deep", "e = f"): 16,
        ("many", 0): 18,
        ("many", 0, "a"): 19,
        ("many", 0, "below"): 20,
        ("many", 0, "below", "b"): 21,
        ("many", 0, "rows", 0): 22,
        ("many", 0, "rows", 0, "c"): 23,
        ("many", 0, "rows", 1): 24,
        ("many", 0, "rows", 1, "c"): 25,
        ("many", 1): 27,
        ("many", 1, "rows", 0): 28,
        ("many", 1, "rows", 0, "c"): 29,
        ("many", 1, "rows", 0, "last"): 30,
    }


def test_what_has_no_line_of_its_own_has_that_of_what_it_stands_in() -> None:
    lines = lines_of(TEXT)
    assert line_at(lines, ("plain", "list", 1, "inner")) == 6
    assert line_at(lines, ("many", 1, "rows", 0, "last", "y")) == 30
    assert line_at(lines, ("many", 0, "missing")) == 18
    assert line_at(lines, ("nowhere",)) == 1


@pytest.mark.parametrize("file", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_key_of_a_real_file_is_missed_or_made_up(file: Path) -> None:
    text = file.read_text("utf-8")
    found, whole = lines_of(text), tomllib.loads(text)
    real = set(places(whole))
    assert set(found) <= real
    rows = text.splitlines()
    for where in real:
        line = line_at(found, where)
        name = next((str(p) for p in reversed(where) if isinstance(p, str)), "")
        # Inline tables and lists have the line of their key.
        if where in found and name:
            assert name in rows[line - 1], where
