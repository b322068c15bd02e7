"""``make bench SCENARIO=REPORT``: what is loaded is what a gateway would have written."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import apsw
import pytest

from benchmarks import s11
from benchmarks.asking import WANTED
from benchmarks.checking import NotRight
from benchmarks.copy_text import Copy, read_copy
from benchmarks.loaded_stores import OnFile, OnServer, looked_over
from benchmarks.loading import Making, loaded
from benchmarks.moulds import recorded
from benchmarks.planning import planned
from benchmarks.report import run
from gateway.domain.measure import Timeliness
from gateway.domain.principal import EVERYTHING
from gateway.sealing.measuring import calendars
from gateway.timing.measuring import measured
from gateway.wiring.keys import STORE
from tests import postgres

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from benchmarks.loaded_stores import Loadable
    from benchmarks.moulds import Recorded
    from benchmarks.planning import Plan

DOSSIERS = 2_000
EXAMPLES = ("11-tu-choi", "79-khai-sinh-tai-quay", "04-tcvn3-khong-ghi-ro")
STORES = ("sqlite", "postgresql")


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """What a gateway took through."""
    return asyncio.run(recorded(tmp_path_factory.mktemp("moulds") / "run", EXAMPLES))


@pytest.fixture(scope="module")
def plan(found: Recorded) -> Plan:
    """A small one, over the same five years."""
    return planned(found.moulds, DOSSIERS, start=found.start)


@dataclass(frozen=True)
class Full:
    """A loaded store, its schema before, and how many rows it was given."""

    store: Loadable
    folder: Path
    schema: list[str]
    counts: dict[str, int]


@pytest.fixture(scope="module", params=STORES)
def full(
    request: pytest.FixtureRequest,
    found: Recorded,
    plan: Plan,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Full]:
    """Each store, loaded once."""
    folder = tmp_path_factory.mktemp("full")
    shutil.copy(found.stage.run_dir / STORE, folder / STORE)
    if request.param == "sqlite":
        yield filled(OnFile(folder), folder, found, plan)
        return
    with postgres.running() as server:
        store = OnServer(server, folder / STORE, folder)
        yield filled(store, folder, found, plan)


def filled(store: Loadable, folder: Path, found: Recorded, plan: Plan) -> Full:
    keys = found.stage.run_dir / "keys"
    schema = store.schema()
    making = Making(found.moulds, found.versions, keys, plan.now)
    counts = loaded(store.target, making, plan).counts
    store.ready()
    store.settle()
    return Full(store, folder, schema, dict(counts))


@contextmanager
def empty(name: str, found: Recorded, folder: Path) -> Iterator[Loadable]:
    """A store without dossiers; the recorded one is as it was afterwards."""
    path = found.stage.run_dir / STORE
    kept = path.read_bytes()
    try:
        if name == "sqlite":
            yield OnFile(path.parent)
        else:
            with postgres.running() as server:
                yield OnServer(server, path, folder)
    finally:
        for one in path.parent.glob(f"{STORE}*"):
            one.unlink()
        path.write_bytes(kept)


@pytest.mark.parametrize("name", STORES)
def test_what_is_loaded_holds_and_is_shown_and_its_line_tells_of_it(
    name: str, found: Recorded, plan: Plan, tmp_path: Path
) -> None:
    with empty(name, found, tmp_path) as store:
        line = run(store, found, plan, 100)
    wanted = " ".join(rf"{one}_ms=\d+\.\d" for one in WANTED)
    assert re.match(rf"REPORT store={name} rows=\d+ {wanted} ", line)
    assert f" dossiers={DOSSIERS} events={plan.lines} " in line
    assert f" open={plan.open} stuck={plan.stuck} late={plan.late} " in line


@pytest.mark.parametrize("name", STORES)
def test_a_dossier_is_found_by_its_number_and_the_index_grows(
    name: str, found: Recorded, plan: Plan, tmp_path: Path
) -> None:
    with empty(name, found, tmp_path) as store:
        said, tables = s11.run(store, found, plan, 20, 30_000)
    assert said["dossiers"] == DOSSIERS
    assert said["index_rows"] == 30_000
    assert said["numbers"] < 30_000
    for what in ("find", "index"):
        p50, p99 = (float(said[f"{what}_{one}_ms"]) for one in ("p50", "p99"))
        assert 0 < p50 <= p99
    assert tables["journal"] > 100 * plan.lines
    assert int(said["bytes_per_dossier"]) == round(sum(tables.values()) / DOSSIERS)
    assert int(said["journal_bytes_per_dossier"]) < int(said["bytes_per_dossier"])
    assert int(said["lines_verified"]) > DOSSIERS


def test_figures_are_those_of_the_plan(full: Full, plan: Plan) -> None:
    async def ask(store: Loadable) -> tuple[Counter[Timeliness], Any, int]:
        opened = await store.open()
        try:
            counts = Counter[Timeliness]()
            for one in await opened.monthly("2026-01", "2031-12", EVERYTHING):
                counts[one.timeliness] += one.dossiers
            still, after = 0, None
            while page := await opened.still(EVERYTHING, after=after, limit=100):
                still, after = still + len(page), page[-1].cursor
            return counts, await opened.counts(EVERYTHING), still
        finally:
            await opened.close()

    ended, counts, still = asyncio.run(ask(full.store))
    assert sum(ended.values()) == DOSSIERS - plan.open
    assert ended[Timeliness.LATE] == plan.late > 0
    assert counts["open"] == plan.open
    assert still == plan.stuck


def test_rows_of_measures_are_those_that_measuring_again_leaves(
    full: Full, found: Recorded, plan: Plan
) -> None:
    async def again(store: Loadable) -> int:
        opened, compared = await store.open(), 0
        try:
            ids = [row[0] for row in store.rows("SELECT id FROM dossier ORDER BY id")]
            for identifier in (*ids[::100], *ids[-20:]):
                await opened.remeasure([identifier])
                ((_, times),) = await opened.unmeasured(10)
                row = await opened.dossier(identifier, EVERYTHING)
                catalogue = found.versions.numbered(row.case.configuration)
                fresh = measured(
                    row.case,
                    found.versions.procedure_of(row.case),
                    [one.line for one in await opened.journal(identifier)],
                    await opened.transfers(identifier),
                    catalogue.clocks,
                    calendars(catalogue),
                    plan.now,
                )
                before = await rows(opened, identifier)
                assert await opened.keep_measured([(fresh, times)]) == 1
                assert await rows(opened, identifier) == before
                compared += len(before[2])
            return compared
        finally:
            await opened.close()

    def held(identifier: str) -> list[tuple[Any, ...]]:
        statement = "SELECT * FROM held WHERE dossier_id = {} ORDER BY leg"
        return full.store.rows(statement, identifier)

    async def rows(opened: Any, identifier: str) -> tuple[Any, ...]:
        return (
            held(identifier),
            await opened.measured(identifier),
            await opened.clock_rows(identifier),
            await opened.share_rows(identifier),
        )

    assert asyncio.run(again(full.store)) > 0


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE journal SET actor = 'another' WHERE id = 7",
        "UPDATE journal SET digest = zeroblob(32) WHERE id = 7",
        "DELETE FROM journal WHERE id = 7",
        "UPDATE dossier SET chain_digest = zeroblob(32)",
        "UPDATE seal SET root = zeroblob(32) WHERE last = (SELECT max(last) FROM seal)",
        "DROP INDEX journal_dossier",
        "DELETE FROM share WHERE dossier_id = (SELECT max(dossier_id) FROM share)",
    ],
)
@pytest.mark.parametrize("full", ["sqlite"], indirect=True)
def test_what_is_wrong_is_noticed(
    harm: str, full: Full, plan: Plan, tmp_path: Path
) -> None:
    shutil.copy(full.folder / STORE, tmp_path / STORE)
    store = OnFile(tmp_path)
    look = partial(looked_over, store, full.schema, full.counts, DOSSIERS)
    assert asyncio.run(look()) == plan.lines
    db = apsw.Connection(str(tmp_path / STORE))
    db.execute(harm)
    db.close()
    with pytest.raises(NotRight):
        asyncio.run(look())


def test_text_for_copying_is_read_back_as_it_was() -> None:
    json = b'{"said":"a \\"b\\" \\\\ \\n \\t"}'
    row = {
        "id": 7,
        "state": json,
        "salt": b"{\\x\x00",
        "name": "a\\b\tc\nd",
        "no": None,
    }
    text = Copy.named(row, list(row))
    types = ["INTEGER", "BLOB", "BLOB", "TEXT", "TEXT"]
    assert read_copy(text, types) == [tuple(row.values())]
