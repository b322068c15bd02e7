"""Writes docs/growth.md: what a country would need, computed from recorded figures.

``python -m benchmarks.growth``; ``tests/docs/test_growth_page.py`` compares. What is
measured comes from ``benchmarks/recorded/``, what is assumed stands in ``Assumed``.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING

from benchmarks.performance import records, table
from benchmarks.processes import ROOT

if TYPE_CHECKING:
    from benchmarks.performance import Record

PAGE = ROOT / "docs" / "growth.md"
NOTICE = (
    "<!-- Made by python -m benchmarks.growth from benchmarks/recorded/;"
    " edit there. -->\n"
)
GB, TB = 1e9, 1e12


def _said(text: str) -> float:
    """A field with what it means, for the page."""
    value: float = field(metadata={"text": text})
    return value


def _assumed(value: float, text: str) -> float:
    found: float = field(default=value, metadata={"text": text})
    return found


@dataclass(frozen=True)
class Measured:
    """Figures of PostgreSQL as they were recorded last."""

    row_bytes: float = _said("tables and indexes of a dossier, no payloads (S11)")
    journal_bytes: float = _said("of these the journal (S11)")
    search_bytes: float = _said("of these what searches read (S11)")
    lines: float = _said("lines of the journal per dossier (S11)")
    verified_per_s: float = _said("lines verified a second by one process (S11)")
    cpu_ms: float = _said(
        "CPU of the gateway for a dossier of two transfers, ms (S12: at ten a second, where"
        " little is shared; under load, S1, it is a third)"
    )
    log_ratio: float = _said("write-ahead log written per byte that stays (S12)")


@dataclass(frozen=True)
class Assumed:
    """What nobody measured; each with its text on the page."""

    provinces: float = _assumed(34, "provinces, each with a database of its own")
    yearly: float = _assumed(100e6, "dossiers a year in the country, all through here")
    largest: float = _assumed(0.12, "share of the largest province")
    working_days: float = _assumed(250, "working days a year")
    hours: float = _assumed(8, "hours of a working day")
    peak: float = _assumed(5, "worst hour of the year, times the mean one")
    transfers: float = _assumed(1.5, "transfers of a dossier, times those of S12's")
    busy: float = _assumed(0.6, "share of a core that a node may be busy at the peak")
    payload_bytes: float = _assumed(8_000, "sealed documents and messages of a dossier")
    with_files: float = _assumed(0.11, "share of dossiers with files")
    file_bytes: float = _assumed(6e6, "bytes of files of such a dossier (4 of 1.5 MB)")
    files_years: float = _assumed(1, "years that files are kept (a retention rule)")
    kept_years: float = _assumed(
        5, "years that the plan looks ahead (rows and journal are never deleted)"
    )
    copies: float = _assumed(3, "copies: a leader, two standbys")
    full_pages: float = _assumed(
        2, "log with full pages after checkpoints, times S12's"
    )
    backup_per_s: float = _assumed(
        40e6, "bytes a second of `lienthong backup` (docs/reliability.md, rehearsal)"
    )
    physical_per_s: float = _assumed(200e6, "bytes a second of pg_basebackup")
    night_hours: float = _assumed(8, "hours in which a backup has to be done")
    memory_bytes: float = _assumed(
        32e9, "memory of a database's machine that holds pages"
    )
    disk_bytes: float = _assumed(4e12, "disk of a database's machine")


@dataclass(frozen=True)
class Needs:
    """What one database with so many dossiers a year needs."""

    name: str
    yearly: float
    mean_per_s: float
    peak_per_s: float
    peak_cores: float
    nodes: int
    #: one of them may be away
    database_bytes: float
    #: one copy, after ``kept_years``
    search_bytes: float
    journal_bytes: float
    journal_rows: float
    files_bytes: float
    #: one copy, of those that are kept
    disk_bytes: float
    #: all copies of both
    log_day_bytes: float
    log_peak_per_s: float
    verify_day_s: float
    verify_all_s: float
    backup_s: float
    physical_s: float
    limits: tuple[tuple[str, float], ...]
    #: years until each is reached, the first one first; infinite: after what is looked at

    @property
    def first(self) -> str:
        """What breaks first; empty: nothing within the years looked at."""
        name, years = self.limits[0]
        return "" if math.isinf(years) else name


def needs(name: str, yearly: float, m: Measured, a: Assumed) -> Needs:
    """The whole arithmetic for one database."""
    mean = yearly / a.working_days / (a.hours * 3600)
    peak = mean * a.peak
    cores = peak * a.transfers * m.cpu_ms / 1000
    row = m.row_bytes + a.payload_bytes
    database = yearly * a.kept_years * row
    files = yearly * a.with_files * a.file_bytes * a.files_years
    search = m.search_bytes * yearly
    log = row * m.log_ratio * a.full_pages
    lines = yearly * m.lines
    return Needs(
        name=name,
        yearly=yearly,
        mean_per_s=mean,
        peak_per_s=peak,
        peak_cores=cores,
        nodes=math.ceil(cores / a.busy) + 1,
        database_bytes=database,
        search_bytes=search * a.kept_years,
        journal_bytes=m.journal_bytes * yearly * a.kept_years,
        journal_rows=lines * a.kept_years,
        files_bytes=files,
        disk_bytes=(database + files) * a.copies,
        log_day_bytes=yearly / a.working_days * log,
        log_peak_per_s=peak * log,
        verify_day_s=lines / a.working_days / m.verified_per_s,
        verify_all_s=lines * a.kept_years / m.verified_per_s,
        backup_s=database / a.backup_per_s,
        physical_s=database / a.physical_per_s,
        limits=_limits(yearly * row, search, files, a),
    )


def _limits(
    row_year: float, search_year: float, files: float, a: Assumed
) -> tuple[tuple[str, float], ...]:
    """Years until each limit; infinite: later than the plan looks."""
    night = a.night_hours * 3600
    # Files fill up within the years that they are kept, and no further.
    room = a.disk_bytes / (files / a.files_years)
    years = {
        "backup": night * a.backup_per_s / row_year,
        "physical backup": night * a.physical_per_s / row_year,
        "database's disk": a.disk_bytes / row_year,
        "files' disk": room if room < a.files_years else math.inf,
        "search index in memory": a.memory_bytes / search_year,
    }
    kept = {
        name: value if value < a.kept_years or name == "files' disk" else math.inf
        for name, value in years.items()
    }
    return tuple(sorted(kept.items(), key=lambda one: one[1]))


def measured(every: Sequence[Record]) -> Measured:
    """From the largest S11 and the last S12 on PostgreSQL.

    Raises:
        LookupError: one of them is not recorded.
    """
    large = _of("S11", every)[-1]["facts"]
    stream = max(_of("S12", every), key=lambda one: str(one["when"]))["facts"]
    return Measured(
        row_bytes=float(large["bytes_per_dossier"]),
        journal_bytes=float(large["journal_bytes_per_dossier"]),
        search_bytes=float(large["search_bytes_per_dossier"]),
        lines=float(large["lines"]) / float(large["dossiers"]),
        verified_per_s=float(large["verified_per_s"]),
        cpu_ms=float(stream["cpu_ms_per_dossier"]),
        log_ratio=float(stream["written_kb_per_dossier"])
        / float(stream["held_kb_per_dossier"]),
    )


def _of(scenario: str, every: Sequence[Record]) -> list[Record]:
    fit = [
        one
        for one in every
        if one["scenario"] == scenario and one["facts"].get("store") == "postgresql"
    ]
    if not fit:
        message = f"{scenario} on PostgreSQL is not recorded"
        raise LookupError(message)
    return sorted(fit, key=lambda one: float(one["facts"]["dossiers"]))


def number(value: float) -> str:
    """Three figures that mean something."""
    if value == 0 or value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def size(value: float) -> str:
    """In MB, GB or TB."""
    for name, unit in (("TB", TB), ("GB", GB)):
        if value >= unit:
            return f"{number(value / unit)} {name}"
    return f"{number(value / 1e6)} MB"


def span(seconds: float) -> str:
    """In seconds, minutes, hours or days."""
    for name, unit in (("days", 86_400.0), ("h", 3600.0), ("min", 60.0)):
        if seconds >= unit:
            return f"{number(seconds / unit)} {name}"
    return f"{number(seconds)} s"


#: What the operator does when a limit comes near.
ACTS = {
    "backup": "`lienthong backup` no longer fits into a night. Turn to the server's own:"
    " `pg_basebackup` weekly, the log archived all the time; keep `lienthong backup` for"
    " keys and configuration, and try a restore of both each quarter.",
    "physical backup": "Take it from a standby, by increments (PostgreSQL 17) or by"
    " snapshots of the volume.",
    "database's disk": "Grow the volume, shorten what is kept (retention rules delete payloads,"
    " files and the search index; rows and journal stay), or give a part of the units a database of"
    " their own.",
    "files' disk": "A larger volume of their own for files, or a shorter rule for them."
    " Where they are kept as rows (`[attachments] kind`), they weigh on the database, its"
    " log and its backup instead: move them to a shared folder before.",
    "search index in memory": "Searches then read from the disk. More memory, or a machine for reading.",
}


def _rows(every: Sequence[Needs], a: Assumed) -> str:
    lines: list[tuple[str, list[str]]] = [
        ("dossiers a year", [number(one.yearly) for one in every]),
        ("mean, a second", [number(one.mean_per_s) for one in every]),
        ("peak, a second", [number(one.peak_per_s) for one in every]),
        ("cores of gateway at the peak", [number(one.peak_cores) for one in every]),
        ("nodes, one may be away", [str(one.nodes) for one in every]),
        (
            f"database after {a.kept_years:g} years, one copy",
            [size(one.database_bytes) for one in every],
        ),
        ("of it the journal", [size(one.journal_bytes) for one in every]),
        ("rows of the journal", [number(one.journal_rows) for one in every]),
        ("of it the search index", [size(one.search_bytes) for one in every]),
        ("files, one copy", [size(one.files_bytes) for one in every]),
        (f"disk, {a.copies:g} copies", [size(one.disk_bytes) for one in every]),
        ("write-ahead log a day", [size(one.log_day_bytes) for one in every]),
        ("the same at the peak", [size(one.log_peak_per_s) + "/s" for one in every]),
        ("verify a day's journal", [span(one.verify_day_s) for one in every]),
        ("verify all of it", [span(one.verify_all_s) for one in every]),
        ("`lienthong backup`, whole", [span(one.backup_s) for one in every]),
        ("`pg_basebackup`", [span(one.physical_s) for one in every]),
        ("breaks first", [one.first or "nothing of the below" for one in every]),
    ]
    return table(["", *(one.name for one in every)], ([n, *v] for n, v in lines))


def _arithmetic(one: Needs, m: Measured, a: Assumed) -> str:
    """One column of the table, step by step."""
    row = m.row_bytes + a.payload_bytes
    steps = [
        (
            f"mean = {number(one.yearly)} dossiers ÷ {a.working_days:g} days ÷"
            f" {a.hours * 3600:,.0f} s = {number(one.mean_per_s)} a second;"
            f" peak = × {a.peak:g} = {number(one.peak_per_s)}"
        ),
        (
            f"cores = {number(one.peak_per_s)} × {a.transfers:g} × {number(m.cpu_ms)} ms ="
            f" {number(one.peak_cores)}; nodes = ⌈{number(one.peak_cores)} ÷ {a.busy:g}⌉ + 1"
            f" = {one.nodes}"
        ),
        (
            f"a dossier = {number(m.row_bytes)} + {number(a.payload_bytes)} ="
            f" {number(row)} bytes; database = × {number(one.yearly)} × {a.kept_years:g}"
            f" years = {size(one.database_bytes)}"
        ),
        (
            f"journal = {number(m.lines)} lines a dossier × {number(one.yearly)} ×"
            f" {a.kept_years:g} = {number(one.journal_rows)} rows,"
            f" {size(one.journal_bytes)}"
        ),
        (
            f"search index = {number(m.search_bytes)} bytes × {number(one.yearly)} ×"
            f" {a.kept_years:g} = {size(one.search_bytes)}"
        ),
        (
            f"files = {number(one.yearly)} × {a.with_files:g} × {number(a.file_bytes)} bytes"
            f" × {a.files_years:g} year = {size(one.files_bytes)}"
        ),
        (
            f"disk = ({size(one.database_bytes)} + {size(one.files_bytes)}) ×"
            f" {a.copies:g} = {size(one.disk_bytes)}"
        ),
        (
            f"log of a dossier = {number(row)} × {number(m.log_ratio)} × {a.full_pages:g} ="
            f" {number(row * m.log_ratio * a.full_pages)} bytes; a working day ="
            f" {size(one.log_day_bytes)}"
        ),
        (
            f"verifying a day = {number(one.yearly * m.lines / a.working_days)} lines ÷"
            f" {number(m.verified_per_s)} = {span(one.verify_day_s)}; all ="
            f" {span(one.verify_all_s)}"
        ),
        (
            f"backup = {size(one.database_bytes)} ÷ {size(a.backup_per_s)}/s ="
            f" {span(one.backup_s)}; pg_basebackup = ÷ {size(a.physical_per_s)}/s ="
            f" {span(one.physical_s)}"
        ),
    ]
    return "".join(f"* {step}\n" for step in steps)


def _breaking(every: Sequence[Needs]) -> str:
    """When each limit is reached, and what is done then."""
    names = sorted(ACTS, key=lambda name: min(dict(one.limits)[name] for one in every))
    rows = []
    for name in names:
        years = [dict(one.limits)[name] for one in every]
        told = ["later" if math.isinf(one) else f"{one:.1f} years" for one in years]
        rows.append([name, *told, ACTS[name]])
    heads = ["limit", *(one.name for one in every), "what the operator does then"]
    return table(heads, rows)


def _given(of: Measured | Assumed) -> str:
    rows = ([one.metadata["text"], number(getattr(of, one.name))] for one in fields(of))
    return table(["", "value"], rows)


def page(m: Measured, a: Assumed) -> str:
    """The whole plan."""
    mean = needs("mean province", a.yearly / a.provinces, m, a)
    large = needs("largest province", a.yearly * a.largest, m, a)
    whole = needs("one database for all", a.yearly, m, a)
    every = (mean, large, whole)
    return "\n".join(
        [
            f"# Growth: {a.provinces:g} provinces, {number(a.yearly)} dossiers a year\n",
            NOTICE,
            (
                "A plan on paper. What is measured was measured on two cores and at the sizes that"
                " [performance.md](performance.md) names; the rest is arithmetic and assumptions,"
                " all of them below. Nothing of this size was run.\n"
            ),
            f"## What is needed\n\n{_rows(every, a)}",
            (
                "**Partitions**: the unit is the province, a database and its nodes each. Nothing"
                " is shared between provinces, so that a fault stays in one. Tables inside a"
                " database are *not* partitioned: lists and claims read partial indexes,"
                " which do not grow with what is closed. **Replicas**: two standbys, one of them"
                " synchronous (decision 0074). The third column is what a single national database"
                " would be, as a bound and not as advice.\n"
            ),
            f"## What breaks first, and when\n\n{_breaking(every)}",
            (
                "Years count from the first day at full rate; *later*: not within the years"
                " looked at; files: never, since a rule deletes them before. Not in the"
                " table, because nothing here measured it: vacuum and wrap-around of tables"
                " that are not partitioned (watch `age(datfrozenxid)` and how long"
                " autovacuum takes for `journal`), the CPU of the server itself, and what"
                " offices allow: a lane sends no faster than its office takes.\n"
            ),
            f"## Arithmetic of the largest province\n\n{_arithmetic(large, m, a)}",
            f"## Measured\n\n{_given(m)}",
            f"## Assumed\n\n{_given(a)}",
        ]
    )


def main() -> None:
    """Write it."""
    PAGE.write_text(page(measured(records()), Assumed()), "utf-8")
    sys.stdout.write(f"{PAGE.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
