"""Counters have few series, whatever they are told."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import pytest

from gateway.domain.attempt import Outcome
from gateway.telemetry.counting import CountingProbe
from gateway.telemetry.gauges import GAUGES
from gateway.telemetry.labels import OTHER
from gateway.telemetry.metrics import PLACES_AT_MOST, Metrics
from gateway.telemetry.probe import StructlogProbe
from tests.machines.scraping import Scrape
from tests.unit.telemetry.test_probe import PERSONAL

HOSTILE = [*PERSONAL, 'a"} 1\nx{y="', "\\", "", "other", "land_registry\n", "é" * 500]


@dataclass
class Office:
    agency: str


@pytest.fixture
def metrics() -> Metrics:
    made = Metrics()
    offices = {"land-1": Office("land_registry"), "tax-1": Office("tax")}
    made.offices.source = lambda: offices
    return made


@pytest.fixture
def stream() -> io.BytesIO:
    return io.BytesIO()


@pytest.fixture
def probe(metrics: Metrics, stream: io.BytesIO) -> CountingProbe:
    return CountingProbe(StructlogProbe(stream), metrics)


def read(metrics: Metrics) -> Scrape:
    return Scrape(metrics.text({}).decode())


def test_one_call_makes_a_line_and_a_count(
    probe: CountingProbe, metrics: Metrics, stream: io.BytesIO
) -> None:
    probe.attempt(
        agency="land_registry", office="land-1", outcome="delivered", took_ms=120.0
    )
    assert stream.getvalue().count(b"\n") == 1
    seen = read(metrics)
    labels = {"agency": "land_registry", "purpose": "submit", "outcome": "delivered"}
    assert seen.value("lienthong_attempts_total", **labels) == 1
    took = seen.value("lienthong_attempt_seconds_sum", agency="land_registry")
    assert took == pytest.approx(0.12)


def test_an_office_alone_tells_its_agency(
    probe: CountingProbe, metrics: Metrics
) -> None:
    probe.attempt(office="tax-1", purpose="poll", outcome="unknown")
    labels = {"agency": "tax", "purpose": "poll", "outcome": "unknown"}
    assert read(metrics).value("lienthong_attempts_total", **labels) == 1


@pytest.mark.parametrize("hostile", HOSTILE)
def test_what_is_no_code_of_ours_becomes_other(
    probe: CountingProbe, metrics: Metrics, hostile: str
) -> None:
    everywhere: dict[str, Any] = dict.fromkeys(
        ("agency", "office", "purpose", "outcome", "kind", "standing", "code"), hostile
    )
    probe.attempt(**everywhere)
    probe.attempt(office=hostile, purpose=hostile)
    probe.inbound(**everywhere)
    probe.inbound(report_id="r_1", **everywhere)
    probe.trouble("delivery.worker", ValueError(hostile))
    seen = read(metrics)
    known = {OTHER, "submit", "act", "link", "dossier", "delivery.worker"}
    told = {
        value
        for name, by_labels in seen.samples.items()
        if name.startswith("lienthong") and "bucket" not in name
        for labels in by_labels
        for _, value in labels
    }
    assert told <= known
    assert seen.samples["lienthong_attempts_total"]


def test_every_outcome_has_a_series_of_its_own(
    probe: CountingProbe, metrics: Metrics
) -> None:
    for outcome in Outcome:
        probe.attempt(agency="tax", outcome=outcome.value)
    assert len(read(metrics).samples["lienthong_attempts_total"]) == len(Outcome)


def test_an_agency_of_a_newer_configuration_is_known_at_once(
    probe: CountingProbe, metrics: Metrics
) -> None:
    probe.attempt(agency="water", outcome="delivered")
    metrics.offices.source = lambda: {"water-1": Office("water")}
    probe.attempt(agency="water", outcome="delivered")
    labels = {"purpose": "submit", "outcome": "delivered"}
    seen = read(metrics)
    assert seen.value("lienthong_attempts_total", agency=OTHER, **labels) == 1
    assert seen.value("lienthong_attempts_total", agency="water", **labels) == 1


def test_places_of_trouble_are_bounded(metrics: Metrics) -> None:
    for number in range(PLACES_AT_MOST + 50):
        metrics.trouble(f"place{number}.x.y")
    found = read(metrics).samples["lienthong_troubles_total"]
    assert len(found) == PLACES_AT_MOST + 1
    assert found[("place", OTHER),] == 50


def test_two_processes_in_one_share_nothing(metrics: Metrics) -> None:
    metrics.committed(0.01)
    assert read(Metrics()).value("lienthong_store_commit_seconds_count") == 0
    assert read(metrics).value("lienthong_store_commit_seconds_count") == 1


def test_a_gauge_that_nobody_could_look_up_is_left_out_rather_than_old(
    metrics: Metrics,
) -> None:
    assert "lienthong_nodes" in GAUGES
    first = metrics.text({"lienthong_nodes": [(("alive",), 2.0)]})
    assert b'lienthong_nodes{state="alive"} 2.0' in first
    assert b"lienthong_nodes{" not in metrics.text({})
