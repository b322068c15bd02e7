"""Broken promises, silence, and what is not measured: told as they begin and as they end."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from gateway.domain.identifiers import DossierId
from gateway.domain.principal import EVERYTHING
from gateway.ports.mail import Mail
from gateway.sealing.measuring import measured_of
from tests.journeys.alarms import alerting_of, hook, look, settings
from tests.journeys.test_callbacks import handed_over, progress, quiet_world
from tests.journeys.test_chases import chase, contact, mail
from tests.journeys.test_digest import mail_server

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.domain.measure import Measured
    from gateway.ports.store import DossierRow
    from gateway.sealing.tools import Tools
    from tests.journeys.alarms import Hook
    from tests.world import World

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
NUMBERS = [f"H00.01-260310-18{n:02}" for n in range(3)]
NUMBER = "H00.01-260310-0077"
LAND = "land-mau-1"
#: At any hour: these are no matters of the night.
AWAKE = '[alerts.awake]\nbegins = "00:00:00"\nends = "00:00:00"\ndays_off = false'
QUARTER_H, LOOKS = 0.26, 2


def world_of(folder: Path, port: int, heard: Hook) -> World:
    world = quiet_world(folder, *NUMBERS)
    world.more_settings = settings(folder, mail=port, url=heard.url, more=AWAKE)
    return world


async def at(world: World, moment: str) -> None:
    await world.pass_until(datetime.fromisoformat(f"{moment}+07:00"))


async def gone(world: World) -> None:
    """What has gone stays away for long enough to have ended."""
    await look(world)
    await world.pass_hours(QUARTER_H)
    await look(world, LOOKS)


async def test_a_broken_promise_is_told_once_and_its_end_once(tmp_path: Path) -> None:
    async with (
        mail_server() as box,
        hook() as heard,
        world_of(tmp_path, box.port, heard) as world,
    ):
        for number in NUMBERS[:2]:
            await handed_over(world, number)
            kept = await chase(world, number, promised_on="2026-03-12")
            assert kept.status == 201
        await at(world, "2026-03-12T23:00:00")
        await look(world, LOOKS)
        assert heard.told("promise_broken") == [], "the day is not over"
        await at(world, "2026-03-13T08:00:00")
        await look(world)
        assert heard.told("promise_broken") == []
        await look(world, 3)
        assert heard.told("promise_broken") == ["began"]
        (said,) = [
            one["data"]
            for _, one in heard.heard
            if one["data"].get("kind") == "promise_broken"
        ]
        assert (said["subject"], said["count"]) == (LAND, 2)
        assert not any(number in str(said) for number in NUMBERS)
        await world.push("ChuyenHoSo", progress(NUMBERS[0], 11, "2026-03-13T01:10:00"))
        await world.settle()
        await gone(world)
        assert heard.told("promise_broken") == ["began"], "one is broken still"
        await world.push("ChuyenHoSo", progress(NUMBERS[1], 11, "2026-03-13T01:20:00"))
        await world.settle()
        await gone(world)
        await look(world, LOOKS)
        assert heard.told("promise_broken") == ["began", "ended"]


async def test_an_office_that_falls_silent_and_speaks_again_is_seen_on_its_page(
    tmp_path: Path,
) -> None:
    async def page(world: World) -> str:
        shown = await world.call("GET", "/console/don-vi", role="reader")
        assert shown.status == 200
        return shown.content.decode()

    async with (
        mail_server() as box,
        hook() as heard,
        world_of(tmp_path, box.port, heard) as world,
    ):
        await handed_over(world, NUMBERS[0])
        await world.push("ChuyenHoSo", progress(NUMBERS[0], 11, "2026-03-10T01:00:00"))
        await world.settle()
        await at(world, "2026-03-12T07:00:00")
        assert "Không có tin gì" not in await page(world)
        await at(world, "2026-03-13T08:00:00")
        silent = await page(world)
        assert "<b>Không có tin gì</b>" in silent
        assert "đang có 1 hồ sơ" in silent
        assert silent.count("Không có tin gì") == 1, "of this office alone"
        await look(world, LOOKS)
        assert heard.told("silence") == ["began"]
        await world.push("ChuyenHoSo", progress(NUMBERS[0], 12, "2026-03-13T01:10:00"))
        await world.settle()
        assert "Không có tin gì" not in await page(world)
        await gone(world)
        assert heard.told("silence") == ["began", "ended"]


class Poison:
    """One dossier that cannot be measured until it is mended; time goes on at will."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.of: DossierId | None = None
        self.tried = 0
        monkeypatch.setattr("gateway.watch.measurer.measured_of", self.measured_of)

    async def measured_of(self, tools: Tools, row: DossierRow) -> Measured:
        if row.case.dossier_id == self.of:
            self.tried += 1
            raise ZeroDivisionError
        return await measured_of(tools, row)


async def test_a_dossier_that_cannot_be_measured_stops_no_other_and_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    poison = Poison(monkeypatch)
    async with (
        mail_server() as box,
        hook() as heard,
        world_of(tmp_path, box.port, heard) as world,
    ):
        assert world.gateway is not None
        tools, clock = world.gateway.tools, world.gateway.clock
        measures = tools.measures
        real, shift = clock.mono, [0.0]
        monkeypatch.setattr(
            type(clock), "mono", lambda _: real() + shift[0], raising=True
        )

        async def version(number: str) -> tuple[int, int]:
            identifier = DossierId((await world.shown(number))["id"])
            row = await measures.measured(identifier)
            kept = await tools.store.dossier(identifier, EVERYTHING)
            assert kept is not None
            return (row.version if row else 0), kept.case.version

        await handed_over(world, NUMBERS[0])
        poison.of = DossierId((await world.shown(NUMBERS[0]))["id"])
        await world.push("ChuyenHoSo", progress(NUMBERS[0], 11, "2026-03-10T01:00:00"))
        await handed_over(world, NUMBERS[1])
        await world.push("ChuyenHoSo", progress(NUMBERS[1], 11, "2026-03-10T01:00:00"))
        await world.settle()
        behind, present = await version(NUMBERS[0])
        assert poison.tried
        assert behind < present
        measured, present = await version(NUMBERS[1])
        assert measured == present, "another one waits for it"
        await look(world, LOOKS)
        assert heard.told("unmeasured") == []
        shift[0] += 16 * 60
        await look(world, 3)
        assert heard.told("unmeasured") == ["began"]
        poison.of = None
        await world.settle()
        mended, present = await version(NUMBERS[0])
        assert mended == present
        await gone(world)
        await look(world, LOOKS)
        assert heard.told("unmeasured") == ["began", "ended"]


async def test_one_that_is_never_measured_is_told_of_however_much_else_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dossiers that come into the queue before it and go again do not hide it."""
    poison = Poison(monkeypatch)
    async with (
        mail_server() as box,
        hook() as heard,
        world_of(tmp_path, box.port, heard) as world,
    ):
        assert world.gateway is not None
        clock = world.gateway.clock
        real, shift = clock.mono, [0.0]
        monkeypatch.setattr(type(clock), "mono", lambda _: real() + shift[0])
        for number in NUMBERS[:2]:
            await handed_over(world, number)
        earlier, later = [
            DossierId((await world.shown(number))["id"]) for number in NUMBERS[:2]
        ]
        assert earlier < later
        measures: Any = world.gateway.tools.measures
        poison.of = later
        await measures.remeasure([later])
        asked = measures.unmeasured
        extra: list[tuple[DossierId, int]] = []

        async def unmeasured(limit: int, **more: Any) -> Any:
            return [*extra, *await asked(limit, **more)][:limit]

        monkeypatch.setattr(
            type(measures),
            "unmeasured",
            lambda _, limit, **more: unmeasured(limit, **more),
        )
        for minute in range(20):
            extra[:] = [(earlier, 1)] if minute % 2 else []
            await alerting_of(world).alerts.look()
            shift[0] += 60
        extra.clear()
        await look(world, LOOKS)
        assert heard.told("unmeasured") == ["began"]


async def test_a_mail_server_that_fails_is_told_once_whoever_mailed(
    tmp_path: Path,
) -> None:
    """A reminder and an alert's own mail use one road: it fails once, it works once."""
    async with (
        mail_server() as box,
        hook() as heard,
        world_of(tmp_path, box.port, heard) as world,
    ):
        await contact(world, "van.phong@dat.example")
        await handed_over(world, NUMBERS[0])
        await handed_over(world, NUMBERS[1])
        box.refuses = True
        refused = await mail(world, NUMBERS[0])
        assert refused.body["code"] == "chase_mail_not_sent"
        await look(world, 3)
        assert heard.told("channel_failing") == ["began"]
        again = await mail(world, NUMBERS[0])
        assert again.body["code"] == "chase_mail_not_sent"
        await look(world, LOOKS)
        assert heard.told("channel_failing") == ["began"]
        box.refuses = False
        # What mails now is another part than the reminder that found it failing.
        mailer = alerting_of(world).mailer
        assert mailer is not None
        await mailer.send(Mail(("a@b.example",), "Thử", "Thử\n"))
        await gone(world)
        await look(world, LOOKS)
        assert heard.told("channel_failing") == ["began", "ended"]
        box.refuses = True
        again = await mail(world, NUMBERS[1])
        assert again.body["code"] == "chase_mail_not_sent"
        await look(world, LOOKS)
        assert heard.told("channel_failing") == ["began", "ended", "began"]
