"""How far dossiers were fetched: what is new, what may be marked, what comes again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from gateway.adapters.civil_registry.cursor import (
    LATER_S,
    PAGE_SIZE,
    SOON_S,
    TRIES,
    Cursor,
)
from gateway.adapters.civil_registry.details import Line, Page

NOW = datetime(2026, 3, 10, 0, 30, tzinfo=UTC)


def line(identifier: int, number: str = "") -> Line:
    return Line(identifier, number or f"G{identifier}", "2.999201", "KS", 99103, {})


def page(*lines: Line) -> Page:
    return Page(lines, ())


def full(first: int) -> Page:
    return page(*(line(first + place) for place in range(PAGE_SIZE)))


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def test_a_cursor_comes_back_as_it_was_written() -> None:
    cursor = Cursor().with_taken(line(1)).with_passed(line(2), NOW, 1)
    assert Cursor.read(cursor.written(), NOW) == cursor
    assert Cursor.read(cursor.written(), NOW).written() == cursor.written()


@pytest.mark.parametrize(
    "text", ["", "x", "null", "[]", "7", '{"t":[1]}', '{"p":[[1]]}', '{"n":"x"}']
)
def test_what_is_no_cursor_begins_anew(text: str) -> None:
    assert Cursor.read(text, NOW) == Cursor()


def test_what_was_taken_is_not_new_and_may_be_marked() -> None:
    cursor = Cursor().with_taken(line(1))
    assert cursor.new_in([line(1), line(2)], NOW) == [line(2)]
    assert cursor.to_mark([line(1)], NOW) == ("G1", 1)
    assert cursor.marked(("G1", 1)).to_mark([], NOW) is None


def test_nothing_is_marked_while_another_line_of_its_dossier_is_not_here() -> None:
    cursor = Cursor().with_taken(line(1, "G")).with_taken(line(2, "H"))
    assert cursor.to_mark([line(1, "G"), line(3, "G")], NOW) == ("H", 2)
    only = Cursor().with_taken(line(1, "G"))
    assert only.to_mark([line(3, "G")], NOW) is None
    passed = only.with_passed(line(3, "G"), NOW, TRIES)
    assert passed.to_mark([line(1, "G")], NOW) is None


def test_of_several_that_are_not_marked_none_is_always_behind_another() -> None:
    cursor = Cursor().with_taken(line(1)).with_taken(line(2))
    tried = {cursor.to_mark([], later(60 * minute)) for minute in range(2)}
    assert tried == {("G1", 1), ("G2", 2)}


def test_what_did_not_come_is_asked_for_again_soon_and_what_is_unreadable_daily() -> (
    None
):
    lost = Cursor().with_passed(line(1), NOW, 1)
    assert lost.new_in([line(1)], later(SOON_S - 1)) == []
    assert lost.new_in([line(1)], later(SOON_S)) == [line(1)]
    unreadable = Cursor().with_passed(line(1), NOW, TRIES)
    assert unreadable.new_in([line(1)], later(LATER_S - 1)) == []
    assert unreadable.new_in([line(1)], later(LATER_S)) == [line(1)]
    assert (lost.tries(line(1)), unreadable.tries(line(1))) == (1, TRIES)
    assert Cursor().with_passed(line(1), NOW, 99).tries(line(1)) == TRIES


def test_what_was_passed_over_and_is_read_now_is_taken() -> None:
    cursor = Cursor().with_passed(line(1), NOW, TRIES).with_taken(line(1))
    assert (cursor.taken, cursor.passed) == ((("G1", 1),), ())


def test_what_is_gone_from_the_list_is_forgotten() -> None:
    cursor = Cursor().with_passed(line(1), NOW, 1).with_passed(line(2), NOW, 1)
    looked = cursor.looked_through([page(line(2))], NOW)
    assert [one.id for one in looked.passed] == [2]
    assert looked.looked_through([page(line(2))], NOW) is looked


def test_behind_full_pages_it_goes_on_at_once_and_begins_anew_after_a_while() -> None:
    cursor = Cursor().with_passed(line(1), NOW, 1)
    further = cursor.looked_through([full(1), full(101)], NOW)
    assert (further.page, further.passed) == (3, cursor.passed)
    assert Cursor.read(further.written(), later(1)).page == 3
    assert Cursor.read(further.written(), later(300)).page == 1
    # At the end nothing changes, so that nobody asks again at once.
    end = Cursor.read(further.written(), later(1))
    assert end.looked_through([page()], later(1)) is end
