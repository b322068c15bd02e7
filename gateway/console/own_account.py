"""Pages of one's own account: password, second factor, where one is signed in."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import segno
from fastapi import Request
from fastapi.responses import Response

from gateway.accounts import own, signing
from gateway.accounts.choosing import LEAST
from gateway.api.problems import status_of
from gateway.api.signin import address_of, fresh, in_session, shown_session
from gateway.console.render import form_of, start_of, to
from gateway.console.sign_in import STEPS, is_tls, person_at, with_session
from gateway.domain.account import Source, Step
from gateway.domain.errors import SenderError

if TYPE_CHECKING:
    from gateway.accounts.own import SetUp
    from gateway.api.routes import Routes
    from gateway.console.render import Pages
    from gateway.domain.account import Person

OWN = "/console/tai-khoan-cua-toi"


def register(pages: Pages, routes: Routes) -> None:
    """Add the pages."""
    _password(pages, routes)
    _second(pages, routes)
    _sessions(pages, routes)


def _password(pages: Pages, routes: Routes) -> None:
    tools = pages.tools

    def page(who: Person, wrong: str = "", status: int = 200) -> Response:
        first = bool(who.session and who.session.step is Step.CHANGE)
        return pages.render(
            "password.html", who, status, wrong=wrong, first=first, least=LEAST
        )

    @routes.get(STEPS[Step.CHANGE])
    async def password_page(request: Request) -> Response:
        return page(await person_at(tools, request))

    @routes.post(STEPS[Step.CHANGE])
    async def password(request: Request) -> Response:
        who = await person_at(tools, request)
        form = await form_of(request)
        new = form.get("new", "")
        if new != form.get("again", ""):
            return page(who, "Hai lần gõ mật khẩu mới không giống nhau.", 422)
        origin = address_of(tools, request)
        try:
            opened = await own.change_password(
                tools, who, form.get("old", ""), new, origin
            )
        except SenderError as error:
            return page(who, error.remedy, status_of(error))
        session = opened.person.session
        step = STEPS.get(session.step if session else Step.NONE)
        where = step or (start_of(who) if _was(who, Step.CHANGE) else f"{OWN}?xong=1")
        return with_session(to(where), opened, tls=is_tls(request))


def _was(who: Person, step: Step) -> bool:
    return who.session is not None and who.session.step is step


def _second(pages: Pages, routes: Routes) -> None:
    tools = pages.tools

    def page(who: Person, made: SetUp, wrong: str = "", status: int = 200) -> Response:
        return pages.render(
            "second.html", who, status, made=made, wrong=wrong, drawn=_drawn(made)
        )

    @routes.get(STEPS[Step.ENROL])
    async def second_page(request: Request) -> Response:
        who = await _may_set(request)
        return page(who, own.set_up(tools, who))

    @routes.post(STEPS[Step.ENROL])
    async def second(request: Request) -> Response:
        who = await _may_set(request)
        form = await form_of(request)
        sealed = form.get("sealed", "")
        made = own.shown_before(tools, who, sealed)
        try:
            opened, codes = await own.confirm(
                tools, who, sealed, form.get("code", "").strip()
            )
        except SenderError as error:
            return page(who, made, error.remedy, status_of(error))
        response = pages.render("recovery.html", opened.person, codes=codes)
        return with_session(response, opened, tls=is_tls(request))

    async def _may_set(request: Request) -> Person:
        who = await person_at(tools, request)
        # Whoever finds a screen unlocked must not put their telephone in the place of it.
        fresh(tools, who)
        return who


def _drawn(made: SetUp) -> str:
    """The QR code as an SVG text that stands in the page."""
    out = BytesIO()
    segno.make(made.address, error="m").save(
        out, kind="svg", scale=5, border=4, xmldecl=False, svgns=True, omitsize=False
    )
    return out.getvalue().decode()


def _sessions(pages: Pages, routes: Routes) -> None:
    tools = pages.tools

    @routes.get(OWN)
    async def own_page(request: Request, xong: str = "") -> Response:
        who = await in_session(tools, request, shown_session(request))
        account = await tools.accounts.rows.account(who.id)
        now, policy = tools.clock.now(), tools.accounts.policy
        sessions = [
            one
            for one in await tools.accounts.rows.console_sessions(who.id)
            if not policy.over(one, now)
        ]
        return pages.render(
            "own_account.html",
            who,
            account=account,
            local=account is not None and account.source is Source.LOCAL,
            sessions=sessions,
            mine=who.session.id if who.session else "",
            done=xong,
        )

    @routes.post(f"{OWN}/thoat-noi-khac")
    async def elsewhere(request: Request) -> Response:
        who = await person_at(tools, request)
        mine = who.session.id if who.session else ""
        await signing.end_sessions(tools, who.id, who.id, but=mine)
        return to(f"{OWN}?xong=2")
