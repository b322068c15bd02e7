"""What somebody who took over an agency, or stands on the way, makes of its answers."""

from __future__ import annotations

import contextlib
import gzip
import zlib
from typing import TYPE_CHECKING, NamedTuple

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    Make = Callable[[web.Request, bytes, str], Awaitable[web.StreamResponse]]

XINCLUDE = "http://www.w3.org/2001/XInclude"
#: Zeroes; packed, a quarter of a megabyte.
BOMB_BYTES = 256 * 1024 * 1024
#: Over what any agency's document allows for an answer to a message.
HUGE_BYTES = 256 * 1024 * 1024
_PIECE = bytes(1024 * 1024)


class Hostile(NamedTuple):
    """One technique: the row that it breaks, and what it makes of a true answer."""

    row: int
    name: str
    make: Make
    #: request, the true answer's body, an address that must stay unvisited


def _body(change: Callable[[bytes], bytes], **headers: str) -> Make:
    async def make(_: web.Request, body: bytes, __: str) -> web.StreamResponse:
        return web.Response(body=change(body), headers=headers)

    return make


def _packed(encoding: str) -> Make:
    async def make(_: web.Request, __: bytes, ___: str) -> web.StreamResponse:
        return web.Response(
            body=BOMBS[encoding], headers={"Content-Encoding": encoding}
        )

    return make


async def _endless(request: web.Request, _: bytes, __: str) -> web.StreamResponse:
    answer = web.StreamResponse()
    answer.enable_chunked_encoding()
    return await _poured(request, answer)


async def _announced(request: web.Request, _: bytes, __: str) -> web.StreamResponse:
    return await _poured(
        request, web.StreamResponse(headers={"Content-Length": str(HUGE_BYTES)})
    )


async def _poured(
    request: web.Request, answer: web.StreamResponse
) -> web.StreamResponse:
    """Zeroes until all are out or the caller has had enough."""
    await answer.prepare(request)
    with contextlib.suppress(ConnectionError):
        for _piece in range(HUGE_BYTES // len(_PIECE)):
            await answer.write(_PIECE)
    return answer


def _elsewhere(status: int) -> Make:
    async def make(_: web.Request, __: bytes, canary: str) -> web.StreamResponse:
        return web.Response(status=status, headers={"Location": canary})

    return make


async def _meta(_: web.Request, __: bytes, canary: str) -> web.StreamResponse:
    page = f'<meta http-equiv="refresh" content="0;url={canary}">'
    return web.Response(text=page, content_type="text/html")


async def _many_headers(_: web.Request, body: bytes, __: str) -> web.StreamResponse:
    headers = {f"X-{n}": "x" * 4000 for n in range(200)}
    return web.Response(body=body, headers=headers)


async def _half(request: web.Request, body: bytes, _: str) -> web.StreamResponse:
    answer = web.StreamResponse(headers={"Content-Length": str(len(body) + 100)})
    await answer.prepare(request)
    await answer.write(body)
    assert request.transport is not None
    request.transport.close()
    return answer


def bombs(size: int) -> Mapping[str, bytes]:
    """``Content-Encoding`` → so many zeroes packed."""
    plain = bytes(size)
    once = gzip.compress(plain, 6)
    return {
        "gzip": once,
        "deflate": zlib.compress(plain, 6),
        # A brotli stream of zeroes needs no library: what is unasked is not unpacked.
        "br": once,
        "gzip, gzip": gzip.compress(once),
    }


BOMBS = bombs(BOMB_BYTES)

#: What is no fault in an answer, and must lead nowhere.
HARMLESS = "schema-elsewhere"
#: Against every agency's answers.
EVERYWHERE = (
    Hostile(5, "gzip-bomb", _packed("gzip")),
    Hostile(5, "deflate-bomb", _packed("deflate")),
    Hostile(5, "brotli-unasked", _packed("br")),
    Hostile(5, "packed-twice", _packed("gzip, gzip")),
    Hostile(6, "endless-answer", _endless),
    Hostile(6, "announced-too-large", _announced),
    Hostile(6, "headers-without-end", _many_headers),
    Hostile(6, "half-an-answer", _half),
    *(Hostile(8, f"redirect-{n}", _elsewhere(n)) for n in (301, 302, 303, 307, 308)),
    Hostile(8, "refresh-page", _meta),
)


def _deep(body: bytes) -> bytes:
    return b'{"data":' + b"[" * 100_000 + b"]" * 100_000 + b"}"


#: Against answers that are JSON.
JSON = (
    Hostile(6, "json-nested-without-end", _body(_deep)),
    Hostile(
        6,
        "json-number-without-end",
        _body(lambda _: b'{"data":1' + b"0" * 400_000 + b"}"),
    ),
    Hostile(6, "json-not-a-number", _body(lambda _: b'{"data":NaN}')),
    Hostile(6, "json-infinite", _body(lambda _: b'{"data":1e999999}')),
    Hostile(6, "json-half-a-letter", _body(lambda _: b'{"data":"\\ud800"}')),
)


def _doctype(declaration: str, use: str) -> Callable[[bytes], bytes]:
    """The answer with a document type before its root and ``use`` as its first text."""

    def change(body: bytes) -> bytes:
        head, mark, rest = (
            body.partition(b"?>") if body.startswith(b"<?xml") else (b"", b"", body)
        )
        name, end, inside = rest.lstrip().partition(b">")
        return b"".join(
            (head, mark, declaration.encode(), name, end, use.encode(), inside)
        )

    return change


def changes(canary: str, secret: str) -> Mapping[str, Callable[[bytes], bytes]]:
    """Technique → what it makes of a document.

    ``canary``: an address that must stay unvisited; ``secret``: that of a file of this
    machine that must stay unread.
    """
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 5))
    grown = f'<!ENTITY x "{"y" * 5_000}">'
    crowd = " ".join(f'b{n}=""' for n in range(5_000))
    included = f'<i:include xmlns:i="{XINCLUDE}" href="{secret}" parse="text"/>'
    return {
        "billion-laughs": _entity(f'<!ENTITY l0 "ha">{laughs}', "&l4;"),
        "quadratic-blow-up": _entity(grown, "&x;" * 150),
        "entity-from-a-file": _entity(f'<!ENTITY x SYSTEM "{secret}">'),
        "entity-from-a-network": _entity(f'<!ENTITY x SYSTEM "{canary}">'),
        "parameter-entity": _entity(f'<!ENTITY % p SYSTEM "{canary}">%p;'),
        "external-document-type": _doctype(f'<!DOCTYPE a SYSTEM "{canary}">', ""),
        "public-document-type": _doctype(f'<!DOCTYPE a PUBLIC "-//a" "{canary}">', ""),
        "default-attribute": _entity('<!ATTLIST a Id CDATA "forged">', ""),
        "xinclude": _doctype("", included),
        "stylesheet": _doctype(
            f'<?xml-stylesheet type="text/xsl" href="{canary}"?>', ""
        ),
        "encoding-that-hides": _hidden,
        "nested-without-end": _doctype("", "<a>" * 1_000 + "</a>" * 1_000),
        "attributes-without-end": _doctype("", f"<a {crowd}/>"),
        HARMLESS: _elsewhere_schema(canary),
    }


def xml(canary: str, secret: str) -> tuple[Hostile, ...]:
    """Against answers that are XML."""
    return tuple(
        Hostile(1, name, _body(change))
        for name, change in changes(canary, secret).items()
    )


def _entity(declared: str, use: str = "&x;") -> Callable[[bytes], bytes]:
    return _doctype(f"<!DOCTYPE a [{declared}]>", use)


def _hidden(body: bytes) -> bytes:
    """A document type in another encoding than anybody searches for it."""
    text = body.partition(b"?>")[2] if body.startswith(b"<?xml") else body
    change = _doctype('<!DOCTYPE a [<!ENTITY x "y">]>', "&x;")
    return change(text).decode().encode("utf-16")


def _elsewhere_schema(canary: str) -> Callable[[bytes], bytes]:
    """A hint where a schema lies: allowed, and to be left alone."""
    hint = (
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
        f' xsi:schemaLocation="urn:a {canary}"'
    )
    return _doctype("", "") if not canary else lambda body: _root_with(body, hint)


def _root_with(body: bytes, attributes: str) -> bytes:
    head, mark, rest = (
        body.partition(b"?>") if body.startswith(b"<?xml") else (b"", b"", body)
    )
    name, space, inside = rest.partition(b" ")
    return head + mark + name + attributes.encode() + space + inside
