"""Which legs lie with an office, and when it was last heard of about them."""

from __future__ import annotations

from gateway.domain.procedure import Event
from gateway.domain.report import ReportKind
from tests.unit.timing.journey import Journey, at

NOW = "2026-03-20 09:00"


def begun() -> Journey:
    journey = Journey("2026-03-09 08:00")
    journey.delivered("2026-03-09 08:01", "land")
    return journey


def heard(journey: Journey) -> dict[str, str]:
    return {one.leg: one.heard_at.isoformat() for one in journey.measured(NOW).held}


def test_an_office_was_last_heard_of_when_it_took_the_dossier() -> None:
    assert heard(begun()) == {"land": at("2026-03-09 08:01").isoformat()}


def test_every_report_is_heard_when_it_arrives_whatever_day_it_is_dated() -> None:
    journey = begun()
    journey.told("2026-03-10 10:00", "land", ReportKind.PROGRESS)
    journey.told(
        "2026-03-12 10:00",
        "land",
        ReportKind.PROGRESS,
        event_at="2026-03-10 08:00",
    )

    assert heard(journey) == {"land": at("2026-03-12 10:00").isoformat()}


def test_a_leg_that_waits_for_its_applicant_lies_with_no_office() -> None:
    journey = begun()
    journey.told("2026-03-10 10:00", "land", ReportKind.SUPPLEMENT_REQUEST)
    assert heard(journey) == {}

    journey.counter("2026-03-16 09:00", Event.SUPPLEMENTED)
    journey.delivered("2026-03-16 09:05", "land", "supplement")
    assert set(heard(journey)) == {"land"}


def test_nothing_lies_anywhere_before_it_is_delivered_or_after_the_end() -> None:
    assert heard(Journey("2026-03-09 08:00")) == {}

    journey = begun()
    journey.told("2026-03-10 10:00", "land", ReportKind.FINISHED)
    assert heard(journey) == {}


def test_a_leg_that_waits_for_another_agency_is_not_waited_for() -> None:
    journey = begun()
    journey.told("2026-03-10 10:00", "land", ReportKind.SLIP)
    journey.delivered("2026-03-10 10:05", "tax", "slip_new")

    assert set(heard(journey)) == {"tax"}


def test_an_office_is_heard_of_after_its_part_is_done() -> None:
    journey = begun()
    journey.told("2026-03-10 10:00", "land", ReportKind.FINISHED)

    ((office, last),) = journey.measured(NOW).heard
    assert (office, last) == (journey.case.leg("land").office, at("2026-03-10 10:00"))
