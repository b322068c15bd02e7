"""``lienthong mock`` as an agency's developer starts it: no gateway, no network."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import re
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.journeys.commands import lienthong, start
from tests.journeys.test_up import processes_of

pytestmark = [pytest.mark.journey, pytest.mark.timeout(240)]
ROOT = Path(__file__).resolve().parents[2]
EVERYBODY = [
    *("land_registry", "tax", "one_stop", "open", "manual"),
    *("civil_registry", "electricity", "water", "lgsp", "xroad"),
]
SUBMIT = "themMoi_TiepNhanYeuCau"
SAMPLE = ROOT / f"schemas/agencies/electricity/samples/{SUBMIT}.json"


@dataclass
class Mocks:
    """What was told when they had started."""

    folder: Path
    process: asyncio.subprocess.Process
    addresses: dict[str, str] = field(default_factory=dict)
    text: str = ""

    @property
    def told(self) -> dict[str, Any]:
        """The file in which callers find keys."""
        found: dict[str, Any] = json.loads((self.folder / "mocks.json").read_text())
        return found

    async def read(self, count: int) -> None:
        """Read until so many have said where they are."""
        assert self.process.stdout is not None
        async with asyncio.timeout(150):
            while len(self.addresses) < count or not self.text.endswith("\n\n"):
                line = (await self.process.stdout.readline()).decode()
                assert line, (self.text, await self._errors())
                self.text += line
                if found := re.match(r"(\w+): (http://\S+)$", line):
                    self.addresses[found[1]] = found[2]

    async def _errors(self) -> str:
        assert self.process.stderr is not None
        return (await self.process.stderr.read()).decode()

    async def stop(self) -> int:
        """Ctrl-C."""
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGINT)
        async with asyncio.timeout(30):
            await self.process.communicate()
        assert self.process.returncode is not None
        return self.process.returncode


@contextlib.asynccontextmanager
async def running(folder: Path, *words: str, count: int) -> AsyncIterator[Mocks]:
    every: list[str | Path] = ["mock", *words, "--run-dir", folder]
    process = await start(*every, run_dir=folder, columns=250)
    mocks = Mocks(folder, process)
    try:
        await mocks.read(count)
        yield mocks
    finally:
        await mocks.stop()


async def _call(method: str, url: str, **more: Any) -> tuple[int, Any]:
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, url, **more) as answer,
    ):
        text = await answer.text()
        return answer.status, json.loads(text) if text[:1] in {"{", "["} else text


def _submission(mocks: Mocks, **changed: str) -> dict[str, Any]:
    key = mocks.told["electricity"]["key"]
    return {**json.loads(SAMPLE.read_bytes()), "KHOA": key, **changed}


async def test_all_of_them_run_by_one_command_and_stop_together(tmp_path: Path) -> None:
    async with running(tmp_path, "--port", "0", count=len(EVERYBODY)) as mocks:
        assert list(mocks.addresses) == EVERYBODY
        assert len(processes_of(tmp_path)) == 1 + len(EVERYBODY)
        for name, address in mocks.addresses.items():
            status, state = await _call("GET", f"{address}/_control/clock")
            assert (status, state["busy"]) == (200, 0), name
            odd = await _call("GET", f"{address}/_control/clock?patience=x")
            assert (odd[0], "patience" in odd[1]) == (400, True), (name, odd)
            assert f"{address}/_mock/" in mocks.text
        # Said by place and never by value: a terminal is read by others.
        assert "electricity.key" in mocks.text
        assert mocks.told["electricity"]["key"] not in mocks.text
        assert await mocks.stop() == 0
        assert processes_of(tmp_path) == []


async def test_a_caller_gets_through_directly_and_by_both_platforms(
    tmp_path: Path,
) -> None:
    async with running(
        tmp_path, "electricity", "lgsp", "xroad", "--port", "0", count=3
    ) as mocks:
        direct = f"{mocks.addresses['electricity']}/{SUBMIT}"
        status, told = await _call("POST", direct, json=_submission(mocks))
        assert (status, told["TYPE"]) == (200, "OK")

        consumer = mocks.told["lgsp"]["consumer"][0]
        proof = base64.b64encode(f"{consumer['key']}:{consumer['secret']}".encode())
        lgsp = mocks.addresses["lgsp"]
        _, token = await _call(
            *("POST", f"{lgsp}/token"),
            data={"grant_type": "client_credentials"},
            headers={"Authorization": f"Basic {proof.decode()}"},
        )
        status, told = await _call(
            *("POST", f"{lgsp}/electricity/1.0/{SUBMIT}"),
            json=_submission(mocks, MA_HOSO_DVC="H-2", MA_GIAODICH="gd-2"),
            headers={"Authorization": f"Bearer {token['access_token']}"},
        )
        assert (status, told["TYPE"]) == (200, "OK")

        destination = mocks.told["xroad"]["destination"]
        code = next(d["dstcode"] for d in destination if "electricity" in d["dstcode"])
        forward = f"{mocks.addresses['xroad']}/XrdAdapter/RestService/forward"
        status, told = await _call(
            *("POST", f"{forward}/{SUBMIT}?dstcode={code}"),
            json=_submission(mocks, MA_HOSO_DVC="H-3", MA_GIAODICH="gd-3"),
        )
        assert (status, told["TYPE"]) == (200, "OK")
        book = f"{mocks.addresses['electricity']}/_control/book/effects"
        _, effects = await _call("GET", book)
        assert len({row["number"] for row in effects}) == 3


async def test_time_is_stepped_over_all_of_them_and_not_back(tmp_path: Path) -> None:
    async with running(
        tmp_path,
        *("electricity", "tax", "--port", "0", "--clock", "virtual"),
        *("--start", "2026-02-11T08:00:00+07:00"),
        count=2,
    ) as mocks:
        at = ("--run-dir", tmp_path)

        async def clock(*words: str) -> str:
            done = await lienthong("mock", "clock", *words, *at, run_dir=tmp_path)
            assert done.code == 0, done.err
            return done.out

        assert "11/02/2026 08:00" in await clock("now")
        direct = f"{mocks.addresses['electricity']}/{SUBMIT}"
        await _call("POST", direct, json=_submission(mocks, SO_HSGT="0"))
        assert "13/02/2026 09:30" in await clock("advance", "+49.5h")
        assert "20/02/2026 08:00" in await clock("set", "2026-02-20T08:00:00+07:00")
        for address in mocks.addresses.values():
            _, state = await _call("GET", f"{address}/_control/clock")
            assert state["now"].startswith("2026-02-20T01:00:00")
        back = await lienthong(
            *("mock", "clock", "set", "2026-02-01T08:00:00+07:00", *at),
            run_dir=tmp_path,
        )
        assert (back.code, "không đi lùi" in back.err) == (1, True)


async def test_real_time_cannot_be_stepped(tmp_path: Path) -> None:
    async with running(tmp_path, "water", "--port", "0", count=1):
        words = ("mock", "clock", "advance", "+1d", "--run-dir", tmp_path)
        done = await lienthong(*words, run_dir=tmp_path, columns=400)
        assert (done.code, "giờ thật" in done.err) == (1, True)
        again = await lienthong(
            *("mock", "water", "--port", "0", "--run-dir", tmp_path),
            run_dir=tmp_path,
            columns=400,
        )
        assert (again.code, "đang chạy" in again.err) == (1, True)
    done = await lienthong(*words, run_dir=tmp_path, columns=400)
    assert (done.code, "chạy lienthong mock trước" in done.err) == (1, True)
