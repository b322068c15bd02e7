"""When weekly letters go, how far they look, and what operators read of them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any, cast

import pytest

from gateway.calendar.working_time import working_time
from gateway.ports.due_mails import UNIT, DueMailRow, DueMailState
from gateway.reports.due_told import digest_lines
from gateway.reports.due_weeks import Rhythm, is_time, week_of, working_days
from tests.unit.reports.dossiers import CATALOGUE

if TYPE_CHECKING:
    from gateway.reports.naming import Names

WORKING = working_time(CATALOGUE.calendar)
MONDAY = Rhythm("monday", time(7))


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+07:00")


@pytest.mark.parametrize(
    ("now", "day", "sent_on", "until", "goes"),
    [
        ("2026-03-16T06:59", "2026-03-16", "2026-03-16", "2026-03-29", False),
        ("2026-03-16T07:00", "2026-03-16", "2026-03-16", "2026-03-29", True),
        ("2026-03-18T09:00", "2026-03-16", "2026-03-16", "2026-03-29", True),
        ("2026-03-21T09:00", "2026-03-16", "2026-03-16", "2026-03-29", False),
        # Tết: the whole week is off, the letter of its Monday goes on the next one,
        # which is the next week's own.
        ("2026-02-18T09:00", "2026-02-16", "2026-02-23", "2026-03-08", False),
        ("2026-02-23T09:00", "2026-02-23", "2026-02-23", "2026-03-08", True),
    ],
)
def test_a_week_has_its_day_and_looks_to_the_end_of_the_next(
    now: str, day: str, sent_on: str, until: str, *, goes: bool
) -> None:
    week = week_of(at(now), MONDAY, WORKING)

    assert [week.day.isoformat(), week.sent_on.isoformat(), week.until.isoformat()] == [
        *(day, sent_on, until)
    ]
    assert is_time(at(now), week, MONDAY, WORKING) is goes


def test_the_days_that_a_letter_tells_of_are_working_days() -> None:
    week = week_of(at("2026-03-16T08:00"), MONDAY, WORKING)

    assert working_days(week, date(2026, 3, 16), WORKING) == 9


class Codes:
    """Everybody is called by the code."""

    def unit(self, code: str) -> str:
        return code

    def lead(self, office: str) -> str:
        return office


def row(target: str, state: DueMailState) -> DueMailRow:
    now = datetime(2026, 3, 16, tzinfo=UTC)
    return DueMailRow(date(2026, 3, 16), UNIT, target, 1, state, now)


def told(today: date, *rows: DueMailRow) -> list[str]:
    week = week_of(at("2026-03-16T08:00"), MONDAY, WORKING)
    names: Any = Codes()
    return list(digest_lines(week, rows, today, cast("Names", names)))


def test_operators_read_of_what_somebody_has_to_look_after() -> None:
    rows = [
        row("A", DueMailState.SENT),
        row("B", DueMailState.NO_ADDRESS),
        row("C", DueMailState.BEGUN),
        row("D", DueMailState.UNCLEAR),
        row("E", DueMailState.FAILED),
    ]
    first = told(date(2026, 3, 16), *rows)

    assert first[0] == "THƯ SẮP ĐẾN HẠN, TUẦN TỪ 16/03/2026"
    assert any(line.startswith("- 1 thư chưa có địa chỉ thư") for line in first)
    assert any("hỏi người nhận): C; D." in line for line in first)
    assert any(line.endswith("chưa gửi được: E.") for line in first)
    assert not any("địa chỉ" in line for line in told(date(2026, 3, 17), *rows))
    assert told(date(2026, 3, 16), rows[0]) == []
    assert told(date(2026, 3, 17), rows[1]) == [], "told once a week"
