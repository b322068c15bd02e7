"""A tax office that is wrong in one thing fails exactly the requirements about it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.conformance.partner import mock_pairs
from gateway.conformance.partner.mocked import Spoiling
from gateway.conformance.partner.trying import Wanted, conform
from gateway.conformance.partner.verdicts import Overall, Verdict
from gateway.conforming import Role
from gateway.wiring import free_ports
from tests.conformance.partner.chosen import some_of
from tests.conformance.partner.kit import (
    against_mock,
    broken,
    impatient,
    of,
    quietly,
    read,
)
from tests.conformance.partner.spoilt_tax import (
    OFFICES,
    after,
    page,
    yes_to_everything,
)

#: Requirements that one who says yes to everything keeps all the same.
KEPT_BY_YES = {
    *("TX-201", "TX-202", "TX-203", "TX-204", "TX-205", "TX-207", "TX-208", "TX-210"),
    *("TX-301", "TX-302", "TX-322", "TX-324", "TX-404", "TX-501", "TX-505", "TX-601"),
    *("TX-602", "TX-605", "TX-801", "TX-802", "TX-803", "TX-804", "TX-903", "TX-904"),
}


@pytest.mark.parametrize("what", some_of(OFFICES))
async def test_a_spoilt_tax_office_breaks_what_it_breaks(
    what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoil, wrong = OFFICES[what]
    outcome = await against_mock("tax", Role.SERVER, spoil(monkeypatch))
    assert broken(outcome).keys() == wrong, broken(outcome)


async def test_one_that_says_yes_to_everything_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    yes_to_everything(monkeypatch)
    outcome = await against_mock("tax", Role.SERVER)
    assert outcome.overall is Overall.FAILED
    assert of(outcome, Verdict.HOLDS) == KEPT_BY_YES
    assert len(broken(outcome)) > 40


async def test_one_that_answers_a_page_fails_and_no_test_stumbles(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    outcome = await against_mock("tax", Role.SERVER, after(page)(monkeypatch))
    assert {"TX-201", "TX-205", "TX-311", "TX-401", "TX-701"} <= broken(outcome).keys()
    assert of(outcome, Verdict.HOLDS) <= {"TX-204", "TX-209", "TX-904"}
    assert [one.ended for one in outcome.run.ran if "dừng vì" in one.ended] == []


@pytest.mark.parametrize(
    ("spoiling", "told"),
    [
        (Spoiling(host="khac.example"), "không cấp cho máy chủ"),
        (Spoiling(expired=True), "hết hạn"),
    ],
    ids=["another host", "expired"],
)
async def test_nothing_is_sent_where_the_certificate_is_wrong(
    spoiling: Spoiling, told: str
) -> None:
    outcome = await against_mock("tax", Role.SERVER, spoiling)
    assert broken(outcome).keys() == {"TX-204"}
    assert told in broken(outcome)["TX-204"]
    assert [one for ran in outcome.run.ran for one in ran.exchanges] == []


async def test_one_that_never_answers_gets_verdicts_and_no_more_calls(
    tmp_path: Path,
) -> None:
    gone: asyncio.Queue[None] = asyncio.Queue()

    async def silent(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.read()
        writer.close()
        await writer.wait_closed()
        gone.put_nowait(None)

    kit = read("tax")
    lie = mock_pairs.make(tmp_path, kit.mock_pairs)
    files = {name: lie / path for name, path in kit.usual.files.items()}
    preset = impatient(replace(kit.usual, files=files), answer_s=0.2, gap_s=0.0)
    port = free_ports.free_port()
    async with await asyncio.start_server(silent, "127.0.0.1", port):
        wanted = Wanted(Role.SERVER, f"http://127.0.0.1:{port}")
        outcome = await conform(kit, preset, wanted, quietly())
        await gone.get()
        await gone.get()
    assert outcome.overall is Overall.SILENT
    assert broken(outcome).keys() == {"TX-904"}
