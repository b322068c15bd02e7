"""A file's rows in a database: all of them as they were, or none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import apsw
import psycopg
import pytest

from gateway.conformance.measure_making import at, keep, measured, running, share
from gateway.conformance.store_making import LAND, NOW, Bench, following
from gateway.domain.errors import StoreError, StoreFateUnknown, StoreUnavailable
from gateway.domain.identifiers import DossierId, OfficeId
from gateway.domain.journal import chained
from gateway.domain.lane import Lane, LaneState
from gateway.domain.principal import EVERYTHING
from gateway.domain.report import Standing
from gateway.ports.store import Change
from gateway.store.postgres.copying import Copied, copy
from gateway.store.sqlite import SQLiteStore
from tests.postgres import Node

pytestmark = [pytest.mark.store, pytest.mark.system]
CASE, MEASURED = DossierId("d_copied"), DossierId("d_measured")
TABLES = (
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'schema_version'"
)
ALTERED = """
CREATE FUNCTION other() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN NEW.why := NEW.why || ' '; RETURN NEW; END $$;
CREATE TRIGGER other BEFORE INSERT ON lane FOR EACH ROW EXECUTE FUNCTION other();
"""
SECOND = "INSERT INTO mark VALUES ('zz', '')"
SWALLOWED = """
CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER swallow BEFORE INSERT ON lane FOR EACH ROW EXECUTE FUNCTION swallow();
"""
LOST_AT_COMMIT = """
CREATE FUNCTION lost() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER lost AFTER INSERT ON lane DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION lost();
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.sqlite"


@pytest.fixture
async def file(path: Path) -> Bench:
    """A file with rows of many kinds, closed; one transfer was on its way."""
    store = await SQLiteStore.open(path)
    bench = Bench(store)
    await bench.accepted(
        bench.transfer(id="t_sent"),
        bench.status(id="t_next"),
        references=(bench.reference(b"\x00\xff"),),
    )
    await bench.claim()
    case = bench.case(dossier_id=MEASURED)
    await bench.accepted(bench.transfer(id="t_due"), case=case)
    await store.seal(now=NOW)
    await keep(bench, measured(MEASURED, clocks=(running(),), shares=(share(5),)))
    (rung,) = await store.rungs(at(1), 9)
    assert await store.tell_rung(rung, bench.line("rung"))
    note = {"note": "Hồ sơ của đơn vị «Ô», 7\u00a0ngày"}
    await bench.accepted(case=bench.case(dossier_id=CASE, facts=note))
    lost = bench.report("f1", standing=Standing.UNMATCHED, code="no_dossier")
    await store.apply(Change(NOW, report=lost))
    await store.set_mark("mark", "giá trị")
    lane = Lane(OfficeId("tax-1"), LAND, LaneState.PAUSED, NOW, "bảo trì", "officer-1")
    await store.set_lane(lane, bench.line("lane"))
    await store.close()
    return bench


def rows(database: dict[str, Any], table: str) -> int:
    """How many rows a table of the database has."""
    with psycopg.connect(**database) as owner:
        found = owner.execute(f'SELECT count(*) FROM "{table}"').fetchone()
    assert found is not None
    return int(found[0])


async def test_every_row_is_carried_over_and_told(
    file: Bench, path: Path, database: dict[str, Any], node: Node
) -> None:
    before = await reopened(path)
    told: list[Copied] = []
    copied = copy(path, database, told=told.append)
    assert tuple(told) == copied
    with apsw.Connection(str(path)) as db:
        tables = [name for (name,) in db.execute(TABLES)]
        counted = {
            name: db.execute(f"SELECT count(*) FROM {name}").get for name in tables
        }
    counted["mark"] -= 1  # that it was copied
    assert {one.table: one.rows for one in copied} == counted
    assert {name: rows(database, name) for name in tables} == counted
    assert counted["transfer"] == 3
    store = await node("node-1")
    assert await store.dossier(CASE, EVERYTHING) == before
    assert await store.mark("mark") == "giá trị"
    assert [lane.why for lane in await store.lanes()] == ["bảo trì"]
    assert len(await store.find([(None, None, b"\x00\xff")], EVERYTHING)) == 1


async def reopened(path: Path) -> Any:
    """The dossier as the file has it."""
    store = await SQLiteStore.open(path)
    found = await store.dossier(CASE, EVERYTHING)
    await store.close()
    assert found
    return found


async def test_work_goes_on_where_the_file_left_it(
    file: Bench, path: Path, database: dict[str, Any], node: Node
) -> None:
    copy(path, database)
    store = file.store = await node("node-1")
    # What was on its way may have left: it is asked about, never sent again unasked.
    assert await store.recover(node="node-1", now=NOW, ask_after_s={}) == 1
    assert await file.states("t_sent", "t_due") == ["unconfirmed", "due"]
    assert [one.transfer.id for one in await file.claim()] == ["t_due"]
    found = await store.dossier(CASE, EVERYTHING)
    assert found
    case = following(found.case)
    change = Change(NOW, CASE, case, journal=(file.line("later"),))
    assert (await store.apply(change)).version == 2
    first, second = await store.journal(CASE)
    assert second.previous == first.digest
    for line in (first, second):
        assert line.digest == chained(
            line.previous, line.line, line.chain, line.position
        )
    await file.accepted(file.transfer(id="t_new"))
    assert [one.transfer.id for one in await file.claim()] == ["t_new"]


async def test_what_was_measured_and_told_is_carried_over(
    file: Bench, path: Path, database: dict[str, Any], node: Node
) -> None:
    old = await SQLiteStore.open(path)
    row, clocks = await old.measured(MEASURED), await old.clock_rows(MEASURED)
    shares, left = await old.share_rows(MEASURED), await old.unmeasured(9)
    await old.close()
    assert (row is not None, len(clocks), len(shares), len(left)) == (True, 1, 1, 2)
    copy(path, database)
    store = file.store = await node("node-1")
    assert await store.measured(MEASURED) == row
    assert await store.clock_rows(MEASURED) == clocks
    assert await store.share_rows(MEASURED) == shares
    assert await store.unmeasured(9) == left
    await keep(file, measured(MEASURED, clocks=(running(),)))
    (again,) = await store.rungs(at(9), 9)
    assert again.rung == 70


async def test_lines_are_numbered_on_after_those_that_the_file_had_sealed(
    file: Bench, path: Path, database: dict[str, Any], node: Node
) -> None:
    copy(path, database)
    with psycopg.connect(**database) as owner:
        kept = owner.execute("SELECT id, number FROM journal ORDER BY id").fetchall()
    assert [number for _, number in kept if number] == [1, 2]
    store = file.store = await node("node-1")
    await file.accepted()
    assert await store.seal(now=NOW) == len(kept) - 2 + 1
    with psycopg.connect(**database) as owner:
        numbers = owner.execute("SELECT number FROM journal ORDER BY id").fetchall()
    assert [number for (number,) in numbers] == list(range(1, len(kept) + 2))


async def test_a_lease_of_the_file_is_over_for_whatever_node_comes(
    file: Bench, path: Path, database: dict[str, Any], node: Node
) -> None:
    copy(path, database)
    store = file.store = await node("another")
    assert await store.recover(node="another", now=NOW, ask_after_s={}) == 0
    later = file.later(3600)
    office = file.transfer().office
    assert await store.end_leases(office, later, 60.0) == 1
    assert await file.states("t_sent") == ["unconfirmed"]


async def test_no_gateway_opens_the_file_again(
    file: Bench, path: Path, database: dict[str, Any]
) -> None:
    copy(path, database)
    with pytest.raises(StoreUnavailable) as refused:
        await SQLiteStore.open(path)
    assert refused.value.code == "store_copied_away"
    with pytest.raises(StoreUnavailable) as again:
        copy(path, database)
    assert again.value.code == "store_copied_away"


async def test_a_rehearsal_leaves_nothing(
    file: Bench, path: Path, database: dict[str, Any]
) -> None:
    rehearsed = copy(path, database, rehearsal=True)
    assert rows(database, "dossier") == rows(database, "mark") == 0
    assert await reopened(path)
    assert copy(path, database) == rehearsed


async def test_a_running_gateway_is_not_copied(
    path: Path, database: dict[str, Any]
) -> None:
    store = await SQLiteStore.open(path)
    with pytest.raises(StoreUnavailable) as refused:
        copy(path, database)
    await store.close()
    assert refused.value.code == "store_in_use"


async def test_a_database_with_any_row_is_not_written_to(
    file: Bench, path: Path, database: dict[str, Any], node: Node
) -> None:
    await (await node("node-1")).set_mark("other", "x")
    with pytest.raises(StoreUnavailable) as refused:
        copy(path, database)
    assert refused.value.code == "store_not_empty"
    assert rows(database, "dossier") == 0
    assert await reopened(path)


@pytest.mark.parametrize("fault", [ALTERED, SWALLOWED])
async def test_a_row_that_comes_back_otherwise_undoes_all(
    file: Bench, path: Path, database: dict[str, Any], fault: str
) -> None:
    with psycopg.connect(**database) as owner:
        owner.execute(fault)
    with pytest.raises(StoreError) as found:
        copy(path, database)
    assert found.value.code == "store_copy_differs"
    assert found.value.detail == "lane, row 1"
    assert rows(database, "dossier") == 0
    assert await reopened(path)


async def test_a_row_too_many_undoes_all(
    file: Bench, path: Path, database: dict[str, Any]
) -> None:
    fault = ALTERED.replace("NEW.why := NEW.why || ' '", SECOND)
    with psycopg.connect(**database) as owner:
        owner.execute(fault)
    with pytest.raises(StoreError) as found:
        copy(path, database)
    assert found.value.detail == "mark has too many rows"
    assert rows(database, "mark") == 0


async def test_a_file_of_another_release_is_not_copied(
    file: Bench, path: Path, database: dict[str, Any]
) -> None:
    with apsw.Connection(str(path)) as db:
        db.execute("UPDATE schema_version SET version = 99 WHERE version = 2")
    with pytest.raises(StoreUnavailable) as refused:
        copy(path, database)
    assert refused.value.code == "store_of_another_release"


def test_no_file_is_made_where_none_was(path: Path, database: dict[str, Any]) -> None:
    with pytest.raises(StoreUnavailable):
        copy(path, database)
    assert list(path.parent.iterdir()) == []


async def test_a_connection_lost_in_the_commit_leaves_the_administrator_to_look(
    file: Bench, path: Path, database: dict[str, Any]
) -> None:
    with psycopg.connect(**database) as owner:
        owner.execute(LOST_AT_COMMIT)
    with pytest.raises(StoreFateUnknown) as found:
        copy(path, database)
    assert found.value.code == "store_copy_unknown"
    # Here the server had not come so far; the file is as it was, and copied again.
    assert rows(database, "dossier") == 0
    with psycopg.connect(**database) as owner:
        owner.execute("DROP TRIGGER lost ON lane")
    assert await reopened(path)
    assert copy(path, database)


async def test_a_file_that_takes_no_mark_is_told_of_once_all_was_kept(
    file: Bench, path: Path, database: dict[str, Any]
) -> None:
    with apsw.Connection(str(path)) as db:
        db.execute(
            "CREATE TRIGGER full BEFORE INSERT ON mark"
            " BEGIN SELECT RAISE(ABORT, 'no room'); END"
        )
    with pytest.raises(StoreError) as found:
        copy(path, database)
    assert found.value.code == "store_copied_unmarked"
    assert rows(database, "dossier") == 3
