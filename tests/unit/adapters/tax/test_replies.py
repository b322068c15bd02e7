"""Every listed code has one meaning, every meaning a sample, and only one proves absence."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime

import pytest

from gateway.adapters.tax import adapter as adapter_module
from gateway.adapters.tax.contract import open_signed
from gateway.adapters.tax.mapping import ENQUIRIES, SLIP
from gateway.adapters.tax.reading import contradicts, reply_in
from gateway.carriers.http import HTTPAnswer
from gateway.carriers.replies import Replies, Row
from gateway.domain.attempt import Outcome, Times
from gateway.validation.certificates import RegisteredCertificate
from tests.unit.adapters.tax.counterpart import SAMPLES, SCHEMAS
from tests.unit.adapters.tax.stage import CONTRACT

REPLIES = Replies.load(adapter_module._read("replies.toml"))
OPERATIONS = {
    "02": SLIP,
    "11": "TCT_TVTBT",
    "29": "TCT_TVNVTC",
    "40": "TCT_TVHSSC",
}
ASKED = [code for code, _ in ENQUIRIES.values()]
DAY = datetime(2026, 3, 11, tzinfo=UTC)


def listed() -> list[tuple[str, str, dict[str, str], str]]:
    """Operation, number, fields and ``taken`` of every code in ``codes.toml``."""
    rows = tomllib.loads((SCHEMAS / "codes.toml").read_text("utf-8"))["code"]
    found = []
    for row in rows:
        for name in row["lists"]:
            kind, _, number = name.rpartition("_")
            if kind == "MA_KETQUA":
                fields = {"ERROR_CODE": "0", "MA_KETQUA": row["code"]}
            elif row["code"] == "0" and number != "02":
                # Accepted enquiries are told by their result.
                continue
            else:
                fields = {"ERROR_CODE": row["code"], "MA_KETQUA": ""}
            found.append((OPERATIONS[number], name, fields, row["taken"]))
    return found


def test_every_listed_code_is_of_exactly_one_row() -> None:
    assert len(listed()) > 60
    wrong = [
        (name, fields)
        for operation, name, fields, _ in listed()
        if len(REPLIES.matching(operation, 200, fields, "")) != 1
    ]
    assert wrong == []


def test_no_row_speaks_of_a_code_that_is_not_listed() -> None:
    known = {(op, f["ERROR_CODE"], f["MA_KETQUA"]) for op, _, f, _ in listed()}
    told = {
        (operation, error, result)
        for operation in OPERATIONS.values()
        for error in (f"{n:02d}" for n in range(100))
        for result in ("", *(f"{n:02d}" for n in range(100)))
        if REPLIES.classify(
            operation, 200, {"ERROR_CODE": error, "MA_KETQUA": result}, ""
        )
    }
    assert told
    assert told <= known


def test_what_tax_did_not_take_is_never_called_delivered_nor_the_other_way() -> None:
    slips = [
        (fields["ERROR_CODE"], taken) for op, _, fields, taken in listed() if op == SLIP
    ]
    assert len(slips) == 21
    for code, taken in slips:
        row = REPLIES.classify(SLIP, 200, {"ERROR_CODE": code, "MA_KETQUA": ""}, "")
        assert row is not None
        has_it = row.outcome in {Outcome.DELIVERED, Outcome.DUPLICATE}
        assert has_it == (taken == "yes"), code
        assert (row.outcome is Outcome.UNKNOWN) == (taken == "unknown"), code


def test_only_no_such_dossier_proves_that_a_slip_never_came() -> None:
    proving = [
        row
        for row in REPLIES.rows
        if row.outcome is Outcome.NOT_DELIVERED and row.operations != {SLIP}
    ]
    assert [(row.code, *row.operations) for row in proving] == [
        ("no_such_dossier", "TCT_TVHSSC")
    ]
    assert dict(proving[0].fields) == {"ERROR_CODE": {"0"}, "MA_KETQUA": {"02"}}


def test_an_enquiry_never_refuses_a_slip() -> None:
    refusing = [r for r in REPLIES.rows if r.outcome is Outcome.REFUSED]
    assert refusing
    assert {operation for row in refusing for operation in row.operations} == {SLIP}


def meaning(path: str) -> tuple[Row, ...]:
    """The rows that a sample is of, read as an answer is read."""
    raw = (SAMPLES / path).read_bytes()
    if path == "reply_fault_client.xml":
        got = CONTRACT.codec.decode("GuiThongDiep", HTTPAnswer(500, {}, raw, Times()))
        assert got.fault is not None
        fields = {"faultcode": got.fault.code}
        return tuple(
            row
            for operation in (SLIP, "TCT_TVHSSC")
            for row in REPLIES.matching(operation, 500, fields, got.fault.text)
        )
    pem = (SAMPLES / "certificates" / "tax.pem").read_bytes()
    signed = open_signed(
        raw,
        certificates=[RegisteredCertificate.from_pem(pem)],
        at=DAY,
        schema=CONTRACT.schema,
    )
    reply = reply_in(signed.row)
    assert reply is not None
    assert reply.at is not None
    assert not contradicts(reply)
    fields = {"ERROR_CODE": reply.error_code, "MA_KETQUA": reply.result_code}
    return REPLIES.matching(reply.message, 200, fields, reply.error_text)


ANSWERS = sorted(
    path.relative_to(SAMPLES).as_posix()
    for pattern in ("answer_*.xml", "codes/*.xml")
    for path in SAMPLES.glob(pattern)
)


@pytest.mark.parametrize("path", ANSWERS)
def test_every_sample_answer_is_of_exactly_one_row(path: str) -> None:
    assert len(meaning(path)) == 1


def test_every_row_about_an_answer_of_tax_has_a_sample_that_is_of_it() -> None:
    rows = [row for row in REPLIES.rows if row.sample]
    without = [row for row in REPLIES.rows if not row.sample]
    assert len(rows) > 30
    assert [row.code for row in rows if row not in meaning(row.sample)] == []
    # A bare status has nothing to show.
    assert all(row.http and 200 not in row.http for row in without)


def test_every_sample_of_a_code_is_named_by_a_row() -> None:
    named = {row.sample for row in REPLIES.rows}
    codes = {path for path in ANSWERS if path.startswith("codes/")}
    assert codes
    assert codes <= named


def test_every_enquiry_and_the_slip_have_rows_for_a_closed_door() -> None:
    for status in (401, 403, 429):
        outcomes = [
            row.outcome
            for operation in (SLIP, *ASKED)
            for row in REPLIES.matching(operation, status, {}, "")
        ]
        assert outcomes == [Outcome.NOT_DELIVERED, *[Outcome.UNKNOWN] * 3]
