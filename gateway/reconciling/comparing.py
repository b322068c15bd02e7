"""Puts every code of either list into exactly one class; pure, whatever the order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.reconciling import sentences
from gateway.reconciling.differences import differences, paper_days
from gateway.reconciling.kinds import ENDED, Finding, Kind, Standing
from gateway.reconciling.values import phrase

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from gateway.reconciling.kinds import Row
    from gateway.reconciling.sentences import Names

_ORDER = {kind: place for place, kind in enumerate(Kind)}


def compare(
    ours: Iterable[Row], theirs: Iterable[Row], *, day: date, names: Names
) -> tuple[Finding, ...]:
    """What the lists say about each code, by class and code; ``day``: on which it is read.

    Rows that repeat each other word for word count once; where one list says two
    things of one code, neither wins.
    """
    here, there = by_key(ours), by_key(theirs)
    found = [
        _judge(here.get(key, ()), there.get(key, ()), day, names)
        for key in here.keys() | there.keys()
    ]
    return tuple(sorted(found, key=lambda one: (_ORDER[one.kind], one.code)))


def by_key(rows: Iterable[Row]) -> dict[str, tuple[Row, ...]]:
    """Rows by their code: one, or several that say different things."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.key, []).append(row)
    return {
        key: tuple(several) if len(several) == 1 else _once(several)
        for key, several in found.items()
    }


def _once(rows: list[Row]) -> tuple[Row, ...]:
    """Rows that say different things; of those that say the same, always the same one."""
    said: dict[object, Row] = {}
    for row in sorted(rows, key=lambda one: (one.code, one.word, one.note, one.at)):
        said.setdefault(_said(row), row)
    return tuple(said.values())


def _said(row: Row) -> object:
    """What a row says: a repeated row says the same."""
    said = phrase(row.word) if row.standing is None else row.standing
    texts = (phrase(row.place), phrase(row.applicant))
    return (said, row.received, row.due, row.ended, *texts)


def _judge(
    ours: tuple[Row, ...], theirs: tuple[Row, ...], day: date, names: Names
) -> Finding:
    code = (ours or theirs)[0].code
    both = (ours, theirs)

    def finding(kind: Kind, sentence: str) -> Finding:
        return Finding(kind, code, sentences.capitalised(sentence), *both)

    if len(ours) > 1 or len(theirs) > 1:
        return finding(Kind.REPEATED, sentences.repeated(ours, theirs, names))
    if any(row.standing is None for row in (*ours, *theirs)):
        return finding(Kind.UNCLEAR, sentences.unclear(ours, theirs, names))
    if not ours:
        return finding(Kind.UNKNOWN_HERE, sentences.unknown_here(theirs[0], names))
    if not theirs:
        return finding(Kind.UNKNOWN_THERE, sentences.unknown_there(ours[0], names))
    return _pair(code, ours[0], theirs[0], day, names)


def _pair(code: str, here: Row, there: Row, day: date, names: Names) -> Finding:
    late = paper_days(here, there, day)
    found = differences(here, there, names)
    if there.standing is Standing.FINISHED and here.standing not in ENDED:
        kind = Kind.FINISHED_THERE
        sentence = sentences.finished_there(here, there, names)
    elif there.standing is Standing.WAITING and here.standing is Standing.OPEN:
        kind = Kind.WAITING_THERE
        sentence = sentences.waiting_there(here, there, names)
    else:
        told = sentences.standings(here, there, names)
        found = (told, *found) if told else found
        kind = Kind.DIFFERS if found or late else Kind.AGREES
        sentence = " ".join(found)
    if late:
        sentence = f"{sentence} {sentences.late_on_paper(here, there, late, names)}"
    if kind not in {Kind.DIFFERS, Kind.AGREES} and found:
        sentence = f"{sentence} Lưu ý: {' '.join(found)}"
    sentence = sentences.capitalised(sentence.strip())
    return Finding(kind, code, sentence, (here,), (there,), late, found)
