"""Requests to a water company, by files in a folder: what whole dossiers go through."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest

from tests.world import World, document_of, quick

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
RENAMED, NEW = "69-doi-ten-hop-dong-nuoc", "67-lap-nuoc-moi"
FIRST, SECOND = "H00.01-260310-2601", "H00.01-260310-2602"
CUSTOMER = "00000992601"
TAKEN = {"after_h": 1, "state": "DA_TIEP_NHAN"}
DONE = {"after_h": 4, "state": "HOAN_THANH"}


def folder(world: World) -> Path:
    """What the company and the gateway share."""
    return world.stage.run_dir / "packages" / "cap-nuoc-mau"


def reported(world: World) -> list[dict[str, str]]:
    """Every line of the reports of errors that the company was given."""
    found = []
    for path in sorted((folder(world) / "tra-loi/loi").glob("*.loi.csv")):
        with path.open(encoding="utf-8-sig", newline="") as file:
            found += list(csv.DictReader(file, delimiter=";"))
    return found


async def found(world: World, wanted: str) -> set[str]:
    """Dossiers that an operator finds."""
    answer = await world.call("POST", "/v1/find", {"q": wanted}, role="operator")
    return {row["number"] for row in answer.body["dossiers"]}


async def test_two_dossiers_of_one_customer_both_finish(tmp_path: Path) -> None:
    world = World(tmp_path / "run", configure=quick)
    cells = {"SO_DANH_BO": CUSTOMER}
    for number in (FIRST, SECOND):
        steps = [{**step, "cells": cells} for step in (TAKEN, DONE)]
        world.scenario(number, water={"step": steps})
    async with world:
        for number in (FIRST, SECOND):
            document = {**document_of(RENAMED), "number": number}
            document["water"] = {"customer_number": CUSTOMER}
            assert (await world.submit(document)).status == 202
        await world.settle()
        for number in (FIRST, SECOND):
            shown = await world.shown(number)
            assert shown["end"] == "finished"
            assert CUSTOMER not in [known["value"] for known in shown["numbers"]]
        assert await found(world, CUSTOMER) == {FIRST, SECOND}
        assert reported(world) == []


async def test_a_danh_bo_that_a_company_gives_finds_the_dossier(tmp_path: Path) -> None:
    world = World(tmp_path / "run", configure=quick)
    meter = {"after_h": 2, "state": "GAN_DONG_HO", "cells": {"SO_DANH_BO": CUSTOMER}}
    world.scenario(FIRST, water={"step": [TAKEN, meter, DONE]})
    async with world:
        await world.submit({**document_of(NEW), "number": FIRST})
        await world.settle()
        assert await found(world, CUSTOMER) == {FIRST}


async def test_a_number_of_another_dossier_goes_back_as_what_it_is(
    tmp_path: Path,
) -> None:
    world = World(tmp_path / "run", configure=quick)
    own = {**TAKEN, "cells": {"SO_HO_SO": "HS-26/0001"}}
    world.scenario(FIRST, water={"step": [own, DONE]})
    # The company finds its mistake in the report, and tells it as it is.
    other = {**own, "after_h": 3}
    right = {**DONE, "on": "reported:1", "cells": {"SO_HO_SO": "HS-26/0002"}}
    world.scenario(SECOND, water={"step": [other, right]})
    async with world:
        for number in (FIRST, SECOND):
            await world.submit({**document_of(NEW), "number": number})
        await world.settle()
        (line,) = reported(world)
        assert (line["MA_HO_SO"], line["COT"], line["MA_LOI"]) == (
            SECOND,
            "SO_HO_SO",
            "D11",
        )
        for number, theirs in ((FIRST, "HS-26/0001"), (SECOND, "HS-26/0002")):
            shown = await world.shown(number)
            assert shown["end"] == "finished"
            assert theirs in [known["value"] for known in shown["numbers"]]


async def test_a_row_after_the_end_goes_back_and_one_from_before_is_kept(
    tmp_path: Path,
) -> None:
    world = World(tmp_path / "run", configure=quick)
    steps = [
        TAKEN,
        {"after_h": 4, "state": "TU_CHOI"},
        {"after_h": 6, "state": "KHAO_SAT", "backdated_h": 4},
        {"after_h": 8, "state": "THI_CONG"},
    ]
    world.scenario(FIRST, water={"step": steps})
    async with world:
        await world.submit({**document_of(NEW), "number": FIRST})
        await world.settle()
        (line,) = reported(world)
        assert (line["TRANG_THAI"], line["COT"], line["MA_LOI"]) == (
            "THI_CONG",
            "TRANG_THAI",
            "D12",
        )
        assert (await world.shown(FIRST))["end"] == "refused"


async def test_rows_that_are_wrong_stop_no_other_and_are_reported(
    tmp_path: Path,
) -> None:
    example = "68-nuoc-dong-sai"
    async with World(tmp_path / "run", example=example, configure=quick) as world:
        expected = await world.feed(example)
        await world.settle()
        assert (await world.judge(expected)).differences == []
        told = {(line["COT"], line["MA_LOI"]) for line in reported(world)}
        assert told == {("TRANG_THAI", "D02"), ("MA_HO_SO", "D03")}
        assert {line["CACH_SUA"] for line in reported(world)} != {""}


async def test_a_stop_for_the_customer_lies_with_the_applicant(tmp_path: Path) -> None:
    world = World(tmp_path / "run", configure=quick)
    absent = {"after_h": 2, "state": "TAM_DUNG"}
    world.scenario(FIRST, water={"step": [TAKEN, absent]})
    async with world:
        await world.submit({**document_of(NEW), "number": FIRST})
        await world.pass_hours(5)
        shown = await world.shown(FIRST)
        assert [place["place"] for place in shown["places"]] == ["citizen"]
        assert (shown["portal_code"], shown["pause"]) == (8, "stopped")
