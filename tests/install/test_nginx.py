"""The shipped proxy: two doors, one of them for known certificates only."""

from __future__ import annotations

import asyncio
import io
import os
import re
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import aiohttp
import pytest

from gateway.api import bodies, handing_in, open_calls, work_acts
from gateway.api import open as open_interface
from gateway.api.peers import spki_of
from gateway.domain.identifiers import OfficeId
from gateway.mockagency import pki
from gateway.registry.manifest import ADAPTERS
from gateway.wiring.free_ports import free_port
from tests.world import World, document_of

SHIPPED = Path(__file__).resolve().parents[2] / "deploy" / "nginx" / "lienthong.conf"
pytestmark = pytest.mark.system
MIB = 1024 * 1024
#: The name of the good client's certificate, as nginx writes it.
KNOWN = "CN=may-khach.tot,O=Lien thong - THU NGHIEM"


@dataclass
class Proxy:
    """The shipped file on other ports, with certificates of a test's own authority."""

    folder: Path
    certificates: Path
    front: int
    agencies: int
    upstream: dict[str, int]

    def write(self) -> Path:
        text = SHIPPED.read_text("utf-8")
        for was, now in {
            "listen 443 ssl": f"listen 127.0.0.1:{self.front} ssl",
            "listen [::]:443 ssl": f"listen [::1]:{self.front} ssl",
            "listen 8443 ssl": f"listen 127.0.0.1:{self.agencies} ssl",
            "listen [::]:8443 ssl": f"listen [::1]:{self.agencies} ssl",
            "server 127.0.0.1:8400": f"server 127.0.0.1:{self.upstream['front']}",
            "server 127.0.0.1:8401": f"server 127.0.0.1:{self.upstream['agencies']}",
            "/etc/lienthong/tls/co-quan-ca.pem": f"{self.certificates}/ca.pem",
            "/etc/lienthong/tls/co-quan.map": f"{self.folder}/known.map",
            "/etc/lienthong/tls/mot-cua": f"{self.certificates}/may-chu.tot",
            "/etc/lienthong/tls/co-quan": f"{self.certificates}/may-chu.tot",
            "/var/log/nginx": str(self.folder),
        }.items():
            assert was in text, was
            text = text.replace(was, now)
        (self.folder / "lienthong.conf").write_text(text, "utf-8")
        (self.folder / "known.map").write_text(f'"{KNOWN}" 1;\n', "utf-8")
        temporary = "".join(
            f"{kind}_temp_path {self.folder}/{kind};\n"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        whole = self.folder / "nginx.conf"
        whole.write_text(
            f"daemon off;\n{'user root;' if os.getuid() == 0 else ''}\n"
            f"pid {self.folder}/pid;\nerror_log {self.folder}/error.log warn;\n"
            f"events {{}}\nhttp {{\n{temporary}"
            f"include {self.folder}/lienthong.conf;\n}}\n",
            "utf-8",
        )
        return whole

    def context(self, client: str | None = None) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=str(self.certificates / "ca.pem"))
        if client is not None:
            context.load_cert_chain(*pki.pair(self.certificates, "may-khach", client))
        return context

    async def call(
        self,
        method: str,
        door: int,
        path: str,
        *,
        client: str | None = None,
        host: str = "127.0.0.1",
        **more: Any,
    ) -> tuple[int, str, dict[str, str]]:
        connector = aiohttp.TCPConnector(ssl=self.context(client))
        async with (
            aiohttp.ClientSession(connector=connector) as session,
            session.request(
                method, f"https://{host}:{door}{path}", allow_redirects=False, **more
            ) as answer,
        ):
            return answer.status, await answer.text(), dict(answer.headers)

    def logged(self) -> str:
        return "".join(
            path.read_text("utf-8")
            for path in self.folder.glob("*.log")
            if path.name != "error.log"
        )


NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin") or "nginx"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    world = World(tmp_path / "world", example="01-chuyen-nhuong-thuong")
    world.more_settings = '[sign_in]\nbehind = ["127.0.0.1"]\n'
    async with world:
        yield world


@pytest.fixture
async def proxy(world: World, tmp_path: Path) -> AsyncIterator[Proxy]:
    folder = tmp_path / "nginx"
    folder.mkdir()
    certificates = tmp_path / "pki"
    pki.make(certificates, now=datetime.now(UTC).replace(microsecond=0))
    assert world.gateway is not None
    listening = {
        name: int(url.rpartition(":")[2])
        for name, url in world.gateway.addresses.items()
    }
    made = Proxy(folder, certificates, free_port(), free_port(), listening)
    whole = made.write()
    process = await asyncio.create_subprocess_exec(
        NGINX, "-c", str(whole), "-p", str(folder), stderr=subprocess.PIPE
    )
    try:
        await _listens(made.front, process)
        yield made
    finally:
        process.terminate()
        await process.wait()


async def _listens(port: int, process: asyncio.subprocess.Process) -> None:
    async with asyncio.timeout(20):
        while True:
            assert process.returncode is None, await process.communicate()
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.to_thread(os.sched_yield)
                continue
            writer.close()
            return


def test_nginx_takes_the_shipped_file(tmp_path: Path) -> None:
    certificates = tmp_path / "pki"
    pki.make(certificates, now=datetime.now(UTC).replace(microsecond=0))
    made = Proxy(
        tmp_path, certificates, free_port(), free_port(), {"front": 1, "agencies": 2}
    )
    done = subprocess.run(
        [NGINX, "-t", "-c", str(made.write()), "-p", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "[warn]" not in done.stderr


async def test_a_dossier_goes_in_over_tls_and_pages_open(
    proxy: Proxy, world: World
) -> None:
    token = world.stage.secrets.value("token.one_stop")
    document = document_of("01-chuyen-nhuong-thuong")
    status, text, _ = await proxy.call(
        "POST",
        proxy.front,
        "/v1/dossiers",
        json=document,
        headers={"Authorization": f"Bearer {token}"},
    )
    assert (status, text) == (202, text)
    for host in ("127.0.0.1", "[::1]"):
        status, _, _ = await proxy.call("GET", proxy.front, "/health", host=host)
        assert status == 200


async def test_signing_in_through_the_proxy_sets_a_cookie_for_tls_only(
    proxy: Proxy, world: World
) -> None:
    token = world.stage.secrets.value("token.operator")
    origin = {"Origin": f"https://127.0.0.1:{proxy.front}"}
    status, _, headers = await proxy.call(
        "POST", proxy.front, "/console/dang-nhap", data={"token": token}, headers=origin
    )
    assert status == 303
    assert re.search(r"secure", headers["Set-Cookie"], re.IGNORECASE)
    assert "max-age=31536000" in headers["Strict-Transport-Security"]
    foreign = {"Origin": "https://trang-khac.example"}
    status, _, _ = await proxy.call(
        "POST",
        proxy.front,
        "/console/dang-nhap",
        data={"token": token},
        headers=foreign,
    )
    assert status == 403


@pytest.mark.parametrize("client", [None, "sai-goc", "het-han", "sai-ten"])
async def test_agencies_without_a_known_certificate_are_refused(
    proxy: Proxy, world: World, client: str | None
) -> None:
    key = world.stage.secrets.value("pccc-mau-1.open")
    status, text, _ = await proxy.call(
        "POST",
        proxy.agencies,
        "/open/v1/ping",
        client=client,
        json={},
        headers={"Authorization": f"Bearer {key}"},
    )
    assert (status, "certificate_refused" in text) == (403, True)


async def test_an_agency_with_its_certificate_is_let_in_to_its_side_alone(
    proxy: Proxy, world: World
) -> None:
    key = world.stage.secrets.value("pccc-mau-1.open")
    held = {"Authorization": f"Bearer {key}"}
    for host in ("127.0.0.1", "[::1]"):
        status, text, _ = await proxy.call(
            *("POST", proxy.agencies, "/open/v1/ping"),
            client="tot",
            host=host,
            json={},
            headers=held,
        )
        assert status == 200, text
    for path in ("/", "/v1/dossiers", "/health", "/console/dang-nhap", "/openapi.json"):
        status, _, _ = await proxy.call("GET", proxy.agencies, path, client="tot")
        assert (path, status) == (path, 404)
    for path in ("/open/v1/ping", "/callbacks/land-mau-1/x/y"):
        status, _, _ = await proxy.call("POST", proxy.front, path, json={})
        assert (path, status) == (path, 404)


@pytest.mark.parametrize("forged", [{}, {"Lienthong-Peer-Spki": "sha256:" + "a" * 64}])
async def test_an_office_is_held_to_the_certificate_that_its_entry_names(
    proxy: Proxy, world: World, forged: dict[str, str]
) -> None:
    assert world.gateway is not None
    office = world.gateway.tools.versions.current.offices[OfficeId("pccc-mau-1")]
    key = world.stage.secrets.value("pccc-mau-1.open")
    held = {"Authorization": f"Bearer {key}", **forged}
    mine = spki_of((proxy.certificates / "may-khach.tot.cert.pem").read_bytes())
    settings = cast("dict[str, Any]", office.settings)
    for hashes, expected in ((["sha256:" + "a" * 64], 401), ([f"sha256:{mine}"], 200)):
        settings["client_spki"] = hashes
        status, text, _ = await proxy.call(
            *("POST", proxy.agencies, "/open/v1/ping"),
            client="tot",
            json={},
            headers=held,
        )
        assert status == expected, text


async def test_a_file_passes_without_lying_on_the_disk_of_the_proxy(
    proxy: Proxy, world: World
) -> None:
    # Without its folders nginx could not keep a body aside: it would answer 500.
    for kind in ("client_body", "proxy"):
        shutil.rmtree(proxy.folder / kind)
    token = world.stage.secrets.value("token.one_stop")
    status, text, _ = await proxy.call(
        "POST",
        proxy.front,
        "/v1/attachments",
        data=io.BytesIO(os.urandom(8 * MIB)),
        headers={
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/octet-stream",
        },
    )
    assert (status, text) == (201, text)


async def test_a_gateway_that_is_away_is_told_with_when_to_come_again(
    proxy: Proxy, world: World
) -> None:
    await world.stop_gateway()
    status, text, headers = await proxy.call("GET", proxy.front, "/health")
    assert (status, headers["Retry-After"]) == (503, "30")
    assert "gateway_away" in text


async def test_no_secret_and_no_number_of_a_path_is_logged(
    proxy: Proxy, world: World
) -> None:
    secret = world.stage.secrets.value("land-mau-1.callback")
    path = f"/callbacks/land-mau-1/CapNhat/{secret}"
    await proxy.call("POST", proxy.agencies, path, client="tot", json={})
    await proxy.call("GET", proxy.front, "/v1/dossiers/H00.01-260309-0001")
    await proxy.call("GET", proxy.front, "/console/tim?so=0123456789")
    async with asyncio.timeout(30):
        while proxy.logged().count("\n") < 3:
            await asyncio.to_thread(os.sched_yield)
    said = proxy.logged()
    assert '"part":"/callbacks"' in said
    assert '"part":"/v1"' in said
    for hidden in (secret, "H00.01", "0123456789", "land-mau-1"):
        assert hidden not in said


def test_the_proxy_takes_as_much_as_the_gateway_and_no_more() -> None:
    front, agencies = (
        int(found) * MIB
        for found in re.findall(
            r"client_max_body_size (\d+)m;", SHIPPED.read_text("utf-8")
        )
    )
    assert front == max(
        bodies.MAX_JSON_BYTES, handing_in.MAX_FORM_BYTES, work_acts.MAX_ACT_BYTES
    )
    hosted = [
        int(found)
        for path in ADAPTERS.glob("*/agency*.toml")
        for found in re.findall(
            r"(?m)^max_(?:body|callback)_bytes = (\d+)", path.read_text("utf-8")
        )
    ]
    largest = handing_in.MAX_ATTACHMENT_BYTES + open_interface.AROUND_BYTES
    assert agencies == largest > max(*hosted, open_calls.MAX_PAGE_BYTES)
