"""Who calls: a bearer token, or the cookie that the pages set."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from gateway.accounts import signing
from gateway.api.oauth import MARK, READ, WRITE, client_of
from gateway.api.peers import is_its_own
from gateway.api.rates import spend
from gateway.domain.account import Person, Step
from gateway.domain.errors import (
    NotAllowed,
    NotSignedIn,
    ProofNeeded,
    SignInUnfinished,
)
from gateway.domain.identifiers import PrincipalId
from gateway.domain.legal_day import legal_day
from gateway.domain.principal import Principal, Right, Role, Scope, may
from gateway.sealing.viewing import look_as

if TYPE_CHECKING:
    from fastapi import Request

    from gateway.sealing.tools import Tools

COOKIE = "lienthong"
#: The cookie of a session; over TLS no other host, path or plain call may set it.
SESSION = "lienthong-phien"
SESSION_TLS = f"__Host-{SESSION}"
#: Field of each form, and header of each call, that changes something in a session.
FORM_FIELD, FORM_HEADER = "csrf", "X-CSRF-Token"
#: Methods that change nothing.
READING = frozenset({"GET", "HEAD"})


def token_hash(token: str) -> bytes:
    """What the store knows of a token; tokens are long and random, so SHA-256 suffices."""
    return hashlib.sha256(token.encode()).digest()


def shown_token(request: Request) -> str:
    """The token a request shows; empty when none.

    Raises:
        NotAllowed: a cookie came with a call that changes something, from elsewhere.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return token.strip()
    token = request.cookies.get(COOKIE, "")
    if token and request.method not in READING:
        # A browser sends the cookie by itself, whoever made it call.
        same_origin(request)
    return token


def same_origin(request: Request) -> None:
    """Refuse a call that another site made a browser send.

    Raises:
        NotAllowed: the Origin is missing or another.
    """
    origin = urlsplit(request.headers.get("origin", ""))
    if not origin.netloc or origin.netloc != request.headers.get("host", ""):
        raise NotAllowed(
            code="foreign_origin",
            remedy="Thao tác này đến từ một trang khác nên không được thực hiện."
            " Mở lại trang của cổng rồi làm lại.",
        )


def shown_session(request: Request) -> str:
    """What a browser shows for a session; empty when none, or a bearer token."""
    if request.headers.get("authorization"):
        return ""
    cookies = request.cookies
    return cookies.get(SESSION_TLS) or cookies.get(SESSION) or ""


async def known(tools: Tools, request: Request) -> Principal:
    """The principal of a request, whatever it may see.

    Raises:
        NotSignedIn: no token or session, or one that nobody holds.
        NotAllowed: a call that changes something, and no form of the session sent it.
        SignInUnfinished: a password is to be changed first, or a factor set up.
    """
    token = shown_session(request)
    if token:
        person = await in_session(tools, request, token)
        if person.session is not None and person.session.step is not Step.NONE:
            raise SignInUnfinished
        spend(request, person)
        await _looks(tools, request, person)
        return person
    bearer = bool(request.headers.get("authorization"))
    token = shown_token(request)
    principal = await _bearer(tools, request, token) if token else None
    if principal is None or not (bearer or opens_pages(tools, principal)):
        raise NotSignedIn
    if not _shows_its_own(tools, principal, request):
        raise NotSignedIn
    spend(request, principal)
    await _looks(tools, request, principal)
    return principal


def _shows_its_own(tools: Tools, principal: Principal, request: Request) -> bool:
    """Whether a one-stop calls with its certificate, if its entry names one."""
    if principal.system is None:
        return True
    entry = tools.versions.current.offices.get(principal.system)
    return is_its_own(entry, request.scope)


async def _looks(tools: Tools, request: Request, principal: Principal) -> None:
    """What is read is shown as the principal may see it; who acts, acts on what is."""
    await look_as(tools, principal, acting=request.method not in READING)


def opens_pages(tools: Tools, principal: Principal) -> bool:
    """Whether an access code opens the pages: an officer's, others' in mock mode."""
    return tools.accounts.policy.codes_at_pages or principal.role is Role.OFFICER


async def in_session(tools: Tools, request: Request, token: str) -> Person:
    """Who acts in a session, whatever is still to be done in it.

    Raises:
        NotSignedIn: it is nobody's, or over.
        NotAllowed: a call that changes something, and no form of the session sent it.
    """
    changing = request.method not in READING
    if changing:
        same_origin(request)
    # A page that shows itself again says so; what people open says "document".
    by_itself = request.headers.get("sec-fetch-dest") == "empty" and not changing
    person = await signing.person(tools, token, by_itself=by_itself)
    if changing and not getattr(request.state, "form_checked", False):
        check_form(person, request.headers.get(FORM_HEADER, ""))
    return person


def check_form(person: Person, given: str) -> None:
    """Refuse what no page of this session sent.

    Raises:
        NotAllowed: it did not.
    """
    wanted = signing.form_token(person.session) if person.session else ""
    if not wanted or not hmac.compare_digest(wanted.encode(), given.encode()):
        raise NotAllowed(
            code="foreign_form",
            remedy="Trang này mở từ một lần đăng nhập khác nên việc chưa được ghi: xem"
            " lại nội dung rồi gửi lại.",
        )


def fresh(tools: Tools, principal: Principal) -> None:
    """Refuse an act for which a password has to be shown, if that was long ago.

    Callers that show a token prove themselves with each call.

    Raises:
        ProofNeeded: the pages ask for it, keep what was typed, and show it again.
    """
    if not isinstance(principal, Person) or principal.session is None:
        return
    if tools.clock.now() > principal.session.proved_at + tools.accounts.policy.fresh:
        raise ProofNeeded


def address_of(tools: Tools, request: Request) -> str:
    """Whence a call comes; a proxy of ours says so of those behind it."""
    near = request.client.host if request.client else ""
    if near in tools.accounts.policy.behind:
        told = request.headers.get("x-forwarded-for", "").split(",")[-1].strip()
        return told or near
    return near


async def _bearer(tools: Tools, request: Request, token: str) -> Principal | None:
    """Who holds a token, whether it was handed out or given for a proof.

    Raises:
        NotAllowed: it was given for something else.
    """
    if not token.startswith(MARK):
        return await holder(tools, token)
    client = client_of(tools, token, request.scope)
    if client is None or client.office.agency != "one_stop":
        return None
    reads = request.method in READING or request.url.path == "/v1/find"
    if (READ if reads else WRITE) not in client.scopes:
        raise NotAllowed(
            code="scope_missing",
            remedy="Xin token với phạm vi (scope) đủ cho thao tác này.",
        )
    system = client.office.id
    return Principal(
        *(PrincipalId(system), client.office.name, Role.ONE_STOP),
        Scope(sender=system),
        system,
    )


async def holder(tools: Tools, token: str) -> Principal | None:
    """Who holds a token; None also when its last day has passed."""
    found = await tools.store.principal(token_hash(token))
    today = legal_day(tools.clock.now())
    return found if found is not None and found.holds_on(today) else None


async def signed_in(tools: Tools, request: Request) -> Principal:
    """A principal of the gateway itself.

    Raises:
        NotSignedIn: no token, or one that nobody holds.
        NotAllowed: an officer of an office, who has a work list and nothing else.
    """
    principal = await known(tools, request)
    if principal.role is Role.OFFICER:
        raise NotAllowed
    return principal


async def at_work_list(tools: Tools, request: Request) -> Principal:
    """Who may look at a work list: an officer, or staff of the gateway.

    Raises:
        NotAllowed: a one-stop system.
    """
    principal = await known(tools, request)
    if principal.role is Role.ONE_STOP:
        raise NotAllowed
    if principal.role is Role.OFFICER:
        await _note_use(tools, principal)
    return principal


def last_used(principal: Principal) -> str:
    """The mark that keeps the day on which somebody was last at a list."""
    return f"used:{principal.id}"


async def _note_use(tools: Tools, principal: Principal) -> None:
    mark, today = last_used(principal), legal_day(tools.clock.now()).isoformat()
    if await tools.store.mark(mark) != today:
        await tools.store.set_mark(mark, today)


async def allowed(tools: Tools, request: Request, right: Right) -> Principal:
    """A principal that has a right.

    Raises:
        NotAllowed: it has not.
    """
    principal = await signed_in(tools, request)
    if not may(principal, right):
        raise NotAllowed
    return principal


async def operator(tools: Tools, request: Request) -> Principal:
    """A principal that may move stuck transfers.

    Raises:
        NotAllowed: it may only look.
    """
    return await allowed(tools, request, Right.MOVE)


async def operator_of_all(tools: Tools, request: Request) -> Principal:
    """The same, of somebody who is not limited to some agencies.

    Raises:
        NotAllowed: it may only look, or sees the dossiers of some agencies alone.
    """
    principal = await operator(tools, request)
    if principal.scope.offices:
        raise NotAllowed
    return principal


def must_be_of(principal: Principal, office: str) -> None:
    """Refuse another agency's people at what belongs to one office.

    Raises:
        NotAllowed: the principal sees the dossiers of others alone.
    """
    if principal.scope.offices and office not in principal.scope.offices:
        raise NotAllowed


async def head(tools: Tools, request: Request) -> Principal:
    """Who decides what counts in reports.

    Raises:
        NotAllowed: anybody else.
    """
    return await allowed(tools, request, Right.DECIDE)


async def administrator(tools: Tools, request: Request) -> Principal:
    """A principal that may configure.

    Raises:
        NotAllowed: it may not.
    """
    return await allowed(tools, request, Right.CONFIGURE)
