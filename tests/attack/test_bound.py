"""A right secret with another party's certificate, and headers that say whose it was."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import aiohttp
import pytest
import pytest_asyncio

from gateway.api.peers import spki_of
from gateway.mockagency import pki
from tests.attack.frame import Attack, attacks
from tests.open_calls import FETCHES, nobody_comes
from tests.world import World, quick

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(120)]
SPKI, CERT = "Lienthong-Peer-Spki", "Lienthong-Peer-Cert"
OWN, NEXT, OTHER = "a" * 64, "b" * 64, "c" * 64
#: Door → whose it is, the name of its secret.
DOORS = {
    "/callbacks path": ("land-mau-1", "land-mau-1.callback"),
    "/callbacks body": ("dien-luc-mau", "dien-luc-mau.callback"),
    "/open/v1": (FETCHES, f"{FETCHES}.open"),
    "/v1": ("mot-cua-mau", "token.one_stop"),
    "/v1/dossiers": ("mot-cua-mau", "token.one_stop"),
    "/dropin": ("mot-cua-noi-thang", "mot-cua-noi-thang.dropin"),
}
FORGED = {
    "no-certificate": {},
    "other-partners-key": {SPKI: f"sha256:{OTHER}"},
    "half-a-hash": {SPKI: f"sha256:{OWN[:32]}"},
    "no-hash": {SPKI: "sha256:khong-phai"},
    "empty": {SPKI: ""},
    "list-of-hashes": {SPKI: f"sha256:{OTHER}, sha256:{OWN}"},
    "no-certificate-in-pem": {CERT: quote("-----BEGIN CERTIFICATE-----\nAA==\n")},
}


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A certificate in PEM."""
    folder = tmp_path_factory.mktemp("pki")
    pki.make(folder, now=datetime.now(UTC).replace(microsecond=0))
    return (folder / "may-khach.tot.cert.pem").read_text("utf-8")


def bound(config: Path, *hashes: str) -> None:
    """Every party of the doors is known by its certificates."""
    nobody_comes(config)
    quick(config)
    listed = ", ".join(f'"sha256:{one}"' for one in hashes)
    for office in {whose for whose, _ in DOORS.values()}:
        for path in (config / "agencies").glob("*.toml"):
            text = path.read_text("utf-8")
            entry = re.compile(rf'^id = "{office}"$', re.MULTILINE)
            told = f'id = "{office}"\nclient_spki = [{listed}]'
            path.write_text(entry.sub(told, text), "utf-8")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(
    tmp_path_factory: pytest.TempPathFactory, shown: str
) -> AsyncIterator[World]:
    """Behind a proxy of ours, which the tests are."""
    hashes = (OWN, NEXT, spki_of(shown.encode()))
    world = World(
        tmp_path_factory.mktemp("bound") / "run", configure=lambda c: bound(c, *hashes)
    )
    world.more_settings = '[sign_in]\nbehind = ["127.0.0.1"]\n'
    async with world:
        yield world


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bare(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """The same without a proxy: nobody's word counts."""
    world = World(
        tmp_path_factory.mktemp("bare") / "run", configure=lambda c: bound(c, OWN)
    )
    async with world:
        yield world


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def unbound(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """Entries that name no certificate: the variant left open."""
    world = World(tmp_path_factory.mktemp("open") / "run", configure=nobody_comes)
    world.more_settings = '[sign_in]\nbehind = ["127.0.0.1"]\n'
    async with world:
        yield world


_PLACES: dict[tuple[Any, ...], int] = {}


async def come(
    world: World, door: str, headers: dict[str, str], secret: str = ""
) -> tuple[int, bytes]:
    secret = secret or world.stage.secrets.value(DOORS[door][1])
    front, agencies = world.stage.url("front"), world.stage.url("agencies")
    bearer = {"Authorization": f"Bearer {secret}"}
    ways: dict[str, tuple[str, str, dict[str, str], Any]] = {
        "/callbacks path": (
            *("POST", f"{agencies}/callbacks/land-mau-1/ChuyenHoSo/{secret}", {}, {}),
        ),
        "/callbacks body": (
            *("POST", f"{agencies}/callbacks/dien-luc-mau/CapNhatTienDo", {}),
            {"KHOA": secret},
        ),
        "/open/v1": ("POST", f"{agencies}/open/v1/ping", bearer, {}),
        "/v1": ("GET", f"{front}/v1/dossiers", bearer, None),
        "/v1/dossiers": ("POST", f"{front}/v1/dossiers", bearer, {}),
        "/dropin": (
            "POST",
            f"{front}/dropin/mot-cua-noi-thang/land-mau-4/{secret}/vbdlis/tiepnhan",
            *({}, {}),
        ),
    }
    method, url, own, body = ways[door]
    # Each has tries of its own.
    place = _PLACES.setdefault((door, *headers.items()), len(_PLACES))
    own = {**own, "X-Forwarded-For": f"192.0.2.{place}"}
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, url, json=body, headers={**own, **headers}) as answer,
    ):
        return answer.status, await answer.read()


@pytest.mark.parametrize(
    ("attack", "technique", "door"),
    attacks(
        *(
            (Attack(10, technique, d), technique, d)
            for technique in FORGED
            for d in DOORS
        )
    ),
)
async def test_a_right_secret_with_no_certificate_of_its_own_is_a_wrong_one(
    world: World, attack: Attack, technique: str, door: str
) -> None:
    refused = await come(world, door, FORGED[technique])
    assert refused == await come(world, door, FORGED[technique], "doan-mo")
    if door != "/callbacks body":
        assert refused == await come(world, door, {SPKI: OWN}, "doan-mo")
    else:
        # Not even read: its secret would have to be held to be looked at.
        assert refused[0] == 404


@pytest.mark.parametrize(
    ("attack", "door"),
    attacks(*((Attack(10, "forged-by-the-caller", d), d) for d in DOORS)),
)
async def test_what_a_caller_says_of_its_own_certificate_is_not_believed(
    bare: World, attack: Attack, door: str
) -> None:
    refused = await come(bare, door, {SPKI: f"sha256:{OWN}"})
    assert refused == await come(bare, door, {SPKI: f"sha256:{OWN}"}, "doan-mo")


@pytest.mark.control
@pytest.mark.parametrize(
    ("attack", "door"),
    attacks(*((Attack(10, "other-partners-key", d), d) for d in DOORS)),
)
async def test_an_entry_without_a_certificate_lets_the_same_call_in(
    unbound: World, attack: Attack, door: str
) -> None:
    there = await come(unbound, door, FORGED["other-partners-key"])
    wrong = await come(unbound, door, FORGED["other-partners-key"], "doan-mo")
    assert there != wrong


@pytest.mark.honest
@pytest.mark.parametrize(
    ("attack", "door"),
    attacks(*((Attack(10, "other-partners-key", d), d) for d in DOORS)),
)
async def test_its_own_certificate_the_next_one_and_its_pem_are_let_in(
    world: World, attack: Attack, door: str, shown: str
) -> None:
    wrong = await come(world, door, {SPKI: OWN}, "doan-mo")
    for headers in (
        {SPKI: f"sha256:{OWN}"},
        {SPKI: OWN.upper()},
        {SPKI: f"sha256:{NEXT}"},
        {CERT: quote(shown)},
    ):
        there = await come(world, door, headers)
        assert there != wrong
        assert there[0] not in {401, 404}
