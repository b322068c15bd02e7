"""Every answer of the document has its row, every row its sample, in the same order."""

from __future__ import annotations

from typing import Any
from unicodedata import normalize

import pytest

from gateway.adapters.tax.portal import REPLIES
from gateway.adapters.tax.portal_reading import said
from gateway.carriers.replies import Row
from gateway.domain.attempt import Outcome
from tests.unit.adapters.tax_portal.portal_stand import sampled, saying
from tests.unit.adapters.tax_portal.published import CODES, SAMPLES

SERVICES = ("GuiPhieuChuyen", "TraLoiYeuCau", "TraCuuNghiaVu")
SENDING = SERVICES[:2]
ANSWERS = [row for row in CODES["answer"] if row["name"] != "found"]
#: Name of the document → code of ours, where they differ.
OURS = {
    "seal_invalid": "seal_refused",
    "slip_schema": "slip_malformed",
    "signature_missing": "slip_unsigned",
    "signature_invalid": "slip_signature",
    "certificate_unknown": "issuer_certificate_unknown",
    "slip_data": "slip_content",
    "too_many_requests": "overload",
    "unavailable": "busy",
    "server_error": "system_error",
}
HAS_IT = {Outcome.DELIVERED, Outcome.DUPLICATE}


def classified(service: str, told: tuple[int, dict[str, str], bytes]) -> Row | None:
    status, headers, body = told
    heard = said(body)
    fields = {**heard.fields, "Retry-After": headers.get("Retry-After", "")}
    return REPLIES.classify(service, status, fields, heard.text)


def shown(answer: dict[str, Any]) -> list[tuple[int, dict[str, str], bytes]]:
    """Every form in which the document lets an answer come."""
    if "phrase" not in answer:
        more = {"with": {"Retry-After": "60"}}.get(str(answer.get("retry_after")), {})
        return [(status, more, b"") for status in answer["http"]]
    if answer["name"] == "not_authorised":
        texts = (b"401 Unauthorized", b'"401 Unauthorized"', b"401 UNAUTHORIZED\n")
        return [(201, {}, text) for text in texts]
    phrase = str(answer["phrase"])
    codes = answer.get("error_code") or ["0", "00", "-1", "3", "-3", 0, -1, 3]
    forms = (phrase, phrase.upper(), f"Cổng: {phrase}: Data.SoPhieu")
    return [saying(form, code) for form in forms for code in codes]


@pytest.mark.parametrize(
    "answer", ANSWERS, ids=lambda row: f"{row['name']}-{row['http'][0]}"
)
def test_every_answer_of_the_document_means_what_it_says(
    answer: dict[str, Any],
) -> None:
    name = str(answer["name"])
    found = [
        (service, classified(service, told))
        for service in answer["services"] or SERVICES
        for told in shown(answer)
    ]
    assert found
    for service, row in found:
        assert row is not None, service
        if service in SENDING:
            assert row.code == OURS.get(name, name)
            assert (row.outcome in HAS_IT) == (answer["taken"] == "yes")
            assert (row.outcome is Outcome.UNKNOWN) == (answer["taken"] == "unknown")
        else:
            assert row.outcome not in HAS_IT | {Outcome.NOT_DELIVERED, Outcome.REFUSED}


def test_rows_of_one_phrase_stand_in_the_order_of_the_document() -> None:
    named = [str(row["name"]) for row in ANSWERS if "phrase" in row]
    order = [OURS.get(name, name) for name in named]
    phrased = [
        row
        for row in REPLIES.rows
        if row.phrases and "GuiPhieuChuyen" in (row.operations or SERVICES)
    ]
    codes = [row.code for row in phrased]
    assert codes == [code for code in order[1:] if code != "question_unknown"]


def test_only_the_enquiry_proves_that_a_slip_never_arrived() -> None:
    proving = [
        row
        for row in REPLIES.rows
        if row.outcome is Outcome.NOT_DELIVERED
        and "TraCuuNghiaVu" in (row.operations or SERVICES)
    ]
    assert [row.code for row in proving] == ["never_arrived"]
    assert dict(proving[0].fields)["TrangThai"] == {"chua_co"}


def test_every_state_of_the_document_has_a_row_and_no_other_has() -> None:
    states = {r["code"] for r in CODES["code"] if r["field"] == "TrangThai"}
    assert len(states) == 8
    for state in states:
        told = saying("Tra cứu thành công", "00", Data={"TrangThai": state})
        assert classified("TraCuuNghiaVu", told) is not None
    for data in ({"TrangThai": "KHAC"}, {"TrangThai": 1}, {}, None):
        told = saying("Tra cứu thành công", "0", Data=data)
        assert classified("TraCuuNghiaVu", told) is None
    assert classified("TraCuuNghiaVu", saying("Tra cứu thành công")) is None


@pytest.mark.parametrize("row", REPLIES.rows)
def test_a_row_has_a_sample_that_is_of_it(row: Row) -> None:
    services = row.operations or SERVICES
    if row.sample:
        for service in services:
            found = classified(service, sampled(row.sample))
            assert found is not None
            assert (found.code, found.outcome) == (row.code, row.outcome)
    else:
        # A bare status has nothing to show.
        assert row.http == {503}


def test_every_sample_of_an_answer_is_named_by_a_row() -> None:
    named = {row.sample for row in REPLIES.rows}
    there = {path.name for path in SAMPLES.glob("reply.*")}
    assert len(there) > 25
    # Another way of writing zero is shown beside the usual one.
    assert there - named == {"reply.accepted_number.json"}


def test_success_needs_the_phrase_and_a_zero() -> None:
    for service in SENDING:
        assert classified(service, saying("thành công", "0")) is not None
        for code in ("-1", "1", "", "0.0", "000"):
            assert classified(service, saying("thành công", code)) is None
        assert classified(service, saying("đã xong", "0")) is None


def test_a_phrase_is_compared_whatever_its_unicode_form() -> None:
    decomposed = saying(normalize("NFD", "Tiếp nhận thành công"), "0")
    row = classified("GuiPhieuChuyen", decomposed)
    assert row is not None
    assert row.code == "accepted"


def test_nobody_is_told_less_than_what_to_do() -> None:
    words = REPLIES.words()
    acting = [row for row in REPLIES.rows if row.outcome not in HAS_IT]
    assert len(acting) > 25
    assert all(words[row.code][1] for row in acting)
