"""Where the gateway goes: nowhere that a name, a link or an answer could make it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from gateway.carriers.destination import AddressRefused, CheckedResolver, Destination
from gateway.carriers.failures import NothingLeft
from gateway.carriers.ground import LOCAL, PUBLIC, Ground, ground_of
from gateway.carriers.http import HTTPCarrier, Timeouts
from gateway.carriers.sftp import Account, Line
from gateway.domain.errors import StoreUnavailable
from gateway.settings import Profile, Settings
from gateway.wiring.grounds import ground_for
from tests.attack.frame import Attack, attacks

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PATIENT = Timeouts.within(5.0)
#: What an address is → one of its kind; none of them is an agency's by itself.
KINDS = {
    "loopback": "127.0.0.1",
    "loopback-high": "127.255.0.9",
    "loopback-v6": "::1",
    "unspecified": "0.0.0.0",
    "unspecified-v6": "::",
    "private-10": "10.1.2.3",
    "private-172": "172.16.0.1",
    "private-192": "192.168.0.7",
    "carrier-nat": "100.64.0.1",
    "link-local": "169.254.1.1",
    "metadata": "169.254.169.254",
    "metadata-v6": "fd00:ec2::254",
    "metadata-nat": "100.100.100.200",
    "link-local-v6": "fe80::1",
    "unique-local": "fd00::7",
    "site-local": "fec0::1",
    "multicast": "224.0.0.1",
    "multicast-v6": "ff02::1",
    "broadcast": "255.255.255.255",
    "reserved": "240.0.0.1",
    "documentation": "192.0.2.1",
    "benchmark": "198.18.0.1",
    "mapped-loopback": "::ffff:127.0.0.1",
    "mapped-private": "::ffff:10.1.2.3",
    "mapped-metadata": "::ffff:169.254.169.254",
    "compatible": "::7f00:1",
    "6to4-loopback": "2002:7f00:1::",
    "6to4-private": "2002:a01:203::1",
    "nat64-loopback": "64:ff9b::7f00:1",
    "nat64-metadata": "64:ff9b::a9fe:a9fe",
    "nat64-local": "64:ff9b:1::a01:203",
    "teredo": "2001:0:4136:e378:8000:63bf:3fff:fdd2",
}
PUBLIC_ONES = ("8.8.8.8", "203.162.4.190", "2606:4700:4700::1111", "64:ff9b::808:808")


class Names(AbstractResolver):
    """Says other addresses each time it is asked."""

    def __init__(self, *answers: tuple[str, ...]) -> None:
        self._answers = list(answers)
        self.asked = 0

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_INET,
    ) -> list[ResolveResult]:
        self.asked += 1
        told = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        return [
            ResolveResult(
                hostname=host, host=one, port=port, family=family, proto=0, flags=0
            )
            for one in told
        ]

    async def close(self) -> None:
        """Nothing is open."""


def literal(address: str) -> str:
    return f"http://[{address}]/" if ":" in address else f"http://{address}/"


@pytest.mark.parametrize(
    ("attack", "address"),
    attacks(*((Attack(8, kind, "literal"), one) for kind, one in KINDS.items())),
)
def test_a_literal_address_that_is_no_agencys_is_refused(
    attack: Attack, address: str
) -> None:
    with pytest.raises(AddressRefused):
        Destination(literal(address), PUBLIC)


@pytest.mark.parametrize(
    ("attack", "address"),
    attacks(*((Attack(8, kind, "name"), one) for kind, one in KINDS.items())),
)
@pytest.mark.parametrize("name", ["thue.vi-du.invalid", "localhost"])
async def test_a_name_that_leads_there_is_not_resolved(
    attack: Attack, address: str, name: str
) -> None:
    with pytest.raises(OSError, match="no permitted address"):
        await CheckedResolver(Names((address,)), PUBLIC).resolve(name, 443)


@pytest.mark.control
@pytest.mark.parametrize(
    ("attack", "address"),
    attacks(
        *(
            (Attack(8, kind, "name"), KINDS[kind])
            for kind in ("private-10", "carrier-nat", "unique-local", "6to4-private")
        )
    ),
)
async def test_on_open_ground_the_same_name_is_gone_to(
    attack: Attack, address: str
) -> None:
    found = await CheckedResolver(Names((address,)), LOCAL).resolve("x.invalid", 443)
    assert [one["host"] for one in found] == [address]


@pytest.mark.honest
@pytest.mark.parametrize(
    ("attack", "address"),
    attacks(*((Attack(8, f"public-{one}", "name"), one) for one in PUBLIC_ONES)),
)
async def test_public_addresses_are_gone_to(attack: Attack, address: str) -> None:
    found = await CheckedResolver(Names((address,)), PUBLIC).resolve("x.invalid", 443)
    assert [one["host"] for one in found] == [address]


@pytest.mark.honest
@pytest.mark.parametrize(
    ("attack", "address"),
    attacks(
        (Attack(8, "private-10", "networks"), "10.20.3.4"),
        (Attack(8, "unique-local", "networks"), "fd12:3456::7"),
    ),
)
async def test_an_agency_in_a_network_that_its_entry_names_is_reached(
    attack: Attack, address: str
) -> None:
    ground = ground_of(["10.20.0.0/16", "fd12:3456::/32"])
    assert Destination(literal(address), ground).host == address
    found = await CheckedResolver(Names((address,)), ground).resolve("x.invalid", 443)
    assert [one["host"] for one in found] == [address]


@pytest.mark.parametrize(
    ("attack", "address"),
    attacks(
        (Attack(8, "beside-the-network", "networks"), "10.21.0.1"),
        (Attack(8, "metadata", "networks"), "169.254.169.254"),
        (Attack(8, "metadata-v6", "networks"), "fd00:ec2::254"),
        (Attack(8, "nat64-private", "networks"), "64:ff9b::a15:1"),
    ),
)
def test_a_named_network_opens_nothing_else(attack: Attack, address: str) -> None:
    ground = ground_of(["10.20.0.0/16", "169.254.0.0/16", "fd00::/8"])
    with pytest.raises(AddressRefused):
        Destination(literal(address), ground)


class Listening:
    """A server on one address of this machine that counts who came."""

    def __init__(self) -> None:
        self.came = 0
        self.port = 0

    @contextlib.asynccontextmanager
    async def at(self, host: str, port: int = 0) -> AsyncIterator[Listening]:
        async def serve(
            reader: asyncio.StreamReader, writer: asyncio.StreamWriter
        ) -> None:
            self.came += 1
            await reader.readuntil(b"\r\n\r\n")
            writer.write(
                b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
            )
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(serve, host, port)
        self.port = server.sockets[0].getsockname()[1]
        async with server:
            yield self


AGENCY, VICTIM = "127.0.0.1", "::1"


@contextlib.asynccontextmanager
async def carried(
    port: int, names: AbstractResolver, ground: Ground
) -> AsyncIterator[HTTPCarrier]:
    carrier = HTTPCarrier(
        f"http://thue.vi-du.invalid:{port}/", ground=ground, names=names
    )
    try:
        yield carrier
    finally:
        await carrier.close()


async def both_calls(ground: Ground) -> tuple[Listening, Listening, Names, list[str]]:
    """Two calls to one name that a resolver turns from the agency to this machine."""
    ended: list[str] = []
    names = Names((AGENCY,), (VICTIM,))
    async with (
        Listening().at(AGENCY) as agency,
        Listening().at(VICTIM, agency.port) as victim,
    ):
        for _ in range(2):
            # A new carrier each: no name is remembered from the first.
            async with carried(agency.port, names, ground) as carrier:
                try:
                    answer = await carrier.send("GET", "/", timeouts=PATIENT)
                    ended.append(str(answer.status))
                except NothingLeft as error:
                    ended.append(error.reason)
    return agency, victim, names, ended


@pytest.mark.parametrize("attack", attacks((Attack(8, "dns-rebinding", "carrier"),)))
async def test_a_name_that_turns_round_is_not_followed(attack: Attack) -> None:
    ground = Ground((ip_network(f"{AGENCY}/32"),))
    agency, victim, names, ended = await both_calls(ground)
    assert (agency.came, victim.came) == (1, 0)
    assert ended[0] == "200"
    assert ended[1] in {"name", "address"}
    # Once a connection: what was looked at is what is gone to.
    assert 2 <= names.asked <= 3


@pytest.mark.control
@pytest.mark.parametrize("attack", attacks((Attack(8, "dns-rebinding", "carrier"),)))
async def test_on_open_ground_the_victim_is_called(attack: Attack) -> None:
    _, victim, _, ended = await both_calls(
        Ground((ip_network("127.0.0.0/8"), ip_network("::1/128")))
    )
    assert victim.came == 1
    assert ended == ["200", "200"]


@pytest.mark.parametrize(
    ("attack", "host"),
    attacks(
        (Attack(8, "loopback", "sftp"), "127.0.0.1"),
        (Attack(8, "loopback-as-a-number", "sftp"), "2130706433"),
        (Attack(8, "localhost", "sftp"), "localhost"),
    ),
)
async def test_no_file_server_is_this_machine(
    attack: Attack, host: str, ssh_key: str
) -> None:
    async with Listening().at("127.0.0.1") as victim:
        account = Account(host, "u", (PUBLIC_KEY,), ssh_key, victim.port, "", PUBLIC)
        with pytest.raises(StoreUnavailable):
            async with Line(account).open():
                pass
        assert victim.came == 0


PUBLIC_KEY = (
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"
)


@pytest.fixture(scope="module")
def ssh_key() -> str:
    import asyncssh

    return asyncssh.generate_private_key("ssh-ed25519").export_private_key().decode()


@pytest.mark.parametrize(
    ("attack", "address"),
    attacks(
        (Attack(8, "loopback", "production"), "http://127.0.0.1:8400/"),
        (Attack(8, "private-10", "production"), "https://10.0.0.7/"),
    ),
)
def test_production_goes_to_public_networks_unless_told(
    attack: Attack, address: str, tmp_path: Path
) -> None:
    production = Settings(run_dir=tmp_path)
    with pytest.raises(AddressRefused):
        Destination(address, ground_for(production, {}))
    with pytest.raises(ValueError, match="networks"):
        ground_for(production, {"networks": "10.0.0.0/8"})


@pytest.mark.control
@pytest.mark.parametrize(
    ("attack", "address"),
    attacks((Attack(8, "loopback", "production"), "http://127.0.0.1:8400/")),
)
def test_mock_mode_goes_to_this_machine(
    attack: Attack, address: str, tmp_path: Path
) -> None:
    mock = Settings(run_dir=tmp_path, profile=Profile.MOCK)
    assert Destination(address, ground_for(mock, {})).host == "127.0.0.1"
