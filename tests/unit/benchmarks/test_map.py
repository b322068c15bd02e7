"""``make bench SCENARIO=MAP``: what it measures is all there is, and is what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
import pytest

from benchmarks.map import floor_of, hardware, measured, table
from benchmarks.mappings import WentWrong, all_kits, conversions, must_be_same
from benchmarks.tape import Tape
from gateway.carriers.http import HTTPCarrier
from gateway.conformance.adapter_lent import Counted
from gateway.conformance.adapter_making import BY_HAND
from gateway.domain.attempt import Outcome
from gateway.domain.values import replace
from gateway.ports.agency import Answer
from gateway.registry.manifest import ADAPTERS

if TYPE_CHECKING:
    from pathlib import Path

#: By file name: a folder that turns messages into something has one of these.
MAPS = ("mapping.py", "making.py")


async def test_every_kind_of_every_folder_is_measured_both_ways(tmp_path: Path) -> None:
    async with conversions(tmp_path) as found:
        results = await measured(found, rounds=1, span_s=0)
    there = {(one.interface, one.way, one.kind) for one in found}
    assert len(there) == len(found)
    folders = {
        path.name
        for path in ADAPTERS.iterdir()
        if not path.name.startswith("_") and all((path / n).is_file() for n in MAPS)
    }
    assert folders <= {interface.partition("/")[0] for interface, _, _ in there}
    assert folders >= {"electricity", "water", "tax", "land_registry", "open"}
    for kit in all_kits():
        wanted = {("pushed", row.sample.removesuffix(".json")) for row in kit.pushed}
        for sample in kit.samples.values():
            if kit.manifest.carrier != BY_HAND:
                wanted.add(("sent", sample.kind))
            if sample.polled_hours:
                wanted.add(("polled", sample.kind))
        assert {(kit.name, *one) for one in wanted} <= there
        slots = kit.manifest.slots
        for slot, way in (("inbox", "carried"), ("pull_dossiers", "pulled")):
            offered = not slots[slot]
            assert offered == any((kit.name, way) == one[:2] for one in there)
    rows = [one.facts() for one in results]
    assert all(row["per_s"] > 0 and row["bytes"] > 0 and row["floor"] for row in rows)
    assert len(table(rows).splitlines()) == len(rows) + 1
    assert "MAP machine: " in hardware()


def test_a_conversion_that_comes_to_something_else_is_no_figure() -> None:
    taken = Answer(Outcome.DELIVERED, "accepted")
    must_be_same(taken, replace(taken, detail="another"))
    for again in (Answer(Outcome.DELIVERED, "x"), Answer(Outcome.REFUSED, "accepted")):
        with pytest.raises(WentWrong):
            must_be_same(taken, again)


def test_the_floor_reads_and_writes_the_same_bytes_by_what_they_are() -> None:
    names = [
        floor_of([content])[0]
        for content in (
            *(b'{"a": 1}', b"<a/>", b"A;B\r\n1;2\r\n", b"\x30\x82\x00", b"client=a"),
        )
    ]
    assert names == ["orjson", "lxml", "csv", "sha256", "sha256"]
    name, floor = floor_of([orjson.dumps([1]), b"<a/>", b""])
    assert name == "lxml+orjson"
    floor()


def test_a_tape_gives_the_same_names_again() -> None:
    tape = Tape(HTTPCarrier("http://127.0.0.1:9"), Counted())
    drawn = [tape.identifier("a"), tape.identifier("b"), tape.identifier("a")]
    tape.play()
    assert [tape.identifier(name) for name in "aba"] == drawn
