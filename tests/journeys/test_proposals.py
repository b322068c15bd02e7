"""What an office finished without saying so is found by its list and confirmed by people."""

from __future__ import annotations

import asyncio
import hashlib
import re
from typing import TYPE_CHECKING

import pytest

from gateway.domain.measure import Timeliness
from gateway.proposing.digest import ProposalDigest
from gateway.proposing.proposer import Proposer
from tests.journeys.proposals import (
    RECEIVED,
    SENDER,
    WAITING,
    all_handed_over,
    at_work,
    bring,
    by_link,
    contact,
    decide,
    done,
    due,
    listed,
    numbers,
    open_ones,
    pass_days,
    quiet,
    rule,
    timeliness,
    turn,
)
from tests.journeys.test_callbacks import (
    CORRECTION,
    finish,
    quiet_world,
    supplement_request,
)
from tests.journeys.test_digest import mail_server, mail_world
from tests.world import a_dossier

if TYPE_CHECKING:
    from pathlib import Path


pytestmark = [pytest.mark.journey, pytest.mark.timeout(240)]


async def test_thirty_of_forty_are_found_and_end_by_counter_link_and_rule(
    tmp_path: Path,
) -> None:
    codes = numbers(40)
    finished, going = codes[:30], codes[30:]
    async with (
        mail_server() as box,
        quiet(mail_world(tmp_path, box.port), codes) as world,
    ):
        await contact(world)
        await all_handed_over(world, codes)
        await pass_days(world, 10)
        lines = [*map(done, finished), *map(at_work, going)]

        brought = await bring(world, listed(*lines))
        proposals = {one["number"]: one for one in await open_ones(world, "one_stop")}

        assert (brought.status, brought.body["counts"]) == (
            202,
            {"finished_there": 30, "agrees": 10, "unclear": 0},
        )
        assert set(proposals) == set(finished)
        assert {(await world.shown(code))["end"] for code in codes} == {""}

        for code in finished[:10]:
            confirmed = await decide(world, proposals[code])
            assert (confirmed.status, confirmed.body["counts"]) == (200, True)

        await turn(world, ProposalDigest)
        ((_, mail),) = box.mails
        text = mail.get_content()
        assert not [code for code in finished[:10] if code in text]
        token = re.findall(r"/console/de-xuat/thu/(\w+)", text)[0]
        for code in finished[10:20]:
            assert (await by_link(world, token, proposals[code]["id"]))[0] == 200

        assert (await rule(world)).status == 201
        await turn(world, Proposer)
        waiting = await open_ones(world)
        assert {one["number"] for one in waiting} == set(finished[20:])
        assert all(one["effect_at"] for one in waiting)
        await pass_days(world, 5)
        await turn(world, Proposer)
        await world.settle()

        for code in finished:
            assert (await world.shown(code))["end"] == "finished"
            assert world.told(code)[-1] == (9, "")
            assert await timeliness(world, code) is Timeliness.EARLY
        assert {(await world.shown(code))["end"] for code in going} == {""}
        decided = await open_ones(world, state="confirmed")
        assert (
            sorted(bool(one["rule"]) for one in decided) == [False] * 20 + [True] * 10
        )
        assert {one["by"].partition(":")[0] for one in decided} == {
            SENDER,
            "link",
            "head",
        }


async def test_the_offices_own_word_afterwards_changes_nothing(tmp_path: Path) -> None:
    (code,) = numbers(1)
    async with quiet_world(tmp_path, code) as world:
        await all_handed_over(world, [code])
        await pass_days(world, 10)
        await bring(world, listed(done(code)))
        (proposal,) = await open_ones(world)
        await decide(world, proposal)
        await world.settle()
        before, told = await world.shown(code), world.told(code)

        said = await world.push("KetThucHoSo", finish(code, "2026-03-18T09:00:00"))
        await world.settle()
        after = await world.shown(code)

        assert said.body["Result"] == 1
        assert (after["sequence"], world.told(code)) == (before["sequence"], told)
        assert await timeliness(world, code) is Timeliness.EARLY


async def test_the_result_that_comes_with_the_offices_own_word_reaches_the_one_stop(
    tmp_path: Path,
) -> None:
    other, code = numbers(2)
    title = "Giấy chứng nhận quyền sử dụng đất"
    seed = hashlib.sha256(f"{other}\n{title}\n0".encode()).hexdigest()
    async with quiet_world(tmp_path, code) as world:
        # An office that speaks leaves a file where its results lie.
        await world.submit(a_dossier(other, **CORRECTION))
        await world.settle()
        await all_handed_over(world, [code])
        await pass_days(world, 10)
        await bring(world, listed(done(code)))
        (proposal,) = await open_ones(world)
        await decide(world, proposal)
        await world.settle()
        before = (await world.shown(code))["results"]
        told = len(world.effects(code, "one_stop", "status"))

        said = finish(code, "2026-03-18T09:00:00")
        said["DanhSachGiayToKetQua"] = [
            {"TenGiayTo": title, "LinkFile": f"/files/{seed[:24]}.pdf"}
        ]
        await world.push("KetThucHoSo", said)
        await world.push("KetThucHoSo", {**said, "GhiChu": "Bấm lại"})
        await world.settle()

        assert (before, len((await world.shown(code))["results"])) == ([], 1)
        assert len(world.effects(code, "one_stop", "status")) == told + 1


async def test_a_proposal_is_overtaken_by_the_offices_own_word(tmp_path: Path) -> None:
    codes = numbers(2)
    async with quiet_world(tmp_path, *codes) as world:
        await all_handed_over(world, codes)
        await pass_days(world, 10)
        await bring(world, listed(*map(done, codes)))
        proposals = {one["number"]: one for one in await open_ones(world)}
        for code in codes:
            await world.push("KetThucHoSo", finish(code, "2026-03-19T09:00:00"))
        await world.settle()

        refused = await decide(world, proposals[codes[0]])
        left = await open_ones(world)

        assert (refused.status, refused.body["code"]) == (409, "proposal_overtaken")
        assert left == []
        gone = await open_ones(world, state="overtaken")
        assert {one["number"] for one in gone} == set(codes)


async def test_of_two_people_at_once_one_confirms(tmp_path: Path) -> None:
    (code,) = numbers(1)
    async with quiet_world(tmp_path, code) as world:
        await all_handed_over(world, [code])
        await pass_days(world, 10)
        await bring(world, listed(done(code)))
        (proposal,) = await open_ones(world)

        both = await asyncio.gather(
            decide(world, proposal),
            decide(world, proposal, role="head"),
            decide(world, proposal, "reject", role="administrator"),
        )
        await world.settle()

        assert sorted(one.status for one in both) == [200, 409, 409]
        # Whoever was first, what it says and what happened are the same.
        (won,) = [one.body["state"] for one in both if one.status == 200]
        ended = (await world.shown(code))["end"]
        assert (won, ended) in {("confirmed", "finished"), ("rejected", "")}


async def test_who_brought_a_list_confirms_it_alone_only_after_a_delay(
    tmp_path: Path,
) -> None:
    codes = numbers(2)
    async with quiet_world(tmp_path, *codes) as world:
        await all_handed_over(world, codes)
        await pass_days(world, 10)
        await bring(world, listed(*map(done, codes)))
        first, second = await open_ones(world)

        refused = await decide(world, first, role="operator")
        waits = [
            (await decide(world, one, role="operator", alone=True)).body
            for one in (first, second)
        ]
        taken_back = await decide(world, second, "reject")
        await pass_days(world, 1)
        await turn(world, Proposer)
        early = (await world.shown(first["number"]))["end"]
        await pass_days(world, 6)
        await turn(world, Proposer)

        assert (refused.status, refused.body["code"]) == (409, "second_person_needed")
        assert {(one["state"], bool(one["effect_at"])) for one in waits} == {
            ("open", True)
        }
        assert (taken_back.status, early) == (200, "")
        ends = [(await world.shown(one["number"]))["end"] for one in (first, second)]
        assert ends == ["finished", ""]


async def test_what_makes_a_late_dossier_timely_counts_once_the_head_says_so(
    tmp_path: Path,
) -> None:
    codes = numbers(2)
    async with quiet_world(tmp_path, *codes) as world:
        await all_handed_over(world, codes, due_on="2026-03-20")
        await pass_days(world, 14)
        await bring(world, listed(*map(done, codes)))
        by_counter, by_head = await open_ones(world)

        first = (await decide(world, by_counter)).body
        second = (await decide(world, by_head, role="head")).body
        await world.settle()

        assert by_counter["kind"] == "late_on_paper"
        assert by_counter["changes_figures"]
        assert (first["counts"], second["counts"]) == (False, True)
        assert await timeliness(world, by_counter["number"]) is Timeliness.LATE
        assert await timeliness(world, by_head["number"]) is Timeliness.EARLY
        told = (await due(world, by_counter["number"]))["backdated"]
        assert [one["decided"] for one in told] == [False]

        undone = await decide(world, second, "undo", role="head")
        await world.settle()
        assert (undone.status, undone.body["state"]) == (200, "undone")
        assert await timeliness(world, by_head["number"]) is Timeliness.LATE
        assert (await world.shown(by_head["number"]))["end"] == "finished"


async def test_waiting_for_the_citizen_stops_the_clock_since_the_first_list(
    tmp_path: Path,
) -> None:
    codes = numbers(2)
    async with quiet_world(tmp_path, *codes) as world:
        await all_handed_over(world, codes)
        await pass_days(world, 6)
        line = [(code, RECEIVED, None, WAITING) for code in codes]
        await bring(world, listed(*line))
        await pass_days(world, 5)
        second = await bring(world, listed(line[0], at_work(codes[1])))
        assert second.body.get("counts") == {"waiting_there": 2, "unclear": 0}, second
        proposals = {one["number"]: one for one in await open_ones(world)}
        still, over = (proposals[code] for code in codes)

        refused = await decide(world, over)
        confirmed = await decide(world, still)
        past = await decide(world, over, role="head")
        await world.settle()

        assert (still["kind"], still["until"]) == ("waiting_there", None)
        assert over["until"] is not None
        assert (refused.status, past.status) == (403, 200)
        assert confirmed.status == 200
        assert world.told(codes[0])[-1] == (5, "supplement")
        assert world.told(codes[1])[-1][0] != 5
        for code in codes:
            minutes = (await due(world, code))["parties"]
            assert any("người nộp" in str(one).lower() for one in minutes), minutes


async def test_what_the_list_has_and_nobody_here_and_the_other_way_round(
    tmp_path: Path,
) -> None:
    codes = numbers(2)
    async with quiet_world(tmp_path, *codes) as world:
        await all_handed_over(world, codes)
        await world.push(
            "YeuCauBoSungHoSo", supplement_request(codes[1], "2026-03-11T08:00:00")
        )
        await pass_days(world, 10)
        stranger = "H00.01-260311-9999"
        lines = (at_work(codes[0]), at_work(stranger))
        await bring(world, listed(*lines), from_="01/03/2026", to="19/03/2026")
        found = {one["kind"]: one for one in await open_ones(world)}
        hidden = {one["kind"] for one in await open_ones(world, "one_stop")}
        handled = await decide(world, found["unknown_here"], role="operator")

        assert set(found) == {"unknown_here", "unknown_there"}
        assert found["unknown_here"]["number"] == stranger
        assert found["unknown_there"]["number"] == codes[1]
        assert hidden == {"unknown_there"}
        assert handled.body["state"] == "confirmed"
