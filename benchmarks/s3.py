"""S3: files of 50 kB, of 1 MB, and one of 1 GB, in by upload and out inside a hand-over.

``python -m benchmarks.s3`` says what a file costs and how much the gateway's memory grew,
with files in a folder and, on PostgreSQL, in the database. See docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import re
import shutil
import sys
import time
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

import aiohttp
import orjson
import uvloop

from benchmarks import light, load, recording
from benchmarks.arena import Ground, raised_caps
from benchmarks.kept import kept
from benchmarks.processes import ROOT, cpu_s, forget_peak, memory_mb, peak_mb
from benchmarks.scene import line, say
from gateway.wiring.feeding import made

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.kept import Kept
    from benchmarks.processes import Running

FOLDER = ROOT / ".run" / "benchmarks" / "s3"
COMMUNE = "99101"
CONNECTIONS = 8
SIZES = {"50kb": 50_000, "1mb": 1_000_000}
#: Where files lie beside each store.
PLACES = (("sqlite", "disk"), ("postgresql", "disk"), ("postgresql", "postgresql"))
#: MB; what one file may cost in memory, however large it is.
WANTED_MB = 64
_PIECE = 4 * 1024 * 1024
_TIMEOUT_S = 900.0
#: A run of base64 that only a file can be.
_FILE = re.compile(rb'"([A-Za-z0-9+/=]{1000000,})')


@dataclass(frozen=True)
class Result:
    """One size: per file, and the growth of the gateway's memory over all of them."""

    per_s: float
    cpu_ms: float
    growth_mb: float
    lost: int = 0
    doubled: int = 0


class Files:
    """Files of one size with a gateway."""

    def __init__(self, ground: Ground, running: Running) -> None:
        """Numbers of dossiers go on from size to size."""
        self._ground = ground
        self._running = running
        self._next = 1

    def _numbers(self, count: int) -> range:
        first, self._next = self._next, self._next + count
        return range(first, first + count)

    async def many(self, size: int, count: int) -> Result:
        """So many dossiers with a file of their own each, through the mock agencies."""
        ground, indices = self._ground, self._numbers(count)
        front, token = ground.stage.url("front"), ground.token
        contents = {index: _content(index, size) for index in indices}
        uploads = [
            load.post(
                f"{front}/v1/attachments",
                contents[index],
                token=token,
                media_type="application/pdf",
            )
            for index in indices
        ]
        told = ground.book("one_stop")
        base, before = self._begin()
        began = time.time()
        _only(await load.send(front, uploads, connections=CONNECTIONS), 201)
        requests = [
            load.post(
                f"{front}/v1/dossiers",
                document(index, hashlib.sha256(contents[index]).hexdigest()),
                token=token,
                media_type="application/json",
            )
            for index in indices
        ]
        _only(await load.send(front, requests, connections=CONNECTIONS), 202)
        await told.until(indices.stop - 1)
        growth, used = self._ended(base, before)
        numbers = {light.number_of(index) for index in indices}
        land = ground.book("land_registry")
        handed = land.counts("hand_over", numbers)
        return Result(
            per_s=count / (land.last("hand_over", numbers) - began),
            cpu_ms=used * 1000 / count,
            growth_mb=growth,
            lost=sum(not handed[n] for n in numbers),
            doubled=sum(handed[n] > 1 for n in numbers),
        )

    async def one(self, size: int, folder: Path) -> Result:
        """One file as large as that, into ``folder``, where the land system puts it.

        Raises:
            RuntimeError: it did not arrive, or is another than was sent.
        """
        (index,) = self._numbers(1)
        front, token = self._ground.stage.url("front"), self._ground.token
        base, before = self._begin()
        began = time.time()
        async with aiohttp.ClientSession(
            headers={"Authorization": f"Bearer {token}"},
            timeout=aiohttp.ClientTimeout(_TIMEOUT_S),
        ) as session:
            url = f"{front}/v1/attachments"
            async with session.post(url, data=made(size)) as answer:
                told = await answer.json()
                if answer.status != 201 or told["size"] != size:
                    raise RuntimeError(f"{answer.status}: {told}")
            body = document(index, told["sha256"])
            url, kind = f"{front}/v1/dossiers", {"Content-Type": "application/json"}
            async with session.post(url, data=body, headers=kind) as answer:
                if answer.status != 202:
                    raise RuntimeError(f"{answer.status}: {await answer.text()}")
        # Its status is told once the land system has it.
        await self._ground.book("one_stop").until(index, _TIMEOUT_S)
        took = time.time() - began
        growth, used = self._ended(base, before)
        if _hashes_in(folder) != [told["sha256"]]:
            raise RuntimeError("it did not arrive once, and as it was")
        return Result(1 / took, used * 1000, growth)

    def _begin(self) -> tuple[float, float]:
        pid = self._running.pid
        forget_peak(pid)
        return memory_mb(pid), cpu_s(pid)

    def _ended(self, base: float, before: float) -> tuple[float, float]:
        pid = self._running.pid
        return peak_mb(pid) - base, cpu_s(pid) - before


def _content(index: int, size: int) -> bytes:
    seed = hashlib.sha512(f"{index}".encode()).digest()
    return (b"%PDF-1.4\n" + seed * (size // len(seed) + 1))[:size]


def document(index: int, sha256: str) -> bytes:
    """A dossier with one file."""
    plain = orjson.loads(light.document(index, COMMUNE))
    plain["documents"][0]["files"] = [{"name": "tep.pdf", "sha256": sha256}]
    return orjson.dumps(plain)


def _hashes_in(folder: Path) -> list[str]:
    return [_hash_in(path) for path in folder.glob("*.json")]


def _hash_in(path: Path) -> str:
    """SHA-256 of the file inside a hand-over."""
    digest, rest, inside = hashlib.sha256(), b"", False
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            text = rest + piece
            if not inside:
                found = _FILE.search(text)
                if found is None:
                    rest = text
                    continue
                text, inside = text[found.start(1) :], True
            encoded, quote, _ = text.partition(b'"')
            whole = len(encoded) // 4 * 4
            digest.update(base64.b64decode(encoded[:whole], validate=True))
            rest = encoded[whole:]
            if quote:
                break
    return digest.hexdigest()


def _only(sent: load.Load, status: int) -> None:
    if set(sent.statuses) != {status}:
        raise RuntimeError(f"answers other than {status}: {dict(sent.statuses)}")


def _patient(folder: Path) -> Path:
    """The configuration whose lanes wait long enough for the largest file."""
    config = raised_caps(folder)
    for path in (config / "agencies").glob("*.toml"):
        text = re.sub(r"(?m)^in_flight = \d+", "in_flight = 4", path.read_text("utf-8"))
        text = re.sub(r"(?m)^timeout_s = \S+", f"timeout_s = {_TIMEOUT_S}", text)
        path.write_text(text, "utf-8")
    return config


async def measured(
    given: argparse.Namespace, store: Kept, place: str, folder: Path
) -> dict[str, list[Result]]:
    """Every size, as often as wanted, with one gateway; then the large one."""
    config = _patient(folder)
    found: dict[str, list[Result]] = {name: [] for name in SIZES}
    table = store.begun(f"files_{place}") + f'[attachments]\nkind = "{place}"\n'
    with Ground(folder / "run", config) as ground:
        running = ground.start_gateway(store=table)
        files = Files(ground, running)
        await files.many(SIZES["50kb"], 5)
        for _ in range(given.rounds):
            for name, size in SIZES.items():
                found[name].append(await files.many(size, given.files))
                say(f"{store.name} {place} {name} {found[name][-1]}")
    taken = folder / "taken"
    taken.mkdir()
    table = store.begun(f"large_{place}") + f'[attachments]\nkind = "{place}"\n'
    with Ground(folder / "large", config, mocks=("one_stop",)) as ground:
        stage = ground.stage
        ground.start(
            "sink",
            *("-m", "benchmarks.sink", "--port", str(stage.ports["land_registry"])),
            *("--folder", str(taken)),
        )
        launch = ("-m", "benchmarks.without", "size_limits", "serve")
        running = ground.start_gateway(store=table, launch=launch)
        found["large"] = [await Files(ground, running).one(given.large, taken)]
        say(f"{store.name} {place} large {found['large'][0]}")
    return found


def facts(
    given: argparse.Namespace, store: str, place: str, found: dict[str, list[Result]]
) -> dict[str, Any]:
    """Medians, and the most that memory ever grew."""
    said: dict[str, Any] = {"store": store, "files_in": place, "files": given.files}
    said["rounds"] = given.rounds
    for name in SIZES:
        rates = sorted(one.per_s for one in found[name])
        said[f"{name}_per_s"] = f"{median(rates):.1f}"
        said[f"{name}_from_to"] = f"{rates[0]:.1f}-{rates[-1]:.1f}"
        said[f"{name}_cpu_ms"] = f"{median(one.cpu_ms for one in found[name]):.1f}"
        said[f"{name}_growth_mb"] = f"{max(one.growth_mb for one in found[name]):.0f}"
    (large,) = found["large"]
    said["large_bytes"] = given.large
    said["large_s"] = f"{1 / large.per_s:.1f}"
    said["large_cpu_s"] = f"{large.cpu_ms / 1000:.1f}"
    said["large_growth_mb"] = f"{large.growth_mb:.0f}"
    everybody = [one for several in found.values() for one in several]
    said["lost"] = sum(one.lost for one in everybody)
    said["doubled"] = sum(one.doubled for one in everybody)
    return said


async def _one(given: argparse.Namespace, store: str, place: str) -> bool:
    folder = FOLDER / f"{store}-{place}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with kept(store, folder) as keeping:
        found = await measured(given, keeping, place, folder)
    said = facts(given, store, place, found)
    recording.publish(line("S3", said), given, found)
    shutil.rmtree(folder)
    small = float(said["large_growth_mb"]) < WANTED_MB
    return small and not said["lost"] and not said["doubled"]


async def _all(given: argparse.Namespace) -> int:
    wanted = given.store.split(",")
    places = [one for one in PLACES if one[0] in wanted]
    return 0 if all([await _one(given, *one) for one in places]) else 1


def main() -> int:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.s3")
    parser.add_argument("--files", type=int, default=60, help="of each size, per round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--large", type=int, default=1_000_000_000, help="bytes")
    parser.add_argument("--store", default="sqlite,postgresql")
    recording.option(parser)
    return int(uvloop.run(_all(parser.parse_args())))


if __name__ == "__main__":
    sys.exit(main())
