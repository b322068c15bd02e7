"""What people ended by hand is no in time, stays late, and stops its clock."""

from __future__ import annotations

from gateway.domain.case import End
from gateway.domain.closing import LINE, Closing, Outcome, Way
from gateway.domain.journal import JournalLine
from gateway.domain.measure import Running, Timeliness
from gateway.domain.report import ReportKind
from gateway.intake.outlook import ending
from gateway.routing.closing import on_closed
from gateway.timing.explaining import headline
from tests.unit.timing.journey import Journey, at

PAID = Closing(Way.PAPER, "tax", "ví dụ", Outcome.PAID)
SKIPPED = Closing(Way.SKIP, "tax", "ví dụ")
WHOLE = Closing(Way.DOSSIER, "", "ví dụ")


def a_journey() -> Journey:
    journey = Journey("2026-03-03 09:00", due_on="2026-03-24")
    journey.delivered("2026-03-03 09:01", "land")
    journey.told("2026-03-04 10:00", "land", ReportKind.SLIP)
    journey.delivered("2026-03-04 10:05", "tax", "slip_new")
    return journey


def closed(journey: Journey, when: str, closing: Closing) -> None:
    now, before = at(when), journey.case
    step = on_closed(before, journey.procedure, closing, {}, now)
    facts = {
        "what": "approved",
        "leg": closing.leg,
        "ends": list(ending(before, step.case)),
    }
    journey.lines.append(JournalLine(LINE, now, "head", facts))
    journey._take(step, now, "head")


def test_a_part_that_nobody_needs_stops_its_clock_and_is_no_in_time() -> None:
    for wanted in (SKIPPED, PAID):
        journey = a_journey()
        closed(journey, "2026-03-06 10:00", wanted)
        clock = journey.clock("2026-03-20 10:00", "tax", "answer")
        assert (clock.running, clock.stopped_at) == (
            Running.STOPPED,
            at("2026-03-06 10:00"),
        )
        assert clock.timeliness is Timeliness.NO_DATE
        assert "do cán bộ kết thúc bằng tay" in headline(clock)


def test_what_was_late_before_it_was_ended_stays_late() -> None:
    journey = a_journey()
    closed(journey, "2026-03-20 10:00", SKIPPED)
    clock = journey.clock("2026-03-20 11:00", "tax", "answer")
    assert clock.timeliness is Timeliness.LATE


def test_a_dossier_that_was_closed_in_time_is_counted_apart() -> None:
    journey = a_journey()
    closed(journey, "2026-03-10 10:00", WHOLE)
    found = journey.measured("2026-03-11 10:00")
    assert (found.end, found.by_hand) == (End.CLOSED, True)
    assert found.timeliness is Timeliness.NO_DATE
    assert found.as_portal is Timeliness.EARLY


def test_a_dossier_that_was_closed_after_its_day_is_late_as_any_other() -> None:
    journey = a_journey()
    closed(journey, "2026-03-30 10:00", WHOLE)
    found = journey.measured("2026-03-31 10:00")
    assert (found.by_hand, found.timeliness) == (False, Timeliness.LATE)


def test_a_part_by_hand_does_not_take_the_end_that_an_office_told() -> None:
    journey = a_journey()
    closed(journey, "2026-03-06 10:00", PAID)
    journey.told("2026-03-10 16:00", "land", ReportKind.FINISHED)
    found = journey.measured("2026-03-11 10:00")
    assert (found.by_hand, found.timeliness) == (False, Timeliness.EARLY)
    land = journey.clock("2026-03-11 10:00", "land", "answer")
    assert land.timeliness is not Timeliness.NO_DATE
