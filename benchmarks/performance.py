"""``docs/performance.md``, made from what was recorded and what is wanted.

``python -m benchmarks.performance`` writes it; a test compares.
"""

from __future__ import annotations

import sys
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from benchmarks.processes import ROOT
from benchmarks.recording import FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

PAGE = ROOT / "docs" / "performance.md"
TARGETS = ROOT / "benchmarks" / "targets.toml"
#: One line of ``benchmarks/recorded/``, as ``recording.record_of`` makes it.
Record = dict[str, Any]
#: Facts that say what a line is of.
_KINDS = ("store", "files_in", "dead_one", "way", "interface", "work", "journal")
STORES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
_HEAD = (
    "<!-- Made by benchmarks/performance.py from benchmarks/recorded/ and "
    "targets.toml. -->\n\n"
    "# Performance\n\n"
    "Figures that were recorded (`make bench SCENARIO=S1 RECORD=1`), beside what "
    "is wanted on two cores that load, gateway, mock agencies and store share. "
    "Validation, encryption, signatures, journal, order and clocks are on in all "
    "of them, and so is every sync of a disk. `docs/benchmarks.md` says what each "
    "scenario does; `make bench-compare` holds the ratio of S1 to its naked floor "
    "against the one recorded here.\n\n"
    "Machines are shared and noisy: believe ratios of one run, and CPU for a "
    "dossier, before figures for a second.\n"
)


@dataclass(frozen=True)
class Target:
    """What is wanted of one figure on one store."""

    what: str
    scenario: str
    store: str
    figure: str
    limit: float
    is_least: bool
    why: str

    def is_met_by(self, value: float) -> bool:
        """Whether a figure is as wanted."""
        return value >= self.limit if self.is_least else value <= self.limit

    @property
    def wanted(self) -> str:
        """The limit for people."""
        return f"{'≥' if self.is_least else '≤'} {self.limit:g}"


def read(folder: Path = FOLDER) -> Iterator[Record]:
    """All that was kept, each scenario's oldest first."""
    for path in sorted(folder.glob("*.jsonl")):
        for text in path.read_bytes().splitlines():
            yield orjson.loads(text)


def newest(records: Iterable[Record]) -> dict[tuple[str, str], Record]:
    """The last record of each scenario and of what it is of: a store, a place."""
    found: dict[tuple[str, str], Record] = {}
    for one in records:
        facts = one["facts"]
        kind = " ".join(str(facts[name]) for name in _KINDS if name in facts)
        found[one["scenario"], kind] = one
    return found


def targets(known: Mapping[str, Any]) -> list[Target]:
    """All targets, in the order in which they are written down."""
    found = []
    for one in known["target"]:
        is_least = "at_least" in one
        limits = one["at_least" if is_least else "at_most"]
        for store, limit in limits.items():
            figure = one.get("figure") or one["figures"][store]
            words = (one["what"], one["scenario"], store, figure)
            found.append(Target(*words, float(limit), is_least, one["why"]))
    return found


def reached(target: Target, records: Iterable[Record]) -> float | None:
    """The newest figure that a target is about; None where none was recorded.

    Of several sizes it is that of the largest, which is measured last.
    """
    value = None
    for one in records:
        facts = one["facts"]
        is_it = facts.get("store", target.store) == target.store
        if one["scenario"] == target.scenario and is_it and target.figure in facts:
            value = float(facts[target.figure])
    return value


def page(records: Sequence[Record], known: Mapping[str, Any]) -> str:
    """The whole page."""
    parts = [
        _HEAD,
        "## What is wanted, and what was reached\n",
        _targets(records, known),
    ]
    parts += ["## What bounds it\n", _bounds(known), "## Figures\n"]
    last: dict[str, list[Record]] = {}
    for (scenario, _), one in newest(records).items():
        last.setdefault(scenario, []).append(one)
    for scenario, found in last.items():
        parts += [f"### {scenario}\n", *(_figures(one) for one in found)]
    return "\n".join(parts)


def _targets(records: Sequence[Record], known: Mapping[str, Any]) -> str:
    rows = ["| | store | wanted | reached | |", "|---|---|--:|--:|---|"]
    reasons: list[str] = []
    for target in targets(known):
        value = reached(target, records)
        told = "not recorded yet" if value is None else f"{value:g}"
        word = ""
        if value is not None:
            word = "yes" if target.is_met_by(value) else "**no**"
            if word != "yes" and target.why:
                reason = f"* {target.what}: {target.why}"
                reasons += [] if reason in reasons else [reason]
        rows.append(
            f"| {target.what} | {STORES[target.store]} | {target.wanted} | {told} | {word} |"
        )
    tail = ["", "Why what is not reached is not:", "", *reasons] if reasons else []
    return "\n".join([*rows, *tail, ""])


def _bounds(known: Mapping[str, Any]) -> str:
    return (
        "\n".join(f"* {name}: {text}" for name, text in known["bounds"].items()) + "\n"
    )


def _figures(one: Record) -> str:
    """A record's figures in the order in which they were printed, and their ground."""
    told = " ".join(f"{name}={value}" for name, value in one["facts"].items())
    parts = ("machine", "versions", "fsync_ms", "settings", "given")
    where = "; ".join(
        ", ".join(f"{name} {value}" for name, value in one.get(part, {}).items())
        for part in parts
    )
    when, commit = one["when"][:10], one["commit"]
    return f"```\n{told}\n```\n\n{when}, commit {commit}; {where}.\n"


def made() -> str:
    """The page as it has to be."""
    return page([*read()], tomllib.loads(TARGETS.read_text("utf-8")))


def main() -> int:
    """Write the page."""
    PAGE.write_text(made(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
