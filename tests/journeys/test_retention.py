"""What was kept long enough is gone, and everything else goes on: both stores, every shelf."""

from __future__ import annotations

import json
import re
import shutil
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import apsw
import psycopg
import pytest

from gateway.domain.journal import JournalLine
from gateway.domain.retention import Kept, RetentionRule
from gateway.ports.incarnations import Incarnation
from gateway.ports.nodes import Duties
from gateway.store.sqlite import SQLiteStore
from gateway.watch.expiry import Expiry
from tests.journeys.commands import Ran, lienthong
from tests.journeys.test_evidence import broken
from tests.journeys.test_on_postgresql import FILES, store_table
from tests.journeys.test_other_agencies import filled, routes
from tests.people import person
from tests.world import World, quick

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from gateway.watch.expiry import Turn

pytestmark = [pytest.mark.journey, pytest.mark.timeout(240)]
EXAMPLE = "01-chuyen-nhuong-thuong"
NUMBER = "H00.01-260309-0001"
WHY = "Thanh tra hồ sơ của ông Nguyễn Văn Mẫu Một"
#: What lies sealed of a dossier, and would lie open to whoever has the keys.
SEALED = (
    "SELECT ciphertext FROM payload WHERE dossier_id IS NOT NULL",
    "SELECT salt FROM payload WHERE dossier_id IS NOT NULL",
    "SELECT wrapped_key FROM dossier",
    "SELECT sealed_key FROM attachment",
    "SELECT sealed_name FROM attachment WHERE length(sealed_name) > 0",
    "SELECT sealed_value FROM reference",
    "SELECT blind FROM word",
)


class Alone(Duties):
    """The only node has every duty."""

    def holds(self, duty: str) -> bool:
        return bool(duty)


@asynccontextmanager
async def ended_world(folder: Path, more: str = "") -> AsyncIterator[tuple[World, str]]:
    """A world in which one dossier went all its way; its number."""
    world = World(folder / "run", example=EXAMPLE, configure=quick)
    world.more_settings = more
    async with world:
        expected = await world.feed(EXAMPLE)
        await world.settle()
        assert (await world.judge(expected)).differences == []
        yield world, NUMBER


async def rule(world: World, **days: int) -> None:
    """What is kept how long, from now on."""
    assert world.gateway is not None
    kept = world.gateway.tools.retention
    version = len(await kept.retention_rules()) + 1
    given = {Kept(kind): count for kind, count in days.items()}
    now = world.now()
    made = RetentionRule(version, now, now, "head-1", "QĐ mẫu", given)
    await kept.set_retention(made, JournalLine("retention", now, "head-1", {}))


async def turn(world: World) -> Turn:
    """The daily turn."""
    assert world.gateway is not None
    tools = world.gateway.tools
    return await Expiry(tools, Alone()).turn()


def on_file(world: World) -> set[bytes]:
    """Of each sealed value a piece that occurs nowhere else."""
    db = apsw.Connection(
        str(world.stage.run_dir / "store.sqlite"), flags=apsw.SQLITE_OPEN_READONLY
    )
    try:
        rows = [row[0] for query in SEALED for row in db.execute(query)]
    finally:
        db.close()
    return {bytes(value)[-24:] for value in rows}


def lying_open(world: World, pieces: set[bytes]) -> set[bytes]:
    """Those pieces that still lie in a file of the run folder."""
    found: set[bytes] = set()
    for path in world.stage.run_dir.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            found |= {piece for piece in pieces if piece in content}
    return found


def attachments_on_disk(world: World) -> list[str]:
    names = re.compile(r"[0-9a-f]{64}")
    return sorted(
        p.name for p in world.stage.run_dir.rglob("*") if names.fullmatch(p.name)
    )


async def test_a_whole_dossier_is_gone_from_the_file_and_its_journal_holds(
    tmp_path: Path,
) -> None:
    async with ended_world(tmp_path) as (world, number):
        shown = await world.shown(number)
        month = await figures(world)
        pieces = on_file(world)
        assert len(pieces) > 40
        assert len(lying_open(world, pieces)) == len(pieces)
        assert attachments_on_disk(world)
        await rule(world, dossier=30)
        await world.pass_hours(24 * 25)
        assert (await turn(world)).deleted == 0
        await world.pass_hours(24 * 30)
        done = await turn(world)
        assert (done.deleted, done.busy, done.whole, done.clean) == (1, 0, True, True)
        assert attachments_on_disk(world) == []
        assert lying_open(world, pieces) == set()
        assert (await turn(world)).deleted == 0
        await world.seal()
        verified = await world.call(
            "POST",
            "/v1/journal/verify",
            {"day": f"{world.now():%Y-%m-%d}"},
            role="head",
        )
        assert verified.body["holds"], verified.body
        await world.seal()
        assert broken(world.stage.run_dir / "store.sqlite") == []
        await found_by_nothing_but_its_identifier(world, number, shown["id"])
        assert await figures(world) == month


async def figures(world: World) -> dict[str, Any]:
    """The month's report, but when it was made."""
    found = await world.call("GET", "/v1/reports/2026-03", role="head")
    assert found.status == 200, found.body
    return {
        name: value
        for name, value in found.body.items()
        if name not in {"over", "as_of"}
    }


async def found_by_nothing_but_its_identifier(
    world: World, number: str, identifier: str
) -> None:
    for q in (number, "Nguyễn Văn Mẫu Một", "0900000001", "MM 000101"):
        found = await world.call("POST", "/v1/find", {"q": q}, role="operator")
        assert found.body.get("dossiers") == [], q
    gone = await world.call("GET", f"/v1/dossiers/{number}", role="operator")
    assert gone.status == 404
    left = await world.call("GET", f"/v1/dossiers/{identifier}", role="operator")
    assert left.status == 200
    assert left.body["id"] == identifier


async def test_every_page_and_call_of_a_deleted_dossier_answers(tmp_path: Path) -> None:
    async with ended_world(tmp_path) as (world, number):
        shown = await world.shown(number)
        known = {
            "number": shown["id"],
            "transfer": shown["transfers"][-1]["id"],
            "id": shown["id"],
            "report": "r_none",
        }
        await rule(world, dossier=1)
        await world.pass_hours(24 * 60)
        assert (await turn(world)).deleted == 1
        browser = await person(world, "van-hanh.a", "operator")
        failed, good = {}, 0
        for route in routes(world, "GET"):
            if any(part in route for part in ("_control", "stream", "live")):
                continue
            path = filled(route, known)
            page = await browser.get(path)
            if page.status >= 500:
                failed[path] = page.text[:300]
            good += page.status == 200 and shown["id"] in path
        assert failed == {}
        assert good > 10
        page = await browser.get(f"/console/ho-so/{shown['id']}")
        assert "Nội dung đã xóa theo thời hạn lưu" in page.text
        assert "Nguyễn Văn Mẫu Một" not in page.text


@pytest.mark.system
async def test_on_postgresql_with_files_in_rows_it_is_gone_as_well(
    tmp_path: Path, database: dict[str, Any]
) -> None:
    more = store_table(database, tmp_path / "password") + FILES
    async with ended_world(tmp_path, more) as (world, number):
        identifier = (await world.shown(number))["id"]
        month = await figures(world)
        with psycopg.connect(**database, autocommit=True) as owner:
            before = left_in(owner)
            assert all(count for count in before.values()), before
            (old,) = owner.execute("SELECT wrapped_key FROM dossier").fetchall()
            await rule(world, dossier=30)
            await world.pass_hours(24 * 60)
            done = await turn(world)
            assert (done.deleted, done.whole) == (1, True)
            assert done.rows >= sum(before.values()) - before["file_chunk"]
            assert not any(left_in(owner).values()), left_in(owner)
            (new,) = owner.execute("SELECT wrapped_key FROM dossier").fetchall()
            assert new != old
        await world.seal()
        body = {"day": f"{world.now():%Y-%m-%d}"}
        verified = await world.call("POST", "/v1/journal/verify", body, role="head")
        assert verified.body["holds"], verified.body
        await found_by_nothing_but_its_identifier(world, number, identifier)
        assert await figures(world) == month


def left_in(owner: psycopg.Connection[Any]) -> dict[str, int]:
    """Rows of a database in which something of the one dossier lies."""
    tables = ("payload", "attachment", "file_chunk", "word", "reference")
    return {
        table: owner.execute(
            f"SELECT count(*) FROM {table}"
            + (" WHERE dossier_id IS NOT NULL" if table == "payload" else "")
        ).fetchall()[0][0]
        for table in tables
    }


async def test_what_a_restore_brings_back_is_deleted_once_somebody_has_looked(
    tmp_path: Path,
) -> None:
    async with ended_world(tmp_path) as (world, _):
        await rule(world, dossier=30)
        await world.stop_gateway()
        kept = tmp_path / "kept"
        shutil.copytree(world.stage.run_dir, kept)
        await world.start_gateway()
        await world.pass_hours(24 * 60)
        pieces = on_file(world)
        assert (await turn(world)).deleted == 1
        await world.stop_gateway()
        for name in ("store.sqlite", "attachments"):
            bring_back(kept / name, world.stage.run_dir / name)
        store = await SQLiteStore.open(world.stage.run_dir / "store.sqlite")
        noted = Incarnation(
            0, "b-1", world.now(), by="quan-tri", why="thử", marked_at=world.now()
        )
        await store.note_incarnation(noted)
        await store.close()
        gateway = await world.start_gateway()
        restored = gateway.loops.restored
        assert lying_open(world, pieces)
        await restored.look()
        expiry = Expiry(gateway.tools, restored)
        # Whoever was held after the point is not known to be.
        assert (await expiry.turn()).deleted == 0
        said = {"reason": "Đã đối chiếu"}
        path = "/v1/restores/1/acknowledge"
        assert (
            await world.call("POST", path, said, role="administrator")
        ).status == 200
        await restored.look()
        assert (await expiry.turn()).deleted == 1
        assert lying_open(world, pieces) == set()


def bring_back(kept: Path, place: Path) -> None:
    for path in place.parent.glob(f"{place.name}-*"):
        path.unlink()
    if kept.is_dir():
        shutil.rmtree(place)
        shutil.copytree(kept, place)
    else:
        shutil.copyfile(kept, place)


async def _run(world: World, *words: str) -> Ran:
    return await lienthong(*words, run_dir=world.stage.run_dir, columns=200)


async def test_people_set_hold_look_ahead_and_run_by_command(tmp_path: Path) -> None:
    async with ended_world(tmp_path) as (world, number):
        for days, remedy in (
            ("files=0", "số nguyên từ 1"),
            ("people=5", "Không có loại dữ liệu"),
            ("files", "không phải LOẠI=NGÀY"),
        ):
            wrong = await _run(
                world, "retention", "set", "--basis", "QĐ 9", "--days", days
            )
            assert (wrong.code, remedy in wrong.err) == (1, True), wrong.err
        made = await _run(
            world, "retention", "set", "--basis", "QĐ 9", "--days", "dossier=30"
        )
        assert "Đã ghi bản 1" in made.out
        held = await _run(world, "retention", "hold", number, "--reason", WHY)
        assert held.code == 0, held.err
        again = await world.call(
            "POST", f"/v1/dossiers/{number}/hold", {"reason": "x"}, role="operator"
        )
        assert again.body["code"] == "hold_stands"
        await world.pass_hours(24 * 60)
        assert (await turn(world)).deleted == 0
        seen = await world.call(
            "GET", f"/v1/dossiers/{number}/retention", role="operator"
        )
        assert seen.body["held"]["reason"] == WHY
        reader = await world.call(
            "GET", f"/v1/dossiers/{number}/retention", role="reader"
        )
        assert "Nguyễn Văn Mẫu Một" not in str(reader.body)
        let_go = await _run(world, "retention", "release", number)
        assert let_go.code == 0, let_go.err
        ahead = await _run(world, "retention", "run", "--dry-run", "--json")
        (one,) = json.loads(ahead.out)["ahead"]
        assert (one["what"], one["count"]) == ("dossier", 1)
        assert (await turn(world)).deleted == 1
        shown = await _run(world, "retention", "show")
        assert "Lần xóa gần nhất" in shown.out
        identifier = one["dossiers"][0]
        gone = await world.call(
            "GET", f"/v1/dossiers/{identifier}/retention", role="operator"
        )
        (deleted,) = gone.body["deleted"]
        lines = await world.call(
            "GET", f"/v1/journal?kind=luu-tru&dossier={identifier}", role="head"
        )
        assert "Xóa theo thời hạn lưu" in str(lines.body), lines.body
        assert deleted["digest"]


async def test_a_rule_that_deletes_sooner_waits_for_three_days(tmp_path: Path) -> None:
    async with ended_world(tmp_path) as (world, _):
        await world.pass_hours(24 * 60)
        body = {"basis": "QĐ 9", "days": {"files": 30}}
        made = await world.call("PUT", "/v1/retention", body, role="head")
        assert made.status == 200, made.body
        assert (await turn(world)).deleted == 0
        await world.pass_hours(24 * 3)
        assert (await turn(world)).deleted == 1
        longer = {"basis": "QĐ 10", "days": {"files": 300}}
        made = await world.call("PUT", "/v1/retention", longer, role="head")
        assert made.body["effect_at"] == made.body["at"]
        for role in ("operator", "one_stop", "reader"):
            refused = await world.call("PUT", "/v1/retention", body, role=role)
            assert refused.status == 403, role
