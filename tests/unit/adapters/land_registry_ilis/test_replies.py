"""Every answer of the document is known, and every known answer has a sample."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from gateway.adapters.land_registry.dialects import ILIS, VBDLIS
from gateway.adapters.land_registry.mapping import BODIES
from gateway.carriers.replies import Row
from gateway.domain.attempt import Outcome
from tests.unit.adapters.documents import names, section, tables
from tests.unit.adapters.land_registry_ilis.published import ENGLISH, SAMPLES

ALL = frozenset(ILIS.operations.values())
#: Samples of one row that stand beside the row's own.
FURTHER = {
    "reply.accepted_owed_again.json": "reply.accepted.json",
    "reply.accepted_paid.json": "reply.accepted.json",
    "reply.accepted.texts.json": "reply.accepted.json",
    "reply.session_ended.empty.http": "reply.session_ended.http",
    "reply.session_ended.unknown.http": "reply.session_ended.http",
}


def samples() -> list[Path]:
    found = sorted(SAMPLES.glob("reply.*"))
    assert found
    return found


def read(path: Path) -> tuple[int, dict[str, str], str]:
    """Status, fields and phrase of a sample: a JSON body, or a whole answer."""
    status, headers, body = 200, {}, path.read_text("utf-8")
    if path.suffix == ".http":
        head, _, body = body.partition("\n\n")
        first, *lines = head.split("\n")
        status = int(first.split()[1])
        headers = dict(line.split(": ", 1) for line in lines if line)
    fields = {"Retry-After": headers.get("Retry-After", "")}
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError:
        return status, fields, ""
    if "status" not in content:
        return status, fields, ""
    fields["data"] = str(content["data"])
    return status, fields, content["status"]["message"]


def operations_of(path: Path) -> frozenset[str]:
    """Operations that answer so: those of the rows that name the sample, else all."""
    named = FURTHER.get(path.name, path.name)
    rows = [row for row in ILIS.replies.rows if row.sample == named]
    assert rows, path.name
    return frozenset().union(*(row.operations or ALL for row in rows)) or ALL


@pytest.mark.parametrize("path", samples(), ids=lambda path: str(path.name))
def test_every_sample_matches_exactly_one_row(path: Path) -> None:
    status, fields, text = read(path)
    for operation in operations_of(path):
        rows = ILIS.replies.matching(operation, status, fields, text)
        assert len(rows) == 1, operation
        assert rows[0].sample == FURTHER.get(path.name, path.name)


def test_every_row_has_a_sample_that_it_matches() -> None:
    assert ILIS.replies.rows
    for row in ILIS.replies.rows:
        status, fields, text = read(SAMPLES / row.sample)
        for operation in row.operations or ALL:
            assert row in ILIS.replies.matching(operation, status, fields, text), row


def test_the_rows_are_those_of_the_first_page_but_for_names_and_who_is_let_in() -> None:
    there = VBDLIS.operations
    here = {there[kind]: name for kind, name in ILIS.operations.items()}

    def renamed(row: Row) -> Row:
        return replace(row, operations=frozenset(here[one] for one in row.operations))

    first = [renamed(r) for r in VBDLIS.replies.rows if r.code != "not_admitted"]
    rows = ILIS.replies.rows
    assert [row for row in rows if row.code != "not_admitted"] == first
    closed = [row for row in rows if row.code == "not_admitted"]
    assert [(row.http, row.outcome) for row in closed] == [
        (frozenset({401}), Outcome.NOT_DELIVERED),
        (frozenset({403}), Outcome.NOT_DELIVERED),
    ]
    words = dict(ILIS.replies.words())
    usual = dict(VBDLIS.replies.words())
    assert words.pop("not_admitted") != usual.pop("not_admitted")
    assert words == usual


def test_the_operations_are_those_of_the_document() -> None:
    rows = tables(section(ENGLISH, "9"))[0]
    told = {names(there)[0]: names(here)[0] for there, here, _, _ in rows}
    assert told == {
        VBDLIS.operations[kind]: name for kind, name in ILIS.operations.items()
    }
    assert BODIES.keys() == ILIS.traits.keys() == VBDLIS.traits.keys()


def test_both_dialects_do_the_same_with_each_kind_of_message() -> None:
    assert ILIS.traits == VBDLIS.traits
    assert ILIS.manifest["slots"] == VBDLIS.manifest["slots"]
    hosted = [[row["name"] for row in d.manifest["hosted"]] for d in (ILIS, VBDLIS)]
    assert hosted[0] == hosted[1]
    assert {row["secret"] for row in ILIS.manifest["hosted"]} == {"query:CodeGet"}


@pytest.mark.parametrize("operation", sorted(ALL))
@pytest.mark.parametrize("data", ["0", "2", "", "true"])
def test_a_phrase_that_nobody_knows_is_no_row_at_all(operation: str, data: str) -> None:
    told = ILIS.replies.classify(operation, 200, {"data": data}, "Thành công")
    assert told is None
