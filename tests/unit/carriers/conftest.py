"""Servers of raw bytes on loopback, keys for TLS, on both event loops."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import TYPE_CHECKING, Self

import pytest
import uvloop
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from gateway.carriers.bodies import AnswerLimits
from gateway.carriers.http import HTTPCarrier, Timeouts

if TYPE_CHECKING:
    from asyncio import StreamReader, StreamWriter
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    Play = Callable[["Peer"], Awaitable[None]]

QUICK = Timeouts(total_s=1.0, connect_s=0.8, read_s=0.5)
PATIENT = Timeouts.within(20.0)


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Both loops: the gateway runs on uvloop, which words errors in its own way."""
    return {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


class Peer:
    """One connection as the agency's side sees it."""

    def __init__(
        self, agency: Agency, reader: StreamReader, writer: StreamWriter
    ) -> None:
        self._agency = agency
        self.reader = reader
        self.writer = writer

    async def request(self) -> bytes:
        """Read one whole request and write it into the agency's book."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        length = 0
        for line in head.split(b"\r\n"):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        whole = head + await self.reader.readexactly(length)
        self._agency.requests.append(whole)
        return whole

    async def send(self, raw: bytes) -> None:
        self.writer.write(raw)
        await self.writer.drain()

    async def answer(
        self, status: int, body: bytes = b"", headers: bytes = b""
    ) -> None:
        head = b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n" % (status, len(body))
        await self.send(head + headers + b"\r\n" + body)

    def reset(self) -> None:
        """End the connection by RST."""
        found: socket.socket = self.writer.get_extra_info("socket")
        linger = struct.pack("ii", 1, 0)
        found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.writer.transport.abort()


class Agency:
    """A server that plays its part on every connection and remembers what came."""

    def __init__(self, play: Play, tls: ssl.SSLContext | None = None) -> None:
        self._play = play
        self._tls = tls
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self.connections = 0
        self.requests: list[bytes] = []

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(
            self._connected, "127.0.0.1", 0, ssl=self._tls
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _connected(self, reader: StreamReader, writer: StreamWriter) -> None:
        self.connections += 1
        task = asyncio.ensure_future(self._serve(Peer(self, reader, writer)))
        self._tasks.add(task)

    async def _serve(self, peer: Peer) -> None:
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                await self._play(peer)
        finally:
            peer.writer.close()

    @property
    def port(self) -> int:
        assert self._server is not None
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    @property
    def url(self) -> str:
        scheme = "https" if self._tls else "http"
        return f"{scheme}://127.0.0.1:{self.port}/api"


async def hang() -> None:
    """Never end by itself."""
    await asyncio.Event().wait()


@contextlib.asynccontextmanager
async def carrying(
    base_url: str,
    *,
    tls: ssl.SSLContext | None = None,
    connections: int = 8,
    limits: AnswerLimits | None = None,
) -> AsyncIterator[HTTPCarrier]:
    carrier = HTTPCarrier(base_url, tls=tls, connections=connections, limits=limits)
    try:
        yield carrier
    finally:
        await carrier.close()


def closed_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@dataclass(frozen=True)
class Issued:
    """A certificate with its key, as files."""

    certificate: Path
    key: Path

    def serving(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        return context


class Authority:
    """An invented authority; its certificates are good for whatever they say."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._issued = 0
        own = self._certificate(self._name, self._key.public_key(), 2040, [], ca=True)
        self.path = folder / f"{name}.pem"
        self.path.write_bytes(own)

    def issue(self, *addresses: str, until: int = 2040) -> Issued:
        """For hosts by address; ``until``: a year."""
        self._issued += 1
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "VI DU")])
        names = [x509.IPAddress(ip_address(address)) for address in addresses]
        made = self._certificate(subject, key.public_key(), until, names, ca=False)
        stem = f"{self.path.stem}-{self._issued}"
        certificate, private = (
            self._folder / f"{stem}.cert.pem",
            self._folder / f"{stem}.key.pem",
        )
        certificate.write_bytes(made)
        private.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return Issued(certificate, private)

    def _certificate(
        self,
        subject: x509.Name,
        public: ec.EllipticCurvePublicKey,
        until: int,
        names: list[x509.IPAddress],
        *,
        ca: bool,
    ) -> bytes:
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
            .not_valid_after(datetime(until, 1, 1, tzinfo=UTC))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), True)
        )
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), False)
        return builder.sign(self._key, hashes.SHA256()).public_bytes(
            serialization.Encoding.PEM
        )


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"), "registered")


@pytest.fixture(scope="session")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("stranger"), "stranger")
