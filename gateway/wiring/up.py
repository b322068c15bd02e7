"""Mock mode on one machine: gateway, mock agencies and example dossiers."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import uvloop
from rich.console import Console
from rich.live import Live
from rich.table import Table

from gateway.mockagency import conductor
from gateway.wiring.feeding import by_start, feed, judge_all, signed_in
from gateway.wiring.stage import ROOT, Stage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from aiohttp import ClientSession
    from rich.console import RenderableType

    from gateway.conformance.examples import Expected, Verdict

READY_S = 120.0
#: Real seconds in which all examples must have come to rest; a slow machine has
#: taken a fifth of it.
LIMIT_S = 600.0
_NOT_STILL = (
    f"Sau {LIMIT_S:.0f} giây các hồ sơ ví dụ vẫn chưa đứng yên: máy quá chậm, hoặc một cơ"
    " quan giả lập không trả lời; xem log.jsonl trong thư mục chạy."
)
#: How fast virtual time runs beside a person who watches: four hours a second.
SPEED = 4 * 3600.0
#: What they say of their end is passed on whole.
COLUMNS = "1000"
console = Console(highlight=False)


class View(Protocol):
    """How the dossiers are shown while they move."""

    def __call__(
        self, rows: Sequence[Mapping[str, Any]], now: datetime, height: int
    ) -> RenderableType:
        """One screen, at most ``height`` lines."""


class MakeView(Protocol):
    """Makes the view once address and token are known."""

    def __call__(self, address: str, token: str, hours_per_second: float) -> View:
        """The view."""


class Processes:
    """The gateway and the mock agencies, each a process of its own."""

    def __init__(self, stage: Stage) -> None:
        """None runs yet."""
        self._stage = stage
        self._running: list[asyncio.subprocess.Process] = []

    async def start(self) -> None:
        """The mocks, then the gateway; returns when all of them listen.

        Raises:
            RuntimeError: one did not start; the message says why, and names the log.
        """
        stage = self._stage
        mocks = {name: ["--agency", name] for name in stage.mocks}
        for name, kind in stage.platforms.items():
            mocks[name] = ["--platform", kind, "--name", name]
        starting = (
            self._spawn(
                "gateway.mockagency",
                *(*which, "--port", str(stage.ports[name])),
                *("--config", str(stage.mocks_path), "--run-dir", str(stage.run_dir)),
                *("--clock", "virtual", "--start", stage.start),
            )
            for name, which in mocks.items()
        )
        # Each is waited for, whatever becomes of another: all of them are to be stopped.
        for error in await asyncio.gather(*starting, return_exceptions=True):
            if error is not None:
                raise error
        await self._spawn("gateway", "serve", "--settings", str(stage.settings_path))

    async def _spawn(self, module: str, *arguments: str) -> None:
        log = self._stage.run_dir / "log.jsonl"
        with log.open("ab") as errors:
            begun = errors.tell()
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", module, *arguments),
                cwd=ROOT,
                env={**os.environ, "PYTHONUNBUFFERED": "1", "COLUMNS": COLUMNS},
                stdout=asyncio.subprocess.PIPE,
                stderr=errors,
                # Ctrl-C is for the one who started them; it tells them to stop.
                start_new_session=True,
            )
        self._running.append(process)
        if process.stdout is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(READY_S):
                    while line := (await process.stdout.readline()).decode():
                        if " ready " in line:
                            return
                    await process.wait()
        raise RuntimeError(f"{module} không chạy được: {_last_words(log, begun)}")

    async def stop(self) -> None:
        """Tell all of them to stop, the gateway first; kill who does not."""
        for process in reversed(self._running):
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
        for process in self._running:
            try:
                async with asyncio.timeout(10):
                    await process.wait()
            except TimeoutError:
                process.kill()
                await process.wait()


def _last_words(log: Path, begun: int) -> str:
    """What was said last, from there on, for people; the log's place if nothing was."""
    said = log.read_bytes()[begun:].decode("utf-8", "replace").splitlines()
    plain = [line for line in said if line.strip() and not line.startswith("{")]
    return f"{plain[-1].strip()} (nhật ký: {log})" if plain else f"xem {log}"


def run(run_dir: Path, *, once: bool, make_view: MakeView) -> int:
    """Start everything; with ``once`` all examples to their end. The exit code."""
    return uvloop.run(_run(run_dir.resolve(), once=once, make_view=make_view))


async def _run(run_dir: Path, *, once: bool, make_view: MakeView) -> int:
    folder = run_dir / "once" if once else run_dir / "live"
    if folder.exists():
        # Every run of mock mode begins on the same Tuesday with empty books.
        shutil.rmtree(folder)
    stage = Stage(folder)
    stage.prepare(fixed_ports=not once)
    _note_address(run_dir, folder)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    processes = Processes(stage)
    try:
        await processes.start()
        work = _once(stage, stop) if once else _live(stage, stop, make_view)
        return await work
    finally:
        await processes.stop()


def _note_address(run_dir: Path, folder: Path) -> None:
    """Leave word for the command line which run folder is the present one."""
    note = run_dir / "present"
    note.write_text(str(folder), "utf-8")


async def _once(stage: Stage, stop: asyncio.Event) -> int:
    begun = time.monotonic()
    expected: list[Expected] = []
    try:
        async with asyncio.timeout(LIMIT_S):
            for start, group in by_start(stage):
                await conductor.advance(stage.participants, start, until=_set(stop))
                expected += await feed(stage, group, console.print)
            await conductor.run(stage.participants, until=_set(stop))
    except TimeoutError:
        raise RuntimeError(_NOT_STILL) from None
    if stop.is_set():
        return 130
    verdicts = await judge_all(stage, expected)
    console.print(_verdicts(verdicts))
    as_expected = sum(not v.differences for v in verdicts)
    stuck, lost = sum(v.stuck for v in verdicts), sum(v.lost for v in verdicts)
    console.print(f"Chạy hết trong {time.monotonic() - begun:.1f} giây.")
    console.print(
        f"{len(verdicts)} dossiers: {as_expected} ended as expected,"
        f" {stuck} stuck, {lost} lost"
    )
    good = as_expected == len(verdicts) and verdicts and not stuck and not lost
    return 0 if good else 1


def _set(stop: asyncio.Event) -> conductor.Until:
    async def stopped() -> bool:
        return stop.is_set()

    return stopped


def _verdicts(verdicts: list[Verdict]) -> Table:
    table = Table(title="Hồ sơ ví dụ", title_justify="left")
    for heading in ("Ví dụ", "Mã hồ sơ", "Kết thúc", "So với expected.toml"):
        table.add_column(heading, overflow="fold")
    for verdict in verdicts:
        told = "\n".join(verdict.differences) or "[green]đúng[/green]"
        table.add_row(verdict.name, verdict.number, verdict.end, told)
    return table


async def _live(stage: Stage, stop: asyncio.Event, make_view: MakeView) -> int:
    token = stage.secrets.value("token.operator")
    console.print(f"[bold]Trang theo dõi:[/bold] {stage.url('front')}/")
    console.print(
        f"[bold]Mã truy cập[/bold] (vận hành, chỉ dùng trên máy này): {token}"
    )
    pages = " ".join(f"{stage.url(name)}/_mock/" for name in stage.mocks)
    console.print(f"[bold]Trang của các cơ quan giả lập:[/bold] {pages}")
    console.print("Nộp hồ sơ ví dụ …")
    (_, first), *later = by_start(stage)
    await feed(stage, first, console.print)
    beside = [
        asyncio.create_task(
            conductor.keep_pace(stage.participants, speed=SPEED, until=_set(stop))
        ),
        asyncio.create_task(_feed_later(stage, stop, later)),
    ]
    try:
        view = make_view(stage.url("front"), token, SPEED / 3600)
        await _show_progress(stage, stop, view)
    finally:
        for task in beside:
            task.cancel()
        await asyncio.gather(*beside, return_exceptions=True)
    console.print("Đang dừng …")
    return 0


async def _feed_later(
    stage: Stage, stop: asyncio.Event, groups: Sequence[tuple[datetime, list[Path]]]
) -> None:
    """Hand further examples in once virtual time has come to their start."""
    async with signed_in(stage, "operator") as session:
        for start, group in groups:
            while await conductor.now(session, stage.url("front")) < start:
                if await _until(stop):
                    return
            await feed(stage, group, lambda _: None)


async def _show_progress(stage: Stage, stop: asyncio.Event, view: View) -> None:
    """A table that follows the dossiers; on no terminal one line per change."""
    known: dict[str, str] = {}
    async with signed_in(stage, "operator") as session:
        if console.is_terminal:
            with Live(console=console, auto_refresh=False) as live:
                while not await _until(stop):
                    now = await conductor.now(session, stage.url("front"))
                    rows = await _dossiers(stage, session)
                    live.update(view(rows, now, console.size.height), refresh=True)
            return
        while not await _until(stop):
            for row in await _dossiers(stage, session):
                line = _state(row)
                if known.get(row["number"]) != line:
                    known[row["number"]] = line
                    console.print(f"{row['number']}: {line}")


async def _until(stop: asyncio.Event) -> bool:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(1.0):
            await stop.wait()
    return stop.is_set()


async def _dossiers(stage: Stage, session: ClientSession) -> list[dict[str, Any]]:
    async with session.get(f"{stage.url('front')}/v1/dossiers") as answer:
        rows: list[dict[str, Any]] = (await answer.json())["dossiers"]
    return rows


def _state(row: dict[str, Any]) -> str:
    where = ", ".join(row["places"])
    return f"{row['portal_text']}" + (f" · đang ở: {where}" if where else "")
