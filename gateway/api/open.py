"""The open interface: operations that any agency's system calls (docs/agencies/open.md).

All of them are POST with a JSON body under ``/open/v1``; nothing that counts stands
in a header alone. Who shows no valid key learns nothing about the rest of a call.
"""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Protocol

from fastapi import Request

from gateway.api import open_calls, open_reports
from gateway.api.bodies import json_bytes, limited, object_without_nulls
from gateway.api.handing_in import MAX_ATTACHMENT_BYTES, refuse_when_pressed
from gateway.api.multipart import read_form
from gateway.api.oauth import MARK, READ, WRITE, client_of
from gateway.api.open_calls import Calling, Streamed, answer
from gateway.api.open_errors import CallRefused, answered
from gateway.api.open_limits import Limits
from gateway.api.peers import is_its_own
from gateway.api.routes import Routes
from gateway.api.signin import address_of
from gateway.domain.errors import (
    DossierInvalid,
    GatewayError,
    NeedsConfiguration,
    Origin,
)
from gateway.ports.attachments import FileSource

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

    from fastapi.responses import Response

    from gateway.api.multipart import Form
    from gateway.delivery.lanes import Lanes
    from gateway.domain.identifiers import OfficeId
    from gateway.routing.catalogue import Office
    from gateway.sealing.tools import Tools

    Serve = Callable[[Calling, Mapping[str, Any]], Awaitable[Response]]

PREFIX = "/open/v1"
#: Where a token is given to who proves itself.
PROVING = "/open/oauth2/token"
#: Operations that say something; the others only read.
WRITES = frozenset({"acknowledge", "report", "upload"})
#: What stands around the file of an upload.
AROUND_BYTES = 1024 * 1024
_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]


class Keys(Protocol):
    """Keys of offices' systems."""

    def caller(self, shown: str) -> OfficeId | None:
        """The office whose system has this key."""


def router(tools: Tools, lanes: Lanes, keys: Keys) -> Routes:
    """Routes under ``/open/v1``."""
    desk = _Desk(tools, lanes, keys)
    routes = Routes(tags=["open"])

    @routes.api_route(PREFIX + "/{operation:path}", methods=_METHODS)
    async def call(operation: str, request: Request) -> Response:
        """Giao diện mở cho hệ thống của cơ quan; docs/agencies/open.vi.md."""
        try:
            return await desk.serve(operation, request)
        except GatewayError as error:
            if error.fault is not Origin.SENDER:
                tools.probe.trouble("api.open", error)
            return answered(error)
        except Exception as error:  # noqa: BLE001  its shape is promised for all
            tools.probe.trouble("api.open", error)
            return answered(GatewayError())

    return routes


class _Desk:
    """Answers calls."""

    def __init__(self, tools: Tools, lanes: Lanes, keys: Keys) -> None:
        self._tools = tools
        self._lanes = lanes
        self._keys = keys
        self._limits = Limits(tools)
        self._operations: dict[str, Serve] = {
            "ping": lambda who, _: open_calls.ping(tools, who),
            "fetch": lambda who, said: open_calls.fetch(tools, lanes, who, said),
            "acknowledge": lambda who, said: open_calls.acknowledged(tools, who, said),
            "report": lambda who, said: open_reports.report(tools, who, said),
            "file": lambda who, said: open_calls.file(tools, who, said),
            "keys": lambda who, _: open_calls.keys(who),
        }

    async def serve(self, operation: str, request: Request) -> Response:
        """Answer one call.

        Raises:
            GatewayError: what the caller is told instead.
        """
        serve = self._operations.get(operation)
        if serve is None and operation != "upload":
            raise CallRefused("unknown_path")
        if request.method != "POST":
            raise CallRefused("method_not_allowed")
        refuse_when_pressed(self._tools)
        if serve is None:
            return await self._upload(request)
        who, said = await self._said(request)
        with ExitStack() as room:
            room.enter_context(self._limits.call(who.office.id))
            self._check(operation, said)
            response = await serve(who, said)
            if isinstance(response, Streamed):
                response.room = room.pop_all()
            return response

    async def _said(self, request: Request) -> tuple[Calling, dict[str, Any]]:
        """Who calls, and the body; a body without a key in it is not told about."""
        shown = _bearer(request)
        who = self._who(shown, request) if shown else None
        try:
            _check_charset(request)
            said = object_without_nulls(await json_bytes(request))
        except GatewayError:
            if who is None:
                raise self._wrong_key(request) from None
            raise
        inside = said.get("key")
        if inside is not None:
            if shown and inside != shown:
                raise CallRefused("keys_differ")
            if not isinstance(inside, str):
                raise self._wrong_key(request)
            who = self._who(inside, request)
        if who is None:
            raise self._wrong_key(request)
        return who, said

    def _who(self, shown: str, request: Request) -> Calling:
        """The office of a key.

        Raises:
            CallRefused: it is none, or too many wrong ones came before.
        """
        office = self._holder(shown, request)
        if office is not None and is_its_own(office, request.scope):
            try:
                caller = self._tools.adapters.of(office.id).caller
            except NeedsConfiguration:
                caller = None
            if caller is not None:
                self._lanes.heard.called(office.id, self._tools.clock.now())
                return Calling(office, caller)
        raise self._wrong_key(request)

    def _holder(self, shown: str, request: Request) -> Office | None:
        """The office of a key that was handed out, or of a token for this operation."""
        if shown.startswith(MARK):
            client = client_of(self._tools, shown, request.scope)
            reads = request.path_params["operation"] not in WRITES
            wanted = READ if reads else WRITE
            fits = client is not None and wanted in client.scopes
            return client.office if client is not None and fits else None
        identifier = self._keys.caller(shown)
        offices = self._tools.versions.current.offices
        return offices.get(identifier) if identifier is not None else None

    def _wrong_key(self, request: Request) -> CallRefused:
        return self._limits.wrong_key(address_of(self._tools, request))

    def _check(self, operation: str, said: Mapping[str, Any]) -> None:
        name = f"urn:lienthong:schema:open:{operation}:1"
        found = self._tools.schemas.errors(name, said)
        if found:
            raise DossierInvalid(found, code="request_invalid")

    async def _upload(self, request: Request) -> Response:
        """A file before its report; nothing of it is kept for who has no key."""
        shown = _bearer(request)
        known = self._who(shown, request) if shown else None

        room = ExitStack()

        def admitted(form: Form) -> FileSource:
            who = self._uploader(form, shown, known, request)
            room.close()
            room.enter_context(self._limits.call(who.office.id))
            return FileSource("open_upload", who.office.id)

        kind = request.headers.get("content-type", "")
        if not kind.lower().startswith("multipart/form-data"):
            if known is None:
                raise self._wrong_key(request)
            raise CallRefused("media_type_unsupported")
        with room:
            form = await read_form(
                _moving(limited(request, MAX_ATTACHMENT_BYTES + AROUND_BYTES)),
                kind,
                self._tools.attachments,
                limit_bytes=MAX_ATTACHMENT_BYTES,
                admit=admitted,
            )
            who = self._uploader(form, shown, known, request)
            stored = form.files.get("file")
            fits = len(form.files) == 1 and form.fields.keys() <= {"key"}
            if stored is None or not stored.size_bytes or not fits:
                raise CallRefused("malformed_multipart")
            name = await open_reports.keep_upload(self._tools, who.office.id, stored)
        return answer(
            {"upload": name, "size": stored.size_bytes, "sha256": stored.sha256}
        )

    def _uploader(
        self, form: Form, shown: str, known: Calling | None, request: Request
    ) -> Calling:
        inside = form.fields.get("key", b"").decode("utf-8", "replace")
        if shown and inside and inside != shown:
            raise CallRefused("keys_differ")
        if known is not None:
            return known
        if not inside:
            raise self._wrong_key(request)
        return self._who(inside, request)


async def _moving(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The pieces, while they come: who is gone without a word holds no place."""
    while True:
        try:
            async with asyncio.timeout(open_calls.STILL_S):
                piece = await anext(pieces)
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise CallRefused("malformed_multipart") from None
        yield piece


def _check_charset(request: Request) -> None:
    options = request.headers.get("content-type", "").lower().partition("charset=")
    if options[2].partition(";")[0].strip(' "') not in {"", "utf-8", "utf8"}:
        raise CallRefused("media_type_unsupported")


def _bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
