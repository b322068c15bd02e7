"""The same work in two states of a store, in turn: what one round says of both."""

from __future__ import annotations

import time
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

from benchmarks import light, load
from benchmarks.processes import cpu_s, peak_mb

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from benchmarks.arena import Ground
    from benchmarks.processes import Running

BOTH = ("without", "with")


@dataclass(frozen=True)
class Result:
    """One run."""

    per_s: float
    cpu_ms: float
    #: of the gateway, per delivered dossier
    p99_ms: float
    started_s: float
    rss_mb: float
    lost: int


async def delivered(
    ground: Ground,
    running: Running,
    wanted: Sequence[tuple[int, str, int]],
    *,
    connections: int,
    started_s: float,
) -> Result:
    """Hand small dossiers in, until the one-stop's book has their statuses.

    Raises:
        RuntimeError: one was not accepted.
    """
    front, told = ground.stage.url("front"), ground.book("one_stop")
    requests = light.requests(front, ground.token, wanted)
    numbers = {light.number_of(index) for index, _, _ in wanted}
    before, stood = cpu_s(running.pid), told.lines()
    sent = await load.send(front, requests, connections=connections)
    await told.until(stood + len(wanted))
    used, memory = cpu_s(running.pid) - before, peak_mb(running.pid)
    only(sent, 202)
    statuses = told.counts("status", numbers)
    handed = ground.book("land_registry").counts("hand_over", numbers)
    return Result(
        per_s=len(statuses) / (told.last("status", numbers) - sent.began),
        cpu_ms=used * 1000 / len(wanted),
        p99_ms=sent.percentile(0.99),
        started_s=started_s,
        rss_mb=memory,
        lost=sum(handed[n] != 1 or statuses[n] != 1 for n in numbers),
    )


def only(sent: load.Load, status: int) -> None:
    """Refuse a run in which anything else was answered.

    Raises:
        RuntimeError: it was.
    """
    if set(sent.statuses) != {status}:
        raise RuntimeError(f"answers other than {status}: {dict(sent.statuses)}")


def compared(rounds: Sequence[Mapping[str, Result]]) -> dict[str, Any]:
    """What is printed of them: medians of each round's ratios, with lowest and highest."""
    facts: dict[str, Any] = {}
    for field in ("cpu_ms", "per_s", "p99_ms"):
        ratios = sorted(
            getattr(r["with"], field) / getattr(r["without"], field) for r in rounds
        )
        facts[f"{field}_ratio"] = f"{median(ratios):.3f}"
        facts[f"{field}_from_to"] = f"{ratios[0]:.2f}-{ratios[-1]:.2f}"
        facts[f"{field}_without"] = (
            f"{median(getattr(r['without'], field) for r in rounds):.2f}"
        )
    facts["start_s"] = f"{max(r['with'].started_s for r in rounds):.2f}"
    facts["start_without_s"] = f"{max(r['without'].started_s for r in rounds):.2f}"
    growth = median(r["with"].rss_mb - r["without"].rss_mb for r in rounds)
    facts["rss_growth_mb"] = f"{growth:.0f}"
    facts["lost"] = sum(one.lost for r in rounds for one in r.values())
    return facts


def timed_start(start: Callable[[], Running]) -> tuple[Running, float]:
    """What ``start`` gives, and how many seconds it took."""
    began = time.monotonic()
    started = start()
    return started, time.monotonic() - began
