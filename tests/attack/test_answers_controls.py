"""The same answers to clients and parsers as they come: there they are let in."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import aiohttp
import pytest
from aiohttp import web
from lxml import etree

from tests.attack import hostile_answers
from tests.attack.frame import Attack, attacks
from tests.attack.hostile_answers import EVERYWHERE, Hostile, xml

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = [pytest.mark.control, pytest.mark.timeout(120)]
SECRET = "BI-MAT-CUA-MAY-NAY"
ANSWER = b"<?xml version='1.0' encoding='UTF-8'?>\n<Envelope ><Body/></Envelope>"
BY_NAME = {one.name: one for one in EVERYWHERE}
#: What an answer of so few bytes on the way becomes in a client that unpacks.
UNPACKED = 16 * 1024 * 1024


class Server:
    """An agency that somebody took over, and the address that it leads to."""

    def __init__(self) -> None:
        self.visits: list[str] = []
        self.base = ""

    @contextlib.asynccontextmanager
    async def answering(self, one: Hostile) -> AsyncIterator[str]:
        async def hostile(request: web.Request) -> web.StreamResponse:
            return await one.make(request, ANSWER, f"{self.base}/canary")

        async def visited(request: web.Request) -> web.Response:
            self.visits.append(request.path)
            return web.Response(text="here")

        app = web.Application()
        app.router.add_route("*", "/answer", hostile)
        app.router.add_route("*", "/canary", visited)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield f"{self.base}/answer"
        finally:
            await runner.cleanup()


def of(names: tuple[str, ...], door: str) -> list[object]:
    return attacks(
        *((Attack(BY_NAME[name].row, name, door), BY_NAME[name]) for name in names)
    )


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Less of it is enough to see that nothing is held back."""
    monkeypatch.setattr(hostile_answers, "HUGE_BYTES", UNPACKED)
    monkeypatch.setattr(hostile_answers, "BOMBS", hostile_answers.bombs(UNPACKED))


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    ("attack", "one"),
    of(
        ("gzip-bomb", "deflate-bomb", "endless-answer", "announced-too-large"), "client"
    ),
)
async def test_a_client_as_it_comes_takes_it_whole(
    attack: Attack, one: Hostile
) -> None:
    async with (
        Server().answering(one) as url,
        aiohttp.ClientSession() as session,
        session.post(url) as answer,
    ):
        assert len(await answer.read()) == UNPACKED, attack


@pytest.mark.parametrize(
    ("attack", "one"), of(tuple(n for n in BY_NAME if "redirect" in n), "client")
)
async def test_a_client_as_it_comes_goes_where_it_is_sent(
    attack: Attack, one: Hostile
) -> None:
    server = Server()
    async with (
        server.answering(one) as url,
        aiohttp.ClientSession() as session,
        session.post(url) as answer,
    ):
        await answer.read()
    assert server.visits == ["/canary"], attack


async def test_a_reader_without_a_limit_takes_headers_without_end() -> None:
    one = BY_NAME["headers-without-end"]
    async with Server().answering(one) as url:
        host, _, port = url.removeprefix("http://").partition("/")[0].partition(":")
        reader, writer = await asyncio.open_connection(host, int(port), limit=2**24)
        writer.write(b"GET /answer HTTP/1.1\r\nHost: a\r\n\r\n")
        head = await reader.readuntil(b"\r\n\r\n")
        writer.close()
    assert len(head) > 800_000


class Recorder(etree.Resolver):
    """Notes what a parser asks for and answers it."""

    def __init__(self, reply: str) -> None:
        super().__init__()
        self.reply = reply
        self.asked: list[str] = []

    def resolve(  # type: ignore[override]  # the stubs know no context
        self, system_url: str, public_id: str, context: object
    ) -> object:
        self.asked.append(system_url)
        return self.resolve_string(self.reply, context)  # type: ignore[call-arg]


CANARY = "http://127.0.0.1:9/canary"
READ = ("entity-from-a-file", "xinclude")
ASKED = (
    "entity-from-a-network",
    "parameter-entity",
    "external-document-type",
    "public-document-type",
)
GROWN = ("billion-laughs", "quadratic-blow-up")
TAKEN = (
    "default-attribute",
    "encoding-that-hides",
    "nested-without-end",
    "attributes-without-end",
)


@pytest.mark.parametrize(
    "attack",
    attacks(*((Attack(1, n, "parser"),) for n in (*READ, *ASKED, *GROWN, *TAKEN))),
)
async def test_a_parser_that_was_left_open_is_deceived(
    attack: Attack, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text(SECRET, "utf-8")
    named = {one.name: one for one in xml(CANARY, secret.as_uri())}
    made = await named[attack.technique].make(None, ANSWER, "")  # type: ignore[arg-type]
    assert isinstance(made, web.Response)
    assert isinstance(made.body, bytes)
    parser = etree.XMLParser(
        resolve_entities=True, load_dtd=True, attribute_defaults=True, huge_tree=True
    )
    is_type = attack.technique != "entity-from-a-network"
    recorder = Recorder('<!ENTITY x "fetched">' if is_type else "fetched")
    if attack.technique in ASKED:
        parser.resolvers.add(recorder)
    root = etree.fromstring(made.body, parser)  # noqa: TID251  the control
    if attack.technique == "xinclude":
        root.getroottree().xinclude()
    text = "".join(str(one) for one in root.itertext())
    if attack.technique in READ:
        assert SECRET in text
    if attack.technique in ASKED:
        assert recorder.asked == [CANARY]
    if attack.technique in GROWN:
        assert len(text) > 50 * len(made.body)
