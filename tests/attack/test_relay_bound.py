"""An agency's secret in the hands of another partner: its certificate is the other's."""

from __future__ import annotations

import asyncio
import json
import re
import ssl
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from gateway.mockagency import pki
from gateway.relay import pairs
from gateway.relay.pairs import key_hash
from gateway.wiring.free_ports import free_port
from tests.attack.frame import Attack, attacks
from tests.attack.relay_cases import HOST, statuses
from tests.relays import Outside, pair, told
from tests.world import World

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.timeout(120)
LAND, OPEN = "land-mau-1", "pccc-mau-1"
#: Whose certificate the caller shows; ``tot`` is the one that is registered.
OTHERS = {"another-partners-certificate": "sap-het-han", "no-certificate-shown": None}
CALLBACKS, INTERFACE = "callbacks", "open"


class Bound:
    """A gateway with a relay before it, and two offices that call with certificates."""

    def __init__(self, folder: Path, *, binds: bool) -> None:
        self.made, self.keys = folder / "pki", folder / "keys"
        pki.make(self.made, now=datetime.now(UTC).replace(microsecond=0))
        self.world = World(
            folder / "world",
            example="01-chuyen-nhuong-thuong",
            configure=self.bind if binds else None,
        )
        self.port = free_port()
        certificate, key = pair(self.keys, pairs.CORE)
        self.world.more_settings = (
            f'\n[relayed]\nport = {self.port}\ncertificate = "{certificate}"\n'
            f'key = "{key}"\nrelays = ["{pair(self.keys, pairs.RELAY)[0]}"]\n'
        )

    def bind(self, config: Path) -> None:
        """Their entries name the key of one certificate."""
        own = self.spki("tot")
        for office in (LAND, OPEN):
            for path in (config / "agencies").glob("*.toml"):
                text = path.read_text("utf-8")
                entry = re.compile(rf'^id = "{office}"$', re.MULTILINE)
                told = f'id = "{office}"\nclient_spki = ["sha256:{own}"]'
                path.write_text(entry.sub(told, text), "utf-8")

    def spki(self, name: str) -> str:
        shown = pki.pair(self.made, "may-khach", name)[0].read_text("ascii")
        return key_hash(ssl.PEM_cert_to_DER_cert(shown))

    def content(self, door: str) -> bytes:
        value = self.world.stage.secrets.value
        body = b"{}"
        key = ""
        if door == CALLBACKS:
            target = f"/callbacks/{LAND}/ChuyenHoSo/{value(f'{LAND}.callback')}"
        else:
            target = "/open/v1/ping"
            body = json.dumps({"key": value(f"{OPEN}.open")}).encode()
            key = f"Authorization: Bearer {value(f'{OPEN}.open')}\r\n"
        head = f"POST {target} HTTP/1.1\r\n{key}Content-Type: application/json\r\n"
        more = f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode()
        return head.encode() + HOST + more + body

    async def through_relay(self, door: str, name: str) -> bytes:
        """By the relay's own door, where TLS with the agency ends."""
        found = await self.world.call("GET", "/v1/relay/table", role="administrator")
        (self.keys / "table.json").write_bytes(found.content)
        certificate, key = pki.pair(self.made, "may-chu", "tot")
        tls = {
            "certificate": str(certificate),
            "key": str(key),
            "clients": str(self.made / "ca.pem"),
        }
        core = f"https://127.0.0.1:{self.port}"
        settings = told(self.keys, core, serves=("agencies",), tls=tls)
        async with Outside(settings) as outside:
            context = ssl.create_default_context(cafile=self.made / "ca.pem")
            context.load_cert_chain(*pki.pair(self.made, "may-khach", name))
            port = int(outside.url().rpartition(":")[2])
            return await spoken(port, context, self.content(door))

    async def at_core(self, door: str, name: str | None) -> bytes:
        """At the core's listener for relays, with what a relay would say of the caller."""
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.load_cert_chain(*pair(self.keys, pairs.RELAY))
        said = "X-Lienthong-Peer: 198.51.100.7\r\n"
        if name is not None:
            said += f"X-Lienthong-Certificate: {self.spki(name)}\r\n"
        content = self.content(door).replace(HOST, HOST + said.encode(), 1)
        return await spoken(self.port, context, content)

    async def in_the_clear(self, door: str) -> bytes:
        """At the listener where nobody looks at certificates."""
        assert self.world.gateway is not None
        port = int(self.world.gateway.addresses["agencies"].rpartition(":")[2])
        pretended = b"X-Lienthong-Peer: 10.0.0.1\r\nX-Lienthong-Certificate: %b\r\n"
        said = pretended % self.spki("tot").encode()
        content = self.content(door).replace(HOST, HOST + said, 1)
        return await spoken(port, None, content)


async def spoken(port: int, context: ssl.SSLContext | None, content: bytes) -> bytes:
    name = "localhost" if context is not None and context.check_hostname else None
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", port, ssl=context, server_hostname=name if context else None
    )
    writer.write(content)
    found = await reader.read()
    writer.transport.abort()
    return found


@pytest.fixture
async def bound(tmp_path: Path) -> AsyncIterator[Bound]:
    made = Bound(tmp_path, binds=True)
    async with made.world:
        yield made


@pytest.fixture
async def unbound(tmp_path: Path) -> AsyncIterator[Bound]:
    made = Bound(tmp_path, binds=False)
    async with made.world:
        yield made


DOORS = (CALLBACKS, INTERFACE)
STOLEN = attacks(
    *(
        (Attack(10, technique, door), door, name)
        for door in DOORS
        for technique, name in OTHERS.items()
    )
)
PRETENDED = attacks(
    *((Attack(10, "claim-of-a-certificate", door), door) for door in DOORS)
)


@pytest.mark.parametrize(("this", "door", "name"), STOLEN)
async def test_a_stolen_secret_is_none_without_the_certificate(
    this: Attack, door: str, name: str | None, bound: Bound
) -> None:
    refused = 404 if door == CALLBACKS else 401
    assert statuses(await bound.at_core(door, name)) == [refused], this
    if name is not None:
        assert statuses(await bound.through_relay(door, name)) == [refused], this


@pytest.mark.parametrize(("this", "door"), PRETENDED)
async def test_a_claim_where_nobody_looked_is_not_believed(
    this: Attack, door: str, bound: Bound
) -> None:
    refused = 404 if door == CALLBACKS else 401
    assert statuses(await bound.in_the_clear(door)) == [refused], this


@pytest.mark.control
@pytest.mark.parametrize(("this", "door", "name"), STOLEN)
async def test_where_no_certificate_is_registered_the_secret_is_enough(
    this: Attack, door: str, name: str | None, unbound: Bound
) -> None:
    assert statuses(await unbound.at_core(door, name)) == [200], this


@pytest.mark.honest
@pytest.mark.parametrize(
    ("this", "door"), attacks(*((Attack(10, "own-certificate", d), d) for d in DOORS))
)
async def test_with_its_own_certificate_an_office_is_let_in(
    this: Attack, door: str, bound: Bound
) -> None:
    assert statuses(await bound.at_core(door, "tot")) == [200], this
    assert statuses(await bound.through_relay(door, "tot")) == [200], this
