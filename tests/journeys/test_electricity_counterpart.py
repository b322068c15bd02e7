"""A company that was written from the interface document alone, in place of the mock."""

from __future__ import annotations

import asyncio
import contextlib
import json
from functools import partial
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from gateway.wiring import trying
from tests.counterparts import Counterpart, company
from tests.journeys.test_electricity import events
from tests.unit.adapters.electricity.published import sample
from tests.world import World, document_of, quick

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from gateway.conformance.adapter_making import Trial
    from gateway.registry.grades import Tried

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
EXAMPLE, OFFICE, MOCK = "56-cap-dien-ha-ap", "dien-luc-mau", "electricity"
KEY = {"kit-dien-luc.key": "khoa-cua-ben-gui"}


class ByCompany(World):
    """A gateway whose electricity office is the process of another."""

    @contextlib.asynccontextmanager
    async def with_company(self, step_ms: int) -> AsyncIterator[Counterpart]:
        secrets = self.stage.secrets
        async with company(
            NHANH_MS=str(step_ms),
            GUI_LAI_MS="100",
            DONG_HO=self.now().isoformat(),
            KHOA=secrets.value(f"{OFFICE}.key"),
            KHOA_GOI_VE=secrets.value(f"{OFFICE}.callback"),
            GOI_VE=f"{self.stage.url('agencies')}/callbacks/{OFFICE}",
        ) as counterpart:
            mock = self._mocks[MOCK]
            self.stage.ports[MOCK] = int(counterpart.base.rsplit(":", 1)[1])
            # Only virtual time still goes by the mock; no call reaches it.
            assert self._here()[self.stage.url(MOCK)] is mock
            yield counterpart


@contextlib.asynccontextmanager
async def run(
    folder: Path, step_ms: int = 5
) -> AsyncIterator[tuple[ByCompany, Counterpart]]:
    """``step_ms``: how long a step of the company takes; pushes of short ones race."""
    world = ByCompany(folder / "run", configure=quick)
    async with world.mocks_only(), world.with_company(step_ms) as counterpart:
        await world.start_gateway()
        yield world, counterpart


async def handed_in(world: World, number: str) -> None:
    document = {**document_of(EXAMPLE), "number": number}
    assert (await world.submit(document)).status == 202


async def test_it_passes_every_case_that_its_own_system_can_be_tried_with(
    tmp_path: Path,
) -> None:
    keys = tmp_path / "keys"
    keys.mkdir(0o700)
    (keys / "secrets.json").write_text(json.dumps(KEY), "utf-8")
    (keys / "secrets.json").chmod(0o600)
    wrong: list[str] = []

    def tell(_trial: Trial, tried: Tried) -> None:
        wrong.extend([] if tried.held else [f"{tried.case}: {tried.why}"])

    async with company(NHANH_MS="5") as counterpart:
        manifest, system = trying.system(MOCK, counterpart.base, "người thử")
        known = trying.System(system.address, system.by, keys)
        check = partial(trying.check, manifest, system=known, results=tmp_path)
        done = await asyncio.to_thread(check, tell=tell)
    assert wrong == []
    assert len(done.tried) == 20


async def test_a_dossier_goes_through_it_to_the_end_by_its_pushes(
    tmp_path: Path,
) -> None:
    number = "H00.01-260310-5601"
    async with run(tmp_path) as (world, counterpart):
        await handed_in(world, number)
        await asyncio.gather(world.pass_hours(1), counterpart.said("HT/1 xong"))
        await world.settle()
        assert (await world.shown(number))["end"] == "finished"
        assert (9, "") in world.told(number)
        assert world.arrivals(number, MOCK, "hand_over") == []


async def test_what_stands_in_the_way_of_it_is_told_in_its_words(
    tmp_path: Path,
) -> None:
    number = "H00.01-260310-5691"
    async with run(tmp_path, step_ms=300) as (world, counterpart):
        await handed_in(world, number)
        await asyncio.gather(world.pass_hours(1), counterpart.said("HT/1 xong"))
        await world.settle()
        notes = [str(one.get("note")) for one in events(world, number)]
        assert [note for note in notes if "Khách hàng vắng mặt" in note]
        assert (await world.shown(number))["end"] == "finished"


@pytest.mark.parametrize(
    ("number", "end"),
    [("H00.01-260310-5693", "withdrawn"), ("H00.01-260310-5694", "refused")],
)
async def test_its_cancellations_end_as_their_obstacle_says(
    tmp_path: Path, number: str, end: str
) -> None:
    async with run(tmp_path) as (world, counterpart):
        await handed_in(world, number)
        await asyncio.gather(world.pass_hours(1), counterpart.said("HU/1 xong"))
        await world.settle()
        assert (await world.shown(number))["end"] == end


async def test_what_it_took_outlives_its_restart(tmp_path: Path) -> None:
    asked = sample("themMoi_TiepNhanYeuCau")
    first = await called(tmp_path, "themMoi_TiepNhanYeuCau", asked)
    again = await called(tmp_path, "themMoi_TiepNhanYeuCau", asked)
    assert again["TRUNG_HSO"] == "1"
    assert again["MA_YCAU_KNAI"] == first["MA_YCAU_KNAI"]


@pytest.mark.parametrize(
    "name",
    [
        "themMoi_TiepNhanYeuCau.dossier_missing",
        "themMoi_TiepNhanYeuCau.empty_text",
        "themMoi_TiepNhanYeuCau.customer_of_new",
        "LayChiTietTienDo.number_as_number",
        "boSungYeuCau.says_nothing",
    ],
)
async def test_it_refuses_by_the_name_of_a_field(tmp_path: Path, name: str) -> None:
    told = await called(
        tmp_path, name.split(".", maxsplit=1)[0], sample(f"refused/{name}")
    )
    assert told["TYPE"] == "ERROR"
    assert told["MESSAGE"].startswith(("Thiếu trường: ", "Sai kiểu dữ liệu: "))


async def called(folder: Path, operation: str, body: Any) -> Any:
    """One call of a company that is started for it and stopped after it."""
    async with (
        company(KHO=str(folder / "so")) as counterpart,
        aiohttp.ClientSession() as session,
        session.post(f"{counterpart.base}/{operation}", json=body) as answer,
    ):
        return await answer.json()
