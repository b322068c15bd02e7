"""Every answer of the document has one row, and every row an answer that shows it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from gateway.adapters.one_stop.adapter import OPERATION, REPLIES
from gateway.adapters.one_stop.reading import fields_of
from gateway.domain.attempt import Outcome
from tests.unit.adapters.one_stop.counterpart import ROOT, SAMPLES

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.carriers.replies import Row

ANSWERS = sorted((SAMPLES / "answers").glob("*.json"))
UNRECOGNISED = sorted((SAMPLES / "answers" / "unrecognised").glob("*.json"))
DOCUMENT = (ROOT / "docs" / "agencies" / "one_stop.md").read_text("utf-8")


def rows_of(path: Path) -> tuple[Row, ...]:
    shown: dict[str, Any] = json.loads(path.read_text("utf-8"))
    asks = bool(shown["retry_after"])
    fields = fields_of(shown["body"].encode(), "t-0005", asks_to_wait=asks)
    return REPLIES.matching(OPERATION, shown["http"], fields, shown["body"])


@pytest.mark.parametrize("path", ANSWERS, ids=lambda path: path.stem)
def test_each_sample_answer_fits_exactly_the_row_that_names_it(path: Path) -> None:
    (row,) = rows_of(path)
    assert row.sample == f"answers/{path.name}"


def test_each_row_has_a_sample_of_its_own() -> None:
    assert len(ANSWERS) > 10
    assert sorted(row.sample for row in REPLIES.rows) == [
        f"answers/{path.name}" for path in ANSWERS
    ]


@pytest.mark.parametrize("path", UNRECOGNISED, ids=lambda path: path.stem)
def test_what_no_row_knows_is_no_success(path: Path) -> None:
    assert rows_of(path) == ()


def test_success_is_said_in_three_ways_only() -> None:
    good = {Outcome.DELIVERED, Outcome.DUPLICATE}
    found = [row.sample for row in REPLIES.rows if row.outcome in good]
    assert sorted(found) == [
        "answers/received_200.json",
        "answers/received_204.json",
        "answers/repeated.json",
    ]


def test_every_problem_code_of_the_document_is_known() -> None:
    schema = json.loads((SAMPLES.parent / "webhook-problem.json").read_text("utf-8"))
    codes = set(schema["properties"]["code"]["enum"])
    assert codes
    known = {
        value
        for row in REPLIES.rows
        for name, values in row.fields
        for value in values
        if name == "code"
    }
    assert codes - known == {"signature_invalid"}  # by its status alone
    for code in codes - {"signature_invalid"}:
        assert code in DOCUMENT
