"""One year's calendar replaced, in two steps: what it changes, then that it is meant."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.calendar.changes import Changes, changes, with_year
from gateway.calendar.checking import check_year
from gateway.calendar.telling import spans_in_words
from gateway.delivery.stopping import REASON_AT_MOST
from gateway.domain.errors import ActionNotPossible, ChangedMeanwhile, SenderError
from gateway.domain.identifiers import OfficeId
from gateway.domain.journal import JournalLine
from gateway.domain.json_text import canonical_json
from gateway.domain.opening import WEEKDAY_WORDS
from gateway.reports.effects import effect

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.domain.principal import Principal
    from gateway.sealing.tools import Tools

#: Of so many errors the first are told; ``/v1/calendar/check`` tells all.
_TOLD = 5
#: Versions of the configuration that others may apply while this one is meant.
_TRIES = 5


@dataclass(frozen=True, slots=True)
class Proposal:
    """A year's calendar beside the one that runs, and what the one makes of the other.

    ``version``: of the configuration that it was held against; ``digest`` names both
    calendars, so that what is confirmed is what was shown.
    """

    version: int
    content: dict[str, Any]
    year: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    changes: tuple[Changes, ...]

    @property
    def is_known(self) -> bool:
        """Whether the calendar that runs is this one already."""
        return self.before == self.after

    @property
    def digest(self) -> str:
        """What was shown, as one word."""
        both = [self.before, self.after]
        return hashlib.sha256(canonical_json(both)).hexdigest()


def asked(content: Mapping[str, Any]) -> tuple[str, Any]:
    """Year and table of a call.

    Raises:
        SenderError: one of them is missing.
    """
    year, table = str(content.get("year") or ""), content.get("calendar")
    if not year or not isinstance(table, dict):
        raise SenderError(
            code="calendar_missing",
            remedy="Ghi year (năm) và calendar (nội dung tệp lịch của năm ấy).",
        )
    return year, table


async def proposed(tools: Tools, content: Mapping[str, Any]) -> Proposal:
    """What a call would change, held against what the store has now.

    Raises:
        SenderError: the calendar is wrong; names the first rows.
    """
    year, table = asked(content)
    found = check_year(year, table, tools.versions.current.offices)
    wrong = [one for one in found if not one.warning]
    if wrong:
        told = "; ".join(f"{one.what}. {one.todo}" for one in wrong[:_TOLD])
        raise SenderError(
            code="calendar_invalid",
            remedy=f"Lịch có {len(wrong)} lỗi: {told}",
        )
    version, running = await tools.store.configuration(None) or (0, {})
    before = running.get("calendar", {})
    after = with_year(before, year, table)
    return Proposal(
        version, running, year, before, after, changes(before, after, int(year))
    )


async def apply(
    tools: Tools, principal: Principal, content: Mapping[str, Any]
) -> Proposal:
    """Make the calendar that was shown the one that runs.

    A repeated call finds it running and changes nothing.

    Raises:
        SenderError: no reason, or the calendar is wrong.
        ActionNotPossible: another calendar than was shown runs by now.
        ChangedMeanwhile: the configuration was changed again and again.
    """
    reason = str(content.get("reason") or "").strip()
    if not reason:
        raise SenderError(code="reason_missing", remedy="Ghi lý do của thao tác.")
    for _ in range(_TRIES):
        found = await proposed(tools, content)
        if found.is_known:
            return found
        if content["confirm"] != found.digest:
            raise ActionNotPossible(
                code="calendar_changed",
                remedy="Lịch đang chạy hoặc nội dung gửi đã khác lúc xem: xem lại những gì"
                " thay đổi rồi xác nhận lại.",
            )
        moves = await effect_of(tools, found)
        line = _line(tools, principal, found, reason[:REASON_AT_MOST], moves)
        try:
            whole = {**found.content, "calendar": dict(found.after)}
            version = await tools.store.add_configuration(whole, line, found.version)
        except ChangedMeanwhile:
            continue  # by something else than the calendar, or the digest will tell
        if found.version not in tools.versions:
            # Another node's, applied a moment ago; dossiers may run under it.
            tools.versions.add(found.version, found.content)
        tools.versions.add(version, whole)
        tools.probe.action(action=line.kind, actor=line.actor, kind="imported")
        return Proposal(
            version, whole, found.year, found.before, found.after, found.changes
        )
    raise ChangedMeanwhile


async def effect_of(tools: Tools, found: Proposal) -> dict[str, Any]:
    """What a proposal makes of the dates of open dossiers."""
    days = sorted({one.day for of in found.changes for one in of.days})
    return await effect(tools, found.before, found.after, days)


def _line(
    tools: Tools,
    principal: Principal,
    found: Proposal,
    reason: str,
    moves: Mapping[str, Any],
) -> JournalLine:
    facts: dict[str, Any] = {
        "what": "imported",
        "year": found.year,
        "digest": found.digest,
        "days": [one.day.isoformat() for of in found.changes for one in of.days],
        "units": [of.unit for of in found.changes if of.unit],
        "moved": moves["moved"],
        "promises_moved": moves["promises_moved"],
        "why": reason,
    }
    return JournalLine("calendar", tools.clock.now(), principal.id, facts)


def shown(tools: Tools, found: Proposal, *, applied: bool) -> dict[str, Any]:
    """A proposal as answers show it."""
    warnings = check_year(
        found.year, found.after[found.year], tools.versions.current.offices
    )
    return {
        "year": int(found.year),
        "version": found.version,
        "applied": applied,
        "same": found.is_known,
        "digest": found.digest,
        "changes": [_changes(tools, one) for one in found.changes],
        "warnings": [f"{one.what}. {one.todo}" for one in warnings],
    }


def _changes(tools: Tools, of: Changes) -> dict[str, Any]:
    office = tools.versions.current.offices.get(OfficeId(of.unit))
    return {
        "unit": of.unit,
        "unit_name": office.name if office else None,
        "week": [
            {
                "weekday": WEEKDAY_WORDS[one.weekday],
                "before": spans_in_words(one.before),
                "after": spans_in_words(one.after),
            }
            for one in of.week
        ],
        "days": [
            {
                "day": one.day.isoformat(),
                "weekday": WEEKDAY_WORDS[one.day.weekday()],
                "becomes": one.becomes.value,
                "name": one.name,
                "before": spans_in_words(one.before),
                "after": spans_in_words(one.after),
            }
            for one in of.days
        ],
    }
