"""What is not critical waits for the morning of a working day."""

from __future__ import annotations

from datetime import datetime, time

import pytest

from gateway.calendar.working_time import working_time
from gateway.domain.legal_day import VIETNAM
from gateway.watch.quiet import Quiet

#: Saturday and Sunday off, Tuesday 17 February too, Saturday 28 February worked.
HOURS = [{"from": "07:30", "to": "17:00"}]
DAYS = working_time(
    {
        "2026": {
            "hours": HOURS,
            "holiday": [{"date": "2026-02-17", "name": "Tết"}],
            "swapped": [{"off": "2026-02-27", "worked": "2026-02-28"}],
        }
    }
)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 2, day, hour, minute, tzinfo=VIETNAM)


@pytest.mark.parametrize(
    ("now", "told"),
    [
        (at(10, 9), at(10, 9)),
        (at(10, 7), at(10, 7)),
        (at(10, 6, 59), at(10, 7)),
        (at(10, 18), at(11, 7)),
        (at(10, 23, 59), at(11, 7)),
        (at(13, 18), at(16, 7)),  # Friday evening
        (at(14, 10), at(16, 7)),  # Saturday
        (at(16, 19), at(18, 7)),  # before a day off
        (at(27, 20), at(28, 7)),  # before a Saturday that is worked
    ],
)
def test_it_is_told_at_once_or_in_the_morning(now: datetime, told: datetime) -> None:
    assert Quiet().awake_at(now, DAYS) == told


def test_days_off_are_like_others_where_somebody_is_there() -> None:
    quiet = Quiet(days_off=False)
    assert quiet.awake_at(at(14, 10), DAYS) == at(14, 10)
    assert quiet.awake_at(at(14, 19), DAYS) == at(15, 7)


def test_two_equal_hours_leave_no_night() -> None:
    always = Quiet(time(0), time(0), days_off=False)
    for hour in (0, 3, 12, 23):
        assert always.awake_at(at(14, hour, 59), DAYS) == at(14, hour, 59)


def test_a_calendar_without_working_days_silences_nobody() -> None:
    whole = [{"from": "2026-01-01", "to": "2026-12-31", "reason": "lũ"}]
    never = working_time({"2026": {"hours": HOURS, "closed": whole}})
    assert Quiet().awake_at(at(10, 3), never) == at(10, 3)
