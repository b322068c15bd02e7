"""Pages where people sign in and out, and where they show their password again."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.responses import Response

from gateway.accounts import signing, single
from gateway.accounts.signing import Shown
from gateway.api.problems import status_of
from gateway.api.signin import (
    COOKIE,
    SESSION,
    SESSION_TLS,
    address_of,
    holder,
    in_session,
    opens_pages,
    same_origin,
    shown_session,
)
from gateway.console import kept
from gateway.console.render import form_of, start_of, to
from gateway.domain.account import Source, Step
from gateway.domain.errors import NotSignedIn, SignInRefused
from gateway.domain.journal import JournalLine

if TYPE_CHECKING:
    from gateway.accounts.signing import Opened
    from gateway.api.routes import Routes
    from gateway.console.render import Pages
    from gateway.domain.account import Person
    from gateway.domain.principal import Principal
    from gateway.sealing.tools import Tools

SIGN_IN = "/console/dang-nhap"
PROVE = "/console/xac-nhan"
SINGLE = "/console/dang-nhap/chung"
BACK = "/console/dang-nhap/chung/ve"
#: Holds what a sign-in elsewhere has to remember; read when others send a browser here.
LEAVING = "lienthong-di"
LEAVING_S = 600
SIGNED_IN_S = 8 * 3600
#: What is to be done first, by where.
STEPS = {Step.CHANGE: "/console/mat-khau", Step.ENROL: "/console/hai-lop"}


@dataclass(frozen=True, slots=True)
class Said:
    """What the page of signing in says, and what was typed."""

    wrong: str = ""
    name: str = ""
    form: str = ""
    #: what is kept of somebody whose session had ended


def register(pages: Pages, routes: Routes) -> None:
    """Add the pages."""
    tools = pages.tools

    @routes.get(SIGN_IN)
    async def sign_in_page(tiep: str = "") -> Response:
        return shown(pages, Said(form=tiep))

    @routes.post(SIGN_IN)
    async def sign_in(request: Request) -> Response:
        same_origin(request)
        form = await form_of(request)
        if form.get("token", "").strip():
            return await _by_code(pages, request, form["token"].strip())
        name, further = form.get("name", "").strip().lower(), form.get("tiep", "")
        given = Shown(
            *(name, form.get("password", ""), form.get("code", "").strip()),
            address_of(tools, request),
        )
        try:
            opened = await signing.sign_in(tools, given)
        except SignInRefused as error:
            said = Said(error.remedy, name, further)
            return shown(pages, said, status_of(error))
        return entered(request, opened, further)

    @routes.post("/console/dang-xuat")
    async def sign_out(request: Request) -> Response:
        same_origin(request)
        token = shown_session(request)
        account = await signing.sign_out(tools, token) if token else None
        elsewhere = tools.accounts.single
        if account and account.source is Source.SINGLE and elsewhere:
            there = await elsewhere.farewell(_origin(request) + SIGN_IN)
            response = pages.render("signed_out.html", None, there=there)
        else:
            response = to(SIGN_IN)
        for name in (COOKIE, SESSION, SESSION_TLS):
            response.delete_cookie(
                name, httponly=True, samesite="strict", secure=name == SESSION_TLS
            )
        return response

    _single(pages, routes)
    _prove(pages, routes)


def shown(pages: Pages, said: Said, status: int = 200) -> Response:
    """The page of signing in, by whatever ways there are."""
    accounts = pages.tools.accounts
    return pages.render(
        "sign_in.html",
        None,
        status,
        said=said,
        codes=accounts.policy.codes_at_pages,
        single=accounts.single.label if accounts.single else "",
        wrong=False,
    )


async def _by_code(pages: Pages, request: Request, token: str) -> Response:
    tools = pages.tools
    principal = await holder(tools, token)
    if principal is None or not opens_pages(tools, principal):
        said = (
            "Mã truy cập không đúng hoặc đã hết hiệu lực. Dán lại, hoặc hỏi quản trị."
        )
        return shown(pages, Said(said), 401)
    await _note_sign_in(tools, principal)
    response = to(start_of(principal))
    response.set_cookie(
        COOKIE,
        token,
        max_age=SIGNED_IN_S,
        httponly=True,
        samesite="strict",
        secure=is_tls(request),
    )
    response.delete_cookie(SESSION)
    response.delete_cookie(SESSION_TLS, secure=True)
    return response


async def _note_sign_in(tools: Tools, principal: Principal) -> None:
    now = tools.clock.now()
    line = JournalLine(kind="sign_in", at=now, actor=principal.id, facts={})
    await tools.store.note(f"signins:{now:%Y-%m-%d}", [line])


def is_tls(request: Request) -> bool:
    """Whether the browser speaks TLS, to us or to a proxy before us: it says so."""
    return _origin(request).startswith("https:")


def _origin(request: Request) -> str:
    given = urlsplit(request.headers.get("origin", ""))
    return f"{given.scheme or request.url.scheme}://{request.headers.get('host', '')}"


def entered(request: Request, opened: Opened, form: str = "") -> Response:
    """Go on in a session that has begun, with its cookie."""
    session = opened.person.session
    step = STEPS.get(session.step if session else Step.NONE, "")
    where = step or (kept.path(form) if form else start_of(opened.person))
    return with_session(to(where), opened, tls=is_tls(request))


def with_session(response: Response, opened: Opened, *, tls: bool) -> Response:
    """The answer with the cookie of a session; it goes when the browser is closed."""
    response.set_cookie(
        SESSION_TLS if tls else SESSION,
        opened.token,
        httponly=True,
        samesite="strict",
        secure=tls,
        path="/",
    )
    response.delete_cookie(COOKIE, httponly=True, samesite="strict")
    return response


async def person_at(tools: Tools, request: Request) -> Person:
    """Who acts in the session of a request, whatever is still to be done in it.

    Raises:
        NotSignedIn: no session, or one that is over.
    """
    token = shown_session(request)
    if not token:
        raise NotSignedIn
    return await in_session(tools, request, token)


def _prove(pages: Pages, routes: Routes) -> None:
    tools = pages.tools

    def page(who: Person, form: str, wrong: str = "", status: int = 200) -> Response:
        return pages.render("prove.html", who, status, form=form, wrong=wrong)

    @routes.get(PROVE)
    async def prove_page(request: Request, tiep: str = "") -> Response:
        who = await person_at(tools, request)
        account = await tools.accounts.rows.account(who.id)
        if account and account.source is Source.SINGLE:
            return to(f"{SINGLE}?lai=1&tiep={kept.plain(tiep)}")
        return page(who, tiep)

    @routes.post(PROVE)
    async def prove(request: Request) -> Response:
        who = await person_at(tools, request)
        form = await form_of(request)
        further = form.get("tiep", "")
        try:
            opened = await signing.shown_again(
                tools,
                who,
                form.get("password", ""),
                form.get("code", "").strip(),
                address_of(tools, request),
            )
        except SignInRefused as error:
            return page(who, further, error.remedy, status_of(error))
        return entered(request, opened, further)


def _single(pages: Pages, routes: Routes) -> None:
    tools = pages.tools

    @routes.get(SINGLE)
    async def leave(tiep: str = "", lai: str = "") -> Response:
        leaving = await single.leave(tools, BACK, again=bool(lai))
        remembered = {**leaving.remembered, "tiep": kept.plain(tiep)}
        response = to(leaving.url)
        response.set_cookie(
            LEAVING,
            tools.vault.seal_secret(LEAVING, json.dumps(remembered)).hex(),
            max_age=LEAVING_S,
            httponly=True,
            # The province's page sends the browser back here: Strict would not come.
            samesite="lax",
            secure=single.is_tls(tools),
            path=BACK,
        )
        return response

    @routes.get(BACK)
    async def returned(request: Request) -> Response:
        remembered = _remembered(tools, request.cookies.get(LEAVING, ""))
        instead = shown_session(request)
        opened = await single.returned(
            tools, BACK, dict(request.query_params), remembered, instead
        )
        where = remembered.get("tiep", "")
        target = kept.path(where) if where else start_of(opened.person)
        # Not a redirect: a browser that others sent here would come without the cookie.
        response = pages.render("signed_in.html", None, target=target)
        response.delete_cookie(LEAVING, path=BACK, httponly=True, samesite="lax")
        return with_session(response, opened, tls=single.is_tls(tools))


def _remembered(tools: Tools, sealed: str) -> dict[str, str]:
    try:
        text = tools.vault.open_secret(LEAVING, bytes.fromhex(sealed))
    except ValueError:
        raise SignInRefused(
            code="sign_in_elsewhere",
            remedy="Lần đăng nhập này không bắt đầu ở trình duyệt này hoặc đã quá 10 phút:"
            " đăng nhập lại từ đầu.",
        ) from None
    found: dict[str, str] = json.loads(text)
    return found
