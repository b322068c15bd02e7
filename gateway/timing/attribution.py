"""Who had a dossier from when to when, without gaps; pure.

From the end backwards along what was waited for last (decision 0040): the leg that
ended last, but another leg instead while it waited for that one. While the dossier
is open, its end is taken to be now.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from gateway.domain.case import Place
from gateway.domain.identifiers import OfficeId
from gateway.domain.measure import Share, Whose
from gateway.timing.spans import Span, runs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from gateway.calendar.working_time import WorkingTime
    from gateway.domain.procedure import Procedure
    from gateway.timing.history import History, Stay

_WHOSE = {
    Place.AGENCY: Whose.AGENCY,
    Place.CITIZEN: Whose.CITIZEN,
    Place.ISSUER: Whose.ISSUER,
    Place.ONE_STOP: Whose.ONE_STOP,
    Place.GATEWAY: Whose.GATEWAY,
    Place.NOBODY: Whose.NOBODY,
}


@dataclass(frozen=True, slots=True)
class Sending:
    """A message of a leg on its way: from its first attempt until it was there.

    Only of those that could not be brought at the first attempt.
    """

    leg: str
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class _Piece:
    """A time of one party; the last comes first while going backwards."""

    whose: Whose
    leg: str
    office: OfficeId | None
    since: datetime
    until: datetime


def shares(
    history: History,
    procedure: Procedure,
    working: WorkingTime,
    until: datetime,
    sendings: Sequence[Sending] = (),
) -> tuple[Share, ...]:
    """The shares from acceptance to ``until``, oldest first; their minutes are exact."""
    end = max(until, history.accepted_at)
    walk = _Walk(history, procedure)
    pieces = list(walk.back(end))
    pieces.reverse()
    split = [part for piece in pieces for part in _with_line(piece, sendings)]
    return tuple(
        Share(
            piece.whose,
            piece.leg,
            piece.office,
            piece.since,
            piece.until,
            working.minutes(piece.since, piece.until),
        )
        for piece in _joined(split)
    )


class _Walk:
    """Goes back from a moment to the acceptance, always knowing whose turn it was."""

    def __init__(self, history: History, procedure: Procedure) -> None:
        self._history = history
        self._plan = procedure
        self._runs = {leg.name: runs(history, leg.name) for leg in procedure.legs}
        self._offices = {
            name: stays[-1].office for name, stays in history.stays.items()
        }

    def back(self, end: datetime) -> Iterator[_Piece]:
        """Pieces from ``end`` back to the acceptance, without a gap."""
        start = self._history.known_from
        cursor = end
        while cursor > start:
            leg = self._last(cursor)
            if leg is None:
                before = self._latest_end(cursor)
                since = max(start, before) if before else start
                yield _Piece(Whose.NOBODY, "", None, since, cursor)
                cursor = since
                continue
            run = self._run(leg, cursor)
            since = max(start, run.since)
            yield from self._inside(leg, since, cursor)
            cursor = since
        if self._history.accepted_at < start:
            begin = self._history.accepted_at
            yield _Piece(Whose.BEFORE, "", None, begin, min(start, end))

    def _last(self, cursor: datetime) -> str | None:
        """The leg that was waited for just before a moment: whose run ends last.

        Of those open then, one that decides the end comes before one that does not.
        """
        open_then = [
            (rule.ends_dossier, _end(run), -place, rule.name)
            for place, rule in enumerate(self._plan.legs)
            if (run := self._run_or_none(rule.name, cursor)) is not None
            and not self._is_waited_for(rule.name, cursor)
        ]
        return max(open_then)[3] if open_then else None

    def _is_waited_for(self, name: str, cursor: datetime) -> bool:
        """Whether another leg that is open waits for this one: that one gives way to it."""
        return any(
            name in self._children(rule.name) and self._run_or_none(rule.name, cursor)
            for rule in self._plan.legs
        )

    def _inside(self, leg: str, since: datetime, until: datetime) -> Iterator[_Piece]:
        """A leg's own time between two moments, and that of legs it waited for."""
        cursor = until
        while cursor > since:
            child = self._child(leg, cursor)
            if child is not None:
                begin = max(since, self._run(child, cursor).since)
                yield from self._inside(child, begin, cursor)
                cursor = begin
                continue
            begin = max(since, self._latest_child_end(leg, cursor, since))
            yield from self._own(leg, begin, cursor)
            cursor = begin

    def _child(self, leg: str, cursor: datetime) -> str | None:
        found = [
            (_end(run), name)
            for name in self._children(leg)
            if (run := self._run_or_none(name, cursor)) is not None
        ]
        return max(found)[1] if found else None

    def _latest_child_end(
        self, leg: str, cursor: datetime, since: datetime
    ) -> datetime:
        ends = [
            run.until
            for name in self._children(leg)
            for run in self._runs[name]
            if run.until is not None and run.until < cursor
        ]
        return max(ends, default=since)

    def _children(self, leg: str) -> list[str]:
        """Legs that begin by an event of this one: while both are open, it waits."""
        return [
            rule.name
            for rule in self._plan.legs
            if rule.name != leg
            and not rule.tells
            and any(trigger.leg == leg for trigger in rule.opens_on)
        ]

    def _own(self, leg: str, since: datetime, until: datetime) -> Iterator[_Piece]:
        """Where a leg lay between two moments, the last first."""
        for stay in reversed(self._history.of(leg)):
            begin, end = max(stay.since, since), _until(stay, until)
            if begin < end:
                yield self._piece(stay, begin, end)

    def _piece(self, stay: Stay, since: datetime, until: datetime) -> _Piece:
        whose = _WHOSE[stay.place]
        office: OfficeId | None = stay.office or None
        if whose in {Whose.CITIZEN, Whose.ONE_STOP, Whose.NOBODY}:
            office = None
        if whose is Whose.ISSUER:
            issuer = self._plan.leg(stay.leg).issuer
            office = next(
                (
                    self._offices.get(rule.name)
                    for rule in self._plan.legs
                    if rule.agency == issuer
                ),
                None,
            )
        return _Piece(whose, stay.leg, office, since, until)

    def _run(self, name: str, cursor: datetime) -> Span:
        found = self._run_or_none(name, cursor)
        if found is None:
            raise KeyError(name)
        return found

    def _run_or_none(self, name: str, cursor: datetime) -> Span | None:
        """The run of a leg that lasts just before a moment."""
        for run in self._runs[name]:
            if run.since < cursor and (run.until is None or run.until >= cursor):
                return run
        return None

    def _latest_end(self, cursor: datetime) -> datetime | None:
        ends = [
            run.until
            for found in self._runs.values()
            for run in found
            if run.until is not None and run.until < cursor
        ]
        return max(ends, default=None)


def _end(run: Span) -> datetime:
    """For order only: what lasts still ends after everything."""
    return run.until or datetime.max.replace(tzinfo=run.since.tzinfo)


def _until(stay: Stay, until: datetime) -> datetime:
    return until if stay.until is None else min(stay.until, until)


def _with_line(piece: _Piece, sendings: Sequence[Sending]) -> Iterable[_Piece]:
    """A piece at the gateway, with the time in which nothing could be brought apart."""
    if piece.whose is not Whose.GATEWAY:
        return (piece,)
    parts, cursor = [], piece.since
    for one in sorted(sendings, key=lambda sending: sending.since):
        begin = max(one.since, cursor)
        end = min(one.until or piece.until, piece.until)
        if one.leg != piece.leg or begin >= end:
            continue
        if cursor < begin:
            parts.append(_cut(piece, Whose.GATEWAY, cursor, begin))
        parts.append(_cut(piece, Whose.NETWORK, begin, end))
        cursor = end
    if cursor < piece.until:
        parts.append(_cut(piece, Whose.GATEWAY, cursor, piece.until))
    return parts


def _cut(piece: _Piece, whose: Whose, since: datetime, until: datetime) -> _Piece:
    return _Piece(whose, piece.leg, piece.office, since, until)


def _joined(pieces: Iterable[_Piece]) -> list[_Piece]:
    """Neighbours of one party as one."""
    found: list[_Piece] = []
    for piece in pieces:
        last = found[-1] if found else None
        same = last and (last.whose, last.leg, last.office) == (
            piece.whose,
            piece.leg,
            piece.office,
        )
        if last is not None and same and last.until == piece.since:
            found[-1] = _cut(last, last.whose, last.since, piece.until)
        elif piece.since < piece.until:
            found.append(piece)
    return found


def by_party(
    found: Iterable[Share],
) -> Mapping[tuple[Whose, str, OfficeId | None], int]:
    """Minutes of each party in each leg."""
    sums: dict[tuple[Whose, str, OfficeId | None], int] = {}
    for share in found:
        key = (share.whose, share.leg, share.office)
        sums[key] = sums.get(key, 0) + share.minutes
    return sums
