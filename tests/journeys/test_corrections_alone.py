"""Corrections where nobody else may approve: the head is told first, and may refuse."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from gateway.intake.stand_in import StandIns
from gateway.wiring.accounts import accounts_of
from tests.journeys.test_callbacks import quiet_world
from tests.journeys.test_digest import mail_server
from tests.people import person
from tests.world import World, a_dossier

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.journeys.test_digest import Box
    from tests.people import Browser
    from tests.world import Json

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
ONE, TWO = "H00.01-260310-4401", "H00.01-260310-4402"
WRONG = {"name": "NguyÔn V¨n MÉu", "phone": "0900 000 000"}
RIGHT = {"/applicant/name": "Nguyễn Văn Ví Dụ"}
HEAD = "lanh-dao@mot-cua.example"
ONE_STOP = "mot-cua-mau"


@pytest.fixture
async def box() -> AsyncIterator[Box]:
    async with mail_server() as box:
        yield box


@pytest.fixture
async def world(
    tmp_path: Path, box: Box, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[World]:
    """As in production: codes open no pages, so that accounts are all there is."""

    def as_in_production(*given: Any) -> Any:
        made = accounts_of(*given)
        return replace(made, policy=replace(made.policy, codes_at_pages=False))

    monkeypatch.setattr("gateway.wiring.serve.accounts_of", as_in_production)
    world = quiet_world(tmp_path, ONE, TWO)
    world.more_settings = (
        f'[mail]\nhost = "127.0.0.1"\nport = {box.port}\nsecurity = "none"\n'
        'sender = "cong@tinh.example"\npage = "https://cong.tinh.example"\n'
    )
    async with world:
        for number in (ONE, TWO):
            await world.submit(a_dossier(number, applicant=WRONG))
        await world.settle()
        yield world


async def head_is_known(world: World) -> None:
    body = {"office": ONE_STOP, "name": "Bà Lãnh Đạo", "email": HEAD, "role": "leader"}
    body |= {"reason": "Quyết định (ví dụ)", "phone": "0900 000 001"}
    made = await world.call("POST", "/v1/contacts", body, role="administrator")
    assert made.status == 201, made.body


async def asked(browser: Browser, world: World, number: str) -> str:
    """Ask on the page; the correction's identifier."""
    identifier = (await world.shown(number))["id"]
    path = f"/console/ho-so/{identifier}/sua"
    await browser.get(path)
    sent = await browser.send(path, **RIGHT, reason="Đối chiếu giấy tờ (ví dụ)")
    assert sent.status == 303, sent.text[:400]
    return str((await listed(world))[-1]["id"])


async def listed(world: World) -> list[Json]:
    found = await world.call("GET", "/v1/corrections", role="head")
    assert found.status == 200
    return list(found.body["corrections"])


async def looked(world: World) -> None:
    """What the loop does each half minute."""
    assert world.gateway is not None
    (loop,) = [o for o in world.gateway.loops.working if isinstance(o, StandIns)]
    await loop.turn()


async def seen_by_the_head(world: World, number: str) -> None:
    """A head asks to see the people of a dossier before deciding about it."""
    why = {"reason": "Duyệt đề nghị sửa (ví dụ)"}
    path = f"/v1/dossiers/{number}/unmask"
    assert (await world.call("POST", path, why, role="head")).status == 200


async def test_the_head_is_told_and_a_working_day_later_it_takes_effect(
    world: World, box: Box
) -> None:
    alone = await person(world, "mot.minh", "operator")
    await asked(alone, world, ONE)
    await looked(world)
    (waits,) = await listed(world)
    assert (waits["nobody_else"], waits["takes_effect_at"]) == (True, None)
    assert box.mails == []
    page = (await alone.get("/console/sua-ho-so")).text
    assert "Chưa báo được lãnh đạo" in page

    # Without a notice no time runs.
    await world.pass_hours(72)
    await looked(world)
    assert (await world.shown(ONE))["revision"] == 1
    await head_is_known(world)
    await looked(world)
    await looked(world)
    ((to, mail),) = box.mails
    text = mail.get_content()
    assert HEAD in str(to)
    assert ONE in text
    assert "https://cong.tinh.example/console/sua-ho-so" in text
    assert "Nguyễn" not in text
    (waits,) = await listed(world)
    assert waits["takes_effect_at"] is not None
    await alone.signs_in("mot.minh")
    page = (await alone.get("/console/sua-ho-so")).text
    assert "Đã báo lãnh đạo" in page
    assert 'action="/console/sua-ho-so/' in page

    await world.pass_hours(8)
    await looked(world)
    assert (await world.shown(ONE))["revision"] == 1
    await world.pass_hours(40)
    await looked(world)
    shown = await world.shown(ONE)
    assert shown["revision"] == 2
    assert await listed(world) == []
    await world.pass_hours(1)
    assert len(world.effects(ONE, "land_registry", "hand_over")) == 1
    await alone.signs_in("mot.minh")
    told = await alone.get(f"/console/ho-so/{shown['id']}")
    assert "không có người thứ hai duyệt" in told.text
    assert len(box.mails) == 1


async def test_whoever_has_the_right_refuses_it_meanwhile(
    world: World, box: Box
) -> None:
    await head_is_known(world)
    alone = await person(world, "mot.minh", "operator")
    identifier = await asked(alone, world, ONE)
    await looked(world)
    refused = await world.call(
        "POST",
        f"/v1/corrections/{identifier}/refusal",
        {"reason": "Không đúng (ví dụ)"},
        role="head",
    )
    assert refused.status == 200
    await world.pass_hours(72)
    await looked(world)
    assert (await world.shown(ONE))["revision"] == 1


async def test_a_second_person_who_comes_is_waited_for(world: World, box: Box) -> None:
    await head_is_known(world)
    alone = await person(world, "mot.minh", "operator")
    identifier = await asked(alone, world, ONE)
    await looked(world)
    await person(world, "nguoi.hai", "head")
    await world.pass_hours(72)
    await looked(world)
    assert (await world.shown(ONE))["revision"] == 1
    (waits,) = await listed(world)
    assert not waits["nobody_else"]
    await seen_by_the_head(world, ONE)
    done = await world.call(
        "POST",
        f"/v1/corrections/{identifier}/approval",
        {"reason": "Đã gọi (ví dụ)"},
        role="head",
    )
    assert (done.status, done.body["revision"]) == (200, 2)


async def test_who_sees_other_agencies_alone_is_no_second_person(
    world: World, box: Box
) -> None:
    await head_is_known(world)
    alone = await person(world, "mot.minh", "operator")
    await person(world, "cap-nuoc.b", "operator", "cap-nuoc-mau")
    await person(world, "chi.xem", "reader")
    await asked(alone, world, ONE)
    (waits,) = await listed(world)
    assert waits["nobody_else"]


async def test_one_that_was_overtaken_is_left_for_a_person(
    world: World, box: Box
) -> None:
    await head_is_known(world)
    alone = await person(world, "mot.minh", "operator")
    await asked(alone, world, ONE)
    await looked(world)
    newer = {**a_dossier(ONE), "revision": 2}
    assert (await world.call("PUT", f"/v1/dossiers/{ONE}", newer)).status == 202
    await world.pass_hours(72)
    await looked(world)
    await world.pass_hours(1)
    await looked(world)
    assert (await world.shown(ONE))["revision"] == 2
    (waits,) = await listed(world)
    assert (waits["overtaken"], waits["nobody_else"]) == (True, False)


async def test_calls_ask_and_decide_like_the_page(world: World) -> None:
    path = f"/v1/dossiers/{TWO}/corrections"
    body = {"changes": RIGHT, "reason": "Đối chiếu giấy tờ (ví dụ)"}
    for wrong, status in (
        ({**body, "changes": []}, 400),
        ({**body, "changes": {"/applicant/name": 3}}, 400),
        ({**body, "changes": {}}, 400),
        ({**body, "changes": {"/number": "x"}}, 400),
        ({**body, "changes": {"/applicant/name": ""}}, 422),
        ({**body, "reason": " "}, 400),
    ):
        refused = await world.call("POST", path, wrong, role="operator")
        assert refused.status == status, (wrong, refused.body)
    assert (await world.call("POST", path, body, role="reader")).status == 403
    made = await world.call("POST", path, body, role="operator")
    assert made.status == 201, made.body
    assert made.body["changes"][0]["now"] == RIGHT["/applicant/name"]
    assert (await world.call("POST", path, body, role="operator")).status == 409
    own = f"/v1/corrections/{made.body['id']}/approval"
    because = {"reason": "Tự duyệt"}
    refused = await world.call("POST", own, because, role="operator")
    assert (refused.status, refused.body["code"]) == (409, "second_person_needed")
    assert (await world.call("GET", "/v1/corrections", role="reader")).status == 403
    unseen = await world.call("POST", own, because, role="head")
    assert unseen.status == 403, "who approves must have seen what is changed"
    await seen_by_the_head(world, TWO)
    done = await world.call("POST", own, because, role="head")
    assert (done.status, done.body["revision"]) == (200, 2)
    assert (await world.call("POST", own, because, role="head")).status == 409


async def test_a_day_of_working_time_is_counted_by_the_calendar(
    world: World, box: Box
) -> None:
    """A notice of Friday evening leaves Monday to answer."""
    await head_is_known(world)
    friday = world.now() + timedelta(days=(4 - world.now().weekday()) % 7)
    await world.pass_until(friday.replace(hour=13, minute=0))
    alone = await person(world, "mot.minh", "operator")
    await asked(alone, world, ONE)
    await looked(world)
    await world.pass_hours(48)
    await looked(world)
    assert (await world.shown(ONE))["revision"] == 1
    await world.pass_hours(24)
    await looked(world)
    assert (await world.shown(ONE))["revision"] == 2


async def test_an_end_by_hand_that_nobody_else_may_confirm_is_told_and_then_happens(
    world: World, box: Box
) -> None:
    await head_is_known(world)
    alone = await person(world, "mot.minh", "operator")
    shown = await world.shown(ONE)
    path = f"/console/ho-so/{shown['id']}/ket-thuc"
    await alone.get(path)
    why = "Người nộp không đến nữa (ví dụ)"
    seen = await alone.send(path, reason=why, do="xem")
    assert "Nếu được xác nhận" in seen.text
    sent = await alone.send(path, reason=why, do="gui")
    assert (sent.status, sent.location) == (303, "/console/sua-ho-so?xong=ket-thuc")
    await looked(world)
    ((to, mail),) = box.mails
    assert HEAD in str(to)
    assert "kết thúc bằng tay" in mail.get_content()
    assert (await world.shown(ONE))["end"] == ""
    await world.pass_hours(48)
    await looked(world)
    shown = await world.shown(ONE)
    assert (shown["end"], shown["by_hand"][-1]["leg"]) == ("closed", "")
    await alone.signs_in("mot.minh")
    told = await alone.get(f"/console/ho-so/{shown['id']}")
    assert "không có người thứ hai duyệt" in told.text
    assert "xác nhận: " not in told.text
