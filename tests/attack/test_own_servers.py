"""Servers that a machine's own settings name lie where they may, however they are named."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import socket
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests  # noqa: TID251  the control
from aiohttp.abc import ResolveResult
from aiohttp.resolver import ThreadedResolver

from gateway.carriers import checked
from gateway.carriers.checked import Connector
from gateway.carriers.checked_session import CheckedSession
from gateway.carriers.ground import LOCAL, Ground, ground_of
from gateway.carriers.oidc import Client, OpenIDConnect
from gateway.carriers.smtp import Server, SMTPMailer
from gateway.carriers.timestamp_calls import TimestampCalls
from gateway.carriers.webhook import Address, HTTPPoster
from gateway.domain.errors import GatewayError
from gateway.domain.principal import Role
from gateway.ports.evidence import NotStamped
from gateway.ports.mail import Mail
from gateway.settings import Settings
from gateway.telemetry.tracing import exporter
from gateway.wiring.grounds import own_ground
from tests.attack.frame import Attack, attacks

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

pytestmark = pytest.mark.timeout(60)
DOORS = ("mail", "alert-webhook", "heartbeat", "timestamp", "collector", "sign-in")
NAME = "may-chu.vi-du.invalid"
#: What a name leads to → whether a centre that named its own networks goes there.
LEADS = {
    "metadata": "169.254.169.254",
    "metadata-v6": "fd00:ec2::254",
    "link-local": "169.254.7.7",
    "loopback-by-another-name": "127.0.0.1",
    "mapped-loopback": "::ffff:127.0.0.1",
    "unspecified": "0.0.0.0",
    "multicast": "224.0.0.1",
}
#: Refused only where ``own_networks`` says which networks are the centre's.
BESIDE = {"private-10": "10.9.9.9", "private-192": "192.168.7.7"}
OWN = ground_of(["10.20.0.0/16"])


class Visited:
    """A server that notes who came, and answers as it is told."""

    def __init__(self) -> None:
        self.count = 0
        self.port = 0
        self.answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.count += 1
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, TimeoutError):
            async with asyncio.timeout(1):
                await reader.readuntil(b"\r\n\r\n")
        with contextlib.suppress(OSError):
            writer.write(self.answer)
            await writer.drain()
        writer.close()


@pytest.fixture
async def visited() -> AsyncIterator[Visited]:
    one = Visited()
    server = await asyncio.start_server(one.serve, "127.0.0.1", 0)
    one.port = server.sockets[0].getsockname()[1]
    async with server:
        yield one


def ask(door: str, host: str, port: int, ground: Ground) -> Awaitable[object]:
    """One call of what talks to such a server."""
    bare = f"[{host}]" if ":" in host else host
    url = f"http://{bare}:{port}"
    if door == "mail":
        server = Server(host, port, "cong@tinh.example", "none", ground=ground)
        return SMTPMailer(server).send(Mail(("a@tinh.example",), "Thử", "Thử"))
    if door in {"alert-webhook", "heartbeat"}:
        poster = HTTPPoster(Address(url, ground=ground))
        return poster.post("a", b"{}" if door == "alert-webhook" else b"")
    if door == "timestamp":
        return TimestampCalls(url, ground=ground).ask(b"0")
    if door == "collector":
        session = CheckedSession(Connector(ground))
        return asyncio.to_thread(session.post, f"{url}/v1/traces", b"{}", timeout=2)
    client = Client(
        issuer=url,
        client_id="cong",
        secret="",
        page="https://cong.tinh.example",
        label="",
        scopes=("openid",),
        claim="groups",
        roles={"a": Role.READER},
        ground=ground,
        timeout_s=3.0,
    )
    provider = OpenIDConnect(client, now=lambda: datetime(2026, 3, 10, tzinfo=UTC))
    return provider.leave("/v", again=False)


#: How each says that it did not get through.
FAILS = (GatewayError, NotStamped, requests.RequestException)


@pytest.fixture
def named(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], list[str]]:
    """Lets a name lead to an address; which addresses were connected to."""

    def leads(place: str) -> list[str]:
        gone: list[str] = []
        family = socket.AF_INET6 if ":" in place else socket.AF_INET
        found = [(family, socket.SOCK_STREAM, 6, "", (place, 0))]
        first = [
            ResolveResult(
                hostname=NAME, host=place, port=0, family=family, proto=6, flags=0
            )
        ]

        async def resolve(*_given: Any) -> list[Any]:
            return first

        def lookup(_host: str, port: int, *_more: Any, **_options: Any) -> list[Any]:
            return [(*found[0][:4], (place, port))]

        def connect(address: tuple[str, int], *_more: Any, **_options: Any) -> Any:
            gone.append(address[0])
            raise ConnectionRefusedError

        async def connect_to(*_given: Any, **options: Any) -> Any:
            gone.extend(one[4][0] for one in options.get("addr_infos", ()))
            raise ConnectionRefusedError

        monkeypatch.setattr(checked.Connector.__init__, "__defaults__", (LOCAL, lookup))
        monkeypatch.setattr(socket, "create_connection", connect)
        monkeypatch.setattr(ThreadedResolver, "resolve", resolve)
        monkeypatch.setattr(
            "aiohttp.connector.aiohappyeyeballs.start_connection", connect_to
        )
        return gone

    return leads


@pytest.mark.parametrize(
    ("attack", "door", "place"),
    attacks(
        *(
            (Attack(8, f"own-{kind}", door), door, place)
            for kind, place in LEADS.items()
            for door in DOORS
        )
    ),
)
async def test_a_name_that_leads_where_none_of_them_is_is_not_followed(
    named: Callable[[str], list[str]], attack: Attack, door: str, place: str
) -> None:
    gone = named(place)
    with pytest.raises(FAILS):
        await ask(door, NAME, 80, LOCAL)
    assert gone == []


@pytest.mark.parametrize(
    ("attack", "door", "place"),
    attacks(
        *(
            (Attack(8, f"own-{kind}", door), door, place)
            for kind, place in BESIDE.items()
            for door in DOORS
        )
    ),
)
async def test_who_named_the_centres_networks_goes_to_no_other(
    named: Callable[[str], list[str]], attack: Attack, door: str, place: str
) -> None:
    gone = named(place)
    for host in (NAME, place):
        with pytest.raises(FAILS):
            await ask(door, host, 80, OWN)
    assert gone == []


@pytest.mark.honest
@pytest.mark.parametrize(
    ("attack", "door"), attacks(*((Attack(8, "own-private-10", d), d) for d in DOORS))
)
async def test_the_centres_own_networks_are_gone_to(
    named: Callable[[str], list[str]], attack: Attack, door: str
) -> None:
    gone = named("10.20.3.4")
    with pytest.raises(FAILS):
        await ask(door, NAME, 80, OWN)
    assert set(gone) == {"10.20.3.4"}


REDIRECTS = attacks(
    *(
        (Attack(8, f"own-redirect-{status}", door), door, status)
        for door in DOORS
        if door != "mail"
        for status in (301, 302, 307, 308)
    )
)


@pytest.mark.parametrize(("attack", "door", "status"), REDIRECTS)
async def test_a_redirect_is_an_answer_and_not_followed(
    visited: Visited, attack: Attack, door: str, status: int
) -> None:
    elsewhere = Visited()
    server = await asyncio.start_server(elsewhere.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    visited.answer = (
        f"HTTP/1.1 {status} X\r\nLocation: http://127.0.0.1:{port}/\r\n"
        "Content-Length: 0\r\n\r\n"
    ).encode()
    async with server:
        with contextlib.suppress(*FAILS):
            await ask(door, "127.0.0.1", visited.port, LOCAL)
    assert visited.count > 0
    assert elsewhere.count == 0


@pytest.mark.control
@pytest.mark.parametrize(
    "attack", attacks(*((Attack(8, f"own-redirect-{s}", "collector"),) for s in (307,)))
)
async def test_a_session_as_it_comes_goes_where_it_is_led(
    visited: Visited, attack: Attack
) -> None:
    elsewhere = Visited()
    server = await asyncio.start_server(elsewhere.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    visited.answer = (
        f"HTTP/1.1 307 X\r\nLocation: http://127.0.0.1:{port}/\r\n"
        "Content-Length: 0\r\n\r\n"
    ).encode()
    async with server:
        url = f"http://127.0.0.1:{visited.port}/v1/traces"
        with contextlib.suppress(requests.RequestException):
            await asyncio.to_thread(requests.post, url, b"{}", timeout=20)
    assert elsewhere.count == 1


@pytest.mark.control
@pytest.mark.parametrize(
    "attack", attacks((Attack(8, "own-loopback-by-another-name", "alert-webhook"),))
)
async def test_a_connection_as_it_comes_goes_where_a_name_leads(
    visited: Visited, attack: Attack, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = socket.getaddrinfo

    def lookup(host: str, *given: Any, **options: Any) -> Any:
        return real("127.0.0.1" if host == NAME else host, *given, **options)

    monkeypatch.setattr(socket, "getaddrinfo", lookup)

    def call() -> int:
        connection = http.client.HTTPConnection(NAME, visited.port, timeout=20)
        with contextlib.closing(connection):
            connection.request("GET", "/")
            return connection.getresponse().status

    assert await asyncio.to_thread(call) == 200
    assert visited.count == 1


@pytest.mark.honest
@pytest.mark.parametrize(
    ("attack", "door"),
    attacks(
        *(
            (Attack(8, "own-loopback", d), d)
            for d in DOORS
            if d not in {"mail", "sign-in"}
        )
    ),
)
async def test_a_server_on_this_machine_is_reached_by_its_own_address(
    visited: Visited, attack: Attack, door: str
) -> None:
    await ask(door, "127.0.0.1", visited.port, LOCAL)
    assert visited.count == 1


def test_what_settings_say_is_what_is_gone_to(tmp_path: Path) -> None:
    given: dict[str, Any] = {"run_dir": tmp_path}
    assert own_ground(Settings.model_validate(given)) == LOCAL
    named = Settings.model_validate({**given, "own_networks": ["10.20.0.0/16"]})
    assert own_ground(named) == OWN
    assert not own_ground(
        Settings.model_validate({**given, "own_networks": []})
    ).permits("10.20.0.1")


async def test_spans_leave_by_the_checked_session(visited: Visited) -> None:
    url = f"http://127.0.0.1:{visited.port}"
    for ground, reached in ((OWN, 0), (LOCAL, 1)):
        sends = exporter(url, None, CheckedSession(Connector(ground)))
        sends._exporter._client._timeout = 1.0  # type: ignore[attr-defined]
        await asyncio.to_thread(sends.export, [])
        sends.shutdown()
        assert visited.count == reached
