"""What land offices push: repeats, wrong order, late words, unknown numbers, a sick store."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from gateway.domain.errors import StoreUnavailable
from gateway.wiring.serve import Gateway
from tests.world import World, a_dossier, quick

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.ports.store import Change

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
NUMBER = "H00.01-260310-0201"
#: A correction has no tax leg: the shortest journey.
CORRECTION = {"procedure": "1.999003", "case": "DC-01"}


def progress(number: str, step: int, at: str) -> dict[str, Any]:
    """ChuyenHoSo as the interface document shows it."""
    return {
        "SoBienNhan": number,
        "MaCanBoChuyen": "CB0001",
        "MaCanBoNhan": "CB0002",
        "MaTrangThai": step,
        "LaTrangThaiChuyenLai": False,
        "NoiDungXuLy": "Chuyển thẩm định",
        "NgayChuyen": at,
        "HanXuLy": 2.0,
        "DanhSachTapTin": [],
    }


def supplement_request(number: str, at: str) -> dict[str, Any]:
    """YeuCauBoSungHoSo: the citizen is to bring something."""
    return {
        "SoBienNhan": number,
        "NgayChoBoSung": at,
        "MaCanBoXuLy": "CB0002",
        "LaTamDung": False,
        "GhiChu": "Thiếu bản vẽ thửa đất.",
        "TapTin": None,
    }


def finish(number: str, at: str, ending: int = 0) -> dict[str, Any]:
    """KetThucHoSo without result papers."""
    return {
        "SoBienNhan": number,
        "NgayKetThuc": at,
        "MaCanBoXuLy": "CB0004",
        "TrangThaiKetThuc": ending,
        "GhiChu": "",
        "DanhSachGiayToKetQua": [],
    }


def quiet_world(folder: Path, *numbers: str) -> World:
    """Land offices that take dossiers and say nothing by themselves."""
    world = World(folder / "run", configure=quick)
    silent = [{"on": "never", "send": "ChuyenHoSo"}]
    for number in numbers:
        world.scenario(number, land_registry={"step": silent})
    return world


async def handed_over(world: World, number: str, **changed: Any) -> None:
    """Submit a correction and let the land office have it."""
    assert (
        await world.submit(a_dossier(number, **CORRECTION, **changed))
    ).status == 202
    await world.settle()
    assert len(world.effects(number, "land_registry", "hand_over")) == 1


async def test_a_repeated_report_changes_nothing_the_second_time(
    tmp_path: Path,
) -> None:
    async with quiet_world(tmp_path, NUMBER) as world:
        await handed_over(world, NUMBER)
        said = supplement_request(NUMBER, "2026-03-10T02:00:00")
        first = await world.push("YeuCauBoSungHoSo", said)
        await world.settle()
        told = world.told(NUMBER)
        again = await world.push("YeuCauBoSungHoSo", said)
        await world.settle()
        assert (first.body["Result"], again.body["Result"]) == (1, 1)
        assert told[-1] == (5, "supplement")
        assert world.told(NUMBER) == told


async def test_a_step_that_is_older_than_what_is_known_changes_nothing(
    tmp_path: Path,
) -> None:
    async with quiet_world(tmp_path, NUMBER) as world:
        await handed_over(world, NUMBER)
        await world.push("ChuyenHoSo", progress(NUMBER, 17, "2026-03-12T08:00:00"))
        await world.push("ChuyenHoSo", progress(NUMBER, 11, "2026-03-11T08:00:00"))
        (leg,) = (await world.shown(NUMBER))["legs"]
        assert leg["step"] == "17"


async def test_a_report_that_comes_after_the_end_is_kept_and_moves_nothing(
    tmp_path: Path,
) -> None:
    async with quiet_world(tmp_path, NUMBER) as world:
        await handed_over(world, NUMBER)
        await world.push("KetThucHoSo", finish(NUMBER, "2026-03-12T08:00:00"))
        await world.settle()
        before, told = await world.shown(NUMBER), world.told(NUMBER)
        late = supplement_request(NUMBER, "2026-03-12T09:00:00")
        assert (await world.push("YeuCauBoSungHoSo", late)).body["Result"] == 1
        refused = finish(NUMBER, "2026-03-12T10:00:00", ending=2)
        assert (await world.push("KetThucHoSo", refused)).body["Result"] == 1
        await world.settle()
        after = await world.shown(NUMBER)
        assert after["end"] == "finished"
        assert (after["legs"], after["sequence"]) == (
            before["legs"],
            before["sequence"],
        )
        assert world.told(NUMBER) == told


async def test_a_report_for_an_unknown_receipt_number_is_kept_and_shown(
    tmp_path: Path,
) -> None:
    async with quiet_world(tmp_path) as world:
        unknown = progress("26-9999/BN", 11, "2026-03-10T02:00:00")
        assert (await world.push("ChuyenHoSo", unknown)).body["Result"] == 1
        shown = await world.call("GET", "/v1/unmatched", role="operator")
        (kept,) = shown.body["unmatched"]
        assert (kept["office"], kept["code"]) == ("land-mau-1", "no_dossier")
        assert kept["named"] == ["26-9999/BN"]
        hidden = await world.call("GET", "/v1/unmatched", role="one_stop")
        assert hidden.status == 403


async def test_a_report_that_came_too_early_is_applied_when_it_comes_again(
    tmp_path: Path,
) -> None:
    async with quiet_world(tmp_path, NUMBER) as world:
        early = progress(NUMBER, 12, "2026-03-10T02:00:00")
        await world.push("ChuyenHoSo", early)
        await handed_over(world, NUMBER)
        await world.push("ChuyenHoSo", early)
        (leg,) = (await world.shown(NUMBER))["legs"]
        assert leg["step"] == "12"


async def test_a_report_that_cannot_be_read_is_refused_in_the_offices_own_shape(
    tmp_path: Path,
) -> None:
    async with quiet_world(tmp_path, NUMBER) as world:
        await handed_over(world, NUMBER)
        for body in (b"{", b"[]", b"null", b'{"SoBienNhan": 7}', b"\xff\xfe"):
            answer = await world.push("ChuyenHoSo", body)
            assert (answer.status, answer.body["Result"]) == (200, 0)
            assert answer.body["Message"]
        impossible = progress(NUMBER, 11, "2026-02-31T02:00:00")
        answer = await world.push("ChuyenHoSo", impossible)
        assert answer.body["Result"] == 0
        (leg,) = (await world.shown(NUMBER))["legs"]
        assert leg["step"] == ""


async def test_an_unknown_secret_looks_like_an_unknown_path(tmp_path: Path) -> None:
    async with quiet_world(tmp_path) as world:
        body = progress(NUMBER, 11, "2026-03-10T02:00:00")
        guessed = await world.push("ChuyenHoSo", body, secret="khong-phai-ma-that")
        no_office = await world.push(
            "ChuyenHoSo", body, office="land-mau-9", secret="x"
        )
        no_operation = await world.push("KhongCo", body)
        others = await world.push(
            "ChuyenHoSo", body, office="land-mau-2", secret=_secret(world, "land-mau-1")
        )
        answers = (guessed, no_office, no_operation, others)
        assert {a.status for a in answers} == {404}
        assert len({a.content for a in answers}) == 1
        assert len({_headers(a.headers) for a in answers}) == 1
        nothing = await world.call("GET", "/v1/unmatched", role="operator")
        assert nothing.body["unmatched"] == []


def _secret(world: World, office: str) -> str:
    return world.stage.secrets.value(f"{office}.callback")


def _headers(headers: Any) -> tuple[tuple[str, str], ...]:
    """All but the moment and the call's own number."""
    own = {"date", "x-correlation-id"}
    return tuple(sorted((k, v) for k, v in headers.items() if k.lower() not in own))


async def test_the_number_of_another_office_moves_no_dossier(tmp_path: Path) -> None:
    async with quiet_world(tmp_path, NUMBER) as world:
        await handed_over(world, NUMBER)
        ended = finish(NUMBER, "2026-03-12T08:00:00", ending=2)
        await world.push("KetThucHoSo", ended, office="land-mau-2")
        assert (await world.shown(NUMBER))["end"] == ""
        kept = (await world.call("GET", "/v1/unmatched", role="operator")).body
        assert [(k["office"], k["code"]) for k in kept["unmatched"]] == [
            ("land-mau-2", "not_its_dossier")
        ]


class SickStore:
    """Passes everything on, but cannot write reports for a while."""

    def __init__(self, store: Any, times: int) -> None:
        self._store = store
        self.left = times

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def apply(self, change: Change) -> Any:
        if change.report is not None and self.left > 0:
            self.left -= 1
            raise StoreUnavailable("the disk is full")
        return await self._store.apply(change)


def _sick(gateway: Gateway, times: int) -> None:
    original = Gateway.open_ports_of

    async def wrapped(here: Gateway) -> Any:
        opened = await original(here)
        store: Any = SickStore(opened.store, times)
        return replace(opened, store=store)

    gateway.open_ports_of = wrapped.__get__(gateway)  # type: ignore[method-assign]


async def test_a_report_that_cannot_be_kept_is_not_acknowledged_and_comes_again(
    tmp_path: Path,
) -> None:
    world = World(tmp_path / "run", configure=quick)
    async with world.mocks_only():
        await world.start_gateway(lambda gateway: _sick(gateway, 2))
        await world.submit(a_dossier(NUMBER, **CORRECTION))
        await world.settle()
        answers = [
            (line["facts"]["attempt"], line["facts"]["status"], line["facts"]["stored"])
            for line in world.arrivals(NUMBER, "land_registry", "callback_answer")
        ]
        assert answers[:3] == [(1, 503, False), (2, 503, False), (3, 200, True)]
        assert (await world.shown(NUMBER))["end"] == "finished"
        # Finished, then the result file is here.
        assert world.told(NUMBER) == [(4, ""), (9, ""), (9, "")]


async def test_two_reports_at_once_are_both_applied(tmp_path: Path) -> None:
    async with quiet_world(tmp_path, NUMBER) as world:
        await handed_over(world, NUMBER)
        both = [
            world.push("ChuyenHoSo", progress(NUMBER, 12, "2026-03-10T02:00:00")),
            world.push(
                "YeuCauBoSungHoSo", supplement_request(NUMBER, "2026-03-10T03:00:00")
            ),
            world.push("ChuyenHoSo", progress(NUMBER, 12, "2026-03-10T02:00:00")),
        ]
        answers = await asyncio.gather(*both)
        assert [a.body["Result"] for a in answers] == [1, 1, 1]
        await world.settle()
        shown = await world.shown(NUMBER)
        (leg,) = shown["legs"]
        assert (shown["pause"], leg["state"]) == ("supplement", "paused")
        assert world.told(NUMBER)[-1] == (5, "supplement")


async def test_a_pushed_report_that_nobody_foresaw_is_kept_for_a_person(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unforeseen(*_: object) -> tuple[()]:
        raise KeyError("a field that nobody foresaw")

    async with quiet_world(tmp_path, NUMBER) as world:
        await handed_over(world, NUMBER)
        monkeypatch.setattr("gateway.receipts.arrive.sealed_content", unforeseen)
        body = progress(NUMBER, 12, "2026-03-11T02:00:00")
        assert (await world.push("ChuyenHoSo", body)).status == 200
        (kept,) = (await world.call("GET", "/v1/unmatched", role="operator")).body[
            "unmatched"
        ]
        assert kept["code"] == "report_unforeseen"
