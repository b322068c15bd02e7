"""How a planned fault acts on a call that comes in."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from email.utils import formatdate
from typing import TYPE_CHECKING

from aiohttp import web

from gateway.mockagency import wire
from gateway.mockagency.faults_body import moved_date, reshaped

if TYPE_CHECKING:
    from gateway.mockagency.faults import Fault, Met

LOGIN_PAGE = "<!doctype html><title>Đăng nhập</title><p>Phiên làm việc đã hết hạn.</p>"
JSON = "application/json"
GARBAGE_BYTES, HUGE_BYTES = 512, 64 * 1024 * 1024
PIECE_BYTES, DRIP_BYTES_PER_S, DRIP_EVERY_S = 64 * 1024, 50, 0.1
#: By how much a length is wrong where the plan says nothing.
WRONG_BY_BYTES = 10


@dataclass(frozen=True, slots=True)
class Told:
    """An answer after the work, before its fault."""

    status: int
    media_type: str
    body: bytes

    def response(self) -> web.Response:
        """As it would have been."""
        headers = {"Content-Type": self.media_type}
        return web.Response(status=self.status, body=self.body, headers=headers)


@dataclass(frozen=True, slots=True)
class Acting:
    """One fault on one call."""

    request: web.Request
    met: Met
    released: asyncio.Event
    #: whoever is kept waiting may go
    missed: Callable[[str], None]
    #: told why a fault could not act
    restart: Callable[[], None]

    @property
    def fault(self) -> Fault:
        """What is to happen."""
        return self.met.fault

    async def before(self) -> web.StreamResponse:
        """What comes in the place of the work."""
        fault = self.fault
        wait = {"Retry-After": str(int(fault.seconds or 60))}
        match fault.do:
            case "error_503_retry_after":
                return web.Response(status=503, headers=wait)
            case "unauthorized_401":
                return web.Response(status=401)
            case "too_many_429":
                return web.Response(status=429, headers=wait)
            case "html_200":
                return _page()
            case "empty_200":
                return web.Response(body=b"")
            case "text_200" | "status":
                headers = {"Content-Type": JSON, **fault.headers}
                body = fault.text.encode()
                return web.Response(status=fault.status, body=body, headers=headers)
            case "garbage_body":
                body = wire.garbage(self.met.drawn, fault.size_bytes or GARBAGE_BYTES)
                return web.Response(body=body, headers={"Content-Type": JSON})
            case "reset_before" | "garbage" | "half_close" | "black_hole" | "huge":
                return await _BELOW[fault.do](self)
            case _:
                return _failed()

    async def after(self, told: Told) -> web.StreamResponse:
        """What becomes of the answer, after the work."""
        fault = self.fault
        match fault.do:
            case "text_after":
                return web.Response(text=fault.text, content_type=JSON)
            case "html_after":
                return _page()
            case "empty_after":
                return web.Response(body=b"")
            case "error_500_after":
                return _failed()
            case "unknown_code" | "tcvn3" | "clock_off":
                return self._reshaped(told)
            case "restart":
                self.restart()
                return await cut(self.request)
            case "lose_answer":
                return await cut(self.request)
            case _:
                return await _AFTER[fault.do](self, told)

    def _reshaped(self, told: Told) -> web.Response:
        body = reshaped(self.fault, told.body)
        response = Told(told.status, told.media_type, body or told.body).response()
        if self.fault.do == "clock_off":
            now = formatdate(usegmt=True)
            response.headers["Date"] = moved_date(now, self.fault.minutes)
        elif body is None:
            self.missed("câu trả lời không có gì để đổi")
        return response

    async def reset(self) -> web.StreamResponse:
        """End by RST."""
        return await cut(self.request, reset=True)

    async def garbage(self) -> web.StreamResponse:
        """Bytes that are no HTTP."""
        size = self.fault.size_bytes or GARBAGE_BYTES
        await wire.say(self.request.transport, wire.garbage(self.met.drawn, size))
        return await cut(self.request)

    async def half_close(self) -> web.StreamResponse:
        """Our half ends, and the connection stays."""
        if not wire.half_closed(self.request.transport):
            self.missed("TLS không đóng một chiều được")
        await wire.silence(self.request, self.released)
        return web.Response()

    async def black_hole(self) -> web.StreamResponse:
        """Nothing, until the caller leaves."""
        await wire.silence(self.request, self.released)
        return web.Response()

    async def huge(self) -> web.StreamResponse:
        """Good JSON that hardly ends."""
        size = self.fault.size_bytes or HUGE_BYTES
        headers = {"Content-Type": JSON, "Content-Length": str(size)}
        response = web.StreamResponse(headers=headers)
        try:
            await response.prepare(self.request)
            for begin in range(0, size, PIECE_BYTES):
                piece = b" " * min(PIECE_BYTES, size - begin)
                await response.write(piece)
        except ConnectionError:
            return await cut(self.request)
        return response

    async def half(self, told: Told) -> web.StreamResponse:
        """Half of the body, then the end."""
        return await self._cut_at(told, len(told.body) // 2)

    async def reset_in_head(self, _told: Told) -> web.StreamResponse:
        """The status line breaks off."""
        await wire.say(self.request.transport, b"HTTP/1.1 20")
        return await self.reset()

    async def reset_after_head(self, told: Told) -> web.StreamResponse:
        """A head without a body."""
        return await self._cut_at(told, 0, reset=True)

    async def reset_in_body(self, told: Told) -> web.StreamResponse:
        """A body that breaks off."""
        return await self._cut_at(told, len(told.body) // 2, reset=True)

    async def _cut_at(
        self, told: Told, sent: int, *, reset: bool = False
    ) -> web.StreamResponse:
        raw = self._whole(told, len(told.body), told.body[:sent])
        if not told.body:
            # The head is all there is: half of that.
            raw = raw[: len(raw) // 2]
        await wire.say(self.request.transport, raw)
        return await cut(self.request, reset=reset)

    def _whole(self, told: Told, length: int, body: bytes) -> bytes:
        headers = {"Content-Type": told.media_type}
        return wire.whole(told.status, headers, body, length)

    async def too_short(self, told: Told) -> web.StreamResponse:
        """More comes than was announced."""
        return await self._lied(told, -1)

    async def too_long(self, told: Told) -> web.StreamResponse:
        """Less comes than was announced."""
        return await self._lied(told, 1)

    async def _lied(self, told: Told, sign: int) -> web.StreamResponse:
        by = self.fault.size_bytes or WRONG_BY_BYTES
        length = max(0, len(told.body) + sign * by)
        raw = self._whole(told, length, told.body)
        await wire.say(self.request.transport, raw)
        return await cut(self.request)

    async def drip(self, told: Told) -> web.StreamResponse:
        """A few bytes at a time."""
        per_s = self.fault.bytes_per_s or DRIP_BYTES_PER_S
        piece = max(1, int(per_s * DRIP_EVERY_S))
        headers = {
            "Content-Type": told.media_type,
            "Content-Length": str(len(told.body)),
        }
        response = web.StreamResponse(status=told.status, headers=headers)
        try:
            await response.prepare(self.request)
            for begin in range(0, len(told.body), piece):
                await response.write(told.body[begin : begin + piece])
                await asyncio.sleep(piece / per_s)
        except ConnectionError:
            return await cut(self.request)
        return response

    async def twice(self, told: Told) -> web.StreamResponse:
        """The same answer again at once, on a connection that stays open."""
        raw = self._whole(told, len(told.body), told.body)
        await wire.say(self.request.transport, raw + raw)
        return _Said(self.request)


class _Said(web.Response):
    """Everything was said past the server, which leaves the connection open."""

    def __init__(self, request: web.Request) -> None:
        """To one request."""
        super().__init__()
        self._asked = request.keep_alive

    @property
    def keep_alive(self) -> bool:
        """As the caller asked."""
        return self._asked

    async def prepare(self, request: web.BaseRequest) -> None:
        """No head."""
        del request

    async def write_eof(self, data: bytes = b"") -> None:
        """No end."""
        del data


def _page() -> web.Response:
    return web.Response(text=LOGIN_PAGE, content_type="text/html")


def _failed() -> web.Response:
    return web.Response(status=500, text="Internal Server Error")


_BELOW: Mapping[str, Callable[[Acting], Awaitable[web.StreamResponse]]] = {
    "reset_before": Acting.reset,
    "garbage": Acting.garbage,
    "half_close": Acting.half_close,
    "black_hole": Acting.black_hole,
    "huge": Acting.huge,
}
_AFTER: Mapping[str, Callable[[Acting, Told], Awaitable[web.StreamResponse]]] = {
    "half_answer": Acting.half,
    "reset_in_head": Acting.reset_in_head,
    "reset_after_head": Acting.reset_after_head,
    "reset_in_body": Acting.reset_in_body,
    "length_too_short": Acting.too_short,
    "length_too_long": Acting.too_long,
    "slow_drip": Acting.drip,
    "answer_twice": Acting.twice,
}


async def cut(request: web.Request, *, reset: bool = False) -> web.StreamResponse:
    """Cut the connection without (the rest of) an answer."""
    wire.cut(request.transport, reset=reset)
    return web.Response()
