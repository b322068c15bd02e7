"""How exchanges get into the journal: around each call in, after each call out."""

from __future__ import annotations

import time
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, Self
from urllib.parse import urlsplit

from aiohttp import web

from gateway.mockagency.calls import Call
from gateway.mockagency.journal import Exchange, Journal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

    from gateway.mockagency.office import Sent


class Taking:
    """Turns calls of one mock into exchanges of its journal."""

    def __init__(self, journal: Journal, now: Callable[[], datetime]) -> None:
        """``now``: the mock's wall time."""
        self.journal = journal
        self.now = now

    def call(self, request: web.Request, route: str) -> Taken:
        """A call that comes in; ``route``: the path of the document that it met."""
        return Taken(self, request, route)

    def sent(self, sent: Sent) -> None:
        """A call that went out."""
        if not self.journal.is_on:
            return
        parts, answer = urlsplit(sent.url), sent.answer
        self.journal.add(
            Exchange(
                self.now(),
                "out",
                sent.method,
                f"{parts.scheme}://{parts.netloc}{parts.path}",
                parts.query,
                sent.headers,
                sent.body,
                operation=sent.kind,
                kind=sent.kind,
                numbers=(sent.number,) if sent.number else (),
                status=answer.status if answer else 0,
                answer_headers=answer.headers if answer else {},
                answer_body=answer.body if answer else b"",
                fault=sent.fault,
            ),
            sent.begun,
        )


class Taken:
    """One call from its head to its answer."""

    def __init__(self, taking: Taking, request: web.Request, route: str) -> None:
        """Nothing has been read yet."""
        self._taking = taking
        self._request = request
        self._route = route
        self._begun = time.monotonic()
        self._call: Call | None = None
        self.response: web.StreamResponse | None = None

    async def read(self) -> Call:
        """The call with its whole body."""
        self._call = call = Call(self._request, await self._request.read())
        call.route = self._route
        return call

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Note how it ended; an error goes its way."""
        if self._call is None or not self._taking.journal.is_on:
            return
        if isinstance(error, web.HTTPException):
            self.response = error
        call, transport, response = self._call, self._request.transport, self.response
        is_cut = transport is None or transport.is_closing()
        status, headers, body = 0, None, None
        # Not the response itself: it would keep its request, and all that hangs on it.
        if response is not None and not is_cut:
            status, headers = response.status, response.headers
            body = response.body if isinstance(response, web.Response) else None
        elif response is None and isinstance(error, Exception):
            status = 500
        if body is None or not isinstance(body, bytes):
            body = call.answered[2] if call.answered is not None else b""
        heard = _Heard(self._taking.now(), status, headers, body)
        self._taking.journal.keep(
            partial(exchange_in, heard, call), len(call.body) + len(body), self._begun
        )


class _Heard(NamedTuple):
    """What came of a call; status 0: its caller got no answer, or not all of it."""

    at: datetime
    status: int
    headers: Mapping[str, str] | None
    body: bytes


def exchange_in(heard: _Heard, call: Call) -> Exchange:
    """What is kept of a call that came in.

    Where a fault spoilt the answer on its way, it is what the work had given.
    """
    kinds = [kind for kind, _ in call.booked]
    numbers = dict.fromkeys(number for _, number in call.booked if number)
    if call.number:
        numbers.setdefault(call.number)
    media = {"Content-Type": call.answered[1]} if call.answered is not None else {}
    return Exchange(
        heard.at,
        "in",
        call.method,
        call.path,
        call.raw_query,
        call.headers,
        call.body,
        operation=operation_of(call),
        kind=kinds[0] if kinds else call.kind,
        numbers=tuple(numbers),
        fault=call.fault,
        route=call.route,
        answer=call.answer,
        status=heard.status,
        answer_headers=media if heard.headers is None else heard.headers,
        answer_body=heard.body,
    )


def operation_of(call: Call) -> str:
    """The last part of the document's path, or what the mock calls the operation."""
    if call.route.endswith("}"):
        return call.kind
    return (call.route or call.path).rstrip("/").rpartition("/")[2]
