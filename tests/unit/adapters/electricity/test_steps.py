"""What the company does with requests and how it tells of it."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import pytest

from tests.unit.adapters.electricity.counterpart import (
    NUMBER,
    VIETNAM,
    Company,
)
from tests.unit.adapters.electricity.published import CODES, sample

Open = Callable[..., AbstractAsyncContextManager[Company]]
ABSENT = '[[electricity.obstacle]]\nstep = "KS"\ncode = "KHVM"\nlasts_h = 30\n'
PAPERS = '[[electricity.obstacle]]\nstep = "TN"\ncode = "THSO"\n'
COST = (
    '[[electricity.obstacle]]\nstep = "TVB"\ncode = "KHCP"\nlasts_h = 20\n'
    'ends_with = "KHTC"\nend_reason = "Khách hàng không đồng ý chi phí"\n'
)


def moment(text: str) -> datetime:
    """A moment in the usual way."""
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=VIETNAM)


def working_days(since: datetime, until: datetime) -> int:
    """Mondays to Fridays after the first day, the last one included."""
    days = (until.date() - since.date()).days
    every = (since.date() + timedelta(days=n + 1) for n in range(days))
    return sum(day.weekday() < 5 for day in every)


def steps_of(rows: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    """Step, turn and obstacle of each row."""
    return [(r["MA_CVIEC"], str(r["SO_LAN"]), r.get("MA_TNGAI", "")) for r in rows]


async def done_within(company: Company, **request: Any) -> int:
    """Working days from the request to the end."""
    begun = company.now
    await company.request(**request)
    await company.run(24 * 20)
    last = (await company.rows())[-1]
    assert last["MA_CVIEC"] == "HT"
    return working_days(begun, moment(last["NGAY_KTHUC"]))


# ---------------------------------------------------------------- times


@pytest.mark.parametrize("kind", CODES["request_kind"], ids=lambda row: row["key"])
async def test_every_kind_is_done_within_its_days(
    company: Company, kind: dict[str, Any]
) -> None:
    name = "" if kind["key"] == "new_low_voltage" else kind["key"]
    assert 0 < await done_within(company, kind=name) <= kind["days"]
    assert company.effects() == ["hand_over", "finished"]


async def test_works_take_longer_than_five_days_and_no_longer_than_seven(
    open_company: Open,
) -> None:
    async with open_company(scenario="works = true") as company:
        assert 5 < await done_within(company) <= 7
        known = {row["code"] for row in CODES["step"]}
        # Only a cancellation is not seen.
        assert {row["MA_CVIEC"] for row in await company.rows()} == known - {"HU"}


async def test_nobody_works_at_the_weekend(open_company: Open) -> None:
    friday = datetime(2026, 3, 13, 16, 30, tzinfo=VIETNAM)
    async with open_company(start=friday, scenario="works = true") as company:
        await company.request()
        await company.run(24 * 20)
        days = {moment(row["NGAY_BDAU"]).weekday() for row in await company.rows()}
        assert days <= {0, 1, 2, 3, 4}


async def test_the_companys_count_is_calendar_days_and_one(open_company: Open) -> None:
    async with open_company(scenario="works = true") as company:
        await company.request()
        await company.run(24 * 20)
        rows = {row["MA_CVIEC"]: row for row in await company.rows()}
        works = rows["TC"]
        begun, ended = moment(works["NGAY_BDAU"]), moment(works["NGAY_KTHUC"])
        # Friday to Tuesday.
        assert (begun.weekday(), ended.weekday()) == (4, 1)
        assert works["SO_NGAY_LVIEC"] == "5"
        assert rows["KS"]["SO_NGAY_LVIEC"] == "1"


# ---------------------------------------------------------------- pushes and polls


async def test_a_company_that_pushes_tells_every_change(company: Company) -> None:
    await company.request()
    await company.run(24 * 7)
    told = company.receiver.steps
    assert told[:4] == [
        *[("TN", "", ""), ("TN", "", "ended")],
        *[("PC", "", ""), ("PC", "", "ended")],
    ]
    assert told[-1] == ("HT", "", "ended")
    numbers = {push["MA_YCAU_KNAI"] for _, push in company.receiver.pushes}
    assert numbers == {"992603100000001"}
    # The last that was told of each row is what an enquiry finds.
    last = {(r["MA_CVIEC"], r["SO_LAN"]): r for r in company.receiver.rows}
    assert list(last.values()) == await company.rows()


async def test_a_company_that_is_only_polled_calls_nobody(open_company: Open) -> None:
    async with open_company(pushes=False) as company:
        await company.request()
        await company.run(24 * 7)
        assert (await company.rows())[-1]["MA_CVIEC"] == "HT"
        assert company.receiver.pushes == []


async def test_a_push_may_come_before_the_answer(open_company: Open) -> None:
    late = {"operation": "hand_over", "do": "lose_answer", "held": True}
    at_nine = datetime(2026, 3, 10, 9, 0, tzinfo=VIETNAM)
    async with open_company(faults=[late], start=at_nine) as company:
        asking = asyncio.create_task(company.request())
        async with asyncio.timeout(30):
            while not company.receiver.steps:
                await asyncio.to_thread(threading.Event().wait, 0.02)
        assert not asking.done()
        company.mock.release()
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await asking
        assert company.receiver.steps == [("TN", "", "")]


async def test_a_company_may_push_nothing_of_one_dossier(open_company: Open) -> None:
    async with open_company(scenario="pushes = false") as company:
        await company.request()
        await company.run(24 * 7)
        assert company.receiver.pushes == []


async def test_a_silent_company_does_nothing(open_company: Open) -> None:
    async with open_company(scenario="silent = true") as company:
        await company.request()
        await company.run(24 * 7)
        assert await company.rows() == []
        assert company.effects() == ["hand_over"]


@pytest.mark.parametrize(
    "answer",
    [
        (500, b""),
        (200, b"<html>"),
        (200, b"{}"),
        (200, '{"TYPE": "ERROR", "MESSAGE": "Không có quyền truy cập"}'.encode()),
    ],
    ids=["error", "page", "no type", "key refused"],
)
async def test_a_push_is_repeated_until_it_is_answered(
    company: Company, answer: tuple[int, bytes]
) -> None:
    company.receiver.next = [answer, answer]
    await company.request()
    await company.run(2)
    first = company.receiver.raw[0]
    assert company.receiver.raw.count(first) == 3
    attempts = company.arrivals("callback_answer")
    assert [a["attempt"] for a in attempts if a["attempt"] > 1] == [2, 3]


@pytest.mark.parametrize("name", ["invalid", "unknown_dossier"])
async def test_an_answer_that_refuses_ends_the_repeats(
    company: Company, name: str
) -> None:
    body = json.dumps(sample(f"callback-reply.{name}")).encode()
    company.receiver.next = [(200, body)]
    await company.request()
    await company.run(2)
    assert len(set(company.receiver.raw)) == len(company.receiver.raw)


async def test_a_push_nobody_answers_is_given_up_after_twenty_repeats(
    open_company: Open,
) -> None:
    async with open_company(callback_base="http://127.0.0.1:1/goi-ve") as company:
        await company.request()
        await company.run(7)
        given_up = company.arrivals("callback_given_up")
        assert given_up
        attempts = [a["attempt"] for a in company.arrivals("callback_answer")]
        assert max(attempts) == 21


async def test_a_push_comes_again_although_it_was_taken(open_company: Open) -> None:
    twice = {"operation": "CapNhatTienDo", "do": "duplicate_call", "nth": 2}
    async with open_company(faults=[twice]) as company:
        await company.request()
        await company.run(2)
        raw = company.receiver.raw
        assert raw[1] == raw[2]
        assert len(set(raw)) == len(raw) - 1


async def test_rows_come_out_of_order(open_company: Open) -> None:
    swapped = {"operation": "CapNhatTienDo", "do": "swap_with_next_call", "nth": 2}
    async with open_company(faults=[swapped], newest_first=True) as company:
        await company.request()
        await company.run(2)
        assert company.receiver.steps[:3] == [
            *[("TN", "", ""), ("PC", "", ""), ("TN", "", "ended")]
        ]
        assert [row["MA_CVIEC"] for row in await company.rows()] == ["PC", "TN"]


# ---------------------------------------------------------------- obstacles


async def test_a_customer_absent_at_the_survey_is_visited_again(
    open_company: Open,
) -> None:
    async with open_company(scenario=ABSENT) as company:
        await company.request()
        await company.run(30)
        row = (await company.rows())[-1]
        assert steps_of([row]) == [("KS", "1", "KHVM")]
        assert "NGAY_KTHUC" not in row
        assert moment(row["NGAY_TNGAI"]) > moment(row["NGAY_BDAU"])
        await company.run(24 * 10)
        rows = await company.rows()
        assert steps_of(rows)[2:4] == [("KS", "1", "KHVM"), ("KS", "2", "")]
        assert moment(rows[2]["NGAY_KTHUC"]) <= moment(rows[3]["NGAY_BDAU"])
        assert rows[-1]["MA_CVIEC"] == "HT"
        survey = [step for step in company.receiver.steps if step[0] == "KS"]
        assert survey == [
            *[("KS", "", ""), ("KS", "KHVM", ""), ("KS", "KHVM", "ended")],
            *[("KS", "", ""), ("KS", "", "ended")],
        ]


async def test_a_customer_who_refuses_the_cost_ends_in_hu(open_company: Open) -> None:
    async with open_company(scenario=COST) as company:
        await company.request()
        await company.run(24 * 10)
        rows = await company.rows()
        assert steps_of(rows)[-2:] == [("TVB", "1", "KHCP"), ("HU", "1", "KHTC")]
        assert rows[-1]["NGUYEN_NHAN"] == "Khách hàng không đồng ý chi phí"
        assert rows[-1]["NGAY_KTHUC"]
        assert company.effects() == ["hand_over", "cancelled"]
        assert "MA_KHANG" not in await company.progress()


async def test_papers_that_are_missing_are_waited_for(open_company: Open) -> None:
    async with open_company(scenario=PAPERS) as company:
        await company.request()
        assert (
            await company.call("boSungYeuCau", NOI_DUNG="x", DS_MA_BAM=[])
        ).name == ("nothing_asked")
        await company.run(48)
        assert steps_of(await company.rows()) == [("TN", "1", "THSO")]
        missing = await company.call("boSungYeuCau", DS_MA_BAM=["0" * 64])
        assert missing.name == "papers_missing"
        await company.paper()
        given = {"DS_MA_BAM": [company.sent[-1]["MA_BAM"]], "MA_GIAODICH": "bs-1"}
        assert (await company.call("boSungYeuCau", **given)).name == "accepted"
        assert (await company.call("boSungYeuCau", **given)).name == "already_there"
        late = {**given, "MA_GIAODICH": "bs-2"}
        assert (await company.call("boSungYeuCau", **late)).name == "nothing_asked"
        other = {**given, "NOI_DUNG": "khác"}
        assert (await company.call("boSungYeuCau", **other)).name == "contradiction"
        await company.run(4)
        rows = await company.rows()
        assert steps_of(rows)[:2] == [("TN", "1", "THSO"), ("TN", "2", "")]
        assert rows[0]["NGAY_KTHUC"]
        assert company.effects() == ["hand_over", "paper", "supplement"]


async def test_papers_may_reach_the_company_directly(open_company: Open) -> None:
    async with open_company(scenario=f"{PAPERS}lasts_h = 5") as company:
        await company.request()
        await company.run(24 * 10)
        rows = await company.rows()
        assert steps_of(rows)[:2] == [("TN", "1", "THSO"), ("TN", "2", "")]
        assert rows[-1]["MA_CVIEC"] == "HT"
        assert company.effects() == ["hand_over", "finished"]


async def test_obstacles_of_one_step_come_one_after_the_other(
    open_company: Open,
) -> None:
    again = '[[electricity.obstacle]]\nstep = "KS"\ncode = "DLVT"\n'
    async with open_company(scenario=ABSENT + again) as company:
        await company.request()
        await company.run(24 * 14)
        rows = await company.rows()
        assert steps_of(rows)[2:5] == [
            *[("KS", "1", "KHVM"), ("KS", "2", "DLVT"), ("KS", "3", "")]
        ]
        assert rows[-1]["MA_CVIEC"] == "HT"


@pytest.mark.parametrize("code", ["KDDK", ""])
async def test_the_company_may_cancel_with_a_code_or_without(
    open_company: Open, code: str
) -> None:
    why = f'ends_with = "{code}"\nend_reason = "Trong hành lang an toàn"\n'
    scenario = '[[electricity.obstacle]]\nstep = "PK"\ncode = "KDDK"\n' + why
    async with open_company(scenario=scenario) as company:
        await company.request()
        await company.run(24 * 7)
        last = (await company.rows())[-1]
        assert (last["MA_CVIEC"], last.get("MA_TNGAI", "")) == ("HU", code)
        assert last["NGUYEN_NHAN"] == "Trong hành lang an toàn"


async def test_a_cancellation_during_an_obstacle_becomes_hu_once(
    open_company: Open,
) -> None:
    async with open_company(scenario=COST) as company:
        await company.request()
        await company.run(34)
        assert steps_of(await company.rows())[-1] == ("TVB", "1", "KHCP")
        assert (await company.call("huyYeuCau", NGUYEN_NHAN="x")).name == "accepted"
        await company.run(24 * 7)
        assert steps_of(await company.rows())[-1] == ("HU", "1", "")
        assert company.effects() == ["hand_over", "withdraw", "cancelled"]


async def test_one_code_has_two_meanings_by_date(open_company: Open) -> None:
    meanings = {
        str(row["valid_from"]): row["waits_for"]
        for row in CODES["obstacle"]
        if row["code"] == "KH02"
    }
    assert meanings == {"2020-01-01": "customer", "2026-01-01": "company"}
    scenario = '[[electricity.obstacle]]\nstep = "KS"\ncode = "KH02"\n'
    december = datetime(2025, 12, 30, 7, 30, tzinfo=VIETNAM)
    async with open_company(scenario=scenario, start=december) as company:
        await company.request()
        await company.run(27)
        row = (await company.rows())[-1]
        assert row["MA_TNGAI"] == "KH02"
        assert moment(row["NGAY_TNGAI"]).year == 2025


# ---------------------------------------------------------------- going back, ends


async def test_a_status_goes_backwards_really(open_company: Open) -> None:
    async with open_company(scenario="backwards = true") as company:
        await company.request()
        await company.run(24 * 14)
        rows = await company.rows()
        assert [step for step in steps_of(rows) if step[0] in {"KS", "BTT", "HT"}] == [
            *[("KS", "1", ""), ("BTT", "1", ""), ("KS", "2", "")],
            *[("BTT", "2", ""), ("HT", "1", "")],
        ]
        begun = [moment(row["NGAY_BDAU"]) for row in rows]
        assert begun == sorted(begun)


async def test_late_news_is_of_an_earlier_moment(open_company: Open) -> None:
    async with open_company(scenario='late_news = "KS"') as company:
        await company.request()
        await company.run(24 * 7)
        told = company.receiver.steps
        place = told.index(("KS", "", ""))
        assert told[place - 1] == ("BTT", "", "ended")
        before, late = company.receiver.rows[place - 1 : place + 1]
        assert moment(late["NGAY_BDAU"]) < moment(before["NGAY_BDAU"])


async def test_a_new_connection_gets_its_customer_code_with_ht(
    company: Company,
) -> None:
    await company.request()
    await company.run(48)
    assert "MA_KHANG" not in await company.progress()
    await company.run(24 * 7)
    assert (await company.progress())["MA_KHANG"] == "PX99000000001"
    with_code = [push for _, push in company.receiver.pushes if "MA_KHANG" in push]
    (last,) = with_code
    assert last["TIEN_DO"][0]["MA_CVIEC"] == "HT"
    assert last["TIEN_DO"][0]["NGAY_KTHUC"]


async def test_a_known_customer_keeps_the_code(company: Company) -> None:
    await company.request("move_meter", MA_KHANG="PX99000000007")
    await company.run(24 * 7)
    assert (await company.progress())["MA_KHANG"] == "PX99000000007"


async def test_a_cancellation_becomes_hu_later(company: Company) -> None:
    await company.request()
    await company.run(2)
    gone = {"NGUYEN_NHAN": "Người dân rút hồ sơ"}
    assert (await company.call("huyYeuCau", **gone)).name == "accepted"
    assert (await company.call("huyYeuCau", **gone)).name == "already_there"
    assert (await company.rows())[-1]["MA_CVIEC"] == "PC"
    await company.run(24 * 7)
    rows = await company.rows()
    assert steps_of(rows)[-1] == ("HU", "1", "")
    assert company.effects() == ["hand_over", "withdraw", "cancelled"]
    assert (await company.paper()).name == "request_ended"


async def test_after_the_meter_no_cancellation_is_taken(company: Company) -> None:
    await company.request()
    assert (
        await company.call("huyYeuCau", MA_HOSO_DVC="la", NGUYEN_NHAN="x")
    ).name == ("request_unknown")
    await company.run(24 * 3 + 2)
    assert (await company.rows())[-1]["MA_CVIEC"] == "BTT"
    assert (await company.call("huyYeuCau", NGUYEN_NHAN="x")).name == "too_late"
    await company.run(24 * 7)
    assert (await company.call("huyYeuCau", NGUYEN_NHAN="x")).name == "request_ended"
    assert company.effects() == ["hand_over", "finished"]


async def test_a_branch_may_take_over(open_company: Open) -> None:
    async with open_company(scenario='branch = "PX9907"') as company:
        await company.request()
        assert (await company.progress())["MA_DVIQLY"] == "PX9901"
        await company.run(4)
        assert (await company.progress())["MA_DVIQLY"] == "PX9907"
        units = [push["MA_DVIQLY"] for _, push in company.receiver.pushes]
        assert units == ["PX9901", "PX9901", "PX9907", "PX9907"]


# ---------------------------------------------------------------- how rows are written


async def test_moments_are_written_in_every_way_that_is_described(
    open_company: Open,
) -> None:
    async with open_company(moments="mixed") as company:
        await company.request()
        await company.run(26)
        rows = await company.rows()
        told = [row[n] for row in rows for n in ("NGAY_BDAU", "NGAY_KTHUC") if n in row]
        assert told[:5] == [
            "2026-03-10 08:00:00",
            "2026/03/10 08:30:00",
            "10/3/2026 9:00:00",
            "10/03/2026 09:30:00",
            "3/11/2026 9:00:00 AM",
        ]


async def test_a_moment_may_be_of_the_year_one(open_company: Open) -> None:
    async with open_company(year_one=True) as company:
        await company.request()
        await company.run(2)
        assert {row["NGAY_HEN"] for row in await company.rows()} == {
            "0001-01-01 00:00:00"
        }


async def test_the_turn_of_a_step_is_text_or_number(open_company: Open) -> None:
    async with open_company(turn_as_number=True) as company:
        await company.request()
        await company.run(2)
        assert {row["SO_LAN"] for row in await company.rows()} == {1}


async def test_the_turn_of_a_step_is_usually_text(company: Company) -> None:
    await company.request()
    await company.run(2)
    assert {row["SO_LAN"] for row in await company.rows()} == {"1"}
    assert company.mock.office.scenario(NUMBER) == {}
