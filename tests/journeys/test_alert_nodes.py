"""Several gateways on one database, and the machine beside them, tell once."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

import pytest

from tests.journeys.alarms import SECRET, hook, until
from tests.journeys.commands import lienthong
from tests.journeys.test_digest import mail_server
from tests.nodes import NodeProcess, WatchfulProcess, quick_lanes, rests, store_table
from tests.world import World

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from tests.journeys.alarms import Hook

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
LAND = "land-mau-1"


def alerts(folder: Path, url: str) -> str:
    """Roads and limits for processes in real time."""
    secret = folder / "webhook.secret"
    secret.touch(mode=0o600)
    secret.write_text(SECRET, "utf-8")
    return (
        "[alerts]\ndisk_warning = 100\ndisk_critical = 100\nlane_minutes = 0.001\n"
        "settled_minutes = 0.02\n"
        '[alerts.awake]\nbegins = "00:00:00"\nends = "00:00:00"\ndays_off = false\n'
        f'[alerts.webhook]\nurl = "{url}"\nsecret_file = "{secret}"\n'
    )


async def steer(node: NodeProcess, what: str) -> None:
    await node.post(f"/v1/lanes/{LAND}/{what}", {"reason": "Thử"})


def of_lanes(heard: Hook) -> list[str]:
    return [one for one, body in heard.heard if body["data"].get("kind") == "lane"]


@pytest.mark.system
async def test_two_nodes_tell_once_and_the_one_that_is_left_goes_on(
    tmp_path: Path, database: dict[str, Any]
) -> None:
    store = store_table(database, tmp_path / "password")
    world = World(tmp_path / "run", configure=quick_lanes)
    async with hook() as heard, world.mocks_only():
        more = alerts(tmp_path, heard.url)
        nodes = [WatchfulProcess(world, f"node-{n}", store, more) for n in (1, 2)]
        try:
            for node in nodes:
                assert await node.start()
            await steer(nodes[0], "pause")
            await until(lambda: heard.told() == ["began"])
            await rests(2)
            assert heard.told() == ["began"]
            token = world.stage.secrets.value("token.operator")
            known = (await nodes[0].get("/v1/nodes", token))["nodes"]
            (holder,) = [one["name"] for one in known if "alerts" in one["duties"]]
            first = next(node for node in nodes if node.name == holder)
            (left,) = [node for node in nodes if node is not first]
            first.signal(signal.SIGKILL)
            await first.ended()
            await until(lambda: heard.told("node_away") == ["began"])
            assert heard.told() == ["began"]
            await steer(left, "resume")
            await until(lambda: heard.told() == ["began", "ended"])
            assert await first.start()
            await until(lambda: heard.told("node_away") == ["began", "ended"])
            await rests(1)
            assert heard.told() == ["began", "ended"]
        finally:
            for node in nodes:
                await node.close()


@pytest.mark.system
@pytest.mark.crash
async def test_a_node_killed_while_it_tells_leaves_it_told_by_the_other(
    tmp_path: Path, database: dict[str, Any]
) -> None:
    store = store_table(database, tmp_path / "password")
    world = World(tmp_path / "run", configure=quick_lanes)
    async with hook() as heard, world.mocks_only():
        heard.holds = asyncio.Event()
        more = alerts(tmp_path, heard.url)
        first = WatchfulProcess(world, "node-1", store, more)
        second = WatchfulProcess(world, "node-2", store, more)
        try:
            assert await first.start()
            await steer(first, "pause")
            await until(lambda: len(of_lanes(heard)) == 1)
            # The address has it; that it has was written down nowhere.
            first.signal(signal.SIGKILL)
            await first.ended()
            heard.holds.set()
            assert await second.start()
            await until(lambda: len(of_lanes(heard)) == 2)
            await rests(3)
            once, again = of_lanes(heard)
            assert once == again, "whoever gets it twice can see that it is the same"
            assert heard.told() == ["began", "began"]
        finally:
            heard.holds.set()
            await first.close()
            await second.close()


async def test_the_watchdog_tells_once_that_the_gateway_was_killed_and_is_back(
    tmp_path: Path,
) -> None:
    world = World(tmp_path / "run", configure=quick_lanes)
    async with hook() as heard, mail_server() as box, world.mocks_only():
        node = NodeProcess(world, "node-1", "")
        config = tmp_path / "watchdog.toml"

        async def look() -> tuple[int, str]:
            ran = await lienthong(
                "watchdog", "--config", config, run_dir=tmp_path, columns=200
            )
            return ran.code, ran.out

        try:
            assert await node.start()
            alerts(tmp_path, heard.url)
            config.write_text(
                f'state = "{tmp_path / "seen.json"}"\nafter = 2\ntimeout_s = 5\n'
                f'[[gateway]]\nname = "Cổng, cửa một cửa"\nurl = "{node.url}/health"\n'
                f'[[gateway]]\nname = "Cổng, cửa cơ quan"\nurl = "{node.agencies}/"\n'
                "ready = false\n"
                f'[mail]\nhost = "127.0.0.1"\nport = {box.port}\nsecurity = "none"\n'
                'sender = "canh.gac@tinh.example"\nto = ["truc@tinh.example"]\n'
                f'[webhook]\nurl = "{heard.url}"\n'
                f'secret_file = "{tmp_path / "webhook.secret"}"\n',
                "utf-8",
            )
            assert await look() == (
                0,
                "Cổng, cửa một cửa: làm việc\nCổng, cửa cơ quan: làm việc\n",
            )
            node.signal(signal.SIGKILL)
            await node.ended()
            assert (await look())[0] == 0, "one look may have been unlucky"
            assert (box.mails, heard.heard) == ([], [])
            for _ in range(3):
                code, said = await look()
                assert code == 2
                assert said.count("không làm việc từ") == 2
            assert heard.told("gateway_away") == ["began", "began"]
            assert [to for to, _ in box.mails] == [["truc@tinh.example"]] * 2
            subjects = [mail["Subject"] for _, mail in box.mails]
            assert all("không làm việc từ" in one for one in subjects)
            assert "khởi động lại dịch vụ cổng" in box.mails[0][1].get_content()
            front = node.url.rpartition(":")[2]
            assert await node.start()
            text = config.read_text("utf-8").replace(
                f":{front}/", f":{node.url.rpartition(':')[2]}/"
            )
            config.write_text(
                text.replace(
                    text.split('url = "')[2].split('"')[0], node.agencies + "/"
                ),
                "utf-8",
            )
            assert (await look())[0] == 0
            assert len(box.mails) == 2
            for _ in range(3):
                assert (await look())[0] == 0
            told = heard.told("gateway_away")
            assert told == ["began", "began", "ended", "ended"]
            assert len(box.mails) == 4
        finally:
            await node.close()


async def test_the_watchdog_brings_nothing_of_a_server_along(tmp_path: Path) -> None:
    server = "fastapi uvicorn starlette aiohttp apsw psycopg structlog lxml jinja2"
    program = (
        "import sys, gateway.cli, gateway.wiring.watchdog\n"
        f"print(*(m for m in {server.split()!r} if m in sys.modules))"
    )
    process = await asyncio.create_subprocess_exec(
        *(_python(), "-c", program), stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    assert (process.returncode, out.strip()) == (0, b"")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "state"),
        ('state = "s"\n[[gateway]]\nname = "a"\nurl = "http://a"\n', "cần [mail]"),
        ('state = "s"\ngateways = []\n', "gateways"),
    ],
)
async def test_a_watchdog_that_could_tell_nobody_says_so(
    content: str, told: str, tmp_path: Path
) -> None:
    config = tmp_path / "watchdog.toml"
    config.write_text(content, "utf-8")
    ran = await lienthong("watchdog", "--config", config, run_dir=tmp_path, columns=300)
    assert ran.code == 1
    assert told in ran.err
    assert "Traceback" not in ran.err


def _python() -> str:
    import sys

    return sys.executable
