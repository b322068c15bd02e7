"""Clients that offer HTTP/2 with every request, as Java's do, are served all the same."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest

from tests.world import World, a_dossier, quick

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.journey, pytest.mark.timeout(60)]
NUMBERS = ("H00.01-260310-0571", "H00.01-260310-0572")


@pytest.mark.parametrize("packets", [1, 2])
async def test_requests_with_an_offer_keep_their_body_and_their_connection(
    tmp_path: Path, packets: int
) -> None:
    async with World(tmp_path / "run", configure=quick) as world:
        token = world.stage.secrets.value("token.one_stop")
        port = world.stage.ports["front"]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        answered = []
        for number in NUMBERS:
            body = json.dumps(a_dossier(number)).encode()
            head = (
                "POST /v1/dossiers HTTP/1.1\r\n"
                "Connection: Upgrade, HTTP2-Settings\r\n"
                f"Content-Length: {len(body)}\r\nHost: 127.0.0.1:{port}\r\n"
                "HTTP2-Settings: AAEAAEAAAAIAAAAB\r\nUpgrade: h2c\r\n"
                f"Authorization: Bearer {token}\r\n"
                "Content-Type: application/json\r\n\r\n"
            ).encode()
            for piece in [head + body] if packets == 1 else [head, body]:
                writer.write(piece)
                await writer.drain()
                await asyncio.wait_for(writer.drain(), 1)
            answered.append(await _answer(reader))
        writer.close()
        assert [status for status, _ in answered] == [202, 202]
        assert [answer["dossier"]["number"] for _, answer in answered] == [*NUMBERS]


async def _answer(
    reader: asyncio.StreamReader,
) -> tuple[int, dict[str, dict[str, str]]]:
    head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)).decode()
    lines = head.lower().split("\r\n")
    length = next(int(x.split(":")[1]) for x in lines if x.startswith("content-length"))
    return int(head.split()[1]), json.loads(await reader.readexactly(length))
