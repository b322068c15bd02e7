"""What leaves for the portal, byte for byte, and what its answers mean for a slip.

In the golden files the seal, which depends on the run's key, is left empty.
``UPDATE_GOLDEN=1`` rewrites them for review.
"""

from __future__ import annotations

import base64
import json
import os
from typing import Any

import pytest

from gateway.domain.attempt import Outcome
from gateway.ports.agency import Answer, OutboundMessage
from gateway.validation.certificates import RegisteredCertificate
from gateway.validation.seal import verify_seal
from tests.unit.adapters.tax_portal.portal_stand import (
    GOLDEN,
    KEY,
    NOW,
    OFFICE,
    SLIPS,
    adapter_at,
    answer,
    file,
    portal,
    raw_slip,
    sampled,
    saying,
    signing_pair,
    silent,
    slip,
)
from tests.unit.adapters.tax_portal.published import is_valid, sample

SENT = {
    "slip_new": "GuiPhieuChuyen",
    "slip_replace": "GuiPhieuChuyen.replace",
    "slip_supplement": "GuiPhieuChuyen.supplement",
    "slip_withdraw": "GuiPhieuChuyen.withdraw",
}
TAKEN = sampled("reply.accepted.json")


async def sent(
    message: OutboundMessage, office: dict[str, Any] | None = None
) -> tuple[list[dict[str, Any]], Answer]:
    """What reached the portal, and what came of it."""
    async with portal(office) as there:
        there.answer = lambda _body: TAKEN
        (told,) = await there.adapter.submit([message], timeout_s=5)
        return there.got, told


def held(name: str, got: dict[str, Any]) -> None:
    """Compare with a golden file, or rewrite it when told to."""
    path = GOLDEN / f"{name}.json"
    shown = {**got, "Data": dict(got["Data"])}
    if "DauChuyen" in shown["Data"]:
        shown["Data"]["DauChuyen"] = ""
    raw = json.dumps(shown, ensure_ascii=False, indent=1).encode() + b"\n"
    if os.environ.get("UPDATE_GOLDEN") == "1":
        path.write_bytes(raw)
    assert raw == path.read_bytes()


# ---------------------------------------------------------------- slips


@pytest.mark.parametrize("kind", SLIPS)
async def test_a_slip_leaves_as_the_document_shows_it(kind: str) -> None:
    got, told = await sent(slip(kind))
    assert told.outcome is Outcome.DELIVERED
    held(kind, got[0])
    shown = sample(SENT[kind])
    assert is_valid("GuiPhieuChuyen", got[0])
    assert got[0]["IsUpdating"] == shown["IsUpdating"]
    assert {**got[0]["Data"], "DauChuyen": ""} == {**shown["Data"], "DauChuyen": ""}


@pytest.mark.parametrize("kind", SLIPS)
async def test_the_exact_bytes_travel_under_our_seal(kind: str) -> None:
    got, _ = await sent(slip(kind))
    data = got[0]["Data"]
    raw = base64.b64decode(data["FilePhieuChuyen"])
    assert raw == raw_slip(kind)
    ours = RegisteredCertificate.from_pem(signing_pair()[1])
    sealed_by = verify_seal(
        data["DauChuyen"], raw, certificates={ours.kid: ours}, at=NOW
    )
    assert sealed_by is ours


async def test_a_replacing_slip_names_no_other_where_that_one_is_not_known() -> None:
    got, told = await sent(slip("slip_replace", earlier=()))
    assert told.outcome is Outcome.DELIVERED
    assert "SoPhieuLienQuan" not in got[0]["Data"]


async def test_the_first_slip_that_we_are_given_may_replace_another() -> None:
    message = slip("slip_new", signed=raw_slip("slip_replace"))
    got, told = await sent(message)
    assert told.outcome is Outcome.DELIVERED
    assert (got[0]["Data"]["LoaiPhieu"], got[0]["IsUpdating"]) == ("11", "True")


@pytest.mark.parametrize("kind", ["slip_supplement", "slip_withdraw"])
async def test_a_slip_whose_predecessor_is_not_known_waits_for_a_person(
    kind: str,
) -> None:
    got, told = await sent(slip(kind, earlier=()))
    assert got == []
    assert (told.outcome, told.code) == (Outcome.NEEDS_DATA, "related_slip_unknown")


async def test_a_bad_slip_before_it_does_not_hold_up_a_good_one() -> None:
    bad = (
        b"no slip at all",
        b'<DATA xmlns="urn:vn:lienthong:tct:1" xmlns:a="rel/ative"><a:x/></DATA>',
    )
    got, told = await sent(slip("slip_withdraw", earlier=(*bad, raw_slip("slip_new"))))
    assert told.outcome is Outcome.DELIVERED
    assert got[0]["Data"]["SoPhieuLienQuan"] == "0001/PCTT"


async def test_two_slips_of_one_seq_id_name_neither() -> None:
    first = raw_slip("slip_new")
    other = first.replace(b"<SO_PHIEU>0001/PCTT<", b"<SO_PHIEU>0009/PCTT<")
    assert other != first
    got, told = await sent(slip("slip_withdraw", earlier=(first, other)))
    assert (got, told.code) == ([], "related_slip_unknown")


async def test_a_slip_of_another_kind_than_its_transfer_does_not_leave() -> None:
    got, told = await sent(slip("slip_new", signed=raw_slip("slip_withdraw")))
    assert got == []
    assert (told.outcome, told.code) == (Outcome.NEEDS_DATA, "slip_type_differs")


async def test_a_transfer_without_its_slip_does_not_leave() -> None:
    got, told = await sent(slip(signed=None))
    assert (got, told.code) == ([], "slip_missing")


async def test_an_office_that_nobody_mapped_waits_for_configuration() -> None:
    got, told = await sent(slip(facts={"competent": "tax-99"}))
    assert got == []
    assert told.outcome is Outcome.NEEDS_CONFIGURATION
    assert told.code == "receiver_unmapped"


async def test_the_entry_itself_may_be_the_office_that_is_meant() -> None:
    office = {**OFFICE, "tax": {**OFFICE["tax"], "receivers": {"tax-cong": "TCT-9"}}}
    got, _ = await sent(slip(facts={}), office)
    assert got[0]["Data"]["MaCoQuanThue"] == "TCT-9"


async def test_a_receiver_that_is_no_code_is_told_by_its_field_alone() -> None:
    office = {**OFFICE, "tax": {**OFFICE["tax"], "sender": "có dấu"}}
    got, told = await sent(slip(), office)
    assert got == []
    assert told.outcome is Outcome.NEEDS_CONFIGURATION
    assert "MaDonVi" in told.remedy
    assert "có dấu" not in told.remedy + told.detail


# ---------------------------------------------------------------- answers to questions


async def test_an_answer_leaves_as_the_document_shows_it() -> None:
    shown = sample("TraLoiYeuCau")
    paper = base64.b64decode(shown["Data"]["DanhSachTep"][0]["Tep"])
    got, told = await sent(answer([file("hop-dong.pdf", paper)]))
    assert told.outcome is Outcome.DELIVERED
    held("question_answer", got[0])
    assert is_valid("TraLoiYeuCau", got[0])
    assert got[0]["Data"] == shown["Data"]


async def test_an_answer_without_files_has_an_empty_list() -> None:
    got, _ = await sent(answer())
    assert got[0]["Data"]["DanhSachTep"] == []


async def test_a_large_file_of_an_answer_arrives_whole() -> None:
    paper = bytes(range(256)) * 4096 * 3
    got, told = await sent(answer([file("a.pdf", paper)]))
    assert told.outcome is Outcome.DELIVERED
    assert base64.b64decode(got[0]["Data"]["DanhSachTep"][0]["Tep"]) == paper


@pytest.mark.parametrize("size", [0, 10 * 1024 * 1024 + 1])
async def test_a_file_that_the_portal_would_not_take_does_not_leave(size: int) -> None:
    got, told = await sent(answer([file("a.pdf", b"x" * size)]))
    assert (got, told.code) == ([], "answer_file_size")
    assert told.outcome is Outcome.NEEDS_DATA


async def test_files_that_are_too_large_together_do_not_leave() -> None:
    files = [file(f"{n}.pdf", b"x" * 9_000_000) for n in range(2)]
    got, told = await sent(answer(files))
    assert (got, told.outcome, told.code) == ([], Outcome.NEEDS_DATA, "too_large")


@pytest.mark.parametrize("name", ["question", "slip", "content"])
async def test_an_answer_to_nothing_does_not_leave(name: str) -> None:
    got, told = await sent(answer((), **{name: ""}))
    assert (got, told.code) == ([], "question_not_named")


async def test_an_answer_that_is_too_long_is_told_by_its_field_alone() -> None:
    got, told = await sent(answer(content="bí mật " * 1000))
    assert (got, told.code) == ([], "call_invalid")
    assert "Data.NoiDung" in told.remedy
    assert "bí mật" not in told.remedy + told.detail


# ---------------------------------------------------------------- what answers mean


@pytest.mark.parametrize(
    ("name", "outcome", "code"),
    [
        ("reply.accepted.json", Outcome.DELIVERED, "accepted"),
        ("reply.accepted_number.json", Outcome.DELIVERED, "accepted"),
        ("reply.already_there.json", Outcome.DUPLICATE, "already_there"),
        ("reply.contradiction.json", Outcome.NEEDS_CONFIGURATION, "contradiction"),
        ("reply.unsuccessful.json", Outcome.UNKNOWN, "unsuccessful"),
        ("reply.system_error.json", Outcome.UNKNOWN, "system_error"),
        ("reply.server_error.http", Outcome.UNKNOWN, "system_error"),
        ("reply.busy.json", Outcome.NOT_DELIVERED, "busy"),
        ("reply.overload.json", Outcome.NOT_DELIVERED, "overload"),
        ("reply.not_authorised.http", Outcome.NEEDS_CONFIGURATION, "not_authorised"),
        ("reply.not_admitted.http", Outcome.NOT_DELIVERED, "not_admitted"),
        ("reply.signature_invalid.json", Outcome.REFUSED, "slip_signature"),
    ],
)
async def test_an_answer_means_what_its_row_says(
    name: str, outcome: Outcome, code: str
) -> None:
    async with portal() as there:
        there.says(name)
        (told,) = await there.adapter.submit([slip()], timeout_s=5)
    assert (told.outcome, told.code) == (outcome, code)


@pytest.mark.parametrize(
    "told",
    [
        saying("Tiếp nhận thành công", "-1"),
        saying("Tiếp nhận thành công", True),
        saying("Tiếp nhận thành công", None),
        saying("Một câu mà không ai biết"),
        (200, {}, saying("Tiếp nhận thành công")[2]),
        (201, {}, saying("Tiếp nhận thành công")[2][:-9]),
        (201, {}, b"<html>Tiep nhan thanh cong</html>"),
        (201, {}, b"[]"),
        (201, {}, b""),
        (201, {}, b"401 Unauthorized, please sign in"),
        (302, {"Location": "/login"}, b""),
    ],
)
async def test_a_strange_answer_is_never_success_nor_proof(told: Any) -> None:
    async with portal() as there:
        there.answer = lambda _body: told
        (got,) = await there.adapter.submit([slip()], timeout_s=5)
    assert got.outcome is Outcome.CONTRACT_BROKEN


async def test_a_busy_portal_says_when_to_come_again() -> None:
    async with portal() as there:
        there.says("reply.unavailable.http")
        (told,) = await there.adapter.submit([slip()], timeout_s=5)
    assert (told.outcome, told.retry_after_s) == (Outcome.NOT_DELIVERED, 120.0)


async def test_a_refusal_names_a_place_and_never_a_value() -> None:
    async with portal() as there:
        there.says("reply.missing_field.json")
        (told,) = await there.adapter.submit([slip()], timeout_s=5)
        assert told.detail == "Data.SoPhieu"
        place = "Dữ liệu phiếu chuyển không hợp lệ: Nguyễn Văn Ví Dụ"
        there.answer = lambda _body: saying(place, "-1")
        (told,) = await there.adapter.submit([slip()], timeout_s=5)
        assert (told.code, told.detail) == ("slip_content", "")


async def test_the_same_message_has_the_same_id_and_bytes_on_every_attempt() -> None:
    async with portal() as there:
        there.answer = lambda _body: TAKEN
        for _ in range(2):
            await there.adapter.submit([slip()], timeout_s=5)
        first, second = there.raw
    assert first == second
    assert there.got[0]["MaGiaoDich"] == "t_0001"


async def test_the_key_goes_into_the_body_and_nowhere_else() -> None:
    async with portal() as there:
        for name in ("reply.not_authorised.http", "reply.wrong_type.json"):
            there.says(name)
            (told,) = await there.adapter.submit([slip()], timeout_s=5)
            assert KEY not in repr(told)
        assert there.got[0]["SecurityKey"] == KEY
        assert KEY not in repr(there.adapter._unit)


async def test_a_portal_that_is_not_there_got_nothing() -> None:
    adapter, http = adapter_at("http://127.0.0.1:9")
    (told,) = await adapter.submit([slip()], timeout_s=5)
    await http.close()
    assert told.outcome is Outcome.NOT_DELIVERED


async def test_no_answer_in_time_leaves_the_fate_open() -> None:
    async with silent() as (adapter, heard):
        (told,) = await adapter.submit([slip()], timeout_s=0.3)
        assert heard
    assert (told.outcome, told.code) == (Outcome.UNKNOWN, "timeout")


async def test_nothing_leaves_when_the_time_is_up_before() -> None:
    async with portal() as there:
        there.answer = lambda _body: TAKEN
        (told,) = await there.adapter.submit([slip()], timeout_s=0)
        assert (told.outcome, there.got) == (Outcome.NOT_DELIVERED, [])


async def test_a_batch_is_answered_item_by_item() -> None:
    async with portal() as there:
        there.answer = lambda _body: TAKEN
        told = await there.adapter.submit([slip(signed=None), slip()], timeout_s=5)
    assert [one.outcome for one in told] == [Outcome.NEEDS_DATA, Outcome.DELIVERED]
