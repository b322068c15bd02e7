"""A dossier's place by its own day: old and new communes, one that became several."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest

from gateway.wiring.files import read_folder
from tests.journeys.test_callbacks import CORRECTION
from tests.world import World, a_dossier, quick

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
EVE, DAY = "2025-06-30T16:45:00+07:00", "2025-07-01T07:30:00+07:00"
#: Of before; the office lay under another number, which its system gave up that night.
OLD = """
[[office.area]]
commune = "99011"
tinh_id = 98
huyen_id = 7
xa_id = 711
from = 2004-07-01
to = 2025-06-30
source = "Bảng mã đến hết 30/06/2025 (giả lập)"

[[office.area]]
commune = "99103"
tinh_id = 99
huyen_id = 0
xa_id = 9103
from = 2025-07-01
to = 2025-12-31
filler = ["huyen_id"]
source = "Nhận thay Chi nhánh Mẫu Hai đến hết 2025 (giả lập)"
"""
IDLE = [{"on": "never", "do": "handed_out"}]
OLD_RULE = """
[[rule]]
id = "dat-dai-mau-1-cu"
agency = "land_registry"
office = "land-mau-1"
communes = ["99011", "99013"]
from = 2004-07-01
to = 2025-06-30
decision = "Quyết định số 01/2004/QĐ-UBND tỉnh Mẫu (giả lập)"
verified = false
"""


def of_before(config: Path) -> None:
    """What stood in the configuration before 1 July 2025, beside what stands now."""
    quick(config)
    land = config / "agencies" / "land_registry.toml"
    head, mark, rest = land.read_text("utf-8").partition("[[office.area]]")
    land.write_text(f"{head}{OLD}\n{mark}{rest}", "utf-8")
    rules = config / "routing" / "competence.toml"
    rules.write_text(rules.read_text("utf-8") + OLD_RULE, "utf-8")
    for path in (config / "procedures").glob("1.999003.toml"):
        text = path.read_text("utf-8")
        path.write_text(
            text.replace("valid_from = 2025-07-01", "valid_from = 2024-08-01"), "utf-8"
        )


def world_on(folder: Path, start: str) -> World:
    world = World(folder / "run", configure=of_before)
    world.stage.start = start
    return world


def dossier(number: str, commune: str, received_at: str) -> dict[str, Any]:
    changed = {
        **CORRECTION,
        "received_at": received_at,
        "due_on": "2025-07-31",
        "area": {"commune": commune},
    }
    return a_dossier(number, **changed)


def handed_over(world: World, number: str) -> list[tuple[int, int, int]]:
    """The land system's own numbers in each hand-over that reached it."""
    bodies = [
        json.loads(one.body)
        for one in world.heard
        if one.url == "POST /vbdlis/tiepnhan" and number.encode() in one.body
    ]
    return [(body["TinhId"], body["HuyenId"], body["XaId"]) for body in bodies]


async def question(world: World, number: str) -> dict[str, Any]:
    """What the counter is asked, which is also what stands still, in words."""
    rows = (await world.call("GET", "/v1/still", role="operator")).body["still"]
    (row,) = [row for row in rows if row["number"] == number]
    assert "xã nào" in row["words"]
    assert "/choices" in row["next_action"]
    (asked,) = (await world.shown(number))["asks"]
    assert (asked["code"], asked["field"]) == ("area_ambiguous", "commune")
    found: dict[str, Any] = asked
    return found


async def test_a_dossier_of_the_eve_keeps_its_old_numbers_however_late_it_leaves(
    tmp_path: Path,
) -> None:
    number, lane = "H00.01-250630-0001", "/v1/lanes/land-mau-1"
    async with world_on(tmp_path, EVE) as world:
        why = {"reason": "Chuyển đổi hệ thống trong đêm"}
        await world.call("POST", f"{lane}/pause", why, role="administrator")
        await world.submit(dossier(number, "99011", EVE))
        await world.pass_hours(20)
        assert handed_over(world, number) == []
        await world.call("POST", f"{lane}/resume", why, role="administrator")
        await world.settle()
        assert handed_over(world, number) == [(98, 7, 711)]
        assert (await world.shown(number))["end"] == "finished"


@pytest.mark.parametrize(
    ("commune", "received_at", "numbers"),
    [
        # Written down by an old list on the day after: it is the commune of today.
        ("99011", DAY, (99, 0, 9103)),
        # Taken in on the eve and handed to the gateway on the day.
        ("99011", EVE, (99, 0, 9103)),
        ("99101", DAY, (99, 0, 9101)),
    ],
)
async def test_a_dossier_of_the_day_has_the_numbers_of_the_day(
    tmp_path: Path, commune: str, received_at: str, numbers: tuple[int, int, int]
) -> None:
    number = "H00.01-250701-0001"
    async with world_on(tmp_path, DAY) as world:
        await world.submit(dossier(number, commune, received_at))
        await world.settle()
        assert handed_over(world, number) == [numbers]


async def test_a_commune_that_will_be_split_is_whole_on_the_eve(tmp_path: Path) -> None:
    number = "H00.01-250630-0002"
    async with world_on(tmp_path, EVE) as world:
        accepted = await world.submit(dossier(number, "99013", EVE))
        assert accepted.body["dossier"]["unrouted"] is None
        assert accepted.body["dossier"]["asks"] == []


async def test_whose_commune_became_several_is_asked_with_a_list_and_goes_on(
    tmp_path: Path,
) -> None:
    number = "H00.01-250701-0003"
    async with world_on(tmp_path, DAY) as world:
        accepted = await world.submit(dossier(number, "99013", DAY))
        assert accepted.body["dossier"]["unrouted"] == "area_ambiguous"
        asked = await question(world, number)
        assert asked["choices"] == [
            {"value": "99102", "name": "Xã Mẫu Hai"},
            {"value": "99103", "name": "Xã Mẫu Ba"},
        ]
        path = f"/v1/dossiers/{number}/choices"
        wrong = await world.call("POST", path, {"commune": "99101"})
        assert (wrong.status, wrong.body["errors"][0]["pointer"]) == (422, "/commune")
        for repeated in (False, True):
            chosen = await world.call("POST", path, {"commune": "99103"})
            assert (chosen.status, chosen.body["repeated"]) == (202, repeated)
        await world.settle()
        shown = await world.shown(number)
        assert (shown["asks"], shown["unrouted"], shown["end"]) == (
            [],
            None,
            "finished",
        )
        assert shown["document"]["area"] == {"commune": "99103", "as_of": "2025-07-01"}
        assert handed_over(world, number) == [(99, 0, 9103)]


async def test_a_choice_holds_for_what_is_sent_later(tmp_path: Path) -> None:
    """The office is known, the commune is not; then it asks for a correction."""
    number = "H00.01-250701-0004"
    world = world_on(tmp_path, DAY)
    ask = {"on": "hand_over", "after_h": 1, "send": "YeuCauCapNhatHoSo"}
    world.scenario(number, land_registry={"step": [ask]}, one_stop={"step": IDLE})
    async with world:
        await world.submit(dossier(number, "99012", DAY))
        await world.settle()
        asked = await question(world, number)
        assert asked["leg"] == "land"
        assert [one["value"] for one in asked["choices"]] == ["99101", "99102"]
        path = f"/v1/dossiers/{number}"
        await world.call("POST", f"{path}/choices", {"commune": "99102"})
        await world.settle()
        assert handed_over(world, number) == [(99, 971, 9102)]
        shown = await world.shown(number)
        revised = {**shown["document"], "revision": 3, "notes": "Đã sửa số tờ."}
        answer = await world.call("PUT", path, revised)
        assert answer.status == 202, answer.body
        await world.settle()
        assert handed_over(world, number) == [(99, 971, 9102)] * 2


async def test_a_correction_of_a_dossier_of_the_eve_asks_for_no_choice(
    tmp_path: Path,
) -> None:
    """Its office has it under the commune of its day, which has become another since."""
    number = "H00.01-250630-0005"
    world = world_on(tmp_path, EVE)
    ask = {"on": "hand_over", "after_h": 24, "send": "YeuCauCapNhatHoSo"}
    world.scenario(number, land_registry={"step": [ask]}, one_stop={"step": IDLE})
    async with world:
        await world.submit(dossier(number, "99011", EVE))
        await world.settle()
        shown = await world.shown(number)
        revised = {**shown["document"], "revision": 2, "notes": "Đã sửa số tờ."}
        answer = await world.call("PUT", f"/v1/dossiers/{number}", revised)
        assert answer.status == 202, answer.body
        await world.settle()
        assert handed_over(world, number) == [(98, 7, 711)] * 2


async def test_a_commune_without_numbers_waits_with_its_remedy_and_goes_on_once_mapped(
    tmp_path: Path,
) -> None:
    number = "H00.01-250701-0006"
    world = world_on(tmp_path, DAY)
    async with world:
        whole = read_folder(world.stage.config)
        less = copy.deepcopy(whole)
        (land,) = (a for a in less["agencies"] if a["agency"]["id"] == "land_registry")
        for office in land["office"]:
            office["area"] = [a for a in office["area"] if a["commune"] != "99102"]
        await apply(world, less)
        await world.submit(dossier(number, "99102", DAY))
        await world.settle()
        rows = (await world.call("GET", "/v1/still", role="operator")).body["still"]
        (row,) = [row for row in rows if row["number"] == number]
        assert row["reason"] == "area_not_mapped"
        assert "route explain" in row["next_action"]
        assert "«Gửi lại»" in row["next_action"]
        assert handed_over(world, number) == []
        await apply(world, whole)
        (waits,) = await world.transfers(number, "hand_over")
        await world.act(waits, "resend", "Đã bổ sung địa bàn")
        await world.settle()
        assert handed_over(world, number) == [(99, 971, 9102)]


async def apply(world: World, content: dict[str, Any]) -> None:
    answer = await world.call(
        "POST", "/v1/configuration", content, role="administrator"
    )
    assert answer.status in {200, 201}, answer.body
