"""The part of ``docs/reliability.md`` that shows what ``make ha`` came to.

``python -m tests.ha.page`` writes it; a test compares.
"""

from __future__ import annotations

import json
import statistics
from typing import TYPE_CHECKING, Any

from gateway.wiring.stage import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

PAGE, KEPT = ROOT / "docs" / "reliability.md", ROOT / "docs" / "ha.json"
BEGIN, END = "<!-- ha: made by tests/ha/page.py -->", "<!-- /ha -->"
COUNTED = ("accepted", "lost", "duplicated", "unsettled", "fate_unknown")
WORDS = {
    "machine_killed": "the leader's machine is killed with -9: etcd, Patroni, server",
    "server_killed": "its server alone is killed with -9; it comes up again by itself",
    "standby_killed": "the machine of the synchronous standby is killed with -9",
    "patroni_stopped_watchdog": (
        "its Patroni is stopped (SIGSTOP); the watchdog, played by the run, resets the"
        " machine after 15 s"
    ),
    "patroni_stopped": (
        "its Patroni is stopped (SIGSTOP), no watchdog: the server goes on as if it led"
    ),
    "patroni_stopped_alone": (
        "the same, and nobody who would see it: its gateways stand until it wakes, 10 s"
        " after another leads"
    ),
    "proxy_killed": "HAProxy is killed with -9 and started 2 s later",
    "pool_killed": "PgBouncer is killed with -9 and started 2 s later",
    "standbys_deaf": "both standbys take nothing in for 4 s, then its machine is killed",
    "switchover": "planned switchover (`patronictl switchover`)",
}


def with_runs(page: str, kept: Path) -> str:
    """The page with its part made anew; ``kept``: what the run came to."""
    before, _, rest = page.partition(BEGIN)
    after = rest.partition(END)[2]
    told = json.loads(kept.read_text("utf-8"))
    control = told["control"]
    patroni = " and ".join(sorted({one["patroni"] for one in told["run"]}))
    machine = (
        f"On {told['machine']}, Patroni {patroni}; `docs/ha.json` has every figure.\n"
    )
    words = (
        "The control, asynchronous replication and otherwise the same, with *both"
        f" standbys take nothing in*: accepted {control['accepted']},"
        f" **lost {control['lost']}**, as it has to be.\n"
    )
    parts = [BEGIN, machine, _ways(told["run"]), _outages(told["run"]), words, END]
    return before + "\n".join(parts) + after


def _ways(runs: Sequence[Mapping[str, Any]]) -> str:
    rows = [
        [
            f"`{one['way']}`",
            str(len(one["outages"])),
            str(sum(each["changed_leader"] for each in one["outages"])),
            *(str(one[name]) for name in COUNTED),
        ]
        for one in runs
    ]
    whole = [
        str(sum(int(row[place]) for row in rows)) for place in range(1, len(rows[0]))
    ]
    names = (name.replace("_", " ") for name in COUNTED)
    head = ["by way of", "faults", "failovers", *names]
    return _table(head, [*rows, ["**all**", *whole]])


def _outages(runs: Sequence[Mapping[str, Any]]) -> str:
    found: dict[str, dict[str, list[float]]] = {}
    for run in runs:
        for one in run["outages"]:
            of_it = found.setdefault(one["fault"], {})
            of_it.setdefault(run["way"], []).append(one["seconds"])
    every = [one["seconds"] for run in runs for one in run["outages"]]
    ways = [run["way"] for run in runs]
    rows = [
        [words, *(_seconds(found[fault].get(way, ())) for way in ways)]
        for fault, words in WORDS.items()
        if fault in found
    ]
    spread = f"All: median {statistics.median(every):.1f} s, most {max(every):.1f} s.\n"
    head = ["a node took nothing for, seconds", *(f"`{way}`" for way in ways)]
    return _table(head, rows) + "\n" + spread


def _seconds(found: Iterable[float]) -> str:
    return ", ".join(f"{one:.1f}" for one in found) or "–"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(row)} |\n" for row in lines)


if __name__ == "__main__":
    PAGE.write_text(with_runs(PAGE.read_text("utf-8"), KEPT), "utf-8")
