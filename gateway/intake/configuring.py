"""A new version of the configuration: in force at once, or after a second person's word.

Whatever would send messages elsewhere, or have others believed, waits until another
person than the one who proposed it puts it in force (decision 0073).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.calendar.changes import differing
from gateway.calendar.checking import check_year
from gateway.domain.correction import BY_NOBODY
from gateway.domain.errors import (
    ActionNotPossible,
    ChangedMeanwhile,
    DossierUnknown,
    SenderError,
)
from gateway.domain.journal import JournalLine
from gateway.domain.principal import EVERYTHING, Principal
from gateway.domain.proposed import (
    LINE,
    ProposedConfiguration,
    ProposedState,
    may_confirm,
)
from gateway.domain.transfer import CLOSED, State
from gateway.intake.approving import NOBODY, SECOND_PERSON
from gateway.routing.catalogue import read
from gateway.routing.destinations import Destination, moved
from gateway.routing.differences import differences

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.domain.identifiers import OfficeId, PrincipalId
    from gateway.sealing.tools import Tools

#: What reading a content of another form raises.
UNREADABLE = (AttributeError, KeyError, TypeError, ValueError)
#: Characters of a reason.
REASON_AT_MOST = 500
_PAGE = 100
#: Destinations that a line of the journal names.
_NAMED = 20
_OPEN = tuple(state.value for state in State if state not in CLOSED)


@dataclass(frozen=True, slots=True)
class Given:
    """What became of a content that somebody gave.

    ``version`` runs; ``waits`` is the one that a second person has to put in force
    first, None: what was given runs.
    """

    version: int
    changes: list[str]
    waits: ProposedConfiguration | None = None


async def put_in_force(
    tools: Tools,
    principal: Principal,
    content: dict[str, Any],
    *,
    reason: str = "",
    again: int | None = None,
    seen: int | None = None,
) -> Given:
    """Make a content the version that runs, or keep it for a second person.

    ``again``: the earlier version that it is taken from; ``seen``: the version that ran
    when somebody looked at what changes.

    Raises:
        SenderError: the content is wrong; says where.
        ActionNotPossible: it leaves out an office where something is open, gives a
            calendar otherwise than it runs, or another one waits for its second person.
        ChangedMeanwhile: another version runs by now.
    """
    checked(tools, content)
    await _refuse_to_leave_behind(tools, content)
    before = await tools.store.configuration(None)
    after = before[0] if before else 0
    if seen not in {None, after}:
        raise ChangedMeanwhile
    content = with_calendar(content, before[1] if before else None)
    changes = differences(before[1] if before else {}, content)
    if before is not None and tools.configuring.second_person:
        elsewhere = moved(before[1], content)
        if elsewhere:
            row = ProposedConfiguration(
                id=tools.chance.identifier("p"),
                base=after,
                content=content,
                by=principal.id,
                at=tools.clock.now(),
                why=reason[:REASON_AT_MOST],
                again=again,
            )
            await _propose(tools, row, elsewhere)
            return Given(after, changes, row)
    facts: dict[str, Any] = {"why": reason[:REASON_AT_MOST]} if reason else {}
    if again is not None:
        facts["again"] = again
    line = JournalLine("configuration", tools.clock.now(), principal.id, facts)
    version = await tools.store.add_configuration(content, line, after)
    _take_up(tools, before, version, content)
    return Given(version, changes)


def _take_up(
    tools: Tools,
    before: tuple[int, dict[str, Any]] | None,
    version: int,
    content: dict[str, Any],
) -> None:
    if before is not None and before[0] not in tools.versions:
        # Another node's, applied a moment ago; dossiers may run under it.
        tools.versions.add(*before)
    tools.versions.add(version, content)


async def _propose(
    tools: Tools, row: ProposedConfiguration, elsewhere: list[Destination]
) -> None:
    """Keep one; what waited and was overtaken makes way for it.

    Raises:
        ActionNotPossible: another one waits.
    """
    rows = tools.configuring.rows
    standing = await rows.proposed_configuration()
    if standing is not None and await is_overtaken(tools, standing):
        line = _line(tools, standing, "overtaken", row.by)
        await rows.decide_proposed(standing.id, ProposedState.OVERTAKEN, line)
    named = {"named": [one.code for one in elsewhere[:_NAMED]]}
    line = _line(tools, row, "asked", row.by, named)
    try:
        await rows.propose_configuration(row, line)
    except ChangedMeanwhile:
        raise ActionNotPossible(
            code="configuration_waiting",
            remedy="Đã có một thay đổi nơi gửi đang chờ người thứ hai: duyệt hoặc bỏ thay"
            " đổi ấy trước, ở trang Cấu hình.",
        ) from None
    tools.probe.action(action="configuration_proposed", actor=row.by)


def _line(
    tools: Tools,
    row: ProposedConfiguration,
    what: str,
    by: PrincipalId,
    facts: Mapping[str, Any] | None = None,
    *,
    kind: str = LINE,
) -> JournalLine:
    said = {
        "proposal": row.id,
        "what": what,
        **({"asked_by": row.by} if what != "asked" else {}),
        **({"why": row.why} if row.why else {}),
        **({"nobody_else": True} if by == BY_NOBODY else {}),
        **(facts or {}),
    }
    return JournalLine(kind, tools.clock.now(), by, said)


def elsewhere_of(
    running: Mapping[str, Any], row: ProposedConfiguration
) -> list[Destination]:
    """Which destinations one would move."""
    return moved(running, row.content)


async def is_overtaken(tools: Tools, row: ProposedConfiguration) -> bool:
    """Whether another configuration runs than it was made of; calendars do not count."""
    present = await tools.store.configuration(None)
    if present is None or present[0] == row.base:
        return present is None
    base = await tools.store.configuration(row.base)
    return base is None or _but_calendar(base[1]) != _but_calendar(present[1])


def _but_calendar(content: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in content.items() if key != "calendar"}


async def decide(
    tools: Tools, principal: Principal, identifier: str, *, approve: bool, reason: str
) -> Given:
    """Put what waits in force, or refuse it; whoever proposed it may take it back.

    Raises:
        DossierUnknown: there is none of this name.
        ActionNotPossible: it is decided or overtaken, or whoever proposed it approves.
        ChangedMeanwhile: somebody else decided at the same time.
        SenderError: it could not be worked by any more.
    """
    row = await _waiting(tools, identifier)
    if approve:
        if not may_confirm(principal, row.by):
            raise ActionNotPossible(code="second_person_needed", remedy=SECOND_PERSON)
        return await _approve(tools, row, principal.id, reason)
    said = {"said": reason[:REASON_AT_MOST]} if reason else {}
    line = _line(tools, row, ProposedState.REJECTED.value, principal.id, said)
    rows = tools.configuring.rows
    await rows.decide_proposed(row.id, ProposedState.REJECTED, line)
    tools.probe.action(action="configuration_rejected", actor=principal.id)
    return Given(tools.versions.newest, [])


async def take_effect(tools: Tools, row: ProposedConfiguration) -> Given:
    """Put one in force whose notice has run out, in nobody's name; its line says so.

    Every node takes it up as it takes up what another one applied.

    Raises:
        ActionNotPossible, ChangedMeanwhile, SenderError: as of any other.
    """
    return await _approve(tools, row, NOBODY.id, "")


async def _waiting(tools: Tools, identifier: str) -> ProposedConfiguration:
    row = await tools.configuring.rows.proposed_configuration(identifier)
    if row is None:
        raise DossierUnknown
    if row.state is not ProposedState.OPEN:
        raise ActionNotPossible(
            code="configuration_decided", remedy="Thay đổi này đã được xử lý rồi."
        )
    return row


async def _approve(
    tools: Tools, row: ProposedConfiguration, by: PrincipalId, reason: str
) -> Given:
    if await is_overtaken(tools, row):
        raise ActionNotPossible(
            code="configuration_overtaken",
            remedy="Cấu hình đã được đổi sau khi thay đổi này được đề nghị: bỏ nó, xem"
            " cấu hình đang chạy rồi đề nghị lại nếu còn cần.",
        )
    before = await tools.store.configuration(None)
    running = before[1] if before else {}
    content = {**row.content, "calendar": running.get("calendar", {})}
    checked(tools, content)
    await _refuse_to_leave_behind(tools, content)
    facts = {
        **({} if row.again is None else {"again": row.again}),
        **({"said": reason[:REASON_AT_MOST]} if reason else {}),
    }
    what = ProposedState.APPROVED.value
    line = _line(tools, row, what, by, facts, kind="configuration")
    version = await tools.configuring.rows.decide_proposed(
        *(row.id, ProposedState.APPROVED, line),
        content=content,
        after=before[0] if before else 0,
    )
    if by != BY_NOBODY:
        _take_up(tools, before, version, content)
    tools.probe.action(action="configuration_approved", actor=by)
    return Given(version, differences(running, content))


async def others_may_confirm(tools: Tools, asked_by: PrincipalId) -> bool:
    """Whether anybody else who signs in may put in force what somebody proposed."""
    if tools.accounts.policy.codes_at_pages:
        # Access codes of every role open the pages: there are such people.
        return True
    rows = await tools.accounts.rows.accounts()
    return any(
        one.holds
        and may_confirm(Principal(one.id, one.name, one.role, one.scope), asked_by)
        for one in rows
    )


def checked(tools: Tools, content: dict[str, Any]) -> None:
    """Refuse what could not be worked by.

    Raises:
        SenderError: says what is wrong.
    """
    try:
        tools.versions.check(content)
    except UNREADABLE as wrong:
        raise SenderError(
            str(wrong), code="configuration_invalid", remedy=f"Sửa cấu hình: {wrong}"
        ) from wrong


def with_calendar(
    content: dict[str, Any], running: Mapping[str, Any] | None
) -> dict[str, Any]:
    """The content with the calendar that runs; the first of all brings its own.

    Raises:
        SenderError: the first calendar is wrong.
        ActionNotPossible: it gives a year otherwise than it runs.
    """
    given = content.get("calendar") or {}
    if not isinstance(given, dict):
        raise SenderError(
            code="calendar_invalid", remedy="calendar là một bảng, mỗi năm một bảng."
        )
    if running is None:
        offices = read(0, content).offices
        wrong = [
            f"{year}: {one.what}. {one.todo}"
            for year, table in given.items()
            for one in check_year(year, table, offices)
            if not one.warning
        ]
        if wrong:
            raise SenderError(
                code="calendar_invalid", remedy=f"Lịch có lỗi: {'; '.join(wrong[:5])}"
            )
        return content
    kept = running.get("calendar", {})
    years = differing(kept, given)
    if years:
        raise ActionNotPossible(
            code="calendar_by_import",
            remedy=f"Lịch năm {', '.join(years)} khác lịch đang chạy. Lịch chỉ đổi bằng"
            ' lienthong calendar import TỆP --reason "…"; chưa muốn đổi thì bỏ tệp lịch'
            " ấy khỏi thư mục cấu hình, lịch đang chạy được giữ nguyên.",
        )
    return {**content, "calendar": kept}


async def _refuse_to_leave_behind(tools: Tools, content: Mapping[str, Any]) -> None:
    """An office with anything open stays configured: else it would stand still unseen.

    Raises:
        ActionNotPossible: names the offices.
    """
    gone = tools.versions.current.offices.keys() - read(0, content).offices.keys()
    held = [office for office in sorted(gone) if await _has_open(tools, office)]
    if held:
        raise ActionNotPossible(
            code="office_in_use",
            remedy=f"Còn hồ sơ hoặc lượt gửi chưa xong ở: {', '.join(held)}."
            " Giữ các đơn vị này trong cấu hình cho đến khi xong.",
        )


async def _has_open(tools: Tools, office: OfficeId) -> bool:
    rows = await tools.overview.transfers_in(
        EVERYTHING, states=_OPEN, office=office, after=None, limit=1
    )
    after: str | None = None
    while not rows:
        page = await tools.overview.dossiers(
            EVERYTHING, state="open", after=after, limit=_PAGE
        )
        for row in page:
            if office in {row.case.sender, *(leg.office for leg in row.case.legs)}:
                return True
        if len(page) < _PAGE:
            return False
        after = page[-1].case.dossier_id
    return True
