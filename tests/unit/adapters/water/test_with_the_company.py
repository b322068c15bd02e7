"""Adapter and mock company through one folder, each knowing the document alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway.conformance.adapter_bench import Bench
from gateway.conformance.adapter_kit import Kit, kits
from gateway.conformance.adapter_lent import Lab
from gateway.conformance.adapter_opening import opened
from gateway.domain.attempt import Outcome
from gateway.ports.inbox import PackageNotTaken, PartResult
from gateway.registry.manifest import installed
from gateway.validation.json_schema import JSONSchemaCatalogue
from gateway.wiring.secrets import Secrets, make_mock_secrets
from tests.unit.adapters.water.published import ROOT

HOURS = 400


def kit(*, by_hand: bool) -> Kit:
    (own,) = [one for one in kits(installed(ROOT / "schemas")) if one.name == "water"]
    (office,) = own.mock["offices"]
    return replace(
        own,
        office={**own.office, "water": {**own.office["water"], "by_hand": by_hand}},
        mock={"offices": [{**office, "by_hand": by_hand}]},
    )


@pytest.fixture(params=[False, True], ids=["a program", "a clerk"])
async def bench(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    chosen = kit(by_hand=request.param)
    make_mock_secrets(tmp_path / "keys", [], ("gateway", *chosen.pairs))
    catalogue = JSONSchemaCatalogue.load(ROOT / "schemas")
    lab = Lab(Secrets(tmp_path / "keys"), catalogue, ROOT / "schemas" / "agencies")
    async with opened(chosen, lab, tmp_path / "bench") as found:
        yield found


async def collected(bench: Bench) -> list[Any]:
    """Reports that a look brings; what is refused fails the test."""
    inbox, found = bench.adapter.inbox, []
    assert inbox is not None
    for name in await inbox.waiting():
        body = await inbox.read(name)
        try:
            package = await inbox.open(name, body, bench.now())
        except PackageNotTaken as refused:
            pytest.fail(f"{refused.code}: {refused.detail}")
        assert [part.refused for part in package.parts if part.refused] == []
        found += [part.report for part in package.parts if part.report]
        await package.taken([PartResult(part) for part in package.parts], bench.now())
    return found


async def test_a_dossier_goes_to_its_end_with_a_result(bench: Bench) -> None:
    sample = next(iter(bench.kit.samples.values()))
    message = bench.message(sample)
    assert (await bench.send(message)).outcome is Outcome.ON_ITS_WAY
    reports = []
    for _ in range(HOURS):
        await bench.pass_time(1)
        reports += await collected(bench)
        if reports and reports[-1].kind == "finished":
            break
    # A day alone, and a list sent again, bring the same report once more.
    told = list({one.fingerprint: one for one in reports}.values())
    moments = [one.event_at for one in told]
    assert moments == sorted(moments)
    assert {one.about[0].value for one in told} == {bench.kit.number}
    (file,) = told[-1].files
    pieces = bench.adapter.fetch_file(file, timeout_s=5)
    assert b"".join([piece async for piece in pieces]).startswith(b"%PDF")
    answer = await bench.adapter.enquire(message, timeout_s=5)
    assert answer.outcome is Outcome.DELIVERED
    bench.expect_effects(sample, 1)
