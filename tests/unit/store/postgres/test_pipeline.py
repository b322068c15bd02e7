"""Statements that travel together say the same as statements that travel alone."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from gateway.domain.errors import StoreError, StoreUnavailable
from gateway.store.database import Tx
from gateway.store.postgres.connection import ServerConnection
from gateway.store.postgres.writing import Pen, Unit
from tests.postgres import Server

pytestmark = [pytest.mark.store, pytest.mark.system]

ADD = "INSERT INTO thing (id, words) VALUES (?, ?)"
ALL = "SELECT id, words FROM thing ORDER BY id"


@pytest.fixture
def db(database: dict[str, Any]) -> Iterator[ServerConnection]:
    connection = ServerConnection(database)
    connection.execute("CREATE TABLE thing (id bigint PRIMARY KEY, words text)")
    yield connection
    connection.close()


@pytest.fixture
def pen(db: ServerConnection, database: dict[str, Any]) -> Iterator[Pen]:
    one = Pen(database)
    yield one
    one.close()


class Runs:
    """A unit that counts how often it was run."""

    def __init__(self, work: Callable[[Tx], Any]) -> None:
        self.times = 0
        self._work = work
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.unit: Unit[Any] = Unit(self, future, "")

    def __call__(self, tx: Tx) -> Any:
        self.times += 1
        return self._work(tx)


def adds(number: int, words: str = "") -> Callable[[Tx], None]:
    def add(tx: Tx) -> None:
        tx.db.execute(ADD, (number, words))

    return add


def kept(db: ServerConnection) -> list[int]:
    return [row[0] for row in db.execute(ALL).fetchall()]


def test_each_answer_is_that_of_its_statement(db: ServerConnection) -> None:
    db.pipeline.begin()
    for number in range(5):  # the third time it is prepared
        db.execute(ADD, (number, f"chữ {number}"))
    before = db.execute(ALL)
    db.execute("UPDATE thing SET words = ? WHERE id > ?", ("khác", 2))
    changed = db.changes()
    after, none = db.execute(ALL), db.execute("SELECT id FROM thing WHERE id = ?", (9,))
    db.pipeline.end()
    assert before.fetchall() == [(n, f"chữ {n}") for n in range(5)]
    assert changed == 2
    assert [row[1] for row in after.fetchall()][2:] == ["chữ 2", "khác", "khác"]
    assert (none.fetchone(), none.get, none.fetchall()) == (None, None, [])


def test_a_refusal_is_heard_at_the_next_look_and_ends_what_came_after(
    db: ServerConnection,
) -> None:
    db.script("BEGIN")
    db.pipeline.begin()
    db.execute(ADD, (1, ""))
    db.execute(ADD, (1, "again"))
    db.execute(ADD, (2, ""))
    rows = db.execute(ALL)
    with pytest.raises(psycopg.errors.UniqueViolation):
        rows.fetchall()
    db.pipeline.end()
    db.script("ROLLBACK")
    assert kept(db) == []


def test_a_refusal_that_nobody_looked_for_is_heard_at_the_end(
    db: ServerConnection,
) -> None:
    db.pipeline.begin()
    db.execute(ADD, (None, ""))
    with pytest.raises(psycopg.errors.NotNullViolation):
        db.pipeline.end()
    assert kept(db) == []


def test_what_was_to_be_prepared_behind_a_refusal_is_prepared_later(
    db: ServerConnection,
) -> None:
    for _ in range(4):
        db.pipeline.begin()
        db.execute("SELECT 1 / ?::bigint", (0,))
        db.execute(ADD, (1, ""))
        with pytest.raises(psycopg.errors.DivisionByZero):
            db.pipeline.end()
    for number in range(4):
        db.execute(ADD, (number, ""))
    assert kept(db) == [0, 1, 2, 3]


def test_more_than_sockets_hold_goes_through_both_ways(db: ServerConnection) -> None:
    words = "x" * 1_000_000
    db.pipeline.begin()
    for number in range(20):
        db.execute(ADD, (number, words))
    rows = [db.execute(ALL) for _ in range(5)]
    db.pipeline.end()
    assert [sum(len(r[1]) for r in one.fetchall()) for one in rows] == [20_000_000] * 5


async def test_units_of_which_none_fails_run_once_and_without_savepoints(
    db: ServerConnection, pen: Pen
) -> None:
    units = [Runs(adds(number)) for number in range(5)]
    pen.write([one.unit for one in units])
    assert [one.times for one in units] == [1] * 5
    assert [one.unit.error for one in units] == [None] * 5
    assert kept(db) == [0, 1, 2, 3, 4]
    # Subtransactions would have numbers of their own.
    writers = db.execute("SELECT count(DISTINCT xmin::text) FROM thing").get
    assert writers == 1


async def test_a_unit_that_raises_before_it_wrote_makes_nobody_run_twice(
    db: ServerConnection, pen: Pen
) -> None:
    def looks(tx: Tx) -> None:
        raise KeyError(tx.db.execute("SELECT count(*) FROM thing").get)

    units = [Runs(adds(1)), Runs(looks), Runs(adds(2))]
    pen.write([one.unit for one in units])
    assert [one.times for one in units] == [1, 1, 1]
    assert repr(units[1].unit.error) == "KeyError(1)"
    assert kept(db) == [1, 2]


async def test_a_unit_that_raises_after_it_wrote_is_undone_alone(
    db: ServerConnection, pen: Pen
) -> None:
    def writes(tx: Tx) -> None:
        tx.db.execute(ADD, (7, ""))
        tx.woke = True
        raise KeyError

    units = [Runs(adds(1)), Runs(writes), Runs(adds(2))]
    assert not pen.write([one.unit for one in units])
    assert [type(one.unit.error) for one in units] == [type(None), KeyError, type(None)]
    assert kept(db) == [1, 2]


#: More than an index takes of one row, however it is packed.
LONG = "".join(random.Random(1).choices("0123456789abcdef", k=20_000))


@pytest.mark.parametrize(
    "last",
    [adds(1), adds(3, "\0"), adds(3, LONG)],
    ids=["rule", "value", "length"],
)
async def test_what_the_server_or_the_driver_refuses_is_its_units_alone(
    db: ServerConnection, pen: Pen, last: Callable[[Tx], None]
) -> None:
    """The refusal is heard while another unit asks something."""

    def asks(tx: Tx) -> int:
        tx.db.execute(ADD, (2, ""))
        return int(tx.db.execute("SELECT count(*) FROM thing").get)

    db.execute("CREATE INDEX thing_words ON thing (words)")
    units = [Runs(adds(1)), Runs(last), Runs(asks)]
    pen.write([one.unit for one in units])
    assert isinstance(units[1].unit.error, StoreError)
    assert [units[0].unit.error, units[2].unit.error] == [None, None]
    assert units[2].unit.result == 2
    assert kept(db) == [1, 2]
    again = Runs(adds(5))
    pen.write([again.unit])
    assert again.unit.error is None


async def test_a_count_that_is_not_as_expected_fails_its_unit_alone(
    db: ServerConnection, pen: Pen
) -> None:
    """It is known only while another unit asks something."""

    def taken() -> None:
        raise KeyError("taken")

    def inserts(number: int) -> Callable[[Tx], None]:
        def insert(tx: Tx) -> None:
            tx.db.execute(f"{ADD} ON CONFLICT DO NOTHING", (number, ""))
            tx.db.unless_changed(1, taken)

        return insert

    def asks(tx: Tx) -> Any:
        return tx.db.execute("SELECT count(*) FROM thing").get

    units = [Runs(inserts(1)), Runs(inserts(1)), Runs(asks), Runs(inserts(2))]
    pen.write([one.unit for one in units])
    assert [one.unit.error is None for one in units] == [True, False, True, True]
    assert repr(units[1].unit.error) == "KeyError('taken')"
    assert units[2].unit.result == 1
    assert kept(db) == [1, 2]


async def test_a_count_that_is_explained_is_no_error(
    db: ServerConnection, pen: Pen
) -> None:
    """What explains it may ask further things."""
    seen: list[Any] = []

    def inserts(tx: Tx) -> None:
        def explained() -> None:
            seen.append(tx.db.execute("SELECT words FROM thing WHERE id = ?", (1,)).get)

        tx.db.execute(f"{ADD} ON CONFLICT DO NOTHING", (1, "first"))
        tx.db.execute(f"{ADD} ON CONFLICT DO NOTHING", (1, "second"))
        tx.db.unless_changed(1, explained)
        tx.db.execute(ADD, (2, ""))

    one = Runs(inserts)
    pen.write([one.unit])
    assert (one.times, one.unit.error, seen) == (1, None, ["first"])
    assert kept(db) == [1, 2]


def test_what_explains_a_count_does_not_stand_for_the_last_statement(
    db: ServerConnection,
) -> None:
    def explained() -> None:
        assert db.execute("SELECT 1").get == 1

    db.script("BEGIN")
    db.pipeline.begin()
    db.execute(f"{ADD} ON CONFLICT DO NOTHING", (1, ""))
    db.unless_changed(2, explained)
    db.execute("UPDATE thing SET words = ? WHERE id > ?", ("", 1))
    assert db.changes() == 0
    db.pipeline.end()
    db.script("ROLLBACK")


async def test_what_came_into_doubt_while_a_unit_ran_is_waited_for_before_its_answer(
    db: ServerConnection, database: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    doubts = [0]
    settled: list[int] = []
    settle = ServerConnection.settle

    def noted(db: ServerConnection) -> None:
        settle(db)
        settled.append(doubts[0])

    def finds(tx: Tx) -> None:
        tx.db.execute(ALL).fetchall()
        doubts[0] += 1

    monkeypatch.setattr(ServerConnection, "settle", noted)
    pen, one = Pen(database, lambda: doubts[0]), Runs(finds)
    pen.write([one.unit])
    pen.close()
    assert one.unit.error is None
    assert settled == [0, 1]


async def test_what_a_unit_says_of_rows_that_are_not_kept_is_not_told(
    db: ServerConnection, pen: Pen, postgres_server: Server
) -> None:
    """Else its caller would take for done what nobody has."""

    def taken(tx: Tx) -> None:
        raise KeyError(tx.db.execute(ALL).fetchall())

    def ends(tx: Tx) -> None:
        postgres_server.admin(f"SELECT pg_terminate_backend({own_session(tx)}, 5000)")
        tx.db.execute(ALL).fetchall()

    units = [Runs(adds(1)), Runs(taken), Runs(ends)]
    pen.write([one.unit for one in units])
    assert [type(one.unit.error) for one in units] == [StoreUnavailable] * 3
    assert kept(db) == []


async def test_of_a_session_that_ends_in_the_middle_nothing_is_kept(
    db: ServerConnection, pen: Pen, postgres_server: Server
) -> None:
    def ends(tx: Tx) -> Any:
        own = tx.db.execute("SELECT pg_backend_pid()").get
        tx.db.execute(ADD, (2, ""))
        postgres_server.admin(f"SELECT pg_terminate_backend({own}, 5000)")
        return tx.db.execute(ALL).fetchall()

    first, middle, again = Runs(adds(1)), Runs(ends), Runs(adds(3))
    pen.write([first.unit, middle.unit])
    assert isinstance(first.unit.error, StoreUnavailable)
    assert isinstance(middle.unit.error, StoreUnavailable)
    pen.write([again.unit])
    assert again.unit.error is None
    assert kept(db) == [3]


def own_session(tx: Tx) -> int:
    number: int = tx.db.execute("SELECT pg_backend_pid()").get
    return number


async def test_a_session_that_ended_while_it_rested_costs_nobody_anything(
    db: ServerConnection, pen: Pen, postgres_server: Server
) -> None:
    rests, one, other = Runs(own_session), Runs(adds(1)), Runs(adds(2))
    pen.write([rests.unit])
    postgres_server.admin(f"SELECT pg_terminate_backend({rests.unit.result}, 5000)")
    pen.write([one.unit, other.unit])
    assert [one.unit.error, other.unit.error] == [None, None]
    assert kept(db) == [1, 2]


async def test_another_session_is_tried_once_only(
    db: ServerConnection, pen: Pen, postgres_server: Server
) -> None:
    def ends(tx: Tx) -> Any:
        postgres_server.admin(f"SELECT pg_terminate_backend({own_session(tx)}, 5000)")
        return tx.db.execute(ALL).fetchall()

    rests, one = Runs(own_session), Runs(ends)
    pen.write([rests.unit])
    pen.write([one.unit])
    assert isinstance(one.unit.error, StoreUnavailable)
    assert one.times == 2


async def test_a_session_of_our_own_is_told_once_how_a_unit_is_to_run(
    db: ServerConnection, pen: Pen
) -> None:
    def settings(tx: Tx) -> list[str]:
        names = ("idle_in_transaction_session_timeout", "enable_seqscan", "jit")
        asked = [tx.db.execute(f"SHOW {name}") for name in names]
        level = tx.db.execute("SHOW transaction_isolation")
        return [one.get for one in (*asked, level)]

    for _ in range(4):  # the third time they are prepared
        one = Runs(settings)
        pen.write([one.unit])
        assert one.unit.result == ["20s", "off", "off", "read committed"]
