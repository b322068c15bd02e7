"""Acts, attempts and files that meet each other: none of them undoes or hides another."""

from __future__ import annotations

import asyncio
import copy
import hashlib
from typing import TYPE_CHECKING, Any

import pytest

from gateway.adapters.land_registry.adapter import LandRegistryAdapter as Adapter
from gateway.receipts.fetch import Fetcher
from gateway.wiring.files import read_folder
from tests.journeys.test_callbacks import (
    CORRECTION,
    finish,
    handed_over,
    quiet_world,
    supplement_request,
)
from tests.world import World, a_dossier, quick

if TYPE_CHECKING:
    from pathlib import Path

    from tests.world import Json

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
NUMBER = "H00.01-260310-0951"
OTHER = "H00.01-260310-0952"
#: A commune of another office than the first.
ELSEWHERE = {"commune": "99103"}
#: One that no office is competent for.
NOWHERE = {"commune": "99013"}


def _fault(do: str, **more: Any) -> dict[str, Any]:
    return {
        "agency": "land_registry",
        "operation": "hand_over",
        "number": NUMBER,
        "do": do,
        **more,
    }


async def _sending(world: World) -> Json:
    """The hand-over, once it is on its way to an office that takes its time."""
    for _ in range(1_000):
        (handed,) = await world.transfers(NUMBER, "hand_over")
        if handed["state"] == "sending":
            return handed
    raise AssertionError("it was never on its way")


async def _put(world: World, **changed: Any) -> tuple[int, str]:
    document = a_dossier(NUMBER, **{**CORRECTION, "revision": 2, **changed})
    put = await world.call("PUT", f"/v1/dossiers/{NUMBER}", document)
    return put.status, put.body.get("code", "")


async def test_a_dossier_on_its_way_to_one_office_is_not_routed_to_another(
    tmp_path: Path,
) -> None:
    world = quiet_world(tmp_path, NUMBER)
    world.faults = [_fault("delay_s", held=True)]
    async with world:
        await world.submit(a_dossier(NUMBER, **CORRECTION))
        await _sending(world)
        assert await _put(world, area=ELSEWHERE) == (409, "being_handed_over")
        world.release("land_registry")
        await world.settle()
        (handed,) = await world.transfers(NUMBER, "hand_over")
        (leg,) = (await world.shown(NUMBER))["legs"]
        assert (handed["state"], handed["office"]) == ("delivered", leg["office"])
        assert await _put(world, area=ELSEWHERE) == (409, "already_handed_over")


async def test_a_dossier_that_may_have_arrived_is_not_routed_to_another_office(
    tmp_path: Path,
) -> None:
    world = quiet_world(tmp_path, NUMBER)
    world.faults = [_fault("lose_answer")]
    async with world:
        await world.submit(a_dossier(NUMBER, **CORRECTION))
        await world.pass_hours(0)
        (handed,) = await world.transfers(NUMBER, "hand_over")
        assert (handed["state"], handed["fate"]) == ("due", "may_have_left")
        assert await _put(world, area=ELSEWHERE) == (409, "being_handed_over")
        await world.settle()
        assert len(world.effects(NUMBER, "land_registry", "hand_over")) == 1


@pytest.mark.parametrize(("area", "overtaken"), [(ELSEWHERE, True), (NOWHERE, False)])
async def test_a_corrected_dossier_leaves_nothing_on_its_way_to_the_first_office(
    tmp_path: Path, area: Json, overtaken: bool
) -> None:
    async with quiet_world(tmp_path, NUMBER) as world:
        lane = "/v1/lanes/land-mau-1"
        why = {"reason": "Chi nhánh nâng cấp hệ thống"}
        await world.call("POST", f"{lane}/pause", why, role="administrator")
        await world.submit(a_dossier(NUMBER, **CORRECTION))
        assert await _put(world, area=area) == (202, "")
        await world.call("POST", f"{lane}/resume", {}, role="administrator")
        await world.settle()
        first, *others = await world.transfers(NUMBER, "hand_over")
        assert first["state"] == "cancelled"
        named = [t["id"] for t in others] if overtaken else ["revision"]
        assert [first["named_by"]] == named
        offices = {t["office"] for t in others if t["state"] == "delivered"}
        assert offices == ({"land-mau-2"} if overtaken else set())
        effects = world.effects(NUMBER, "land_registry", "hand_over")
        assert len(effects) == len(others)


async def test_the_same_papers_answer_a_second_request_and_a_repeat_does_not(
    tmp_path: Path,
) -> None:
    papers = {"documents": [{"name": "Bản vẽ", "originals": 1, "copies": 0}]}
    path = f"/v1/dossiers/{NUMBER}/supplements"
    async with quiet_world(tmp_path, NUMBER) as world:
        await handed_over(world, NUMBER)
        for round_, at in ((2, "2026-03-10T02:00:00"), (3, "2026-03-11T02:00:00")):
            await world.push("YeuCauBoSungHoSo", supplement_request(NUMBER, at))
            await world.settle()
            repeated = [
                (await world.call("POST", path, papers)).body["repeated"]
                for _ in range(3)
            ]
            assert repeated == [False, True, True]
            await world.settle()
            assert (await world.call("POST", path, papers)).body["repeated"]
            shown = await world.shown(NUMBER)
            assert (shown["portal_code"], shown["round"]) == (4, round_)
            assert len(await world.transfers(NUMBER, "supplement")) == round_ - 1


async def test_who_sends_again_after_the_horizon_has_a_whole_horizon(
    tmp_path: Path,
) -> None:
    world = quiet_world(tmp_path, NUMBER)
    world.faults = [_fault("too_many_429", every=True)]
    async with world:
        await world.submit(a_dossier(NUMBER, **CORRECTION))
        await world.pass_hours(24 * 6)
        (handed,) = await world.transfers(NUMBER, "hand_over")
        assert (handed["state"], handed["fate"]) == ("parked", "not_left")
        await world.act(handed, "resend", "Chi nhánh báo đã thông")
        await world.pass_hours(24)
        (again,) = await world.transfers(NUMBER, "hand_over")
        assert again["attempts"] > handed["attempts"] + 2
        assert again["state"] == "due"
        await world.pass_hours(24 * 5)
        (last,) = await world.transfers(NUMBER, "hand_over")
        assert (last["state"], last["fate"]) == ("parked", "not_left")


async def test_a_result_that_cannot_be_had_does_not_hide_the_one_that_came(
    tmp_path: Path,
) -> None:
    other = "H00.01-260310-0952"
    title = "Giấy chứng nhận quyền sử dụng đất"
    seed = hashlib.sha256(f"{other}\n{title}\n0".encode()).hexdigest()
    good = f"/files/{seed[:24]}.pdf"
    papers = [
        {"TenGiayTo": "Một", "LinkFile": good},
        {"TenGiayTo": "Hai", "LinkFile": "http://127.0.0.1:1/files/b.pdf"},
    ]
    for place, order in enumerate((papers, papers[::-1])):
        world = World(tmp_path / f"run{place}", configure=quick)
        world.scenario(NUMBER, land_registry={"step": [{"on": "never", "send": "x"}]})
        async with world:
            await world.submit(a_dossier(other, **CORRECTION))
            await world.settle()
            assert len((await world.shown(other))["results"]) == 1
            await handed_over(world, NUMBER)
            ended = finish(NUMBER, "2026-03-12T08:00:00")
            ended["DanhSachGiayToKetQua"] = order
            answered = await world.push("KetThucHoSo", ended)
            assert answered.body["Result"] == 1
            await world.settle()
            assert len((await world.shown(NUMBER))["results"]) == 1
            told = world.effects(NUMBER, "one_stop", "status")
            assert [t["facts"]["portal_code"] for t in told[-2:]] == [9, 9]
            gone = await world.call("GET", "/v1/unmatched", role="operator")
            codes = [r["code"] for r in gone.body["unmatched"]]
            assert codes == ["file_elsewhere"]


async def test_a_result_that_is_too_large_twice_is_asked_for_no_more_and_a_person_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.receipts.fetch.MAX_RESULT_BYTES", 10)
    async with World(tmp_path / "run", configure=quick) as world:
        await world.submit(a_dossier(NUMBER, **CORRECTION))
        await world.settle()
        fetched = [one for one in world.heard if one.url.startswith("GET /files/")]
        assert len(fetched) == 2
        gone = await world.call("GET", "/v1/unmatched", role="operator")
        (waits,) = gone.body["unmatched"]
        assert waits["code"] == "file_too_large"
        assert "lớn hơn mức cổng nhận" in str(waits)


async def test_a_withdrawal_ends_nothing_while_the_office_may_have_the_dossier(
    tmp_path: Path,
) -> None:
    world = quiet_world(tmp_path, NUMBER)
    world.faults = [_fault("lose_answer")]
    async with world:
        await world.submit(a_dossier(NUMBER, **CORRECTION))
        await world.pass_hours(0)
        (handed,) = await world.transfers(NUMBER, "hand_over")
        cancelled = await world.act(handed, "cancel", "Không chờ nữa")
        assert (cancelled.body["state"], cancelled.body["fate"]) == (
            "cancelled",
            "may_have_left",
        )
        path = f"/v1/dossiers/{NUMBER}/withdrawal"
        await world.call("POST", path, {"reason": "Thôi đính chính"})
        assert (await world.shown(NUMBER))["end"] == ""
        await world.settle()
        assert len(world.effects(NUMBER, "land_registry", "withdraw")) == 1


async def test_an_office_with_anything_open_is_not_taken_out_of_the_configuration(
    tmp_path: Path,
) -> None:
    async with quiet_world(tmp_path, NUMBER) as world:
        content = read_folder(world.stage.config)
        less = copy.deepcopy(content)
        (land,) = (a for a in less["agencies"] if a["agency"]["id"] == "land_registry")
        land["office"] = [o for o in land["office"] if o["id"] != "land-mau-2"]
        less["rules"] = [r for r in less["rules"] if r["office"] != "land-mau-2"]
        options: Json = {"role": "administrator"}
        await handed_over(world, NUMBER, area=ELSEWHERE)
        refused = await world.call("POST", "/v1/configuration", less, **options)
        assert (refused.status, refused.body["code"]) == (409, "office_in_use")
        assert "land-mau-2" in refused.body["remedy"]
        ended = finish(NUMBER, "2026-03-12T08:00:00", ending=2)
        await world.push("KetThucHoSo", ended, office="land-mau-2")
        await world.settle()
        taken = await world.call("POST", "/v1/configuration", less, **options)
        assert taken.status == 200


def _paper(name: str, title: str = "Giấy chứng nhận quyền sử dụng đất") -> Json:
    """A result that the mock has, since it had it for another dossier."""
    seed = hashlib.sha256(f"{OTHER}\n{title}\n0".encode()).hexdigest()
    return {"TenGiayTo": name, "LinkFile": f"/files/{seed[:24]}.pdf"}


async def _finished(world: World, *papers: Json) -> None:
    await world.submit(a_dossier(OTHER, **CORRECTION))
    await world.settle()
    await handed_over(world, NUMBER)
    ended = {
        **finish(NUMBER, "2026-03-12T08:00:00"),
        "DanhSachGiayToKetQua": list(papers),
    }
    assert (await world.push("KetThucHoSo", ended)).body["Result"] == 1


async def test_a_result_over_which_the_adapter_breaks_holds_up_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = _slow(tmp_path)
    fetch_file = Adapter.fetch_file

    def breaking(self: Any, link: Any, *, timeout_s: float) -> Any:
        if link.name == "Một":
            raise KeyError("a field that nobody foresaw")
        return fetch_file(self, link, timeout_s=timeout_s)

    monkeypatch.setattr(Adapter, "fetch_file", breaking)
    async with world:
        await _finished(world, *(_paper(name) for name in ("Một", "Hai", "Một")))
        await world.pass_hours(3)
        assert len((await world.shown(NUMBER))["results"]) == 1
        gone = await world.call("GET", "/v1/unmatched", role="operator")
        codes = [r["code"] for r in gone.body["unmatched"]]
        assert codes == ["agency_broke_contract"] * 2


async def test_two_results_that_come_at_the_same_moment_are_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def at_once(self: Any, office: Any, jobs: Any) -> None:
        """As two nodes fetch them, each one."""
        await asyncio.gather(*(self._fetch(job, row) for job, row in jobs))
        self._busy.discard(office)

    world = _slow(tmp_path)
    async with world:
        assert world.gateway is not None
        store = world.gateway.tools.store
        left, looked, both = store.fetches_left, [], asyncio.Event()

        async def together(dossier: Any) -> int:
            found = await left(dossier)
            looked.append(found)
            if len(looked) == 2:
                both.set()
            await both.wait()
            return found

        await world.submit(a_dossier(OTHER, **CORRECTION))
        await world.settle()
        monkeypatch.setattr(store, "fetches_left", together)
        monkeypatch.setattr(Fetcher, "_office", at_once)
        await _finished(world, _paper("Một"), _paper("Hai"))
        await world.settle()
        assert looked[:2] == [2, 2]
        assert len((await world.shown(NUMBER))["results"]) == 2
        told = world.effects(NUMBER, "one_stop", "status")
        assert [t["facts"]["portal_code"] for t in told[-2:]] == [9, 9]


def _slow(folder: Path) -> World:
    world = World(folder / "run", configure=quick)
    world.scenario(NUMBER, land_registry={"step": [{"on": "never", "send": "x"}]})
    return world
