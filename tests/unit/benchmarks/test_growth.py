"""The plan's arithmetic, with round numbers that can be followed by hand."""

from __future__ import annotations

import math
from typing import Any

import pytest

from benchmarks.growth import ACTS, Assumed, Measured, measured, needs, size, span

M = Measured(
    row_bytes=8_000,
    journal_bytes=4_000,
    search_bytes=1_000,
    lines=20,
    verified_per_s=50_000,
    cpu_ms=10,
    log_ratio=1.5,
)
A = Assumed(
    working_days=250,
    hours=8,
    peak=5,
    transfers=2,
    busy=0.5,
    payload_bytes=2_000,
    with_files=0.1,
    file_bytes=1e6,
    files_years=2,
    kept_years=5,
    copies=3,
    full_pages=2,
    backup_per_s=10e6,
    physical_per_s=100e6,
    night_hours=10,
    memory_bytes=7.2e9,
    disk_bytes=4e12,
)
#: A dossier a second, on working days.
YEARLY = 250 * 8 * 3600.0
NEEDS = needs("x", YEARLY, M, A)


def test_rates_and_nodes() -> None:
    assert (NEEDS.mean_per_s, NEEDS.peak_per_s) == (1, 5)
    # Five a second of two times 10 ms each: a tenth of a core.
    assert NEEDS.peak_cores == pytest.approx(0.1)
    assert NEEDS.nodes == 2
    # 5.5 cores at half busy: eleven, and one that may be away.
    assert needs("x", YEARLY * 55, M, A).nodes == 12


def test_bytes_of_rows_files_and_copies() -> None:
    assert NEEDS.database_bytes == 7.2e6 * 5 * 10_000
    assert NEEDS.journal_bytes == 7.2e6 * 5 * 4_000
    assert NEEDS.search_bytes == 7.2e6 * 5 * 1_000
    assert NEEDS.journal_rows == 7.2e6 * 5 * 20
    assert NEEDS.files_bytes == pytest.approx(7.2e6 * 0.1 * 1e6 * 2)
    assert NEEDS.disk_bytes == pytest.approx((360e9 + 1440e9) * 3)


def test_log_verification_and_backup() -> None:
    # 28,800 dossiers a day, 10 kB each, half as much again, twice for full pages.
    assert NEEDS.log_day_bytes == 28_800 * 30_000
    assert NEEDS.log_peak_per_s == 150_000
    assert NEEDS.verify_day_s == pytest.approx(28_800 * 20 / 50_000)
    assert NEEDS.verify_all_s == pytest.approx(7.2e6 * 5 * 20 / 50_000)
    assert NEEDS.backup_s == 36_000
    assert NEEDS.physical_s == 3_600


def test_what_breaks_first_and_when() -> None:
    years = dict(NEEDS.limits)
    # 7.2 GB a year of what searches read: memory is full after one.
    assert NEEDS.first == "search index in memory"
    assert years["search index in memory"] == pytest.approx(1)
    # 360 GB in ten hours are 10 MB/s: reached when the years that are kept are full.
    assert math.isinf(years["backup"])
    assert math.isinf(years["files' disk"])
    assert set(years) == set(ACTS)


def test_files_that_outgrow_their_disk_before_a_rule_deletes_them_are_told() -> None:
    twice = needs("x", YEARLY * 4, M, A)
    assert dict(twice.limits)["files' disk"] == pytest.approx(4e12 / (4 * 0.72e12))


def test_nothing_breaks_where_everything_has_room() -> None:
    assert needs("x", 1000, M, A).first == ""


def record(scenario: str, when: str = "1", **facts: Any) -> dict[str, Any]:
    return {
        "scenario": scenario,
        "when": when,
        "facts": {"store": "postgresql", **facts},
    }


def s11(dossiers: int, size: int) -> dict[str, Any]:
    return record(
        "S11",
        dossiers=dossiers,
        lines=dossiers * 20,
        bytes_per_dossier=size,
        journal_bytes_per_dossier=4,
        search_bytes_per_dossier=1,
        verified_per_s=7,
    )


def s12(when: str, cpu: float) -> dict[str, Any]:
    return record(
        "S12",
        when,
        dossiers=100,
        cpu_ms_per_dossier=cpu,
        written_kb_per_dossier=30,
        held_kb_per_dossier=20,
    )


def test_the_largest_store_and_the_last_stream_are_taken() -> None:
    found = measured([s11(100_000, 9), s11(10_000, 8), s12("2", 5.0), s12("1", 6.0)])
    assert (found.row_bytes, found.lines, found.cpu_ms) == (9, 20, 5.0)
    assert found.log_ratio == 1.5


def test_without_a_record_there_is_no_plan() -> None:
    with pytest.raises(LookupError, match="S12"):
        measured([s11(100_000, 9)])


def test_sizes_and_spans_are_said_in_units() -> None:
    assert (size(1.5e12), size(2e9), size(4e7)) == ("1.5 TB", "2 GB", "40 MB")
    assert (span(5), span(90), span(7200), span(172_800)) == (
        "5 s",
        "1.5 min",
        "2 h",
        "2 days",
    )
