"""What becomes of a promised day, and when one may go to the head of an office."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from gateway.calendar.working_time import working_time
from gateway.domain.chase import (
    Chase,
    Chased,
    Heard,
    How,
    Promise,
    Standing,
    chased,
    promise,
)
from gateway.domain.identifiers import DossierId, OfficeId
from gateway.domain.legal_day import VIETNAM

#: Monday is a holiday; for it, Saturday is worked.
WORKDAYS = working_time(
    {"2026": {"swapped": [{"off": "2026-03-16", "worked": "2026-03-14"}]}}
)
TUESDAY, FRIDAY = date(2026, 3, 10), date(2026, 3, 13)
ANSWER_DAYS = 2


def at(day: int, hour: int = 9, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=VIETNAM)


def call(day: int, promised_on: date | None = None, **changed: Any) -> Chase:
    values = {"id": f"ch_{day}", "how": How.CALL, "promised_on": promised_on, **changed}
    identity = (DossierId("d_1"), OfficeId("land-1"))
    return Chase(values.pop("id"), *identity, at(day), "operator", **values)


def heard(*days: datetime, over_at: datetime | None = None) -> Heard:
    return Heard(tuple(days), over_at)


def stands(today: date, *chases: Chase, known: Heard | None = None) -> Chased:
    def waited(day: date) -> bool:
        return WORKDAYS.days_after(day, ANSWER_DAYS) < today

    return chased(chases, known or heard(), today, waited)


@pytest.mark.parametrize(
    ("known", "today", "became"),
    [
        (heard(), FRIDAY, Promise.OPEN),
        (heard(), date(2026, 3, 14), Promise.BROKEN),
        (heard(at(13, 23, 59)), date(2026, 3, 20), Promise.KEPT),
        (heard(at(14, 0, 0)), date(2026, 3, 20), Promise.BROKEN),
        (heard(at(10, 8)), date(2026, 3, 14), Promise.BROKEN),
        (heard(at(10, 9)), date(2026, 3, 14), Promise.BROKEN),
        (heard(at(10, 9, 1)), TUESDAY, Promise.KEPT),
        (heard(over_at=at(12)), date(2026, 3, 20), Promise.OVER),
        (heard(over_at=at(14)), date(2026, 3, 20), Promise.BROKEN),
        (heard(at(12), over_at=at(12)), date(2026, 3, 20), Promise.KEPT),
    ],
)
def test_a_promise_counts_to_the_end_of_its_day(
    known: Heard, today: date, became: Promise
) -> None:
    one = call(10, FRIDAY)
    assert promise(one, [one], known, today) is became


def test_without_a_day_there_is_no_promise_and_a_corrected_one_is_none() -> None:
    bare, wrong = call(10), call(11, FRIDAY)
    right = call(12, corrects=wrong.id)
    late = date(2026, 3, 20)
    assert promise(bare, [bare], heard(), late) is Promise.NONE
    assert promise(wrong, [wrong, right], heard(), late) is Promise.CORRECTED


def test_the_last_promise_tells_how_it_stands_and_the_broken_ones_are_counted() -> None:
    first, second = call(10, date(2026, 3, 11)), call(12, FRIDAY)
    assert stands(date(2026, 3, 11), first).standing is Standing.OPEN
    now = stands(FRIDAY, first, second)
    assert (now.standing, now.promised_on, now.broken) == (Standing.OPEN, FRIDAY, 1)
    assert now.may_escalate
    now = stands(date(2026, 3, 14), first, second, call(13))
    assert (now.standing, now.promised_on, now.broken) == (Standing.BROKEN, FRIDAY, 2)
    assert now.last is not None
    assert now.last.id == "ch_13"


def test_what_the_office_tells_begins_anew() -> None:
    chases = (call(10, date(2026, 3, 11)), call(13))
    told = heard(at(12))
    now = stands(FRIDAY, *chases, known=told)
    assert (now.standing, now.broken, now.since) == (Standing.UNANSWERED, 0, at(13))
    assert not now.may_escalate
    assert stands(FRIDAY, *chases, known=heard(at(13, 10))).standing is Standing.NONE


def test_nothing_is_asked_of_an_office_that_is_done() -> None:
    over = heard(over_at=at(12))
    now = stands(FRIDAY, call(10, date(2026, 3, 11)), known=over)
    assert (now.standing, now.may_escalate) == (Standing.NONE, False)
    assert stands(FRIDAY).standing is Standing.NONE


@pytest.mark.parametrize(
    ("today", "may"),
    [
        (date(2026, 3, 13), False),
        (date(2026, 3, 14), False),
        (date(2026, 3, 16), True),
    ],
)
def test_an_office_has_whole_working_days_to_answer(today: date, may: bool) -> None:
    assert stands(today, call(12)).may_escalate is may


def test_a_corrected_call_counts_for_nothing() -> None:
    wrong = call(10, date(2026, 3, 11))
    right = call(12, corrects=wrong.id)
    now = stands(FRIDAY, wrong, right)
    assert (now.standing, now.may_escalate) == (Standing.UNANSWERED, False)
