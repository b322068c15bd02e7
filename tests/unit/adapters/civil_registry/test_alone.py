"""The mock runs alone, as the document says to whoever tries a sender against it."""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path

import aiohttp
import pytest

from tests.unit.adapters.civil_registry.counterpart import BTP_ACCOUNT
from tests.unit.adapters.civil_registry.published import (
    ENGLISH,
    ROOT,
    VIETNAMESE,
    sample,
    wrong,
)
from tests.unit.adapters.documents import section


@pytest.mark.parametrize("text", [ENGLISH, VIETNAMESE], ids=["en", "vi"])
async def test_the_published_command_answers_the_published_samples(
    tmp_path: Path, text: str
) -> None:
    told = section(text, "13")
    (command,) = re.findall(r"`\.venv/bin/python (-m gateway\.mockagency [^`]+)`", told)
    given = command.replace("8513", "0").replace(" DIR", f" {tmp_path}").split()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, *given), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(30):
            base = (await process.stdout.readline()).decode().split()[-1]
            session, pushed = await both_answers(base)
    finally:
        process.terminate()
        await process.wait()
    assert wrong("dvclt-token", session) == []
    assert pushed["status"] == "1"


async def both_answers(base: str) -> tuple[dict[str, object], dict[str, object]]:
    """What each of the two addresses says to a sample."""
    login = {"Authorization": aiohttp.encode_basic_auth(*BTP_ACCOUNT)}
    async with aiohttp.ClientSession() as client:
        address = f"{base}/dvclt/api/tokens"
        async with client.post(address, json=sample("dvclt-token-request")) as answer:
            session = await answer.json()
        address, push = f"{base}/btp/nhanHoSoDKHT", sample("nhanHoSoDKHT.LTKS")
        async with client.post(address, json=push, headers=login) as answer:
            return session, await answer.json()
