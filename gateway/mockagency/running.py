"""A mock agency, or a platform before some, as a process of its own."""

from __future__ import annotations

import argparse
import asyncio
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
from gateway.mockagency.faults import read_fault
from gateway.mockagency.scenarios import Scenarios
from gateway.mockagency.server import MockAgency, serve

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiohttp import web


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
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--run-dir", type=Path, required=True)
    parser.add_argument("--clock", choices=("real", "virtual"), default="real")
    parser.add_argument("--start", default="")
    given = parser.parse_args()
    config = read_config(given.config)
    start = datetime.fromisoformat(given.start) if given.clock == "virtual" else None
    if given.platform:
        platform = importlib.import_module("gateway.mockagency.platform")
        module = importlib.import_module(
            f"gateway.mockagency.platform_{given.platform}"
        )
        name = given.name or given.platform
        make = partial(module.from_config, config, given.run_dir, start, name)
        uvloop.run(_until_told(make, platform.serve, given.port))
        return
    folder = config.get("scenarios")
    make_agency = partial(
        MockAgency,
        agency=given.agency,
        settings=config.get(given.agency, {}),
        run_dir=given.run_dir,
        start=start,
        scenarios=Scenarios(Path(folder) if folder else None),
        faults=[
            read_fault(row)
            for row in config.get("fault", ())
            if row.get("agency") == given.agency
        ],
        behaviour=behaviour_of(given.agency, config.get("behaviour")),
    )
    uvloop.run(_until_told(make_agency, serve, given.port))


async def _until_told(
    make: Callable[[], Any],
    listen: Callable[[Any, int], Awaitable[tuple[web.AppRunner, str]]],
    port: int,
) -> None:
    mock = make()
    runner, base = await listen(mock, port)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    sys.stdout.write(f"mock {mock.agency} ready {base}\n")
    sys.stdout.flush()
    await stop.wait()
    await runner.cleanup()
    await mock.close()
