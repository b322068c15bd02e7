"""A mock of the electricity company, and a client that sees bytes and no HTTP."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from gateway.mockagency.faults_reading import read_rows
from gateway.mockagency.scenarios import Scenarios
from gateway.mockagency.server import MockAgency, serve
from tests.unit.mockagency.plans import row

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator
    from pathlib import Path

    from gateway.mockagency.faults import Met

START = datetime.fromisoformat("2026-03-10T07:30:00+07:00")
NUMBER = "H00.01-260310-0001"
KEY = "khoa-vi-du"
#: A test that waits in vain fails after so many real seconds.
PATIENCE_S = 20.0


@asynccontextmanager
async def a_mock(
    folder: Path, *rows: dict[str, Any], seed: int = 0, **settings: Any
) -> AsyncIterator[tuple[MockAgency, int]]:
    """The mock and the port on which it listens; virtual time."""
    planned = read_rows(list(rows), "thu.toml")
    mock = MockAgency(
        "electricity",
        {"key": KEY, **settings},
        folder,
        start=START,
        scenarios=Scenarios(None),
        faults=list(planned.faults),
        seed=seed,
    )
    runner, base = await serve(mock, 0, shutdown_s=0.1)
    try:
        yield mock, int(base.rpartition(":")[2])
    finally:
        await runner.cleanup()
        await mock.close()


def hand_over(number: str = NUMBER) -> dict[str, Any]:
    """A request to connect a house."""
    return {
        "KHOA": KEY,
        "MA_GIAODICH": f"gd-{number}",
        "MA_HOSO_DVC": number,
        "MA_LOAI_YCAU": "CDHA_M",
        "MA_DVIQLY": "PX9901",
        "NGAY_YCAU": "2026/03/10 07:45:00",
        "TEN_NGUOIYCAU": "Nguyễn Văn Ví Dụ",
        "DTHOAI": "0900000001",
        "DCHI_NGUOIYCAU": "Số 1, đường Ví Dụ, xã Ví Dụ, tỉnh Mẫu",
        "ID_DIA_CHINH": "99001",
        "SO_DINHDANH": "096090000001",
        "LOAI_DINHDANH": "CCCD",
        "SO_PHA": "1",
        "MDICH_SHOAT": "1",
        "SO_HSGT": "0",
    }


@dataclass
class Seen:
    """What came back until the other side ended, or the client had enough."""

    raw: bytes
    ended: str
    #: ``closed``, ``reset`` or ``open``

    @property
    def status(self) -> int:
        return int(self.raw.split(b" ", 2)[1])

    @property
    def head(self) -> dict[str, str]:
        lines = self.raw.partition(b"\r\n\r\n")[0].decode("latin-1").splitlines()
        pairs = (line.partition(": ") for line in lines[1:])
        return {name.lower(): value for name, _, value in pairs}

    @property
    def body(self) -> bytes:
        return self.raw.partition(b"\r\n\r\n")[2]


def request(path: str, body: dict[str, Any], *, last: bool = True) -> bytes:
    """One POST; ``last``: the server is asked to close behind it."""
    content = json.dumps(body, ensure_ascii=False).encode()
    close = "Connection: close\r\n" if last else ""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: thu\r\nUser-Agent: thu/1\r\n{close}"
        f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


async def exchange(
    port: int,
    body: dict[str, Any] | None = None,
    *,
    path: str = "/themMoi_TiepNhanYeuCau",
    enough_s: float = PATIENCE_S,
    tls: ssl.SSLContext | None = None,
) -> Seen:
    """Send one request over a connection of its own and read to the end."""
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", port, ssl=tls, server_hostname="localhost" if tls else None
    )
    found, ended = b"", "closed"
    try:
        writer.write(request(path, body or hand_over()))
        async with asyncio.timeout(enough_s):
            while piece := await reader.read(65536):
                found += piece
    except ConnectionResetError:
        ended = "reset"
    except TimeoutError:
        ended = "open"
    finally:
        writer.close()
    return Seen(found, ended)


def falls(mock: MockAgency) -> asyncio.Event:
    """Set once a fault has fallen on a call."""
    event, told = asyncio.Event(), mock.plan.told

    def hear(met: Met) -> None:
        told(met)
        event.set()

    mock.plan.told = hear
    return event


def planned(do: str, **more: Any) -> dict[str, Any]:
    """A row for every request to connect."""
    return row(do, every=True, **more)
