"""To whom a lateness is counted is told, contested and decided before it counts."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest

from tests.journeys.commands import lienthong
from tests.journeys.contests import (
    EXCUSED,
    MONTH,
    OFFICE,
    ONE_STOP,
    REASON,
    all_late,
    columns,
    decides,
    letter,
    measured,
    numbers,
    objects,
    party,
    pass_until,
    report,
    stands,
)
from tests.journeys.test_callbacks import handed_over, quiet_world
from tests.unit.paper.words import text_of

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.journey, pytest.mark.timeout(240)]
LAND = f"agency:{OFFICE}"


async def test_a_lateness_counts_once_it_was_told_and_its_days_have_passed(
    tmp_path: Path,
) -> None:
    codes = numbers(3)
    async with quiet_world(tmp_path, *codes) as world:
        await all_late(world, codes)
        unknown = await report(world)
        assert unknown["total"]["late"] == 3
        assert columns(unknown) == {"untold": 3}

        assert (await letter(world, *codes)).body["told"] == 3
        assert columns(await report(world)) == {"may_object": 3}
        # Told on Monday 30 March: five working days end with Monday 6 April.
        assert (await stands(world, codes[0]))["charge"]["until"] == "2026-04-06"
        await pass_until(world, "2026-04-06")
        assert columns(await report(world)) == {"may_object": 3}
        await pass_until(world, "2026-04-07")
        after = await report(world)
        assert columns(after) == {"settled": 3}
        assert after["total"] == unknown["total"]
        late = await objects(world, codes[0])
        assert (late.status, late.body["code"]) == (409, "objection_too_late")
        assert "06/04/2026" in late.body["remedy"]


async def test_what_the_head_upholds_is_counted_to_another_beside_what_was_measured(
    tmp_path: Path,
) -> None:
    codes = numbers(3)
    async with quiet_world(tmp_path, *codes) as world:
        await all_late(world, codes)
        await letter(world, *codes)
        before = await report(world)
        kept = [(await objects(world, code)).body["id"] for code in codes[:2]]
        assert columns(await report(world)) == {"may_object": 1, "under_review": 2}

        done = await decides(world, codes[0], kept[0])
        assert done.status == 201, done.body
        assert (await decides(world, codes[1], kept[1], upheld=False)).status == 201
        found = await report(world)

        assert columns(found) == {"may_object": 1, "settled": 1, "moved": 1}
        assert (party(found, LAND), party(found, ONE_STOP)) == ((3, 2), (0, 1))
        total = found["charged"]["total"]
        assert (total["measured"], total["corrected"]) == (3, 3)
        assert found["total"] == before["total"]
        own, was = found["own_time"], before["own_time"]
        assert own["minutes"] == was["minutes"]
        assert sum(row["corrected_minutes"] for row in own["rows"]) == own["minutes"]
        moved = (await stands(world, codes[0]))["charge"]
        assert moved["minutes"] > 0
        minutes = {row["whose"]: row for row in own["rows"]}
        land = minutes["agency"]
        assert land["corrected_minutes"] == land["minutes"] - moved["minutes"]
        assert minutes["one_stop"]["corrected_minutes"] == (
            minutes["one_stop"]["minutes"] + moved["minutes"]
        )
        assert (moved["measured"]["party"], moved["counted"]["party"]) == (
            LAND,
            ONE_STOP,
        )


async def test_reasons_lie_sealed_and_are_read_by_whoever_may_see_the_dossier(
    tmp_path: Path,
) -> None:
    (code,) = numbers(1)
    async with quiet_world(tmp_path, code) as world:
        await all_late(world, [code])
        await letter(world, code)
        await objects(world, code)
        (said,) = (await stands(world, code))["objections"]
        assert (said["reason"], said["paper"]) == (REASON, "17/CNVPĐK")
        assert said["on_behalf"]
        assert world.gateway is not None
        store = world.gateway.tools.store
        dossier = (await world.shown(code))["id"]
        lines = [one.line for one in await store.journal(dossier)]
        kinds = {"lateness_told", "objection"}
        facts = [line.facts for line in lines if line.kind in kinds]
        assert len(facts) == 2
        assert not any("17/CNVPĐK" in str(f) or "bản chính" in str(f) for f in facts)


async def test_what_cannot_be_contested_is_refused_by_name(tmp_path: Path) -> None:
    code, timely = numbers(2)
    async with quiet_world(tmp_path, code, timely) as world:
        await handed_over(world, timely, due_on="2026-04-30")
        await all_late(world, [code])
        assert (await letter(world, code)).status == 201

        refused = {
            "open": await objects(world, timely),
            "other": await objects(world, code, office="land-mau-2"),
            "blank": await objects(world, code, reason="  "),
            "long": await objects(world, code, reason="x" * 2001),
            "no paper": await objects(world, code, paper=""),
            "a number": await objects(world, code, reason=5),
            "unknown": await objects(world, "H00.01-260310-0000"),
        }
        said = {name: (one.status, one.body["code"]) for name, one in refused.items()}

        assert said == {
            "open": (409, "not_late"),
            "other": (409, "not_its_lateness"),
            "blank": (400, "reason_missing"),
            "long": (400, "reason_too_long"),
            "no paper": (400, "paper_number_missing"),
            "a number": (400, "objection_invalid"),
            "unknown": (404, "dossier_unknown"),
        }
        assert (await stands(world, code))["objections"] == []
        first = await objects(world, code)
        assert first.status == 201
        second = await objects(world, code)
        assert (second.status, second.body["code"]) == (409, "objection_open")
        for role in ("one_stop", "reader"):
            assert (await objects(world, code, role=role)).status == 403
            done = await decides(world, code, first.body["id"], role=role)
            assert done.status == 403


async def test_a_repeat_with_its_key_is_the_same_objection(tmp_path: Path) -> None:
    (code,) = numbers(1)
    async with quiet_world(tmp_path, code) as world:
        await all_late(world, [code])
        await letter(world, code)
        both = await asyncio.gather(
            *(objects(world, code, key="lan-1") for _ in range(4))
        )
        assert len({one.body["id"] for one in both}) == 1
        path, key = f"/v1/dossiers/{code}/objections", {"Idempotency-Key": "lan-1"}
        body = {"reason": REASON, "paper": "17/CNVPĐK"}
        again = await world.call("POST", path, body, role="operator", headers=key)
        assert again.body["id"] == both[0].body["id"]
        assert {one.status for one in both} == {201}
        assert len((await stands(world, code))["objections"]) == 1


async def test_of_several_who_object_at_once_one_is_kept(tmp_path: Path) -> None:
    (code,) = numbers(1)
    async with quiet_world(tmp_path, code) as world:
        await all_late(world, [code])
        await letter(world, code)
        all_ = await asyncio.gather(*(objects(world, code) for _ in range(6)))
        assert sorted(one.status for one in all_) == [201, *[409] * 5]
        assert len((await stands(world, code))["objections"]) == 1


async def test_the_head_gives_new_days_and_who_entered_it_does_not_decide(
    tmp_path: Path,
) -> None:
    (code,) = numbers(1)
    async with quiet_world(tmp_path, code) as world:
        await all_late(world, [code])
        path = f"/v1/dossiers/{code}/objections/term"
        body = {"reason": "Đơn vị gửi công văn muộn do bão"}
        early = await world.call("POST", path, body, role="head")
        assert (early.status, early.body["code"]) == (409, "lateness_untold")
        await letter(world, code)
        await pass_until(world, "2026-04-07")
        assert (await objects(world, code)).body["code"] == "objection_too_late"
        assert (await world.call("POST", path, body, role="operator")).status == 403
        given = await world.call("POST", path, body, role="head")
        assert given.status == 201, given.body
        assert given.body["charge"]["until"] == "2026-04-14"

        kept = await objects(world, code, role="head")
        assert kept.status == 201, kept.body
        done = await decides(world, code, kept.body["id"])
        assert (done.status, done.body["code"]) == (409, "second_person_needed")


async def test_new_days_after_a_rejection_let_the_office_object_once_more(
    tmp_path: Path,
) -> None:
    (code,) = numbers(1)
    async with quiet_world(tmp_path, code) as world:
        await all_late(world, [code])
        await letter(world, code)
        first = (await objects(world, code)).body["id"]
        await decides(world, code, first, upheld=False)
        again = await objects(world, code)
        assert (again.status, again.body["code"]) == (409, "objection_decided")
        await measured(world)
        path = f"/v1/dossiers/{code}/objections/term"
        body = {"reason": "Đơn vị tìm thấy sổ giao nhận"}
        assert (await world.call("POST", path, body, role="head")).status == 201
        assert columns(await report(world)) == {"may_object": 1}
        second = (await objects(world, code)).body["id"]
        assert second != first
        over = await decides(world, code, first)
        assert (over.status, over.body["code"]) == (409, "objection_overtaken")
        await decides(world, code, second)
        found = await report(world)
        assert (columns(found), party(found, ONE_STOP)) == ({"moved": 1}, (0, 1))


async def test_a_decision_is_replaced_within_ten_working_days_and_then_stands(
    tmp_path: Path,
) -> None:
    (code,) = numbers(1)
    async with quiet_world(tmp_path, code) as world:
        await all_late(world, [code])
        await letter(world, code)
        kept = (await objects(world, code)).body["id"]
        wrong = await decides(world, code, kept, party=LAND)
        assert (wrong.status, wrong.body["code"]) == (400, "party_invalid")
        assert (await decides(world, code, "ob_none")).body["code"] == (
            "objection_unknown"
        )
        await decides(world, code, kept, party=EXCUSED)
        assert party(await report(world), EXCUSED) == (0, 1)
        await decides(world, code, kept, upheld=False)
        found = await report(world)
        assert (party(found, EXCUSED), party(found, LAND)) == ((0, 0), (1, 1))
        assert columns(found) == {"settled": 1}
        await pass_until(world, "2026-04-20")
        late = await decides(world, code, kept, party=EXCUSED)
        assert (late.status, late.body["code"]) == (409, "objection_decision_final")
        assert party(await report(world), LAND) == (1, 1)


async def test_a_lateness_may_go_to_any_party_but_the_one_that_objects(
    tmp_path: Path,
) -> None:
    (code,) = numbers(1)
    async with quiet_world(tmp_path, code) as world:
        await all_late(world, [code])
        choices = {o["party"] for o in (await stands(world, code))["parties"]}
        assert {ONE_STOP, EXCUSED, "citizen:"} <= choices
        assert LAND not in choices


async def test_an_issued_month_tells_which_lateness_was_counted_to_another_since(
    tmp_path: Path,
) -> None:
    codes = numbers(2)
    async with quiet_world(tmp_path, *codes) as world:
        await all_late(world, codes)
        await letter(world, *codes)
        kept = (await objects(world, codes[0])).body["id"]
        await pass_until(world, "2026-04-01")
        where = f"/v1/reports/{MONTH}"
        made = await world.call("POST", f"{where}/issue", {}, role="head")
        assert made.status == 201, made.body
        assert columns(made.body["report"]) == {"may_object": 1, "under_review": 1}

        await decides(world, codes[0], kept)
        now = await report(world)
        changed = await world.call("GET", f"{where}/restated", role="reader")

        (one,) = changed.body["dossiers"]
        assert (one["number"], one["reason"]) == (codes[0], "objection_decided")
        assert now["restated"]["changed"] == 1
        assert "tính cho bộ phận một cửa" in one["now_text"]
        # What the days bring is no change.
        await pass_until(world, "2026-04-10")
        assert (await report(world))["restated"]["changed"] == 1


async def test_commands_and_minutes_tell_what_was_decided(tmp_path: Path) -> None:
    codes = numbers(2)
    async with quiet_world(tmp_path, *codes) as world:
        await all_late(world, codes)
        run = world.stage.run_dir
        told = await lienthong(
            *("lateness", "told", *codes, "--office", OFFICE, "--paper", "41/TT"),
            run_dir=run,
        )
        assert (told.code, "2 hồ sơ" in told.out) == (0, True)
        for code in codes:
            said = await lienthong(
                *("lateness", "object", code, "--reason", REASON, "--paper", "17/CN"),
                run_dir=run,
            )
            assert said.code == 0, said.out
        await measured(world)
        listed = await lienthong("lateness", "list", "--json", run_dir=run)
        ids = {o["number"]: o["id"] for o in json.loads(listed.out)["objections"]}
        for code, more in zip(
            codes, (("--uphold", "--party", EXCUSED), ("--reject",)), strict=True
        ):
            reason = ("--reason", "Bão số 5")
            done = await lienthong(
                *("lateness", "decide", code, ids[code], *more, *reason), run_dir=run
            )
            assert done.code == 0, done.out
        await measured(world)
        due = await lienthong("dossier", "due", codes[0], run_dir=run)
        assert "không tính cho bên nào (theo quyết định" in " ".join(due.out.split())
        path = "/v1/objections/minutes.docx?from=2026-03-01&to=2026-03-31"
        made = await world.call("GET", path, role="operator")
        text = text_of(made.content)
        assert made.status == 200
        assert all(code in text for code in codes)
        assert "không tính cho bên nào" in text
        assert REASON in text
        assert "Bão số 5" in text
        empty = path.replace("2026-03-01", "2026-03-31")
        refused = await world.call("GET", empty, role="operator")
        assert refused.body["code"] == "minutes_empty"
