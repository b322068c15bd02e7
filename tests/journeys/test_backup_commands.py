"""Backup and restore as an administrator types them, beside a gateway that runs."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
from typing import TYPE_CHECKING

import pytest

from gateway.wiring.attachments import FOLDER
from tests.journeys.commands import ROOT, Ran, lienthong
from tests.world import World, quick

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.journey, pytest.mark.timeout(180)]
EXAMPLE, NUMBER = "01-chuyen-nhuong-thuong", "H00.01-260309-0001"
APPLICANT = "Nguyễn"


def said(ran: Ran, code: int = 0) -> str:
    assert ran.code == code, ran.out + ran.err
    return " ".join((ran.out + ran.err).split())


async def _rehearsed(world: World, archive: str, to: Path, folder: Path) -> None:
    """The script that an administrator runs each month; it leaves nothing."""
    process = await asyncio.create_subprocess_exec(
        *("sh", "scripts/rehearse.sh", archive, to / "backup.key", folder),
        world.stage.settings_path,
        cwd=ROOT,
        env={**os.environ, "LIENTHONG": f"{sys.executable} -m gateway"},
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    assert process.returncode == 0
    assert "Diễn tập đạt" in out.decode()
    assert os.listdir(folder) == []  # noqa: PTH208


async def test_make_try_lose_restore_and_look(tmp_path: Path) -> None:
    world = World(tmp_path / "run", example=EXAMPLE, configure=quick)
    run, to = world.stage.run_dir, tmp_path / "to"
    settings = ("--settings", world.stage.settings_path)
    async with world:
        await world.feed(EXAMPLE)
        await world.pass_hours(1)
        made = await lienthong("key", "backup", to, run_dir=run)
        assert "vân tay" in said(made)
        wrong = await lienthong(
            *("backup", "--to", to, "--key", to / "backup.key", *settings), run_dir=run
        )
        assert "nửa bí mật" in said(wrong, 1)
        backup = ("backup", "--to", to, "--key", to / "backup.pub", *settings)
        told = said(await lienthong(*backup, run_dir=run))
        assert "Đã sao lưu vào" in told
        assert "KHÔNG nằm trong bản sao" in told
        ran = await lienthong(*backup, "--keep", "1", "--json", run_dir=run)
        facts = json.loads(ran.out)
        assert (facts["dossiers"], len(facts["removed"])) == (1, 1)
        archive = facts["path"]
        assert NUMBER not in told + ran.out
        key = ("--key", to / "backup.key")
        tried = said(
            await lienthong(
                "restore", archive, "--verify", *key, *settings, run_dir=run
            )
        )
        assert "Thử khôi phục đạt: 1 hồ sơ" in tried
        assert "Không đổi gì" in tried
        await _rehearsed(world, archive, to, tmp_path / "try")
        begun = ("restore", archive, *key, *settings)
        assert "--by" in said(await lienthong(*begun, run_dir=run), 1)
        restore = (*begun, "--by", "quan-tri", "--reason", "Đĩa hỏng")
        used = said(await lienthong(*restore, run_dir=run), 1)
        assert "Dừng tiến trình đó" in used
        await world.stop_gateway()
        full = said(await lienthong(*restore, run_dir=run), 1)
        assert "chỉ khôi phục vào nơi trống" in full
        for path in run.glob("store.sqlite*"):
            path.unlink()
        shutil.rmtree(run / FOLDER)
        done = said(await lienthong(*restore, run_dir=run))
        assert "Đã khôi phục vào" in done
        assert "lienthong restored list" in done
        await world.start_gateway()

        health = await world.call("GET", "/v1/health", role="operator")
        assert health.body["restored"]["number"] == 1
        listed = said(await lienthong("restored", "list", run_dir=run, columns=200))
        assert "Đĩa hỏng" in listed
        assert "CHƯA" in listed
        assert "Văn phòng đăng ký đất đai" in listed
        assert APPLICANT not in listed
        seen = await lienthong(
            *("restored", "acknowledge", "1", "--reason", "Đã đối chiếu"), run_dir=run
        )
        assert "đã xem lần khôi phục 1" in said(seen)


async def test_a_store_restored_by_other_means_is_marked_while_it_stands(
    tmp_path: Path,
) -> None:
    world = World(tmp_path / "run", example=EXAMPLE, configure=quick)
    run = world.stage.run_dir
    mark = (
        *("restore", "--mark", "--settings", world.stage.settings_path),
        *("--by", "quan-tri", "--reason", "PITR", "--point"),
    )
    async with world:
        await world.feed(EXAMPLE)
        at = "2026-03-10T02:00:00+07:00"
        assert "Dừng tiến trình" in said(await lienthong(*mark, at, run_dir=run), 1)
        await world.stop_gateway()
        assert "múi giờ" in said(await lienthong(*mark, "hôm qua", run_dir=run), 1)
        assert "lần khôi phục 1" in said(await lienthong(*mark, at, run_dir=run))
        await world.start_gateway()
        told = (await world.call("GET", "/v1/restores", role="operator")).body
        assert [row["why"] for row in told["restores"]] == ["PITR"]
        assert told["restores"][0]["point"] == "2026-03-09T19:00:00+00:00"
        await world.settle()
        assert len(world.effects(NUMBER, "land_registry", "hand_over")) == 1
