"""Offices' own interfaces, served toward one-stop systems that speak nothing else.

The address that a one-stop is given names itself, the office and a secret; below it
the office's operations stand as they stand at the office. Whatever is wrong with an
address is answered alike.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from fastapi import Request
from fastapi.responses import Response, StreamingResponse

from gateway.api.bodies import whole
from gateway.api.dropin_sessions import SessionSecrets, is_alive, token
from gateway.api.peers import is_its_own
from gateway.api.problems import unknown_path
from gateway.api.rates import note_wrong
from gateway.api.routes import Routes
from gateway.domain.errors import (
    ActionNotPossible,
    DeliveryError,
    DossierContradiction,
    NeedsConfiguration,
    StoreError,
    TooLarge,
)
from gateway.domain.file_errors import FileRefused
from gateway.intake.answered import answer_within
from gateway.intake.line import BY_ONE_STOP, is_in_line, note_heard
from gateway.intake.link import pass_on
from gateway.ports.agency import HostedReply
from gateway.ports.link import Said
from gateway.ports.pulse import is_pressed
from gateway.receipts.copies import copy_of
from gateway.routing.link import link_between

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gateway.domain.identifiers import MessageKind, OfficeId
    from gateway.intake.link import PassedOn
    from gateway.ports.link import LinkDialect
    from gateway.routing.link import Link
    from gateway.sealing.tools import Tools

#: What a land system asks of who comes too early (interface document, 3).
RETRY_AFTER_S = 120
#: Real seconds in which a file has to have begun.
FILE_TIMEOUT_S = 60.0
FILE = "application/octet-stream"
#: Larger messages are taken in a few at a time: each is whole in memory.
LARGE_BYTES = 4 * 1024 * 1024
LARGE_AT_ONCE = 4
#: Real seconds in which a large one has to have come, so that others have their turn.
LARGE_TIMEOUT_S = 120.0


class LinkSecrets(SessionSecrets, Protocol):
    """Keyed hashes of the secrets by which one-stop systems show who calls."""

    def lets_in(self, one_stop: OfficeId, shown: str) -> bool:
        """Whether the secret is one of the one-stop's present ones."""


def router(tools: Tools, secrets: LinkSecrets) -> Routes:
    """Routes under /dropin."""
    routes = Routes(prefix="/dropin", include_in_schema=False)
    large = asyncio.Semaphore(LARGE_AT_ONCE)

    @routes.get("/{one_stop}/{office}/{secret}/files/{link:path}")
    async def get_file(
        one_stop: str, office: str, secret: str, link: str, request: Request
    ) -> Response:
        del link  # as it was before anybody decoded it
        found = _link(tools, secrets, one_stop, office, secret)
        if found is None or not _shows_its_own(tools, found[0], request):
            note_wrong(request.scope)
            return unknown_path()
        return await _file(tools, *found, _as_asked(request))

    @routes.post("/{one_stop}/{office}/{secret}/{dialect}/{operation}")
    async def post_message(
        one_stop: str,
        office: str,
        secret: str,
        dialect: str,
        operation: str,
        request: Request,
    ) -> Response:
        found = _link(tools, secrets, one_stop, office, secret)
        if found is None or not _shows_its_own(tools, found[0], request):
            note_wrong(request.scope)
            return unknown_path()
        if found[1].path != dialect:
            return _not_there(tools, found[0])
        sessions = found[1].sessions
        if sessions is not None and operation == sessions.operation:
            return _http(await token(tools, secrets, found[0], sessions, request))
        kind = found[1].kind_of(operation)
        if kind is None:
            return _not_there(tools, found[0])
        now = tools.clock.now()
        if sessions is not None and not is_alive(secrets, found[0], request, now):
            return _http(sessions.ended())
        try:
            return await _message(tools, *found, kind, operation, request, large)
        except StoreError as error:
            tools.probe.trouble("api.dropin", error)
            return _http(found[1].reply(Said.BUSY, kind))

    return routes


def _shows_its_own(tools: Tools, link: Link, request: Request) -> bool:
    """Whether a one-stop calls with its certificate, if its entry names one."""
    entry = tools.versions.current.offices.get(link.one_stop)
    return is_its_own(entry, request.scope)


def _link(
    tools: Tools, secrets: LinkSecrets, one_stop: str, office: str, secret: str
) -> tuple[Link, LinkDialect] | None:
    """The link and its office's dialect, for who shows the one-stop's secret."""
    link = link_between(tools.versions.current, one_stop, office)
    if link is None or not secrets.lets_in(link.one_stop, secret):
        return None
    try:
        dialect = tools.adapters.of(link.office).link
    except NeedsConfiguration:
        return None
    return None if dialect is None else (link, dialect)


def _not_there(tools: Tools, link: Link) -> Response:
    """Below a good address: what was asked for is in the vendor's hands, and in our log."""
    code = "unknown_path"
    tools.probe.inbound(
        kind="link", office=link.one_stop, standing="refused", code=code
    )
    return unknown_path()


async def _message(
    tools: Tools,
    link: Link,
    dialect: LinkDialect,
    kind: MessageKind,
    operation: str,
    request: Request,
    large: asyncio.Semaphore,
) -> Response:
    shadowed = link.office in tools.versions.current.shadow
    if is_pressed(tools.pulse.backlog()) or shadowed:
        return _http(dialect.reply(Said.BUSY, kind))
    if not await is_in_line(tools, link):
        return _http(dialect.reply(Said.BUSY, kind))
    announced = request.headers.get("content-length", "")
    is_large = not announced.isdigit() or int(announced) > LARGE_BYTES
    try:
        if is_large:
            async with large, asyncio.timeout(LARGE_TIMEOUT_S):
                taken = await _taken(tools, link, dialect, operation, request)
        else:
            taken = await _taken(tools, link, dialect, operation, request)
    except TooLarge:
        return _http(dialect.reply(Said.TOO_LARGE, kind))
    except FileRefused as refused:
        code = refused.code
        tools.probe.inbound(
            kind="link", office=link.one_stop, standing="refused", code=code
        )
        return _http(dialect.reply(Said.UNFIT_FILE, kind))
    except (ActionNotPossible, TimeoutError):
        return _http(dialect.reply(Said.BUSY, kind))
    except DossierContradiction:
        return _http(dialect.reply(Said.OF_ANOTHER, kind))
    if isinstance(taken, Response):
        return taken
    await note_heard(tools, link, BY_ONE_STOP)
    return await _answer(tools, link, dialect, kind, taken)


async def _taken(
    tools: Tools, link: Link, dialect: LinkDialect, operation: str, request: Request
) -> PassedOn | Response:
    """The message, remembered; a refusal of what is none."""
    body = await whole(request, dialect.max_body_bytes)
    message = dialect.read(operation, body)
    if isinstance(message, HostedReply):
        return _http(message)
    return await pass_on(tools, link, message)


async def _answer(
    tools: Tools, link: Link, dialect: LinkDialect, kind: MessageKind, taken: PassedOn
) -> Response:
    """The office's own answer, waited for; else that it is accepted, or was before."""
    transfer = taken.transfer
    if transfer is None or (taken.repeated and transfer.finished_at is not None):
        return _http(dialect.reply(Said.REPEATED, kind))
    spoken = await answer_within(tools, transfer, link.answer_within_s)
    if spoken is None:
        return _http(dialect.reply(Said.ACCEPTED, kind))
    media_type = dialect.reply(Said.ACCEPTED, kind).media_type
    return Response(spoken.body, status_code=spoken.status, media_type=media_type)


def _http(reply: HostedReply) -> Response:
    headers = {"Retry-After": str(RETRY_AFTER_S)} if reply.status == 503 else {}
    return Response(
        reply.body,
        status_code=reply.status,
        media_type=reply.media_type,
        headers=headers,
    )


def _as_asked(request: Request) -> str:
    """The office's link behind our address: encoded as it came, with its parameters."""
    link = request.scope["raw_path"].decode("ascii").split("/", 6)[6]
    return f"{link}?{request.url.query}" if request.url.query else link


async def _file(tools: Tools, link: Link, dialect: LinkDialect, name: str) -> Response:
    """A result file of the office's, streamed; ours, where the office has it no more.

    Not there is 404, as at the office.
    """
    adapter = tools.adapters.of(link.office)
    chunks = adapter.fetch_file(dialect.file_at(name), timeout_s=FILE_TIMEOUT_S)
    try:
        first = await anext(chunks, b"")
    except DeliveryError:
        return await _copy(tools, link, name)

    async def content() -> AsyncIterator[bytes]:
        yield first
        async for chunk in chunks:
            yield chunk

    return StreamingResponse(content(), media_type=FILE)


async def _copy(tools: Tools, link: Link, name: str) -> Response:
    try:
        found = await copy_of(tools, link, name)
    except StoreError as error:
        tools.probe.trouble("api.dropin.file", error)
        return Response(status_code=503, headers={"Retry-After": str(RETRY_AFTER_S)})
    if found is None:
        return Response(status_code=404)
    size, content = found
    headers = {"Content-Length": str(size)}
    return StreamingResponse(content, media_type=FILE, headers=headers)
