"""A new version of the configuration, checked before anything works by it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateway.api.answers import answer
from gateway.api.bodies import json_object
from gateway.api.paging import PAGE
from gateway.api.signin import administrator
from gateway.calendar.changes import differing
from gateway.calendar.checking import check_year
from gateway.delivery.stopping import REASON_AT_MOST
from gateway.domain.errors import ActionNotPossible, ChangedMeanwhile, SenderError
from gateway.domain.journal import JournalLine
from gateway.domain.principal import EVERYTHING
from gateway.domain.transfer import CLOSED, State
from gateway.routing.catalogue import read
from gateway.routing.differences import differences

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gateway.domain.identifiers import OfficeId
    from gateway.domain.principal import Principal
    from gateway.sealing.tools import Tools

#: Of a content that somebody hands in.
MOST_BYTES = 16 * 1024 * 1024
#: What reading a content of another form raises.
UNREADABLE = (AttributeError, KeyError, TypeError, ValueError)
_OPEN = tuple(state.value for state in State if state not in CLOSED)


def register(tools: Tools, routes: APIRouter, applied: Callable[[], None]) -> None:
    """Add the call that applies one; ``applied`` is called after it."""

    @routes.post("/configuration")
    async def post_configuration(request: Request) -> Response:
        """Áp dụng một phiên bản cấu hình."""
        principal = await administrator(tools, request)
        given = await json_object(request, MOST_BYTES)
        wrapped = given.get("configuration")
        reason = str(given.get("reason") or "") if isinstance(wrapped, dict) else ""
        content = wrapped if isinstance(wrapped, dict) else given
        version, changes = await put_in_force(tools, principal, content, reason=reason)
        applied()
        return answer({"version": version, "changes": changes})


async def put_in_force(
    tools: Tools,
    principal: Principal,
    content: dict[str, Any],
    *,
    reason: str = "",
    again: int | None = None,
    seen: int | None = None,
) -> tuple[int, list[str]]:
    """Make a content the version that runs; its number, and what it changes.

    ``again``: the earlier version that it is taken from; ``seen``: the version that ran
    when somebody looked at what changes.

    Raises:
        SenderError: the content is wrong; says where.
        ActionNotPossible: it leaves out an office where something is open, or gives a
            calendar otherwise than it runs.
        ChangedMeanwhile: another version runs by now.
    """
    checked(tools, content)
    await _refuse_to_leave_behind(tools, content)
    facts: dict[str, Any] = {"why": reason[:REASON_AT_MOST]} if reason else {}
    if again is not None:
        facts["again"] = again
    line = JournalLine("configuration", tools.clock.now(), principal.id, facts)
    before = await tools.store.configuration(None)
    after = before[0] if before else 0
    if seen not in {None, after}:
        raise ChangedMeanwhile
    content = with_calendar(content, before[1] if before else None)
    version = await tools.store.add_configuration(content, line, after)
    if before is not None and before[0] not in tools.versions:
        # Another node's, applied a moment ago; dossiers may run under it.
        tools.versions.add(*before)
    tools.versions.add(version, content)
    return version, differences(before[1] if before else {}, content)


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
            EVERYTHING, state="open", after=after, limit=PAGE
        )
        for row in page:
            if office in {row.case.sender, *(leg.office for leg in row.case.legs)}:
                return True
        if len(page) < PAGE:
            return False
        after = page[-1].case.dossier_id
    return True
