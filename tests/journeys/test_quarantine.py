"""A file with malware in it: shut away, told of, looked after; and what if nobody can look."""

from __future__ import annotations

import hashlib
import json
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests import clamd as scanner
from tests.attack.file_doors import Strangers
from tests.clamd import CLEAN, EICAR, INFECTED, NAMED
from tests.journeys.commands import lienthong
from tests.world import World, a_dossier, quick

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.clamd import Clamd
    from tests.world import Json

pytestmark = [pytest.mark.journey, pytest.mark.system, pytest.mark.timeout(150)]
NUMBER = "H00.01-260310-0971"
SHA256 = hashlib.sha256(INFECTED).hexdigest()


@asynccontextmanager
async def scanned(folder: Path, more: str = "") -> AsyncIterator[tuple[World, Clamd]]:
    """A world with a scanner of its own."""
    async with AsyncExitStack() as stack:
        clamd = await stack.enter_async_context(scanner.running(folder / "c"))
        world = World(folder / "run", configure=quick)
        world.more_settings = clamd.settings + more
        await stack.enter_async_context(world)
        yield world, clamd


async def upload(world: World, content: bytes = INFECTED) -> tuple[int, Json]:
    answered = await world.call("POST", "/v1/attachments", data=content)
    return answered.status, answered.body


async def kept(world: World, role: str = "administrator") -> list[Json]:
    answered = await world.call("GET", "/v1/quarantine", role=role)
    assert answered.status == 200, answered.content
    found: list[Json] = answered.body["files"]
    return found


def shelf(world: World) -> list[Path]:
    """Every file that lies on the shelf."""
    folder = world.stage.run_dir / "attachments"
    return [one for one in folder.rglob("*") if one.is_file() and len(one.name) == 64]


async def test_it_is_kept_sealed_once_and_told_of_without_its_content(
    tmp_path: Path,
) -> None:
    async with scanned(tmp_path) as (world, _):
        for _ in range(3):
            status, body = await upload(world)
            assert (status, body["code"]) == (422, "file_infected")
        (row,) = await kept(world)
        assert (row["signature"], row["times"], row["door"]) == (NAMED, 3, "upload")
        assert row["size_bytes"] == len(INFECTED)
        assert row["by"] == "mot-cua-mau"
        path = f"/v1/quarantine/{row['id']}"
        one = (await world.call("GET", path, role="administrator")).body
        assert one["sha256"] == SHA256
        (file,) = shelf(world)
        assert EICAR not in file.read_bytes()
        for further in ("", "/content", "/file"):
            got = await world.call("GET", path + further, role="administrator")
            assert EICAR not in got.content
        entry = {"name": "a.pdf", "sha256": SHA256}
        papers = [{"name": "Đơn", "files": [entry]}]
        named = await world.submit(a_dossier(NUMBER, documents=papers))
        assert named.body["errors"][0]["code"] == "upload_unknown"


async def test_the_journal_tells_security_and_holds_no_plain_digest(
    tmp_path: Path,
) -> None:
    async with scanned(tmp_path) as (world, _):
        await upload(world)
        await upload(world)
        await world.seal()
        path = "/v1/journal?kind=cach-ly"
        lines = (await world.call("GET", path, role="head")).body["journal"]
        assert [one["kind"] for one in lines] == ["file_refused"]
        assert SHA256 not in json.dumps(lines)


async def test_only_who_looks_after_security_sees_it_and_one_who_keeps_keys_deletes_it(
    tmp_path: Path,
) -> None:
    async with scanned(tmp_path) as (world, _):
        await upload(world)
        (row,) = await kept(world, "head")
        delete = f"/v1/quarantine/{row['id']}/delete"
        for role in ("one_stop", "operator", "reader"):
            seen = await world.call("GET", "/v1/quarantine", role=role)
            assert seen.status == 403
            assert (await world.call("POST", delete, role=role)).status == 403
        assert (await world.call("POST", delete, role="head")).status == 403
        done = await world.call("POST", delete, role="administrator")
        assert done.status == 200
        assert await kept(world) == []
        assert shelf(world) == []
        again = await world.call("POST", delete, role="administrator")
        assert (again.status, again.body["code"]) == (404, "quarantine_unknown")


async def test_it_goes_when_its_time_is_over_and_not_before(tmp_path: Path) -> None:
    more = "quarantine_days = 2\n"
    async with scanned(tmp_path, more) as (world, _):
        await upload(world)
        assert world.gateway is not None
        sweeper = next(
            loop
            for loop in (*world.gateway.loops.working, *world.gateway.loops.keeping)
            if type(loop).__name__ == "Sweeper"
        )
        turn: Any = sweeper
        await world.pass_until(world.now() + timedelta(days=1, hours=12))
        await turn.turn()
        assert len(await kept(world)) == 1
        await world.pass_until(world.now() + timedelta(days=2))
        await turn.turn()
        assert await kept(world) == []
        assert shelf(world) == []


async def test_while_the_scanner_is_away_nothing_is_taken_and_later_it_is(
    tmp_path: Path,
) -> None:
    async with scanned(tmp_path) as (world, clamd):
        await clamd.stop()
        status, body = await upload(world, CLEAN)
        assert (status, body["code"]) == (503, "scanner_away")
        assert shelf(world) == []
        without = await world.submit(a_dossier(NUMBER))
        assert without.status == 202, "a dossier without files needs no scanner"
        check = await world.call("POST", "/v1/scanner/check", role="administrator")
        assert check.body["works"] is False
        health = await world.call("GET", "/v1/health/details", role="administrator")
        assert any("không trả lời" in one for one in _words(health.body)), health.body
        await clamd.start()
        assert (await upload(world, CLEAN))[0] == 201
        check = await world.call("POST", "/v1/scanner/check", role="administrator")
        assert check.body["works"] is True, check.body


def _words(body: Json) -> list[str]:
    return [one["words"] for one in body["details"] if one["what"] == "Quét mã độc"]


async def test_a_result_waits_for_the_scanner_and_then_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    strangers = Strangers()
    strangers.install(monkeypatch)
    async with scanned(tmp_path) as (world, clamd):
        await world.submit(a_dossier(NUMBER))
        await clamd.stop()
        await world.pass_hours(300)
        shown = await world.shown(NUMBER)
        assert (shown["end"], shown["results"]) == ("finished", [])
        await clamd.start()
        await world.pass_hours(1)
        assert len((await world.shown(NUMBER))["results"]) == 1


async def test_a_dossier_says_which_file_of_whom_was_refused_and_what_is_to_be_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    strangers = Strangers({NUMBER: INFECTED})
    strangers.install(monkeypatch)
    async with scanned(tmp_path) as (world, _):
        await world.submit(a_dossier(NUMBER))
        await world.pass_hours(300)
        path = f"/v1/dossiers/{NUMBER}/timeline"
        lines = (await world.call("GET", path, role="operator")).body["timeline"]
        (line,) = [one for one in lines if "Không nhận tệp" in one["what"]]
        told = " ".join((line["what"], *line["notes"]))
        assert "mã độc" in told
        assert NAMED in told
        assert "tệp «" in told
        assert "Báo cơ quan gửi" in told
        (row,) = await kept(world)
        assert row["dossier_id"]


async def test_the_commands_tell_the_same(tmp_path: Path) -> None:
    async with scanned(tmp_path) as (world, _):
        await upload(world)
        (row,) = await kept(world)
        listed = await lienthong(
            "quarantine", "list", run_dir=world.stage.run_dir, columns=200
        )
        assert NAMED in listed.out
        assert row["id"] in listed.out
        shown = await lienthong(
            "quarantine", "show", row["id"], run_dir=world.stage.run_dir, columns=200
        )
        assert SHA256 in shown.out
        check = await lienthong(
            "quarantine", "check", run_dir=world.stage.run_dir, columns=200
        )
        assert (check.code, "nhận ra mẫu thử" in check.out) == (0, True)
        done = await lienthong(
            "quarantine", "delete", row["id"], run_dir=world.stage.run_dir, columns=200
        )
        assert done.code == 0
        assert await kept(world) == []
