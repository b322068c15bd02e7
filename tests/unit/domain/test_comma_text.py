"""No cell of a file that people open becomes a formula, whatever others typed."""

from __future__ import annotations

import csv
import io

import pytest

from gateway.domain.comma_text import comma_text

ATTACKS = (
    '=HYPERLINK("http://x","y")',
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "  =1",
    "\u00a0=1",
    "\ufeff=1",
    "%0A=1",
    "|calc",
    "\0=1",
)


def cells(content: bytes) -> list[list[str]]:
    text = content.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_formula_stays_text(attack: str) -> None:
    ((cell, other),) = cells(comma_text([[attack, "b"]]))
    assert cell.startswith("'")
    assert cell[1:] == attack.replace("\0", "")
    assert other == "b"


def test_what_is_no_formula_is_as_it_was() -> None:
    row = ["Nguyễn Văn A", 'nói "vâng"; rồi thôi', "hai\ndòng", "", "7=8", "a-b"]
    assert cells(comma_text([row])) == [row]


def test_programs_know_the_letters_by_the_mark() -> None:
    assert comma_text([["Đ"]]).startswith(b"\xef\xbb\xbf")
