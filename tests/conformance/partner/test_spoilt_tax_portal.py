"""A portal that is wrong in one thing fails exactly the requirements about it."""

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
from tests.conformance.partner.spoilt_tax_portal import (
    CALLED,
    CALLING,
    answering,
    refusals_are_400,
    withdrawn_in_silence,
    yes_to_everything,
)

NAME = "tax_portal"


@pytest.mark.parametrize("what", some_of(CALLED))
async def test_a_spoilt_portal_that_is_called_breaks_what_it_breaks(
    what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoil, wrong = CALLED[what]
    outcome = await against_mock(NAME, Role.SERVER, spoil(monkeypatch))
    assert broken(outcome).keys() == wrong, broken(outcome)


@pytest.mark.parametrize("what", some_of(CALLING))
async def test_a_spoilt_portal_that_calls_breaks_what_it_breaks(
    what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoil, wrong = CALLING[what]
    outcome = await against_mock(NAME, Role.CLIENT, spoil(monkeypatch))
    assert broken(outcome).keys() == wrong, broken(outcome)


async def test_one_that_says_yes_to_everything_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    yes_to_everything(monkeypatch)
    outcome = await against_mock(NAME, Role.SERVER)
    assert outcome.overall is Overall.FAILED
    kept = of(outcome, Verdict.HOLDS)
    refusing = {
        one.requirement.number
        for one in outcome.judged
        if one.requirement.section in {"3", "5.2"}
    }
    assert kept & refusing == {"TP-301", "TP-303"}
    assert len(broken(outcome)) > 30


async def test_refusals_by_http_status_are_no_answers_of_the_document(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    spoiling = answering(refusals_are_400)(monkeypatch)
    outcome = await against_mock(NAME, Role.SERVER, spoiling)
    assert {"TP-205", "TP-206", "TP-304", "TP-514"} <= broken(outcome).keys()
    assert {"TP-201", "TP-305", "TP-501", "TP-701"} <= of(outcome, Verdict.HOLDS)


async def test_one_that_withdraws_in_silence_is_waited_for_in_vain(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    withdrawn_in_silence(monkeypatch)
    outcome = await against_mock(NAME, Role.CLIENT)
    assert broken(outcome) == {}
    assert of(outcome, Verdict.NO_CALL) == {"TP-808"}
    assert outcome.overall is Overall.INCOMPLETE


async def test_one_that_never_calls_gets_that_verdict() -> None:
    def alter(mock: object, _app: object) -> None:
        portal = mock.office.settings["portal"]  # type: ignore[attr-defined]
        portal["callback_base"] = f"http://127.0.0.1:{free_ports.free_port()}"

    outcome = await against_mock(NAME, Role.CLIENT, Spoiling(alter=alter))
    assert broken(outcome) == {}
    assert of(outcome, Verdict.HOLDS) == set()
    assert "TP-251" in of(outcome, Verdict.NO_CALL)
    assert outcome.overall is Overall.INCOMPLETE


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

    kit = read(NAME)
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
    assert broken(outcome).keys() == {"TP-1204"}
