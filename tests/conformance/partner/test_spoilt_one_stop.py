"""A one-stop that hands dossiers in wrongly fails exactly the requirements about it."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from gateway.adapters.one_stop import (
    conformance_desk,
    mock_acts,
    mock_clerk,
    mock_counter,
)
from gateway.conformance.partner.acts import Control
from gateway.conformance.partner.hashing import hash_of
from gateway.conformance.partner.mocked import listening, stand
from gateway.conformance.partner.verdicts import Overall, Verdict
from gateway.conforming import Incoming, NotTried, Role
from gateway.validation.json_schema import JSONSchemaCatalogue
from gateway.wiring import conforming
from tests.conformance.partner.chosen import some_of
from tests.conformance.partner.kit import ROOT, against_mock, broken, of, read
from tests.conformance.partner.spoilt_one_stop import CLIENTS


@pytest.mark.parametrize("what", some_of(CLIENTS, always=["everything is a success"]))
async def test_a_spoilt_one_stop_breaks_what_it_breaks(what: str) -> None:
    spoiling, wrong = CLIENTS[what]
    outcome = await against_mock("one_stop", Role.CLIENT, spoiling)
    assert broken(outcome).keys() == wrong, broken(outcome)


async def test_a_large_file_inside_the_json_is_seen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mock_acts, "LARGE_BYTES", 10**9)
    outcome = await against_mock("one_stop", Role.CLIENT, only="MC-402")
    assert broken(outcome).keys() == {"MC-402"}


async def test_an_upload_that_was_forgotten_is_seen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    send = mock_acts.Acts._send

    async def forgetful(self: object, act: object, attempt: int) -> None:
        if act.do != "attachment":  # type: ignore[attr-defined]
            await send(self, act, attempt)  # type: ignore[arg-type]

    monkeypatch.setattr(mock_acts.Acts, "_send", forgetful)
    outcome = await against_mock("one_stop", Role.CLIENT, only="MC-401")
    assert broken(outcome).keys() == {"MC-401"}


async def test_a_result_that_is_handed_out_too_early_is_seen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = mock_counter.Counter.asked

    def hasty(self: mock_counter.Counter, number: str, act: str) -> None:
        asked(self, number, act)
        if act == "hand_in":
            step = {"do": "handed_out"}
            self._office.after(60, partial(self._acts.do, number, 9, step))

    monkeypatch.setattr(mock_counter.Counter, "asked", hasty)
    outcome = await against_mock("one_stop", Role.CLIENT, only="MC-505")
    assert "MC-505" in broken(outcome)


async def test_a_one_stop_that_never_calls_gets_that_verdict(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mock_counter.Counter, "asked", lambda *_given: None)
    outcome = await against_mock("one_stop", Role.CLIENT)
    assert broken(outcome) == {}
    assert of(outcome, Verdict.HOLDS) == set()
    assert {"MC-301", "MC-310", "MC-501"} <= of(outcome, Verdict.NO_CALL)
    assert outcome.overall is Overall.INCOMPLETE


async def test_an_act_that_the_control_address_does_not_know_is_not_tried() -> None:
    kit = read("one_stop")
    async with (
        stand(kit, kit.usual, Role.CLIENT, "http://127.0.0.1:9") as there,
        listening(there) as found,
    ):
        url = found.server.replace("/status", "/acts")
        with pytest.raises(NotTried, match="không làm được «bay»"):
            await Control(url, found.ca).ask("bay", "H99.01-1")


def test_the_schema_of_a_dossier_comes_with_the_documents_and_counts(
    tmp_path: Path,
) -> None:
    kit = read("one_stop")
    conforming.documents(kit, tmp_path)
    copied = tmp_path / "schemas" / "dossier" / "dossier-1.json"
    assert copied.is_file()
    copied.write_bytes(copied.read_bytes() + b" ")
    assert hash_of(kit.schemas, kit.others.values()) == kit.hash
    assert hash_of(kit.schemas, [copied]) != kit.hash


def test_the_clerks_dossier_keeps_the_schema() -> None:
    catalogue = JSONSchemaCatalogue.load(ROOT / "schemas")
    at = datetime(2026, 3, 10, tzinfo=UTC)
    held = [{"name": "a.pdf", "content": "JVBERi0="}]
    for files in ([], held):
        made = mock_clerk.dossier("H99.01-260310-0001", at, {}, files)
        assert catalogue.errors("urn:lienthong:schema:dossier:1", made) == ()


@pytest.mark.parametrize("end", ["\r\n", "\r\n--tail"])
def test_parts_are_read_as_they_were_sent(end: str) -> None:
    lines = (
        "--x",
        'Content-Disposition: form-data; name="dossier"',
        "",
        '{"number": "H99.01-1"}',
        "--x",
        'Content-Disposition: form-data; name="tep"; filename="a.pdf"',
        "Content-Type: application/pdf",
        "",
        "%PDF-1.4",
        f"--x--{end}",
    )
    call = Incoming(
        "POST",
        "/goi-ve/v1/dossiers",
        "",
        {"Content-Type": 'multipart/form-data; boundary="x"'},
        "\r\n".join(lines).encode(),
        datetime(2026, 3, 10, tzinfo=UTC),
    )
    assert conformance_desk.parts(call)["tep"] == b"%PDF-1.4"
    assert conformance_desk.number_of(call) == "H99.01-1"
