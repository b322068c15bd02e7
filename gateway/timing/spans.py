"""Times in which a leg was open, or a clock does not count; pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gateway.timing.history import History


@dataclass(frozen=True, slots=True)
class Span:
    """A time, and what it is («why» is a token of ``ClockRule.excludes``)."""

    since: datetime
    until: datetime | None
    why: str = ""


def runs(history: History, leg: str) -> list[Span]:
    """Uninterrupted times in which it was a leg's turn; the last may last still."""
    found: list[Span] = []
    for stay in history.of(leg):
        if not stay.is_open or stay.since == stay.until:
            continue
        if found and found[-1].until == stay.since:
            found[-1] = Span(found[-1].since, stay.until)
        else:
            found.append(Span(stay.since, stay.until))
    return found


def excluded(history: History, leg: str, tokens: Iterable[str]) -> list[Span]:
    """Times of a leg that do not count for what names these tokens, in order.

    They do not overlap: where two reasons hold at once, the one that began first
    is named until it ends.
    """
    tokens = frozenset(tokens)
    found = [
        Span(stay.since, stay.until, why)
        for stay in history.of(leg)
        if stay.is_open and (why := _why(stay.pause, stay.place, tokens))
    ]
    for token in tokens:
        other = token.removeprefix("leg:")
        if other != token:
            found += [Span(run.since, run.until, token) for run in runs(history, other)]
    return apart(found)


def _why(pause: str, place: str, tokens: frozenset[str]) -> str:
    if pause and pause in tokens:
        return str(pause)
    return str(place) if place in tokens else ""


def apart(spans: Iterable[Span]) -> list[Span]:
    """The same times without overlap, each moment with the reason that began first."""
    ordered = sorted(spans, key=lambda one: (one.since, one.why))
    found: list[Span] = []
    for span in ordered:
        last = found[-1] if found else None
        if last is None or (last.until is not None and last.until <= span.since):
            joins = last and last.until == span.since and last.why == span.why
            if joins and last is not None:
                found[-1] = Span(last.since, span.until, last.why)
            elif span.until is None or span.since < span.until:
                found.append(span)
            continue
        if last.until is None:
            break
        if span.until is None or span.until > last.until:
            found.append(Span(last.until, span.until, span.why))
    return found


def clipped(
    spans: Sequence[Span], since: datetime, until: datetime | None
) -> list[Span]:
    """The parts of spans that lie between two moments."""
    found = []
    for span in spans:
        begin = max(span.since, since)
        end = span.until
        if until is not None:
            end = until if end is None else min(end, until)
        if end is None or begin < end:
            found.append(Span(begin, end, span.why))
    return [one for one in found if until is None or one.since < until]
