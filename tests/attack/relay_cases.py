"""Attacks on the relay, as bytes on the wire and what must come of them.

Each case names its row of the checklist, its technique and the door. ``attack`` sends
it and says what came back and what the core saw. ``naive`` is a forwarder that looks at
the first line and pipes the rest, as many do: a case with ``control`` gets through it.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, NamedTuple

from tests.relays import CALLBACK, KEY, SECRET, TOKEN

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from tests.relays import Outside, Recorder

AGENCIES, ONE_STOP = "relay-agencies", "relay-one-stop"
_DOORS = {AGENCIES: 0, ONE_STOP: 1}
HOST = b"Host: lien-thong.example\r\n"
LENGTH_2 = b"Content-Length: 2\r\n"
#: What a smuggler wants the core to answer beside the call that was let in.
HIDDEN = (
    b"POST /console/cau-hinh/ap-dung HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"
)


class Case(NamedTuple):
    """Bytes, and what must come of them."""

    row: int
    technique: str
    door: str
    content: bytes
    status: int
    #: of the first answer; 0: none
    reaches: int = 0
    #: how many requests the core may see begin; none may be whole
    control: bool = True

    def __str__(self) -> str:
        """How it is called in the name of a test."""
        return f"{self.row}-{self.technique}-{self.door}"


class Outcome(NamedTuple):
    """What an attack came to."""

    statuses: list[int]
    #: of every answer that came back
    reached: int
    #: requests that the core saw, hidden ones too

    def holds(self, case: Case) -> bool:
        """Whether it is what has to come of it."""
        first = self.statuses[0] if self.statuses else 0
        return first == case.status and self.reached <= case.reaches


def statuses(answered: bytes) -> list[int]:
    """Status of each answer in a stream of them."""
    found = []
    for part in answered.split(b"HTTP/1.1 ")[1:]:
        status = int(part[:3])
        if status != 100:
            found.append(status)
    return found


def requests(seen: list[bytes]) -> int:
    """How many requests stand in what the core saw, wherever they begin."""
    whole = b"\r\n".join(seen)
    return sum(
        whole.count(b" HTTP/1." + minor) for minor in (b"1\r\n", b"0\r\n", b"1\n")
    )


async def attack(case: Case, outside: Outside, core: Recorder) -> Outcome:
    """Send it to a relay."""
    answered = await outside.raw(case.content, door=_DOORS[case.door])
    return Outcome(statuses(answered), requests(core.seen))


def post(
    more: bytes = b"", body: bytes = b"{}", *, target: bytes = CALLBACK.encode()
) -> bytes:
    """A callback with further headers, whose length stands among them."""
    return b"POST " + target + b" HTTP/1.1\r\n" + HOST + more + b"\r\n" + body


def get(target: bytes, *, more: bytes = b"") -> bytes:
    """A call without a body."""
    return b"GET " + target + b" HTTP/1.1\r\n" + HOST + more + b"\r\n"


def _smuggling() -> Iterator[Case]:
    chunked = b"Transfer-Encoding: chunked\r\n"
    hidden_after = b"0\r\n\r\n" + HIDDEN
    n = str(len(hidden_after)).encode()
    both = b"Content-Length: " + n + b"\r\n"
    bodies = {
        "both-framings": post(both + chunked, hidden_after),
        "both-framings-reversed": post(chunked + both, hidden_after),
        "two-lengths": post(LENGTH_2 + b"Content-Length: 90\r\n", b"{}" + HIDDEN),
        "same-length-twice": post(LENGTH_2 * 2, b"{}" + HIDDEN),
        "length-list": post(b"Content-Length: 2, 2\r\n", b"{}" + HIDDEN),
        "length-plus": post(b"Content-Length: +2\r\n", b"{}" + HIDDEN),
        "length-minus": post(b"Content-Length: -2\r\n", b"{}" + HIDDEN),
        "length-hex": post(b"Content-Length: 0x2\r\n", b"{}" + HIDDEN),
        "length-underscore": post(b"Content-Length: 1_0\r\n", b"{}" + HIDDEN),
        "length-empty": post(b"Content-Length:\r\n", b"{}" + HIDDEN),
        "length-space-inside": post(b"Content-Length: 2 0\r\n", b"{}" + HIDDEN),
        "length-digits-of-another-script": post(
            "Content-Length: ٢\r\n".encode(), b"{}" + HIDDEN
        ),
        "length-too-long": post(b"Content-Length: " + b"9" * 40 + b"\r\n", b"{}"),
        "name-with-underscore": post(
            b"Content_Length: 90\r\n" + LENGTH_2, b"{}" + HIDDEN
        ),
        "space-before-colon": post(b"Content-Length : 2\r\n", b"{}" + HIDDEN),
        "tab-before-colon": post(b"Transfer-Encoding\t: chunked\r\n", hidden_after),
        "folded-header": post(b"X-A: b\r\n Content-Length: 90\r\n" + LENGTH_2, b"{}"),
        "folded-coding": post(b"Transfer-Encoding:\r\n chunked\r\n", hidden_after),
        "line-feed-alone": post(b"X-A: b\n" + chunked, hidden_after),
        "return-alone": post(b"X-A: b\rTransfer-Encoding: chunked\r\n" + LENGTH_2),
        "nul-in-header": post(b"X-A: b\0c\r\n" + LENGTH_2),
        "nul-in-name": post(b"X-\0A: b\r\n" + LENGTH_2),
        "control-in-value": post(b"X-A: \x0bchunked\r\n" + LENGTH_2),
        "no-colon": post(b"Transfer-Encoding\r\n" + LENGTH_2),
        "empty-name": post(b": chunked\r\n" + LENGTH_2),
        "coding-identity": post(b"Transfer-Encoding: identity\r\n" + LENGTH_2),
        "coding-list": post(b"Transfer-Encoding: gzip, chunked\r\n", hidden_after),
        "coding-twice": post(chunked * 2, hidden_after),
        "coding-with-tab": post(b"Transfer-Encoding: \x0bchunked\r\n", hidden_after),
        "coding-quoted": post(b'Transfer-Encoding: "chunked"\r\n', hidden_after),
        "coding-with-parameter": post(
            b"Transfer-Encoding: chunked;a=b\r\n", hidden_after
        ),
        "coding-xchunked": post(b"Transfer-Encoding: xchunked\r\n", hidden_after),
        "connection-names-length": post(
            b"Connection: close, Content-Length\r\n" + LENGTH_2
        ),
        "connection-names-key": post(b"Connection: Authorization\r\n" + LENGTH_2),
        "body-of-get": get(CALLBACK.encode(), more=LENGTH_2) + b"{}",
        "chunks-of-get": get(CALLBACK.encode(), more=chunked) + hidden_after,
        "two-hosts": post(b"Host: khac.example\r\n" + LENGTH_2),
        "host-with-path": post(LENGTH_2).replace(HOST, b"Host: a/console\r\n"),
        "host-with-at": post(LENGTH_2).replace(HOST, b"Host: a@b\r\n"),
        "no-host": post(LENGTH_2).replace(HOST, b""),
        "empty-line-first": b"\r\n" + post(LENGTH_2),
        "http-1-0": post(LENGTH_2).replace(b"HTTP/1.1", b"HTTP/1.0", 1),
        "http-2-preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "http-0-9": b"GET " + CALLBACK.encode() + b"\r\n\r\n",
        "version-lower-case": post(LENGTH_2).replace(b"HTTP/1.1", b"http/1.1", 1),
        "two-spaces": post(LENGTH_2).replace(b"POST ", b"POST  ", 1),
        "tab-in-line": post(LENGTH_2).replace(b"POST ", b"POST\t", 1),
        "word-after-version": post(LENGTH_2).replace(b"/1.1\r", b"/1.1 x\r", 1),
        "method-lower-case": post(LENGTH_2).replace(b"POST", b"post", 1),
        "two-keys": post(b"Authorization: a\r\nAuthorization: b\r\n" + LENGTH_2),
        "bytes-that-are-no-text": post(b"X-A: \xc0\xaf\r\n" + LENGTH_2),
    }
    for technique, content in bodies.items():
        yield Case(9, technique, AGENCIES, content, 400)
    yield Case(9, "expect-other", AGENCIES, post(b"Expect: 200-ok\r\n" + LENGTH_2), 417)


def _chunks() -> Iterator[Case]:
    """Bodies in chunks that are none: the core gets the beginning and never the end."""
    bodies = {
        "chunk-extension": b"2;a=b\r\n{}\r\n0\r\n\r\n",
        "chunk-size-signed": b"+2\r\n{}\r\n0\r\n\r\n",
        "chunk-size-hex-prefix": b"0x2\r\n{}\r\n0\r\n\r\n",
        "chunk-size-space": b"2 \r\n{}\r\n0\r\n\r\n",
        "chunk-size-underscore": b"1_0\r\n{}\r\n0\r\n\r\n",
        "chunk-size-empty": b"\r\n{}\r\n0\r\n\r\n",
        "chunk-size-too-long": b"0000000002\r\n{}\r\n0\r\n\r\n",
        "chunk-line-feed-alone": b"2\n{}\n0\n\n",
        "chunk-longer-than-it-says": b"2\r\n{}" + HIDDEN + b"\r\n0\r\n\r\n",
        "chunk-end-missing": b"2\r\n{}0\r\n\r\n",
        "chunk-trailer": b"2\r\n{}\r\n0\r\nX-Lienthong-Peer: 10.0.0.1\r\n\r\n",
        "chunk-trailer-length": b"2\r\n{}\r\n0\r\nContent-Length: 90\r\n\r\n",
    }
    for technique, body in bodies.items():
        content = post(b"Transfer-Encoding: chunked\r\n", body)
        yield Case(9, technique, AGENCIES, content, 400, reaches=1)


def _paths() -> Iterator[Case]:
    under = f"/callbacks/don-vi-1/{{}}CapNhat/{SECRET}"
    tricks = {
        "dots": "../don-vi-1/",
        "dot": "./",
        "dots-encoded": "%2e%2e/don-vi-1/",
        "dots-half-encoded": ".%2E/don-vi-1/",
        "dots-encoded-twice": "%252e%252e/don-vi-1/",
        "two-slashes": "/",
        "slash-encoded": "%2f",
        "slash-encoded-twice": "%252f",
        "backslash": "\\..\\",
        "backslash-encoded": "%5c..%5c",
        "parameter": ";a=b/../",
        "nul": "%00",
        "line-end": "%0d%0aX-Lienthong-Peer:%201",
        "overlong-dot": "%c0%ae%c0%ae/",
        "overlong-slash": "%c0%af",
        "percent-alone": "%/",
        "percent-not-hex": "%zz",
        "unicode-escape": "%u002e%u002e/",
        "wide-slash": "%ef%bc%8f",
        "wide-dots": "%ef%bc%8e%ef%bc%8e/",
        "dot-leaders": "%e2%80%a5/",
    }
    for technique, trick in tricks.items():
        content = post(LENGTH_2, target=under.format(trick).encode())
        yield Case(9, f"path-{technique}", AGENCIES, content, 404)
        api = f"/v1/dossiers/{trick}x".encode()
        bearer = f"Authorization: Bearer {TOKEN}\r\n".encode()
        asked = get(api, more=bearer)
        yield Case(9, f"path-{technique}", ONE_STOP, asked, 404)
    forms = {
        "absolute": b"http://lien-thong.example" + CALLBACK.encode(),
        "absolute-elsewhere": b"http://169.254.169.254/latest/meta-data",
        "authority": b"//169.254.169.254" + CALLBACK.encode(),
        "star": b"*",
        "fragment": CALLBACK.encode() + b"#a",
        "trailing-slash": CALLBACK.encode() + b"/",
        "more-segments": CALLBACK.encode() + b"/x",
        "upper-case": CALLBACK.encode().replace(b"callbacks", b"CALLBACKS"),
        "letter-encoded-in-query": CALLBACK.encode() + b"?a=%zz",
        "query-with-space": CALLBACK.encode() + b"?a=<b>",
    }
    for technique, target in forms.items():
        yield Case(
            9, f"target-{technique}", AGENCIES, post(LENGTH_2, target=target), 404
        )
    raw = CALLBACK.encode()
    yield Case(
        9, "target-raw-bytes", AGENCIES, post(LENGTH_2, target=raw + b"\xff"), 400
    )
    connect = b"CONNECT 169.254.169.254:80 HTTP/1.1\r\n" + HOST + b"\r\n"
    yield Case(9, "method-connect", AGENCIES, connect, 404)
    for method in (b"TRACE", b"OPTIONS", b"PUT", b"DELETE", b"PATCH", b"HEAD", b"GET"):
        content = get(raw).replace(b"GET", method, 1)
        name = f"method-{method.decode().lower()}"
        yield Case(9, name, AGENCIES, content, 404)


def _doors() -> Iterator[Case]:
    """What belongs to another zone."""
    bearer = f"Authorization: Bearer {TOKEN}\r\n".encode()
    elsewhere = {
        "pages": b"/console",
        "page-of-sign-in": b"/console/dang-nhap",
        "root": b"/",
        "metrics": b"/metrics",
        "readiness": b"/readyz",
        "health": b"/health",
        "virtual-clock": b"/_control/clock",
        "description": b"/openapi.json",
        "table-of-the-relay": b"/v1/relay/table",
        "configuration": b"/v1/configuration/versions",
        "accounts": b"/v1/accounts",
        "journal": b"/v1/journal",
    }
    for technique, target in elsewhere.items():
        for door in (AGENCIES, ONE_STOP):
            content = get(target, more=bearer)
            yield Case(15, f"other-zone-{technique}", door, content, 404)
    api = get(b"/v1/dossiers/H00.01-260310-0001", more=bearer)
    yield Case(15, "other-zone-api", AGENCIES, api, 404)
    callback = post(LENGTH_2 + bearer)
    yield Case(15, "other-zone-callback", ONE_STOP, callback, 404)
    bare = get(b"/v1/dossiers/H00.01-260310-0001")
    yield Case(15, "no-key", ONE_STOP, bare, 401)
    cookie = get(
        b"/v1/dossiers/H00.01-260310-0001", more=b"Cookie: __Host-lienthong-phien=a\r\n"
    )
    yield Case(15, "session-of-the-pages", ONE_STOP, cookie, 401)


def _secrets() -> Iterator[Case]:
    other = {
        "empty": "",
        "prefix": SECRET[:-1],
        "longer": SECRET + "x",
        "upper-case": SECRET.upper(),
        "of-nobody": "x" * len(SECRET),
        "its-hash": "0" * 64,
        "template": "{secret}",
        "encoded-space": SECRET + "%20",
    }
    for technique, secret in other.items():
        content = post(
            LENGTH_2, target=f"/callbacks/don-vi-1/CapNhat/{secret}".encode()
        )
        yield Case(15, f"secret-{technique}", AGENCIES, content, 404)
    listing = b"/callbacks/don-vi-2/DanhMuc"
    asked = {
        "missing": listing,
        "wrong": listing + b"?CodeGet=x",
        "twice": listing + f"?CodeGet=x&CodeGet={SECRET}".encode(),
        "twice-reversed": listing + f"?CodeGet={SECRET}&CodeGet=x".encode(),
        "other-case": listing + f"?codeget={SECRET}".encode(),
        "in-path": listing + f"/{SECRET}".encode(),
        "behind-semicolon": listing + f"?a=b;CodeGet={SECRET}".encode(),
    }
    for technique, target in asked.items():
        yield Case(15, f"query-secret-{technique}", AGENCIES, get(target), 404)
    for technique, key in {"wrong": KEY[:-1] + "x", "of-a-callback": SECRET}.items():
        more = LENGTH_2 + f"Authorization: Bearer {key}\r\n".encode()
        content = post(more, target=b"/open/v1/report")
        yield Case(15, f"open-key-{technique}", AGENCIES, content, 401)


def _sizes() -> Iterator[Case]:
    large = b"Content-Length: 70000\r\n"
    yield Case(6, "announces-too-much", AGENCIES, post(large, b""), 413)
    huge = b"Content-Length: 999999999999\r\nExpect: 100-continue\r\n"
    yield Case(6, "announces-too-much-and-waits", AGENCIES, post(huge, b""), 413)
    chunk = b"8000\r\n" + b"a" * 0x8000 + b"\r\n"
    streamed = post(b"Transfer-Encoding: chunked\r\n", chunk * 3 + b"0\r\n\r\n")
    yield Case(6, "streams-too-much", AGENCIES, streamed, 413, reaches=1)
    one = post(b"Transfer-Encoding: chunked\r\n", b"ffffffff\r\n")
    yield Case(6, "one-chunk-of-4-gib", AGENCIES, one, 413, reaches=1)
    many = b"".join(b"X-%d: a\r\n" % n for n in range(100))
    yield Case(6, "too-many-headers", AGENCIES, post(many + LENGTH_2), 431)
    long = b"X-A: " + b"a" * 20_000 + b"\r\n"
    yield Case(6, "header-too-long", AGENCIES, post(long + LENGTH_2), 431)
    some = b"".join(b"X-%d: " % n + b"a" * 4_000 + b"\r\n" for n in range(6))
    yield Case(6, "head-too-large", AGENCIES, post(some + LENGTH_2), 431)
    target = CALLBACK.encode() + b"?" + b"a" * 20_000
    yield Case(6, "address-too-long", AGENCIES, post(LENGTH_2, target=target), 431)
    name = b"X" * 200 + b": a\r\n"
    yield Case(6, "name-too-long", AGENCIES, post(name + LENGTH_2), 400)
    body = get(f"/callbacks/don-vi-2/DanhMuc?CodeGet={SECRET}".encode())
    content = body.replace(b"GET", b"POST", 1)
    yield Case(6, "body-where-none-belongs", AGENCIES, content, 404)


def _slow() -> Iterator[Case]:
    """Bytes after which nothing comes; the connection stays open (``hang``)."""
    yield Case(32, "half-a-line", AGENCIES, b"POST /callb", 408, control=False)
    head = post(LENGTH_2)[: -len(b"\r\n{}")]
    yield Case(32, "head-without-an-end", AGENCIES, head, 408, control=False)
    yield Case(
        *(32, "body-that-does-not-come", AGENCIES, post(LENGTH_2, b"{"), 408, 1, False)
    )
    chunk = post(b"Transfer-Encoding: chunked\r\n", b"2\r\n{}\r\n")
    yield Case(32, "chunk-that-does-not-come", AGENCIES, chunk, 408, 1, control=False)


def _logs() -> Iterator[Case]:
    """What would write a line of its own into a log that takes paths and headers."""
    line = b"%0a%7b%22event%22:%22passed%22%7d"
    target = b"/callbacks/don-vi-1/" + line + b"/x"
    yield Case(31, "line-into-the-log-by-path", AGENCIES, get(target), 404)
    agent = b'User-Agent: a"}\x0b{"event":"passed"\r\n'
    yield Case(31, "line-into-the-log-by-header", AGENCIES, post(agent + LENGTH_2), 400)
    escape = b"User-Agent: \x1b[2J\r\n"
    yield Case(31, "terminal-escape", AGENCIES, post(escape + LENGTH_2), 400)


CASES = [
    *_smuggling(),
    *_chunks(),
    *_paths(),
    *_doors(),
    *_secrets(),
    *_sizes(),
    *_logs(),
]
SLOW = [*_slow()]

#: Headers by which an outsider would be somebody else: none may reach the core as sent.
PRETENCES = (
    "X-Lienthong-Peer",
    "X-Lienthong-Certificate",
    "x_lienthong_peer",
    "Lienthong-Peer-Spki",
    "Lienthong-Peer-Cert",
    "X-Forwarded-For",
    "X_Forwarded_For",
    "X-Forwarded-Host",
    "X-Forwarded-Proto",
    "X-Forwarded-Prefix",
    "X-Forwarded-Client-Cert",
    "Forwarded",
    "Via",
    "X-Real-IP",
    "X-Client-IP",
    "X-Original-URL",
    "X-Rewrite-URL",
    "X-HTTP-Method-Override",
    "X-Method-Override",
    "X-SSL-Client-Cert",
    "SSL-Client-Cert",
    "Client-Cert",
    "True-Client-IP",
    "CF-Connecting-IP",
    "X-Remote-User",
    "Remote-User",
    "Cookie",
    "X-CSRF-Token",
    "Proxy-Authorization",
    "TE",
    "Trailer",
    "Upgrade",
    "HTTP2-Settings",
    "Keep-Alive",
)


@contextlib.asynccontextmanager
async def naive(core: NaiveCore) -> AsyncIterator[int]:
    """A forwarder that looks at nothing but the beginning, and pipes; its port."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            there, onward = await asyncio.open_connection("127.0.0.1", core.port)
            while piece := await reader.read(64 * 1024):
                onward.write(piece)
                await onward.drain()
            onward.write_eof()
            while piece := await there.read(64 * 1024):
                writer.write(piece)
            onward.close()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


class NaiveCore:
    """A core in the clear that writes down what reaches it."""

    def __init__(self) -> None:
        """Nothing has come."""
        self.seen: list[bytes] = []
        self.port = 0

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[NaiveCore]:
        """Listen."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.seen.append(await reader.read())
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        writer.close()
