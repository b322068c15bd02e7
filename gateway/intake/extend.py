"""A new day for the result, with an apology: once, and before the first one is over.

NĐ 61/2018, article 19.9: told at least one day before the day expires, at most once.
The day before stays the one that figures are held against (decision 0040).
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from gateway.calendar.working_time import working_time
from gateway.domain.errors import ActionNotPossible
from gateway.domain.legal_day import legal_day
from gateway.domain.letters import spoken, with_marks
from gateway.domain.procedure import Event
from gateway.domain.values import replace
from gateway.intake.acts import Act, advanced, must_be_open, once, with_doubts
from gateway.routing.messages import NOTHING
from gateway.routing.progress import on_dossier_event
from gateway.sealing.folder import CONTENT, Folder
from gateway.timing.promised import last_day

if TYPE_CHECKING:
    from gateway.domain.case import Case
    from gateway.domain.principal import Principal
    from gateway.intake.submit import Accepted
    from gateway.ports.store import Change, DossierRow
    from gateway.sealing.tools import Tools

#: No new day lies further ahead.
FURTHEST = timedelta(days=366)


async def extend(
    tools: Tools,
    principal: Principal,
    number: str,
    content: dict[str, Any],
    *,
    key: str,
) -> Accepted:
    """Promise another day; whoever is told the state learns it with the next status.

    Raises:
        ActionNotPossible: it has ended, has no day, was extended before, it is too
            late for that, or the new day is none that can be promised.
    """
    reading = spoken(content)

    async def decide(row: DossierRow) -> Change:
        case, now = row.case, tools.clock.now()
        must_be_open(case)
        clean = with_marks(reading)
        day = date.fromisoformat(str(clean["due_on"]))
        _must_be_possible(tools, case, day, legal_day(now))
        sealed = Folder.of(tools, row).seal_json(CONTENT, clean)
        procedure = tools.versions.procedure_of(case)
        step = on_dossier_event(case, procedure, Event.EXTENDED, now)
        reason = f"hẹn lại, kèm văn bản xin lỗi; hẹn trước là {case.due_on:%d/%m/%Y}"
        step = replace(step, case=replace(step.case, due_on=day, due_reason=reason))
        change = advanced(tools, case, step, procedure, case.sender, NOTHING)
        first, *others = change.journal
        first = replace(first, payload=sealed.id, payload_digest=sealed.digest)
        return replace(change, payloads=(sealed,), journal=(first, *others))

    act = Act("extension", principal, number, key, content)
    return with_doubts(await once(tools, act, decide), reading)


def _must_be_possible(tools: Tools, case: Case, day: date, today: date) -> None:
    working = working_time(tools.versions.current.calendar)
    if case.due_on is None:
        raise ActionNotPossible(
            code="no_day_promised",
            remedy="Hồ sơ chưa có ngày hẹn trả nên chưa có gì để hẹn lại.",
        )
    if Event.EXTENDED.value in case.happened:
        raise ActionNotPossible(
            code="extended_before",
            remedy="Hồ sơ đã hẹn lại một lần, không hẹn lại nữa; giải quyết theo ngày hẹn"
            " đang có.",
        )
    due_on = last_day(working, case.due_on)
    if working.days_after(today, 1) > due_on:
        raise ActionNotPossible(
            code="too_late_to_extend",
            remedy="Phải xin lỗi và hẹn lại trước khi hết hạn ít nhất một ngày làm việc;"
            " hồ sơ này đã quá lúc ấy nên tính theo ngày hẹn cũ.",
        )
    if day <= due_on or day > today + FURTHEST or not working.is_working(day):
        raise ActionNotPossible(
            code="day_not_possible",
            remedy="Ngày hẹn mới phải là ngày làm việc, sau ngày hẹn cũ và không quá một"
            " năm.",
        )
