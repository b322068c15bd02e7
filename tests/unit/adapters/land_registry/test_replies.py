"""Every answer of the document is known, and every known answer has a sample."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from gateway.adapters.land_registry.dialects import VBDLIS
from gateway.adapters.land_registry.mapping import BODIES
from gateway.adapters.land_registry.mock_answers import ANSWERS
from gateway.domain.attempt import Outcome
from tests.unit.adapters.land_registry.land import SCHEMAS

SAMPLES = SCHEMAS / "samples"
MANIFEST, REPLIES, TRAITS = VBDLIS.manifest, VBDLIS.replies, VBDLIS.traits
ALL = frozenset(row["operation"] for row in MANIFEST["kind"])


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
        headers = dict(line.split(": ", 1) for line in lines)
    fields = {"Retry-After": headers.get("Retry-After", "")}
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError:
        return status, fields, ""
    return (
        status,
        {**fields, "data": str(content["data"])},
        (content["status"]["message"]),
    )


def operations_of(path: Path) -> frozenset[str]:
    """Operations that answer so: those of the rows that name the sample, else all."""
    rows = [row for row in REPLIES.rows if row.sample == path.name]
    return frozenset().union(*(row.operations or ALL for row in rows)) or ALL


@pytest.mark.parametrize("path", samples(), ids=lambda path: str(path.name))
def test_every_sample_matches_exactly_one_row(path: Path) -> None:
    status, fields, text = read(path)
    for operation in operations_of(path):
        rows = REPLIES.matching(operation, status, fields, text)
        assert len(rows) == 1, operation
        assert REPLIES.classify(operation, status, fields, text) is rows[0]


def test_every_row_has_a_sample_that_it_matches() -> None:
    assert REPLIES.rows
    for row in REPLIES.rows:
        status, fields, text = read(SAMPLES / row.sample)
        for operation in row.operations or ALL:
            assert row in REPLIES.matching(operation, status, fields, text), row


def test_every_answer_that_the_mock_gives_is_known() -> None:
    given = {name: answer for name, answer in ANSWERS.items() if name != "malformed"}
    assert given
    for name, (data, _, _, phrase) in given.items():
        codes = {
            row.code
            for operation in ALL
            if (row := REPLIES.classify(operation, 200, {"data": str(data)}, phrase))
        }
        assert codes
        assert codes <= {"accepted", name}


def test_success_is_only_what_the_document_calls_taken_or_known() -> None:
    silent = {
        row.code
        for row in REPLIES.rows
        if row.outcome in {Outcome.DELIVERED, Outcome.DUPLICATE}
    }
    assert silent == {
        "accepted",
        "already_there",
        "not_waiting",
        "result_already_handed",
        "paid_already_noted",
        "owed_again_already_noted",
        "withdrawal_already_noted",
    }
    assert all(
        row.http == {200} for row in REPLIES.rows if row.outcome is Outcome.DELIVERED
    )


def test_a_kind_is_deduplicated_exactly_where_an_answer_says_so() -> None:
    known_before = {
        operation
        for row in REPLIES.rows
        if row.outcome is Outcome.DUPLICATE
        for operation in row.operations
    }
    claimed = {row["operation"] for row in MANIFEST["kind"] if row["deduplicates"]}
    assert claimed == known_before


def test_what_is_not_offered_has_a_reason_in_the_document() -> None:
    text = (SCHEMAS.parents[2] / str(MANIFEST["agency"]["document"])).read_text("utf-8")
    assert TRAITS
    for traits in TRAITS.values():
        assert not traits.enquirable
        assert not traits.answer_awaited
        for section in (part.split(":")[0] for part in traits.reason.split("; ")):
            number = section.removeprefix("§")
            assert f"# {number}" in text, section
    assert BODIES.keys() == TRAITS.keys()


@pytest.mark.parametrize("operation", sorted(ALL))
def test_a_phrase_that_nobody_knows_is_no_row_at_all(operation: str) -> None:
    for data in ("0", "2", ""):
        said = REPLIES.classify(operation, 200, {"data": data}, "Thành công")
        assert said is None


def test_that_more_is_owed_of_a_dossier_that_has_ended_waits_for_a_person() -> None:
    ended = ({"data": "0"}, "Hồ sơ đã kết thúc")
    outcomes = {
        operation: row.outcome
        for operation in ("thongbaohoanthanhnvtc", "thongbaonvtcphatsinh")
        if (row := REPLIES.classify(operation, 200, *ended))
    }
    assert outcomes == {
        "thongbaohoanthanhnvtc": Outcome.REFUSED,
        "thongbaonvtcphatsinh": Outcome.NEEDS_DATA,
    }
