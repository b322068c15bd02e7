"""Races between a citizen and an office, as interface documents and the law know them.

Whoever withdraws when the work is done was too late: the dossier ends by its result. That
is no fault, and what stands in the office's book is another end than the example's. Nor is
it one that a message which had not left is overtaken by the one that replaces it, or that
who paid what a slip asked for owes again by the slip that replaces it afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

Line = Mapping[str, Any]
Effects = Mapping[tuple[str, str], int]
Lost = Callable[[Sequence[Line], Sequence[Line], Line], bool]
#: State and fate of a message that a withdrawal or a replacement overtook.
OVERTAKEN = ("cancelled", "not_left")


@dataclass(frozen=True, slots=True)
class Race:
    """One that a citizen lost, if the books say so."""

    lost: Lost
    #: by effects, by arrivals, and by what the gateway shows
    without: frozenset[tuple[str, str]]
    #: effects that the example demands and that did not come
    instead: Effects


def wanted(
    effects: Effects, own: Sequence[Line], reached: Sequence[Line], shown: Line
) -> Effects:
    """The example's effects; others where a citizen was too late for them."""
    found = dict(effects)
    for race in RACES:
        if race.without <= effects.keys() and race.lost(own, reached, shown):
            for key in race.without:
                del found[key]
            found |= race.instead
    return found


def _at(line: Line) -> datetime:
    return datetime.fromisoformat(str(line["at"]))


def _first(lines: Iterable[Line], agency: str, kind: str) -> datetime | None:
    """When it was written first."""
    found = (line for line in lines if (line["agency"], line["kind"]) == (agency, kind))
    return min(map(_at, found), default=None)


def _withdrawal_of_what_ended(
    own: Sequence[Line], reached: Sequence[Line], _: Line
) -> bool:
    """The power company says so (§11), or had finished when the counter was told.

    All processes of a run read the same wall.
    """
    answers = {
        line["facts"].get("answer")
        for line in reached
        if line["agency"] == "electricity"
    }
    if answers & {"request_ended", "too_late"}:
        return True
    finished = _first(own, "electricity", "finished")
    told = (
        line
        for line in reached
        if line["kind"] == "call_answer" and line["facts"]["do"] == "withdrawal"
    )
    return finished is not None and any(
        _at(line) > finished
        and (line["facts"]["status"] == 202 or line["facts"]["code"] == "dossier_ended")
        for line in told
    )


def _withdrawal_of_what_was_built(
    _: Sequence[Line], reached: Sequence[Line], __: Line
) -> bool:
    """The water company had put down that it is done; it answers so again (§4.2)."""
    done = [
        _at(line)
        for line in reached
        if (line["agency"], line["kind"]) == ("water", "told")
        and line["facts"]["state"] == "HOAN_THANH"
    ]
    came = _first(reached, "water", "withdraw")
    return came is not None and bool(done) and min(done) < came


def _overtaken(agency: str, kind: str, by: str) -> Lost:
    """Whether a message overtook one that had not left: nobody hears of that one."""

    def lost(own: Sequence[Line], _: Sequence[Line], shown: Line) -> bool:
        done = {line["kind"] for line in own if line["agency"] == agency}
        first = [
            (row["state"], row.get("fate"))
            for row in shown.get("transfers", ())
            if row["kind"] == kind
        ]
        return by in done and kind not in done and first == [OVERTAKEN]

    return lost


def _paid_before_it_was_replaced(
    own: Sequence[Line], _: Sequence[Line], __: Line
) -> bool:
    """The land office had the payment before tax had the slip that replaces."""
    paid = _first(own, "land_registry", "paid")
    replaced = _first(own, "tax", "slip_replace")
    return paid is not None and replaced is not None and paid < replaced


def _answered(reached: Sequence[Line], do: str) -> list[tuple[int, str]]:
    """What the counter was answered to an act: status and code, in order."""
    return [
        (int(line["facts"]["status"]), str(line["facts"]["code"]))
        for line in reached
        if line["kind"] == "call_answer" and line["facts"]["do"] == do
    ]


def _taken_back_before_it_left(agency: str) -> Lost:
    """A part that had not left ends with the withdrawal, and its office hears nothing."""

    def lost(own: Sequence[Line], reached: Sequence[Line], shown: Line) -> bool:
        handed = [
            (row["state"], row["fate"], row["named_by"])
            for row in shown.get("transfers", ())
            if (row.get("agency"), row["kind"]) == (agency, "hand_over")
        ]
        taken_back = any(
            status == 202 for status, _ in _answered(reached, "withdrawal")
        )
        heard = any(line["agency"] == agency for line in own)
        return taken_back and not heard and handed == [(*OVERTAKEN, "withdrawal")]

    return lost


def _papers_for_what_had_ended(
    _: Sequence[Line], reached: Sequence[Line], __: Line
) -> bool:
    """The office that decides had finished before the papers for another came."""
    answers = [one for one in _answered(reached, "supplement") if one[0]]
    return answers == [(409, "dossier_ended")]


RACES = (
    Race(
        _withdrawal_of_what_ended,
        frozenset({("electricity", "withdraw"), ("electricity", "cancelled")}),
        {("electricity", "finished"): 1},
    ),
    Race(
        _overtaken("land_registry", "paid", by="withdraw"),
        frozenset({("land_registry", "paid")}),
        {},
    ),
    # One that replaces is complete, and taken though the earlier one never came (tax
    # through the portal, table of kinds: 11).
    Race(
        _overtaken("tax", "slip_new", by="slip_replace"),
        frozenset({("tax", "slip_new")}),
        {},
    ),
    Race(
        _taken_back_before_it_left("electricity"),
        frozenset(
            ("electricity", kind)
            for kind in ("hand_over", "paper", "withdraw", "cancelled")
        ),
        {},
    ),
    Race(_papers_for_what_had_ended, frozenset({("open", "supplement")}), {}),
    Race(_withdrawal_of_what_was_built, frozenset(), {("water", "withdraw"): 1}),
    # What tax determines anew is owed again, and the office hears of both.
    Race(
        _paid_before_it_was_replaced,
        frozenset({("land_registry", "paid"), ("tax", "slip_replace")}),
        {
            ("land_registry", "paid"): 2,
            ("land_registry", "owed_again"): 1,
            ("tax", "slip_replace"): 1,
        },
    ),
)
