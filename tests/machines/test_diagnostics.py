"""A file that may leave the house: what helps is in it, secrets and people are not."""

from __future__ import annotations

import json
import stat
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from gateway.wiring import free_ports
from tests.journeys.commands import lienthong
from tests.journeys.test_privacy import MARKS, NUMBER, dossier, open_marks
from tests.nodes import store_table
from tests.world import World, quick

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
#: Planted wherever something secret or somebody's can stand in settings.
PLANTED = {
    "mail user": "nguoi-dung-thu-90001",
    "mail password": "mat-khau-thu-90002",
    "mail sender": "hop.thu.90003@tinh-mau.example",
    "alerted": "lanh.dao.90004@tinh-mau.example",
    "hook": "duong-bi-mat-90005",
    "hook secret": "khoa-webhook-90006-du-dai-de-dung",
    "address user": "tai-khoan-90007",
    "address password": "mat-khau-90008",
    "address key": "khoa-90009",
    "collector": "khach-90010",
    "folder": "thu-muc-90011",
}
PARTS = {
    "DOC-TRUOC.txt", "versions.json", "settings.json", "keys.json", "disk.json",
    "store.json", "ready.json", "metrics.txt",
}  # fmt: skip


def more(folder: Path, port: int) -> str:
    """Settings with something planted in each of them."""
    for name in ("mail password", "hook secret"):
        path = folder / name.replace(" ", "-")
        path.write_text(PLANTED[name], "utf-8")
        path.chmod(0o600)
    return (
        f"[metrics]\nport = {port}\n"
        f'[mail]\nhost = "127.0.0.1"\nport = {free_ports.free_port()}\n'
        f'user = "{PLANTED["mail user"]}"\npassword_file = "{folder}/mail-password"\n'
        f'sender = "{PLANTED["mail sender"]}"\n'
        f'[alerts.mail]\ncritical = ["{PLANTED["alerted"]}"]\n'
        f'[alerts.webhook]\nurl = "http://127.0.0.1:9/{PLANTED["hook"]}"\n'
        f'secret_file = "{folder}/hook-secret"\n'
        f'[tracing]\nendpoint = "http://{PLANTED["collector"]}@127.0.0.1:9"\n'
    )


def opened(path: Path) -> dict[str, bytes]:
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def secrets_of(run_dir: Path) -> dict[str, str]:
    """Every secret of a run, by where it stands."""
    found = json.loads((run_dir / "keys" / "secrets.json").read_text("utf-8"))
    for path in (run_dir / "keys").glob("*.pem"):
        found[path.name] = path.read_text("utf-8").splitlines()[1]
    assert len(found) > 10
    return {str(name): str(value) for name, value in found.items()}


async def made(world: World, target: Path) -> dict[str, bytes]:
    settings = world.stage.settings_path
    ran = await lienthong(
        "diagnostics", target, "--settings", settings, run_dir=world.stage.run_dir
    )
    assert ran.code == 0, ran.out + ran.err
    return opened(target)


async def test_what_helps_is_in_it_and_nothing_of_anybody(tmp_path: Path) -> None:
    world = World(tmp_path / PLANTED["folder"] / "run", configure=quick)
    world.more_settings = more(tmp_path, free_ports.free_port())
    world.faults = [
        {"agency": "land_registry", "operation": "hand_over", "every": True}
        | {"do": "unauthorized_401"}
    ]
    async with world:
        assert (await world.submit(dossier(NUMBER))).status == 202
        await world.pass_hours(24 * 9)
        stopped = await world.call(
            "POST",
            "/v1/lanes/tax-mau-1/pause",
            {"reason": MARKS["reason"]},
            role="administrator",
        )
        assert stopped.status == 200, stopped.body
        settings = world.stage.settings_path
        planted = f"http://{PLANTED['address user']}:{PLANTED['address password']}"
        text = settings.read_text("utf-8")
        settings.write_text(
            f'{text}"elsewhere" = "{planted}@127.0.0.1/{PLANTED["address key"]}"\n'
        )
        found = await made(world, tmp_path / "chan-doan.zip")
        secrets = secrets_of(world.stage.run_dir)
    assert set(found) == PARTS
    everything = {**MARKS, **PLANTED, **secrets, "dossier": NUMBER}
    open_in = {name: open_marks(content, everything) for name, content in found.items()}
    assert {name: marks for name, marks in open_in.items() if marks} == {}
    told: dict[str, Any] = {
        name: json.loads(text) for name, text in found.items() if name.endswith(".json")
    }
    assert not [name for name, one in told.items() if "error" in one]
    assert told["versions.json"]["packages"]["fastapi"]
    assert told["settings.json"]["profile"] == "mock"
    assert told["settings.json"]["mail"]["user"] == "(đặt)"
    (still,) = told["store.json"]["codes"]["standing still"]
    assert (still["agency"], still["state"]) == ("land_registry", "parked")
    assert still["code"] not in {"", "(bỏ)"}
    (lane,) = [o for o in told["store.json"]["lanes"] if o["office"] == "tax-mau-1"]
    assert (lane["state"], lane["code"]) == ("paused", "")
    assert told["store.json"]["migrations"][-1]["version"] >= 19
    assert told["ready.json"] == {
        "status": 200,
        "answer": {"ready": True, "reasons": []},
    }
    assert b"lienthong_loop_turned_seconds{" in found["metrics.txt"]
    assert told["disk.json"]["free"] > 0


def test_the_search_finds_what_does_lie_open() -> None:
    assert open_marks(f"x{PLANTED['hook']}".encode(), PLANTED) == {"hook"}


async def test_parts_that_cannot_be_seen_say_so_and_the_others_are_there(
    tmp_path: Path,
) -> None:
    world = World(tmp_path / "run", configure=quick)
    world.more_settings = f"[metrics]\nport = {free_ports.free_port()}\n"
    async with world:
        await world.submit(dossier(NUMBER))
    ran = await lienthong(
        *("diagnostics", tmp_path / "a.zip", "--settings", world.stage.settings_path),
        run_dir=world.stage.run_dir,
    )
    assert ran.code == 0
    assert "Không xem được phần ready.json" in ran.out
    found = opened(tmp_path / "a.zip")
    assert json.loads(found["ready.json"]) == {"error": "ConnectionRefusedError"}
    assert json.loads(found["store.json"])["counts"]["dossiers open"] == 1
    again = await lienthong(
        *("diagnostics", tmp_path / "a.zip", "--settings", world.stage.settings_path),
        run_dir=world.stage.run_dir,
    )
    assert again.code != 0
    assert "Đã có tệp" in again.out + again.err


async def test_settings_that_cannot_be_read_leave_their_words_out(
    tmp_path: Path,
) -> None:
    settings = tmp_path / "gateway.toml"
    settings.write_text(f'run_dir = "{tmp_path}"\nx = "{PLANTED["hook"]}"\n', "utf-8")
    target = tmp_path / "a.zip"
    ran = await lienthong(
        "diagnostics", target, "--settings", settings, run_dir=tmp_path
    )
    assert ran.code == 0
    found = opened(target)
    assert json.loads(found["settings.json"]) == {"error": "ValidationError"}
    assert open_marks(b"".join(found.values()), PLANTED) == set()


@pytest.mark.system
async def test_a_database_tells_the_same(
    tmp_path: Path, database: dict[str, Any]
) -> None:
    world = World(tmp_path / "run", configure=quick)
    world.more_settings = store_table(database, tmp_path / "password")
    async with world:
        await world.submit(dossier(NUMBER))
        found = await made(world, tmp_path / "a.zip")
    told = json.loads(found["store.json"])
    assert told["counts"]["dossiers open"] == 1
    assert told["migrations"][-1]["version"] >= 19
    assert database["password"].encode() not in b"".join(found.values())
