"""What every page asks of who calls it: a form of the session; a password shown lately."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.accounts import signing
from gateway.api.signin import (
    FORM_FIELD,
    READING,
    check_form,
    same_origin,
    shown_session,
)
from gateway.console import kept
from gateway.console.render import MOST_FIELDS, to
from gateway.console.sign_in import PROVE, SIGN_IN, STEPS, person_at
from gateway.domain.account import Step
from gateway.domain.errors import (
    NotAllowed,
    NotSignedIn,
    ProofNeeded,
    SignInUnfinished,
)

if TYPE_CHECKING:
    from fastapi import Request
    from fastapi.responses import Response

    from gateway.console.render import Pages
    from gateway.domain.errors import GatewayError


def guard(pages: Pages) -> None:
    """Have each page ask."""
    pages.before, pages.instead = before, instead


async def before(pages: Pages, request: Request) -> Response | None:
    """Refuse a form that another session, or no page of ours, was shown with.

    What was typed is shown again, with the present session's token.
    """
    token = shown_session(request)
    # Signing in, where somebody is already: its page is shown to nobody in particular.
    if not token or request.method in READING or request.url.path == SIGN_IN:
        return None
    same_origin(request)
    try:
        person = await signing.person(pages.tools, token)
    except NotSignedIn:
        return None  # the call says so, and what was typed is kept
    if request.headers.get("content-type", "").startswith("multipart/"):
        # Its fields are read as they arrive; a browser cannot be made to say this Origin.
        request.state.form_checked = True
        return None
    form = await request.form(max_files=0, max_fields=MOST_FIELDS)
    try:
        check_form(person, str(form.get(FORM_FIELD, "")))
    except NotAllowed as error:
        typed = await kept.typed_in(request)
        if typed is None:
            raise
        return kept.shown(pages, person, typed, error.remedy, 403)
    request.state.form_checked = True
    return None


async def instead(
    pages: Pages, request: Request, error: GatewayError
) -> Response | None:
    """Where an error about who is signed in leads; None: it is about something else."""
    tools = pages.tools
    if isinstance(error, NotSignedIn):
        return await kept.left_at(tools, request, SIGN_IN)
    if isinstance(error, ProofNeeded):
        return await kept.left_at(tools, request, PROVE)
    if isinstance(error, SignInUnfinished):
        person = await person_at(tools, request)
        step = person.session.step if person.session else Step.NONE
        return to(STEPS.get(step, SIGN_IN))
    return None
