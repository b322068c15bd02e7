"""Pages of what stands still by its cause, and of what is due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from gateway.api import due as dues
from gateway.api import stuck as calls
from gateway.api.contacts import person
from gateway.api.problems import status_of
from gateway.api.signin import operator, same_origin, signed_in
from gateway.console import bulk, labels, note_box, offices, show, views
from gateway.console.configurations import number
from gateway.console.language import later, say
from gateway.console.render import form_of, to
from gateway.delivery.seen import shut_by_plan
from gateway.domain.errors import ChangedMeanwhile, SenderError
from gateway.domain.measure import Whose
from gateway.domain.principal import Role, may_act
from gateway.domain.transfer import State
from gateway.timing.explaining import WHOSE
from gateway.watch import noting
from gateway.watch import stuck as watch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.console.render import Pages
    from gateway.domain.principal import Principal
    from gateway.ports.measured import ClockRow
    from gateway.ports.stuck import StuckCount, StuckRow

PATH, DUE = "/console/dung-yen", "/console/den-han"
PAGE = 50
CHANGED = later("Người khác vừa ghi; đọc lần ghi đó rồi ghi lại nếu còn cần.")
Office = Annotated[str, Query(alias="don-vi")]
Days = Annotated[int, Query(alias="ngay", ge=0, le=dues.DAYS_AT_MOST)]
Percent = Annotated[int, Query(alias="phan-tram", ge=0, le=100)]


def register(pages: Pages, routes: APIRouter) -> None:
    """Add the page of a cause with its note, and the list of what is due."""
    _cause(pages, routes)
    _due(pages, routes)


async def causes(pages: Pages, principal: Principal) -> dict[str, Any]:
    """The causes for the page of what stands still; none for a one-stop system."""
    if principal.role is Role.ONE_STOP:
        return {"causes": [], "put_off_causes": [], "definition": ""}
    shut = shut_by_plan(pages.tools, pages.lanes)
    found = await calls.listed(pages.tools, principal, shut)
    known = await noting.causes(pages.tools) if noting.ours(principal) else {}
    now = pages.tools.clock.now()
    shown, off = [], []
    for one in found:
        line = {**one, "to": f"{PATH}/{one['id']}", "put_off": None}
        later_on = known.get(one["id"])
        if later_on and later_on.holds(now, datetime.fromisoformat(one["last"])):
            off.append({**line, "put_off": _off(later_on)})
        else:
            shown.append(line)
    return {
        "causes": shown,
        "put_off_causes": off,
        "definition": calls.definition(pages.tools),
    }


def _off(one: noting.PutOff) -> dict[str, Any]:
    row = one.row
    return {"until": row.until, "why": one.why, "by": labels.actor(row.by)}


@dataclass(frozen=True, slots=True)
class _Said:
    """What the page of a cause says above its form, and what was typed into it."""

    done: str = ""
    wrong: str = ""
    typed: Mapping[str, str] | None = None
    status: int = 200


def _cause(pages: Pages, routes: APIRouter) -> None:
    tools = pages.tools

    @routes.get(f"{PATH}/{{cause}}")
    async def page(
        cause: str, request: Request, after: str | None = None, xong: str = ""
    ) -> Response:
        principal = await person(tools, request)
        said = _Said(say("Đã ghi.")) if xong else _Said()
        return await _cause_page(pages, principal, cause, said, after)

    @routes.post(f"{PATH}/{{cause}}/ghi-chu")
    async def keep(cause: str, request: Request) -> Response:
        same_origin(request)
        principal = await operator(tools, request)
        form = await form_of(request)
        owner, words = (form.get(name, "").strip() for name in ("owner", "note"))
        version = form.get("version", "")
        read = number(version)
        shut = shut_by_plan(tools, pages.lanes)
        await calls.cause_of(tools, principal, shut, cause)
        try:
            await watch.note(tools, principal, cause, owner, words, version=read)
        except (SenderError, ChangedMeanwhile) as error:
            changed = isinstance(error, ChangedMeanwhile)
            said = _Said(
                wrong=say(CHANGED) if changed else error.remedy,
                typed={"owner": owner, "note": words},
                status=409 if changed else status_of(error),
            )
            return await _cause_page(pages, principal, cause, said)
        return to(f"{PATH}/{cause}?xong=1#ghi-chu")


async def _cause_page(
    pages: Pages,
    principal: Principal,
    cause: str,
    said: _Said,
    after: str | None = None,
) -> Response:
    tools = pages.tools
    shut = shut_by_plan(tools, pages.lanes)
    found = await calls.cause_of(tools, principal, shut, cause)
    page = await calls.behind(tools, principal, found, after=after, limit=PAGE)
    rows, following = page
    notes = await watch.history(tools, cause)
    last = notes[-1] if notes else None
    off = (await noting.causes(tools)).get(cause)
    holds = off is not None and off.holds(tools.clock.now(), found.last)
    told = [{"who": labels.actor(one.by), "at": one.at, "it": one} for one in notes]
    more = f"{PATH}/{cause}?{urlencode({'after': following})}" if following else ""
    shown = [await _row(pages, principal, row) for row in rows]
    await note_box.beside(tools, principal, shown, "dossier_id")
    return pages.render(
        "stuck_cause.html",
        principal,
        said.status,
        one=await calls.shown(tools, principal, found, last),
        rows=shown,
        notes=told,
        contact=offices.contact(tools, found.cause.office),
        bulk=_bulk(found),
        bulk_to=_bulk_to(found) if may_act(principal) else "",
        typed=said.typed or {"owner": last.owner if last else "", "note": ""},
        most={"owner": watch.OWNER_AT_MOST, "note": watch.NOTE_AT_MOST},
        said=said,
        ours=noting.ours(principal),
        put_off=_off(off) if off and holds and noting.ours(principal) else None,
        **note_box.bounds(tools.clock.now()),
        first=after is None,
        more=more,
        here="still",
    )


async def _row(pages: Pages, principal: Principal, row: StuckRow) -> dict[str, Any]:
    """A dossier behind a cause, as the page shows it."""
    line = await calls.row_shown(pages.tools, principal, row)
    return {
        **line,
        "late": views.is_late(pages.tools, line["due_on"]),
        "what": labels.message_kind(row.kind) if row.kind else "",
        "for": show.span(pages.tools.clock.now() - row.since),
    }


def _bulk_to(found: StuckCount) -> str:
    """The page on which all parked messages of a cause are sent again; empty of others."""
    select = calls.selection(found)
    if select is None or select["states"] != [State.PARKED.value]:
        return ""
    return bulk.address(select["office"], select.get("cause", ""))


def _bulk(found: StuckCount) -> str:
    """The command by which all messages of a cause are moved on together."""
    select = calls.selection(found)
    if select is None:
        return ""
    words = ["lienthong bulk start", "resend", f"--office {select['office']}"]
    if "cause" in select:
        words.append(f"--cause {select['cause']}")
    return " ".join([*words, '--reason "…"', "--dry-run"])


def _due(pages: Pages, routes: APIRouter) -> None:
    tools = pages.tools

    @routes.get(DUE)
    async def page(
        request: Request,
        *,
        days: Days = dues.DAYS,
        office: Office = "",
        percent: Percent = 0,
        after: str | None = None,
    ) -> Response:
        principal = await signed_in(tools, request)
        rows, following = await dues.listed(
            tools,
            principal.scope,
            until=dues.due_until(tools, days),
            office=office,
            unit="",
            percent=percent,
            after=after,
            limit=PAGE,
        )
        asked = {"ngay": days, "don-vi": office, "phan-tram": percent}
        more = f"{DUE}?{urlencode({**asked, 'after': following})}"
        return pages.render(
            "due.html",
            principal,
            rows=[await _due_row(pages, principal, row) for row in rows],
            over=await _over(pages, principal),
            offices=[
                (one.id, one.name)
                for one in tools.versions.current.offices.values()
                if one.agency != "one_stop"
            ],
            office=office,
            days=days,
            percent=percent,
            rungs=dues.RUNGS,
            most=dues.DAYS_AT_MOST,
            first=after is None,
            more=more if following else "",
            here="due",
        )


async def _due_row(pages: Pages, principal: Principal, row: ClockRow) -> dict[str, Any]:
    now = pages.tools.clock.now()
    return {
        **await dues.shown(pages.tools, principal.scope, row),
        "late_for": show.span(now - row.due_at) if row.due_at else "",
        "for": show.span(now - row.begun_at),
    }


async def _over(pages: Pages, principal: Principal) -> list[dict[str, Any]]:
    """What is over its time, by office and term; the most first."""
    tools = pages.tools
    found = await tools.measures.due_now(principal.scope, tools.clock.now())
    return [
        {
            "name": _whom(offices.name(tools, one.office), one.whose),
            "label": _label(pages, one.name),
            "whose": say(WHOSE[one.whose]),
            "clocks": one.clocks,
            "since": one.since,
            "to": f"{DUE}?{urlencode({'ngay': 0, 'don-vi': one.office})}"
            if one.office
            else "",
        }
        for one in sorted(found, key=lambda one: (-one.clocks, one.office, one.name))
    ]


def _whom(office: str, whose: Whose) -> str:
    """Who is over the time; the way to an office is not the office's."""
    if whose is Whose.GATEWAY:
        if office:
            return say("Cổng liên thông (chuyển đến %(office)s)") % {"office": office}
        return say("Cổng liên thông (chưa có nơi nhận)")
    return office or say("Chưa thuộc đơn vị nào")


def _label(pages: Pages, name: str) -> str:
    rules = pages.tools.versions.current.clocks
    return next((one.label for one in rules if one.name == name), name)
