"""``python -m tests.ha``: see ``docs/reliability.md``."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import uvloop

from tests.chaos.record import machine
from tests.ha.cluster import Cluster
from tests.ha.programs import patroni_version
from tests.ha.run import PLAN, Figures, Way

if TYPE_CHECKING:
    from collections.abc import Mapping

#: A disk in memory, where there is one: a run measures elections, not disks.
MEMORY = Path("/dev/shm")
#: A dossier that is gone is not waited for as long.
CONTROL_SETTLE_S = 20.0


def main() -> int:
    """Run it; 0: nothing was lost, doubled or stuck, or the control was seen to be."""
    parser = argparse.ArgumentParser(prog="python -m tests.ha")
    parser.add_argument("--way", choices=(*PLAN, "all"), default="all")
    parser.add_argument("--fault", action="append", help="instead of those planned")
    parser.add_argument(
        "--control",
        action="store_true",
        help="replication is asynchronous: the run must lose something",
    )
    parser.add_argument("--record", type=Path, help="file that keeps what it came to")
    given = parser.parse_args()
    place = MEMORY if MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="lienthong-ha-", dir=place) as made:
        folder = Path(made)
        folder.chmod(0o755)
        return uvloop.run(_until_told(given, folder))


async def _until_told(given: argparse.Namespace, folder: Path) -> int:
    """Run it; whoever stops it stops every process of it."""
    task = asyncio.ensure_future(_run(given, folder))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await task


async def _run(given: argparse.Namespace, folder: Path) -> int:
    """The control, unless a part is asked for; then the proof."""
    is_whole = given.way == "all" and not given.fault
    missed = None
    if given.control or is_whole:
        missed = await control(folder / "control")
        if given.record:
            keep(given.record, patroni_version(), {}, missed)
        if given.control or not missed.lost:
            return 0 if missed.lost else 1
    ways = tuple(PLAN) if given.way == "all" else (given.way,)
    found = await proof(folder / "proof", ways, given.fault)
    whole = Figures()
    for figures in found.values():
        whole.join(figures)
    if given.record and not given.fault:
        keep(given.record, patroni_version(), found)
    _tell(whole.line("ha"))
    return 0 if whole.clean else 1


async def proof(
    folder: Path, ways: tuple[str, ...], faults: list[str] | None
) -> dict[str, Figures]:
    """Strictly synchronous, as shipped: nothing may be lost. Makes ``folder``."""
    _made(folder)
    cluster, found = Cluster(_made(folder / "cluster")), {}
    try:
        await asyncio.to_thread(cluster.begin)
        wrong = await asyncio.to_thread(cluster.checked)
        assert not wrong, wrong
        await asyncio.to_thread(cluster.begin_proxy)
        await asyncio.to_thread(cluster.begin_pool)
        for way in ways:
            _tell(f"{way}:")
            one = Way(cluster, way, _made(folder / way), _tell)
            found[way] = await one.run(faults or PLAN[way])
            _tell(found[way].line(f"ha {way}"))
            _tell_bad(found[way])
    finally:
        await asyncio.to_thread(cluster.end)
    return found


async def control(folder: Path) -> Figures:
    """Asynchronous: what no standby had must be missed. Makes ``folder``."""
    _made(folder)
    cluster = Cluster(_made(folder / "cluster"))
    _tell("control, asynchronous:")
    try:
        await asyncio.to_thread(cluster.begin, asynchronous)
        way = Way(cluster, "libpq", _made(folder / "libpq"), _tell)
        figures = await way.run(["standbys_deaf"], CONTROL_SETTLE_S)
    finally:
        await asyncio.to_thread(cluster.end)
    _tell(figures.line("ha control (asynchronous, must lose)"))
    if not figures.lost:
        _tell("the control lost nothing: a zero of the run means nothing")
    return figures


def keep(
    path: Path,
    patroni: str,
    found: Mapping[str, Figures],
    missed: Figures | None = None,
) -> None:
    """What it came to, as data, in the place of what the same ways came to before."""
    of_it = {"patroni": patroni}
    known = json.loads(path.read_text("utf-8")) if path.exists() else {}
    rows = {one["way"]: one for one in known.get("run", ())}
    rows |= {
        way: {"way": way, **of_it, **figures.row()} for way, figures in found.items()
    }
    told = {
        "machine": machine(),
        "run": [rows[way] for way in PLAN if way in rows],
        "control": missed.row() if missed else known.get("control"),
    }
    path.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", "utf-8")


def asynchronous(shipped: str) -> str:
    """The shipped configuration without what it promises."""
    weak = shipped.replace("synchronous_mode: true", "synchronous_mode: false")
    weak = weak.replace(
        "synchronous_mode_strict: true", "synchronous_mode_strict: false"
    )
    assert weak != shipped
    # Else a standby that lacks much would not be let.
    return weak.replace(
        "    ttl: 20", "    maximum_lag_on_failover: 1073741824\n    ttl: 20"
    )


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _tell_bad(figures: Figures) -> None:
    for name in ("lost", "duplicated", "unsettled"):
        if found := getattr(figures, name):
            _tell(f"  {name}: {', '.join(found[:5])}")


def _tell(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
