"""Which day an office can promise."""

from datetime import date

import pytest

from gateway.calendar.working_time import working_time
from gateway.chasing.promising import promised_day
from gateway.domain.errors import SenderError

TODAY = date(2026, 4, 28)
#: Reunification Day and Labour Day, with a Monday off for a Saturday worked.
WORKDAYS = working_time(
    {
        "2026": {
            "holiday": [{"date": "2026-04-30"}, {"date": "2026-05-01"}],
            "swapped": [{"off": "2026-05-04", "worked": "2026-05-09"}],
        }
    }
)


@pytest.mark.parametrize("day", ["2026-04-28", "2026-04-29", "2026-05-09"])
def test_a_working_day_from_today_on_is_taken(day: str) -> None:
    assert promised_day(day, TODAY, WORKDAYS) == date.fromisoformat(day)
    assert promised_day("", TODAY, WORKDAYS) is None


@pytest.mark.parametrize(
    ("day", "code"),
    [
        ("1970-01-01", "promise_past"),
        ("2026-04-27", "promise_past"),
        ("2036-04-28", "promise_far"),
        ("9999-12-31", "promise_far"),
        ("2026-04-30", "promise_day_off"),
        ("mai", "promise_unreadable"),
        ("2026-02-31", "promise_unreadable"),
    ],
)
def test_another_day_is_refused_for_its_own_reason(day: str, code: str) -> None:
    with pytest.raises(SenderError) as refused:
        promised_day(day, TODAY, WORKDAYS)
    assert refused.value.code == code


def test_for_a_day_off_the_next_working_day_is_named() -> None:
    with pytest.raises(SenderError) as refused:
        promised_day("2026-04-30", TODAY, WORKDAYS)
    assert "30/04/2026" in refused.value.remedy
    assert "05/05/2026" in refused.value.remedy
