"""The exact body of every kind of message, for the office's engineers to read.

With ``LAND_GOLDEN=write`` the files are written anew and the test fails once, so
that a changed body is looked at before it is taken for right.
"""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from tests.unit.adapters.land_registry.test_golden import compare
from tests.unit.adapters.land_registry_ilis.desk import ALL, Desk, recording
from tests.unit.adapters.land_registry_ilis.published import ROOT

GOLDEN = ROOT / "tests" / "golden" / "land_registry_ilis"
FIRST = ROOT / "tests" / "golden" / "land_registry"
AREA = {"TinhId", "HuyenId", "XaId"}


def test_every_kind_has_a_golden_body_and_no_other_file_is_there() -> None:
    assert {path.stem for path in GOLDEN.glob("*")} == ALL.keys()


@pytest.mark.parametrize("kind", sorted(ALL))
async def test_the_body_is_the_golden_one(tmp_path: Path, kind: str) -> None:
    async with recording() as recorder:
        desk = Desk(recorder.base, tmp_path)
        assert (await desk.submit(ALL[kind])).code == "accepted"
        await desk.close()
    sent = recorder.requests[0][2]
    assert sent == orjson.dumps(orjson.loads(sent))
    readable = orjson.dumps(orjson.loads(sent), option=orjson.OPT_INDENT_2) + b"\n"
    compare(GOLDEN / f"{kind}.json", readable)


@pytest.mark.parametrize("kind", sorted(ALL))
def test_the_fields_are_those_of_the_first_page(kind: str) -> None:
    here, there = (
        orjson.loads((folder / f"{kind}.json").read_bytes())
        for folder in (GOLDEN, FIRST)
    )
    optional = {"NgayHenTraMoi", "GhiChu"}
    assert list(here) == [name for name in there if name in here]
    assert there.keys() - here.keys() <= optional
    for name in AREA & here.keys():
        assert (type(here[name]), type(there[name])) == (str, int)
