"""Births through both systems of the civil registry, and what it may send that is odd."""

from __future__ import annotations

import copy
import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from gateway.domain.words import WORDS
from tests.journeys.test_handed_over import (
    LINKED,
    NUMBER,
    acceptance,
    document,
    fetched,
    rungs,
)
from tests.unit.paper.words import text_of
from tests.world import World, document_of, quick

if TYPE_CHECKING:
    from pathlib import Path

    from tests.world import Json

pytestmark = [pytest.mark.journey, pytest.mark.timeout(150)]
OWN, OLD = "79-khai-sinh-tai-quay", "80-khai-sinh-truoc-sap-nhap"
APPLICATION = {"number": LINKED, "module": "KS", "unit": 99103}


def patient(config: Path) -> None:
    """As usual, but the registry has its time, and is asked every hour."""
    quick(config)
    for name in ("civil_registry", "dvclt"):
        path = config / f"agencies/{name}.toml"
        text = re.sub(r"(?m)^timeout_s = .*$", "timeout_s = 60.0", path.read_text())
        text = re.sub(r"(?m)^poll_every_s = .*$", "poll_every_s = 3600.0", text)
        path.write_text(text, "utf-8")


def world_of(folder: Path, *steps: Json, **said: Any) -> World:
    """A world in which a birth was applied for, and what the registry does with it."""
    world = World(folder / "run", configure=patient)
    world.scenario(
        NUMBER, application=APPLICATION, civil_registry={"step": list(steps), **said}
    )
    return world


def step(state: int, after_h: float, **more: Any) -> Json:
    told = {"on": "push", "after_h": after_h, "state": state, "text": "(ví dụ)"}
    return {**told, **more}


def bodies(world: World, operation: str) -> list[Json]:
    """What an operation was called with, in order."""
    return [json.loads(h.body) for h in world.heard if h.url.endswith(f"/{operation}")]


async def test_a_result_of_forty_megabytes_comes_through_and_goes_on(
    tmp_path: Path,
) -> None:
    async with world_of(tmp_path, step(4, 1, pdf_mb=40)) as world:
        await fetched(world)
        await world.submit(acceptance())
        await world.settle()
        shown = await world.shown(NUMBER)
        assert shown["end"] == "finished"
        (result,) = shown["results"]
        path = f"/v1/dossiers/{NUMBER}/results/{result['id']}"
        answered = await world.call("GET", path, role="one_stop")
        assert answered.content.startswith(b"%PDF")
        assert len(answered.content) > 29_000_000
        told = [b for b in bodies(world, "trangthaihoso") if b["trangThai"] == 4]
        assert len(json.loads(told[-1]["ketQuaXuLy"])["giayKhaiSinh"]) > 39_000_000
        assert rungs(world) == [1, 3, 7, 4, 5]


async def test_three_forms_of_dates_are_one_here_and_three_again_there(
    tmp_path: Path,
) -> None:
    async with world_of(tmp_path) as world:
        await fetched(world)
        came = await document(world)
        birth = came["birth"]
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", birth["child"]["born_on"])
        assert re.fullmatch(r"\d{4}", birth["mother"]["birth"])
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", birth["certificate"]["issued_on"])
        await world.submit(acceptance())
        await fetched(world)
        (push,) = bodies(world, "nhanHoSoDKHT")
        data = json.loads(push["data"])
        year, month, day = birth["child"]["born_on"].split("-")
        assert data["nksNgaySinh"] == f"{day}.{month}.{year}"
        assert data["meNgaySinh"] == birth["mother"]["birth"]
        issued = birth["certificate"]["issued_on"]
        assert data["ngayCapGCS"] == issued.replace("-", "")
        assert push["ngayTiepNhan"] == "10/03/2026 08:20:00"


async def test_a_state_that_goes_backwards_is_recorded_and_moves_nothing(
    tmp_path: Path,
) -> None:
    steps = (step(3, 1), step(1, 4), step(4, 30))
    async with world_of(tmp_path, *steps) as world:
        await fetched(world)
        await world.submit(acceptance())
        await world.pass_hours(10)
        shown = await world.shown(NUMBER)
        (leg,) = [leg for leg in shown["legs"] if leg["name"] == "registry"]
        assert leg["step"] == "3"
        assert world.told(NUMBER) == [(4, "")]
        path = f"/v1/dossiers/{NUMBER}/timeline"
        lines = (await world.call("GET", path, role="operator")).body
        told = json.dumps(lines, ensure_ascii=False)
        assert WORDS["step_goes_back"].reason in told
        await world.settle()
        assert world.told(NUMBER) == [(4, ""), (9, "")]
        assert rungs(world) == [1, 3, 7, 4, 5]


async def test_one_of_before_the_merger_is_asked_for_under_the_old_province_alone(
    tmp_path: Path,
) -> None:
    async with World(tmp_path / "run", example=OLD, configure=patient) as world:
        await world.submit(document_of(OLD))
        await world.settle()
        asked = bodies(world, "layKetQuaDKHT")
        assert asked
        assert {body["maTinh"] for body in asked} == {"98"}
        (push,) = bodies(world, "dangKyHoTich")
        assert (push["maDonVi"], push["ngayTiepNhan"]) == (99011, "2025-06-27")


async def test_one_that_the_registry_keeps_under_the_old_code_is_found_there(
    tmp_path: Path,
) -> None:
    world = World(tmp_path / "run", configure=patient)
    number = document_of(OWN)["number"]
    world.scenario(number, civil_registry={"filed_under": "98"})
    async with world:
        await world.submit(document_of(OWN))
        await world.settle()
        asked = [body["maTinh"] for body in bodies(world, "layKetQuaDKHT")]
        # Once found, it is asked for nowhere else.
        assert asked[:2] == ["99", "98"]
        assert set(asked[2:]) == {"98"}
        assert (await world.shown(number))["end"] == "finished"


async def test_polls_ask_for_three_at_most_and_never_overlap(tmp_path: Path) -> None:
    async with World(tmp_path / "run", configure=patient) as world:
        numbers = [f"H00.103-260310-09{place}" for place in range(10, 18)]
        for number in numbers:
            own = copy.deepcopy(document_of(OWN))
            await world.submit({**own, "number": number})
        await world.settle()
        asked = bodies(world, "layKetQuaDKHT")
        assert {n for body in asked for n in body["maDinhDanhHoSo"]} == set(numbers)
        assert max(len(body["maDinhDanhHoSo"]) for body in asked) <= 3
        polls = [
            line["facts"]
            for line in world.book("civil_registry", "arrivals")
            if line["kind"] == "btp_poll"
        ]
        assert {facts["answer"] for facts in polls} == {"found"}
        assert {facts["at_once"] for facts in polls} == {1}
        for number in numbers:
            assert (await world.shown(number))["end"] == "finished"


async def test_what_others_do_after_a_birth_is_never_told_as_done(
    tmp_path: Path,
) -> None:
    async with world_of(tmp_path) as world:
        await fetched(world)
        await world.submit(acceptance())
        await world.settle()
        path = f"/v1/dossiers/{NUMBER}"
        shown = (await world.call("GET", path)).body
        legs = {leg["name"]: (leg["state"], leg["aside"]) for leg in shown["legs"]}
        assert legs == {
            "registry": ("ended", ""),
            "dvclt": ("ended", "told"),
            "residence": ("waiting", "unheard"),
            "insurance": ("waiting", "unheard"),
        }
        assert (shown["end"], shown["places"]) == ("finished", [])
        for name in ("Công an xã Mẫu", "Bảo hiểm xã hội cơ sở Mẫu"):
            assert name in shown["sentence"]
        assert "cổng chưa được báo kết quả" in shown["sentence"]
        page = await world.call("GET", f"/console/ho-so/{shown['id']}", role="operator")
        read = page.content.decode()
        assert read.count("cơ quan tự làm, cổng chưa được báo") == 2
        assert "được báo từng bước" in read
        assert "không cần nữa" not in read
        slip = await world.call("GET", f"{path}/papers/control-slip.docx")
        # Software that is told what happens works on nothing.
        assert "dịch vụ công liên thông" not in text_of(slip.content)


async def test_one_that_was_typed_by_hand_there_stays_with_the_registry(
    tmp_path: Path,
) -> None:
    async with world_of(tmp_path, typed_by_hand_after_h=1) as world:
        await fetched(world)
        await world.submit(acceptance())
        await world.pass_hours(24 * 4)
        asked = len(bodies(world, "layKetQuaDKHT"))
        still = (await world.call("GET", "/v1/still", role="operator")).body["still"]
        assert still == []
        await world.pass_hours(24 * 4)
        shown = await world.shown(NUMBER)
        assert (shown["end"], shown["portal_code"]) == ("", 4)
        # It is asked for as before: somebody may still take the push.
        assert len(bodies(world, "layKetQuaDKHT")) > asked > 0
        (still,) = (await world.call("GET", "/v1/still", role="operator")).body["still"]
        assert (still["reason"], still["state"]) == ("not_taken_up", "delivered")
        assert "nhập tay" in still["words"]
        assert "xin kết quả giấy" in still["next_action"]
        assert rungs(world) == [1, 3, 7]


async def test_a_push_whose_answer_was_lost_is_not_taken_for_the_papers_asked_for(
    tmp_path: Path,
) -> None:
    """Asked for within the time until it would be repeated: a repeat would be those."""
    steps = (
        step(2, 1, due_days=5),
        {**step(3, 1), "on": "supplement"},
        {**step(4, 30), "on": "supplement"},
    )
    world = world_of(tmp_path, *steps, supplies_after_h=20)
    fault = {"agency": "civil_registry", "operation": "btp_push"}
    world.faults += [
        {**fault, "do": "lose_answer", "nth": 1},
        {**fault, "do": "error_503_retry_after", "nth": 2, "seconds": 7200},
    ]
    async with world:
        await fetched(world)
        await world.submit(acceptance())
        await world.pass_hours(12)
        kinds = [line["kind"] for line in world.book("civil_registry")]
        assert "btp_push" in kinds
        assert "btp_supplement" not in kinds
        await world.settle()
        shown = await world.shown(NUMBER)
        assert shown["end"] == "finished"
        assert rungs(world) == [1, 3, 7, 2, 3, 7, 4, 5]
        kinds = [line["kind"] for line in world.book("civil_registry")]
        assert (kinds.count("btp_push"), kinds.count("btp_supplement")) == (1, 1)
