"""The adapter against the mock one-stop, over real sockets and with faults."""

from __future__ import annotations

import base64
import json
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from standardwebhooks.webhooks import Webhook

from gateway.adapters.one_stop.adapter import TRAITS, OneStopAdapter
from gateway.adapters.one_stop.mapping import Signer, event, sealed
from gateway.carriers.http import HTTPCarrier
from gateway.domain.attempt import Outcome
from gateway.domain.errors import (
    AgencyBrokeContract,
    NeedsConfiguration,
    StoreUnavailable,
)
from gateway.domain.identifiers import MessageKind
from gateway.domain.report import FileLink
from gateway.mockagency.faults import Fault
from gateway.ports.agency import File
from gateway.validation.json_schema import JSONSchemaCatalogue
from tests.unit.adapters.one_stop.counterpart import (
    ROOT,
    SCHEMAS,
    SECRET,
    START,
    Stage,
    message,
    result,
    stage,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

GOLDEN = ROOT / "tests" / "golden" / "one_stop"
CATALOGUE = JSONSchemaCatalogue.load(SCHEMAS)
EVENT = "urn:lienthong:schema:one_stop:status-event:1"
ENVELOPE = "urn:lienthong:schema:one_stop:status-webhook:1"


def fault(do: str, **more: Any) -> tuple[Fault, ...]:
    return (Fault("one_stop", "status", do, **more),)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("status", message()),
        (
            "status.finished",
            message(
                "t-0009",
                files=(result(b"%PDF-1.4\n"),),
                sequence=6,
                portal_code=9,
                portal_text="đã xử lý xong",
                places=[],
                due_on=None,
                due_reason="",
                end="finished",
                sentence="Đã giải quyết xong, chờ trả kết quả.",
            ),
        ),
    ],
)
def test_events_are_as_reviewed(name: str, told: Any, update_golden: bool) -> None:
    made = event(told, {}, now=START)
    path = GOLDEN / f"{name}.json"
    if update_golden:
        text = json.dumps(made, ensure_ascii=False, indent=2) + "\n"
        path.write_text(text, "utf-8")
    assert made == json.loads(path.read_text("utf-8"))
    assert CATALOGUE.errors(EVENT, made) == ()


def test_the_envelope_holds_what_its_schema_says_and_the_exact_event() -> None:
    told = event(message(), {}, now=START)
    body, _ = sealed(told, Signer([SECRET]), now=START)
    envelope = json.loads(body)
    assert CATALOGUE.errors(ENVELOPE, envelope) == ()
    assert json.loads(base64.b64decode(envelope["payload"])) == told


def test_headers_are_verified_by_the_library_of_standard_webhooks() -> None:
    now = datetime.now(UTC)  # the library compares with the machine's own clock
    for moment in (now, now.astimezone(START.tzinfo)):
        told = event(message(), {}, now=moment)
        body, headers = sealed(told, Signer([SECRET]), now=moment)
        verified = Webhook(SECRET.encode()).verify(body, headers)
        assert verified["id"] == "t-0001"


async def test_a_status_is_told_once_and_delivered(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        answer = await here.tell()
        assert (answer.outcome, answer.code) == (Outcome.DELIVERED, "received")
        assert answer.http_status == 204
        assert answer.times.total_ms is not None
        assert here.told == [(4, "", 1)]


async def test_a_receiver_may_name_the_event_instead(tmp_path: Path) -> None:
    async with stage(tmp_path, reply="named") as here:
        first, second = await here.tell(), await here.tell()
        assert (first.outcome, second.outcome) == (
            Outcome.DELIVERED,
            Outcome.DUPLICATE,
        )
        assert here.told == [(4, "", 1)]


async def test_an_event_whose_answer_was_lost_takes_effect_once(tmp_path: Path) -> None:
    async with stage(tmp_path, faults=fault("lose_answer")) as here:
        lost = await here.tell()
        assert (lost.outcome, lost.code) == (Outcome.UNKNOWN, "delivery_unknown")
        assert here.told == [(4, "", 1)]
        again = await here.tell()
        assert again.outcome is Outcome.DELIVERED
        assert len(here.arrivals("status")) == 2
        assert here.told == [(4, "", 1)]


@pytest.mark.parametrize(
    ("do", "outcome", "code", "effects"),
    [
        ("reset_before", Outcome.UNKNOWN, "delivery_unknown", 0),
        ("error_500_before", Outcome.UNKNOWN, "delivery_unknown", 0),
        ("error_503_retry_after", Outcome.NOT_DELIVERED, "one_stop_busy", 0),
        ("too_many_429", Outcome.NOT_DELIVERED, "one_stop_busy", 0),
        ("unauthorized_401", Outcome.NOT_DELIVERED, "one_stop_not_let_in", 0),
        ("html_200", Outcome.CONTRACT_BROKEN, "agency_broke_contract", 0),
        ("text_200", Outcome.CONTRACT_BROKEN, "agency_broke_contract", 0),
        ("text_after", Outcome.CONTRACT_BROKEN, "agency_broke_contract", 1),
    ],
)
async def test_each_fault_is_taken_for_what_it_proves(
    do: str, outcome: Outcome, code: str, effects: int, tmp_path: Path
) -> None:
    text = "Hệ thống đang bảo trì"
    async with stage(tmp_path, faults=fault(do, text=text)) as here:
        answer = await here.tell()
        assert (answer.outcome, answer.code) == (outcome, code)
        assert len(here.told) == effects
        assert (await here.tell()).outcome is Outcome.DELIVERED
        assert len(here.told) == 1


async def test_half_an_answer_proves_nothing(tmp_path: Path) -> None:
    async with stage(tmp_path, faults=fault("half_answer"), reply="named") as here:
        assert (await here.tell()).outcome is Outcome.UNKNOWN
        assert (await here.tell()).outcome is Outcome.DUPLICATE
        assert here.told == [(4, "", 1)]


async def test_a_page_of_html_with_status_200_is_not_taken_for_success(
    tmp_path: Path,
) -> None:
    async with stage(tmp_path, faults=fault("html_200")) as here:
        answer = await here.tell()
        assert answer.outcome is Outcome.CONTRACT_BROKEN
        assert answer.http_status == 200
        assert answer.response is not None
        assert b"<!doctype html>" in answer.response


async def test_an_answer_that_names_another_event_is_not_taken_for_success(
    tmp_path: Path,
) -> None:
    text = '{"received": "t-0000"}'
    async with stage(tmp_path, faults=fault("text_after", text=text)) as here:
        assert (await here.tell()).outcome is Outcome.CONTRACT_BROKEN
    text = '{"received": "t-0001"}'
    async with stage(tmp_path / "b", faults=fault("text_after", text=text)) as here:
        assert (await here.tell()).outcome is Outcome.DELIVERED


async def test_503_is_not_delivered_only_with_retry_after(tmp_path: Path) -> None:
    planned = fault("error_503_retry_after", seconds=120.0)
    async with stage(tmp_path, faults=planned) as here:
        answer = await here.tell()
        assert answer.outcome is Outcome.NOT_DELIVERED
        assert answer.retry_after_s == 120.0


async def test_nobody_there_is_not_delivered() -> None:
    carrier = HTTPCarrier("http://127.0.0.1:9")
    adapter = OneStopAdapter({}, carrier, secrets=[SECRET], now=lambda: START)
    (answer,) = await adapter.submit([message()], timeout_s=2.0)
    await carrier.close()
    assert (answer.outcome, answer.code) == (
        Outcome.NOT_DELIVERED,
        "agency_unavailable",
    )


async def test_a_silent_receiver_ends_within_the_timeout_as_unknown(
    tmp_path: Path,
) -> None:
    async with stage(tmp_path, faults=fault("delay_s", seconds=3.0)) as here:
        begun = time.monotonic()
        (answer,) = await here.adapter.submit([message()], timeout_s=0.4)
        assert time.monotonic() - begun < 2.9
        assert answer.outcome is Outcome.UNKNOWN


async def test_one_bad_event_of_a_batch_leaves_the_others_alone(tmp_path: Path) -> None:
    faults = fault("error_503_retry_after", nth=2)
    async with stage(tmp_path, faults=faults) as here:
        batch = [message(f"t-{n}", sequence=n) for n in range(1, 4)]
        answers = await here.adapter.submit(batch, timeout_s=5.0)
        assert [a.outcome for a in answers] == [
            Outcome.DELIVERED,
            Outcome.NOT_DELIVERED,
            Outcome.DELIVERED,
        ]
        assert [sequence for _, _, sequence in here.told] == [1, 3]


async def test_two_signatures_stand_side_by_side_while_a_secret_changes(
    tmp_path: Path,
) -> None:
    secrets = ("khoa-moi-chua-dung-den", SECRET)
    async with stage(tmp_path, secrets=secrets) as here:
        assert (await here.tell()).outcome is Outcome.DELIVERED
    async with stage(tmp_path / "b", secrets=secrets[:1]) as here:
        answer = await here.tell()
        assert (answer.outcome, answer.code) == (
            Outcome.NOT_DELIVERED,
            "one_stop_not_let_in",
        )


async def test_a_strict_receiver_refuses_an_old_timestamp_and_it_is_sent_anew(
    tmp_path: Path,
) -> None:
    at = [START - timedelta(minutes=10)]
    async with stage(tmp_path, tolerance_s=300, now=lambda: at[0]) as here:
        answer = await here.tell()
        assert (answer.outcome, answer.code) == (
            Outcome.NOT_DELIVERED,
            "one_stop_clock_differs",
        )
        at[0] = START
        assert (await here.tell()).outcome is Outcome.DELIVERED
        assert here.told == [(4, "", 1)]


async def results_read(
    here: Stage, files: tuple[File, ...], **office: Any
) -> list[dict[str, Any]]:
    """Results of an event as a receiver reads them."""
    here.gateway.answer = lambda call: (200, {"received": call.body["id"]})
    carrier = HTTPCarrier(here.gateway.base)
    adapter = OneStopAdapter(office, carrier, secrets=[SECRET], now=lambda: START)
    (answer,) = await adapter.submit([message(files=files)], timeout_s=10.0)
    await carrier.close()
    assert answer.outcome is Outcome.DELIVERED
    told = json.loads(base64.b64decode(here.gateway.calls[0].body["payload"]))
    assert CATALOGUE.errors(EVENT, told) == ()
    results: list[dict[str, Any]] = told["results"]
    return results


async def test_results_come_by_link_below_the_gateway(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        (told,) = await results_read(here, (result(b"%PDF-1.4\n"),))
        assert told == {
            "id": "a-0001",
            "name": "Giấy chứng nhận.pdf",
            "size_bytes": 9,
            "link": "/v1/dossiers/d-0001/results/a-0001",
        }


async def test_results_come_inline_where_the_one_stop_chose_so(tmp_path: Path) -> None:
    files = (result(b"%PDF-1.4\n"), result(bytes(range(256)) * 400, "a-0002"))
    async with stage(tmp_path) as here:
        first, second = await results_read(here, files, results="inline")
        assert base64.b64decode(first["content"]) == b"%PDF-1.4\n"
        assert base64.b64decode(second["content"]) == bytes(range(256)) * 400
        assert "link" not in first


async def test_large_results_come_by_link_even_where_inline_was_chosen(
    tmp_path: Path,
) -> None:
    files = (result(b"x"), result(b"x" * 2 * 1024 * 1024, "a-0002"))
    async with stage(tmp_path) as here:
        told = await results_read(here, files, results="inline")
        assert [sorted(t) for t in told] == [["id", "link", "name", "size_bytes"]] * 2


async def test_a_result_that_cannot_be_read_here_sends_nothing(tmp_path: Path) -> None:
    async def broken() -> AsyncIterator[bytes]:
        raise StoreUnavailable
        yield b""

    file = File("a.pdf", "a-1", "application/pdf", 1, broken)
    async with stage(tmp_path, office={"results": "inline"}) as here:
        (answer,) = await here.adapter.submit([message(files=(file,))], timeout_s=5.0)
        assert answer.outcome is Outcome.NOT_DELIVERED
        assert here.arrivals("status") == []


async def test_no_number_stands_in_any_address(tmp_path: Path) -> None:
    without = message(files=(result(b"x"),))
    facts = {k: v for k, v in without.facts.items() if k != "dossier_id"}
    told = event(message(files=(result(b"x"),)), {}, now=START)
    bare = event(
        type(without)(
            transfer_id=without.transfer_id,
            kind=without.kind,
            office=without.office,
            idempotency_key=without.idempotency_key,
            references=without.references,
            view=without.view,
            facts=facts,
        ),
        {},
        now=START,
    )
    assert told["number"] not in told["results"][0]["link"]
    assert "link" not in bare["results"][0]
    assert CATALOGUE.errors(EVENT, bare) == ()


async def test_what_is_not_offered_says_so() -> None:
    carrier = HTTPCarrier("http://127.0.0.1:9")
    adapter = OneStopAdapter({}, carrier, secrets=[SECRET], now=lambda: START)
    assert TRAITS[MessageKind("status")].deduplicates
    assert not TRAITS[MessageKind("status")].enquirable
    assert TRAITS[MessageKind("status")].reason
    asked = await adapter.enquire(message(), timeout_s=1.0)
    assert asked.outcome is Outcome.UNKNOWN
    assert len(await adapter.poll([message()], timeout_s=1.0)) == 1
    with pytest.raises(AgencyBrokeContract):
        _ = [c async for c in adapter.fetch_file(FileLink("a", "/a"), timeout_s=1.0)]


@pytest.mark.parametrize(
    ("office", "secrets"), [({"results": "fax"}, [SECRET]), ({}, []), ({}, [""])]
)
def test_an_office_that_is_set_up_wrongly_is_named_at_once(
    office: dict[str, Any], secrets: list[str]
) -> None:
    carrier = HTTPCarrier("http://127.0.0.1:9")
    with pytest.raises(NeedsConfiguration):
        OneStopAdapter(office, carrier, secrets=secrets, now=lambda: START)


async def test_a_path_that_leads_elsewhere_is_a_matter_of_configuration() -> None:
    adapter = OneStopAdapter(
        {"webhook_path": "/../trom"},
        HTTPCarrier("http://127.0.0.1:9/mot-cua"),
        secrets=[SECRET],
        now=lambda: START,
    )
    (answer,) = await adapter.submit([message()], timeout_s=1.0)
    assert answer.outcome is Outcome.NEEDS_CONFIGURATION
