"""What is kept of a benchmark is what it printed, and only when that was asked for."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson
import pytest

from benchmarks import recording

if TYPE_CHECKING:
    from pathlib import Path

LINE = "S9 store=sqlite rounds=2 per_s_ratio=0.986 parked=2/2 lost=0"


@dataclass(frozen=True)
class Run:
    per_s: float


def given(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--dossiers", type=int, default=7)
    recording.option(parser)
    return parser.parse_args(words)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(recording.keep, "__defaults__", (tmp_path,))
    return tmp_path


def test_a_line_is_printed_and_nothing_is_kept_unasked(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recording.publish(LINE, given())
    assert capsys.readouterr().out == LINE + "\n"
    assert list(folder.iterdir()) == []


def test_a_recorded_line_says_what_was_printed_and_on_what(folder: Path) -> None:
    rounds = [{"poison": Run(1.23456)}, {"poison": Run(2.0)}]
    for _ in range(2):
        recording.publish(LINE, given("--record"), rounds)
    kept = [
        orjson.loads(one) for one in (folder / "S9.jsonl").read_bytes().splitlines()
    ]
    assert len(kept) == 2
    one = kept[-1]
    assert one["facts"] == {
        "store": "sqlite",
        "rounds": 2,
        "per_s_ratio": 0.986,
        "parked": "2/2",
        "lost": 0,
    }
    assert one["rounds"] == [{"poison": {"per_s": 1.2346}}, {"poison": {"per_s": 2.0}}]
    assert one["given"] == {"dossiers": 7}
    assert one["settings"] == {"journal_mode": "wal", "synchronous": "full"}
    assert 0 < one["fsync_ms"]["sqlite"]["p50"] <= one["fsync_ms"]["sqlite"]["p99"]
    assert {"python", "sqlite", "postgresql", "libpq", "uvloop"} <= one[
        "versions"
    ].keys()
    assert one["machine"]["cores"] >= 1
    assert one["commit"]


def test_a_server_is_asked_what_it_runs_with() -> None:
    said = recording.record_of("S2 store=postgresql slips=1", {}, ())["settings"]
    assert (said["fsync"], said["synchronous_commit"]) == ("on", "on")


async def test_a_record_can_be_made_while_a_loop_runs() -> None:
    said = recording.record_of("S5 store=sqlite waiting=1", {}, ())["settings"]
    assert said["synchronous"] == "full"


def test_records_with_peers_name_the_peers_versions() -> None:
    assert {"celery", "procrastinate", "pgqueuer", "dbos"} <= recording.versions(
        with_peers=True
    ).keys()
