"""The relay before the gateway: what passes, what does not, and who dies in between."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import ssl
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from gateway.api.peers import CALLER_KEY
from gateway.api.zones import AGENCIES, FromRelay, Zone
from gateway.domain.relay_table import read
from gateway.mockagency import pki
from gateway.relay import pairs
from gateway.wiring.free_ports import free_port
from tests.attack.relay_cases import get
from tests.journeys.commands import lienthong
from tests.journeys.test_callbacks import (
    CORRECTION,
    NUMBER,
    progress,
    quiet_world,
    supplement_request,
)
from tests.nodes import rests
from tests.relays import (
    CALLBACK,
    ROOT,
    SECRET,
    Outside,
    RelayProcess,
    before_recorder,
    pair,
    told,
)
from tests.world import World, a_dossier

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

LISTING = "/callbacks/don-vi-2/DanhMuc"
pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]


async def test_a_call_with_its_secret_reaches_the_core_and_its_answer_comes_back(
    tmp_path: Path,
) -> None:
    async with before_recorder(tmp_path) as (outside, core):
        status, text, headers = await outside.post(CALLBACK, b'{"a": 1}')
        assert (status, text) == (200, b"{}")
        assert headers["Content-Length"] == "2"
        asked = await outside.raw(get(f"{LISTING}?CodeGet={SECRET}".encode()))
        assert asked.startswith(b"HTTP/1.1 200")
        told = outside.lines()
    assert [line["event"] for line in told] == ["passed", "passed"]
    assert [line["entry"] for line in told] == [
        "callbacks don-vi-1 CapNhat",
        "callbacks don-vi-2 DanhMuc",
    ]
    for hidden in (SECRET, "/callbacks", "CodeGet", '{"a": 1}'):
        assert hidden not in json.dumps(told)
    seen = core.seen[0]
    assert seen.startswith(f"POST {CALLBACK} HTTP/1.1\r\n".encode())
    assert seen.endswith(b'\r\n\r\n{"a": 1}')
    assert b"x-lienthong-peer: 127.0.0.1\r\n" in seen.lower()


async def test_another_secret_is_refused_and_the_core_hears_nothing(
    tmp_path: Path,
) -> None:
    async with before_recorder(tmp_path) as (outside, core):
        wrong = CALLBACK.replace(SECRET, SECRET[:-1] + "x")
        status, text, _ = await outside.post(wrong, b"{}")
        other, other_text, _ = await outside.post("/callbacks/khong-co/X/y", b"{}")
    assert (status, text) == (other, other_text)
    assert status == 404
    assert core.seen == []


class Before:
    """The relay before a whole gateway, with the table that the gateway made."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world = world
        self.folder = folder
        self.port = free_port()
        self.outside: Outside

    def settings(self) -> str:
        certificate, key = pair(self.folder, pairs.CORE)
        return (
            f'\n[relayed]\nport = {self.port}\ncertificate = "{certificate}"\nkey = "{key}"\n'
            f'relays = ["{pair(self.folder, pairs.RELAY)[0]}"]\n'
            'serves = ["agencies", "one_stop"]\n'
        )

    async def fetch_table(self) -> bytes:
        found = await self.world.call("GET", "/v1/relay/table", role="administrator")
        assert found.status == 200
        (self.folder / "table.json").write_bytes(found.content)
        return found.content


@contextlib.asynccontextmanager
async def before_gateway(folder: Path) -> AsyncIterator[Before]:
    world = quiet_world(folder, NUMBER)
    before = Before(world, folder / "pki")
    world.more_settings = before.settings()
    async with world:
        await before.fetch_table()
        core = f"https://127.0.0.1:{before.port}"
        async with Outside(told(before.folder, core)) as before.outside:
            yield before


@pytest.fixture
async def before(tmp_path: Path) -> AsyncIterator[Before]:
    async with before_gateway(tmp_path) as made:
        answered = await made.world.submit(a_dossier(NUMBER, **CORRECTION))
        assert answered.status == 202
        await made.world.settle()
        yield made


def path_of(before: Before, operation: str = "ChuyenHoSo") -> str:
    secret = before.world.stage.secrets.value("land-mau-1.callback")
    return f"/callbacks/land-mau-1/{operation}/{secret}"


JSON = {"Content-Type": "application/json"}
SUPPLEMENT = json.dumps(supplement_request(NUMBER, "2026-03-10T09:00:00")).encode()


async def test_an_agency_reports_through_the_relay_and_a_repeat_counts_once(
    before: Before,
) -> None:
    world = before.world
    path = path_of(before, "YeuCauBoSungHoSo")
    first = await before.outside.post(path, SUPPLEMENT)
    await world.settle()
    told = world.told(NUMBER)
    again = await before.outside.post(path, SUPPLEMENT)
    await world.settle()
    assert (first[0], again[0]) == (200, 200)
    assert json.loads(first[1])["Result"] == json.loads(again[1])["Result"] == 1
    assert told[-1] == (5, "supplement")
    assert world.told(NUMBER) == told


async def test_while_the_gateway_is_away_it_has_to_come_again_and_then_counts_once(
    before: Before,
) -> None:
    world = before.world
    path = path_of(before, "YeuCauBoSungHoSo")
    await world.stop_gateway()
    status, text, headers = await before.outside.post(path, SUPPLEMENT)
    assert (status, headers["Retry-After"]) == (503, "30")
    assert json.loads(text)["code"] == "gateway_away"
    await world.start_gateway()
    status, text, _ = await before.outside.post(path, SUPPLEMENT)
    await world.settle()
    assert (status, json.loads(text)["Result"]) == (200, 1)
    assert world.told(NUMBER).count((5, "supplement")) == 1


async def test_an_unknown_address_is_answered_as_the_gateway_itself_would(
    before: Before,
) -> None:
    path = path_of(before) + "x"
    status, text, headers = await before.outside.post(path, b"{}")
    own = await before.world.push("ChuyenHoSo", {}, secret="x")
    assert (status, json.loads(text)) == (own.status, own.body)
    assert headers["Content-Type"] == own.headers["Content-Type"]


async def test_the_table_has_every_office_and_no_secret(before: Before) -> None:
    written = await before.fetch_table()
    for name in before.world.stage.secrets.names():
        assert before.world.stage.secrets.value(name).encode() not in written
    doors = json.loads(written)["doors"]
    paths = {entry["path"] for entry in doors["agencies"]}
    assert "/callbacks/land-mau-1/ChuyenHoSo/{secret}" in paths
    assert "/callbacks/land-mau-3/ChuyenHoSo" in paths
    assert "/open/v1/upload" in paths
    assert "/open/oauth2/token" in paths
    assert "/oauth2/token" in {entry["path"] for entry in doors["one_stop"]}
    assert any("/dropin/" in entry["path"] for entry in doors["one_stop"])
    told = await before.world.call("GET", "/v1/relay/table", role="operator")
    assert told.status == 403


async def test_a_one_stop_hands_in_through_its_own_door(before: Before) -> None:
    token = before.world.stage.secrets.value("token.one_stop")
    document = a_dossier(NUMBER.replace("0201", "0202"), **CORRECTION)
    url = before.outside.url(1) + "/v1/dossiers"
    held = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession() as session:
        async with session.post(url, json=document, headers=held) as answer:
            assert answer.status == 202
        wrong = {"Authorization": "Bearer x"}
        async with session.post(url, json=document, headers=wrong) as answer:
            assert answer.status == 401
        async with session.post(url, json=document) as answer:
            assert answer.status == 401
    assert [line["why"] for line in before.outside.lines()] == ["", "", "no_bearer"]


async def test_an_office_calls_the_open_interface_and_a_wrong_key_ends_at_the_relay(
    before: Before,
) -> None:
    key = before.world.stage.secrets.value("pccc-mau-1.open")
    for headers, body, wanted in (
        ({"Authorization": f"Bearer {key}"}, {}, 200),
        ({"Authorization": "Bearer x"}, {}, 401),
        ({}, {"key": key}, 200),
        ({}, {}, 401),
        ({"Authorization": "Bearer lt1.khong.dung"}, {}, 401),
    ):
        status, _, _ = await before.outside.post(
            "/open/v1/ping", json.dumps(body), headers={**JSON, **headers}
        )
        assert status == wanted
    whys = [line["why"] for line in before.outside.lines()]
    # A token is the core's to judge.
    assert whys == ["", "key", "", "", ""]


@pytest.mark.parametrize(
    ("door", "path"), [(0, "/open/oauth2/token"), (1, "/oauth2/token")]
)
async def test_who_asks_for_a_token_is_answered_by_the_gateway(
    before: Before, door: int, path: str
) -> None:
    form = {"grant_type": "client_credentials", "client_id": "x", "client_secret": "y"}
    async with (
        aiohttp.ClientSession() as session,
        session.post(before.outside.url(door) + path, data=form) as answer,
    ):
        assert (answer.status, await answer.json()) == (
            401,
            {"error": "invalid_client"},
        )
    assert [line["event"] for line in before.outside.lines()] == ["passed"]


async def test_an_old_one_stop_reaches_the_interface_that_stands_for_its_office(
    before: Before,
) -> None:
    written = (before.folder / "table.json").read_bytes()
    links = json.loads(written)["doors"]["one_stop"]
    path = next(e["path"] for e in links if e["path"].startswith("/dropin/"))
    one_stop, office = path.split("/")[2:4]
    secret = before.world.stage.secrets.value(f"{one_stop}.dropin")
    url = before.outside.url(1)
    async with aiohttp.ClientSession() as session:
        for shown in (secret, secret[:-1], ""):
            asked = f"{url}/dropin/{one_stop}/{office}/{shown}/files/khong-co"
            async with session.get(asked) as answer:
                assert answer.status == 404
    whys = [(line["event"], line["why"]) for line in before.outside.lines()]
    assert whys == [("passed", ""), ("refused", "secret"), ("refused", "path")]


async def knocks(
    port: int, certificate: tuple[Path, Path] | None, line: bytes
) -> bytes:
    """What the gateway's listener for relays answers."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if certificate is not None:
        context.load_cert_chain(*certificate)
    with contextlib.suppress(OSError):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
        try:
            writer.write(line + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            return await reader.read()
        finally:
            writer.transport.abort()
    return b""


async def test_nobody_but_a_registered_relay_gets_to_the_gateway(
    before: Before, tmp_path: Path
) -> None:
    line = b"GET /callbacks/land-mau-1/x/y"
    ours, strangers = before.folder, tmp_path / "khac"
    assert await knocks(before.port, None, line) == b""
    assert await knocks(before.port, pair(strangers, pairs.RELAY), line) == b""
    # Its certificate is known to the core, being its own; it is no relay's.
    assert await knocks(before.port, pair(ours, pairs.CORE), line) == b""
    known = await knocks(before.port, pair(ours, pairs.RELAY), line)
    assert known.startswith(b"HTTP/1.1 404")


@pytest.mark.parametrize(
    "path", ["/", "/console", "/health", "/readyz", "/metrics", "/_control/clock"]
)
async def test_even_a_relay_reaches_no_page_and_no_machine(
    before: Before, path: str
) -> None:
    said = f"GET {path} HTTP/1.1\r\nX-Lienthong-Peer: 10.0.0.1".encode()
    found = await knocks(before.port, pair(before.folder, pairs.RELAY), said)
    assert found.startswith(b"HTTP/1.1 404")


def has_connection(port: int) -> bool:
    return f":{port:04X} 01" in Path("/proc/net/tcp").read_text("ascii")


async def is_connected(port: int) -> None:
    """Wait until somebody has a connection to a port."""
    async with asyncio.timeout(20):
        while not has_connection(port):
            await asyncio.to_thread(os.sched_yield)


async def test_a_relay_that_dies_in_the_middle_costs_nothing_and_a_repeat_counts_once(
    before: Before,
) -> None:
    world, path = before.world, path_of(before, "YeuCauBoSungHoSo")
    core = f"https://127.0.0.1:{before.port}"
    settings = told(before.folder, core, serves=("agencies",))
    head = (
        f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(SUPPLEMENT)}\r\n\r\n"
    )
    async with RelayProcess(settings, before.folder) as relay:
        reader, writer = await asyncio.open_connection("127.0.0.1", relay.port)
        writer.write(head.encode() + SUPPLEMENT[:-1])
        await is_connected(before.port)
        await relay.kill()
        with contextlib.suppress(OSError):
            assert await reader.read() == b""
        writer.close()
    await world.settle()
    assert (5, "supplement") not in world.told(NUMBER)
    for _ in range(2):
        async with RelayProcess(settings, before.folder) as relay:
            reader, writer = await asyncio.open_connection("127.0.0.1", relay.port)
            writer.write(head.encode() + SUPPLEMENT)
            answered = await reader.readuntil(b"}")
            assert b'"Result":1' in answered
            writer.close()
    await world.settle()
    assert world.told(NUMBER).count((5, "supplement")) == 1


async def test_commands_make_the_pair_and_write_the_table(
    before: Before, tmp_path: Path
) -> None:
    folder = tmp_path / "cap"
    made = await lienthong("relay", "pair", folder, run_dir=tmp_path)
    assert made.code == 0, made.err
    assert sorted(path.name for path in folder.iterdir()) == [
        "lienthong-core.cert.pem",
        "lienthong-core.key.pem",
        "lienthong-relay.cert.pem",
        "lienthong-relay.key.pem",
    ]
    keys = folder.glob("*.key.pem")
    assert {path.stat().st_mode & 0o777 for path in keys} == {0o600}
    again = await lienthong("relay", "pair", folder, run_dir=tmp_path)
    assert (again.code, "đã có" in again.err) == (1, True)
    to = tmp_path / "bang.json"
    run_dir = before.world.stage.run_dir
    written = await lienthong("relay", "table", "--to", to, run_dir=run_dir)
    assert written.code == 0, written.err
    assert "agencies" in read(to.read_bytes()).doors


async def test_a_certificate_that_only_its_issuer_is_known_for_is_not_a_relays(
    tmp_path: Path,
) -> None:
    made = tmp_path / "pki"
    pki.make(made, now=datetime.now(UTC).replace(microsecond=0))
    world = quiet_world(tmp_path, NUMBER)
    before = Before(world, tmp_path / "keys")
    mine = pair(before.folder, pairs.RELAY)[0]
    world.more_settings = before.settings().replace(str(mine), str(made / "ca.pem"))
    async with world:
        certificate = pki.pair(made, "may-khach", "tot")
        line = b"GET /callbacks/land-mau-1/x/y"
        found = await knocks(before.port, certificate, line)
    assert found == b""


def test_what_a_relay_says_is_believed_at_its_own_listener_alone() -> None:
    """By the application behind it: who called, and no header of the relay's left."""
    seen: list[dict[str, Any]] = []

    async def app(scope: Any, _receive: Any, _send: Any) -> None:
        seen.append(scope)

    scope = {
        "type": "http",
        "path": "/callbacks/a/b/c",
        "client": ("10.0.0.9", 1),
        "headers": [
            (b"x-lienthong-peer", b"198.51.100.7"),
            (b"x-lienthong-certificate", b"ab"),
            (b"x-lienthong-more", b"cd"),
            (b"x-plain", b"ef"),
        ],
    }
    asyncio.run(FromRelay(app)(scope, None, None))  # type: ignore[arg-type]
    asyncio.run(Zone(app, AGENCIES)(scope, None, None))  # type: ignore[arg-type]
    believed, plain = seen
    assert (believed["client"], believed[CALLER_KEY]) == (("198.51.100.7", 0), "ab")
    assert believed["headers"] == [(b"x-plain", b"ef")]
    assert (plain["client"], CALLER_KEY in plain) == (("10.0.0.9", 1), False)


class GatewayProcess:
    """The gateway as a process that can be killed and started again."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def start(self) -> None:
        self.process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "gateway", "serve", "--settings"),
            str(self.world.stage.settings_path),
            cwd=ROOT,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        assert self.process.stdout is not None
        async with asyncio.timeout(60):
            ready = (await self.process.stdout.readline()).decode()
        assert ready.startswith("gateway ready"), ready

    async def kill(self) -> None:
        self.process.kill()
        await self.process.wait()


async def test_a_gateway_that_is_killed_again_and_again_counts_each_report_once(
    tmp_path: Path,
) -> None:
    world = quiet_world(tmp_path)
    before = Before(world, tmp_path / "pki")
    async with world.mocks_only():
        world.stage.write_settings(more=before.settings())
        core = GatewayProcess(world)
        await core.start()
        await before.fetch_table()
        settings = told(before.folder, f"https://127.0.0.1:{before.port}")
        answers: list[int] = []
        some = asyncio.Event()

        async def report(number: int) -> None:
            """An agency that repeats until it is told that it was taken."""
            said = json.dumps(progress(f"26-{number:04}/BN", 11, "2026-03-10T02:00:00"))
            while True:
                with contextlib.suppress(aiohttp.ClientError):
                    found = await before.outside.post(path_of(before), said)
                    answers.append(found[0])
                    some.set()
                    if found[0] == 200:
                        return
                await rests(0.2)

        async with Outside(settings) as before.outside:
            for first in (0, 30):
                calls = [asyncio.create_task(report(first + n)) for n in range(30)]
                some.clear()
                await some.wait()
                await core.kill()
                await core.start()
                await asyncio.gather(*calls)
            shown = await world.call("GET", "/v1/unmatched", role="operator")
            kept = [one["named"][0] for one in shown.body["unmatched"]]
        await core.kill()
    assert sorted(kept) == [f"26-{number:04}/BN" for number in range(60)]
    # A call that died with the gateway was cut, or told to come again: never taken.
    assert {200} <= set(answers) <= {200, 503}
