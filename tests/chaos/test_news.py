"""What a run learns from the books while it lasts: who is behind, who has what."""

from __future__ import annotations

import json
from pathlib import Path

from gateway.conformance.examples import Expected
from tests.chaos.books import Following
from tests.chaos.clones import Clone
from tests.chaos.news import MOST_UNHEARD, NOBODY_WAITS_S, News
from tests.chaos.telephone import Telephone

TOLD = ((4, ""),)


def clone(number: str, told: tuple[tuple[int, str], ...] = TOLD) -> Clone:
    expected = Expected("x", number, "finished", "", {}, told, (), frozenset({number}))
    return Clone(Path("x"), number, expected)


def write(book: Path, kind: str, number: str, **facts: str) -> None:
    row = {"kind": kind, "number": number, "facts": facts}
    with book.open("a", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")


def test_more_is_handed_in_when_the_one_stop_has_heard_of_enough(
    tmp_path: Path,
) -> None:
    book = tmp_path / "one_stop.arrivals.jsonl"
    news = News(book)
    for place in range(MOST_UNHEARD - 1):
        news.expect(clone(f"n-{place}"), 10.0)
    assert not news.is_behind(11.0)
    news.expect(clone("last"), 11.0)
    assert news.is_behind(11.0)
    # That it was handed in is no news of it.
    write(book, "submitted", "last")
    assert news.is_behind(11.0)
    write(book, "status", "n-3")
    assert not news.is_behind(11.0)


def test_nobody_waits_longer_for_what_nobody_tells(tmp_path: Path) -> None:
    news = News(tmp_path / "nobody-wrote-it")
    for place in range(MOST_UNHEARD):
        news.expect(clone(f"n-{place}"), 10.0)
    assert news.is_behind(10.0 + NOBODY_WAITS_S - 1)
    assert not news.is_behind(10.0 + NOBODY_WAITS_S)


def test_what_was_told_before_it_was_known_to_be_accepted_counts(
    tmp_path: Path,
) -> None:
    book = tmp_path / "one_stop.arrivals.jsonl"
    news = News(book)
    write(book, "status", "early")
    assert not news.is_behind(0.0)
    for place in range(MOST_UNHEARD - 1):
        news.expect(clone(f"n-{place}"), 1.0)
    news.expect(clone("early"), 1.0)
    # Of this one the example has nothing told at all.
    news.expect(clone("silent", ()), 1.0)
    assert not news.is_behind(1.0)


def test_a_line_that_is_half_written_is_read_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "book.jsonl"
    book = Following(path)
    assert not list(book.news())
    path.write_text('{"n": 1}\n{"n":', "utf-8")
    assert [line["n"] for line in book.news()] == [1]
    assert not list(book.news())
    with path.open("a", encoding="utf-8") as file:
        file.write(" 2}\n")
    assert [line["n"] for line in book.news()] == [2]
    assert not list(Following(path, from_now=True).news())


def test_a_one_stop_is_asked_for_the_very_message_and_others_for_its_kind(
    tmp_path: Path,
) -> None:
    telephone = Telephone(tmp_path, ["one_stop", "tax"])
    first, second = ({"kind": "status", "id": id_} for id_ in ("t-1", "t-2"))
    write(tmp_path / "one_stop.effects.jsonl", "status", "n")
    write(tmp_path / "one_stop.arrivals.jsonl", "status", "n", id="t-1")
    assert telephone.says_it_has({"n"}, first)
    assert not telephone.says_it_has({"n"}, second)
    slip = {"kind": "slip_new", "id": "t-3"}
    assert not telephone.says_it_has({"n"}, slip)
    write(tmp_path / "tax.effects.jsonl", "slip_new", "of-tax")
    assert telephone.says_it_has({"n", "of-tax"}, slip)
