"""Upgrading in place, going back, and the look before: on a store with a journey in it."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from gateway.cli.commands import app
from gateway.store import looking
from gateway.store.migrate import migrations
from gateway.wiring import upgrade_check
from gateway.wiring.upgrade_check import Line, Mark, check
from tests.nodes import store_table
from tests.world import World, quick

EXAMPLE = "01-chuyen-nhuong-thuong"
NEXT = max(number for number, _, _ in migrations()) + 1
#: What a later release may do to a table that this one writes.
LATER = (
    NEXT,
    f"{NEXT:04}_pre_later.sql",
    "ALTER TABLE transfer ADD COLUMN later TEXT; CREATE TABLE later (a TEXT);",
)


def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on the gateway that starts is the later release."""

    def more(package: str = "gateway.store") -> list[tuple[int, str, str]]:
        return [*migrations(package), LATER]

    for module in ("migrate", "postgres.migrate", "looking"):
        monkeypatch.setattr(f"gateway.store.{module}.migrations", more)


def looked(world: World, **more: Any) -> list[Line]:
    """Everything that is said of the settings of a world."""
    given = {"backups": None, "now": datetime.now(UTC), **more}
    return list(check(world.stage.settings_path, **given))


def said(lines: list[Line], about: str) -> str:
    return "\n".join(one.says for one in lines if one.about == about)


def wrong(lines: list[Line]) -> list[str]:
    return [f"{one.about}: {one.says}" for one in lines if one.mark is Mark.WRONG]


def content(folder: Path) -> dict[str, str]:
    """Every file but the one in which SQLite's readers note that they read."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.endswith("-shm")
    }


@pytest.fixture
async def stopped(tmp_path: Path) -> World:
    """A store with a dossier on its way, whose gateway was stopped."""
    world = World(tmp_path, example=EXAMPLE, configure=quick)
    async with world:
        await world.feed(EXAMPLE)
        await world.pass_hours(2)
        await world.stop_gateway()
    return world


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_a_journey_goes_on_in_the_later_release_and_back_in_this_one(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    world = World(tmp_path, example=EXAMPLE, configure=quick)
    if kind == "postgresql":
        database = request.getfixturevalue("database")
        files = '[attachments]\nkind = "postgresql"\n'
        world.more_settings = store_table(database, tmp_path / "secret") + files
    async with world:
        expected = await world.feed(EXAMPLE)
        await world.pass_hours(2)
        await world.stop_gateway()
        with pytest.MonkeyPatch.context() as patched:
            later(patched)
            before = looked(world)
            assert wrong(before) == []
            assert f"lên {NEXT}, khi khởi động: {LATER[1]}" in said(
                before, "Lược đồ kho"
            )
            upgraded = await world.start_gateway()
            assert upgraded.opened.facts["schema"] == str(NEXT)
            await world.pass_hours(48)
            await world.stop_gateway()
        again = looked(world)
        assert wrong(again) == []
        assert f"kho ở {NEXT}, mới hơn bản này ({NEXT - 1})" in said(
            again, "Lược đồ kho"
        )
        gone_back = await world.start_gateway()
        assert gone_back.opened.facts["schema"] == str(NEXT)
        await world.settle()
        verdict = await world.judge(expected)
    assert (verdict.differences, verdict.stuck, verdict.lost) == ([], False, False)


async def test_the_look_changes_nothing_in_a_store_that_lies_still(
    stopped: World,
) -> None:
    before = content(stopped.stage.run_dir)
    lines = looked(stopped)
    assert content(stopped.stage.run_dir) == before
    assert wrong(lines) == []
    assert said(lines, "Đang chạy") == "cổng trên máy này đang dừng"


async def test_the_look_reads_beside_a_gateway_that_works(tmp_path: Path) -> None:
    async with World(tmp_path, example=EXAMPLE, configure=quick) as world:
        await world.feed(EXAMPLE)
        await world.pass_hours(2)
        before = content(world.stage.run_dir)
        run = CliRunner()
        words = ["upgrade", "--check", "--settings", str(world.stage.settings_path)]
        done = await asyncio.to_thread(run.invoke, app, words)
        after = content(world.stage.run_dir)
    last = done.output.strip().splitlines()[-1]
    assert (done.exit_code, "Nâng cấp được" in last) == (0, True), done.output
    assert "đang làm việc" in done.output
    # The gateway's own beat goes on; nothing else may differ.
    differs = {name for name in before | after if before.get(name) != after.get(name)}
    assert differs <= {"store.sqlite", "store.sqlite-wal"}


async def test_the_look_may_not_write_to_a_database(
    database: dict[str, Any], tmp_path: Path
) -> None:
    world = World(tmp_path, example=EXAMPLE, configure=quick)
    files = '[attachments]\nkind = "postgresql"\n'
    world.more_settings = store_table(database, tmp_path / "secret") + files
    async with world:
        await world.feed(EXAMPLE)
        await world.stop_gateway()
    from gateway.store.postgres.connection import connect

    db = connect(database)
    written = (
        "SELECT sum(n_tup_ins + n_tup_upd + n_tup_del)::bigint FROM pg_stat_user_tables"
    )
    before = db.execute(written).get
    lines = looked(world)
    db.script("SELECT pg_stat_clear_snapshot()")
    assert db.execute(written).get == before > 0
    db.close()
    assert wrong(lines) == []
    assert "ghi bền" in said(lines, "PostgreSQL")
    assert re.search(r"lệch nhau 0,\d giây", said(lines, "Giờ"))


async def test_settings_that_the_new_release_does_not_know_are_named(
    stopped: World,
) -> None:
    path = stopped.stage.settings_path
    path.write_text(
        path.read_text("utf-8").replace("[clock]", "[gone]\na = 1\n[clock]\nold = 2"),
        "utf-8",
    )
    done = CliRunner().invoke(app, ["upgrade", "--check", "--settings", str(path)])
    assert done.exit_code == 1
    told = re.sub(r"\s+", " ", done.output)
    assert "bản này không có khóa gone" in told
    assert "bản này không có khóa clock.old" in told
    # What runs here was not installed from an archive, so nobody signed it.
    assert "nhắc Chữ ký: không có SHA256SUMS" in told
    assert told.strip().endswith("CHƯA nâng cấp: 2 lỗi phải sửa, 1 lời nhắc.")


async def test_a_release_older_than_the_installed_one_is_refused_unless_it_is_meant(
    stopped: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prefix = tmp_path / "opt"
    (prefix / "releases" / "99.0.0").mkdir(parents=True)
    (prefix / "current").symlink_to("releases/99.0.0")
    monkeypatch.setattr("sys.prefix", str(prefix / "releases" / "0.1.0"))
    words = ["upgrade", "--check", "--settings", str(stopped.stage.settings_path)]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 1
    told = re.sub(r"\s+", " ", done.output)
    assert "lỗi Đang cài: 99.0.0, mới hơn bản này" in told
    assert "1 lỗi phải sửa" in told
    done = CliRunner().invoke(app, [*words, "--older"])
    assert done.exit_code == 0, done.output
    assert "chủ ý quay lại" in done.output


async def test_an_archive_that_nobody_signed_ends_the_look_with_one(
    stopped: World, tmp_path: Path
) -> None:
    release, signers = tmp_path / "release", tmp_path / "signers"
    release.mkdir()
    signers.write_text("")
    words = ["upgrade", "--check", "--settings", str(stopped.stage.settings_path)]
    words += ["--release", str(release), "--signers", str(signers)]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 1
    assert "lỗi   Chữ ký" in done.output


async def test_a_node_that_runs_a_later_release_is_told(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    world = World(tmp_path, example=EXAMPLE, configure=quick)
    database = request.getfixturevalue("database")
    files = '[attachments]\nkind = "postgresql"\n'
    world.more_settings = store_table(database, tmp_path / "secret") + files
    async with world:
        monkeypatch.setattr(upgrade_check, "version", lambda _: "0.0.1")
        found = await asyncio.to_thread(looked, world)
        (one,) = wrong(found)
        assert one.startswith("Nút:")
        assert "mới hơn bản này (0.0.1)" in one
        meant = await asyncio.to_thread(looked, world, older=True)
        assert wrong(meant) == []


async def test_a_secret_that_the_configuration_needs_is_missed(stopped: World) -> None:
    path = stopped.stage.secrets.folder / "secrets.json"
    path.write_text(path.read_text("utf-8").replace("land-mau-1.callback", "other"))
    lines = looked(stopped)
    assert any("thiếu khóa land-mau-1.callback" in one for one in wrong(lines))


async def test_another_master_key_is_found_before_the_start(stopped: World) -> None:
    path = stopped.stage.secrets.folder / "master.key"
    path.write_bytes(os.urandom(32))
    assert any("kho được tạo bằng khóa" in one for one in wrong(looked(stopped)))


async def test_a_disk_without_room_for_a_copy_is_wrong(
    stopped: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upgrade_check, "SPARE_BYTES", 1 << 60)
    assert [one for one in wrong(looked(stopped)) if one.startswith("Đĩa")]


async def test_the_age_of_the_last_backup_counts(
    stopped: World, tmp_path: Path
) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    lines = looked(stopped, backups=folder)
    assert [one for one in wrong(lines) if "chưa có bản sao nào" in one]
    name = f"lienthong-{datetime.now(UTC):%Y%m%dT%H%M%SZ}-0123abcd.backup"
    (folder / f".{name}.part").write_bytes(b"x")
    halfway = looked(stopped, backups=folder)
    assert [one for one in wrong(halfway) if "chưa có bản sao nào" in one]
    (folder / name).write_bytes(b"x")
    assert wrong(looked(stopped, backups=folder)) == []
    in_two_days = datetime.now(UTC) + timedelta(days=2)
    late = looked(stopped, backups=folder, now=in_two_days)
    assert [one for one in wrong(late) if "cách đây 48 giờ" in one]


async def test_a_store_that_is_no_store_is_told_in_words(stopped: World) -> None:
    (stopped.stage.run_dir / "store.sqlite").write_bytes(b"not a database" * 500)
    assert any(one.startswith("Kho: ") for one in wrong(looked(stopped)))


def test_without_check_nothing_is_done(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["upgrade", "--settings", str(tmp_path / "none")])
    assert done.exit_code == 1
    assert "thêm --check" in done.output


def test_a_file_that_is_not_there_is_no_store(tmp_path: Path) -> None:
    assert looking.look_at_file(tmp_path / "none", master_mark="m") is None
    assert list(tmp_path.iterdir()) == []
