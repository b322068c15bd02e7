"""What a platform tells its caller: whole answers, half ones, and none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web

from gateway.mockagency.acting import LOGIN_PAGE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.mockagency.platform_faults import PlatformFault

_HALF = b'{"data": 0, "status": {"success": false, "co'
_WHOLE = "whole"
_HALVED = "half"
_CUT = "cut"


@dataclass(frozen=True, slots=True)
class Told:
    """An answer to the caller; ``name``: a row of the document, or a fault."""

    name: str
    status: int
    headers: Mapping[str, str]
    body: bytes = b""
    how: str = _WHOLE


class _Untyped(web.Response):
    """An answer whose type nobody tells."""


def spoiled(fault: PlatformFault, body: bytes) -> Told | None:
    """The answer that proves nothing; None: the fault is none of these."""
    match fault.do:
        case "html_200":
            page = {"Content-Type": "text/html; charset=UTF-8"}
            return Told(fault.do, 200, page, LOGIN_PAGE.encode())
        case "empty_200":
            return Told(fault.do, 200, {})
        case "half_json":
            media = {"Content-Type": "application/json; charset=UTF-8"}
            return Told(fault.do, 200, media, body or _HALF * 2, _HALVED)
        case "error_500":
            return Told(fault.do, 500, {}, b"Internal Server Error")
        case "reset" | "lose_answer":
            return Told(fault.do, 0, {}, how=_CUT)
        case _:
            return None


async def sent(
    request: web.Request, told: Told, server: str, date: str
) -> web.StreamResponse:
    """Put it on the wire, or as much of it as it is."""
    if told.how == _CUT:
        return _cut(request)
    headers = {**told.headers, "Server": server, "Date": date}
    if told.how == _WHOLE:
        kind = web.Response if "Content-Type" in headers else _Untyped
        return kind(status=told.status, headers=headers, body=told.body)
    headers["Content-Length"] = str(len(told.body))
    response = web.StreamResponse(status=told.status, headers=headers)
    await response.prepare(request)
    await response.write(told.body[: len(told.body) // 2])
    return _cut(request)


def _cut(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def keep_untyped(_request: web.Request, response: web.StreamResponse) -> None:
    """The server would give a type to an answer that has none."""
    if isinstance(response, _Untyped):
        response.headers.pop("Content-Type", None)
