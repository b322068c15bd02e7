"""The ways to a decision about a proposal: list, link, rule, page, command, minutes."""

from __future__ import annotations

import asyncio
import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from gateway.domain.identifiers import AgencyId, OfficeId
from gateway.domain.report import Reference
from gateway.ports.listed import Listed
from gateway.proposing.digest import ProposalDigest
from gateway.proposing.proposer import Proposer
from tests.journeys.commands import lienthong
from tests.journeys.proposals import (
    ENDED,
    OFFICE,
    RECEIVED,
    all_handed_over,
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
    turn,
)
from tests.journeys.test_callbacks import (
    quiet_world,
)
from tests.journeys.test_digest import mail_server, mail_world
from tests.lists import csv
from tests.unit.paper.words import text_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.world import World

pytestmark = [pytest.mark.journey, pytest.mark.timeout(240)]


async def test_a_link_opens_what_it_names_for_some_days_and_nothing_else(
    tmp_path: Path,
) -> None:
    codes = numbers(3)
    async with (
        mail_server() as box,
        quiet(mail_world(tmp_path, box.port), codes) as world,
    ):
        await contact(world)
        await all_handed_over(world, codes)
        await pass_days(world, 10)
        await bring(world, listed(*map(done, codes[:2])))
        await turn(world, ProposalDigest)
        await turn(world, ProposalDigest)
        ((_, mail),) = box.mails
        token = re.findall(r"/console/de-xuat/thu/(\w+)", mail.get_content())[0]
        named = await open_ones(world)
        await bring(world, listed(*map(done, codes)))
        (later,) = [one for one in await open_ones(world) if one["number"] == codes[2]]

        shown = await by_link(world, token)
        other = await by_link(world, token, later["id"])
        foreign = await by_link(world, "0" * len(token))
        once = await by_link(world, token, named[0]["id"])
        twice = await by_link(world, token, named[0]["id"])
        await pass_days(world, 8)
        expired = await by_link(world, token, named[1]["id"])

        assert shown[0] == 200
        assert all(one["number"] in shown[1] for one in named)
        assert later["number"] not in shown[1]
        assert [one[0] for one in (other, foreign, once, twice, expired)] == [
            *(404, 404, 200, 404, 404)
        ]
        ends = [(await world.shown(one["number"]))["end"] for one in (*named, later)]
        assert ends == ["finished", "", ""]


async def test_a_rule_is_the_heads_and_what_it_had_not_confirmed_waits_when_it_ends(
    tmp_path: Path,
) -> None:
    (code,) = numbers(1)
    async with quiet_world(tmp_path, code) as world:
        await all_handed_over(world, [code])
        await pass_days(world, 10)
        refused = [
            (await rule(world, role)).status for role in ("operator", "one_stop")
        ]
        unwritten = await rule(world, decision=" ")
        made = (await rule(world)).body
        await bring(world, listed(done(code)))
        (taken,) = await open_ones(world)
        where = f"/v1/proposal-rules/{made['id']}/end"
        ended = await world.call("POST", where, {"reason": "Bãi bỏ"}, role="head")
        await pass_days(world, 6)
        await turn(world, Proposer)
        (left,) = await open_ones(world)

        assert refused == [403, 403]
        assert unwritten.body["code"] == "proposal_rule_invalid"
        assert taken["rule"] == made["id"]
        assert not ended.body["holds"]
        assert (left["effect_at"], left["rule"]) == (None, "")
        assert (await world.shown(code))["end"] == ""


class Listing:
    """A land office's adapter whose system also answers with a list."""

    def __init__(self, world: World, rows: list[Listed]) -> None:
        assert world.gateway is not None
        adapters: Any = world.gateway.adapters
        self._original = adapters.of
        self._adapter: Any = self._original(OfficeId(OFFICE))
        self._rows = rows
        self.asked: list[tuple[date, date]] = []
        adapters.of = self._of

    def _of(self, office: OfficeId) -> Any:
        return self if office == OFFICE else self._original(office)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._adapter, name)

    async def list_known(
        self, since: date, until: date, *, timeout_s: float
    ) -> list[Listed]:
        assert timeout_s > 0
        self.asked.append((since, until))
        return self._rows


async def test_an_office_that_has_a_list_is_asked_once_a_day_within_its_hours(
    tmp_path: Path,
) -> None:
    codes = numbers(2)
    async with quiet_world(tmp_path, *codes) as world:
        await all_handed_over(world, codes)
        await pass_days(world, 9)
        ended = world.now() - timedelta(days=1)
        about = (Reference(AgencyId("one_stop"), "ma_ho_so", codes[0]),)
        listing = Listing(world, [Listed(about, "DA_XONG", ended=True, since=ended)])
        await turn(world, Proposer)
        await turn(world, Proposer)
        today = len(listing.asked)
        (proposal,) = await open_ones(world)
        stop = f"/v1/lanes/{OFFICE}/pause"
        await world.call("POST", stop, {"reason": "Bảo trì"}, role="administrator")
        await pass_days(world, 1)
        await turn(world, Proposer)
        confirmed = await decide(world, proposal, role="operator")

        assert (today, len(listing.asked)) == (1, 1)
        first, last = listing.asked[0]
        assert (last - first).days == 60
        assert (proposal["number"], proposal["at"]) == (codes[0], ended.isoformat())
        assert proposal["evidence"]["source"] == "asked"
        # Nobody brought it: whoever looks at it is the second person.
        assert confirmed.status == 200


async def test_minutes_show_evidence_both_figures_and_who_confirmed(
    tmp_path: Path,
) -> None:
    (code,) = numbers(1)
    async with quiet_world(tmp_path, code) as world:
        await all_handed_over(world, [code], due_on="2026-03-20")
        await pass_days(world, 14)
        await bring(world, listed(done(code)))
        (proposal,) = await open_ones(world)
        where = (
            f"/v1/proposals/minutes.docx?office={OFFICE}&from=2026-03-01&to=2026-03-31"
        )
        before = await world.call("GET", where, role="operator")
        await decide(world, proposal, role="head")
        await world.settle()
        made = await world.call("GET", where, role="operator")
        hidden = await world.call("GET", where, role="one_stop")
        text = await asyncio.to_thread(text_of, made.content)

        assert (before.body["code"], hidden.status) == ("minutes_empty", 403)
        for said in (
            *(code, "quá hạn", "trước hạn", "ngày 18/03/2026", "head"),
            *("Đã nhận kết quả của văn phòng", "1 hồ sơ"),
        ):
            assert said in text, said


async def test_the_command_and_the_page_do_what_the_api_does(tmp_path: Path) -> None:
    codes = numbers(2)
    async with quiet_world(tmp_path, *codes) as world:
        await all_handed_over(world, codes)
        await pass_days(world, 10)
        path = tmp_path / "danh-sach.xlsx"
        path.write_bytes(listed(*map(done, codes)))
        run_dir = world.stage.run_dir
        brought = await lienthong(
            *("proposal", "bring", "--office", OFFICE, path), run_dir=run_dir
        )
        shown = await lienthong("proposal", "list", run_dir=run_dir, columns=300)
        first, second = await open_ones(world)
        refused = await lienthong(
            *("proposal", "confirm", first["id"], "--reason", "Đã nhận"),
            run_dir=run_dir,
        )
        confirmed = await lienthong(
            *("proposal", "confirm", first["id"], "--reason", "Đã nhận"),
            *("--role", "head"),
            run_dir=run_dir,
        )
        page = await by_page(world, "reader")
        rejected = await by_page(world, "head", second["id"], "reject")

        assert (brought.code, shown.code) == (0, 0)
        assert all(code in shown.out for code in codes)
        assert (refused.code, confirmed.code) == (1, 0), confirmed.err
        assert page[0] == 200
        assert second["number"] in page[1]
        assert first["number"] not in page[1]
        assert f"/console/de-xuat/{second['id']}" not in page[1]
        assert rejected[0] == 200
        ends = [(await world.shown(one["number"]))["end"] for one in (first, second)]
        assert ends == ["finished", ""]
        assert await open_ones(world) == []


async def test_a_rule_is_kept_listed_and_ended_by_the_command(tmp_path: Path) -> None:
    (code,) = numbers(1)
    async with quiet_world(tmp_path, code) as world:
        run_dir = world.stage.run_dir
        words = (
            "proposal",
            "rule",
            "add",
            "--office",
            OFFICE,
            "--reason",
            "Thống nhất",
        )
        given = ("--kind", "finished_there", "--to", "2026-12-31", "--days", "2")
        unwritten = await lienthong(*words, *given, "--decision", " ", run_dir=run_dir)
        hours = await lienthong(
            *(*words, *given[:-1], "0.5", "--decision", "12/QĐ"), run_dir=run_dir
        )
        made = await lienthong(
            *(*words, *given, "--decision", "12/QĐ-TTPVHCC"), run_dir=run_dir
        )
        told = await lienthong("proposal", "rule", "list", run_dir=run_dir, columns=300)
        rules = (await world.call("GET", "/v1/proposal-rules", role="head")).body
        (kept,) = rules["rules"]
        ending = ("proposal", "rule", "end", kept["id"], "--reason", "Bãi bỏ")
        ended, again = [await lienthong(*ending, run_dir=run_dir) for _ in range(2)]

        assert (unwritten.code, made.code, told.code) == (1, 0, 0), made.err
        # Whole days only: nobody objects within hours.
        assert hours.code == 2
        assert kept["id"] in told.out
        assert "12/QĐ-TTPVHCC" in told.out
        assert (kept["days"], kept["holds"]) == (2, True)
        assert (ended.code, again.code) == (0, 1), ended.err
        left = (await world.call("GET", "/v1/proposal-rules", role="head")).body
        assert [one["holds"] for one in left["rules"]] == [False]


async def by_page(
    world: World, role: str, proposal: str = "", what: str = ""
) -> tuple[int, str]:
    """A signed-in browser at the page."""
    front = world.stage.url("front")
    cookie = f"lienthong={world.stage.secrets.value(f'token.{role}')}"
    headers = {"Origin": front, "Cookie": cookie}
    async with aiohttp.ClientSession(headers=headers) as session:
        if not proposal:
            async with session.get(f"{front}/console/de-xuat") as answer:
                return answer.status, await answer.text()
        where = f"{front}/console/de-xuat/{proposal}/{what}"
        said = {"reason": "Không đúng hồ sơ"}
        async with session.post(where, data=said) as answer:
            return answer.status, await answer.text()


async def test_a_reader_looks_and_decides_nothing(tmp_path: Path) -> None:
    (code,) = numbers(1)
    async with quiet_world(tmp_path, code) as world:
        await all_handed_over(world, [code])
        await pass_days(world, 10)
        await bring(world, listed(done(code)))
        (proposal,) = await open_ones(world, "reader")

        tried = [
            (await decide(world, proposal, role="reader")).status,
            (await decide(world, proposal, "undo")).status,
            (await decide(world, proposal, reason=" ")).status,
            (await decide(world, {"id": "pp_none"})).status,
        ]

        assert tried == [403, 403, 400, 409]
        assert (await world.shown(code))["end"] == ""


async def test_hostile_lists_are_refused_or_told_and_change_nothing(
    tmp_path: Path,
) -> None:
    codes = numbers(3)
    async with quiet_world(tmp_path, *codes) as world:
        await all_handed_over(world, codes)
        await pass_days(world, 10)
        tomorrow = world.now().date() + timedelta(days=30)
        odd = listed(
            done(codes[0], tomorrow),
            done(codes[1], date(1990, 1, 1)),
            (codes[2], RECEIVED, ENDED, '=HYPERLINK("http://a.example")'),
            ("=cmd|calc!A1", RECEIVED, ENDED, "Đã giải quyết xong"),
        )
        answers = {
            "empty": await bring(world, b""),
            "noise": await bring(world, b"\x00\x01" * 500),
            "words": await bring(world, csv([["Họ tên", "Tuổi"], ["a", "b"]])),
            "nobody": await bring(world, odd, office="khong-co"),
            "counter": await bring(world, odd, role="one_stop"),
        }
        answers["day"] = await bring(world, odd, day="1/1/1990")
        refused = {name: one.status for name, one in answers.items()}
        taken = (await bring(world, odd)).body
        proposals = {one["number"]: one for one in await open_ones(world)}

        assert set(refused.values()) <= {400, 403}, refused
        assert "counts" in taken, taken
        assert taken["counts"]["unclear"] == 1
        # A day that has not come, or is decades ago, says nothing.
        assert [proposals[code]["at"] for code in codes[:2]] == [None, None]
        assert (await decide(world, proposals[codes[1]], role="head")).status == 200
        ended = await due(world, codes[1])
        assert ended["ended_at"] >= ended["accepted_at"]
        assert codes[2] not in proposals
        assert (await world.shown(codes[0]))["end"] == ""


async def test_a_list_brought_twice_or_rejected_proposes_nothing_new(
    tmp_path: Path,
) -> None:
    codes = numbers(2)
    async with quiet_world(tmp_path, *codes) as world:
        await all_handed_over(world, codes)
        await pass_days(world, 10)
        content = listed(*map(done, codes))
        await bring(world, content)
        again = (await bring(world, content)).body
        first, _ = await open_ones(world)
        assert (await decide(world, first, "reject")).status == 200
        third = (await bring(world, content)).body

        assert (again["new"], again["renewed"]) == (0, 2)
        assert (third["new"], third["renewed"], third["decided_before"]) == (0, 1, 1)
        assert len(await open_ones(world)) == 1
