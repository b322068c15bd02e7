"""What stands still, one dossier, and what waits for a person; Vietnamese."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, PackageLoader, select_autoescape

from gateway.api.signin import COOKIE, operator, signed_in, token_hash
from gateway.console import views
from gateway.delivery.parked import Action, act
from gateway.domain.errors import GatewayError, NotAllowed, NotSignedIn
from gateway.domain.identifiers import DossierId
from gateway.domain.principal import may_act

if TYPE_CHECKING:
    from gateway.domain.principal import Principal
    from gateway.sealing.tools import Tools

STATIC = Path(__file__).parent / "static"
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self';"
    " form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


class Pages:
    """Renders templates with what every page needs."""

    def __init__(self, tools: Tools) -> None:
        """Load the templates; they escape everything."""
        self.tools = tools
        self._environment = Environment(
            loader=PackageLoader("gateway.console"),
            autoescape=select_autoescape(default=True, default_for_string=True),
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters["moment"] = views.moment

    def render(
        self, name: str, principal: Principal | None, status: int = 200, **values: Any
    ) -> Response:
        """One page."""
        template = self._environment.get_template(name)
        text = template.render(
            principal=principal,
            may_act=principal is not None and may_act(principal),
            now=self.tools.clock.now(),
            **values,
        )
        return HTMLResponse(text, status_code=status, headers=HEADERS)


def same_origin(request: Request) -> None:
    """Refuse a form that another site sent.

    Raises:
        NotAllowed: the Origin is missing or another.
    """
    origin = urlsplit(request.headers.get("origin", ""))
    if not origin.netloc or origin.netloc != request.headers.get("host", ""):
        raise NotAllowed


async def form_of(request: Request) -> dict[str, str]:
    """Fields of a small urlencoded form."""
    form = await request.form(max_files=0, max_fields=20)
    return {key: str(value) for key, value in form.items()}


def router(tools: Tools) -> APIRouter:
    """The pages."""
    pages = Pages(tools)
    routes = APIRouter(include_in_schema=False)
    _sign_in(pages, routes)
    _look(pages, routes)
    _move(pages, routes)
    return routes


def _to(path: str) -> Response:
    return RedirectResponse(
        path, status_code=303, headers={"Cache-Control": "no-store"}
    )


def _sign_in(pages: Pages, routes: APIRouter) -> None:
    @routes.get("/static/style.css")
    async def style() -> Response:
        return Response(
            (STATIC / "style.css").read_bytes(),
            media_type="text/css",
            headers={"Cache-Control": "max-age=300"},
        )

    @routes.get("/dang-nhap")
    async def sign_in_page() -> Response:
        return pages.render("sign_in.html", None, wrong=False)

    @routes.post("/dang-nhap")
    async def sign_in(request: Request) -> Response:
        same_origin(request)
        token = (await form_of(request)).get("token", "").strip()
        principal = await pages.tools.store.principal(token_hash(token))
        if principal is None:
            return pages.render("sign_in.html", None, 401, wrong=True)
        response = _to("/")
        response.set_cookie(
            COOKIE,
            token,
            max_age=8 * 3600,
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )
        return response

    @routes.post("/dang-xuat")
    async def sign_out(request: Request) -> Response:
        same_origin(request)
        response = _to("/dang-nhap")
        response.delete_cookie(COOKIE)
        return response


async def _who(tools: Tools, request: Request) -> Principal | None:
    try:
        return await signed_in(tools, request)
    except NotSignedIn:
        return None


def _look(pages: Pages, routes: APIRouter) -> None:
    tools = pages.tools

    @routes.get("/")
    async def still(request: Request, after: str | None = None) -> Response:
        principal = await _who(tools, request)
        if principal is None:
            return _to("/dang-nhap")
        rows = await views.still(tools, principal.scope, after=after)
        counts = await tools.overview.counts(principal.scope)
        return pages.render(
            "still.html", principal, rows=rows, counts=counts, here="still"
        )

    @routes.get("/cho-xu-ly")
    async def waiting(request: Request, after: str | None = None) -> Response:
        principal = await _who(tools, request)
        if principal is None:
            return _to("/dang-nhap")
        rows = await views.waiting(tools, principal.scope, after=after)
        unmatched = await views.unmatched(tools) if may_act(principal) else []
        return pages.render(
            "waiting.html", principal, rows=rows, unmatched=unmatched, here="waiting"
        )

    @routes.get("/ho-so/{identifier}")
    async def dossier(identifier: str, request: Request) -> Response:
        principal = await _who(tools, request)
        if principal is None:
            return _to("/dang-nhap")
        row = await tools.store.dossier(DossierId(identifier), principal.scope)
        if row is None:
            return pages.render("missing.html", principal, 404, here="")
        await views.note_read(tools, principal, row)
        shown = await views.dossier(tools, row)
        return pages.render("dossier.html", principal, shown=shown, here="")

    @routes.post("/tim")
    async def find(request: Request) -> Response:
        # What is looked for may be a name: it travels in the body, never in a URL.
        same_origin(request)
        principal = await signed_in(tools, request)
        wanted = (await form_of(request)).get("q", "")
        rows = await views.find(tools, principal.scope, wanted)
        if len(rows) == 1:
            return _to(f"/ho-so/{rows[0]['id']}")
        return pages.render("found.html", principal, rows=rows, wanted=wanted, here="")


def _move(pages: Pages, routes: APIRouter) -> None:
    tools = pages.tools

    @routes.post("/luot-gui/{identifier}/{action}")
    async def move(identifier: str, action: str, request: Request) -> Response:
        same_origin(request)
        principal = await operator(tools, request)
        reason = (await form_of(request)).get("reason", "").strip()
        if action not in {a.value for a in Action} or not reason:
            return pages.render(
                "told.html", principal, 422, here="", told="Cần ghi lý do của thao tác."
            )
        try:
            await act(tools, principal, identifier, Action(action), reason=reason)
        except GatewayError as error:
            return pages.render("told.html", principal, 409, here="", told=error.remedy)
        return _to("/cho-xu-ly")
