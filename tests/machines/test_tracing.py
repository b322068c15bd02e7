"""One dossier is one trace, and a collector that is away costs nobody anything."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from gateway.domain.trace import read
from gateway.telemetry.probe import CODES, IDENTIFIERS, NUMBERS
from gateway.wiring import free_ports
from tests.journeys.test_privacy import MARKS, NUMBER, dossier, open_marks
from tests.machines.scraping import LISTENS, scrape
from tests.world import World, quick

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from opentelemetry.proto.trace.v1.trace_pb2 import Span

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
CALLER = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
UNSAMPLED = CALLER[:-2] + "00"


@dataclass
class Collector:
    """Takes spans as any OTLP receiver does."""

    url: str = ""
    status: int = 200
    holds: bool = False
    spans: list[Span] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        if self.holds:
            await asyncio.Event().wait()
        assert request.headers["Content-Type"] == "application/x-protobuf"
        body = await request.read()
        if (
            request.headers.get("Content-Encoding") == "gzip"
            and body[:2] == b"\x1f\x8b"
        ):
            body = gzip.decompress(body)
        if self.status == 200:
            told = ExportTraceServiceRequest.FromString(body)
            self.bodies.append(body)
            self.spans += [
                span
                for of_process in told.resource_spans
                for scope in of_process.scope_spans
                for span in scope.spans
            ]
        return web.Response(
            status=self.status,
            body=ExportTraceServiceResponse().SerializeToString(),
            content_type="application/x-protobuf",
        )

    def named(self, name: str) -> list[Span]:
        return [span for span in self.spans if span.name == name]


@contextlib.asynccontextmanager
async def collecting() -> AsyncIterator[Collector]:
    collector = Collector()
    app = web.Application()
    app.router.add_post("/v1/traces", collector.take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    port = free_ports.free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    collector.url = f"http://127.0.0.1:{port}"
    try:
        yield collector
    finally:
        await runner.cleanup()


def tracing(url: str) -> str:
    return f'{LISTENS}[tracing]\nendpoint = "{url}"\n'


async def journey(
    folder: Path, url: str, headers: dict[str, str] | None = None
) -> World:
    """One dossier from intake to the agencies' reports, and the gateway's end."""
    world = World(folder / "run", configure=quick)
    world.more_settings = tracing(url)
    async with world:
        said = await world.call(
            "POST", "/v1/dossiers", dossier(NUMBER), headers=headers or {}
        )
        assert said.status == 202
        await world.pass_hours(30)
    return world


def attributes(span: Span) -> dict[str, Any]:
    return {one.key: one.value.string_value for one in span.attributes}


@pytest.mark.parametrize("caller", ["", CALLER])
async def test_a_dossier_from_intake_to_reports_is_one_trace(
    tmp_path: Path, caller: str
) -> None:
    async with collecting() as collector:
        headers = {"traceparent": caller} if caller else {}
        world = await journey(tmp_path, collector.url, headers)
    assert len({span.trace_id for span in collector.spans}) == 1
    (intake,) = collector.named("intake")
    given = read(caller)
    if given:
        assert intake.trace_id.hex() == given.trace_id
        assert intake.parent_span_id.hex() == given.span_id
    else:
        assert intake.parent_span_id == b""
    attempts, reports = collector.named("submit"), collector.named("report")
    assert {one.parent_span_id for one in attempts} == {intake.span_id}
    assert len({one.span_id for one in collector.spans}) == len(collector.spans)
    answered = {one.parent_span_id for one in reports}
    assert answered & {one.span_id for one in attempts}, "of the attempt it answers"
    assert answered <= {one.span_id for one in (*attempts, intake)}
    told = [one for one in world.heard if one.agency == "one_stop"]
    sent_on = {one.headers["traceparent"] for one in told}
    ours = {f"00-{s.trace_id.hex()}-{s.span_id.hex()}-01" for s in attempts}
    assert sent_on
    assert sent_on <= ours
    others = [one for one in world.heard if one.agency in {"land_registry", "tax"}]
    assert others
    assert not any("traceparent" in one.headers for one in others)


async def test_attributes_are_what_the_log_may_hold(tmp_path: Path) -> None:
    async with collecting() as collector:
        await journey(tmp_path, collector.url)
    names = {name for span in collector.spans for name in attributes(span)}
    allowed = {f"lienthong.{one}" for one in (*CODES, *IDENTIFIERS, *NUMBERS)}
    assert {"lienthong.agency", "lienthong.outcome", "lienthong.kind"} <= names
    assert names <= allowed
    everything = {**MARKS, "dossier": NUMBER}
    for body in collector.bodies:
        assert open_marks(body, everything) == set()


async def test_a_caller_that_does_not_sample_is_not_traced(tmp_path: Path) -> None:
    async with collecting() as collector:
        world = await journey(tmp_path, collector.url, {"traceparent": UNSAMPLED})
    assert collector.spans == []
    told = [one.headers for one in world.heard if one.agency == "one_stop"]
    assert told
    assert all(one["traceparent"].endswith("-00") for one in told)


@pytest.mark.parametrize(
    "hostile",
    [MARKS["phone"], "00-" + "0" * 32 + "-00f067aa0ba902b7-01", CALLER + "x", "00--"],
)
async def test_what_is_no_context_begins_a_trace_of_its_own(
    tmp_path: Path, hostile: str
) -> None:
    async with collecting() as collector:
        await journey(tmp_path, collector.url, {"traceparent": hostile})
    (intake,) = collector.named("intake")
    assert intake.parent_span_id == b""
    assert open_marks(b"".join(collector.bodies), MARKS) == set()


@pytest.mark.parametrize("how", ["away", "refuses", "hangs"])
async def test_a_collector_that_does_not_take_them_holds_nobody_up(
    tmp_path: Path, how: str
) -> None:
    async with collecting() as collector:
        collector.status = 400 if how == "refuses" else 200
        collector.holds = how == "hangs"
        url = collector.url
        if how == "away":
            url = f"http://127.0.0.1:{free_ports.free_port()}"
        world = World(tmp_path / "run", configure=quick)
        world.more_settings = tracing(url)
        async with world:
            began = time.monotonic()
            assert (await world.submit(dossier(NUMBER))).status == 202
            await world.pass_hours(30)
            assert world.arrivals(NUMBER, "land_registry", "hand_over")
            assert world.arrivals(NUMBER, "tax", "slip_new")
            assert time.monotonic() - began < 30
            if how == "refuses":
                assert world.gateway is not None
                flush = world.gateway.opened.tracing._batches.force_flush  # type: ignore[union-attr]
                await asyncio.to_thread(flush, 2000)
                assert (await scrape(world)).value("lienthong_spans_lost") > 0
            ends = time.monotonic()
        assert time.monotonic() - ends < 12, "the end does not wait for it, either"
    assert collector.spans == []
