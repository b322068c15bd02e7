"""A mock agency, or a platform before some, as a process of its own."""

from __future__ import annotations

import argparse
import asyncio
import gc
import importlib
import json
import signal
import sys
import tomllib
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import uvloop

from gateway.mockagency.behaviour import behaviour_of
from gateway.mockagency.clock import Running
from gateway.mockagency.faults_reading import agencies, read_plan, read_rows
from gateway.mockagency.journal import MOST, Journal
from gateway.mockagency.journal_file import MOST_BYTES, JournalFile
from gateway.mockagency.journal_masks import Masks
from gateway.mockagency.scenarios import Scenarios
from gateway.mockagency.server import MockAgency, serve

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from aiohttp import web

    from gateway.mockagency.clock import Start


#: New objects after which Python looks for rings among them.
COLLECT_AFTER = 20_000


def read_config(path: Path) -> dict[str, Any]:
    """A mock configuration file, TOML or JSON."""
    text = path.read_text("utf-8")
    found: dict[str, Any] = (
        json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    )
    return found


def main() -> None:
    """Run one mock agency, or a platform before some, until it is told to stop."""
    parser = argparse.ArgumentParser(prog="python -m gateway.mockagency")
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--agency")
    which.add_argument("--platform", choices=("lgsp", "xroad"))
    parser.add_argument("--name", default="", help="of the platform, if of several")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--run-dir", type=Path, required=True)
    parser.add_argument(
        "--clock", choices=("real", "virtual", "running"), default="real"
    )
    parser.add_argument("--start", default="")
    parser.add_argument("--since", type=float, default=0.0, help="of a running clock")
    parser.add_argument("--speed", type=float, default=1.0, help="of a running clock")
    parser.add_argument("--haste", type=float, default=1.0, help="of people, by it")
    parser.add_argument("--faults", type=Path, help="plan in place of the config's")
    given = parser.parse_args()
    config = read_config(given.config)
    name = given.agency or given.name or given.platform
    make_it, listen = _platform if given.platform else _agency, serve
    if given.platform:
        listen = importlib.import_module("gateway.mockagency.platform").serve

    def make() -> Any:
        start = _start(given)
        made = make_it(config, given, name, start)
        made.keep_journal(journal_of(config, name, given.run_dir))
        made.around = config.get("around", {})
        return made

    uvloop.run(_until_told(make, partial(listen, host=given.host), given.port))


def _start(given: argparse.Namespace) -> Start:
    if given.clock == "real":
        return None
    start = datetime.fromisoformat(given.start)
    if given.clock == "virtual":
        return start
    return Running(start, given.since, given.speed, given.haste)


def _platform(
    config: dict[str, Any], given: argparse.Namespace, name: str, start: Start
) -> Any:
    module = importlib.import_module(f"gateway.mockagency.platform_{given.platform}")
    return module.from_config(config, given.run_dir, start, name)


def _agency(
    config: dict[str, Any], given: argparse.Namespace, name: str, start: Start
) -> MockAgency:
    folder = config.get("scenarios")
    rows = {name: config[name] for name in ("seed", "fault") if name in config}
    planned = read_rows(rows, str(given.config), known=agencies())
    if given.faults:
        planned = read_plan(given.faults)
    return MockAgency(
        agency=name,
        settings=config.get(name, {}),
        run_dir=given.run_dir,
        start=start,
        scenarios=Scenarios(Path(folder) if folder else None),
        faults=[one for one in planned.faults if one.agency == name],
        seed=planned.seed or 0,
        behaviour=behaviour_of(name, config.get("behaviour")),
    )


def journal_of(config: Mapping[str, Any], name: str, run_dir: Path) -> Journal:
    """The journal as ``[journal]`` of a configuration file wants it.

    ``most``: how many exchanges memory keeps (0: none); ``file``: lines in the run
    folder, too; ``most_bytes``: when a file of them is put aside.
    """
    wanted = config.get("journal", {})
    file = None
    if wanted.get("file", False):
        path = run_dir / "journal" / f"{name}.jsonl"
        file = JournalFile(path, most_bytes=int(wanted.get("most_bytes", MOST_BYTES)))
    masks = Masks(config.get(name, {}), name)
    return Journal(masks, most=int(wanted.get("most", MOST)), file=file)


def _collect_seldom() -> None:
    """What is there at the start stays; what comes is kept in a register anyway."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, 50, 100)


async def _until_told(
    make: Callable[[], Any],
    listen: Callable[[Any, int], Awaitable[tuple[web.AppRunner, str]]],
    port: int,
) -> None:
    try:
        mock = make()
    except ValueError as wrong:
        # A plan or a behaviour that cannot be followed says itself what is wrong.
        raise SystemExit(f"{wrong}") from None
    runner, base = await listen(mock, port)
    _collect_seldom()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    sys.stdout.write(f"mock {mock.agency} ready {base}\n")
    sys.stdout.flush()
    await stop.wait()
    await runner.cleanup()
    await mock.close()
