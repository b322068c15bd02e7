"""Counters of one process, in a registry of their own.

They are told through the probe, in the same call as the log line. What stands in the
store is no counter: it is asked for when somebody reads (``telemetry/gauges.py``).
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, TypeVar

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.metrics import MetricWrapperBase

from gateway.telemetry import labels
from gateway.telemetry.gauges import Gauges
from gateway.telemetry.labels import OTHER, Offices, one_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.ports.pulse import Turn
    from gateway.telemetry.gauges import Samples

M = TypeVar("M", bound=MetricWrapperBase)
#: How the answer of ``Metrics.text`` is called.
CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
#: Seconds: an agency next door answers in tens of milliseconds, a slow one in tens
#: of seconds, and no lane waits for minutes.
ATTEMPT_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
#: Seconds: from a disk with its own power to one that makes people wait.
COMMIT_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 5.0)
#: Places that meet errors are few and named in the code; no more than so many.
PLACES_AT_MOST = 100
#: Facts that a probe is told; the values are whatever the caller had.
Facts = dict[str, "str | float | None"]

# A second series beside each counter that says when it began tells nobody anything.
disable_created_metrics()  # type: ignore[no-untyped-call]


class Metrics:
    """Every metric of a process."""

    def __init__(self) -> None:
        """All counters at nothing; each process has its own."""
        self.registry = CollectorRegistry()
        self.offices = Offices()
        self.gauges = Gauges()
        self.is_away = False
        #: the store takes nothing
        self._places: set[str] = set()
        counter, timer = self._counter, self._timer
        self._attempts = counter(
            "lienthong_attempts",
            "Lần gọi cơ quan, theo việc và kết quả.",
            ("agency", "purpose", "outcome"),
        )
        self._attempt_seconds = timer(
            "lienthong_attempt_seconds",
            "Thời gian một lần gửi, tính bằng giây.",
            ATTEMPT_BUCKETS,
            ("agency",),
        )
        self._reports = counter(
            "lienthong_reports",
            "Phản hồi của cơ quan đã đến, theo loại.",
            ("agency", "kind"),
        )
        self._intake = counter(
            "lienthong_intake",
            "Hồ sơ và thao tác của một cửa: nhận, từ chối, không ghi được.",
            ("kind", "outcome"),
        )
        self._troubles = counter(
            "lienthong_troubles",
            "Lỗi mà một vòng làm việc đã gặp, ghi lại rồi chạy tiếp.",
            ("place",),
        )
        self._commit_seconds = timer(
            "lienthong_store_commit_seconds",
            "Thời gian một lần ghi bền của kho, tính bằng giây.",
            COMMIT_BUCKETS,
        )()
        self.registry.register(self.gauges)
        ProcessCollector(registry=self.registry)

    def _counter(
        self, name: str, told: str, names: tuple[str, ...]
    ) -> Callable[..., Counter]:
        return _children(Counter(name, told, names, registry=self.registry))

    def _timer(
        self,
        name: str,
        told: str,
        buckets: tuple[float, ...],
        names: tuple[str, ...] = (),
    ) -> Callable[..., Histogram]:
        made = Histogram(name, told, names, buckets=buckets, registry=self.registry)
        return _children(made) if names else lambda: made

    # --------------------------------------------------- as the probe is told

    def attempt(self, facts: Facts) -> None:
        """A call to an agency ended."""
        agency = self.offices.agency(facts.get("agency"), facts.get("office"))
        purpose = one_of(labels.PURPOSES, facts.get("purpose") or "submit")
        outcome = one_of(labels.OUTCOMES, facts.get("outcome"))
        self._attempts(agency, purpose, outcome).inc()
        took = facts.get("took_ms")
        if isinstance(took, (int, float)):
            self._attempt_seconds(agency).observe(took / 1000)

    def inbound(self, facts: Facts) -> None:
        """A report of an agency, or something of a sender, came in."""
        if "report_id" in facts:
            agency = self.offices.agency(facts.get("agency"))
            self._reports(agency, one_of(labels.REPORTS, facts.get("kind"))).inc()
            return
        kind = str(facts.get("kind"))
        if kind.partition(".")[0] == labels.LINK:
            kind = labels.LINK
        elif kind != labels.DOSSIER:
            kind = labels.ACT
        self._intake(kind, one_of(labels.TAKEN, facts.get("standing"))).inc()

    def trouble(self, where: str) -> None:
        """A loop met an error; ``where`` is a place in the code."""
        place = ".".join(where.split(".")[:2])
        if place not in self._places and len(self._places) >= PLACES_AT_MOST:
            place = OTHER
        self._places.add(place)
        self._troubles(place).inc()

    def committed(self, took_s: float) -> None:
        """The store made something durable."""
        self._commit_seconds.observe(took_s)

    def turned(self, turn: Turn) -> None:
        """The store takes nothing any more, or takes units again."""
        self.is_away = bool(turn.code)

    # ----------------------------------------------------------- who reads it

    def text(self, samples: Samples) -> bytes:
        """All of it, as Prometheus reads it; ``samples`` are the gauges of this moment."""
        self.gauges.samples = samples
        return generate_latest(self.registry)


def _children(metric: M) -> Callable[..., M]:
    """The metric by the values of its labels; finding one costs what a dict costs."""
    return functools.cache(metric.labels)
