"""Dossiers that others handed over: their offices are asked what became of them."""

from __future__ import annotations

import base64
import json
import re
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from gateway.proposing.asking import Asker
from tests.journeys.proposals import open_ones
from tests.world import World, document_of, quick

if TYPE_CHECKING:
    from tests.world import Json

pytestmark = [pytest.mark.journey, pytest.mark.timeout(240)]
POWER, POWER_OFFICE = "56-cap-dien-ha-ap", "dien-luc-mau"
BIRTH, REGISTRY_OFFICE = "79-khai-sinh-tai-quay", "btp-mau"
SINCE = "2026-03-10T08:00:00+07:00"
SAMPLES = Path(__file__).parents[2] / "schemas" / "agencies"
FINISHED = 30


def numbers(count: int, unit: str = "H00.01") -> list[str]:
    return [f"{unit}-260310-{8000 + place:04d}" for place in range(count)]


def sample(agency: str, name: str) -> Json:
    text = (SAMPLES / agency / "samples" / f"{name}.json").read_text("utf-8")
    found: Json = json.loads(text)
    return found


async def _sent_by_another(url: str, body: Json, **options: Any) -> None:
    """Somebody who is not the gateway hands a dossier over."""
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, json=body, **options) as answer,
    ):
        assert answer.status == 200, await answer.text()


async def requested(world: World, codes: list[str]) -> None:
    """The one-stop itself sent these to the company, before the gateway was there."""
    key = world.stage.secrets.value(f"{POWER_OFFICE}.key")
    for code in codes:
        told = {"KHOA": key, "MA_HOSO_DVC": code, "MA_GIAODICH": code, "SO_HSGT": "0"}
        body = {**sample("electricity", "themMoi_TiepNhanYeuCau"), **told}
        url = f"{world.stage.url('electricity')}/themMoi_TiepNhanYeuCau"
        await _sent_by_another(url, body)


async def loaded(world: World, example: str, codes: list[str], leg: str) -> None:
    """The open dossiers of the first morning, as they lie."""
    rows = []
    for code in codes:
        document = {**document_of(example), "number": code, "documents": []}
        rows.append({"dossier": document, "legs": [{"leg": leg, "since": SINCE}]})
    answered = await world.call("POST", "/v1/dossiers/load", {"dossiers": rows})
    results = [row["result"] for row in answered.body["results"]]
    assert results == ["loaded"] * len(codes), answered.body


async def turn(world: World) -> None:
    assert world.gateway is not None
    (loop,) = [one for one in world.gateway.loops.working if isinstance(one, Asker)]
    await loop.turn()


def at_most(in_flight: int) -> Any:
    """A configuration in which the company bears so many calls at once."""

    def changed(config: Path) -> None:
        quick(config)
        path = config / "agencies/electricity.toml"
        text = re.sub(r"(?m)^(in_flight|per_second) = .*$", "", path.read_text("utf-8"))
        limits = f"[office.lane]\nin_flight = {in_flight}\n"
        assert "[office.lane]\n" in text
        path.write_text(text.replace("[office.lane]\n", limits), "utf-8")

    return changed


def company(folder: Path, codes: list[str], **said: Any) -> World:
    """A world whose company tells nothing of these unless it is asked."""
    world = World(folder / "run", configure=at_most(20))
    for code in codes:
        world.scenario(code, electricity={"pushes": False, **said})
    return world


async def test_thirty_that_an_office_finished_without_a_word_are_found_by_asking_it(
    tmp_path: Path,
) -> None:
    codes = numbers(FINISHED + 2)
    done, at_work = codes[:FINISHED], codes[FINISHED:]
    world = company(tmp_path, done)
    for code in at_work:
        world.scenario(code, electricity={"pushes": False, "silent": True})
    async with world:
        await requested(world, codes)
        await world.pass_hours(24 * 9)
        await loaded(world, POWER, codes, "electricity")
        await world.pass_hours(1)
        before = [(await world.shown(code))["end"] for code in codes]
        await world.pass_hours(24 * 4)
        asked = []
        for _ in range(4):
            await turn(world)
            asked.append(sum(len(_asked(world, code)) for code in codes))
        shown = [await world.shown(code) for code in codes]

        assert before == [""] * len(codes)
        assert [one["end"] for one in shown[:FINISHED]] == ["finished"] * FINISHED
        assert [one["end"] for one in shown[FINISHED:]] == ["", ""]
        # So many at once as the office bears, and each once in a day.
        assert asked == [20, 32, 32, 32]
        assert {len(_asked(world, code)) for code in codes} == {1}
        assert world.told(done[0])[-1][0] == 9
        # What it knows of is its own word: there is nothing to confirm.
        assert await open_ones(world) == []
        request = [n["value"] for n in shown[0]["numbers"]]
        assert any(value.startswith("99") for value in request)


def _asked(world: World, code: str) -> list[Json]:
    return world.arrivals(code, "electricity", "progress")


async def test_one_that_the_office_has_not_is_proposed_and_its_time_is_not_believed(
    tmp_path: Path,
) -> None:
    known, strange = numbers(2)
    async with company(tmp_path, [known]) as world:
        await requested(world, [known])
        await loaded(world, POWER, [known, strange], "electricity")
        await world.pass_hours(24 * 15)
        await turn(world)
        (proposal,) = await open_ones(world)
        finished = await world.shown(known)

        assert (proposal["kind"], proposal["number"]) == ("unknown_there", strange)
        assert proposal["evidence"]["source"] == "enquired"
        assert "trả lời không có hồ sơ này" in proposal["sentence"]
        assert finished["end"] == "finished"
        assert (await world.shown(strange))["end"] == ""
        # It finished days ago, and said so today: the day of today counts until the
        # head of operations confirms the other one.
        due = (await world.call("GET", f"/v1/dossiers/{known}/due")).body
        told = world.now() - timedelta(hours=1)
        assert due["ended_at"] >= told.isoformat()[:13]


async def test_nobody_is_asked_in_shadow_when_stopped_or_twice_while_a_poll_goes_on(
    tmp_path: Path,
) -> None:
    (code, sent) = numbers(2)
    async with company(tmp_path, [code, sent], silent=True) as world:
        await requested(world, [code])
        document = {**document_of(POWER), "number": sent}
        assert (await world.submit(document)).status == 202
        await loaded(world, POWER, [code], "electricity")
        await world.pass_hours(24 * 3)
        polled = len(_asked(world, sent))
        why, role = {"reason": "Thí điểm"}, "administrator"
        lane = f"/v1/lanes/{POWER_OFFICE}"
        counts = []
        for word in ("shadow", "live", "pause", "resume"):
            assert (
                await world.call("POST", f"{lane}/{word}", why, role=role)
            ).status == 200
            if word != "live":
                await turn(world)
                counts.append(len(_asked(world, code)))

        assert counts == [0, 0, 1]
        assert polled > 0
        assert len(_asked(world, sent)) == polled


async def test_an_office_that_is_down_proves_nothing_and_is_asked_again_tomorrow(
    tmp_path: Path,
) -> None:
    (code,) = numbers(1)
    world = company(tmp_path, [code])
    world.faults = [
        {
            "agency": "electricity",
            "operation": "progress",
            "number": code,
            "do": "reset_before",
        }
    ]
    async with world:
        await requested(world, [code])
        await loaded(world, POWER, [code], "electricity")
        await world.pass_hours(24 * 15)
        await turn(world)
        lost = (await world.shown(code))["end"], await open_ones(world)
        await world.pass_hours(24)
        await turn(world)

        assert lost == ("", [])
        assert (await world.shown(code))["end"] == "finished"


async def test_a_birth_that_others_pushed_ends_with_its_certificate(
    tmp_path: Path,
) -> None:
    codes = numbers(5, "H00.103")
    async with World(tmp_path / "run", configure=quick) as world:
        secret = world.stage.secrets.value(f"{REGISTRY_OFFICE}.btp")
        word = base64.b64encode(f"mot-cua-mau:{secret}".encode()).decode()
        account = {"Authorization": f"Basic {word}"}
        for code in codes:
            body = {**sample("civil_registry", "dangKyHoTich.KS"), "maHoSo": code}
            url = f"{world.stage.url('civil_registry')}/btp/dangKyHoTich"
            await _sent_by_another(url, body, headers=account)
        await loaded(world, BIRTH, codes, "registry")
        await world.pass_hours(24 * 3)
        for _ in range(4):
            await turn(world)
        shown = [await world.shown(code) for code in codes]

        assert [one["end"] for one in shown] == ["finished"] * len(codes)
        assert all(one["results"] for one in shown)
        calls = [h.body for h in world.heard if h.url.endswith("layKetQuaDKHT")]
        # The registry bears three to a call, and its lane two at once; each once a day.
        named = [json.loads(body)["maDinhDanhHoSo"] for body in calls]
        assert [len(one) for one in named] == [2, 2, 1]
        assert sorted(code for one in named for code in one) == codes
