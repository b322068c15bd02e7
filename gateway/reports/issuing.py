"""Issues the report of a month, and takes in what a one-stop counted of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from gateway.domain.errors import (
    ActionNotPossible,
    ChangedMeanwhile,
    NotAllowed,
    SenderError,
    StoreFateUnknown,
)
from gateway.domain.identifiers import OfficeId
from gateway.domain.journal import JournalLine
from gateway.domain.legal_day import legal_day
from gateway.domain.principal import EVERYTHING, Role, may_act
from gateway.ports.issued import Issue, OneStopCount
from gateway.reports.monthly import counted, issued_figures, report
from gateway.reports.months import is_over
from gateway.reports.naming import Names

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.domain.principal import Principal
    from gateway.ports.issued import IssuedReports
    from gateway.sealing.tools import Tools

#: A measuring may come between counting and keeping; more than this is no accident.
_TRIES = 5
ONE_STOP_FIELDS = ("received", "early", "on_time", "late")
#: More dossiers than any one-stop has in a month, and more rows than its procedures.
_MOST, _MOST_ROWS, _TEXT_AT_MOST = 10_000_000, 5_000, 100


def may_issue(principal: Principal) -> bool:
    """Whether somebody answers for the report of the whole province."""
    role = principal.role in {Role.HEAD, Role.ADMINISTRATOR}
    return role and principal.scope.everything


async def issue(
    tools: Tools, issued: IssuedReports, principal: Principal, month: str
) -> Issue:
    """Keep the report of a month as it is now, under the next number.

    Raises:
        NotAllowed: somebody else is to do that.
        ActionNotPossible: the month still runs, or nothing changed since the last time.
        ChangedMeanwhile: it changes all the time.
    """
    if not may_issue(principal):
        raise NotAllowed
    if not is_over(month, legal_day(tools.clock.now())):
        raise ActionNotPossible(
            code="month_not_over",
            remedy="Tháng chưa hết: chốt báo cáo từ ngày đầu của tháng sau.",
        )
    for _ in range(_TRIES):
        try:
            made = await _issue(tools, issued, principal, month)
        except ChangedMeanwhile:
            continue
        tools.probe.action(action="report_issued", actor=principal.id, kind=month)
        return made
    raise ChangedMeanwhile


async def _issue(
    tools: Tools, issued: IssuedReports, principal: Principal, month: str
) -> Issue:
    before = await issued.issues(month)
    if before and not await issued.restated_count(month, before[-1].number, EVERYTHING):
        raise ActionNotPossible(
            code="nothing_restated",
            remedy="Số liệu của tháng không đổi từ lần chốt trước, không cần chốt lại.",
        )
    found = await counted(tools, issued, month, EVERYTHING)
    made = Issue(
        month=month,
        number=len(before) + 1,
        issued_at=found.at,
        by=principal.id,
        figures=issued_figures(report(found, Names(tools))),
    )
    facts = {"month": month, "number": made.number}
    line = JournalLine("report_issued", found.at, principal.id, facts)
    try:
        await issued.issue(made, found.counts, line)
    except StoreFateUnknown:
        if made not in await issued.issues(month):
            raise
    return made


def figures_of(one: Issue) -> dict[str, Any]:
    """An issued report as it was."""
    found: dict[str, Any] = json.loads(one.figures)
    return found


async def enter(
    tools: Tools,
    issued: IssuedReports,
    principal: Principal,
    month: str,
    sender: str,
    rows: Sequence[Mapping[str, Any]],
) -> list[OneStopCount]:
    """Replace what a one-stop counted of a month by these rows.

    Raises:
        NotAllowed: it is neither the one-stop itself nor staff of the whole province.
        SenderError: something is missing or wrong; says what, and of which row.
    """
    of = _sender(tools, principal, sender)
    now = tools.clock.now()
    found: dict[tuple[str, str], OneStopCount] = {}
    if len(rows) > _MOST_ROWS:
        raise _wrong(f"có hơn {_MOST_ROWS} dòng.")
    for place, row in enumerate(rows, start=1):
        one = OneStopCount(
            month=month,
            sender=of,
            unit=_text(row, "unit", place) or _missing(place),
            procedure=_text(row, "procedure", place),
            **{name: _number(row, name, place) for name in ONE_STOP_FIELDS},
            entered_at=now,
            by=principal.id,
        )
        if (one.unit, one.procedure) in found:
            raise _wrong(f"dòng {place} trùng đơn vị và thủ tục với một dòng trước.")
        found[one.unit, one.procedure] = one
    _whole_or_parts(found)
    facts = {"month": month, "sender": of, "rows": len(found)}
    line = JournalLine("one_stop_counts", now, principal.id, facts)
    await issued.set_one_stop_counts(month, of, list(found.values()), line)
    tools.probe.action(action="one_stop_counts", actor=principal.id, office=of)
    return list(found.values())


def _sender(tools: Tools, principal: Principal, sender: str) -> OfficeId:
    """Whose figures they are: the caller's own, or the one-stop that staff name."""
    if principal.role is Role.ONE_STOP:
        if principal.system is None or sender not in {"", principal.system}:
            raise NotAllowed
        return principal.system
    if not (may_act(principal) and principal.scope.everything):
        raise NotAllowed
    offices = tools.versions.current.offices.values()
    known = [one.id for one in offices if one.agency == "one_stop"]
    if sender in known:
        return OfficeId(sender)
    if not sender and len(known) == 1:
        return known[0]
    raise _wrong(f"ghi một cửa nào (sender): {', '.join(known)}.")


def _whole_or_parts(found: Mapping[tuple[str, str], OneStopCount]) -> None:
    units = [unit for unit, procedure in found if not procedure]
    both = next((unit for unit, code in found if code and unit in units), None)
    if both is not None:
        raise _wrong(
            f"đơn vị {both} vừa có dòng chung vừa có dòng theo thủ tục: chọn một cách."
        )


def _text(row: Mapping[str, Any], name: str, place: int) -> str:
    text = str(row.get(name) or "").strip()
    if len(text) > _TEXT_AT_MOST or not text.isprintable():
        raise _wrong(f"dòng {place}: {name} dài quá hoặc có ký tự không in được.")
    return text


def _missing(place: int) -> str:
    raise _wrong(f"dòng {place}: thiếu mã đơn vị (unit).")


def _number(row: Mapping[str, Any], name: str, place: int) -> int:
    value = row.get(name, 0)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MOST:
        raise _wrong(f"dòng {place}: {name} phải là số nguyên từ 0.")
    return value


def _wrong(remedy: str) -> SenderError:
    return SenderError(
        code="one_stop_counts_invalid",
        remedy=f"Số liệu của một cửa: {remedy}",
    )
