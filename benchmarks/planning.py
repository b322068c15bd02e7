"""Which dossiers five years of linked dossiers are made of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING

from benchmarks.castings import Group
from gateway.store.rows import case_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.moulds import Mould

YEARS = 5
DAYS = YEARS * 365
#: Of a hundred dossiers that ended, so many missed their promised day.
LATE = 0.05
OPEN, STUCK = 2_000, 500
#: Moulds that one day's dossiers are of; each is measured once.
A_DAY = 5
#: Example → how many of all dossiers go its way. Together they are 17 lines on average.
MIXTURE: Mapping[str, float] = {
    "01-chuyen-nhuong-thuong": 0.05,
    "10-bo-sung": 0.01,
    "11-tu-choi": 0.12,
    "18-the-chap": 0.22,
    "60-dien-tam-ngung": 0.06,
    "69-doi-ten-hop-dong-nuoc": 0.14,
    "79-khai-sinh-tai-quay": 0.395,
    "85-dau-noi-dien-nuoc": 0.005,
}
#: Examples that lie parked, beside those of the mixture on their way.
PARKED = ("04-tcvn3-khong-ghi-ro",)
#: Dossiers of one piece of work.
PIECE = 4_000


@dataclass(frozen=True)
class Plan:
    """Pieces of work, and the moment at which all of it is looked at."""

    pieces: Sequence[Sequence[Group]]
    now: datetime
    dossiers: int
    open: int
    stuck: int
    late: int
    lines: int


def planned(
    moulds: Sequence[Mould], dossiers: int, *, start: datetime, seed: int = 1
) -> Plan:
    """As many dossiers from ``start`` on over five years, the last ones open."""
    chance = Random(seed)
    now = start + timedelta(DAYS)
    still = [i for i, one in enumerate(moulds) if one.is_stuck]
    way = [i for i, one in enumerate(moulds) if one.is_open and not one.is_stuck]
    ended = {
        one.example: i
        for i, one in enumerate(moulds)
        if not one.is_open and one.example in MIXTURE
    }
    stuck = min(STUCK, dossiers // 8)
    under_way = min(OPEN - STUCK, dossiers // 8)
    found: list[tuple[int, int, int, int | None]] = []
    found += _ended(moulds, ended, dossiers - stuck - under_way, chance)
    found += _recent(moulds, still, stuck, now, chance)
    found += _recent(moulds, way, under_way, now, chance)
    found.sort(key=lambda one: (_accepted(moulds[one[0]]) + timedelta(one[1]), one[0]))
    groups, number, line = [], 1, 1
    for mould, days, count, late_by in found:
        groups.append(Group(mould, days, count, late_by, number, line))
        number += count
        line += count * moulds[mould].lines
    return Plan(
        pieces=_pieces(groups),
        now=now.astimezone(UTC),
        dossiers=number - 1,
        open=stuck + under_way,
        stuck=stuck,
        late=sum(one.count for one in groups if one.late_by),
        lines=line - 1,
    )


def _accepted(mould: Mould) -> datetime:
    return case_of(mould.rows["dossier"][0]["state"]).accepted_at


def _ended(
    moulds: Sequence[Mould],
    ended: Mapping[str, int],
    dossiers: int,
    chance: Random,
) -> list[tuple[int, int, int, int | None]]:
    """Ended ones, on every working day as many, until all of them have ended."""
    longest = max(
        (moulds[i].at - _accepted(moulds[i])).days + 1 for i in ended.values()
    )
    names = list(ended)
    weights = [MIXTURE[name] for name in names]
    first = _accepted(moulds[ended[names[0]]]).date()
    days = [
        day for day in range(DAYS - longest) if (first + timedelta(day)).weekday() < 5
    ]
    found: list[tuple[int, int, int, int | None]] = []
    for place, day in enumerate(days):
        today = dossiers * (place + 1) // len(days) - dossiers * place // len(days)
        late = sum(chance.random() < LATE for _ in range(today))
        if late:
            (name,) = chance.choices(names, weights)
            found.append((ended[name], day, late, chance.randint(1, 10)))
        counts: dict[str, int] = {}
        chosen = chance.choices(names, weights, k=A_DAY)
        for part, name in enumerate(chosen):
            rest = today - late
            share = rest * (part + 1) // A_DAY - rest * part // A_DAY
            counts[name] = counts.get(name, 0) + share
        found += [(ended[n], day, count, None) for n, count in counts.items() if count]
    return found


def _recent(
    moulds: Sequence[Mould],
    chosen: Sequence[int],
    dossiers: int,
    now: datetime,
    chance: Random,
) -> list[tuple[int, int, int, int | None]]:
    """Those that are open at ``now``, where they were within the last four weeks."""
    counts: dict[tuple[int, int], int] = {}
    for place in range(dossiers):
        mould = chosen[place % len(chosen)]
        days = (now - moulds[mould].at).days - chance.randint(0, 20)
        counts[mould, days] = counts.get((mould, days), 0) + 1
    return [(mould, days, count, None) for (mould, days), count in counts.items()]


def _pieces(groups: Sequence[Group]) -> list[list[Group]]:
    """Groups in pieces of about the same number of dossiers."""
    pieces: list[list[Group]] = [[]]
    size = 0
    for one in groups:
        if size >= PIECE:
            pieces.append([])
            size = 0
        pieces[-1].append(one)
        size += one.count
    return pieces
