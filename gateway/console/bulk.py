"""Pages of bulk jobs: what would happen and to how many, how far one is, what failed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlencode

from fastapi import Query, Request
from fastapi.responses import Response

from gateway.api.bulk import shown
from gateway.api.problems import status_of
from gateway.api.routes import Routes
from gateway.api.signin import fresh, operator, same_origin, signed_in
from gateway.console import labels, offices, views
from gateway.console.configurations import number
from gateway.console.guarding import guard
from gateway.console.language import later, say
from gateway.console.render import PageRoute, Pages, form_of, to
from gateway.delivery.bulk import (
    Wanted,
    begin,
    preview,
    reason_of,
    steer,
)
from gateway.domain.bulk import (
    ITEM_WORDS,
    MOST_PER_SECOND,
    PER_SECOND,
    JobState,
    Outcome,
    Selection,
    Steer,
)
from gateway.domain.errors import ActionNotPossible, DossierUnknown, SenderError
from gateway.domain.identifiers import OfficeId
from gateway.domain.principal import may_act
from gateway.domain.transfer import Action, State
from gateway.domain.words import words_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.delivery.bulk import Preview
    from gateway.delivery.lanes import Lanes
    from gateway.domain.bulk import Item, Job
    from gateway.domain.identifiers import DossierId
    from gateway.domain.principal import Principal
    from gateway.ports.clock import Bell
    from gateway.sealing.tools import Tools

PATH = "/console/hang-loat"
NEW = f"{PATH}/moi"
PAGE = 50
#: Characters of a reason.
MOST = 500
OfficeAsked = Annotated[str, Query(alias="don-vi")]
CauseAsked = Annotated[str, Query(alias="nguyen-nhan")]
_NO_REASON = later("Cần ghi lý do của thao tác: nguyên nhân đã được xử lý thế nào.")
_STEERS = {
    JobState.COLLECTING: (Steer.STOP,),
    JobState.RUNNING: (Steer.PAUSE, Steer.STOP),
    JobState.PAUSED: (Steer.RESUME, Steer.STOP),
}
_WORDS = {
    Steer.PAUSE: later("Tạm dừng"),
    Steer.RESUME: later("Chạy tiếp"),
    Steer.STOP: later("Dừng hẳn"),
}


def address(office: str, cause: str) -> str:
    """Where sending everything again that one cause holds is asked for."""
    return f"{NEW}?{urlencode({'don-vi': office, 'nguyen-nhan': cause})}"


def router(tools: Tools, lanes: Lanes, bell: Bell) -> Routes:
    """The pages; ``bell`` wakes the loop that does what was asked."""
    pages = Pages(tools, lanes)
    guard(pages)
    routes = Routes(include_in_schema=False, route_class=PageRoute.of(pages))
    _asking(pages, bell, routes)
    _reading(pages, routes)
    _steering(pages, bell, routes)
    return routes


def _asking(pages: Pages, bell: Bell, routes: Routes) -> None:
    tools = pages.tools

    @routes.get(NEW)
    async def ask(
        request: Request, office: OfficeAsked = "", cause: CauseAsked = ""
    ) -> Response:
        principal = await operator(tools, request)
        return await _ask_page(pages, principal, office, cause, {}, "")

    @routes.post(PATH)
    async def begin_job(request: Request) -> Response:
        same_origin(request)
        principal = await operator(tools, request)
        fresh(tools, principal)
        form = await form_of(request)
        office, cause = form.get("office", ""), form.get("cause", "")
        reason = form.get("reason", "").strip()[:MOST]
        if not reason:
            wrong = say(_NO_REASON)
            return await _ask_page(pages, principal, office, cause, form, wrong)
        told = number(form.get("per_second", ""))
        per_second = PER_SECOND if told is None else told
        wanted = Wanted(
            action=Action.RESEND,
            selection=_selection(tools, office, cause),
            reason=reason,
            per_second=max(1, min(per_second, MOST_PER_SECOND)),
            # Pressed twice, it is one job.
            key=form.get("key", "")[:80] or None,
        )
        try:
            job, _ = await begin(tools, principal, wanted)
        except (SenderError, ActionNotPossible) as error:
            return pages.told(principal, status_of(error), error.remedy, PATH)
        bell.ring()
        return to(f"{PATH}/{job.id}")


def _selection(tools: Tools, office: str, cause: str) -> Selection:
    """Parked transfers of one cause at one office.

    Raises:
        DossierUnknown: there is no such office.
    """
    if office not in tools.versions.current.offices:
        raise DossierUnknown
    return Selection(
        states=(State.PARKED,), office=OfficeId(office), cause=cause or None
    )


async def _ask_page(
    pages: Pages,
    principal: Principal,
    office: str,
    cause: str,
    typed: Mapping[str, str],
    wrong: str,
) -> Response:
    tools = pages.tools
    found = await preview(
        tools, principal, Action.RESEND, _selection(tools, office, cause)
    )
    return pages.render(
        "bulk_new.html",
        principal,
        422 if wrong else 200,
        office=office,
        office_name=offices.name(tools, OfficeId(office)),
        cause=cause,
        cause_words=labels.reason(cause) if cause else "",
        found=await _told(tools, principal, found),
        key=typed.get("key") or tools.chance.identifier("k"),
        reason=typed.get("reason", ""),
        per_second=typed.get("per_second") or PER_SECOND,
        most_per_second=MOST_PER_SECOND,
        most=MOST,
        wrong=wrong,
        here="bulk",
    )


async def _told(tools: Tools, principal: Principal, found: Preview) -> dict[str, Any]:
    skipped = sum(found.skipped.values())
    return {
        "asked": found.asked,
        "queued": found.asked - skipped,
        "leads_to": [
            (labels.state(state), count) for state, count in found.leads_to.items()
        ],
        "skipped": [
            (words_of(code, ITEM_WORDS).reason, count)
            for code, count in found.skipped.most_common()
        ],
        "sample": [
            {
                "transfer": one.transfer_id,
                "dossier": one.dossier_id,
                "number": await _number(tools, principal, one.dossier_id),
                "what": labels.message_kind(one.kind),
                "fate": labels.fate(one.fate, one.state),
                "why": words_of(code, ITEM_WORDS).reason if code else "",
            }
            for one, code in found.sample
        ],
    }


async def _number(tools: Tools, principal: Principal, dossier: DossierId) -> str:
    """What its counter calls the dossier; a kind of message alone tells nobody which."""
    row = await tools.store.dossier(dossier, principal.scope)
    return await views.number_of(tools, row) if row else ""


def _reading(pages: Pages, routes: Routes) -> None:
    tools = pages.tools

    @routes.get(PATH)
    async def jobs(request: Request, after: str | None = None) -> Response:
        principal = await signed_in(tools, request)
        rows = await tools.bulk.bulk_jobs(principal.scope, after=after, limit=PAGE)
        following = rows[-1].id if len(rows) == PAGE else None
        return pages.render(
            "bulk_jobs.html",
            principal,
            rows=[_job(tools, row) for row in rows],
            first=after is None,
            more=f"{PATH}?{urlencode({'after': following})}" if following else "",
            here="bulk",
        )

    @routes.get(f"{PATH}/{{identifier}}")
    async def one(
        identifier: str, request: Request, outcome: str = "failed", after: int = 0
    ) -> Response:
        principal = await signed_in(tools, request)
        job = await tools.bulk.bulk_job(identifier, principal.scope)
        if job is None:
            raise DossierUnknown
        which = Outcome(outcome) if outcome in set(Outcome) else Outcome.FAILED
        rows = await tools.bulk.bulk_items(
            identifier, outcome=which, after=after, limit=PAGE
        )
        asked = {"outcome": which.value}
        if len(rows) == PAGE:
            asked["after"] = str(rows[-1].key.position)
        return pages.render(
            "bulk_job.html",
            principal,
            job=_job(tools, job),
            reason=await reason_of(tools, job),
            outcomes=[(code.value, labels.item(code)) for code in Outcome],
            outcome=which.value,
            items=[_item(row) for row in rows],
            more=f"{PATH}/{job.id}?{urlencode(asked)}" if "after" in asked else "",
            steers=[
                (what.value, say(_WORDS[what])) for what in _STEERS.get(job.state, ())
            ]
            if may_act(principal)
            else [],
            here="bulk",
        )


def _job(tools: Tools, job: Job) -> dict[str, Any]:
    office = job.selection.office
    return {
        **shown(job),
        "state_words": labels.job(job.state),
        "action_words": labels.action(job.action),
        "office_name": offices.name(tools, office) if office else "",
        "cause_words": labels.reason(job.selection.cause)
        if job.selection.cause
        else "",
        "by": labels.actor(job.actor),
    }


def _item(item: Item) -> dict[str, Any]:
    said = words_of(item.code, ITEM_WORDS)
    return {
        "transfer": item.transfer_id,
        "dossier": item.dossier_id,
        "words": said.reason if item.code else "",
        "next_action": said.next_action if item.code else "",
        "at": item.at,
    }


def _steering(pages: Pages, bell: Bell, routes: Routes) -> None:
    tools = pages.tools

    @routes.post(f"{PATH}/{{identifier}}/{{what}}")
    async def act(identifier: str, what: str, request: Request) -> Response:
        same_origin(request)
        principal = await operator(tools, request)
        if what not in set(Steer):
            raise DossierUnknown
        try:
            job = await steer(tools, principal, identifier, Steer(what))
        except (SenderError, ActionNotPossible) as error:
            return pages.told(principal, status_of(error), error.remedy, PATH)
        bell.ring()
        return to(f"{PATH}/{job.id}")
