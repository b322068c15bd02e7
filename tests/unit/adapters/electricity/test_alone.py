"""The mock runs alone, as the document says to whoever tries a sender against it."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from pathlib import Path

import aiohttp

from tests.unit.adapters.documents import blocks, section
from tests.unit.adapters.electricity.published import ENGLISH, ROOT, sample


async def test_the_published_command_and_settings_answer_the_published_sample(
    tmp_path: Path,
) -> None:
    (settings,) = (one for one in blocks(ENGLISH) if one.startswith("[electricity]"))
    told = section(ENGLISH, "13")
    (command,) = re.findall(r"`\.venv/bin/python (-m gateway\.mockagency [^`]+)`", told)
    (tmp_path / "electricity.toml").write_text(settings, "utf-8")
    given = command.replace("--port 8514", "--port 0").split()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, *given),
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(30):
            ready = (await process.stdout.readline()).decode()
            base = ready.split()[-1]
            async with aiohttp.ClientSession() as session:
                call = sample("themMoi_TiepNhanYeuCau")
                address = f"{base}/themMoi_TiepNhanYeuCau"
                async with session.post(address, json=call) as answer:
                    body = await answer.json()
    finally:
        process.terminate()
        await process.wait()
    assert body["TYPE"] == "OK"
    assert body["MA_YCAU_KNAI"]
