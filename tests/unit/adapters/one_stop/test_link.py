"""A one-stop is called back as the land system would; its answers are told apart."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from aiohttp import web

from gateway.adapters.one_stop.link import MOST_REPEATS, REPLIES, LinkedOneStopAdapter
from gateway.carriers.http import HTTPCarrier
from gateway.domain.attempt import Outcome
from gateway.domain.identifiers import AgencyId, MessageKind, OfficeId, TransferId
from gateway.domain.report import Reference
from gateway.ports.agency import Answer, LegView, OutboundMessage
from tests.unit.adapters.one_stop.counterpart import ROOT

SAMPLES = ROOT / "schemas" / "agencies" / "land_registry" / "samples"
BODY = '{"SoBienNhan": "H99-1",  "GhiChu":"giữ nguyên"}'.encode()
NOW = datetime(2026, 3, 10, tzinfo=UTC)


class Counterpart:
    """Answers what it is told to, and keeps what it heard."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, bytes]] = []
        self.answers = web.Response

    async def serve(self, request: web.Request) -> web.StreamResponse:
        self.heard.append((request.path, await request.read()))
        return self.answers()


@pytest.fixture
async def counterpart() -> AsyncIterator[tuple[Counterpart, LinkedOneStopAdapter]]:
    here = Counterpart()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", here.serve)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    carrier = HTTPCarrier(f"http://{host}:{port}", connections=2)
    office = {"link": [{"office": "land-mau-1", "callbacks": "/nhan/dat-dai"}]}
    yield here, LinkedOneStopAdapter(office, carrier, secret="ma", now=lambda: NOW)
    await carrier.close()
    await runner.cleanup()


def message(kind: str = "relayed", **changed: Any) -> OutboundMessage:
    facts: Mapping[str, Any] = {"operation": "ChuyenHoSo", "office": "land-mau-1"}
    values: dict[str, Any] = {
        "transfer_id": TransferId("t-1"),
        "kind": MessageKind(kind),
        "office": OfficeId("mot-cua-cu"),
        "idempotency_key": "t-1",
        "references": (Reference(AgencyId("one_stop"), "ma_ho_so", "H99-1"),),
        "view": LegView({}),
        "facts": facts,
        "content": {"body": BODY},
        **changed,
    }
    return OutboundMessage(**values)


async def sent(
    here: tuple[Counterpart, LinkedOneStopAdapter], **changed: Any
) -> Answer:
    (answer,) = await here[1].submit([message(**changed)], timeout_s=5.0)
    return answer


def answering(status: int, body: bytes = b"", **headers: str) -> Any:
    return lambda: web.Response(status=status, body=body, headers=headers)


async def test_a_message_goes_on_byte_for_byte_to_its_own_address(
    counterpart: Any,
) -> None:
    counterpart[0].answers = answering(200, b'{"Result": 1, "Message": ""}')
    answer = await sent(counterpart)
    assert answer.outcome is Outcome.DELIVERED
    assert counterpart[0].heard == [("/nhan/dat-dai/ChuyenHoSo/ma", BODY)]


async def test_what_was_refused_late_asks_for_a_correction(counterpart: Any) -> None:
    counterpart[0].answers = answering(200, b'{"Result": 1}')
    facts = {"office": "land-mau-1", "note": "Không có người tiếp nhận"}
    await sent(counterpart, kind="correction_asked", facts=facts, content={})
    ((path, body),) = counterpart[0].heard
    assert path == "/nhan/dat-dai/YeuCauCapNhatHoSo/ma"
    assert orjson.loads(body) == {
        "SoBienNhan": "H99-1",
        "GhiChu": "Không có người tiếp nhận",
    }


@pytest.mark.parametrize(
    ("attempt", "outcome"),
    [
        (1, Outcome.NOT_DELIVERED),
        (MOST_REPEATS, Outcome.NOT_DELIVERED),
        (MOST_REPEATS + 1, Outcome.REFUSED),
    ],
)
async def test_result_0_is_repeated_as_often_as_the_land_system_would(
    attempt: int, outcome: Outcome, counterpart: Any
) -> None:
    counterpart[0].answers = answering(200, b'{"Result": 0, "Message": "sai"}')
    assert (await sent(counterpart, attempt=attempt)).outcome is outcome


@pytest.mark.parametrize(
    ("status", "body", "headers"),
    [
        (200, b"<!doctype html><title>x</title>", {}),
        (200, b'{"Result": "1"}', {}),
        (200, b'{"Result": true}', {}),
        (200, b'{"result": 1}', {}),
        (200, b"[]", {}),
        (200, b"", {}),
        (204, b"", {}),
        (302, b"", {"Location": "/dang-nhap"}),
        (500, b'{"Result": 1}', {}),
        (503, b"", {}),
    ],
)
async def test_any_other_answer_is_no_success(
    status: int, body: bytes, headers: dict[str, str], counterpart: Any
) -> None:
    counterpart[0].answers = answering(status, body, **headers)
    answer = await sent(counterpart)
    assert answer.outcome in {Outcome.UNKNOWN, Outcome.NOT_DELIVERED}
    assert answer.outcome is not Outcome.NOT_DELIVERED or status == 302


@pytest.mark.parametrize("status", [401, 403, 404, 429])
async def test_a_closed_door_is_tried_again(status: int, counterpart: Any) -> None:
    counterpart[0].answers = answering(status)
    assert (await sent(counterpart)).outcome is Outcome.NOT_DELIVERED


async def test_a_link_that_was_taken_away_waits_for_configuration(
    counterpart: Any,
) -> None:
    facts = {"operation": "ChuyenHoSo", "office": "land-mau-2"}
    answer = await sent(counterpart, facts=facts)
    assert (answer.outcome, answer.code) == (
        Outcome.NEEDS_CONFIGURATION,
        "link_missing",
    )
    assert counterpart[0].heard == []


@pytest.mark.parametrize(
    "gone",
    [
        {"content": {}},
        {"facts": {}},
        {"facts": {"operation": "ChuyenHoSo"}},
        {"kind": "correction_asked", "references": ()},
    ],
    ids=["words", "all facts", "office", "number"],
)
async def test_what_is_no_longer_known_is_asked_for_and_nothing_leaves(
    gone: dict[str, Any], counterpart: Any
) -> None:
    answer = await sent(counterpart, **gone)
    assert answer.outcome in {Outcome.NEEDS_DATA, Outcome.NEEDS_CONFIGURATION}
    assert answer.code in REPLIES.words()
    assert counterpart[0].heard == []


def shown(name: str) -> tuple[int, dict[str, str]]:
    """Status and fields of a sample."""
    raw = (SAMPLES / name).read_bytes()
    if name.endswith(".json"):
        return 200, {"Result": str(orjson.loads(raw)["Result"]), "Retry-After": ""}
    head = raw.decode().partition("\n\n")[0].splitlines()
    headers = dict(line.split(": ", 1) for line in head[1:] if ": " in line)
    status = int(head[0].split()[1])
    return status, {"Result": "", "Retry-After": headers.get("Retry-After", "")}


def test_each_row_fits_the_sample_that_it_names_and_no_other_row_does() -> None:
    assert len(REPLIES.rows) == 5
    for row in REPLIES.rows:
        status, fields = shown(row.sample)
        assert REPLIES.matching("relayed", status, fields, "") == (row,)
