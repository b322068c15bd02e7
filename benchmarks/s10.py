"""S10: 100,000 parked transfers, sent again by one bulk job; do its numbers add up?

``python -m benchmarks.s10`` writes the rows into a store, runs the shipped gateway on
it, asks for the job as an operator does and prints one line. Nothing is delivered: the
lane is paused, so that the job alone is measured. ``docs/benchmarks.md`` says more.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import aiohttp
import apsw
import uvloop

from benchmarks import recording
from benchmarks.arena import Ground
from benchmarks.processes import ROOT, cpu_s, peak_mb
from gateway import settings
from gateway.clocks.clock import RealClock
from gateway.conformance.store_making import Bench
from gateway.domain.identifiers import DossierId, OfficeId, TransferId
from gateway.domain.transfer import TOLD_BY_HAND
from gateway.wiring.keys import STORE
from gateway.wiring.ports import open_ports

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.ports.store import Change
    from gateway.ports.vault import Vault

FOLDER = ROOT / ".run" / "benchmarks" / "s10"
OFFICE = OfficeId("land-mau-1")
#: Dossiers that are written at once; they share commits.
AT_ONCE = 256
#: One of so many is told by hand: there is nothing to send, and the job skips it.
BY_HAND = 100
#: So many are cancelled by a person between being selected and being done.
MOVED = 100
PER_SECOND = 1_000
PATIENCE_S = 540.0
_TABLES = {
    "done": "SELECT count(*) FROM transfer WHERE state = 'due'",
    "failed": "SELECT count(*) FROM transfer WHERE state = 'cancelled'",
    "skipped": "SELECT count(*) FROM transfer WHERE state = 'parked'",
}


@dataclass(frozen=True)
class Result:
    """What the job said of itself, what it cost, what the store says."""

    job: dict[str, Any]
    collected_s: float
    took_s: float
    cpu_s: float
    before_mb: float
    peak_mb: float
    stored: dict[str, int]

    @property
    def adds_up(self) -> bool:
        """Whether asked = queued + skipped, queued = done + failed, and it is so."""
        job = self.job
        return bool(
            job["adds_up"]
            and job["asked"] == job["queued"] + job["skipped"]
            and job["queued"] == job["done"] + job["failed"]
            and all(job[name] == count for name, count in self.stored.items())
        )


def _dossiers(bench: Bench, vault: Vault, count: int) -> Iterator[Change]:
    for index in range(count):
        cause = "area_not_mapped" if index % BY_HAND else TOLD_BY_HAND
        identifier = DossierId(f"d_{index:08d}")
        transfer = bench.transfer(
            id=TransferId(f"t_{index:08d}"), office=OFFICE, parked=cause
        )
        key = vault.new_key(identifier, "H00.20.01")
        case = bench.case(dossier_id=identifier, unit="H00.20.01")
        yield bench.acceptance(transfer, case=case, wrapped_key=key.wrapped)


async def _fill(ground: Ground, count: int) -> None:
    """Dossiers of one hand-over each, parked, with keys of their own."""
    ground.start_gateway()
    ground.running.pop().stop()  # keys and configuration are there now
    clock = RealClock()
    opened = await open_ports(settings.load(ground.stage.settings_path), clock)
    bench = Bench(opened.kept, clock.now())
    waiting: list[asyncio.Future[Any]] = []
    for change in _dossiers(bench, opened.vault, count):
        waiting.append(asyncio.ensure_future(opened.store.apply(change)))
        if len(waiting) == AT_ONCE:
            await asyncio.gather(*waiting)
            waiting.clear()
    await asyncio.gather(*waiting)
    await opened.close()


class Operator:
    """Calls as an operator, or as an administrator, makes them."""

    def __init__(self, ground: Ground, session: aiohttp.ClientSession) -> None:
        """Call the ground's gateway."""
        self._stage = ground.stage
        self._session = session

    async def call(
        self, method: str, path: str, body: Any = None, role: str = "operator"
    ) -> dict[str, Any]:
        """One call; its answer.

        Raises:
            RuntimeError: it was refused.
        """
        token = self._stage.secrets.value(f"token.{role}")
        async with self._session.request(
            method,
            self._stage.url("front") + path,
            json=body,
            headers={"Authorization": f"Bearer {token}"},
        ) as answer:
            found: dict[str, Any] = await answer.json(content_type=None)
            if answer.status >= 400:
                raise RuntimeError(f"{method} {path}: {answer.status} {found}")
            return found

    async def until(self, path: str, *states: str) -> dict[str, Any]:
        """The job once it is in one of these states.

        Raises:
            TimeoutError: it took too long.
        """
        async with asyncio.timeout(PATIENCE_S):
            while True:
                job = await self.call("GET", path)
                if job["state"] in states:
                    return job
                await asyncio.sleep(0.5)  # noqa: TID251  the gateway is another process


async def _cancel_some(operator: Operator, path: str, count: int, last: int) -> None:
    """A person is quicker with some of those that come last."""
    after = last - count
    found = await operator.call("GET", f"{path}/items?outcome=left&after={after}")
    items = found["items"][:count]
    why = {"reason": "Người nộp đã rút hồ sơ giấy"}
    for row in items:
        await operator.call("POST", f"/v1/transfers/{row['transfer_id']}/cancel", why)


async def _run(ground: Ground, count: int) -> Result:
    gateway = ground.start_gateway()
    async with aiohttp.ClientSession() as session:
        operator = Operator(ground, session)
        why = {"reason": "Đo việc hàng loạt"}
        await operator.call(
            "POST", f"/v1/lanes/{OFFICE}/pause", why, role="administrator"
        )
        wanted = {
            "action": "resend",
            "filter": {"states": ["parked"], "office": OFFICE},
            "reason": "Đã bổ sung địa bàn",
            "per_second": PER_SECOND,
        }
        began, cpu, memory = time.monotonic(), cpu_s(gateway.pid), peak_mb(gateway.pid)
        job = await operator.call("POST", "/v1/bulk-jobs", wanted)
        path = f"/v1/bulk-jobs/{job['id']}"
        await operator.until(path, "running", "ended")
        collected = time.monotonic() - began
        await _cancel_some(operator, path, min(MOVED, count // 10), count)
        job = await operator.until(path, "ended")
        took = time.monotonic() - began
        used, peak = cpu_s(gateway.pid) - cpu, peak_mb(gateway.pid)
    ground.running.pop().stop()
    return Result(job, collected, took, used, memory, peak, _stored(ground))


def _stored(ground: Ground) -> dict[str, int]:
    """What became of the transfers, counted where they stand."""
    path = str(ground.stage.run_dir / STORE)
    db = apsw.Connection(path, flags=apsw.SQLITE_OPEN_READONLY)
    found = {name: int(db.execute(query).get) for name, query in _TABLES.items()}
    db.close()
    return found


def _line(result: Result) -> str:
    job = result.job
    per_item = 1000 * result.cpu_s / max(1, job["queued"])
    facts = {
        "store": "sqlite",
        **{
            name: job[name] for name in ("asked", "queued", "skipped", "done", "failed")
        },
        "items_per_s": f"{job['queued'] / (result.took_s - result.collected_s):.0f}",
        "collected_s": f"{result.collected_s:.1f}",
        "took_s": f"{result.took_s:.1f}",
        "cpu_ms_per_item": f"{per_item:.2f}",
        "rss_mb": f"{result.before_mb:.0f}",
        "rss_growth_mb": f"{result.peak_mb - result.before_mb:.0f}",
        "adds_up": "yes" if result.adds_up else "NO",
    }
    return "S10 " + " ".join(f"{name}={value}" for name, value in facts.items())


async def _all(given: argparse.Namespace) -> int:
    count: int = given.transfers
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    with Ground(FOLDER / "run", ROOT / "config", None) as ground:
        began = time.monotonic()
        await _fill(ground, count)
        took = time.monotonic() - began
        print(f"{count} dossiers written in {took:.0f} s", file=sys.stderr, flush=True)
        result = await _run(ground, count)
    recording.publish(_line(result), given)
    if not result.adds_up:
        print(f"job: {result.job} store: {result.stored}", file=sys.stderr)
        return 1
    shutil.rmtree(FOLDER)
    return 0


def main() -> int:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.s10")
    parser.add_argument("--transfers", type=int, default=100_000)
    recording.option(parser)
    return int(uvloop.run(_all(parser.parse_args())))


if __name__ == "__main__":
    sys.exit(main())
