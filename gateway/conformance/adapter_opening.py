"""Opens a bench: an agency's mock on a real socket, and its adapter as wiring makes it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiohttp import web

from gateway.carriers.exchange_folder import ExchangeFolder
from gateway.conformance.adapter_bench import Bench
from gateway.conformance.adapter_host import Host
from gateway.conformance.adapter_kit import filled, merged
from gateway.conformance.adapter_lent import Lab, LentOnBench
from gateway.conformance.adapter_ways import SHUTDOWN_S, Carried, Line, laid
from gateway.mockagency.scenarios import Scenarios
from gateway.mockagency.server import MockAgency, serve
from gateway.registry.makers import maker_of

if TYPE_CHECKING:
    from gateway.conformance.adapter_kit import Kit

PACKAGES = "packages"


@asynccontextmanager
async def opened(
    kit: Kit,
    lab: Lab,
    folder: Path,
    *,
    way: Carried = Carried.DIRECT,
    against: str = "",
    mark: str = "",
) -> AsyncIterator[Bench]:
    """A bench in an empty folder.

    ``way``: what lies between adapter and mock; ``against``: address of a system that
    is tried instead of the mock, in real time; ``mark``: of the trial there.

    Raises:
        ValueError: the folder has no ``making.make``.
    """
    make = maker_of(kit.agency)
    if make is None:
        raise ValueError(f"gateway/adapters/{kit.agency}/making.py: no make()")
    async with AsyncExitStack() as closing:
        host = Host(str(kit.office["id"]), lab.keys)
        gateway = await _listening(host.application(), closing)
        places = _places(kit, lab, gateway, folder)
        told = filled(kit.told(straight=way is Carried.DIRECT), places)
        mock = _mock(kit, told, folder, None if against else kit.start)
        closing.push_async_callback(mock.close)
        runner, base = await serve(mock, 0, shutdown_s=SHUTDOWN_S)
        closing.push_async_callback(runner.cleanup)
        place = against or base + kit.base_path
        line = await laid(way, Line(place, folder, kit.start, mock.clock.now, closing))
        closing.push_async_callback(line.close)
        desk = ExchangeFolder(folder / PACKAGES)
        over = {} if way is Carried.DIRECT else kit.behind_platform
        office = filled(merged(kit.office, over), places)
        lent = LentOnBench(kit.manifest.id, office, lab, mock.clock.now, line, desk)
        closing.push_async_callback(lent.close)
        adapter = make(lent)
        host.serve(adapter, mock.clock.now)

        async def down() -> None:
            await runner.cleanup()
            await line.close()

        bench = Bench(
            *(kit, adapter, mock, base, host, lent, down, bool(against), mark)
        )
        mock.on_call = bench.calls.append
        yield bench


def _places(kit: Kit, lab: Lab, gateway: str, folder: Path) -> dict[str, str]:
    """What stands for the words in braces of a kit."""
    office, keys = kit.office["id"], lab.keys
    return {
        "keys": str(keys.folder),
        "schemas": str(lab.schemas),
        "callbacks": f"{gateway}/callbacks/{office}",
        "gateway": gateway,
        "folder": str(folder / PACKAGES),
        **{f"secret.{n}": keys.value(f"{office}.{n}") for n in kit.secrets},
    }


def _mock(
    kit: Kit, settings: dict[str, Any], folder: Path, start: datetime | None
) -> MockAgency:
    scenario = folder / "scenarios" / "kit"
    scenario.mkdir(parents=True)
    text = f'number = "{kit.number}"\n{kit.scenario}'
    (scenario / "scenario.toml").write_text(text, "utf-8")
    return MockAgency(
        kit.agency,
        settings,
        folder,
        start=start,
        scenarios=Scenarios(folder / "scenarios"),
        faults=[],
    )


async def _listening(app: web.Application, closing: AsyncExitStack) -> str:
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    closing.push_async_callback(runner.cleanup)
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    return f"http://{host}:{port}"
