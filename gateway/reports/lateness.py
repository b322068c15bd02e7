"""Whose lateness the late dossiers of a month are: as measured, and as decided; pure sums.

Before it is settled, nothing counts against an office: it stands in a column of its own.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any

from gateway.domain.identifiers import OfficeId
from gateway.domain.lateness import Party, Standing
from gateway.domain.legal_day import VIETNAM, legal_day
from gateway.domain.measure import Whose
from gateway.ports.contests import Day
from gateway.reports.figures import hours_of, parts_of_hundred

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gateway.ports.contests import ChargeCount
    from gateway.ports.measured import CauseCount, ShareCount
    from gateway.reports.naming import Names
    from gateway.sealing.tools import Tools

#: No office answers: nothing names one, so that there is nothing to contest.
UNNAMED, MOVED = "unnamed", "moved"
#: Columns of a measured cause, in the order in which they are printed; they add up.
COLUMNS = (*(one.value for one in Standing), MOVED, UNNAMED)
UNNAMED_WORDS = "không nêu cơ quan nào"


def day_of(tools: Tools) -> Day:
    """The day by which latenesses are told apart."""
    since = tools.contests.since
    begins = datetime.combine(since, time(), VIETNAM).astimezone(UTC) if since else None
    return Day(legal_day(tools.clock.now()), begins)


def causes(
    counts: Sequence[CauseCount], charges: Sequence[ChargeCount], names: Names
) -> list[dict[str, Any]]:
    """Late dossiers by the term that ran over furthest, and how far that is settled."""
    ordered = sorted(counts, key=lambda one: (-one.dossiers, one.office, one.clock))
    rates = parts_of_hundred([one.dossiers for one in ordered])
    return [
        {
            "office": one.office,
            "name": names.lead(one.office) if one.office or one.clock else "không rõ",
            "clock": one.clock,
            "label": names.clock(one.clock, one.office),
            "dossiers": one.dossiers,
            "percent": rate,
            **_columns(one, charges),
        }
        for one, rate in zip(ordered, rates, strict=True)
    ]


def _columns(cause: CauseCount, charges: Sequence[ChargeCount]) -> dict[str, int]:
    """How the dossiers of one cause stand; what no office answers for is left over."""
    found: Counter[str] = Counter()
    for one in charges:
        if (one.cause, one.clock) == (cause.office, cause.clock):
            found[MOVED if _moved(one) else one.standing.value] += one.dossiers
    found[UNNAMED] = cause.dossiers - found.total()
    return {name: found[name] for name in COLUMNS}


def charged(
    counts: Sequence[CauseCount], charges: Sequence[ChargeCount], names: Names
) -> dict[str, Any]:
    """Late dossiers by who answers for them: as measured, and as decided.

    Both columns add up to the same late dossiers.
    """
    late = sum(one.dossiers for one in counts)
    measured: Counter[Party] = Counter()
    now: Counter[Party] = Counter()
    standing: Counter[tuple[Party, str]] = Counter()
    for one in charges:
        measured[_cause(one)] += one.dossiers
        now[one.party] += one.dossiers
        standing[one.party, one.standing.value] += one.dossiers
    parties = sorted(
        measured.keys() | now.keys(), key=lambda one: (-measured[one], one.key)
    )
    rows = [
        {
            "party": party.key,
            "name": names.party(party.whose, party.office or ""),
            "measured": measured[party],
            "corrected": now[party],
            **{one.value: standing[party, one.value] for one in Standing},
        }
        for party in parties
    ]
    rest = late - measured.total()
    if rest:
        nothing = {one.value: 0 for one in Standing}
        whole = {"measured": rest, "corrected": rest, **nothing}
        rows.append({"party": "", "name": UNNAMED_WORDS, **whole})
    sums = ("measured", "corrected", *(one.value for one in Standing))
    return {"rows": rows, "total": {f: sum(row[f] for row in rows) for f in sums}}


def own_time(
    shares: Sequence[ShareCount], charges: Sequence[ChargeCount], names: Names
) -> dict[str, Any]:
    """Who had the dossiers how long, the longest first; hours add up, both ways.

    Beside what was measured stands what decisions made of it.
    """
    moved = moves(charges)
    known = {(one.whose, one.office): one for one in shares}
    keys = sorted(
        known.keys() | moved.keys(),
        key=lambda one: (-known[one].minutes if one in known else 0, *one),
    )
    minutes = [known[one].minutes if one in known else 0 for one in keys]
    after = [was + moved[one] for one, was in zip(keys, minutes, strict=True)]
    (whole,) = hours_of([sum(minutes)])
    told = zip(
        *(keys, minutes, after, hours_of(minutes), parts_of_hundred(minutes)),
        hours_of(after),
        strict=True,
    )
    return {
        "minutes": sum(minutes),
        "hours": whole,
        "decided": any(moved.values()),
        "rows": [
            {
                "whose": whose.value,
                "office": office,
                "name": names.party(whose, office),
                **_time(known.get((whose, office)), was, hours, rate),
                "corrected_minutes": now,
                "corrected_hours": corrected,
            }
            for (whose, office), was, now, hours, rate, corrected in told
        ],
    }


def _time(
    count: ShareCount | None, minutes: int, hours: float, rate: float | None
) -> dict[str, Any]:
    dossiers = count.dossiers if count else 0
    average = round(minutes / dossiers / 60, 1) if dossiers else None
    return {
        "dossiers": dossiers,
        "minutes": minutes,
        "hours": hours,
        "percent": rate,
        "average_hours": average,
    }


def moves(charges: Iterable[ChargeCount]) -> Counter[tuple[Whose, str]]:
    """Minutes that decisions take from a party or give to it; together they are none."""
    found: Counter[tuple[Whose, str]] = Counter()
    for one in charges:
        if _moved(one):
            cause = _cause(one)
            found[cause.whose, cause.office or ""] -= one.minutes
            found[one.party.whose, one.party.office or ""] += one.minutes
    return found


def _cause(one: ChargeCount) -> Party:
    return Party(Whose.AGENCY, OfficeId(one.cause))


def _moved(one: ChargeCount) -> bool:
    return one.party != _cause(one)
