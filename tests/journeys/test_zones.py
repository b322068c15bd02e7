"""Pages, API, agencies and monitoring at listeners of their own."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import aiohttp
import pytest
from pydantic import ValidationError

from gateway.settings import Settings
from gateway.wiring.free_ports import free_port
from tests.world import World

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
#: Path → the listener that serves it.
SERVED = {
    "/": "console",
    "/console": "console",
    "/console/dang-nhap": "console",
    "/console/static/live.js": "console",
    "/v1/dossiers": "front",
    "/v1/events": "front",
    "/v1/health": "front",
    "/openapi.json": "front",
    "/metrics": "metrics",
    "/healthz": "metrics",
    "/readyz": "metrics",
}


@pytest.fixture
async def apart(tmp_path: Path) -> AsyncIterator[World]:
    world = World(tmp_path, example="01-chuyen-nhuong-thuong")
    world.more_settings = (
        f"\n[console]\nport = {free_port()}\n[metrics]\nport = {free_port()}\n"
    )
    async with world:
        yield world


async def status(world: World, listener: str, path: str, method: str = "GET") -> int:
    assert world.gateway is not None
    url = world.gateway.addresses[listener] + path
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, url, allow_redirects=False) as answer,
    ):
        return answer.status


async def test_each_path_is_served_at_one_listener_and_nowhere_else(
    apart: World,
) -> None:
    for path, own in SERVED.items():
        for listener in ("front", "console", "metrics", "agencies"):
            found = await status(apart, listener, path)
            assert (found == 404) == (listener != own), (path, listener, found)


@pytest.mark.parametrize(
    "path",
    [
        "/%63onsole",
        "/v1/../console",
        "/v1/%2e%2e/console",
        "//console",
        "/v1//../console/dang-nhap",
        "/CONSOLE",
        "/console;a=b",
        "/metrics/../console",
    ],
)
async def test_no_spelling_of_a_page_is_served_at_the_api(
    apart: World, path: str
) -> None:
    # aiohttp would tidy the path up, so it goes out as it is.
    assert apart.gateway is not None
    port = int(apart.gateway.addresses["front"].rpartition(":")[2])
    assert await raw_status(port, path) == 404


async def raw_status(port: int, path: str) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
    )
    found = await reader.read()
    writer.close()
    return int(found.split()[1])


async def test_agencies_have_their_calls_and_nothing_of_them_is_at_the_others(
    apart: World,
) -> None:
    secret = apart.stage.secrets.value("land-mau-1.callback")
    path = f"/callbacks/land-mau-1/ChuyenHoSo/{secret}"
    assert await status(apart, "agencies", path, "POST") != 404
    assert await status(apart, "agencies", "/open/v1/ping", "POST") == 401
    for listener in ("front", "console", "metrics"):
        assert await status(apart, listener, path, "POST") == 404
        assert await status(apart, listener, "/open/v1/ping", "POST") == 404


async def test_the_pages_work_at_their_own_listener(apart: World) -> None:
    assert apart.gateway is not None
    pages = apart.gateway.addresses["console"]
    token = apart.stage.secrets.value("token.operator")
    async with aiohttp.ClientSession(
        cookie_jar=aiohttp.CookieJar(unsafe=True)
    ) as session:
        form = {"token": token}
        signing = session.post(
            pages + "/console/dang-nhap", data=form, headers={"Origin": pages}
        )
        async with signing as answer:
            assert answer.status == 200
            assert str(answer.url).startswith(pages)
            assert "dang-xuat" in await answer.text()
    # What the pages watch is with them; the rest of the API is not.
    assert await status(apart, "console", "/v1/live") == 401
    assert await status(apart, "console", "/v1/counts") == 404


async def test_without_a_listener_of_their_own_the_pages_are_with_the_api(
    tmp_path: Path,
) -> None:
    async with World(tmp_path, example="01-chuyen-nhuong-thuong") as world:
        for path in SERVED:
            if path != "/metrics":
                assert await status(world, "front", path) != 404, path
        assert await status(world, "front", "/callbacks/a/b/c", "POST") == 404


async def test_readiness_stays_with_the_api_while_monitoring_has_no_listener(
    tmp_path: Path,
) -> None:
    world = World(tmp_path, example="01-chuyen-nhuong-thuong")
    world.more_settings = f"\n[console]\nport = {free_port()}\n"
    async with world:
        assert await status(world, "front", "/readyz") == 200
        assert await status(world, "console", "/readyz") == 404


@pytest.mark.parametrize("listener", ["console", "relayed"])
def test_mock_mode_opens_no_further_listener_to_the_network(
    listener: str, tmp_path: Path
) -> None:
    more = {"certificate": "a", "key": "b", "relays": ["c"]}
    given = {"host": "0.0.0.0", **(more if listener == "relayed" else {})}
    with pytest.raises(ValidationError, match="chỉ nghe ở máy này"):
        Settings.model_validate(
            {"profile": "mock", "run_dir": str(tmp_path), listener: given}
        )
