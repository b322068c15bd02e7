"""What an enquiry proves, what a poll brings, and what each answer of the document is."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from gateway.adapters.electricity.answers import REPLIES, said
from gateway.adapters.electricity.mapping import (
    ANSWER,
    CANCEL,
    PAPER,
    PROGRESS,
    REQUEST,
)
from gateway.domain.attempt import Outcome
from gateway.domain.errors import AgencyBrokeContract
from gateway.domain.report import FileLink
from gateway.ports.agency import Answer
from tests.unit.adapters.electricity.company import (
    Told,
    company,
    file,
    message,
    sampled,
    saying,
)
from tests.unit.adapters.electricity.published import CODES, SAMPLES, is_valid, sample

FORM = b"%PDF-1.4 don"
PROVES_NOTHING = [
    "reply.not_found_or_error.http",
    "reply.system_error.json",
    "reply.server_error.http",
    "reply.busy.json",
    "reply.too_often.json",
    "reply.missing_field.json",
    "reply.unsuccessful.json",
    "reply.too_many_requests.http",
]


def found(**more: Any) -> Told:
    return saying(**{"text": "Thành công", **sample_found(), **more})


def sample_found() -> dict[str, Any]:
    content = sample("LayChiTietTienDo.reply")
    return {k: v for k, v in content.items() if k not in {"TYPE", "MESSAGE"}}


async def asked(*papers: bytes, told: Told) -> Answer:
    async with company() as there:
        there.says(told)
        one = message("hand_over", *map(file, papers))
        answer = await there.adapter.enquire(one, timeout_s=5)
        assert there.called == [PROGRESS]
        assert is_valid(PROGRESS, there.got[0][1])
        return answer


async def polled(told: Told) -> Answer:
    async with company() as there:
        there.says(told)
        (answer,) = await there.adapter.poll([message()], timeout_s=5)
        return answer


# ---------------------------------------------------------------- enquiries


async def test_a_request_that_is_found_arrived() -> None:
    answer = await asked(told=sampled("LayChiTietTienDo.reply.nothing_begun.json"))
    assert answer.outcome is Outcome.DELIVERED
    assert [one.kind for one in answer.introduces] == ["ma_ycau_knai"]


async def test_a_hand_over_has_arrived_once_its_papers_are_there() -> None:
    digest = hashlib.sha256(FORM).hexdigest()
    there = [{"MA_LOAI_HSO": "DDN", "MA_BAM": digest}]
    whole = await asked(FORM, told=found(HSGT=there))
    assert whole.outcome is Outcome.DELIVERED
    other = [{"MA_LOAI_HSO": "KHAC", "MA_BAM": digest}]
    for papers in ([], other):
        part = await asked(FORM, told=found(HSGT=papers))
        assert (part.outcome, part.in_part) == (Outcome.NOT_DELIVERED, True)
        assert part.code == "papers_never_came"


async def test_an_unknown_request_proves_that_none_came() -> None:
    answer = await asked(told=sampled("reply.request_unknown.json"))
    assert (answer.outcome, answer.code) == (
        Outcome.NOT_DELIVERED,
        "request_never_came",
    )
    assert not answer.in_part


@pytest.mark.parametrize("name", PROVES_NOTHING)
async def test_trouble_with_the_enquiry_says_nothing_about_the_request(
    name: str,
) -> None:
    assert (await asked(told=sampled(name))).outcome is Outcome.UNKNOWN


async def test_a_404_proves_nothing() -> None:
    told = sampled("reply.not_found_or_error.http")
    assert (await asked(told=told)).outcome is Outcome.UNKNOWN
    answer = await polled(told)
    assert (answer.outcome, answer.reports) == (Outcome.UNKNOWN, ())


async def test_being_told_to_ask_less_often_says_nothing() -> None:
    told = sampled("reply.too_often.json")
    assert (await asked(told=told)).outcome is Outcome.UNKNOWN
    answer = await polled(told)
    assert (answer.outcome, answer.code) == (Outcome.UNKNOWN, "too_often")


async def test_a_refused_key_is_for_whoever_set_it() -> None:
    answer = await asked(told=sampled("reply.key_refused.json"))
    assert answer.outcome is Outcome.NEEDS_CONFIGURATION


@pytest.mark.parametrize(
    "change",
    [
        {"MA_HOSO_DVC": "H00.96.01-260310-9999"},
        {"TIEN_DO": None},
        {"TIEN_DO": [{"MA_CVIEC": "KS"}]},
        {"HSGT": None},
    ],
)
async def test_progress_that_does_not_hold_together_proves_nothing(
    change: dict[str, Any],
) -> None:
    for answer in (await asked(told=found(**change)), await polled(found(**change))):
        assert answer.outcome is Outcome.CONTRACT_BROKEN
        assert answer.reports == ()


# ---------------------------------------------------------------- polls


async def test_a_poll_brings_every_row_and_the_requests_number() -> None:
    answer = await polled(sampled("LayChiTietTienDo.reply.done.json"))
    assert (answer.outcome, answer.code) == (Outcome.DELIVERED, "found")
    assert answer.reports[-1].kind == "finished"
    assert [one.kind for one in answer.introduces] == ["ma_ycau_knai"]


async def test_success_is_found_in_either_word_and_case() -> None:
    for kind in ("OK", "SUCCESS", "success"):
        answer = await polled(saying("Thành công", kind, **sample_found()))
        assert (answer.outcome, len(answer.reports)) == (Outcome.DELIVERED, 3)


async def test_a_delivered_request_that_is_gone_is_for_people() -> None:
    answer = await polled(sampled("reply.request_unknown.json"))
    assert (answer.outcome, answer.code) == (
        Outcome.CONTRACT_BROKEN,
        "delivered_request_not_found",
    )


async def test_a_company_offers_no_files() -> None:
    async with company() as there:
        with pytest.raises(AgencyBrokeContract):
            async for _ in there.adapter.fetch_file(FileLink("a", "b"), timeout_s=1):
                pass
        assert there.got == []


# ---------------------------------------------------------------- the table of answers

TAKEN = {"yes": {"delivered", "duplicate"}, "unknown": {"unknown"}}
OPERATIONS = (REQUEST, PAPER, ANSWER, CANCEL, PROGRESS)


def rows() -> list[tuple[dict[str, Any], str]]:
    return [
        (row, operation)
        for row in CODES["answer"]
        for operation in row["operations"] or OPERATIONS
    ]


@pytest.mark.parametrize(
    ("row", "operation"),
    rows(),
    ids=[f"{row['name']}-{row['http'][0]}-{op}" for row, op in rows()],
)
def test_every_answer_of_the_document_is_understood_for_every_operation(
    row: dict[str, Any], operation: str
) -> None:
    name = row["name"]
    stem = "LayChiTietTienDo.reply" if name == "found" else f"reply.{name}"
    status, headers, body = sampled(
        f"{stem}.json" if (SAMPLES / f"{stem}.json").is_file() else f"{stem}.http"
    )
    status = row["http"][0] if status not in row["http"] else status
    asked_for = (
        "" if row.get("retry_after") == "without" else headers.get("Retry-After", "")
    )
    told = said(body)
    classified = REPLIES.classify(
        operation, status, {**told.fields, "Retry-After": asked_for}, told.text
    )
    assert classified is not None
    never_came = (name, operation) == ("request_unknown", PROGRESS)
    assert classified.code == ("request_never_came" if never_came else name)
    taken = TAKEN.get(row["taken"])
    if taken:
        assert classified.outcome in taken
    elif row["taken"] == "no" and operation != PROGRESS:
        assert classified.outcome not in {"delivered", "duplicate", "unknown"}


def test_no_row_of_ours_stands_for_an_answer_of_nobodys() -> None:
    known = {row["name"] for row in CODES["answer"]} | {"request_never_came"}
    assert {row.code for row in REPLIES.rows} == known
