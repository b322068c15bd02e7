"""Mock agencies alone: each a process of its own, until whoever started them stops them."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import json
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import aiohttp
import uvloop

from gateway.mockagency import conductor
from gateway.mockagency.journal_masks import secrets_of
from gateway.settings import Profile, load
from gateway.wiring.mocking_stage import MockStage, Wanted, prepared

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    Tell = Callable[["Started | None"], None]
    #: one after the other; None: that was all

#: Ten of them start at once, and the machine may be busy.
READY_S = 120.0
STOP_S = 10.0
#: Where the settings of a gateway that serves citizens lie.
SETTINGS = Path("/etc/lienthong/gateway.toml")
#: In the run folder: who runs, where, by which clock.
NOTE = "mocks-running.json"


@dataclass(frozen=True, slots=True)
class Started:
    """One mock that listens, as its callers have to know it."""

    name: str
    address: str
    page: str
    keys: tuple[str, ...]
    #: places of the secrets in the file of settings
    settings: Path
    calls: str
    #: whom it calls; empty: nobody


def must_be_allowed(settings: Path | None, host: str, *, is_open: bool) -> None:
    """Whether mocks may run here, and be reached from there.

    Raises:
        ValueError: the profile is another, or the address is open to others and
            nobody said that it should be.
    """
    found = settings or SETTINGS
    if settings is not None or found.is_file():
        profile = load(found).profile
        if profile is not Profile.MOCK:
            raise ValueError(
                f'{found} có profile = "{profile}": cơ quan giả lập không chạy cạnh cổng'
                " đang phục vụ thật. Chạy ở máy khác, hoặc với --settings của một cổng"
                ' có profile = "mock".'
            )
    if not _is_loopback(host) and not is_open:
        raise ValueError(
            f"--host {host} mở ra ngoài máy này: ai tới được địa chỉ ấy cũng gọi được cơ"
            " quan giả lập, đọc được sổ trao đổi và hồ sơ thử, đổi được đồng hồ và lỗi đặt"
            " sẵn. Nếu đúng ý, thêm --open."
        )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def run(run_dir: Path, wanted: Wanted, tell: Tell) -> int:
    """Start those that are wanted and wait; the exit code.

    Raises:
        ValueError: something that was asked for cannot be.
        RuntimeError: one did not start, or ended by itself; the message says why.
    """
    return uvloop.run(_run(run_dir.resolve(), wanted, tell))


async def _run(run_dir: Path, wanted: Wanted, tell: Tell) -> int:
    await _must_be_alone(run_dir)
    stage = prepared(run_dir, wanted)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    mocks = _Mocks(stage)
    try:
        await asyncio.gather(*map(mocks.start, _around(stage)["mocks"]))
        _note(stage)
        for started in describe(stage):
            tell(started)
        tell(None)
        await mocks.until(stop)
    finally:
        (run_dir / NOTE).unlink(missing_ok=True)
        await mocks.stop()
    return 0


async def _must_be_alone(run_dir: Path) -> None:
    """Two runs would write into the same books.

    Raises:
        ValueError: mocks run there already.
    """
    note = run_dir / NOTE
    if not note.is_file():
        return
    first, *_ = json.loads(note.read_text("utf-8"))["mocks"].values()
    parts = urlsplit(first)
    with contextlib.suppress(OSError):
        _, writer = await asyncio.open_connection(parts.hostname, parts.port)
        writer.close()
        raise ValueError(
            f"Đã có cơ quan giả lập đang chạy ở {run_dir}: dừng chúng trước, hoặc chọn"
            " --run-dir khác."
        )


class _Mocks:
    """Processes of mocks."""

    def __init__(self, stage: MockStage) -> None:
        self._stage = stage
        self._running: dict[str, asyncio.subprocess.Process] = {}

    async def start(self, name: str) -> None:
        """Start one; returns when it listens.

        Raises:
            RuntimeError: it did not.
        """
        stage, wanted = self._stage, self._stage.wanted
        kind = stage.platforms.get(name)
        which = ["--platform", kind, "--name", name] if kind else ["--agency", name]
        clock = ["virtual", "--start", wanted.start] if wanted.start else ["real"]
        with self._log(name).open("wb") as errors:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "gateway.mockagency", *which),
                *("--host", wanted.host, "--port", str(stage.ports[name])),
                *("--config", str(stage.mocks_path), "--run-dir", str(stage.run_dir)),
                *("--clock", *clock),
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
                stdout=asyncio.subprocess.PIPE,
                stderr=errors,
                # Ctrl-C is for the one who started them; it tells them to stop.
                start_new_session=True,
            )
        self._running[name] = process
        if process.stdout is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(READY_S):
                    while line := (await process.stdout.readline()).decode():
                        if " ready " in line:
                            return
        raise RuntimeError(f"Cơ quan giả lập {name} không chạy được: {self._why(name)}")

    def _log(self, name: str) -> Path:
        return self._stage.run_dir / f"{name}.log"

    def _why(self, name: str) -> str:
        lines = self._log(name).read_text("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else f"xem {self._log(name)}"

    async def until(self, stop: asyncio.Event) -> None:
        """Wait to be stopped.

        Raises:
            RuntimeError: one ended before.
        """
        waits = {asyncio.create_task(stop.wait()): ""} | {
            asyncio.create_task(process.wait()): name
            for name, process in self._running.items()
        }
        done, left = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for task in left:
            task.cancel()
        names = [waits[task] for task in done if waits[task]]
        if names and not stop.is_set():
            raise RuntimeError(
                f"Cơ quan giả lập {names[0]} đã dừng: {self._why(names[0])}"
            )

    async def stop(self) -> None:
        """Tell all of them to stop; kill who does not."""
        for process in self._running.values():
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
        for process in self._running.values():
            try:
                async with asyncio.timeout(STOP_S):
                    await process.wait()
            except TimeoutError:
                process.kill()
                await process.wait()


def describe(stage: MockStage) -> Sequence[Started]:
    """What callers of each mock have to know."""
    told = json.loads(stage.mocks_path.read_text("utf-8"))
    return [
        Started(
            name,
            address,
            f"{address}/_mock/",
            tuple(place for place, _ in secrets_of(told.get(name, {}), name)),
            stage.mocks_path,
            _called(told.get(name, {}), stage),
        )
        for name, address in told["around"]["mocks"].items()
    ]


def _called(settings: Mapping[str, Any], stage: MockStage) -> str:
    """The addresses of the gateway's sides that a mock's settings name."""
    text = json.dumps(settings)
    sides = (stage.url("agencies"), stage.url("front"))
    return ", ".join(side for side in sides if side in text)


def _around(stage: MockStage) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(stage.mocks_path.read_text("utf-8"))["around"]
    return found


def _note(stage: MockStage) -> None:
    clock = "virtual" if stage.wanted.start else "real"
    note = {"clock": clock, "mocks": _around(stage)["mocks"]}
    (stage.run_dir / NOTE).write_text(json.dumps(note), "utf-8")


def clock(run_dir: Path) -> list[str]:
    """Addresses of the mocks that run there by virtual time.

    Raises:
        ValueError: none run there, or they run by real time.
    """
    note = run_dir / NOTE
    if not note.is_file():
        raise ValueError(
            f"Không có cơ quan giả lập nào đang chạy ở {run_dir}: chạy lienthong mock trước,"
            " hoặc chỉ đúng thư mục bằng --run-dir."
        )
    found = json.loads(note.read_text("utf-8"))
    if found["clock"] != "virtual":
        raise ValueError(
            "Các cơ quan giả lập đang chạy theo giờ thật, không ai chỉnh được: dừng rồi chạy"
            " lại với --clock virtual."
        )
    return list(found["mocks"].values())


def clock_now(mocks: Sequence[str]) -> datetime:
    """What the first of them shows.

    Raises:
        RuntimeError: it does not answer.
    """

    async def ask() -> datetime:
        async with aiohttp.ClientSession() as session:
            return await conductor.now(session, mocks[0])

    return _asked(ask)


def clock_to(mocks: Sequence[str], target: datetime) -> datetime:
    """Let time pass for all of them; every earlier timer is met in order.

    Raises:
        RuntimeError: one does not answer.
    """

    async def pass_time() -> datetime:
        return await conductor.advance(mocks, target, until=_never)

    return _asked(pass_time)


def _asked(what: Callable[[], Any]) -> datetime:
    try:
        found: datetime = asyncio.run(what())
    except aiohttp.ClientError as away:
        raise RuntimeError(
            f"Cơ quan giả lập không trả lời: {type(away).__name__}"
        ) from away
    return found


async def _never() -> bool:
    return False
