"""The counter asks for papers, or refuses, before it accepts what was filed on line."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from gateway.domain.report import Standing
from tests.journeys.test_handed_over import (
    LINKED,
    NUMBER,
    OTHER_NUMBER,
    acceptance,
    applied_anew,
    dossiers,
    fetched,
    pushes,
    registry,
    rungs,
)
from tests.unit.paper.words import text_of
from tests.world import World, document_of, quick

if TYPE_CHECKING:
    from pathlib import Path

    from tests.world import Answered, Json

pytestmark = [pytest.mark.journey, pytest.mark.timeout(150)]
OWN = "79-khai-sinh-tai-quay"
REASON = "Trẻ đã được đăng ký khai sinh ở nơi khác."


async def refuse(world: World, by: str = LINKED, /, **said: Any) -> Answered:
    body = {"number": NUMBER, "reason": REASON, **said}
    path = f"/v1/dossiers/{by}/refusal"
    return await world.call(
        "POST", path, {k: v for k, v in body.items() if v is not None}
    )


async def ask(world: World, by: str = LINKED, /, **said: Any) -> Answered:
    body = {"number": NUMBER, "papers": ["Giấy chứng sinh"], **said}
    path = f"/v1/dossiers/{by}/supplement-request"
    return await world.call(
        "POST", path, {k: v for k, v in body.items() if v is not None}
    )


def reports(world: World) -> list[Json]:
    """What DVCLT was told, in order."""
    heard = [h for h in world.heard if h.url.endswith("/trangthaihoso")]
    return [json.loads(one.body) for one in heard]


async def stands_still(world: World) -> bool:
    """Whether the list of what stands still asks the counter to accept."""
    still = (await world.call("GET", "/v1/still", role="operator")).body["still"]
    return any(one["reason"] == "to_be_accepted" for one in still)


# ------------------------------------------------------------ refusing


async def test_a_refusal_is_told_with_the_rung_before_it_and_ends_the_dossier(
    tmp_path: Path,
) -> None:
    async with registry(tmp_path) as world:
        await fetched(world)
        answered = await refuse(world, officer="Lê Thị Một Cửa")
        assert answered.status == 202, answered.body
        assert answered.body["act"] == "refusal"
        await world.settle()
        assert (rungs(world), pushes(world)) == ([1, 6], 0)
        first, last = reports(world)
        assert {first["maHoSo"], last["maHoSo"]} == {NUMBER}
        assert (last["noiDungXuLy"], last["nguoiXuLy"]) == (REASON, "Lê Thị Một Cửa")
        # Why it was refused is no part of its receipt.
        assert "noiDungXuLy" not in first
        shown = await world.shown(NUMBER)
        assert (shown["end"], shown["portal_code"]) == ("refused", 3)
        assert shown["sentence"] == "Bộ phận một cửa từ chối tiếp nhận hồ sơ."
        assert (world.told(LINKED), world.told(NUMBER)) == ([(1, "")], [(3, "")])
        assert {leg["state"] for leg in shown["legs"]} <= {"ended", "skipped"}


async def test_the_same_refusal_again_is_a_repeat_and_nothing_follows_an_end(
    tmp_path: Path,
) -> None:
    async with registry(tmp_path) as world:
        await fetched(world)
        assert not (await refuse(world)).body["repeated"]
        assert (await refuse(world)).body["repeated"]
        other = await refuse(world, reason="Lý do khác")
        assert (other.status, other.body["code"]) == (409, "dossier_ended")
        asked = await ask(world, NUMBER)
        assert (asked.status, asked.body["code"]) == (409, "dossier_ended")
        accepted = await world.submit(acceptance())
        assert (accepted.status, accepted.body["code"]) == (
            409,
            "dossier_contradiction",
        )
        await world.settle()
        assert rungs(world) == [1, 6]


async def test_a_refusal_wants_a_reason_and_the_number_of_the_counter(
    tmp_path: Path,
) -> None:
    async with registry(tmp_path) as world:
        await fetched(world)
        without = await refuse(world, reason=None)
        assert (without.status, without.body["code"]) == (422, "request_invalid")
        unnumbered = await refuse(world, number=None)
        assert unnumbered.status == 422
        (error,) = unnumbered.body["errors"]
        assert (error["pointer"], error["code"]) == ("/number", "required")
        await world.settle()
        assert (await world.shown(LINKED))["portal_code"] == 1
        assert rungs(world) == []


async def test_a_number_of_another_dossier_is_not_taken_for_its_own(
    tmp_path: Path,
) -> None:
    async with registry(tmp_path) as world:
        await fetched(world)
        other = document_of(OWN)
        await world.submit(other)
        answered = await refuse(world, number=other["number"])
        assert (answered.status, answered.body["code"]) == (409, "number_of_another")
        assert (await world.shown(LINKED))["end"] == ""


async def test_what_does_not_wait_for_the_counter_is_not_refused_by_it(
    tmp_path: Path,
) -> None:
    async with registry(tmp_path) as world:
        await fetched(world)
        await world.submit(acceptance())
        own = document_of(OWN)
        await world.submit(own)
        for number in (NUMBER, own["number"]):
            for act in (refuse, ask):
                answered = await act(world, number)
                assert answered.status == 409
                assert answered.body["code"] == "not_to_be_accepted"
                assert "rút hồ sơ" in answered.body["remedy"]


async def test_a_plan_that_would_tell_nobody_refuses_nothing(tmp_path: Path) -> None:
    def configure(config: Path) -> None:
        quick(config)
        path = config / "procedures/1.999031.toml"
        text = path.read_text("utf-8")
        path.write_text(text.replace('"refused", "registry', '"registry'), "utf-8")

    world = World(tmp_path / "run", configure=configure)
    world.scenario(
        NUMBER, application={"number": LINKED, "module": "KS", "unit": 99103}
    )
    async with world:
        await fetched(world)
        answered = await refuse(world)
        assert (answered.status, answered.body["code"]) == (409, "nobody_would_be_told")


# ------------------------------------------------------------ asking for papers


async def test_papers_asked_for_are_told_and_the_applicant_has_the_dossier(
    tmp_path: Path,
) -> None:
    async with registry(tmp_path) as world:
        await fetched(world)
        answered = await ask(world, reason="Bản chụp mờ.", until="2026-03-18")
        assert answered.status == 202, answered.body
        await fetched(world)
        assert rungs(world) == [1, 2]
        told = reports(world)[-1]
        assert told["noiDungXuLy"] == "Cần bổ sung: Giấy chứng sinh. Bản chụp mờ."
        assert told["hanBoSungHoSo"] == "18/03/2026"
        shown = await world.shown(LINKED)
        assert (shown["number"], shown["portal_code"]) == (NUMBER, 5)
        assert (shown["asks"], shown["end"]) == ([], "")
        assert [one["place"] for one in shown["places"]] == ["citizen"]
        assert "Cần bổ sung giấy tờ" in shown["sentence"]
        assert not await stands_still(world)
        assert (world.told(LINKED), world.told(NUMBER)) == (
            [(1, "")],
            [(5, "supplement")],
        )


async def test_a_last_day_that_nobody_named_is_the_procedures(tmp_path: Path) -> None:
    async with registry(tmp_path) as world:
        await fetched(world)
        late = await ask(world, until="2026-03-09")
        assert (late.status, late.body["code"]) == (422, "request_invalid")
        assert late.body["errors"][0]["code"] == "day_over"
        await ask(world)
        await fetched(world)
        # Seven working days from Tuesday 10 March.
        assert reports(world)[-1]["hanBoSungHoSo"] == "19/03/2026"


async def test_what_comes_on_line_is_the_counters_to_look_at_again(
    tmp_path: Path,
) -> None:
    async with registry(tmp_path) as world:
        await fetched(world)
        await ask(world)
        await fetched(world)
        assert await applied_anew(world, "Nguyễn Thị Mới") is Standing.APPLIED
        shown = await world.shown(NUMBER)
        assert (shown["portal_code"], shown["round"]) == (1, 2)
        assert [one["code"] for one in shown["asks"]] == ["to_be_accepted"]
        assert await stands_still(world)
        # The same papers may be wanted again, in the same words.
        assert not (await ask(world)).body["repeated"]
        assert (await ask(world)).body["repeated"]
        await fetched(world)
        assert (rungs(world), pushes(world)) == ([1, 2, 2], 0)


@pytest.mark.parametrize("came", [False, True])
async def test_accepted_after_all_it_goes_on_up_the_ladder(
    tmp_path: Path,
    came: bool,
) -> None:
    async with registry(tmp_path) as world:
        await fetched(world)
        await ask(world)
        await fetched(world)
        if came:
            await applied_anew(world, "Nguyễn Thị Mới")
        (before,) = await dossiers(world)
        wrong = await world.submit(acceptance(number=OTHER_NUMBER))
        assert (wrong.status, wrong.body["code"]) == (409, "number_of_another")
        answered = await world.submit(acceptance())
        assert answered.status == 202, answered.body
        assert answered.body["dossier"]["id"] == before
        await world.settle()
        assert rungs(world) == [1, 2, 3, 7, 4, 5]
        assert pushes(world) == 1


async def test_what_was_asked_for_and_never_came_may_be_refused(tmp_path: Path) -> None:
    async with registry(tmp_path) as world:
        await fetched(world)
        await ask(world)
        await world.pass_hours(24 * 10)
        # By now its own number is known.
        answered = await refuse(world, NUMBER, number=None)
        assert answered.status == 202, answered.body
        await world.settle()
        assert rungs(world) == [1, 2, 6]
        assert world.told(NUMBER)[-1] == (3, "")


async def test_what_the_counter_asked_papers_for_can_be_taken_back(
    tmp_path: Path,
) -> None:
    async with registry(tmp_path) as world:
        await fetched(world)
        await ask(world)
        await fetched(world)
        path = f"/v1/dossiers/{NUMBER}/withdrawal"
        withdrawn = await world.call("POST", path, {"reason": "Người nộp rút"})
        assert withdrawn.status == 202, withdrawn.body
        await world.settle()
        shown = await world.shown(NUMBER)
        assert (shown["end"], shown["portal_code"]) == ("withdrawn", 7)
        assert (rungs(world), pushes(world)) == ([1, 2], 0)


async def test_before_acceptance_nothing_is_supplemented_or_corrected(
    tmp_path: Path,
) -> None:
    async with registry(tmp_path) as world:
        await fetched(world)
        await ask(world)
        brought = await world.call(
            "POST", f"/v1/dossiers/{NUMBER}/supplements", {"note": "Đã có"}
        )
        corrected = await world.call(
            "PUT", f"/v1/dossiers/{NUMBER}", acceptance(revision=2)
        )
        for answered in (brought, corrected):
            assert (answered.status, answered.body["code"]) == (409, "not_accepted_yet")
            assert "POST /v1/dossiers" in answered.body["remedy"]
        await fetched(world)
        assert (rungs(world), pushes(world)) == ([1, 2], 0)


async def test_of_a_refusal_and_an_acceptance_at_once_one_holds(tmp_path: Path) -> None:
    async with registry(tmp_path) as world:
        await fetched(world)
        taken, not_taken = await asyncio.gather(
            world.submit(acceptance()), refuse(world)
        )
        assert sorted((taken.status, not_taken.status)) == [202, 409]
        await world.settle()
        ladder = [1, 6] if not_taken.status == 202 else [1, 3, 7, 4, 5]
        assert rungs(world) == ladder


# ------------------------------------------------------------ on paper


@pytest.mark.parametrize(
    ("act", "form"), [(refuse, "intake-refusal"), (ask, "supplement-request")]
)
async def test_its_notice_is_printed_with_what_the_counter_wrote(
    tmp_path: Path, act: Any, form: str
) -> None:
    async with registry(tmp_path) as world:
        await fetched(world)
        await act(world, reason=REASON)
        listed = await world.call("GET", f"/v1/dossiers/{NUMBER}/papers")
        chosen = {one["form"]: one for one in listed.body["papers"]}
        assert chosen[form]["why_not"] == "", chosen
        printed = await world.call("GET", f"/v1/dossiers/{NUMBER}/papers/{form}.docx")
        assert printed.status == 200
        text = text_of(printed.content)
        assert REASON in text
        # The counter's own paper: whoever handed it over asks and refuses nothing.
        assert "Trung tâm phục vụ hành chính công tỉnh Mẫu" in text
        assert "DVCLT" not in text
