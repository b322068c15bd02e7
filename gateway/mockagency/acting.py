"""How a planned fault acts on a call that comes in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from gateway.mockagency.faults import Fault

LOGIN_PAGE = "<!doctype html><title>Đăng nhập</title><p>Phiên làm việc đã hết hạn.</p>"


async def before(request: web.Request, fault: Fault) -> web.StreamResponse:
    """What comes in the place of the work."""
    match fault.do:
        case "reset_before":
            return await cut(request)
        case "error_503_retry_after":
            return web.Response(
                status=503, headers={"Retry-After": str(int(fault.seconds or 60))}
            )
        case "unauthorized_401":
            return web.Response(status=401)
        case "too_many_429":
            return web.Response(
                status=429, headers={"Retry-After": str(int(fault.seconds or 60))}
            )
        case "html_200":
            return web.Response(text=LOGIN_PAGE, content_type="text/html")
        case "text_200":
            headers = {"Content-Type": "application/json", **fault.headers}
            body = fault.text.encode()
            return web.Response(status=fault.status, body=body, headers=headers)
        case _:
            return web.Response(status=500, text="Internal Server Error")


async def after(
    request: web.Request, fault: Fault, media_type: str, body: bytes
) -> web.StreamResponse:
    """What becomes of the answer, after the work."""
    if fault.do == "text_after":
        return web.Response(text=fault.text, content_type="application/json")
    if fault.do == "lose_answer":
        return await cut(request)
    response = web.StreamResponse(
        headers={"Content-Type": media_type, "Content-Length": str(len(body))}
    )
    await response.prepare(request)
    await response.write(body[: len(body) // 2])
    return await cut(request)


async def cut(request: web.Request) -> web.StreamResponse:
    """Cut the connection without (the rest of) an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
