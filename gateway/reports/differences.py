"""Why two counts of the same dossiers differ, in words; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.reports.definitions import decimal, percent_words
from gateway.reports.figures import Tally, difference, grouped, percent, total
from gateway.routing.catalogue import national_code

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gateway.ports.issued import OneStopCount
    from gateway.ports.measured import MonthCount


def with_portal(tally: Tally) -> dict[str, Any]:
    """The portal's figure beside ours, and what makes the difference."""
    portal = percent(tally.portal_in_time, tally.ended)
    events = percent(tally.in_time, tally.judged)
    reasons = [
        {"what": what, "dossiers": count, "sentence": sentence.format(count)}
        for what, count, sentence in (
            ("clicked_late", tally.clicked_late, _CLICKED_LATE),
            ("portal_undated", tally.portal_undated, _UNDATED),
            ("clicked_early", tally.clicked_early, _CLICKED_EARLY),
            ("by_hand", tally.by_hand, _BY_HAND),
        )
        if count
    ]
    apart = difference(events, portal)
    return {
        "portal_percent": portal,
        "percent": events,
        "difference": apart,
        "reasons": reasons,
        "sentence": _sentence(portal, events, apart, reasons),
    }


_CLICKED_LATE = "{} hồ sơ xong trong hạn nhưng bấm kết thúc trên hệ thống sau ngày hẹn"
_UNDATED = (
    "{} hồ sơ không có ngày hẹn: Cổng tính là đúng hạn, ở đây không tính vào tỷ lệ"
)
_BY_HAND = (
    "{} hồ sơ do cán bộ kết thúc bằng tay: Cổng tính theo ngày bấm, ở đây đếm riêng"
)
_CLICKED_EARLY = "{} hồ sơ bấm kết thúc trong hạn nhưng sự kiện được tính sau ngày hẹn"


def _sentence(
    portal: float | None,
    events: float | None,
    apart: float | None,
    reasons: Sequence[dict[str, Any]],
) -> str:
    if portal is None:
        return "Không có hồ sơ nào kết thúc, nên không có tỷ lệ để so."
    both = f"theo Cổng: {percent_words(portal)}; theo sự kiện: {percent_words(events)}"
    because = "; ".join(reason["sentence"] for reason in reasons)
    if apart is None:
        return f"{both}; không so được vì {because}."
    if not reasons:
        return f"{both}; không chênh."
    return f"{both}; chênh {decimal(abs(apart))} điểm vì {because}."


def with_one_stop(
    counts: Sequence[MonthCount], theirs: Sequence[OneStopCount]
) -> dict[str, Any] | None:
    """What the one-stop counted beside ours, group by group; None: it said nothing.

    A group is a unit and a procedure, or a whole unit where its one-stop says no more.
    """
    if not theirs:
        return None
    said: dict[tuple[str, str], list[OneStopCount]] = {}
    for one in theirs:
        key = (one.unit, national_code(one.procedure) if one.procedure else "")
        said.setdefault(key, []).append(one)
    ours = _grouped_as(counts, said)
    rows = [
        {"unit": unit, "procedure": procedure, **_compared(ours[unit, procedure], of)}
        for (unit, procedure), of in sorted(said.items())
    ]
    whole = sum(ours.values(), Tally())
    return {
        "rows": rows,
        "total": _compared(whole, theirs),
        "not_said": total(counts).ended - whole.ended,
    }


def _grouped_as(
    counts: Iterable[MonthCount], said: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], Tally]:
    known = set(said)

    def key(one: MonthCount) -> str:
        exact = (one.unit, national_code(one.procedure))
        found = exact if exact in known else (one.unit, "")
        return "\n".join(found)

    tallies = grouped(counts, key)
    return {group: tallies.get("\n".join(group), Tally()) for group in known}


def _compared(ours: Tally, theirs: Sequence[OneStopCount]) -> dict[str, Any]:
    early, on_time, late, received = (
        sum(getattr(one, name) for one in theirs)
        for name in ("early", "on_time", "late", "received")
    )
    ended = early + on_time + late
    here = percent(ours.in_time, ours.judged)
    there = percent(early + on_time, ended)
    return {
        "one_stop": {
            "received": received,
            "ended": ended,
            "early": early,
            "on_time": on_time,
            "late": late,
            "percent": there,
        },
        "gateway": {
            "ended": ours.ended,
            "early": ours.early,
            "on_time": ours.on_time,
            "late": ours.late,
            "no_date": ours.no_date,
            "percent": here,
        },
        "ended_difference": ours.ended - ended,
        "percent_difference": difference(here, there),
        "reasons": _why(ours, ended),
    }


def _why(ours: Tally, ended: int) -> list[str]:
    """What can be told of a difference; what cannot is not guessed."""
    apart, found = ended - ours.ended, []
    if apart > 0:
        found.append(
            f"{apart} hồ sơ một cửa đếm mà cổng không đếm: không liên thông qua cổng,"
            " hoặc kết thúc ở đó vào tháng khác"
        )
    if apart < 0:
        found.append(
            f"{-apart} hồ sơ cổng đếm mà một cửa không đếm: kết thúc ở đó vào ngày của"
            " tháng khác, hoặc ở đó chưa bấm kết thúc"
        )
    moved = ours.clicked_late + ours.clicked_early
    if moved:
        found.append(
            f"{moved} hồ sơ một cửa tính theo ngày bấm, cổng theo ngày sự kiện"
        )
    if ours.no_date:
        found.append(f"{ours.no_date} hồ sơ không có ngày hẹn, cổng không tính tỷ lệ")
    return found
