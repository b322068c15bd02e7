"""``make bench SCENARIO=S2``: each part is really out, and what is counted is counted."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from benchmarks.kept import kept
from benchmarks.s2 import Result, Scenario, facts
from benchmarks.without import PARTS
from gateway.wiring.stage import ROOT

if TYPE_CHECKING:
    from pathlib import Path

#: Part → what the gateway calls instead, where it calls it.
INSTEAD = {
    "xsd": ("gateway.validation.xsd", "XSDSchema.check"),
    "signing": ("gateway.adapters.tax.adapter", "make_seal"),
    "verification": ("gateway.adapters.tax.contract", "verify_parsed"),
    "encryption": ("gateway.vault.local", "AESGCM"),
    "journal": ("gateway.store.apply", "dossier_chain"),
}
LOOK = """
import json, sys
from operator import attrgetter
from benchmarks.without import take_out
places = json.loads(sys.argv[1])
def look():
    return [attrgetter(n)(sys.modules[m]).__module__ for m, n in places.values()]
take_out("nothing")
found = [look()]
for part in places:
    take_out(part)
    found.append(look())
print(json.dumps(found))
"""


def test_every_part_has_its_place() -> None:
    assert {"nothing", *INSTEAD} == set(PARTS)


@pytest.mark.timeout(240)
def test_a_part_is_out_where_it_is_called_and_in_otherwise() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOOK, json.dumps(INSTEAD)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    shown = json.loads(done.stdout)
    are_out = [[module == "benchmarks.without" for module in row] for row in shown]
    count = len(INSTEAD)
    # One part more is out each time, and no other.
    assert are_out == [
        [place < taken for place in range(count)] for taken in range(count + 1)
    ]


@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    ("store", "part"), [("sqlite", "signing"), ("postgresql", "journal")]
)
async def test_slips_are_sent_once_and_in_order_with_and_without_a_part(
    store: str, part: str, tmp_path: Path
) -> None:
    parts = ["nothing", part]
    with kept(store, tmp_path) as place:
        scenario = Scenario(6, place, tmp_path)
        await scenario.prepare(parts)
        rounds = [{one: await scenario.run(one) for one in parts}]
    said = facts(store, 6, rounds)
    assert (said["lost"], said["doubled"], said["unordered"]) == (0, 0, 0)
    assert float(said["slips_per_s"]) > 0
    assert f"without_{part}_saves_ms" in said


def test_what_a_part_costs_is_the_median_of_the_differences() -> None:
    def took(whole: float, rest: float) -> dict[str, Result]:
        cpu = {"gateway": whole, "tax": 1.0}
        one = Result(100.0, cpu, 1.0, 2.0, 3.0, 0, 0, 0)
        other = Result(200.0, {**cpu, "gateway": rest}, 1.0, 2.0, 3.0, 1, 0, 2)
        return {"nothing": one, "xsd": other}

    said = facts("sqlite", 5, [took(9.0, 8.0), took(5.0, 1.0), took(7.0, 5.0)])
    assert said["without_xsd_saves_ms"] == "2.00"
    assert said["without_xsd_from_to"] == "1.00-4.00"
    assert said["without_xsd_ratio_per_s"] == "2.000"
    assert (said["lost"], said["doubled"], said["unordered"]) == (3, 0, 6)
