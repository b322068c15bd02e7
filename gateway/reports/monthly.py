"""The report of a month: what ended in time, who had it how long, what is not counted."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.domain.legal_day import legal_day
from gateway.domain.measure import Timeliness, Whose
from gateway.reports.definitions import DEFINITIONS, decimal, percent_words
from gateway.reports.differences import with_one_stop, with_portal
from gateway.reports.figures import (
    IN_TIME,
    as_json,
    grouped,
    hours_of,
    percent,
    total,
)
from gateway.reports.lateness import causes, charged, day_of, own_time
from gateway.reports.months import in_words, is_over

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from gateway.domain.principal import Scope
    from gateway.ports.contests import ChargeCount
    from gateway.ports.issued import Issue, IssuedReports, OneStopCount
    from gateway.ports.measured import (
        CauseCount,
        ClockCount,
        MonthCount,
        OpenCount,
        ShareCount,
    )
    from gateway.reports.figures import Tally
    from gateway.reports.naming import Names
    from gateway.sealing.tools import Tools

#: What the tables of ended dossiers are grouped by, and the field of a row that tells it.
GROUPS = ("unit", "procedure", "lead")


@dataclass(frozen=True, slots=True)
class Counted:
    """All numbers of a month, as the store counts them within a scope."""

    month: str
    at: datetime
    counts: Sequence[MonthCount]
    clocks: Sequence[ClockCount]
    shares: Sequence[ShareCount]
    causes: Sequence[CauseCount]
    open: Sequence[OpenCount]
    one_stop: Sequence[OneStopCount]
    charges: Sequence[ChargeCount] = ()
    #: whose lateness the late ones are


async def counted(
    tools: Tools, issued: IssuedReports, month: str, scope: Scope
) -> Counted:
    """Read the numbers of a month."""
    measures, now = tools.measures, tools.clock.now()
    return Counted(
        month=month,
        at=now,
        counts=await measures.monthly(month, month, scope),
        clocks=await measures.monthly_clocks(month, month, scope),
        shares=await measures.monthly_shares(month, month, scope),
        causes=await measures.late_causes(month, month, scope),
        open=await measures.open_now(scope, legal_day(now)),
        one_stop=await issued.one_stop_counts(month, month, scope),
        charges=await tools.contests.kept.charge_counts(
            month, month, scope, day_of(tools)
        ),
    )


def report(found: Counted, names: Names) -> dict[str, Any]:
    """The numbers with their names, percentages, differences and definitions."""
    whole = total(found.counts)
    return {
        "month": found.month,
        "as_of": found.at.isoformat(),
        "over": is_over(found.month, legal_day(found.at)),
        "note": "" if whole.ended else f"Tháng {in_words(found.month)}: {NOTHING}",
        "total": as_json(whole),
        "groups": {of: _group(found.counts, of, getattr(names, of)) for of in GROUPS},
        "portal": with_portal(whole),
        "own_time": own_time(found.shares, found.charges, names),
        "clocks": _clocks(found.clocks, names),
        "causes": causes(found.causes, found.charges, names),
        "charged": charged(found.causes, found.charges, names),
        "open": _open(found.open, names),
        "not_counted": _not_counted(whole, found, names),
        "one_stop": _named(with_one_stop(found.counts, found.one_stop), names),
        "definitions": DEFINITIONS,
    }


NOTHING = "không có hồ sơ nào kết thúc."


def _group(
    counts: Sequence[MonthCount], of: str, name: Callable[[str], str]
) -> list[dict[str, Any]]:
    rows = grouped(counts, lambda one: str(getattr(one, of)))
    return [
        {"id": key, "name": name(key), **as_json(tally)} for key, tally in rows.items()
    ]


def _clocks(clocks: Sequence[ClockCount], names: Names) -> list[dict[str, Any]]:
    """The offices' own parts, each against its own term."""
    rows: dict[tuple[str, str], dict[Timeliness, int]] = {}
    used: dict[tuple[str, str], list[int]] = {}
    for one in clocks:
        if one.name not in names.answering:
            continue
        key = (one.office, one.name)
        sums = rows.setdefault(key, {})
        sums[one.timeliness] = sums.get(one.timeliness, 0) + one.clocks
        spent = used.setdefault(key, [0, 0])
        spent[0] += one.used_minutes
        spent[1] += one.budget_minutes
    found = []
    for (office, name), sums in sorted(rows.items()):
        in_time = sum(count for which, count in sums.items() if which in IN_TIME)
        late = sums.get(Timeliness.LATE, 0)
        spent_hours, budget_hours = (hours_of([one])[0] for one in used[office, name])
        found.append(
            {
                "office": office,
                "name": names.lead(office),
                "clock": name,
                "label": names.clock(name, office),
                "early": sums.get(Timeliness.EARLY, 0),
                "on_time": sums.get(Timeliness.ON_TIME, 0),
                "late": late,
                "percent": percent(in_time, in_time + late),
                "used_hours": spent_hours,
                "budget_hours": budget_hours,
            }
        )
    return found


def _open(counts: Sequence[OpenCount], names: Names) -> dict[str, Any]:
    """What is open now, overdue apart, by the office that decides its end."""

    def sums(rows: Iterable[OpenCount]) -> dict[str, int]:
        found = {"open": 0, "overdue": 0, "no_date": 0}
        for one in rows:
            found[one.timeliness.value] += one.dossiers
        return found

    leads = sorted({one.lead for one in counts})
    return {
        **sums(counts),
        "rows": [
            {
                "id": lead,
                "name": names.lead(lead),
                **sums(one for one in counts if one.lead == lead),
            }
            for lead in leads
        ],
    }


def _not_counted(whole: Tally, found: Counted, names: Names) -> dict[str, Any]:
    """What no percentage holds, and what began before the gateway knew of it."""
    still = sum(one.dossiers for one in found.open)
    parts = sum(
        one.clocks
        for one in found.clocks
        if one.timeliness is Timeliness.NO_DATE and one.name in names.answering
    )
    before = [one.minutes for one in found.shares if one.whose is Whose.BEFORE]
    (hours,) = hours_of([sum(before)])
    sentences = [
        (whole.no_date, _UNDATED.format(whole.no_date)),
        (whole.by_hand, _BY_HAND.format(whole.by_hand)),
        (parts, _PARTS_BY_HAND.format(parts)),
        (still, _STILL.format(still)),
        (hours, _BEFORE.format(decimal(hours))),
    ]
    return {
        "no_date": whole.no_date,
        "by_hand": whole.by_hand,
        "parts_by_hand": parts,
        "open": still,
        "hours_before": hours,
        "sentences": [words for count, words in sentences if count],
    }


_UNDATED = "{} hồ sơ kết thúc không có ngày hẹn: không tính vào tỷ lệ trong hạn."
_BY_HAND = (
    "{} hồ sơ do cán bộ kết thúc bằng tay khi chưa quá ngày hẹn: đếm riêng, không tính vào"
    " tỷ lệ trong hạn. Hồ sơ đã quá ngày hẹn trước đó vẫn là quá hạn."
)
_PARTS_BY_HAND = "{} phần việc do cán bộ kết thúc bằng tay khi còn trong hạn: không tính cho cơ quan."
_STILL = "{} hồ sơ đang giải quyết: chưa tính vào tháng nào."
_BEFORE = (
    "{} giờ làm việc trước khi cổng biết hồ sơ (hồ sơ nạp khi đang giải quyết, hồ sơ một"
    " cửa gửi muộn): để riêng, không tính cho cơ quan nào; các hồ sơ ấy vẫn được so với"
    " ngày hẹn như hồ sơ khác."
)


def _named(of: dict[str, Any] | None, names: Names) -> dict[str, Any] | None:
    if of is None:
        return None
    rows = [
        {
            "unit_name": names.unit(row["unit"]),
            "procedure_name": names.procedure(row["procedure"])
            if row["procedure"]
            else "mọi thủ tục",
            **row,
        }
        for row in of["rows"]
    ]
    return {**of, "rows": rows}


def restated_summary(
    issue: Issue, was: Tally, now: Tally, changed: int
) -> dict[str, Any]:
    """What became of an issued report since."""
    before, after = as_json(was), as_json(now)
    return {
        "number": issue.number,
        "issued_at": issue.issued_at.isoformat(),
        "by": issue.by,
        "changed": changed,
        "was": before,
        "now": after,
        "sentence": _changed(changed, was, now) if changed else UNCHANGED,
    }


UNCHANGED = "Số liệu không đổi từ khi chốt."


def _changed(changed: int, was: Tally, now: Tally) -> str:
    rates = [percent_words(percent(one.in_time, one.judged)) for one in (was, now)]
    return (
        f"Từ khi chốt có {changed} hồ sơ đổi: kết thúc {was.ended} → {now.ended}; trong"
        f" hạn {was.in_time} → {now.in_time}; quá hạn {was.late} → {now.late}; tỷ lệ"
        f" trong hạn {rates[0]} → {rates[1]}."
    )


def issued_figures(found: dict[str, Any]) -> str:
    """A report as it is kept: numbers and codes, without what explains them."""
    kept = {key: value for key, value in found.items() if key != "definitions"}
    return json.dumps(kept, ensure_ascii=False)
