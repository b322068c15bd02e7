"""Pages of transfers: any of them by state, office and day; one with its attempts."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from gateway.api.signin import signed_in
from gateway.console import labels, saved_views, show, views
from gateway.console.language import say
from gateway.domain import asked as requests
from gateway.domain.errors import DossierUnknown
from gateway.domain.identifiers import TransferId
from gateway.domain.json_text import of_json
from gateway.domain.legal_day import VIETNAM, legal_day
from gateway.domain.principal import Right, may
from gateway.domain.transfer import CLOSED, State
from gateway.sealing.folder import Folder
from gateway.sealing.viewing import is_masked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.console.render import Pages
    from gateway.domain.attempt import Times
    from gateway.domain.principal import Principal, Scope
    from gateway.domain.transfer import Transfer
    from gateway.ports.overview import AttemptRow

PATH = "/console/luot-gui"
#: What is open has an index of its own; what is over is looked for in a period.
OPEN = tuple(state for state in State if state not in CLOSED)
#: Days of a period when none is asked for, and at most.
DAYS, DAYS_AT_MOST = 7, 92
#: No transfer is older: days before are no days here.
BEGUN = date(2020, 1, 1)
#: Bytes of an answer that a page shows.
SHOWN_BYTES = 20_000
#: Lines of a difference that a page shows.
LINES = 200
#: Tenths of a percent: the width of the picture of an attempt's time.
WIDTH = 1000
StateAsked = Annotated[str, Query(alias="trang-thai")]
OfficeAsked = Annotated[str, Query(alias="don-vi")]
Since = Annotated[str, Query(alias="tu")]
Until = Annotated[str, Query(alias="den")]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a list shall show, as its address says it; what it does not know is left."""

    state: str
    office: str
    since: date
    until: date

    @property
    def is_open(self) -> bool:
        """Whether it is about what is not over: of whatever day."""
        return self.state == "" or self.state in OPEN

    @property
    def query(self) -> dict[str, str]:
        """The address of the same list, without its page."""
        asked = {"trang-thai": self.state, "don-vi": self.office}
        if not self.is_open:
            asked |= {"tu": self.since.isoformat(), "den": self.until.isoformat()}
        return {name: value for name, value in asked.items() if value}


def asked_of(
    state: str, office: str, since: str, until: str, *, today: date, known: set[str]
) -> Asked:
    """What an address asks for; days that are none, or too many, are made sensible."""
    last = min(_day(until) or today, today)
    last = max(last, BEGUN)
    first = _day(since) or last - timedelta(days=DAYS - 1)
    first = min(max(first, last - timedelta(days=DAYS_AT_MOST - 1)), last)
    wanted = state if state in {*State, "all"} else ""
    return Asked(wanted, office if office in known else "", first, last)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def register(pages: Pages, routes: APIRouter) -> None:
    """Add the list and the page of one."""
    tools = pages.tools

    @routes.get(PATH)
    async def page(
        request: Request,
        state: StateAsked = "",
        office: OfficeAsked = "",
        since: Since = "",
        until: Until = "",
        after: str | None = None,
        luu: str = "",
    ) -> Response:
        principal = await signed_in(tools, request)
        named = [(o.id, o.name) for o in tools.versions.current.offices.values()]
        asked = asked_of(
            *(state, office, since, until),
            today=legal_day(tools.clock.now()),
            known={str(one) for one, _ in named},
        )
        rows, following = await _listed(pages, principal.scope, asked, after)
        further = urlencode({**asked.query, "after": following or ""})
        return pages.render(
            "transfers.html",
            principal,
            rows=rows,
            asked=asked,
            states=[("", say("chưa xong")), *_states(), ("all", say("mọi trạng thái"))],
            offices=named,
            saved=await saved_views.bar(pages, principal, PATH, asked.query, luu),
            first=after is None,
            beginning=f"{PATH}?{urlencode(asked.query)}",
            more=f"{PATH}?{further}" if following else "",
            here="transfers",
        )

    @routes.get(f"{PATH}/{{identifier}}")
    async def one(identifier: str, request: Request, done: str = "") -> Response:
        principal = await signed_in(tools, request)
        row = await tools.store.transfer(TransferId(identifier), principal.scope)
        if row is None:
            raise DossierUnknown
        return await _transfer_page(pages, principal, row, labels.done(done))


def _states() -> list[tuple[str, str]]:
    return [(state.value, labels.state(state)) for state in State]


async def _listed(
    pages: Pages, scope: Scope, asked: Asked, after: str | None
) -> tuple[list[dict[str, Any]], str | None]:
    overview = pages.tools.overview
    office = asked.office or None
    if asked.is_open:
        found = await overview.transfers_in(
            scope,
            states=[asked.state] if asked.state else [state.value for state in OPEN],
            office=office,
            after=after,
            limit=views.PAGE + 1,
        )
    else:
        found = await overview.transfers_made(
            scope,
            states=list(State) if asked.state == "all" else [asked.state],
            office=office,
            since=_midnight(asked.since),
            until=_midnight(asked.until + timedelta(days=1)),
            after=after,
            limit=views.PAGE + 1,
        )
    rows, more = views.page(found)
    shown = [await _row(pages, scope, row) for row in rows]
    return shown, rows[-1].id if more else None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), VIETNAM)


async def _row(pages: Pages, scope: Scope, row: Transfer) -> dict[str, Any]:
    """A transfer as a line: of which dossier, from where it stands to what is next."""
    tools = pages.tools
    stored = await tools.store.dossier(row.dossier_id, scope)
    line = views.transfer(tools, pages.lanes, row, stored.case if stored else None)
    number = await views.number_of(tools, stored) if stored else ""
    over = row.finished_at
    return {
        **line,
        "number": number,
        "procedure": tools.versions.procedure_of(stored.case).name if stored else "",
        **views.promised(tools, stored),
        "ended_at": over,
        "age": show.span((over or tools.clock.now()) - row.created_at),
    }


async def _transfer_page(
    pages: Pages, principal: Principal, row: Transfer, done: str
) -> Response:
    tools = pages.tools
    stored = await tools.store.dossier(row.dossier_id, principal.scope)
    if stored is None:
        raise DossierUnknown
    await views.note_read(tools, principal, stored)
    sees = may(principal, Right.PAYLOAD) and not is_masked(row.dossier_id)
    folder = Folder.shown(tools, stored)
    attempts = [
        await _attempt(folder, one, sees=sees)
        for one in await tools.overview.attempts(row.id)
    ]
    for before, one in pairwise(attempts):
        one["changed"] = _changed(before, one)
    return pages.render(
        "transfer.html",
        principal,
        shown={
            **await _row(pages, principal.scope, row),
            "evidence": await views.evidence(tools, row),
            "behind": [
                labels.message_kind(other.kind)
                for other in await views.behind(tools, row)
            ],
            "leg": row.leg,
            "revision": row.revision,
            "identifier": row.id,
        },
        attempts=list(reversed(attempts)),
        # The picture of each is drawn to the longest of all.
        longest=max((one["total_ms"] or 0.0 for one in attempts), default=0.0),
        sees=sees,
        done=done,
        here="transfers",
    )


async def _attempt(folder: Folder, one: AttemptRow, *, sees: bool) -> dict[str, Any]:
    record = one.record
    held = await folder.payload(record.response) if record.response and sees else None
    plain = held[1] if held else b""
    name = requests.payload_of(record.transfer_id, record.started_at)
    request = await folder.payload(name) if sees else None
    return {
        "number": one.number,
        "purpose": say(labels.PURPOSES.get(record.purpose, record.purpose)),
        "at": record.started_at,
        "outcome": labels.outcome(record.outcome),
        "good": record.outcome in {"delivered", "duplicate"},
        "code": record.code,
        "reason": "" if (said := labels.reason(record.code)) == record.code else said,
        "status": record.http_status,
        "total_ms": record.times.total_ms,
        "parts": parts(record.times),
        "kept": record.response is not None,
        "response": plain[:SHOWN_BYTES].decode("utf-8", "replace"),
        "cut": len(plain) > SHOWN_BYTES,
        "changed": [],
        "curl": requests.curl(requests.of_json(of_json(request[1]))) if request else "",
    }


def parts(times: Times) -> list[tuple[str, str, float, float]]:
    """How an attempt's time went by: code, name, where it begins, how long, in ms.

    Names of hosts are looked up and certificates shown while it connects.
    """
    if times.total_ms is None:
        return []
    connected = min(times.connect_ms or 0.0, times.total_ms)
    answered = times.first_byte_ms
    first = times.total_ms if answered is None else min(answered, times.total_ms)
    first = max(first, connected)
    found = [
        ("connect", say("nối máy"), 0.0, connected),
        ("wait", say("chờ trả lời"), connected, first - connected),
        ("read", say("nhận trả lời"), first, times.total_ms - first),
    ]
    return [part for part in found if part[3] > 0]


def _changed(before: dict[str, Any], now: dict[str, Any]) -> list[tuple[str, str]]:
    """How an attempt's answer differs from the one before, line by line: sign and text."""
    same = all(before[name] == now[name] for name in ("code", "status", "response"))
    if same:
        return [(" ", say("giống lần trước"))]
    told = []
    for name, text in (("code", say("mã")), ("status", "HTTP")):
        if before[name] != now[name]:
            told.append(("-", f"{text} {before[name] or '–'}"))
            told.append(("+", f"{text} {now[name] or '–'}"))
    return [*told, *_lines(before["response"], now["response"])]


def _lines(before: str, now: str) -> Sequence[tuple[str, str]]:
    told = difflib.unified_diff(before.splitlines(), now.splitlines(), lineterm="", n=1)
    lines = [line for line in told if not line.startswith(("---", "+++", "@@"))]
    return [(line[:1], line[1:]) for line in lines[:LINES]]
