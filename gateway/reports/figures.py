"""Numbers of a report, and how they are rounded; pure.

What is printed can be added up by its reader: parts are rounded so that they give the
rounded whole, and a difference is that of the two figures that stand beside it.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from gateway.domain.measure import Timeliness

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from gateway.ports.measured import MonthCount

IN_TIME = frozenset({Timeliness.EARLY, Timeliness.ON_TIME})
#: A minute's part of the tenth of an hour that hours are told in.
TENTH_MINUTES = 6
_WHOLE_TENTHS = 1_000


@dataclass(frozen=True, slots=True)
class Tally:
    """Dossiers that ended, told apart by every word that a report has for them."""

    early: int = 0
    on_time: int = 0
    late: int = 0
    #: by the moments that count; these three are what is judged
    no_date: int = 0
    portal_in_time: int = 0
    portal_late: int = 0
    #: by the day of the click, as the portal counts
    falsely_late: int = 0
    #: late, and in time if the agency's own date were believed
    clicked_late: int = 0
    #: in time by the agency's date, late by the day of the click
    portal_undated: int = 0
    #: without a date, which the portal calls in time
    clicked_early: int = 0
    #: late by the moments that count, in time by the day of the click
    by_hand: int = 0
    #: people ended them in time, which is no in time
    rounds: int = 0
    minutes: int = 0

    def __add__(self, other: Tally) -> Tally:
        """Both together."""
        return Tally(
            *(getattr(self, f.name) + getattr(other, f.name) for f in fields(Tally))
        )

    @property
    def ended(self) -> int:
        """All of them."""
        return self.judged + self.no_date + self.by_hand

    @property
    def judged(self) -> int:
        """Those that had a date to be held against."""
        return self.in_time + self.late

    @property
    def in_time(self) -> int:
        """Early, or on the day."""
        return self.early + self.on_time

    @property
    def supplements(self) -> int:
        """How often papers were asked for: the first round is none."""
        return self.rounds - self.ended


def tally_of(count: MonthCount) -> Tally:
    """One row of counts."""
    n, here = count.dossiers, count.timeliness
    in_time, late = here in IN_TIME, here is Timeliness.LATE
    by_portal = count.as_portal in IN_TIME
    undated = here is Timeliness.NO_DATE and not count.by_hand
    return Tally(
        early=n * (here is Timeliness.EARLY),
        on_time=n * (here is Timeliness.ON_TIME),
        late=n * late,
        no_date=n * undated,
        portal_in_time=n * by_portal,
        portal_late=n * (count.as_portal is Timeliness.LATE),
        falsely_late=n * (late and count.as_told in IN_TIME),
        clicked_late=n * (in_time and count.as_portal is Timeliness.LATE),
        portal_undated=n * (undated and by_portal),
        clicked_early=n * (late and by_portal),
        by_hand=n * count.by_hand,
        rounds=count.rounds,
        minutes=count.minutes,
    )


def total(counts: Iterable[MonthCount]) -> Tally:
    """All rows together."""
    return sum(map(tally_of, counts), Tally())


def grouped(
    counts: Iterable[MonthCount], key: Callable[[MonthCount], str]
) -> dict[str, Tally]:
    """Rows together that have the same key, in order of keys."""
    found: dict[str, Tally] = {}
    for one in counts:
        found[key(one)] = found.get(key(one), Tally()) + tally_of(one)
    return dict(sorted(found.items()))


def percent(part: int, whole: int) -> float | None:
    """With one decimal, halves upwards; of nothing there is none."""
    tenths = _tenths(part, whole)
    return None if tenths is None else tenths / 10


def difference(one: float | None, other: float | None) -> float | None:
    """Between two percentages as they are printed."""
    if one is None or other is None:
        return None
    return (round(one * 10) - round(other * 10)) / 10


def parts_of_hundred(parts: Sequence[int]) -> list[float | None]:
    """Percentages with one decimal that add up to 100; of nothing there are none."""
    if not sum(parts):
        return [None] * len(parts)
    return [tenths / 10 for tenths in apportioned(parts, _WHOLE_TENTHS)]


def hours_of(minutes: Sequence[int]) -> list[float]:
    """Hours with one decimal that add up to those of all minutes together."""
    whole = (2 * sum(minutes) + TENTH_MINUTES) // (2 * TENTH_MINUTES)
    return [tenths / 10 for tenths in apportioned(minutes, whole)]


def apportioned(parts: Sequence[int], whole: int) -> list[int]:
    """``whole`` in the proportion of the parts, by largest remainder.

    Of equal remainders the first gets more, so that the same report is the same
    whoever prints it.
    """
    of = sum(parts)
    if not of:
        return [0] * len(parts)
    shares = [divmod(part * whole, of) for part in parts]
    left = whole - sum(share for share, _ in shares)
    order = sorted(range(len(parts)), key=lambda place: (-shares[place][1], place))
    more = set(order[:left])
    return [share + (place in more) for place, (share, _) in enumerate(shares)]


def as_json(tally: Tally) -> dict[str, int | float | None]:
    """A tally with its percentages."""
    early, on_time, late = parts_of_hundred([tally.early, tally.on_time, tally.late])
    return {
        "ended": tally.ended,
        "judged": tally.judged,
        "early": tally.early,
        "on_time": tally.on_time,
        "in_time": tally.in_time,
        "late": tally.late,
        "no_date": tally.no_date,
        "by_hand": tally.by_hand,
        "percent": percent(tally.in_time, tally.judged),
        "early_percent": early,
        "on_time_percent": on_time,
        "late_percent": late,
        "falsely_late": tally.falsely_late,
        "portal_in_time": tally.portal_in_time,
        "portal_late": tally.portal_late,
        "portal_percent": percent(tally.portal_in_time, tally.ended),
        "supplements": tally.supplements,
    }


def _tenths(part: int, whole: int) -> int | None:
    if not whole:
        return None
    return (2 * part * _WHOLE_TENTHS + whole) // (2 * whole)
