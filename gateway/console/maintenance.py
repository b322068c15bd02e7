"""Pages of maintenance: what runs, what comes, what is over; one more, with its effect."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from gateway.api.maintenance import order
from gateway.api.problems import status_of
from gateway.api.signin import administrator, same_origin, signed_in
from gateway.api.windows import moment_of, shown_window
from gateway.calendar.opening import next_turn
from gateway.console import labels, maintenance_form, offices
from gateway.console.language import later, say
from gateway.console.render import form_of
from gateway.delivery import windows
from gateway.domain.errors import ActionNotPossible, ChangedMeanwhile, SenderError
from gateway.domain.legal_day import VIETNAM
from gateway.domain.principal import may_configure

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.console.render import Pages
    from gateway.domain.opening import Maintenance
    from gateway.domain.principal import Principal
    from gateway.sealing.tools import Tools

PATH = "/console/bao-tri"
PAGE = 50
#: How far ahead the first page of the day looks.
SOON = timedelta(days=2)
OfficeAsked = Annotated[str, Query(alias="don-vi")]
Past = Annotated[str, Query(alias="xem")]
After = Annotated[str, Query(alias="sau")]
_PAST = "da-qua"
_MEANWHILE = later(
    "Đợt bảo trì này vừa được người khác đổi, nên chưa ghi gì. Xem lại rồi làm lại."
)


def register(pages: Pages, routes: APIRouter) -> None:
    """Add the pages."""
    tools = pages.tools

    @routes.get(PATH)
    async def page(
        request: Request, office: OfficeAsked = "", past: Past = "", after: After = ""
    ) -> Response:
        principal = await signed_in(tools, request)
        office = office if office in tools.versions.current.offices else ""
        found = _chosen(pages, principal, office)
        is_past = past == _PAST
        rows, more = _past(tools, found, after) if is_past else ([], "")
        steers = may_configure(principal)
        running: list[dict[str, Any]] = []
        ahead: list[dict[str, Any]] = []
        for window in [] if is_past else found:
            turn = next_turn(window, tools.clock.now())
            if turn is None:
                continue
            row = await _row(tools, principal, window, steers=steers)
            (running if row["running"] else ahead).append(row)
        return pages.render(
            "maintenance.html",
            principal,
            running=running,
            ahead=ahead,
            is_past=is_past,
            rows=[await _row(tools, principal, one, steers=False) for one in rows],
            more=f"{PATH}?{_asked(office, past=True)}&sau={quote(more)}"
            if more
            else "",
            first=not after,
            to_past=f"{PATH}?{_asked(office, past=True)}",
            to_present=f"{PATH}?{_asked(office, past=False)}",
            offices=_offices(tools, principal),
            office=office,
            steers=steers,
            here="maintenance",
        )

    maintenance_form.register(pages, routes)
    _ending(pages, routes)
    _changing(pages, routes)


def _asked(office: str, *, past: bool) -> str:
    asked = {"don-vi": office} if office else {}
    return urlencode({**asked, **({"xem": _PAST} if past else {})})


def _chosen(pages: Pages, principal: Principal, office: str) -> list[Maintenance]:
    """Windows that somebody may see, of one office where one is named, in order."""
    tools, now = pages.tools, pages.tools.clock.now()
    seen = windows.seen_by(tools, pages.lanes.doors.windows, principal.scope)
    if office:
        seen = [
            window
            for window in seen
            if any(one.id == office for one in windows.of_window(tools, window))
        ]
    return sorted(seen, key=lambda one: order(one, now))


def _past(
    tools: Tools, found: list[Maintenance], after: str
) -> tuple[list[Maintenance], str]:
    """Those of which nothing is left, the newest first; a page, and the next one's place."""
    now = tools.clock.now()
    over = sorted(
        (one for one in found if next_turn(one, now) is None),
        key=lambda one: one.id,
        reverse=True,
    )
    rows = [one for one in over if not after or one.id < after][: PAGE + 1]
    return rows[:PAGE], rows[PAGE - 1].id if len(rows) > PAGE else ""


def _offices(tools: Tools, principal: Principal) -> list[tuple[str, str]]:
    own = principal.scope.offices
    return [
        (one.id, one.name)
        for one in tools.versions.current.offices.values()
        if not own or one.id in own
    ]


def whom(tools: Tools, window: Maintenance) -> str:
    """For whom a window holds, as people call it."""
    office = (
        tools.versions.current.offices.get(window.office) if window.office else None
    )
    if window.office:
        return office.name if office else window.office
    name = offices.sector(tools, window.agency)
    return say("mọi đơn vị: %(agency)s") % {"agency": name}


def soon(pages: Pages, principal: Principal) -> list[dict[str, Any]]:
    """Turns that begin within two days, for the page that the day begins with."""
    tools = pages.tools
    found = windows.coming(tools, pages.lanes, principal.scope, SOON)
    return [
        {
            "whom": whom(tools, window),
            "reason": window.reason,
            "from": turn[0],
            "to": turn[1],
        }
        for window, turn in found
    ]


async def _row(
    tools: Tools, principal: Principal, window: Maintenance, *, steers: bool
) -> dict[str, Any]:
    now = tools.clock.now()
    shown = shown_window(window, tools.versions.current, now)
    turn = next_turn(window, now)
    offices = windows.of_window(tools, window)
    held = (
        await windows.held(tools, offices, principal.scope) if shown["running"] else []
    )
    return {
        **shown,
        "whom": whom(tools, window),
        "version": window.version,
        "by": labels.actor(window.by),
        "to_input": _input(turn[1]) if turn else "",
        "held": [(one.name, one.id, count) for one, count in held],
        "waiting": sum(count for _, count in held),
        "at_least": len(offices) > windows.COUNTED
        or any(count >= windows.MOST for _, count in held),
        "steers": steers and turn is not None,
        "prolongs": window.rule is None or shown["running"],
    }


def _input(at: datetime) -> str:
    """A moment as a field of a form takes it."""
    return at.astimezone(VIETNAM).strftime("%Y-%m-%dT%H:%M")


def _ending(pages: Pages, routes: APIRouter) -> None:
    tools = pages.tools

    @routes.post(f"{PATH}/{{identifier}}/ket-thuc")
    async def end(identifier: str, request: Request) -> Response:
        same_origin(request)
        principal = await administrator(tools, request)
        form = await form_of(request)
        try:
            window = await windows.end(
                *(tools, pages.lanes, principal, identifier),
                reason=form.get("reason", ""),
                whole=form.get("whole") == "1",
                version=version_of(form.get("version", "")),
            )
        except ChangedMeanwhile:
            return pages.told(principal, 409, say(_MEANWHILE), PATH)
        except (SenderError, ActionNotPossible) as error:
            return pages.told(principal, status_of(error), error.remedy, PATH)
        over = next_turn(window, tools.clock.now()) is None
        told = (
            say("Đã kết thúc bảo trì của %(whom)s. Lượt gửi đang chờ được gửi dần.")
            if over
            else say("Đã kết thúc đợt này của %(whom)s. Các đợt sau vẫn theo lịch.")
        )
        return pages.told(principal, 200, told % {"whom": whom(tools, window)}, PATH)


def _changing(pages: Pages, routes: APIRouter) -> None:
    tools = pages.tools

    @routes.post(f"{PATH}/{{identifier}}/doi")
    async def change(identifier: str, request: Request) -> Response:
        same_origin(request)
        principal = await administrator(tools, request)
        form = await form_of(request)
        version = version_of(form.get("version", ""))
        reason, asked = form.get("reason", ""), form.get("to", "")
        try:
            before = await windows.found(pages.lanes, identifier, version)
            until = moment_of(asked, say("Lúc kết thúc mới"))
            meant = windows.until(before, tools.clock.now(), until)
            windows.given(reason)
            if form.get("seen") != asked:
                return pages.render(
                    "maintenance_change.html",
                    principal,
                    **await _asked_again(pages, principal, before, meant),
                    asked=asked,
                    reason=reason,
                    here="maintenance",
                )
            window = await windows.change(
                *(tools, pages.lanes, principal, identifier),
                until=until,
                reason=reason,
                version=version,
            )
        except ChangedMeanwhile:
            return pages.told(principal, 409, say(_MEANWHILE), PATH)
        except (SenderError, ActionNotPossible) as error:
            return pages.told(principal, status_of(error), error.remedy, PATH)
        told = say("Đã đổi lúc kết thúc bảo trì của %(whom)s.")
        return pages.told(principal, 200, told % {"whom": whom(tools, window)}, PATH)


async def _asked_again(
    pages: Pages, principal: Principal, before: Maintenance, meant: Maintenance
) -> dict[str, Any]:
    """What stands on the page that asks before an end is moved."""
    tools, now = pages.tools, pages.tools.clock.now()
    found = await windows.foreseen(tools, meant, principal)
    turn = next_turn(before, now)
    return {
        "id": before.id,
        "version": before.version,
        "whom": whom(tools, before),
        "was": turn[1] if turn else None,
        "becomes": found.turn[1] if found.turn else None,
        "seen": await maintenance_form.told(tools, principal, found),
    }


def version_of(text: str) -> int | None:
    """The version that a form was made for; None where it says none."""
    return int(text) if text.isdecimal() and text.isascii() and len(text) < 10 else None
