"""Writes docs/performance.md from the figures that were recorded.

``python -m benchmarks.performance``; ``tests/docs/test_performance_page.py`` compares.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import orjson

from benchmarks.processes import ROOT
from benchmarks.recording import FOLDER
from benchmarks.targets import TARGETS, Target

PAGE = ROOT / "docs" / "performance.md"
NOTICE = (
    "<!-- Made by python -m benchmarks.performance from benchmarks/recorded/;"
    " edit there. -->\n"
)
HEAD = f"""# Performance

{NOTICE}
What was measured last, by `make bench SCENARIO=S1 RECORD=1` and its like. \
What each scenario does is described in [benchmarks.md](benchmarks.md), \
what a country would need in [growth.md](growth.md). \
Figures are medians of interleaved rounds, in brackets the lowest and the highest. \
Absolute ones are this machine's in that hour; ratios within a run travel further. \
Names in the tables below are those of the lines that `make bench` prints. \
`make bench-compare` holds a machine against the ratios recorded last.
"""
ORDER = (
    *("S1", "PEERS", "S2", "S3", "S4", "S5", "S6", "S9", "S10", "S11", "S12"),
    *("GROWN", "MAP", "REPORT", "CONSOLE", "MOCK", "RESTORE"),
)
#: Facts that tell one line of a scenario from another.
TELLS = ("store", "nodes", "files_in", "dead_one", "work", "journal")
#: The same, where size is what is varied.
SIZES = {
    **dict.fromkeys(("S11", "GROWN", "REPORT"), ("dossiers",)),
    "S12": ("minutes",),
}
#: Whose process a contender's CPU is; a peer's bears its own name.
_OWN = dict.fromkeys(("sqlite", "postgresql", "two_nodes"), "gateway")
Record = Mapping[str, Any]


def records(folder: Path = FOLDER) -> list[Record]:
    """Everything that was recorded, in the order of scenarios, the oldest first."""
    found: list[Record] = []
    for name in ORDER:
        path = folder / f"{name}.jsonl"
        if path.exists():
            found += [orjson.loads(line) for line in path.read_bytes().splitlines()]
    return found


def words(folder: Path = FOLDER) -> dict[str, Any]:
    """Titles, what bounds what, and reasons."""
    return tomllib.loads((folder / "words.toml").read_text("utf-8"))


def latest(every: Iterable[Record]) -> list[Record]:
    """The last record of each line that a scenario prints."""
    found: dict[tuple[Any, ...], Record] = {}
    for one in every:
        scenario, facts = one["scenario"], one["facts"]
        key = (scenario, *(facts.get(name) for name in _tells(scenario)))
        found.pop(key, None)
        found[key] = one
    place = {name: number for number, name in enumerate(ORDER)}
    return sorted(found.values(), key=lambda one: place[one["scenario"]])


def spread(values: Iterable[float], digits: int = 1) -> str:
    """Middle and, in brackets, the lowest and the highest; one value: itself."""
    every = sorted(values)
    if len(every) == 1:
        return f"{every[0]:,.{digits}f}"
    return (
        f"{median(every):,.{digits}f} ({every[0]:,.{digits}f}–{every[-1]:,.{digits}f})"
    )


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """As Markdown has it."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def standing(
    every: Sequence[Record], reasons: Mapping[str, str]
) -> list[tuple[Target, str, str, str]]:
    """Of each target and store: what was reached, and the verdict with its reason."""
    found = []
    last = latest(every)
    for target in TARGETS:
        for store in target.wanted:
            fit = [one for one in last if target.counts(one, store)]
            if not fit:
                found.append((target, store, "", "not recorded yet"))
                continue
            # Of several (places of files, sizes) the worst one counts.
            figures = sorted(target.figure(one, store) for one in fit)
            figure = figures[0] if target.is_floor else figures[-1]
            verdict = "reached"
            if not target.is_reached(figure, store):
                reason = reasons.get(target.name, "")
                verdict = f"**not reached**. {reason}".rstrip()
            found.append((target, store, f"{figure:g}", verdict))
    return found


def _targets(every: Sequence[Record], reasons: Mapping[str, str]) -> str:
    rows = (
        [target.text, store, target.wants(store), figure or "–", verdict]
        for target, store, figure, verdict in standing(every, reasons)
    )
    return table(["target", "store", "wanted", "measured", ""], rows)


def _machines(last: Sequence[Record]) -> str:
    """Each machine with its versions once."""
    found: dict[str, list[str]] = {}
    for one in last:
        told = one["machine"]
        its = (
            f"{told['cores']} cores ({told['model']}), {told['memory_gb']} GB,"
            f" {told['system']}; {_named(one['versions'])}"
        )
        names = found.setdefault(its, [])
        if one["scenario"] not in names:
            names.append(one["scenario"])
    return "".join(f"* {', '.join(names)}: {its}.\n" for its, names in found.items())


def _named(pairs: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in pairs.items())


def _runs(last: Sequence[Record]) -> str:
    rows = []
    for one in last:
        sync = one["fsync_ms"].get(one["facts"].get("store", "sqlite"))
        rows.append(
            [
                _name(one),
                one["when"][:16].replace("T", " "),
                f"`{one['commit']}`",
                f"{one['machine']['load_before']:g}",
                f"{sync['p50']:g} / {sync['p99']:g}",
                ", ".join(f"{k}={v}" for k, v in one["settings"].items()),
            ]
        )
    heads = ["line", "when (UTC)", "commit", "load before"]
    return table([*heads, "fsync p50 / p99, ms", "settings of the store"], rows)


def _name(one: Record) -> str:
    return f"{one['scenario']} {_told(one)}".rstrip()


def _told(one: Record) -> str:
    """What tells a line from its scenario's others: ``sqlite 10,000``."""
    facts = one["facts"]
    told = _tells(one["scenario"])
    return " ".join(_shown(facts[name]) for name in told if name in facts)


def _contenders(one: Record) -> str:
    """Rounds of S1 or PEERS: rates and CPU of each, lowest and highest."""
    rounds = one["rounds"]
    rows = []
    for name in rounds[0]:
        runs = [each[name] for each in rounds]
        own = _OWN.get(name, name)
        rows.append(
            [
                name,
                spread(run["per_s"] for run in runs),
                spread((_cpu(run, own) for run in runs), 2),
                spread(run["p99_ms"] for run in runs),
            ]
        )
    heads = ["", "dossiers a second", "CPU of its processes, ms per dossier"]
    return table([*heads, "accept p99, ms"], rows)


def _cpu(run: Mapping[str, Any], own: str) -> float:
    """Of a contender's process; of all its nodes (``gateway``, ``gateway-2``)."""
    every: Mapping[str, float] = run["cpu_ms"]
    further = (ms for name, ms in every.items() if name.startswith(f"{own}-"))
    return every[own] + sum(further)


def _switches(one: Record) -> str:
    """What each part of S2 costs: differences within one round."""
    facts = one["facts"]
    parts = [
        name.removeprefix("without_").removesuffix("_saves_ms")
        for name in facts
        if name.endswith("_saves_ms")
    ]
    whole = float(facts["cpu_ms_per_slip"])
    rows = (
        [
            part,
            f"{facts[f'without_{part}_saves_ms']:.2f} ({facts[f'without_{part}_from_to']})",
            f"{100 * float(facts[f'without_{part}_saves_ms']) / whole:.0f} %",
            f"{facts[f'without_{part}_ratio_per_s']:.3f}",
        ]
        for part in parts
    )
    heads = [
        "without",
        "saves, ms of CPU per slip",
        "of all",
        "rate, ratio to the whole",
    ]
    return table(heads, rows)


def _tells(scenario: str) -> tuple[str, ...]:
    """Facts that tell lines of a scenario apart."""
    return (*TELLS, *SIZES.get(scenario, ()))


def _facts(its: Sequence[Record]) -> str:
    """What the printed lines say: a column for each, SQLite first, small before large."""
    apart = _tells(its[0]["scenario"])
    sizes = SIZES.get(its[0]["scenario"], ())

    def place(one: Record) -> tuple[Any, ...]:
        facts = one["facts"]
        return facts.get("store") != "sqlite", *(facts.get(name, 0) for name in sizes)

    columns = sorted(its, key=place)
    names = dict.fromkeys(name for one in columns for name in one["facts"])
    rows = (
        [f"`{name}`", *(_shown(one["facts"].get(name)) for one in columns)]
        for name in names
        if name not in apart
    )
    return table(["", *(_told(one) or "measured" for one in columns)], rows)


def _shown(value: object) -> str:
    if value is None:
        return "–"
    return f"{value:,}" if isinstance(value, int) else f"{value}"


def _section(name: str, its: Sequence[Record], said: Mapping[str, Any]) -> str:
    about = said["scenario"][name]
    parts = [f"### {name}: {about['title']}\n\n{about['bounds']}\n"]
    for one in its if name in {"S1", "PEERS"} else ():
        rounds = f"{_name(one)}, {len(one['rounds'])} interleaved rounds of"
        parts.append(f"{rounds} {one['given']['dossiers']} dossiers:\n")
        parts.append(_contenders(one))
    return "\n".join([*parts, _facts(its)])


def page(every: Sequence[Record], said: Mapping[str, Any]) -> str:
    """The whole page."""
    last = latest(every)
    missing = [name for name in ORDER if all(one["scenario"] != name for one in last)]
    parts = [HEAD, f"## Targets\n\n{_targets(every, said['reason'])}"]
    switches = [one for one in last if one["scenario"] == "S2"]
    parts.append("## What each safety switch costs\n")
    if not switches:
        parts.append("S2 is not recorded yet.\n")
    parts += [f"S2 on {one['facts']['store']}:\n\n{_switches(one)}" for one in switches]
    parts.append(
        "No setting switches any of these off; the benchmark replaces functions.\n"
    )
    parts.append("## Figures, and what bounds them\n")
    for name in ORDER:
        its = [one for one in last if one["scenario"] == name]
        if its:
            parts.append(_section(name, its, said))
    if missing:
        parts.append(f"Not recorded yet: {', '.join(missing)}.\n")
    if last:
        parts.append(f"## Machine and versions\n\n{_machines(last)}")
        parts.append(
            "Lanes' `in_flight` is 128 in S1, S2, S3, S12 and PEERS, so that the caps which"
            " protect real offices do not bound the figure; else settings are what ships."
            " A commit with `+` had changes that are in no commit. fsync: 4 KiB, 200 times."
            f"\n\n{_runs(last)}"
        )
    return "\n".join(parts)


def main() -> None:
    """Write it."""
    PAGE.write_text(page(records(), words()), "utf-8")
    sys.stdout.write(f"{PAGE.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
