"""``docs/security.md``: every row is attacked or says why not, and names only what there is."""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tests.attack.page import BEGIN, END, PAGE, ROOT, rows
from tests.syntax import tree_of

ROWS = range(1, 35)
#: Distinct (row, technique, entry point) below which the page says too little.
LEAST = 250


@cache
def functions(path: Path) -> frozenset[str]:
    """Names of the tests that a file defines."""
    tree = tree_of(path.read_text("utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(one.name for one in ast.walk(tree) if isinstance(one, kinds))


def section(number: int) -> str:
    """What the page says of a row."""
    text = PAGE.read_text("utf-8")
    inside = text[text.index(BEGIN) : text.index(END)]
    return inside.partition(f"### {number}. ")[2].partition("\n### ")[0]


def test_the_page_is_what_its_rows_and_attacks_make() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "tests.attack.page", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-500:]


def test_every_row_of_the_checklist_is_there_once() -> None:
    assert [row["number"] for row in rows()] == list(ROWS)


@pytest.mark.parametrize("number", ROWS)
def test_a_row_is_attacked_or_says_why_not(number: int) -> None:
    told = section(number)
    assert ("| technique |" in told) != ("**Not attacked:**" in told)


@pytest.mark.parametrize("number", ROWS)
def test_a_test_that_a_row_names_is_there(number: int) -> None:
    (row,) = [one for one in rows() if one["number"] == number]
    for named in row.get("tests", ()):
        path, _, name = named.partition("::")
        assert (ROOT / path).is_file(), named
        assert not name or name in functions(ROOT / path), named


def test_there_are_as_many_attacks_as_the_page_needs() -> None:
    line = next(
        one for one in PAGE.read_text("utf-8").splitlines() if "attacks (row" in one
    )
    assert int(line.split()[0]) >= LEAST
