"""From when on something stands still; what hides; and what of it is an alert."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from gateway.calendar.working_time import working_time
from gateway.domain.identifiers import DossierId
from gateway.domain.legal_day import VIETNAM
from gateway.domain.measure import Whose
from gateway.domain.stuck import NAMES, ORDER, TURNS, WHOSE_TURN, Cause, Kind
from gateway.ports.stuck import Holder, Stuck, StuckCount
from gateway.watch.stuck import _waits_by_right, bounds, quiet_since
from gateway.watch.stuck_findings import MeasureWatch, over, promises, quiet
from tests.unit.timing.journey import CATALOGUE, PROVINCE

TUESDAY = date(2026, 3, 10)
LAND = "land-mau-1"
CAUSE = Cause(Kind.OVERDUE, "land_registry", LAND, "answer")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=VIETNAM)


def counted(cause: Cause = CAUSE, whose: Whose | None = Whose.AGENCY) -> StuckCount:
    first = at("2026-03-09 17:00")
    return StuckCount(cause, 2, 1, first, first, DossierId("d_1"), whose, "")


class TestWhenSilenceBegins:
    @pytest.mark.parametrize(
        ("today", "days", "before"),
        [
            ("2026-03-10", 1, "2026-03-09"),
            ("2026-03-10", 2, "2026-03-06"),
            ("2026-03-09", 1, "2026-03-06"),
            # Over Tết, 14 to 22 February, nobody is silent.
            ("2026-02-23", 1, "2026-02-13"),
            ("2026-02-22", 1, "2026-02-13"),
        ],
    )
    def test_whole_working_days_lie_between_the_last_word_and_today(
        self, today: str, days: int, before: str
    ) -> None:
        found = quiet_since(PROVINCE, date.fromisoformat(today), days)

        assert found == at(f"{before} 00:00")

    def test_an_office_may_have_days_of_its_own(self) -> None:
        offices = dict(CATALOGUE.offices)
        office = next(iter(offices.values()))
        offices[office.id] = replace(office, silence_days=1)
        catalogue = replace(CATALOGUE, offices=offices)
        given = Stuck(None, 5, 2, 16)  # type: ignore[arg-type]

        found = bounds(catalogue, given, at("2026-03-10 09:00"))

        assert found.silent[office.id] == at("2026-03-09 00:00")
        assert set(found.silent.values()) == {
            at("2026-03-09 00:00"),
            at("2026-03-03 00:00"),
        }
        assert found.asked == at("2026-03-06 00:00")


class TestCauses:
    def test_a_cause_is_called_the_same_every_day_and_no_two_alike(self) -> None:
        assert CAUSE.id == "576f50f55d90dbda"
        others = {replace(CAUSE, kind=kind).id for kind in Kind}
        others |= {replace(CAUSE, office="land").id, replace(CAUSE, code="").id}
        assert len(others) == len(Kind) + 2

    def test_every_kind_has_a_name_and_somebody_whose_turn_it_is(self) -> None:
        assert set(NAMES) == set(Kind) == set(ORDER)
        clocks = {Kind.OVERDUE, Kind.NOT_RECEIVED}
        assert set(WHOSE_TURN) == set(Kind) - clocks
        never = {Whose.CITIZEN, Whose.BEFORE, Whose.NOBODY, Whose.EXCUSED}
        assert set(TURNS) == set(Whose) - never

    def test_an_office_that_is_shut_by_plan_makes_only_its_own_time_over(self) -> None:
        gateways = counted(whose=Whose.GATEWAY)

        assert _waits_by_right(gateways, lambda _: True)
        assert not _waits_by_right(gateways, lambda _: False)
        assert not _waits_by_right(counted(), lambda _: True)
        parked = replace(CAUSE, kind=Kind.PARKED)
        assert not _waits_by_right(counted(parked, None), lambda _: True)


class TestAlerts:
    def test_terms_that_are_over_are_one_alert_of_each_office(self) -> None:
        missing = replace(CAUSE, kind=Kind.NOT_RECEIVED, code="receipt")
        parked = replace(CAUSE, kind=Kind.PARKED)
        ones = [counted(), counted(missing), counted(parked, None)]

        (found,) = over(ones, lambda _: "Chi nhánh Một")

        assert (found.subject, found.count) == (LAND, 4)
        assert found.reason.startswith("Chi nhánh Một: 4 thời hạn đã quá")
        assert "Gọi đầu mối" in found.next_action

    def test_an_office_is_quiet_by_working_hours_since_it_has_something(self) -> None:
        monday = at("2026-03-09 07:30")
        holder = Holder(LAND, 3, monday, at("2026-03-02 07:30"))
        now = at("2026-03-10 17:00")
        day = working_time(CATALOGUE.calendar, LAND).minutes(monday, now) // 60

        found = quiet([holder], CATALOGUE, day, now)
        assert found == {LAND: (holder, monday)}
        assert quiet([holder], CATALOGUE, day + 1, now) == {}

    def test_an_office_that_never_spoke_is_not_said_to_have_stopped(self) -> None:
        holder = Holder(LAND, 3, at("2026-03-02 07:30"), None)
        assert quiet([holder], CATALOGUE, 1, at("2026-03-10 17:00")) == {}

    def test_broken_promises_are_one_alert_of_each_office(self) -> None:
        now = at("2026-03-13 09:00")
        broken = [
            (LAND, "Chi nhánh Một", date(2026, 3, 11), "d_2"),
            (LAND, "Chi nhánh Một", date(2026, 3, 10), "d_1"),
        ]

        (found,) = promises(broken, now)

        assert (found.count, found.first) == (2, "d_1")
        assert found.since == at("2026-03-11 00:00")
        assert "sớm nhất hẹn 10/03/2026" in found.reason

    def test_a_queue_counts_as_standing_only_while_the_same_is_in_it(self) -> None:
        watch, now = MeasureWatch(timedelta(seconds=60)), datetime.now(UTC)

        assert watch.look(["d_1"], 0.0, now) is None
        assert watch.look(["d_0", "d_1"], 59.0, now) is None
        stands = watch.look(["d_0", "d_1"], 60.0, now)
        assert stands is not None
        assert (stands.since, stands.first) == (now - timedelta(seconds=60), "d_1")
        assert watch.look(["d_2"], 61.0, now) is None
        assert watch.look([], 200.0, now) is None
        assert watch.look(["d_1"], 400.0, now) is None
