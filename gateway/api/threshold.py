"""What every call passes before an application sees it, and every answer on its way out.

Whose word counts: the address and the certificate of a caller stand in headers only
where a proxy of ours wrote them; from anybody else they are taken out.
"""

from __future__ import annotations

from secrets import token_hex
from typing import TYPE_CHECKING, Any

from gateway.api.bodies import MAX_JSON_BYTES
from gateway.api.peers import (
    CALLER_KEY,
    CERTIFICATE_HEADER,
    SPKI_HEADER,
    key_of,
)
from gateway.api.problems import problem
from gateway.api.rates import RATES, SPENT, WRONG, CalledTooOften, is_enquiry
from gateway.api.refused import KINDS, WRONG_SECRET
from gateway.domain.errors import SenderError, TooLarge

if TYPE_CHECKING:
    from collections.abc import Collection

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    Headers = tuple[tuple[bytes, bytes], ...]

    from gateway.api.rates import Rates

#: What a proxy of ours says of who calls.
PEER_HEADERS = frozenset({SPKI_HEADER, CERTIFICATE_HEADER})
#: Form fields of who is not signed in: a name, a password, a code.
MAX_STRANGE_FORM_BYTES = 64 * 1024
_FORM = b"application/x-www-form-urlencoded"
#: Asked by monitoring, by whatever address it knows.
_ANY_HOST = frozenset({"/healthz", "/readyz"})
#: By which a refused call is found in the journal.
_CALL = "X-Correlation-Id"
_PLAIN: Headers = (
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
)
_POLICY = b"content-security-policy"
#: Of a file that somebody takes away: even opened in a window it is no page of ours.
_FILE: Headers = (*_PLAIN, (_POLICY, b"sandbox; default-src 'none'"))


class Threshold:
    """Stands before one listener's application."""

    def __init__(
        self,
        app: ASGIApp,
        rates: Rates,
        *,
        proxies: Collection[str] = (),
        hosts: Collection[str] = (),
        relayed: bool = False,
    ) -> None:
        """``proxies``: whose word counts; ``hosts``: names that it goes by, if told.

        ``relayed``: the relay has said already who calls, and its word counts.
        """
        self.app = app
        self._relayed = relayed
        self._rates = rates
        self._proxies = frozenset(proxies)
        self._hosts = frozenset(one.lower() for one in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let it in, its headers as far as they count."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        near = (scope.get("client") or ("",))[0]
        if not PEER_HEADERS.isdisjoint(headers):
            if near in self._proxies and not self._relayed:
                scope[CALLER_KEY] = key_of(headers)
            kept = [one for one in scope["headers"] if one[0] not in PEER_HEADERS]
            scope["headers"] = kept
        scope[RATES] = self._rates
        leaving = _Leaving(self._rates, scope, headers, self._address(near, headers))
        if not self._is_meant(scope, headers):
            await problem(_host_unknown())(scope, receive, send)
            return
        if headers.get(b"content-type", b"").lower().startswith(_FORM):
            receive = _bounded(receive, headers)
        await self.app(scope, receive, leaving.through(send))

    def _address(self, near: str, headers: dict[bytes, bytes]) -> str:
        if near not in self._proxies:
            return near
        told = headers.get(b"x-forwarded-for", b"").decode("latin-1")
        return told.split(",")[-1].strip() or near

    def _is_meant(self, scope: Scope, headers: dict[bytes, bytes]) -> bool:
        if not self._hosts or scope["path"] in _ANY_HOST:
            return True
        host = headers.get(b"host", b"").decode("latin-1").lower()
        bare = host if host.endswith("]") else host.rpartition(":")[0] or host
        return host in self._hosts or bare in self._hosts


def _host_unknown() -> SenderError:
    return SenderError(
        code="host_unknown",
        remedy="Gọi bằng tên miền đã khai báo ở [front] hosts của cổng.",
    )


def _bounded(receive: Receive, headers: dict[bytes, bytes]) -> Receive:
    """A form's body within its limit: all its fields together, not each."""
    signed_in = b"cookie" in headers or b"authorization" in headers
    left = MAX_JSON_BYTES if signed_in else MAX_STRANGE_FORM_BYTES

    async def counted() -> Message:
        nonlocal left
        message = await receive()
        left -= len(message.get("body", b""))
        if left < 0:
            raise TooLarge(remedy="Biểu mẫu quá dài: rút ngắn nội dung rồi gửi lại.")
        return message

    return counted


class _Leaving:
    """The answer of one call."""

    def __init__(
        self, rates: Rates, scope: Scope, headers: dict[bytes, bytes], address: str
    ) -> None:
        self._rates = rates
        self._scope = scope
        self._shows_token = b"authorization" in headers
        self._address = address
        self._replaced = False
        self._told: dict[str, str] = {}

    def through(self, send: Send) -> Send:
        """Send what may leave."""

        async def passed(message: Message) -> None:
            if self._replaced:
                return
            if message["type"] == "http.response.start":
                instead = self._look(message)
                if instead is not None:
                    self._replaced = True
                    answer = problem(instead)
                    answer.headers.update(self._told)
                    await answer(self._scope, _nothing, send)
                    return
                _harden(message)
            await send(message)

        return passed

    def _look(self, message: Message) -> CalledTooOften | None:
        scope, status = self._scope, message["status"]
        self._note(message)
        if scope.get(WRONG) or (status == 401 and self._shows_token):
            wait = self._rates.wrong(self._address)
            return CalledTooOften(wait) if wait else None
        principal = scope.get(SPENT)
        asked = status == 404 and is_enquiry(scope["method"], scope["path"])
        if principal and asked:
            self._rates.missed(principal)
        return None

    def _note(self, message: Message) -> None:
        """Count a refusal; its answer says by what it is found in the journal."""
        scope = self._scope
        kind = WRONG_SECRET if scope.get(WRONG) else KINDS.get(message["status"])
        if kind is None:
            return
        call = token_hex(8)
        self._told = {_CALL: call}
        told = (_CALL.lower().encode(), call.encode())
        message["headers"] = [*message.get("headers", ()), told]
        self._rates.refusals.note(self._address, kind, scope.get(SPENT) or "", call)


def _harden(message: Message) -> None:
    """No browser guesses what JSON or a file is, keeps it, or runs what is in it."""
    headers = list(message.get("headers", ()))
    present = {name.lower(): value for name, value in headers}
    if b"json" in present.get(b"content-type", b""):
        wanted: tuple[tuple[bytes, bytes], ...] = _PLAIN
    elif present.get(b"content-disposition", b"").startswith(b"attachment"):
        wanted = _FILE
    else:
        return
    kept = [one for one in headers if wanted is _PLAIN or one[0].lower() != _POLICY]
    message["headers"] = kept + [one for one in wanted if one[0] not in dict(kept)]


async def _nothing() -> Any:
    return {"type": "http.disconnect"}
