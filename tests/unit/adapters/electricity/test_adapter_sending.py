"""What leaves for the company, and what its answers mean for a message.

``UPDATE_GOLDEN=1`` rewrites the golden files for review.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from typing import Any

import pytest

from gateway.domain.attempt import Outcome
from gateway.domain.report import Reference
from gateway.ports.agency import Answer, LegView, OutboundMessage
from tests.unit.adapters.electricity.company import (
    GOLDEN,
    OFFICE,
    TAKEN,
    VIEW,
    Company,
    company,
    file,
    message,
    sampled,
    saying,
)
from tests.unit.adapters.electricity.published import is_valid, sample

FORM, HOUSE = b"%PDF-1.4 don", b"%PDF-1.4 nha"
NEW = "themMoi_TiepNhanYeuCau"


async def sent(there: Company, one: OutboundMessage) -> Answer:
    (told,) = await there.adapter.submit([one], timeout_s=5)
    return told


def held(name: str, got: dict[str, Any]) -> None:
    """Compare with a golden file, or rewrite it when told to."""
    path = GOLDEN / f"{name}.json"
    raw = json.dumps(got, ensure_ascii=False, indent=1).encode() + b"\n"
    if os.environ.get("UPDATE_GOLDEN") == "1":
        path.write_bytes(raw)
    assert raw == path.read_bytes()


# ---------------------------------------------------------------- requests

CUSTOMER = {"customer_code": "PX99000000001"}
ASKED: dict[str, dict[str, Any]] = {
    "": {
        "electricity": {**VIEW["electricity"], "house_number": "1", "street": "Ví Dụ"}
    },
    "organisation": {
        "electricity": {
            "phases": 3,
            "household": False,
            "power_kw": "15.5",
            "customer": "Công ty TNHH Ví Dụ",
            "authorised": "Trần Thị Ví Dụ",
        },
        "applicant": {
            **VIEW["applicant"],
            "identity": {"kind": "business_code", "number": "9900000099"},
        },
    },
    "change_power": {
        "case": "change_power",
        "electricity": {
            "phases": 3,
            "power_kw": "10",
            **CUSTOMER,
        },
    },
    "change_name": {
        "case": "change_name",
        "electricity": {
            "customer": "Lê Thị Ví Dụ",
            **CUSTOMER,
        },
    },
    "move_meter": {
        "case": "move_meter",
        "electricity": {
            "request": "Dời công tơ ra cột đầu ngõ",
            **CUSTOMER,
        },
    },
    "temporary_stop": {
        "case": "temporary_stop",
        "electricity": {
            "stops_on": "2026-04-01",
            "stops_until": "2026-06-30",
            **CUSTOMER,
        },
    },
}


@pytest.mark.parametrize("name", ASKED)
async def test_a_request_leaves_as_the_document_shows_it(name: str) -> None:
    async with company() as there:
        told = await sent(there, message(view=ASKED[name]))
    assert told.outcome is Outcome.DELIVERED
    assert told.introduces == (
        Reference(there.adapter.agency, "ma_ycau_knai", "990026031000001"),
    )
    ((operation, got),) = there.got
    assert operation == NEW
    assert is_valid(NEW, got)
    shown = sample(f"{NEW}.{name}" if name else NEW)
    assert got["MA_LOAI_YCAU"] == shown["MA_LOAI_YCAU"]
    held(f"hand_over.{name}" if name else "hand_over", got)


async def test_papers_are_counted_as_they_are_sent() -> None:
    """Two alike are one; each follows the request, byte for byte."""
    other = file(HOUSE, "nha.pdf", "Giấy tờ về chỗ ở")
    async with company() as there:
        one = message("hand_over", file(FORM), other, file(FORM, "lan-hai.pdf"))
        assert (await sent(there, one)).outcome is Outcome.DELIVERED
    assert there.called == [NEW, "uploadHSoGTo", "uploadHSoGTo"]
    request, *papers = [body for _, body in there.got]
    assert request["SO_HSGT"] == "2"
    assert [paper["MA_LOAI_HSO"] for paper in papers] == ["DDN", "KHAC"]
    for paper, content in zip(papers, (FORM, HOUSE), strict=True):
        assert is_valid("uploadHSoGTo", paper)
        assert base64.b64decode(paper["NOI_DUNG_TEP"]) == content
        assert paper["MA_BAM"] == hashlib.sha256(content).hexdigest()
    held("upload", papers[0])


async def test_the_same_message_is_the_same_on_every_attempt() -> None:
    async with company() as there:
        for attempt in (1, 2):
            await sent(there, message("hand_over", file(FORM), attempt=attempt))
    assert there.got[:2] == there.got[2:]


async def test_what_the_citizen_brings_later_goes_papers_first() -> None:
    content = {"note": "Gửi giấy tờ về địa điểm"}
    async with company() as there:
        one = message("supplement", file(FORM), content=content)
        assert (await sent(there, one)).outcome is Outcome.DELIVERED
    assert there.called == ["uploadHSoGTo", "boSungYeuCau"]
    got = there.got[1][1]
    assert is_valid("boSungYeuCau", got)
    assert got["DS_MA_BAM"] == [hashlib.sha256(FORM).hexdigest()]
    held("supplement", got)


async def test_a_taken_cancellation_ends_nothing() -> None:
    async with company() as there:
        one = message("withdraw", content={"reason": "Không còn nhu cầu"})
        told = await sent(there, one)
        there.says(sampled("reply.too_late.json"))
        late = await sent(there, one)
    assert (told.outcome, told.reports) == (Outcome.DELIVERED, ())
    assert (late.outcome, late.code) == (Outcome.REFUSED, "too_late")
    held("withdraw", there.got[0][1])


# ---------------------------------------------------------------- what is missing


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"references": ()}, "number_missing"),
        ({"view": {"received_at": "2026-03-10"}}, "received_at_missing"),
        ({"view": {"applicant": {"name": "Ví Dụ"}}}, "phone_missing"),
        ({"view": {"case": None}}, "request_kind_missing"),
        ({"view": {"case": "medium_voltage"}}, "request_kind_not_listed"),
        (
            {"view": {"electricity": {**VIEW["electricity"], **CUSTOMER}}},
            "message_invalid",
        ),
        (
            {"view": {"received_at": "2025-12-31T08:00:00+07:00"}},
            "request_kind_not_listed",
        ),
        ({"facts": {}}, "area_ambiguous"),
        ({"facts": {"commune": "99102"}}, "area_not_mapped"),
        # The commune as of the day before its row begins.
        (
            {"facts": {"commune": "99101", "commune_on": "2025-06-30"}},
            "area_not_mapped",
        ),
    ],
)
async def test_what_is_missing_is_asked_for_and_nothing_leaves(
    changes: dict[str, Any], code: str
) -> None:
    async with company() as there:
        told = await sent(there, message(**changes))
        assert (told.code, there.got) == (code, [])
    assert told.outcome in {Outcome.NEEDS_DATA, Outcome.NEEDS_CONFIGURATION}
    assert code in there.adapter.words


async def test_a_paper_that_is_too_large_is_told_before_the_request_leaves() -> None:
    async with company() as there:
        large = file(b"x" * (10 * 1024 * 1024 + 1))
        told = await sent(there, message("hand_over", large))
        many = await sent(there, message("hand_over", *[file(FORM)] * 51))
    assert (told.code, many.code) == ("paper_size", "too_many_papers")
    assert there.got == []


async def test_a_companys_own_list_of_kinds_takes_the_place_of_the_documents() -> None:
    own = {
        "code": "CD01",
        "key": "new_low_voltage",
        "name": "Cấp điện",
        "valid_from": "2020-01-01",
    }
    async with company({"request_kind": [own]}) as there:
        await sent(there, message())
    assert there.got[0][1]["MA_LOAI_YCAU"] == "CD01"


async def test_a_company_may_want_its_services_elsewhere() -> None:
    office = {"electricity": {**OFFICE["electricity"], "path": "/khac/"}}
    async with company(office) as there:
        told = await sent(there, message())
    # The test's company has nothing below that path.
    assert (told.code, there.got) == ("not_found_or_error", [])


# ---------------------------------------------------------------- answers


async def test_both_words_of_success_are_success() -> None:
    for name in ("reply.accepted.json", "reply.accepted_success.json"):
        async with company() as there:
            there.says(sampled(name))
            assert (await sent(there, message())).outcome is Outcome.DELIVERED


async def test_the_known_number_is_kept_of_a_repeat() -> None:
    async with company() as there:
        there.says(sampled("reply.already_there.json"))
        told = await sent(there, message())
    assert told.outcome is Outcome.DUPLICATE
    assert [one.kind for one in told.introduces] == ["ma_ycau_knai"]


@pytest.mark.parametrize("more", [{}, {"MA_YCAU_KNAI": ""}, {"MA_YCAU_KNAI": 7}])
async def test_a_request_is_taken_only_with_the_companys_number(
    more: dict[str, Any],
) -> None:
    async with company() as there:
        there.says(saying("Tiếp nhận thành công", **more))
        assert (await sent(there, message())).outcome is Outcome.CONTRACT_BROKEN


async def test_an_ok_that_did_not_succeed_is_unknown() -> None:
    async with company() as there:
        there.says(sampled("reply.unsuccessful.json"))
        told = await sent(there, message())
    assert (told.outcome, told.code) == (Outcome.UNKNOWN, "unsuccessful")


@pytest.mark.parametrize(
    "name",
    [
        "reply.not_found_or_error.http",
        "reply.system_error.json",
        "reply.server_error.http",
    ],
)
async def test_an_answer_that_may_hide_a_taken_call_is_unknown(name: str) -> None:
    async with company() as there:
        there.says(sampled(name))
        assert (await sent(there, message())).outcome is Outcome.UNKNOWN


async def test_a_contradiction_is_for_people() -> None:
    async with company() as there:
        there.says(sampled("reply.contradiction.json"))
        told = await sent(there, message())
    assert (told.outcome, told.code) == (Outcome.NEEDS_DATA, "contradiction")


async def test_the_web_intakes_answer_proves_nothing() -> None:
    body = b'{"isError": false, "message": "", "data": "990026031000001"}'
    async with company() as there:
        there.says((200, {"Content-Type": "application/json"}, body))
        assert (await sent(there, message())).outcome is Outcome.CONTRACT_BROKEN


# ---------------------------------------------------------------- in part


@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        ("reply.busy.json", Outcome.NOT_DELIVERED),
        ("reply.unavailable.http", Outcome.NOT_DELIVERED),
        ("reply.server_error.http", Outcome.UNKNOWN),
        ("reply.unreadable_file.json", Outcome.NEEDS_DATA),
        ("reply.missing_field.json", Outcome.NEEDS_DATA),
    ],
)
async def test_a_paper_that_does_not_arrive_leaves_the_request_there(
    name: str, outcome: Outcome
) -> None:
    """Nobody may say then that nothing left, or that the request was refused."""
    async with company() as there:
        there.says(TAKEN, sampled(name))
        told = await sent(there, message("hand_over", file(FORM)))
    assert (told.outcome, told.in_part) == (outcome, True)
    assert [one.value for one in told.introduces] == ["990026031000001"]


async def test_a_request_that_is_not_taken_sends_no_papers() -> None:
    async with company() as there:
        there.says(sampled("reply.busy.json"))
        told = await sent(there, message("hand_over", file(FORM)))
    assert (told.outcome, told.in_part, there.called) == (
        Outcome.NOT_DELIVERED,
        False,
        [NEW],
    )


async def test_a_bare_message_says_what_is_missing() -> None:
    async with company() as there:
        for kind, code in (
            ("supplement", "supplement_empty"),
            ("withdraw", "reason_missing"),
        ):
            told = await sent(there, message(kind, view={}, content={}))
            assert told.code == code
        bare = message()
        told = await sent(
            there,
            OutboundMessage(
                bare.transfer_id, bare.kind, bare.office, "t", (), LegView({})
            ),
        )
        assert told.code == "number_missing"
    assert there.got == []
