"""Clocks count working time as law does, and every bug that others had is a fact here."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from gateway.domain.measure import Budget, Clock, Running, Timeliness, Unit
from gateway.domain.procedure import Event
from gateway.domain.report import ReportKind
from gateway.timing.clocks import Subject, run
from gateway.timing.history import read
from tests.unit.timing.journey import CATALOGUE, PROVINCE, Journey, at, day

SUPPLEMENT = "supplement"


def over_tet() -> Journey:
    """The land transfer with tax of the field, over Tết, by the durations in use."""
    journey = Journey("2026-02-03 09:00", due_on="2026-03-10")
    journey.delivered("2026-02-03 09:01", "land")
    journey.told("2026-02-04 10:00", "land", ReportKind.PROGRESS)
    journey.told("2026-02-05 10:00", "land", ReportKind.SLIP)
    journey.delivered("2026-02-05 10:05", "tax", "slip_new")
    journey.told("2026-02-10 15:00", "tax", ReportKind.NOTICES)
    journey.told("2026-02-24 09:00", "tax", ReportKind.PAID)
    journey.told("2026-03-04 16:00", "land", ReportKind.FINISHED)
    return journey


def hours_clock(journey: Journey, now: str, hours: int, name: str = "answer") -> Clock:
    """The land leg's clock with a budget of hours instead of days."""
    rule = next(r for r in CATALOGUE.clocks if r.name == name and "water" in r.agencies)
    rule = replace(rule, budget=Budget(hours, Unit.WORKING_HOURS))
    history = read(journey.case, journey.lines, PROVINCE)
    subject = Subject("land", None, None)
    found = run(rule, subject, history, PROVINCE, at(now))
    assert found is not None
    return found


class TestLandTransferOverTet:
    def test_tax_has_five_working_days_from_the_slip_before_july_2026(self) -> None:
        clock = over_tet().clock("2026-02-06 08:00", "tax", "answer")

        assert (clock.budget, clock.due_on) == (
            Budget(5, Unit.WORKING_DAYS),
            day("2026-02-12"),
        )
        assert clock.rule.source.startswith("NĐ 126/2020")

    def test_tax_has_three_from_july_2026_on(self) -> None:
        journey = Journey("2026-07-01 09:00")
        journey.delivered("2026-07-01 09:01", "land")
        journey.told("2026-07-02 10:00", "land", ReportKind.SLIP)
        journey.delivered("2026-07-02 10:05", "tax", "slip_new")

        clock = journey.clock("2026-07-03 08:00", "tax", "answer")

        assert clock.due_on == day("2026-07-07")

    def test_a_dossier_of_june_keeps_five_although_its_slip_is_of_july(self) -> None:
        journey = Journey("2026-06-30 09:00")
        journey.delivered("2026-06-30 09:01", "land")
        journey.told("2026-07-02 10:00", "land", ReportKind.SLIP)
        journey.delivered("2026-07-02 10:05", "tax", "slip_new")

        assert journey.clock("2026-07-03 08:00", "tax", "answer").due_on == day(
            "2026-07-09"
        )

    def test_the_time_at_tax_is_not_the_land_offices(self) -> None:
        clock = over_tet().clock("2026-03-20 09:00", "land", "answer")

        # Half of 4 and 5 February, then from the morning of 24 February on.
        assert clock.used_minutes == 8 * 450
        assert [one.why for one in clock.suspensions] == ["leg:tax"]
        assert (clock.due_on, clock.timeliness) == (
            day("2026-03-04"),
            Timeliness.ON_TIME,
        )

    def test_while_tax_has_it_no_date_is_told_for_the_land_office(self) -> None:
        journey = over_tet()
        journey.lines = [
            one for one in journey.lines if one.at < at("2026-02-11 00:00")
        ]

        clock = journey.clock("2026-02-12 09:00", "land", "answer")

        assert (clock.running, clock.due_at, clock.due_on) == (
            Running.SUSPENDED,
            None,
            None,
        )

    def test_the_citizen_has_thirty_days_by_the_calendar_to_pay(self) -> None:
        assert over_tet().clock("2026-02-11 09:00", "tax", "payment").due_on == day(
            "2026-03-12"
        )

    def test_a_last_day_that_is_off_rolls_to_the_next_working_one(self) -> None:
        journey = Journey("2026-07-01 09:00")
        journey.delivered("2026-07-01 09:01", "land")
        journey.told("2026-07-02 10:00", "land", ReportKind.SLIP)
        journey.delivered("2026-07-02 10:05", "tax", "slip_new")
        # 30 days later is Saturday, 8 August.
        journey.told("2026-07-09 10:00", "tax", ReportKind.NOTICES)

        clock = journey.clock("2026-07-10 09:00", "tax", "payment")

        assert clock.due_on == day("2026-08-10")


class TestTheBugsOfOthers:
    def test_a_pause_over_a_weekend_is_no_working_time(self) -> None:
        journey = Journey("2026-03-09 08:00")
        journey.delivered("2026-03-09 08:01", "land")
        journey.told("2026-03-13 16:00", "land", ReportKind.SUPPLEMENT_REQUEST)
        journey.delivered("2026-03-16 08:30", "land", "supplement")

        clock = journey.clock("2026-03-16 09:00", "land", "answer")

        # From 16:00 to 17:00 on Friday, from 7:30 to 8:30 on Monday.
        assert [one.minutes for one in clock.suspensions] == [120]

    def test_a_pause_is_not_added_to_the_moment_of_creation(self) -> None:
        journey = Journey("2026-03-09 08:00")
        journey.delivered("2026-03-09 08:01", "land")
        journey.told("2026-03-10 07:30", "land", ReportKind.PAUSED)
        journey.told("2026-03-12 07:30", "land", ReportKind.PROGRESS)

        # Eight days after the 9th are the 19th; two working days more the 23rd.
        assert journey.clock("2026-03-13 09:00", "land", "answer").due_on == day(
            "2026-03-23"
        )

    def test_what_came_outside_hours_counts_from_the_next_opening(self) -> None:
        journey = Journey("2026-03-13 20:00")
        journey.delivered("2026-03-13 20:01", "land")

        clock = hours_clock(journey, "2026-03-16 08:30", 4)

        assert clock.used_minutes == 60
        assert clock.due_at == at("2026-03-16 11:30")

    def test_the_lunch_break_does_not_count(self) -> None:
        journey = Journey("2026-03-09 10:30")
        journey.delivered("2026-03-09 10:30", "land")

        assert hours_clock(journey, "2026-03-09 12:00", 4).due_at == at(
            "2026-03-09 16:30"
        )

    def test_days_and_hours_are_never_mixed(self) -> None:
        journey = Journey("2026-03-09 10:30")
        journey.delivered("2026-03-09 10:30", "land")

        assert hours_clock(journey, "2026-03-09 12:00", 8).due_on == day("2026-03-10")
        assert journey.clock("2026-03-09 12:00", "land", "answer").due_on == day(
            "2026-03-19"
        )

    def test_each_holder_has_a_clock_of_its_own(self) -> None:
        """A second group that gets a dossier has its own time, not what is left."""
        journey = Journey("2026-07-01 09:00")
        journey.delivered("2026-07-01 09:01", "land")
        journey.told("2026-07-20 10:00", "land", ReportKind.SLIP)
        journey.delivered("2026-07-20 10:05", "tax", "slip_new")

        measured = journey.measured("2026-07-21 09:00")

        running = {(c.leg, c.rule.name): c.due_on for c in measured.clocks}
        assert running["tax", "answer"] == day("2026-07-23")
        assert running["land", "answer"] is None

    def test_a_moment_told_in_another_zone_is_the_same_moment(self) -> None:
        there = Journey("2026-03-09 09:00")
        there.delivered("2026-03-09 09:01", "land")
        lines = [
            replace(one, at=one.at.astimezone(at("2026-03-09 09:00").tzinfo))
            for one in there.lines
        ]
        before = there.measured("2026-03-12 09:00").clocks
        there.lines = lines

        assert there.measured("2026-03-12 09:00").clocks == before

    def test_a_holiday_is_no_working_day(self) -> None:
        journey = Journey("2026-04-24 09:00", code="1.999008")
        journey.delivered("2026-04-24 09:01", "land")

        # Monday, 27 April, is off for Sunday's holiday.
        assert journey.clock("2026-04-24 10:00", "land", "answer").due_on == day(
            "2026-04-28"
        )

    def test_intake_at_23_59_before_tet_is_handed_over_after_tet(self) -> None:
        journey = Journey("2026-02-15 23:59")

        clock = journey.clock("2026-02-16 09:00", "land", "hand_over")

        assert clock.due_on == day("2026-02-23")

    def test_december_knows_the_holidays_of_january(self) -> None:
        journey = Journey("2026-12-29 09:00", code="1.999008")
        journey.delivered("2026-12-29 16:00", "land")
        later = Journey("2026-12-31 09:00", code="1.999008")
        later.delivered("2026-12-31 09:01", "land")

        due = journey.clock("2026-12-30 09:00", "land", "answer").due_on
        over_new_year = later.clock("2026-12-31 10:00", "land", "answer").due_on

        assert (due, over_new_year) == (day("2026-12-30"), day("2027-01-04"))


class TestKinds:
    def test_a_supplement_makes_the_time_start_again_from_zero(self) -> None:
        journey = Journey("2026-03-09 08:00")
        journey.delivered("2026-03-09 08:01", "land")
        journey.told("2026-03-11 10:00", "land", ReportKind.SUPPLEMENT_REQUEST)
        journey.counter("2026-03-16 09:00", Event.SUPPLEMENTED)
        journey.delivered("2026-03-16 09:05", "land", SUPPLEMENT)

        clock = journey.clock("2026-03-17 09:00", "land", "answer")

        assert clock.restarts == (at("2026-03-16 09:00"),)
        assert clock.due_on == day("2026-03-26")

    @pytest.mark.parametrize(
        ("received", "due"),
        [
            ("2026-03-10 14:59", "2026-03-10"),
            ("2026-03-10 15:00", "2026-03-11"),
            ("2026-03-13 15:30", "2026-03-16"),
            ("2026-03-14 09:00", "2026-03-16"),
        ],
    )
    def test_what_comes_from_fifteen_hundred_on_is_the_next_working_days(
        self, received: str, due: str
    ) -> None:
        journey = Journey(received)

        assert journey.clock(received, "land", "hand_over").due_on == day(due)

    def test_a_question_has_three_days_through_the_portal_and_five_else(self) -> None:
        found = {
            rule.id: rule.budget
            for rule in CATALOGUE.clocks
            if rule.name == "question" and rule.valid_from == date(2026, 7, 1)
        }

        assert found == {
            "tra-loi-thue-2026": Budget(5, Unit.WORKING_DAYS),
            "tra-loi-thue-qua-cong-2026": Budget(3, Unit.WORKING_DAYS),
        }

    def test_rungs_are_reached_at_parts_of_the_budget(self) -> None:
        journey = Journey("2026-03-09 08:00")
        journey.delivered("2026-03-09 08:01", "land")

        rungs = dict(journey.clock("2026-03-10 09:00", "land", "answer").rung_at)

        assert rungs[50] == at("2026-03-13 17:00")
        assert rungs[100] == at("2026-03-19 17:00")

    def test_a_rung_is_not_reached_while_nothing_counts(self) -> None:
        journey = Journey("2026-03-09 08:00")
        journey.delivered("2026-03-09 08:01", "land")
        journey.told("2026-03-10 09:00", "land", ReportKind.PAUSED)

        assert journey.clock("2026-03-30 09:00", "land", "answer").rung_at == ()


class TestMomentsThatCount:
    def test_an_office_may_click_up_to_a_working_day_late(self) -> None:
        journey = Journey("2026-03-09 08:00")
        journey.delivered("2026-03-09 08:01", "land")
        journey.told(
            "2026-03-20 09:00",
            "land",
            ReportKind.FINISHED,
            event_at="2026-03-19 16:00",
        )

        assert journey.clock("2026-03-23 09:00", "land", "answer").stopped_at == at(
            "2026-03-19 16:00"
        )

    def test_what_is_dated_further_back_counts_when_the_head_says_so(self) -> None:
        journey = Journey("2026-03-09 08:00", due_on="2026-03-19")
        journey.delivered("2026-03-09 08:01", "land")
        journey.told(
            "2026-03-25 09:00",
            "land",
            ReportKind.FINISHED,
            event_at="2026-03-19 16:00",
        )
        before = journey.measured("2026-03-26 09:00")
        report = next(one for one in journey.lines if one.kind == "report")

        journey.decided(report.facts["report"], counts=True)
        after = journey.measured("2026-03-26 09:00")

        assert (before.timeliness, before.as_told) == (
            Timeliness.LATE,
            Timeliness.ON_TIME,
        )
        # What the portal saw stays what it saw.
        assert (after.timeliness, after.as_portal) == (
            Timeliness.ON_TIME,
            Timeliness.LATE,
        )

    @pytest.mark.parametrize("told", ["1970-01-01 00:00", "2031-01-01 09:00"])
    def test_a_date_of_another_time_counts_as_its_arrival(self, told: str) -> None:
        journey = Journey("2026-03-09 08:00")
        journey.delivered("2026-03-09 08:01", "land")
        journey.told("2026-03-12 09:00", "land", ReportKind.FINISHED, event_at=told)

        assert journey.measured("2026-03-20 09:00").ended_at == at("2026-03-12 09:00")

    def test_a_supplement_that_ended_before_it_began_took_no_time(self) -> None:
        journey = Journey("2026-03-09 08:00")
        journey.delivered("2026-03-09 08:01", "land")
        journey.told(
            "2026-03-11 10:00",
            "land",
            ReportKind.SUPPLEMENT_REQUEST,
            event_at="2026-03-11 09:00",
        )
        journey.told(
            "2026-03-11 10:30",
            "land",
            ReportKind.SUPPLEMENT_RECEIVED,
            event_at="2026-03-11 09:30",
        )
        journey.lines = [
            replace(one, facts={**one.facts, "event_at": "2026-03-11T01:00:00+00:00"})
            if one.facts.get("kind") == "supplement_received"
            else one
            for one in journey.lines
        ]

        clock = journey.clock("2026-03-12 09:00", "land", "answer")

        assert all(one.minutes == 0 for one in clock.suspensions)

    def test_a_confirmed_date_before_the_beginning_counts_from_the_beginning(
        self,
    ) -> None:
        journey = Journey("2026-03-09 08:00")
        journey.delivered("2026-03-09 08:01", "land")
        journey.told(
            "2026-03-20 09:00",
            "land",
            ReportKind.FINISHED,
            event_at="2026-03-02 09:00",
        )
        report = next(one for one in journey.lines if one.kind == "report")
        journey.decided(report.facts["report"], counts=True)

        assert journey.measured("2026-03-21 09:00").ended_at == at("2026-03-09 08:01")

    def test_a_pause_holds_from_its_own_moment_on(self) -> None:
        journey = Journey("2026-03-09 08:00")
        journey.delivered("2026-03-09 08:01", "land")
        journey.told("2026-03-10 08:00", "land", ReportKind.SUPPLEMENT_REQUEST)

        at_once = journey.clock("2026-03-10 08:00", "land", "answer")
        by_a_clock_that_is_behind = journey.clock("2026-03-10 07:59", "land", "answer")

        for clock in (at_once, by_a_clock_that_is_behind):
            assert (clock.running, clock.due_at) == (Running.SUSPENDED, None)
