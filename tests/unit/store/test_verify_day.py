"""A day of the journal that was changed behind the gateway's back is found, by its line."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import apsw
import pytest

from gateway.conformance.store_making import Bench
from gateway.domain.audit import Asked
from gateway.domain.journal import JournalLine
from gateway.domain.legal_day import legal_day
from gateway.domain.principal import EVERYTHING
from gateway.store import auditing, verify_day
from gateway.store.sqlite import SQLiteStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

NOW = datetime(2026, 3, 10, 0, 30, tzinfo=UTC)


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    """A store with five dossiers and five looks at them, a seal after each."""
    store = await SQLiteStore.open(tmp_path / "store.db")
    bench = Bench(store)
    for _ in range(5):
        dossier = await bench.accepted(bench.transfer())
        line = JournalLine("read", bench.now, "nguoi-xem", {"dossier": dossier})
        await store.note("reads:2026-03-10", [line])
        assert await store.seal(now=bench.now)
    yield bench
    await store.close()


def write(tmp_path: Path, statement: str) -> None:
    with apsw.Connection(str(tmp_path / "store.db")) as db:
        db.execute(statement)
        assert db.changes()


async def looked(bench: Bench) -> tuple[str, str]:
    """Over all parts: what is wrong, and where."""
    after: int | None = None
    while True:
        found = await bench.store.verify_day(legal_day(bench.now), after)
        if found.wrong or found.after is None:
            return found.wrong, found.at_line
        after = found.after


async def test_what_holds_is_said_to_hold_in_parts_of_any_size(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = await bench.store.verify_day(legal_day(bench.now), None)
    assert (whole.wrong, whole.seals, whole.after) == ("", 5, None)
    monkeypatch.setattr(verify_day, "PART", 1)
    part = await bench.store.verify_day(legal_day(bench.now), None)
    assert (part.wrong, part.seals) == ("", 1)
    assert part.after
    assert await looked(bench) == ("", "")


@pytest.mark.parametrize(
    ("statement", "wrong"),
    [
        ("UPDATE journal SET actor = 'khac' WHERE kind = 'read' AND id > 4", "line"),
        ("UPDATE journal SET facts = CAST('{}' AS BLOB) WHERE id = 4", "line_changed"),
        ("UPDATE journal SET at = at + 1 WHERE id = 3", "line_changed"),
        ("DELETE FROM journal WHERE id = 4", "seal_other"),
        ("DELETE FROM journal WHERE id = (SELECT max(id) FROM journal)", "seal_other"),
        ("UPDATE seal SET root = zeroblob(32) WHERE last > 5", "seal_other_lines"),
        ("UPDATE seal SET digest = zeroblob(32) WHERE last < 5", "seal_changed"),
        ("UPDATE chain SET position = 9 WHERE name LIKE 'reads%'", "chain_ends_early"),
    ],
)
@pytest.mark.parametrize("part", [1, 10_000])
async def test_what_was_changed_is_found_with_its_place(
    bench: Bench,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    statement: str,
    wrong: str,
    part: int,
) -> None:
    monkeypatch.setattr(verify_day, "PART", part)
    write(tmp_path, statement)
    found, where = await looked(bench)
    assert found.startswith(wrong)
    assert where


async def test_another_day_is_not_read(bench: Bench, tmp_path: Path) -> None:
    write(tmp_path, "UPDATE journal SET actor = 'khac' WHERE kind = 'read'")
    tomorrow = legal_day(bench.now) + timedelta(days=1)
    found = await bench.store.verify_day(tomorrow, None)
    assert (found.wrong, found.lines) == ("", 0)


@pytest.mark.parametrize(
    ("given", "index"),
    [
        ({}, "journal_acts"),
        ({"actor": "a"}, "journal_acts_by"),
        ({"group": "tai-khoan"}, "journal_acts_kind"),
        ({"office": "o"}, "journal_office"),
        ({"dossier": "d_1"}, "journal_about"),
        ({"dossier": "d_1", "office": "o", "actor": "a"}, "journal_about"),
    ],
)
async def test_each_list_follows_an_index_and_sorts_nothing(
    bench: Bench, given: dict[str, str], index: str
) -> None:
    store = bench.store
    assert isinstance(store, SQLiteStore)
    asked = Asked(NOW, NOW + timedelta(days=1), **given)  # type: ignore[arg-type]
    for within, values in auditing._sources(asked):
        query = "EXPLAIN QUERY PLAN " + auditing.LISTED.format(within=within)
        rows = store._reader.execute(query, (*values, 0, 9, 9, 9, 50)).fetchall()
        (step,) = [row[3] for row in rows]
        assert f"INDEX {index} " in step


async def test_many_others_before_the_wanted_ones_cost_one_look_at_a_time(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auditing, "WALK", 3)
    for place in range(10):
        line = JournalLine("read", bench.now, "nguoi-khac", {"n": place})
        await bench.store.note("reads:2026-03-10", [line])
    asked = Asked(
        NOW - timedelta(days=1), NOW + timedelta(days=1), actor="nguoi-xem", group="doc"
    )
    found, looks, after = 0, 0, None
    while True:
        page = await bench.store.acts(EVERYTHING, asked, after=after, limit=2)
        found, looks, after = found + len(page.acts), looks + 1, page.after
        if after is None:
            break
    assert found == 5
    assert looks > 2
