"""How exchanges get into the journal: around each call in, after each call out."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from aiohttp import web

from gateway.mockagency.calls import Call
from gateway.mockagency.journal import Exchange, Journal

if TYPE_CHECKING:
    from collections.abc import Callable
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
        call, response = self._call, self.response
        transport = self._request.transport
        how = _How(
            self._taking.now(),
            is_cut=transport is None or transport.is_closing(),
            has_failed=isinstance(error, Exception) and response is None,
        )
        self._taking.journal.keep(
            partial(exchange_in, how, call, response),
            len(call.body) + len(_answer(call, response, how)),
            self._begun,
        )


@dataclass(frozen=True, slots=True)
class _How:
    """When a call ended, and how; ``is_cut``: its caller got no whole answer."""

    at: datetime
    is_cut: bool
    has_failed: bool


def exchange_in(how: _How, call: Call, response: web.StreamResponse | None) -> Exchange:
    """What is kept of a call that came in.

    Where a fault spoilt the answer on its way, the answer is what the work had given,
    and the status 0: the caller did not get it, or not all of it.
    """
    kinds = [kind for kind, _ in call.booked]
    numbers = dict.fromkeys(number for _, number in call.booked if number)
    if call.number:
        numbers.setdefault(call.number)
    exchange = Exchange(
        how.at,
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
        status=500 if how.has_failed else 0,
        answer_body=_answer(call, response, how),
    )
    if response is not None and not how.is_cut:
        exchange.status = response.status
        exchange.answer_headers = response.headers
    elif call.answered is not None:
        exchange.answer_headers = {"Content-Type": call.answered[1]}
    return exchange


def _answer(call: Call, response: web.StreamResponse | None, how: _How) -> bytes:
    body = response.body if isinstance(response, web.Response) else None
    if isinstance(body, bytes | bytearray) and not how.is_cut:
        return bytes(body)
    return call.answered[2] if call.answered is not None else b""


def operation_of(call: Call) -> str:
    """The last part of the document's path, or what the mock calls the operation."""
    if call.route.endswith("}"):
        return call.kind
    return (call.route or call.path).rstrip("/").rpartition("/")[2]
