"""MAP: how many messages of each kind are converted in a second, and by how much CPU?

``python -m benchmarks.map`` plays what every agency's folder was given by its mock, and
prints one line of JSON per conversion, then a table. One process, no socket and no
store; ``docs/benchmarks.md`` says more.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import hashlib
import io
import os
import platform
import statistics
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import orjson
from lxml import etree

from benchmarks import recording
from benchmarks.mappings import Conversion, conversions

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

ROUNDS = 5
#: CPU seconds that a conversion is measured for in each round; its floor gets half.
SPAN_S = 0.04
_HEADINGS = (
    *("interface", "way", "kind", "per s", "CPU µs", "lowest", "highest"),
    *("floor", "floor µs", "ratio"),
)


@dataclass(slots=True)
class Measured:
    """CPU seconds per conversion and per pass of its floor, one of each round."""

    conversion: Conversion
    floor: str
    took: list[float] = field(default_factory=list)
    floors: list[float] = field(default_factory=list)

    def facts(self) -> dict[str, Any]:
        """What is printed; the ratio is the median of the rounds' ratios."""
        took = statistics.median(self.took)
        pairs = zip(self.took, self.floors, strict=True)
        return {
            "scenario": "MAP",
            "interface": self.conversion.interface,
            "way": self.conversion.way,
            "kind": self.conversion.kind,
            "bytes": sum(map(len, self.conversion.contents)),
            "per_s": round(1 / took),
            "cpu_us": round(took * 1e6, 1),
            "cpu_us_lowest": round(min(self.took) * 1e6, 1),
            "cpu_us_highest": round(max(self.took) * 1e6, 1),
            "floor": self.floor,
            "floor_us": round(statistics.median(self.floors) * 1e6, 2),
            "ratio": round(statistics.median(a / b for a, b in pairs), 1),
        }


def floor_of(contents: Iterable[bytes]) -> tuple[str, Callable[[], object]]:
    """The least that a program must do with these bytes: read them and write them."""
    parts = [_floor(content) for content in contents if content]

    def every() -> None:
        for _, once in parts:
            once()

    return "+".join(sorted({name for name, _ in parts})), every


def _floor(content: bytes) -> tuple[str, Callable[[], object]]:
    start = content.lstrip(b"\xef\xbb\xbf \r\n")[:1]
    if start in {b"{", b"["}:
        try:
            orjson.loads(content)
        except orjson.JSONDecodeError:
            return "sha256", lambda: hashlib.sha256(content).digest()
        return "orjson", lambda: orjson.dumps(orjson.loads(content))
    if start == b"<":
        return "lxml", lambda: etree.tostring(etree.fromstring(content))  # noqa: TID251  a floor
    if b"\0" not in content and b";" in content.partition(b"\n")[0]:
        return "csv", lambda: _csv(content)
    return "sha256", lambda: hashlib.sha256(content).digest()


def _csv(content: bytes) -> str:
    room = io.StringIO()
    text = io.StringIO(content.decode("utf-8-sig"), newline="")
    csv.writer(room, delimiter=";").writerows(csv.reader(text, delimiter=";"))
    return room.getvalue()


async def _spent(once: Callable[[], Awaitable[object]], times: int) -> float:
    """CPU seconds per call, of all threads: files are written in one of their own."""
    began = time.process_time()
    for _ in range(times):
        await once()
    return (time.process_time() - began) / times


def _spent_by(once: Callable[[], object], times: int) -> float:
    began = time.process_time()
    for _ in range(times):
        once()
    return (time.process_time() - began) / times


async def measured(
    found: list[Conversion], *, rounds: int, span_s: float
) -> list[Measured]:
    """All of them in each round, a conversion and its floor in turn."""
    floors = [floor_of(one.contents) for one in found]
    results = [
        Measured(one, name) for one, (name, _) in zip(found, floors, strict=True)
    ]
    times = [
        (await _times(one.once, span_s), _floor_times(floor, span_s / 2))
        for one, (_, floor) in zip(found, floors, strict=True)
    ]
    for _ in range(rounds):
        for result, (_, floor), (many, more) in zip(
            results, floors, times, strict=True
        ):
            result.conversion.tidy()
            result.took.append(await _spent(result.conversion.once, many))
            result.floors.append(_spent_by(floor, more))
    return results


async def _times(once: Callable[[], Awaitable[object]], span_s: float) -> int:
    took = max(await _spent(once, 1), await _spent(once, 3), 1e-6)
    return max(1, round(span_s / took))


def _floor_times(once: Callable[[], object], span_s: float) -> int:
    once()
    return max(1, round(span_s / max(_spent_by(once, 50), 1e-7)))


def hardware() -> str:
    """The machine that figures are of."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    load = os.getloadavg()[0]
    return (
        f"MAP machine: {os.cpu_count()} × {model}, {pages * size / 2**30:.0f} GiB,"
        f" {platform.system()}, {platform.python_implementation()}"
        f" {platform.python_version()}, load {load:.1f}"
    )


def table(rows: list[dict[str, Any]]) -> str:
    """The rows for people."""
    cells = [
        [
            *(row["interface"], row["way"], row["kind"], f"{row['per_s']:,}"),
            *(f"{row['cpu_us']:,.0f}", f"{row['cpu_us_lowest']:,.0f}"),
            *(f"{row['cpu_us_highest']:,.0f}", row["floor"]),
            *(f"{row['floor_us']:,.1f}", f"{row['ratio']:,.0f}"),
        ]
        for row in rows
    ]
    widths = [max(map(len, column)) for column in zip(_HEADINGS, *cells, strict=True)]
    return "\n".join(
        " ".join(
            cell.ljust(width) if place in {0, 1, 2, 7} else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in (_HEADINGS, *cells)
    )


async def _all(given: argparse.Namespace) -> int:
    chosen, rounds = given.interface, given.rounds
    with TemporaryDirectory(prefix="mappings-") as folder:
        async with conversions(Path(folder), chosen) as found:
            if not found:
                print(f"no interface is called {chosen}…", file=sys.stderr)
                return 2
            results = await measured(found, rounds=rounds, span_s=given.span)
    rows = [result.facts() for result in results]
    for row in rows:
        print(orjson.dumps(row).decode())
    print(hardware())
    print(table(rows))
    slowest = max(rows, key=lambda row: float(row["cpu_us"]))
    said = (
        f"MAP conversions={len(rows)} rounds={rounds}"
        f" slowest={slowest['interface']}:{slowest['way']}:{slowest['kind']}"
        f" per_s={slowest['per_s']}"
    )
    recording.publish(said, given, rows)
    return 0


def main() -> int:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.map")
    parser.add_argument("--interface", default="", help="only those that begin so")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--span", type=float, default=SPAN_S, help="CPU seconds each")
    recording.option(parser)
    return asyncio.run(_all(parser.parse_args()))


if __name__ == "__main__":
    sys.exit(main())
