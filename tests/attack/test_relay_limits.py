"""Who asks the relay too much, too long, or without a certificate that is known."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import ssl
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from gateway.domain.relay_table import Table, read
from gateway.mockagency import pki
from gateway.relay.pairs import key_hash
from tests.attack.frame import Attack, attacks
from tests.attack.relay_cases import AGENCIES, LENGTH_2, post, statuses
from tests.relays import before_recorder, table

if TYPE_CHECKING:
    from pathlib import Path

    from tests.relays import Outside

pytestmark = pytest.mark.timeout(120)
CLOSE = b"Connection: close\r\n"
GOOD = post(LENGTH_2 + CLOSE)
WRONG = post(LENGTH_2 + CLOSE, target=b"/callbacks/x/y/z")
OFTEN = Attack(19, "calls-too-often", AGENCIES)
ANOTHER = Attack(19, "another-rate-by-a-header", AGENCIES)
DRIP = Attack(32, "body-that-drips", AGENCIES)
NO_HANDSHAKE = Attack(32, "handshake-that-never-comes", AGENCIES)
OLD = Attack(10, "old-tls", AGENCIES)
MANY = attacks(
    (Attack(32, "many-connections-of-one-address", AGENCIES), {"per_peer": 3}),
    (Attack(32, "many-connections", AGENCIES), {"connections": 3}),
)
CERTIFICATES = attacks(
    (Attack(10, "no-certificate", AGENCIES), None),
    (Attack(10, "certificate-of-a-stranger", AGENCIES), "sai-goc"),
    (Attack(10, "certificate-that-has-ended", AGENCIES), "het-han"),
    (Attack(10, "certificate-that-has-not-begun", AGENCIES), "chua-hieu-luc"),
)


@pytest.mark.parametrize("this", [OFTEN], ids=str)
async def test_one_address_that_calls_too_often_is_told_when_to_come_again(
    this: Attack, tmp_path: Path
) -> None:
    few = {"calls_per_s": 0.01, "burst": 3.0}
    async with before_recorder(tmp_path, limits=few) as (outside, core):
        found = [statuses(await outside.raw(one)) for one in (GOOD, WRONG, WRONG, GOOD)]
        answered = await outside.raw(GOOD)
    assert found == [[200], [404], [404], [429]], this
    assert re.search(rb"\r\nRetry-After: [1-9][0-9]*\r\n", answered)
    assert len(core.seen) == 1


async def claimed(outside: Outside, *numbers: int) -> list[list[int]]:
    sent = [post(b"X-Forwarded-For: 10.0.0.%d\r\n" % n + LENGTH_2) for n in numbers]
    return [statuses(await outside.raw(one)) for one in sent]


@pytest.mark.parametrize("this", [ANOTHER], ids=str)
async def test_a_header_does_not_buy_another_rate(this: Attack, tmp_path: Path) -> None:
    few = {"calls_per_s": 0.01, "burst": 2.0}
    async with before_recorder(tmp_path, limits=few) as (outside, _):
        found = await claimed(outside, 1, 2, 3, 4)
    assert found == [[200], [200], [429], [429]], this


@pytest.mark.control
@pytest.mark.parametrize("this", [ANOTHER], ids=str)
async def test_where_a_proxy_of_ours_is_believed_each_caller_has_its_own_rate(
    this: Attack, tmp_path: Path
) -> None:
    few = {"calls_per_s": 0.01, "burst": 1.0}
    near = ("127.0.0.1",)
    async with before_recorder(tmp_path, limits=few, behind=near) as (outside, core):
        found = await claimed(outside, 1, 2, 1)
    assert found == [[200], [200], [429]], this
    peers = [re.findall(rb"(?i)x-lienthong-peer: (\S+)\r\n", one) for one in core.seen]
    assert peers == [[b"10.0.0.1"], [b"10.0.0.2"]]


async def one_more(outside: Outside) -> bytes:
    """What a fourth connection gets while three are held, which go on to be served."""
    held = [await outside.connect() for _ in range(3)]
    for reader, writer in held:
        writer.write(post(LENGTH_2))
        await reader.readuntil(b"\r\n\r\n{}")
    answered = await outside.raw(GOOD)
    for reader, writer in held:
        writer.write(GOOD)
        assert statuses(await reader.read()) == [200]
        writer.close()
    return answered


@pytest.mark.parametrize(("this", "most"), MANY)
async def test_connections_beyond_the_limit_are_closed_and_the_others_served(
    this: Attack, most: dict[str, Any], tmp_path: Path
) -> None:
    async with before_recorder(tmp_path, limits=most) as (outside, _):
        assert await one_more(outside) == b"", this


@pytest.mark.control
@pytest.mark.parametrize(("this", "most"), MANY)
async def test_without_that_limit_one_more_is_served(
    this: Attack, most: dict[str, Any], tmp_path: Path
) -> None:
    wide = dict.fromkeys(most, 1000)
    async with before_recorder(tmp_path, limits=wide) as (outside, _):
        assert statuses(await one_more(outside)) == [200], this


@pytest.mark.parametrize("this", [DRIP], ids=str)
async def test_a_body_that_drips_is_sent_away_however_long_it_drips(
    this: Attack, tmp_path: Path
) -> None:
    slow = {"body_s": 0.3, "bytes_per_s": 1000.0}
    async with before_recorder(tmp_path, limits=slow) as (outside, core):
        reader, writer = await outside.connect()
        writer.write(post(b"Content-Length: 5000\r\n", b"{"))

        async def drip() -> None:
            with contextlib.suppress(OSError):
                while True:
                    writer.write(b" ")
                    await writer.drain()
                    await asyncio.sleep(0.02)  # noqa: TID251  what the attack does

        dripping = asyncio.create_task(drip())
        async with asyncio.timeout(20):
            answered = await reader.readuntil(b"\r\n\r\n")
        dripping.cancel()
        writer.close()
    assert statuses(answered) == [408], this
    assert not core.seen[0].endswith(b" " * 4999)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pki") / "made"
    pki.make(folder, now=datetime.now(UTC).replace(microsecond=0))
    return folder


def door_of(certificates: Path, *, asks: bool = True) -> dict[str, str]:
    certificate, key = pki.pair(certificates, "may-chu", "tot")
    own = {"certificate": str(certificate), "key": str(key)}
    return {**own, **({"clients": str(certificates / "ca.pem")} if asks else {})}


def as_caller(certificates: Path, name: str | None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=certificates / "ca.pem")
    if name is not None:
        context.load_cert_chain(*pki.pair(certificates, "may-khach", name))
    return context


async def over_tls(outside: Outside, context: ssl.SSLContext) -> bytes:
    """What comes back of a good call; nothing where no line comes about."""
    port = int(outside.url().rpartition(":")[2])
    with contextlib.suppress(OSError):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
        try:
            writer.write(GOOD)
            return await reader.read()
        finally:
            writer.transport.abort()
    return b""


@pytest.mark.parametrize(("this", "name"), CERTIFICATES)
async def test_a_certificate_that_is_not_good_gets_nowhere(
    this: Attack, name: str | None, certificates: Path, tmp_path: Path
) -> None:
    tls = door_of(certificates)
    async with before_recorder(tmp_path, tls=tls) as (outside, core):
        assert await over_tls(outside, as_caller(certificates, name)) == b"", this
    assert core.seen == []


@pytest.mark.control
@pytest.mark.parametrize(("this", "name"), CERTIFICATES)
async def test_a_door_that_asks_for_none_lets_it_in(
    this: Attack, name: str | None, certificates: Path, tmp_path: Path
) -> None:
    tls = door_of(certificates, asks=False)
    async with before_recorder(tmp_path, tls=tls) as (outside, _):
        answered = await over_tls(outside, as_caller(certificates, name))
    assert statuses(answered) == [200], this


@pytest.mark.honest
@pytest.mark.parametrize("this", [Attack(10, "good-certificate", AGENCIES)], ids=str)
async def test_the_core_is_told_which_key_an_agency_showed(
    this: Attack, certificates: Path, tmp_path: Path
) -> None:
    async with before_recorder(tmp_path, tls=door_of(certificates)) as (outside, core):
        answered = await over_tls(outside, as_caller(certificates, "tot"))
    assert statuses(answered) == [200], this
    shown = pki.pair(certificates, "may-khach", "tot")[0].read_text("ascii")
    spki = key_hash(ssl.PEM_cert_to_DER_cert(shown))
    assert f"x-lienthong-certificate: {spki}\r\n".encode() in core.seen[0].lower()


@pytest.mark.parametrize("this", [OLD], ids=str)
async def test_old_tls_gets_nowhere(
    this: Attack, certificates: Path, tmp_path: Path
) -> None:
    old = as_caller(certificates, "tot")
    old.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        old.minimum_version = ssl.TLSVersion.TLSv1
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        old.maximum_version = ssl.TLSVersion.TLSv1_1
    async with before_recorder(tmp_path, tls=door_of(certificates)) as (outside, core):
        assert await over_tls(outside, old) == b"", this
    assert core.seen == []


@pytest.mark.parametrize("this", [NO_HANDSHAKE], ids=str)
async def test_a_handshake_that_never_comes_is_not_waited_for(
    this: Attack, certificates: Path, tmp_path: Path
) -> None:
    quick = {"handshake_s": 0.3}
    async with before_recorder(tmp_path, tls=door_of(certificates), limits=quick) as (
        outside,
        _,
    ):
        assert await outside.raw(GOOD) == b"", this
        reader, writer = await outside.connect()
        async with asyncio.timeout(20):
            assert await reader.read() == b""
        writer.close()


STOLEN = attacks(
    (Attack(10, "another-partners-certificate", AGENCIES), "tot"),
    (Attack(10, "certificate-of-another-machine", AGENCIES), "sai-ten"),
)


def bound_to(certificates: Path, name: str) -> Table:
    """The table with its first call bound to the key of one certificate."""
    shown = pki.pair(certificates, "may-khach", name)[0].read_text("ascii")
    spki = key_hash(ssl.PEM_cert_to_DER_cert(shown))
    content = json.loads(table().written())
    content["doors"]["agencies"][0]["certificates"] = [spki]
    return read(json.dumps(content).encode())


@pytest.mark.parametrize(("this", "name"), STOLEN)
async def test_a_stolen_secret_is_none_without_its_certificate(
    this: Attack, name: str, certificates: Path, tmp_path: Path
) -> None:
    written = bound_to(certificates, "sap-het-han")
    tls = door_of(certificates)
    async with before_recorder(tmp_path, tls=tls, written=written) as (outside, core):
        answered = await over_tls(outside, as_caller(certificates, name))
        assert statuses(answered) == [404], this
        assert core.seen == []
        own = await over_tls(outside, as_caller(certificates, "sap-het-han"))
        assert statuses(own) == [200]


@pytest.mark.control
@pytest.mark.parametrize(("this", "name"), STOLEN)
async def test_where_no_certificate_is_named_any_good_one_will_do(
    this: Attack, name: str, certificates: Path, tmp_path: Path
) -> None:
    async with before_recorder(tmp_path, tls=door_of(certificates)) as (outside, _):
        answered = await over_tls(outside, as_caller(certificates, name))
    assert statuses(answered) == [200], this


@pytest.mark.parametrize("this", [Attack(10, "secret-in-the-clear", AGENCIES)], ids=str)
async def test_what_is_bound_does_not_pass_a_door_that_asks_for_no_certificate(
    this: Attack, certificates: Path, tmp_path: Path
) -> None:
    written = bound_to(certificates, "tot")
    async with before_recorder(tmp_path, written=written) as (outside, core):
        assert statuses(await outside.raw(GOOD)) == [404], this
    assert core.seen == []
