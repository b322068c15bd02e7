"""Lanes, maintenance and health by the command line, as operators use it."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import pytest

from gateway.wiring.stage import CONFIG
from tests.journeys.commands import Ran, lienthong
from tests.journeys.test_callbacks import quiet_world

if TYPE_CHECKING:
    from pathlib import Path

    from tests.world import World

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
WHY = ("--reason", "Thông báo của cơ quan")


async def ran(world: World, *words: str, code: int = 0) -> Ran:
    done = await lienthong(*words, run_dir=world.stage.run_dir, columns=200)
    assert done.code == code, (done.out, done.err)
    return done


async def test_maintenance_is_entered_shown_prolonged_and_ended(
    tmp_path: Path,
) -> None:
    async with quiet_world(tmp_path) as world:
        once = ("maintenance", "add", "--agency", "tax", "--to", "2026-03-10T12:00")
        added = await ran(world, *once, "--reference", "12/TB-T", *WHY)
        assert "cả ngành thuế" in added.out
        assert "đang diễn ra, đến 10/03/2026 12:00" in added.out
        assert "chưa đủ 7 ngày làm việc" in added.err
        weekly = ("--weekday", "saturday", "--hours", "22:00-02:00")
        await ran(
            world, "maintenance", "add", "--office", "land-mau-1", *weekly,
            "--announced", "2026-03-01", *WHY,
        )  # fmt: skip
        shown = (await ran(world, "maintenance", "list")).out
        assert "thứ Bảy hằng tuần, 22:00–02:00" in shown
        identifier = next(word for word in added.out.split() if word.startswith("m_"))
        changed = await ran(
            world, "maintenance", "change", identifier, "--to", "2026-03-10T15:00", *WHY
        )
        assert "đến 10/03/2026 15:00" in changed.out
        lanes = (await ran(world, "lane", "list")).out
        assert "cơ quan bảo trì: Thông báo của cơ quan, gửi lại lúc 15:00" in lanes
        await ran(world, "maintenance", "end", identifier, *WHY)
        assert "15:00" not in (await ran(world, "lane", "list")).out
        assert "đã qua" in (await ran(world, "maintenance", "list", "--past")).out


async def test_what_is_no_window_is_refused_in_words(tmp_path: Path) -> None:
    async with quiet_world(tmp_path) as world:
        wrong = (
            ("--office", "land-mau-1"),
            ("--office", "no-such", "--to", "2026-03-10T12:00"),
            ("--agency", "tax", "--office", "tax-mau-1", "--to", "2026-03-10T12:00"),
            ("--agency", "tax", "--to", "2026-03-10T06:00"),
            ("--agency", "tax", "--weekday", "caturday", "--hours", "22:00-02:00"),
            ("--agency", "tax", "--weekday", "saturday", "--hours", "22-02"),
            ("--agency", "tax", "--month-day", "32", "--hours", "22:00-02:00"),
            ("--agency", "tax", "--week", "1", "--hours", "22:00-02:00"),
        )
        for words in wrong:
            said = await ran(world, "maintenance", "add", *words, *WHY, code=1)
            assert said.err.startswith("400: ")
        gone = await ran(world, "maintenance", "end", "m_none", *WHY, code=1)
        assert "Không có đợt bảo trì này" in gone.err


async def test_an_agency_is_stopped_and_opened_again_by_one_command_each(
    tmp_path: Path,
) -> None:
    async with quiet_world(tmp_path) as world:
        land = tomllib.loads(
            (CONFIG / "agencies/land_registry.toml").read_text("utf-8")
        )
        offices = [office["id"] for office in land["office"]]
        stopped = await ran(world, "lane", "stop", "--agency", "land_registry", *WHY)
        told = [f"{office}  cán bộ dừng gửi" for office in offices]
        assert stopped.out.splitlines() == told
        lanes = (await ran(world, "lane", "list")).out
        assert lanes.count("dừng khẩn cấp: Thông báo của cơ quan") == len(offices)
        await ran(world, "lane", "resume", "--agency", "land_registry", *WHY)
        assert "dừng khẩn cấp" not in (await ran(world, "lane", "list")).out
        await ran(world, "lane", "stop", "land-mau-1", *WHY)
        await ran(world, "lane", "resume", "land-mau-1", *WHY)
        partly = await ran(world, "lane", "resume", "--all", *WHY, code=1)
        assert "land-mau-1: Đơn vị này không bị dừng gửi." in partly.err
        none = await ran(world, "lane", "stop", *WHY, code=1)
        assert "Nêu đúng một trong ba" in none.err


async def test_health_says_what_stands_and_its_exit_code_too(tmp_path: Path) -> None:
    async with quiet_world(tmp_path) as world:
        assert "Việc đứng: không có." in (await ran(world, "health")).out
        assert world.gateway is not None
        engine = world.gateway.loops.engine
        worker = engine._bells[0]

        class Stuck:
            name, turns = worker.name, worker.turns

            def ring(self) -> None:
                """Nobody hears it."""

        engine._bells = [Stuck()]  # type: ignore[list-item]
        for _ in range(3):
            await engine.look()
        said = await ran(world, "health", code=1)
        assert "gửi thông điệp" in said.out
        assert "Vòng làm việc của cổng không chạy" in said.out
        answered = await world.call("GET", "/v1/health", role="reader")
        assert answered.body["works"] is False
        assert answered.body["standing"][0]["what"] == "loop"
        assert (await world.call("GET", "/v1/health", role="")).status == 401
