"""Operations of the open interface by which an office reads and acknowledges."""

from __future__ import annotations

import asyncio
import re
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson
from fastapi.responses import Response, StreamingResponse
from starlette.requests import ClientDisconnect

from gateway.api.open_errors import JSON, CallRefused, wrong
from gateway.delivery.assemble import assemble
from gateway.delivery.circuit_breaker import is_stopped
from gateway.delivery.pickup import acknowledge, contents, given, not_shown
from gateway.domain.errors import DeliveryError
from gateway.domain.identifiers import TransferId
from gateway.domain.legal_day import VIETNAM

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from starlette.types import Message, Receive, Scope, Send

    from gateway.delivery.lanes import Lanes
    from gateway.domain.identifiers import AgencyId
    from gateway.ports.agency import File, OutboundMessage
    from gateway.ports.caller import Caller
    from gateway.ports.store import Claimed
    from gateway.routing.catalogue import Office
    from gateway.sealing.tools import Tools

PAGE = 20
MAX_PAGE_BYTES = 4 * 1024 * 1024
#: Real seconds without a byte after which a body's call is over.
STILL_S = 60.0
_CURSOR = re.compile(r"n([1-9][0-9]{0,17})")


class Streamed(StreamingResponse):
    """Bytes whose call is under way until the last of them has left."""

    room = ExitStack()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send them, and give the room back however it ends."""

        async def moving(message: Message) -> None:
            async with asyncio.timeout(STILL_S):
                await send(message)

        with self.room, suppress(TimeoutError, ClientDisconnect):
            await super().__call__(scope, receive, moving)


class Calling(NamedTuple):
    """Who calls: an office, and how its system speaks."""

    office: Office
    caller: Caller

    @property
    def agency(self) -> AgencyId:
        """Whose office it is."""
        return self.office.agency


def answer(value: object) -> Response:
    """A JSON answer."""
    return Response(orjson.dumps(value), media_type=JSON)


def moment(at: datetime) -> str:
    """A time as the document writes it."""
    return at.astimezone(VIETNAM).replace(microsecond=0).isoformat()


async def ping(tools: Tools, who: Calling) -> Response:
    """Who calls, how much lies ready, what time it is."""
    ready = await tools.pickup.lies_ready(who.office.id)
    oldest = {"oldest": moment(ready.since)} if ready.since else {}
    return answer(
        {
            "office": who.office.id,
            "office_name": who.office.name,
            "mode": "push" if who.caller.pushed else "fetch",
            "waiting": ready.count,
            **oldest,
            "server_time": moment(tools.clock.now()),
            "version": "1",
        }
    )


async def fetch(
    tools: Tools, lanes: Lanes, who: Calling, said: Mapping[str, Any]
) -> Response:
    """A page of what lies ready; nothing while a person has stopped the office.

    Raises:
        CallRefused: its messages are brought to it.
        DossierInvalid: the cursor was never given to it.
    """
    _must_fetch(who)
    text = str(said.get("after", ""))
    after, limit = _number(text), int(said.get("limit", PAGE))
    now = tools.clock.now()
    if is_stopped(lanes.lane(who.office.id), now):
        return answer({"transfers": [], "after": text, "more": False})
    ready = await tools.pickup.hand_out(
        who.office.id, after=after, limit=limit, now=now
    )
    if not ready and after > await tools.pickup.last_number(who.office.id):
        # Of another office, or of a store that was put back since.
        raise wrong(("/after", "cursor_unknown"))
    shown: list[bytes] = []
    size, cut = 0, False
    for one in ready:
        value = await _shown(tools, who.caller, one.claimed)
        if value is not None:
            size += len(value)
            cut = bool(shown) and size > MAX_PAGE_BYTES
            if cut:
                break
            shown.append(value)
        text = f"n{one.number}"
    more = cut or len(ready) == limit
    return Response(
        b'{"transfers":[%b],"after":%b,"more":%b}'
        % (b",".join(shown), orjson.dumps(text), orjson.dumps(more)),
        media_type=JSON,
    )


def _must_fetch(who: Calling) -> None:
    if who.caller.pushed:
        raise CallRefused("office_is_pushed_to")


def _number(cursor: str) -> int:
    if not cursor:
        return 0
    found = _CURSOR.fullmatch(cursor)
    if found is None:
        raise wrong(("/after", "cursor_unknown"))
    return int(found[1])


async def _shown(tools: Tools, caller: Caller, claimed: Claimed) -> bytes | None:
    """A transfer as JSON; None of one that can no longer be made: it stops no other."""
    try:
        return orjson.dumps(caller.shown(await assemble(tools, claimed)))
    except DeliveryError as error:
        tools.probe.trouble("api.open.fetch", error)
        await not_shown(tools, claimed, error)
        return None


async def acknowledged(tools: Tools, who: Calling, said: Mapping[str, Any]) -> Response:
    """Note what the office has stored, each by itself, in the order given.

    Raises:
        CallRefused: its messages are brought to it.
    """
    _must_fetch(who)
    office = who.office.id
    results = [
        {
            "id": identifier,
            "result": await acknowledge(
                tools, office, TransferId(identifier), by=office
            ),
        }
        for identifier in said["ids"]
    ]
    return answer({"results": results})


async def file(tools: Tools, who: Calling, said: Mapping[str, Any]) -> Response:
    """The bytes of a file of a transfer that the office was given.

    Raises:
        CallRefused: there is none, or it is another's.
    """
    identifier = str(said["id"])
    message = await _message(tools, who, identifier.partition(".")[0])
    listed = who.caller.shown(message)["files"] if message else ()
    row = next((row for row in listed if row["id"] == identifier), None)
    if message is None or row is None:
        raise CallRefused("file_unknown")
    found = _file_of(message, identifier)
    return Streamed(
        found.open(),
        media_type=row.get("media_type", "application/octet-stream"),
        headers={
            "Content-Length": str(found.size_bytes),
            "Content-Disposition": "attachment",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
        },
    )


async def _message(
    tools: Tools, who: Calling, transfer_id: str
) -> OutboundMessage | None:
    transfer = await given(
        tools, who.office.id, TransferId(transfer_id), pushed=who.caller.pushed
    )
    claimed = await contents(tools, transfer) if transfer else None
    if claimed is None:
        return None
    try:
        return await assemble(tools, claimed)
    except DeliveryError as error:
        tools.probe.trouble("api.open.file", error)
        return None


def _file_of(message: OutboundMessage, identifier: str) -> File:
    wanted = identifier.partition(".")[2]
    return next(one for one in message.view.files if one.id == wanted)


async def keys(who: Calling) -> Response:
    """The gateway's public keys."""
    return answer({"keys": list(who.caller.keys())})
