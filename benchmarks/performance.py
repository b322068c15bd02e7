"""``docs/performance.md``, made from what was recorded and what is wanted.

``python -m benchmarks.performance`` writes it; a test compares.
"""

from __future__ import annotations

import sys
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchmarks.processes import ROOT
from benchmarks.recording import newest, read

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from benchmarks.recording import Recorded

PAGE = ROOT / "docs" / "performance.md"
TARGETS = ROOT / "benchmarks" / "targets.toml"
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


def reached(target: Target, records: Iterable[Recorded]) -> float | None:
    """The newest figure that a target is about; None where none was recorded.

    Of several sizes it is that of the largest, which is measured last.
    """
    value = None
    for one in records:
        of_store = one.store in {"", target.store}
        if (
            one.scenario == target.scenario
            and of_store
            and target.figure in one.figures
        ):
            value = float(one.figures[target.figure])
    return value


def page(records: Sequence[Recorded], known: Mapping[str, Any]) -> str:
    """The whole page."""
    parts = [
        _HEAD,
        "## What is wanted, and what was reached\n",
        _targets(records, known),
    ]
    parts += ["## What bounds it\n", _bounds(known), "## Figures\n"]
    last: dict[str, list[Recorded]] = {}
    for (scenario, _), one in newest(records).items():
        last.setdefault(scenario, []).append(one)
    for scenario, found in last.items():
        parts += [f"### {scenario}\n", *(_figures(one) for one in found)]
    return "\n".join(parts)


def _targets(records: Sequence[Recorded], known: Mapping[str, Any]) -> str:
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


def _figures(one: Recorded) -> str:
    """A record's figures in the order in which they were printed."""
    told = " ".join(f"{name}={value}" for name, value in one.figures.items())
    where = ", ".join(
        f"{name.replace('_', ' ')} {value}" for name, value in one.machine.items()
    )
    return f"```\n{told}\n```\n\n{one.at[:10]}; {where}.\n"


def made() -> str:
    """The page as it has to be."""
    return page([*read()], tomllib.loads(TARGETS.read_text("utf-8")))


def main() -> int:
    """Write the page."""
    PAGE.write_text(made(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
