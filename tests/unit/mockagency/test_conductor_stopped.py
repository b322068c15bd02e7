"""Whoever is stopped while participants go away leaves no complaint behind."""

from __future__ import annotations

import asyncio
import gc
import socket
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest

from gateway.mockagency.conductor import _Asked

NOON = datetime(2030, 1, 7, 5, tzinfo=UTC)


async def test_a_jump_that_is_stopped_does_not_complain_of_who_went_away() -> None:
    complaints: list[dict[str, Any]] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, told: complaints.append(told))
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # and never listens: calls are refused
        base = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        async with aiohttp.ClientSession() as session:
            jump = asyncio.create_task(_Asked(session, [base], {}).set(NOON))
            loop.call_soon(jump.cancel)
            with pytest.raises(asyncio.CancelledError):
                await jump
            with pytest.raises(aiohttp.ClientConnectorError):
                await session.get(base)
    gc.collect()
    assert complaints == []
