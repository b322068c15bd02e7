"""Templates, headers, forms and error pages: what every page has in common."""

from __future__ import annotations

import re
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from fastapi.routing import APIRoute
from jinja2 import Environment, PackageLoader, StrictUndefined

from gateway.accounts.signing import form_token
from gateway.api.problems import status_of
from gateway.api.signin import FORM_FIELD, known
from gateway.console import labels, language, offices, show
from gateway.console.without_calls import without_calls
from gateway.domain.account import Person
from gateway.domain.errors import (
    DossierUnknown,
    GatewayError,
    NotAllowed,
    NotSignedIn,
)
from gateway.domain.principal import (
    Right,
    Role,
    looks_after_files,
    may,
    may_act,
    may_unmask,
)
from gateway.domain.proposed import may_decide_on
from gateway.receipts.collector import carried
from gateway.reports.definitions import decimal, percent_words
from gateway.reports.months import in_words
from gateway.sealing.viewing import is_masked, shown_until
from gateway.timing.explaining import hours

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from gateway.delivery.lanes import Lanes
    from gateway.domain.principal import Principal
    from gateway.sealing.tools import Tools

    Instead = Callable[
        ["Pages", Request, GatewayError], Coroutine[Any, Any, Response | None]
    ]
    Before = Callable[["Pages", Request], Coroutine[Any, Any, Response | None]]

#: Where staff begin.
START = "/console"
#: Fields that any form of the pages has at most.
MOST_FIELDS = 1_000
#: Templates escape everything: no text of others begins a form.
_FORM = re.compile(r'<form\b[^>]*\bmethod="post"[^>]*>')
_FIELD = '<input type="hidden" name="{}" value="{}">'
STATIC = Path(__file__).parent / "static"
_STATIC = {
    "style.css": "text/css",
    "paper.css": "text/css",
    "icon.svg": "image/svg+xml",
    "live.js": "text/javascript; charset=utf-8",
}
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self';"
    " script-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    # With no-referrer browsers send Origin: null, and every form would be refused.
    "Referrer-Policy": "same-origin",
}

#: Lists that are shown again by themselves; a dossier is not, since each look at it
#: is journalled.
LIVE = frozenset(
    {
        "bulk_job.html",
        "bulk_jobs.html",
        "still.html",
        "waiting.html",
        "lanes.html",
        "maintenance.html",
        "due.html",
        "today.html",
        "transfers.html",
    }
)

_FILTERS = (
    *(show.moment, show.day, show.hour, show.size, show.ms, hours),
    *(decimal, percent_words, in_words, labels.actor, language.say),
)


@cache
def _environment() -> Environment:
    """The templates, compiled once for all gateways of a process."""
    made = Environment(
        loader=PackageLoader("gateway.console"),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=without_calls,
    )
    made.policies["ext.i18n.trimmed"] = True
    made.install_gettext_callables(  # type: ignore[attr-defined]
        language.say, language.say_of, newstyle=True
    )
    made.globals.update(is_masked=is_masked, shown_until=shown_until)
    for filter_ in _FILTERS:
        made.filters[filter_.__name__] = filter_
    return made


class Pages:
    """Renders templates with what every page needs."""

    def __init__(self, tools: Tools, lanes: Lanes) -> None:
        """Load the templates; they escape everything."""
        self.tools = tools
        self.lanes = lanes
        self.instead: Instead | None = None
        #: leads elsewhere where an error is about who is signed in
        self.before: Before | None = None
        #: looks at each call before it is served; its answer, if any, is the answer
        self._environment = _environment()

    def render(
        self, name: str, principal: Principal | None, status: int = 200, **values: Any
    ) -> Response:
        """One page."""
        template = self._environment.get_template(name)
        officer = principal is not None and principal.role is Role.OFFICER
        text = template.render(
            principal=principal,
            role=labels.role(principal.role) if principal else "",
            lang=language.spoken(),
            languages=language.LANGUAGES,
            may_act=principal is not None and may_act(principal),
            may_edit=principal is not None and may(principal, Right.EDIT),
            configures=principal is not None and may(principal, Right.CONFIGURE),
            confirms=principal is not None and may_decide_on(principal),
            keeps=principal is not None
            and (may(principal, Right.CONFIGURE) or may(principal, Right.AUDIT)),
            manages_accounts=principal is not None and may(principal, Right.ACCOUNTS),
            may_unmask=principal is not None and may_unmask(principal),
            audits=principal is not None and may(principal, Right.AUDIT),
            secures=principal is not None and looks_after_files(principal),
            session=getattr(principal, "session", None),
            now=self.tools.clock.now(),
            officer=officer,
            start=start_of(principal),
            carried=any(True for _ in carried(self.tools)),
            emergencies=offices.emergencies(self.tools, self.lanes)
            if principal and not officer
            else [],
            **{"here": "", "live": name in LIVE, **values},
        )
        if isinstance(principal, Person) and principal.session is not None:
            # Here, so that no template forgets it.
            field = _FIELD.format(FORM_FIELD, form_token(principal.session))
            text = _FORM.sub(rf"\g<0>{field}", text)
        return HTMLResponse(text, status_code=status, headers=HEADERS)

    async def known(self, request: Request) -> Principal:
        """Who is signed in, whatever they may see.

        Raises:
            NotSignedIn: nobody.
        """
        return await known(self.tools, request)

    def told(
        self, principal: Principal | None, status: int, told: str, back: str = START
    ) -> Response:
        """A page that says what was done, or why nothing was, and where to go on."""
        is_done = status == HTTPStatus.OK
        return self.render(
            "told.html", principal, status, told=told, back=back, is_done=is_done
        )

    async def failed(self, request: Request, error: GatewayError) -> Response:
        """An error as a page; who is not signed in is led to where that is done."""
        if self.instead is not None:
            led = await self.instead(self, request, error)
            if led is not None:
                return led
        try:
            principal = await known(self.tools, request)
        except (NotSignedIn, NotAllowed):
            principal = None
        status = status_of(error)
        if isinstance(error, DossierUnknown):
            return self.render("missing.html", principal, status)
        return self.told(principal, status, error.remedy, start_of(principal))


class PageRoute(APIRoute):
    """A route whose errors are pages, where the API answers problem documents."""

    pages: Pages

    @classmethod
    def of(cls, pages: Pages) -> type[PageRoute]:
        """The class of routes that show errors with these pages."""
        return type("PageRoute", (cls,), {"pages": pages})

    def get_route_handler(
        self,
    ) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route's own work, with errors caught."""
        work = super().get_route_handler()

        async def shown(request: Request) -> Response:
            language.speak(language.chosen(request))
            try:
                if self.pages.before is not None:
                    refused = await self.pages.before(self.pages, request)
                    if refused is not None:
                        return refused
                return await work(request)
            except GatewayError as error:
                return await self.pages.failed(request, error)

        return shown


async def form_of(request: Request) -> dict[str, str]:
    """Fields of a small urlencoded form."""
    form = await request.form(max_files=0, max_fields=20)
    return {key: str(value) for key, value in form.items()}


def start_of(principal: Principal | None) -> str:
    """Where somebody begins: an officer has one page."""
    officer = principal is not None and principal.role is Role.OFFICER
    return "/console/viec-tay" if officer else START


def to(path: str) -> Response:
    """Go on there."""
    return RedirectResponse(
        path, status_code=303, headers={"Cache-Control": "no-store"}
    )


async def nothing() -> Response:
    """Where nothing is asked for, people look for the pages."""
    return to(START)


async def static(name: str) -> Response:
    """A file that belongs to the pages."""
    if name not in _STATIC:
        raise DossierUnknown
    return Response(
        (STATIC / name).read_bytes(),
        media_type=_STATIC[name],
        headers={"Cache-Control": "max-age=300", "X-Content-Type-Options": "nosniff"},
    )
