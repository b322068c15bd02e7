"""Mock mode as people start it: everything comes up, is shown, and goes away again."""

from __future__ import annotations

import asyncio
import re
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gateway.wiring.stage import AGENCIES
from tests.journeys.commands import lienthong, start

if TYPE_CHECKING:
    from asyncio.subprocess import Process

pytestmark = [pytest.mark.journey, pytest.mark.timeout(240)]
LAST = re.compile(r"^\d+ dossiers: \d+ ended as expected, 0 stuck, 0 lost$")


def processes_of(folder: Path) -> list[str]:
    """Command lines of the processes that were started for a run folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().decode(errors="replace").split("\0")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if any(str(folder) in word for word in words):
            found.append(" ".join(words))
    return found


async def _until_a_dossier_moves(process: Process) -> str:
    """What mock mode has written when the first dossier is under way."""
    assert process.stdout is not None
    lines: list[str] = []
    async with asyncio.timeout(90):
        while not any("đang xử lý" in line for line in lines):
            line = (await process.stdout.readline()).decode()
            assert line, lines
            lines.append(line)
    return "".join(lines)


async def test_ctrl_c_stops_everything_that_was_started(tmp_path: Path) -> None:
    process = await start("up", "--run-dir", tmp_path, run_dir=tmp_path, columns=200)
    try:
        text = await _until_a_dossier_moves(process)
        assert re.search(r"Trang theo dõi: http://127\.0\.0\.1:\d+/", text)
        assert re.search(r"Mã truy cập.*: [\w-]{40,}", text)
        # Itself, the gateway and every mock agency, those that offices name, too.
        mocks = [*AGENCIES, "electricity", "water", "civil_registry"]
        assert len(processes_of(tmp_path)) == 2 + len(mocks)
        process.send_signal(signal.SIGINT)
        async with asyncio.timeout(30):
            out, err = await process.communicate()
        assert process.returncode == 0, err
        assert "Đang dừng" in out.decode()
        assert "Traceback" not in err.decode()
        assert processes_of(tmp_path) == []
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


async def test_all_examples_end_as_expected_and_the_last_line_says_so(
    tmp_path: Path,
) -> None:
    ran = await lienthong("up", "--once", "--run-dir", tmp_path, run_dir=tmp_path)
    assert ran.code == 0, ran.out + ran.err
    assert LAST.match(ran.out.splitlines()[-1])
    assert processes_of(tmp_path) == []
