"""Mock agencies run from the wheel, where no repository is."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import aiohttp
import pytest

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "schemas/agencies/electricity/samples/themMoi_TiepNhanYeuCau.json"


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The wheel, unpacked as an installer does."""
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel"]
    build += ["-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(tmp_path / "site")
    return tmp_path / "site"


async def test_all_mocks_start_from_the_wheel_and_explain_a_call(
    installed: Path,
) -> None:
    where = installed.parent / "where"
    where.mkdir()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "gateway", "mock", "--port", "0"),
        cwd=where,
        env={**os.environ, "PYTHONPATH": str(installed), "COLUMNS": "300"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        text = ""
        async with asyncio.timeout(90):
            while "Ctrl-C" not in text:
                line = (await process.stdout.readline()).decode()
                assert line, (await process.communicate())[1].decode()
                text += line
        found = dict(re.findall(r"(?m)^(\w+): (http://\S+)$", text))
        assert len(found) == 10
        told = json.loads((where / ".run/mock/mocks.json").read_bytes())
        assert not Path(told["electricity"]["schemas"]).is_relative_to(ROOT)
        body = {**json.loads(SAMPLE.read_bytes()), "SO_HSGT": 2}
        body["KHOA"] = told["electricity"]["key"]
        async with aiohttp.ClientSession() as session:
            base = found["electricity"]
            url = f"{base}/themMoi_TiepNhanYeuCau"
            async with session.post(url, json=body) as answer:
                assert (await answer.json(content_type=None))["TYPE"] == "ERROR"
            async with session.get(f"{base}/_control/unmatched") as answer:
                (why,) = (await answer.json())["unmatched"]
        assert [one["where"] for one in why["differences"]] == ["SO_HSGT"]
        process.send_signal(signal.SIGINT)
        await asyncio.wait_for(process.communicate(), 30)
        assert process.returncode == 0
    finally:
        if process.returncode is None:
            process.terminate()
            await process.communicate()
