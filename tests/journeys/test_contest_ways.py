"""Contested latenesses by other ways: an officer's own word, what comes late, who dies."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from gateway.contesting.telling import tell
from gateway.domain.errors import StoreUnavailable
from tests.journeys.contests import (
    OFFICE,
    ONE_STOP,
    all_late,
    columns,
    contact,
    decides,
    letter,
    measured,
    numbers,
    objects,
    party,
    pass_until,
    report,
    stands,
    told_by_mail,
)
from tests.journeys.officers import SO_NHA, XA, Officer
from tests.journeys.proposals import quiet
from tests.journeys.test_callbacks import CORRECTION, finish, quiet_world
from tests.journeys.test_digest import mail_server, mail_world
from tests.journeys.test_on_postgresql import store_table
from tests.world import World, a_dossier, quick

if TYPE_CHECKING:
    from pathlib import Path

    from tests.world import Answered, Json

pytestmark = [pytest.mark.journey, pytest.mark.timeout(240)]
LAND = f"agency:{OFFICE}"
PDF = b"%PDF-1.4 ket qua"


async def overdue_at_a_commune(world: World, code: str) -> Officer:
    """An officer ends a dossier that was promised ten days before."""
    document = a_dossier(code, **SO_NHA, due_on="2026-03-20")
    assert (await world.submit(document)).status == 202
    await world.pass_hours(1)
    officer = Officer(world)
    await officer.act(await officer.item(code), "receive")
    await world.pass_until(datetime.fromisoformat("2026-03-30T09:00:00+07:00"))
    done = await officer.act(
        await officer.item(code), "finish", files={"giay.pdf": PDF}
    )
    assert done.body["applied"] is True, done.body
    await measured(world)
    return officer


async def said_by(officer: Officer, world: World, code: str) -> Answered:
    return await world.call(
        "POST",
        f"/v1/dossiers/{code}/objections",
        {"reason": "Đường dây đứt ba ngày do bão"},
        role="",
        headers=officer.headers,
    )


async def test_an_officer_reads_what_is_counted_to_the_office_and_objects(
    tmp_path: Path,
) -> None:
    code, other = numbers(2)
    async with World(tmp_path / "run", configure=quick) as world:
        officer = await overdue_at_a_commune(world, code)
        path = f"/v1/dossiers/{code}/objections"
        before = await stands(world, code)
        assert before["charge"]["state"] == "untold"

        seen = await officer.get(path)
        assert (seen.status, seen.body["charge"]["standing"]) == (200, "may_object")
        assert seen.body["charge"]["until"] == "2026-04-06"
        kept = await said_by(officer, world, code)
        assert kept.status == 201, kept.body
        (said,) = kept.body["objections"]
        assert (said["office"], said["on_behalf"]) == (XA, False)
        assert (await decides(world, code, said["id"])).status == 201

        # A dossier of another office is none at all to this officer.
        await world.submit(a_dossier(other, **CORRECTION))
        for number in (other, "H00.01-260310-0000"):
            unknown = await said_by(officer, world, number)
            assert (unknown.status, unknown.body["code"]) == (404, "dossier_unknown")
        path = f"/v1/dossiers/{other}/objections"
        assert (await officer.get(path)).status == 404


async def clicked_late(world: World, code: str) -> None:
    """Done on the 19th in time by the office's own date, clicked eleven days later."""
    document = a_dossier(code, **CORRECTION, due_on="2026-03-20")
    assert (await world.submit(document)).status == 202
    await world.settle()
    await world.pass_until(datetime.fromisoformat("2026-03-30T09:00:00+07:00"))
    await world.push("KetThucHoSo", finish(code, "2026-03-19T08:00:00"))
    await measured(world)


async def counted(world: World, code: str, *, counts: bool) -> None:
    due = (await world.call("GET", f"/v1/dossiers/{code}/due", role="head")).body
    (late,) = due["backdated"]
    path = f"/v1/dossiers/{code}/backdated/{late['report']}"
    body = {"counts": counts, "reason": "Sổ giao nhận ghi ngày 19/03"}
    assert (await world.call("POST", path, body, role="head")).status == 200
    await measured(world)


async def listed(world: World, state: str) -> list[Json]:
    path = f"/v1/objections?state={state}"
    found: list[Json] = (await world.call("GET", path, role="reader")).body[
        "objections"
    ]
    return found


async def test_what_makes_a_dossier_timely_overtakes_its_objection_and_loses_nothing(
    tmp_path: Path,
) -> None:
    (code,) = numbers(1)
    async with quiet_world(tmp_path, code) as world:
        await clicked_late(world, code)
        await letter(world, code)
        kept = (await objects(world, code)).body["id"]
        await counted(world, code, counts=True)
        found = await report(world)
        assert (found["total"]["late"], found["causes"]) == (0, [])
        assert await listed(world, "open") == []
        (over,) = await listed(world, "overtaken")
        assert (over["id"], over["charge"]) == (kept, None)
        refused = await decides(world, code, kept)
        assert (refused.status, refused.body["code"]) == (409, "objection_overtaken")

        await counted(world, code, counts=False)
        assert [one["id"] for one in await listed(world, "open")] == [kept]
        assert columns(await report(world)) == {"under_review": 1}
        assert (await decides(world, code, kept)).status == 201


async def test_a_decision_goes_with_its_lateness_and_comes_back_with_it(
    tmp_path: Path,
) -> None:
    (code,) = numbers(1)
    async with quiet_world(tmp_path, code) as world:
        await clicked_late(world, code)
        await letter(world, code)
        kept = (await objects(world, code)).body["id"]
        await decides(world, code, kept)
        assert party(await report(world), ONE_STOP) == (0, 1)
        await counted(world, code, counts=True)
        gone = await report(world)
        assert gone["charged"]["rows"] == []
        assert not gone["own_time"]["decided"]
        await counted(world, code, counts=False)
        assert party(await report(world), ONE_STOP) == (0, 1)


async def test_who_dies_after_the_mail_has_it_told_again_with_days_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes = numbers(2)
    async with (
        mail_server() as box,
        quiet(mail_world(tmp_path, box.port), codes) as world,
    ):
        await contact(world)
        await all_late(world, codes)
        box.mails.clear()

        async def away(*_: Any, **__: Any) -> bool:
            raise StoreUnavailable

        monkeypatch.setattr("gateway.contesting.mailing.tell", away)
        await told_by_mail(world)
        assert len(box.mails) == 1
        assert columns(await report(world)) == {"untold": 2}
        monkeypatch.setattr("gateway.contesting.mailing.tell", tell)
        await told_by_mail(world)
        assert len(box.mails) == 1
        await world.stop_gateway()
        await world.start_gateway()
        await pass_until(world, "2026-03-31")
        await told_by_mail(world)
        assert len(box.mails) == 2
        assert columns(await report(world)) == {"may_object": 2}
        assert (await stands(world, codes[0]))["charge"]["until"] == "2026-04-07"


@pytest.mark.system
async def test_on_a_server_it_is_told_objected_decided_and_counted_the_same(
    tmp_path: Path, database: dict[str, Any]
) -> None:
    codes = numbers(2)
    world = quiet_world(tmp_path, *codes)
    world.more_settings = store_table(database, tmp_path / "password")
    async with world:
        await all_late(world, codes)
        await letter(world, *codes)
        kept = (await objects(world, codes[0])).body["id"]
        assert [one["id"] for one in await listed_after(world)] == [kept]
        assert (await decides(world, codes[0], kept)).status == 201
        found = await report(world)
        assert columns(found) == {"may_object": 1, "moved": 1}
        assert (party(found, LAND), party(found, ONE_STOP)) == ((2, 1), (0, 1))
        await world.stop_gateway()
        await world.start_gateway()
        assert (await report(world))["charged"] == found["charged"]


async def listed_after(world: World) -> list[Json]:
    await measured(world)
    return await listed(world, "open")


async def test_an_office_that_a_decision_names_is_told_and_objects_in_turn(
    tmp_path: Path,
) -> None:
    (code,) = numbers(1)
    async with quiet_world(tmp_path, code) as world:
        await all_late(world, [code], {})
        await letter(world, code)
        kept = (await objects(world, code)).body["id"]
        choices = [one["party"] for one in (await stands(world, code))["parties"]]
        (tax,) = [one for one in choices if one.startswith("agency:tax")]
        await decides(world, code, kept, party=tax)
        named = await report(world)
        assert (party(named, LAND), party(named, tax)) == ((1, 0), (0, 1))
        assert named["charged"]["total"]["untold"] == 1

        office = tax.partition(":")[2]
        again = await objects(world, code, office=OFFICE)
        assert again.body["code"] == "not_its_lateness"
        assert (await letter(world, code, office=office)).status == 201
        second = await objects(world, code, office=office)
        assert second.status == 201, second.body
        back = await decides(world, code, second.body["id"], party=LAND)
        assert (back.status, back.body["code"]) == (400, "party_invalid")
        await decides(world, code, second.body["id"], upheld=False)
        settled = await report(world)
        assert settled["charged"]["total"]["settled"] == 1
        assert party(settled, tax) == (0, 1)
