"""Spans of what the probe is told, sent to a collector by OTLP over HTTP.

Each has its place already (``domain/trace.py``), so that a span is made when it has
ended and nothing is held open. Attributes are what the log line may hold. A collector
that is away or slow costs spans, never the journey: they wait in a bounded queue of a
thread of its own.
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import (
    BatchSpanProcessor,
    SpanExporter,
    SpanExportResult,
)
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.trace import (
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    set_span_in_context,
)

from gateway.domain.trace import read
from gateway.ports.probe import Probe

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import ReadableSpan

    from gateway.domain.trace import Place
    from gateway.telemetry.probe import StructlogProbe

#: Spans that wait for the collector; what comes beyond is lost.
QUEUE_AT_MOST = 2048
#: Real seconds that one call to the collector may take, and that the end waits.
EXPORT_S, END_S = 5.0, 2.0
#: Real seconds between two calls.
EVERY_S = 2.0
_MS = 1_000_000
#: Outcomes after which a person or another attempt is needed.
_WELL = frozenset({"delivered", "duplicate", "on_its_way", "accepted", "applied"})
#: Not attributes: where the span stands.
_PLACE = frozenset({"traceparent", "parent_id"})
Facts = dict[str, "str | float | None"]


class _Given(IdGenerator):
    """Gives the identifiers of the span that is being made."""

    def __init__(self) -> None:
        self.trace_id, self.span_id = 1, 1

    def generate_trace_id(self) -> int:
        return self.trace_id

    def generate_span_id(self) -> int:
        return self.span_id


class CountedExporter(SpanExporter):
    """Counts what the collector did not take."""

    def __init__(self, exporter: SpanExporter) -> None:
        """``exporter`` sends them."""
        self._exporter = exporter
        self.lost = 0

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send, and count."""
        result = self._exporter.export(spans)
        if result is not SpanExportResult.SUCCESS:
            self.lost += len(spans)
        return result

    def shutdown(self) -> None:
        """Break off what is under way."""
        self._exporter.shutdown()


def exporter(
    endpoint: str, authorities: Path | None, session: Any = None
) -> CountedExporter:
    """What sends to the collector at ``endpoint``, without its path.

    ``session`` (of the exporter's own client) carries it, and says where the collector may lie.
    """
    # Of its troubles only the count is told: its words would be no line of ours.
    logging.getLogger("opentelemetry").addHandler(logging.NullHandler())
    logging.getLogger("opentelemetry").propagate = False
    return CountedExporter(
        OTLPSpanExporter(
            endpoint=f"{endpoint.rstrip('/')}/v1/traces",
            certificate_file=str(authorities) if authorities else None,
            timeout=EXPORT_S,
            session=session,
        )
    )


class TracingProbe(Probe):
    """Tells another probe what it is told, and makes a span of what has a place."""

    def __init__(
        self,
        told: Probe,
        lines: StructlogProbe,
        sends: CountedExporter,
        *,
        node: str,
        release: str,
        now_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        """``lines`` says what may be told of facts."""
        self._told = told
        self._lines = lines
        self.sends = sends
        self._now_ns = now_ns
        self._given = _Given()
        self._provider = TracerProvider(
            resource=Resource(
                {
                    "service.name": "lienthong-gateway",
                    "service.version": release,
                    "service.instance.id": node,
                }
            ),
            id_generator=self._given,
            shutdown_on_exit=False,
        )
        self._batches = BatchSpanProcessor(
            sends,
            max_queue_size=QUEUE_AT_MOST,
            schedule_delay_millis=EVERY_S * 1000,
        )
        self._provider.add_span_processor(self._batches)
        self._tracer = self._provider.get_tracer("gateway")

    def attempt(self, **facts: str | float | None) -> None:
        """A call to an agency ended."""
        self._told.attempt(**facts)
        self._span(str(facts.get("purpose") or "submit"), SpanKind.CLIENT, facts)

    def inbound(self, **facts: str | float | None) -> None:
        """A message came in."""
        self._told.inbound(**facts)
        what = "report" if "report_id" in facts else "intake"
        self._span(what, SpanKind.SERVER, facts)

    def action(self, **facts: str | float | None) -> None:
        """Acts are in the journal; they are no part of a message's way."""
        self._told.action(**facts)

    def trouble(self, where: str, error: BaseException) -> None:
        """An error that no message's way ends with."""
        self._told.trouble(where, error)

    def close(self) -> None:
        """Send what waits, as far as the collector takes it soon."""
        self._batches.force_flush(int(END_S * 1000))
        self._provider.shutdown()

    def _span(self, name: str, kind: SpanKind, facts: Facts) -> None:
        place = read(str(facts.get("traceparent", "")))
        if place is None or not place.sampled:
            return
        parent_id = str(facts.get("parent_id") or "")
        self._given.trace_id = int(place.trace_id, 16)
        self._given.span_id = int(place.span_id, 16)
        ended, took = self._now_ns(), facts.get("took_ms")
        lasted = int(took * _MS) if isinstance(took, (int, float)) else 0
        told = self._lines.told(facts)
        span = self._tracer.start_span(
            name,
            _context(place, parent_id),
            kind,
            {
                f"lienthong.{key}": value
                for key, value in told.items()
                if key not in _PLACE
            },
            start_time=ended - lasted,
        )
        how = told.get("outcome") or told.get("standing")
        if how is not None and how not in _WELL:
            span.set_status(Status(StatusCode.ERROR, str(how)))
        span.end(ended)


def _context(place: Place, parent_id: str) -> Context:
    """The context of the parent; the trace begins where there is none."""
    if not parent_id:
        return set_span_in_context(NonRecordingSpan(SpanContext(0, 0, is_remote=False)))
    parent = SpanContext(
        int(place.trace_id, 16),
        int(parent_id, 16),
        is_remote=True,
        trace_flags=TraceFlags(TraceFlags.SAMPLED),
    )
    return set_span_in_context(NonRecordingSpan(parent))
