"""What the company answers to calls, as the interface document says."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import aiohttp
import pytest

from tests.unit.adapters.electricity.counterpart import (
    NEW,
    NUMBER,
    OTHER,
    PDF,
    Company,
)
from tests.unit.adapters.electricity.published import REFUSED, sample

Open = Callable[..., AbstractAsyncContextManager[Company]]
KINDS = ["", "change_power", "change_name", "move_meter", "temporary_stop"]
BAD_CALLS = sorted(
    name for name in REFUSED if name.startswith((NEW, "LayChiTietTienDo.n"))
)


@pytest.mark.parametrize("kind", KINDS)
async def test_every_kind_is_taken_and_gets_a_number(
    company: Company, kind: str
) -> None:
    told = await company.request(kind)
    assert told.name == "accepted"
    assert told.json["TRUNG_HSO"] == "0"
    assert told.json["MA_YCAU_KNAI"] == "992603100000001"
    assert company.effects() == ["hand_over"]


async def test_success_is_written_in_two_ways(open_company: Open) -> None:
    async with open_company(success="SUCCESS") as company:
        assert (await company.request()).json["TYPE"] == "SUCCESS"
        assert (await company.progress())["TYPE"] == "SUCCESS"


async def test_success_is_usually_written_ok(company: Company) -> None:
    assert (await company.request()).json["TYPE"] == "OK"
    assert (await company.progress())["TYPE"] == "OK"


async def test_the_same_dossier_sent_again_gets_the_known_number_and_counts_once(
    company: Company,
) -> None:
    first = await company.request()
    again = await company.request()
    assert again.name == "already_there"
    assert again.json["TRUNG_HSO"] == "1"
    assert again.json["MA_YCAU_KNAI"] == first.json["MA_YCAU_KNAI"]
    other = await company.request(MA_HOSO_DVC=OTHER)
    assert other.json["MA_YCAU_KNAI"] != first.json["MA_YCAU_KNAI"]
    assert company.effects() == ["hand_over", "hand_over"]


async def test_a_repeat_after_a_lost_answer_is_recognised(open_company: Open) -> None:
    lost = {"operation": "hand_over", "do": "lose_answer"}
    async with open_company(faults=[lost]) as company:
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await company.request()
        assert (await company.progress())["MA_YCAU_KNAI"] == "992603100000001"
        assert (await company.request()).name == "already_there"
        assert company.effects() == ["hand_over"]


async def test_another_content_of_a_dossier_is_a_contradiction(
    company: Company,
) -> None:
    await company.request()
    assert (await company.request(SO_PHA="3")).name == "contradiction"
    assert (await company.request()).name == "already_there"
    assert company.effects() == ["hand_over"]


async def test_an_ok_that_did_not_succeed_comes_when_told_to(
    open_company: Open,
) -> None:
    scenario = f'answer_after = {{ {NEW} = "unsuccessful" }}'
    async with open_company(scenario=scenario) as company:
        told = await company.request()
        assert told.name == "unsuccessful"
        assert told.json["TYPE"] == "OK"
        # Nobody could know: it was taken all the same.
        assert (await company.request()).name == "already_there"
        assert company.effects() == ["hand_over"]


@pytest.mark.parametrize("name", ["not_found_or_error", "system_error"])
async def test_an_answer_that_proves_nothing_may_hide_that_it_was_taken(
    open_company: Open, name: str
) -> None:
    async with open_company(scenario=f'answer_after = {{ {NEW} = "{name}" }}') as one:
        assert (await one.request()).name == name
        assert (await one.request()).name == "already_there"
        assert one.effects() == ["hand_over"]


@pytest.mark.parametrize("name", BAD_CALLS)
async def test_what_must_not_be_taken_is_answered_as_published(
    company: Company, name: str
) -> None:
    await company.request(MA_HOSO_DVC=OTHER)
    call = sample(f"refused/{name}")
    operation = name.partition(".")[0]
    told = await company.post(operation, json.dumps(call).encode())
    assert told.name == REFUSED[name]
    assert company.effects() == ["hand_over"]


async def test_refusals_name_fields_and_no_values(company: Company) -> None:
    told = await company.request(DTHOAI="Nguyễn Văn Ví Dụ")
    assert (told.name, told.place) == ("wrong_type", "DTHOAI")
    told = await company.request(TEN_NGUOIYCAU=None, SO_PHA="9")
    assert (told.name, told.place) == ("missing_field", "TEN_NGUOIYCAU")
    told = await company.request(QUAN_HUYEN=".")
    assert (told.name, told.place) == ("wrong_type", "QUAN_HUYEN")
    told = await company.request("change_power", MA_KHANG=None)
    assert (told.name, told.place) == ("missing_field", "MA_KHANG")
    told = await company.request("change_power", NGAY_NGUNG_TU="01/04/2026")
    assert (told.name, told.place) == ("wrong_type", "NGAY_NGUNG_TU")
    assert "Ví Dụ" not in told.raw.decode()
    assert company.effects() == []


async def test_the_key_comes_before_the_fields_and_size_before_everything(
    company: Company,
) -> None:
    assert (await company.post(NEW, b'{"MA_HOSO_DVC": 1}')).name == "key_refused"
    assert (await company.request(KHOA="khac", SO_PHA="9")).name == "key_refused"
    assert (await company.post(NEW, b"<html>")).name == "malformed"
    assert (await company.post(NEW, b"[]")).name == "malformed"
    assert (await company.post(NEW, b"x" * (16 * 1024 * 1024 + 1))).status == 413
    assert company.effects() == []


async def test_lists_of_kinds_units_and_customers_are_looked_at(
    open_company: Open,
) -> None:
    async with open_company(units=["PX9901"], customers=[]) as company:
        assert (await company.request(MA_LOAI_YCAU="LA")).name == "unknown_kind"
        assert (await company.request(MA_DVIQLY="PX9902")).name == "wrong_unit"
        assert (await company.request("move_meter")).name == "customer_unknown"
        assert (await company.request()).name == "accepted"


async def test_two_keys_hold_while_one_is_changed(open_company: Open) -> None:
    async with open_company(key=["khoa-cu", "khoa-moi"]) as company:
        assert (await company.request(KHOA="khoa-cu")).name == "accepted"
        assert (await company.request(KHOA="khoa-moi")).name == "already_there"
        assert (await company.request(KHOA="khoa-khac")).name == "key_refused"


# ---------------------------------------------------------------- enquiries


async def test_the_newer_service_says_that_it_knows_no_such_request(
    company: Company,
) -> None:
    assert (await company.ask()).name == "request_unknown"
    await company.request()
    assert (await company.ask()).name == "found"
    assert (await company.ask(OTHER)).name == "request_unknown"
    told = await company.call("LayChiTietTienDo", MA_YCAU_KNAI="so-khac")
    assert told.name == "request_unknown"


async def test_the_older_service_says_404_for_not_found_and_for_an_error(
    open_company: Open,
) -> None:
    scenario = 'answer_after = { LayChiTietTienDo = "system_error" }'
    async with open_company(scenario=scenario, service="older") as company:
        await company.request()
        assert (await company.ask()).status == 404  # there, but it failed
        assert (await company.ask(OTHER)).status == 404  # not there
        assert (await company.ask()).name == "found"
        # Other operations tell the two apart.
        assert (await company.paper(MA_HOSO_DVC=OTHER)).name == "request_unknown"


async def test_the_newer_service_says_when_it_failed(open_company: Open) -> None:
    scenario = 'answer_after = { LayChiTietTienDo = "system_error", times = 2 }'
    async with open_company(scenario=scenario) as company:
        await company.request()
        names = [(await company.ask()).name for _ in range(3)]
        assert names == ["system_error", "system_error", "found"]


async def test_whoever_asks_too_often_is_told_so(open_company: Open) -> None:
    async with open_company(min_poll_s=1800) as company:
        await company.request()
        assert (await company.ask()).name == "found"
        await company.run(0.25)
        assert (await company.ask()).name == "too_often"
        assert (await company.ask(OTHER)).name == "request_unknown"
        await company.run(0.3)
        assert (await company.ask()).name == "found"


# ---------------------------------------------------------------- papers


async def test_the_company_begins_once_all_papers_are_there(company: Company) -> None:
    await company.request(SO_HSGT="2")
    await company.run(24)
    assert await company.rows() == []
    assert (await company.paper()).name == "accepted"
    assert (await company.paper()).name == "already_there"
    await company.run(2)
    assert await company.rows() == []
    assert (await company.paper(b"%PDF khac")).name == "accepted"
    await company.run(2)
    assert [row["MA_CVIEC"] for row in await company.rows()] == ["TN", "PC"]
    papers = (await company.progress())["HSGT"]
    assert [paper["MA_LOAI_HSO"] for paper in papers] == ["DDN", "DDN"]
    assert company.effects() == ["hand_over", "paper", "paper"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"NOI_DUNG_TEP": "abc"},
        {"MA_BAM": "0" * 64},
        {"content": b"x" * (10 * 1024 * 1024 + 1)},
    ],
    ids=["no base64", "hash of other bytes", "too big"],
)
async def test_a_paper_that_cannot_be_read_is_refused(
    company: Company, wrong: dict[str, Any]
) -> None:
    await company.request(SO_HSGT="1")
    assert (await company.paper(**wrong)).name == "unreadable_file"
    assert company.effects() == ["hand_over"]


async def test_papers_of_a_request_that_never_came_are_refused(
    company: Company,
) -> None:
    assert (await company.paper()).name == "request_unknown"


# ---------------------------------------------------------------- books


async def test_books_hold_no_personal_value(company: Company) -> None:
    await company.request()
    await company.paper(PDF)
    lines = json.dumps(
        [*company.mock.arrivals.lines(), *company.mock.effects.lines()],
        ensure_ascii=False,
    )
    assert NUMBER in lines
    for value in ("Ví Dụ", "096090000001", "0900000001"):
        assert value not in lines
