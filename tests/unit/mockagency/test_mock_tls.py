"""A mock with TLS shows the certificate that is planned, and knows who calls."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from gateway.mockagency import pki
from gateway.mockagency.scenarios import Scenarios
from gateway.mockagency.server import MockAgency, serve
from gateway.mockagency.wire_tls import TLS
from tests.unit.mockagency.plain import KEY, START, exchange
from tests.unit.mockagency.plans import plan, row

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.timeout(60)
ALERTS = {
    "tls_expired": "certificate has expired",
    "tls_not_yet": "certificate is not yet valid",
    "tls_wrong_name": "Hostname mismatch",
    "tls_wrong_chain": "unable to get local issuer certificate",
    "tls_old": "",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("pki") / "thu"
    pki.make(made, now=datetime.now(UTC))
    return made


@asynccontextmanager
async def listening(
    run: Path, folder: Path, *rows: dict[str, Any], **tls: Any
) -> AsyncIterator[tuple[MockAgency, int]]:
    """The mock, and the port that speaks TLS."""
    mock = MockAgency(
        "electricity",
        {"key": KEY, "tls": {"folder": str(folder), **tls}},
        run,
        start=START,
        scenarios=Scenarios(None),
        faults=list(plan(*rows).faults),
    )
    runner, _ = await serve(mock, 0, shutdown_s=0.1)
    try:
        yield mock, runner.addresses[1][1]
    finally:
        await runner.cleanup()
        await mock.close()


def trusting(folder: Path, shown: str = "") -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=folder / "ca.pem")
    if shown:
        context.load_cert_chain(*pki.pair(folder, "may-khach", shown))
    return context


def tls(do: str, **when: Any) -> dict[str, Any]:
    return {"agency": "electricity", "do": do, **when}


async def refusal(port: int, trusted: ssl.SSLContext) -> str:
    """Why there was no connection; TLS 1.3 lets a client write before it is refused."""
    try:
        seen = await exchange(port, tls=trusted)
    except (ssl.SSLError, ConnectionError) as refused:
        return str(refused)
    assert seen.raw == b""
    return "nothing"


async def test_a_good_certificate_is_shown_where_nothing_is_planned(
    tmp_path: Path, folder: Path
) -> None:
    async with listening(tmp_path, folder) as (mock, port):
        seen = await exchange(port, tls=trusting(folder))
        assert seen.status == 200
        assert len(mock.effects.lines()) == 1


@pytest.mark.parametrize("do", ALERTS)
async def test_a_planned_certificate_is_refused_and_nothing_of_the_request_arrives(
    tmp_path: Path, folder: Path, do: str
) -> None:
    async with listening(tmp_path, folder, tls(do)) as (mock, port):
        told = await refusal(port, trusting(folder))
        assert ALERTS[do] in told
        assert (mock.arrivals.lines(), mock.effects.lines()) == ([], [])
        assert mock.met.lines()[0]["facts"]["do"] == do


async def test_a_certificate_expires_by_the_wall_of_the_mock_and_is_renewed(
    tmp_path: Path, folder: Path
) -> None:
    late = tls("tls_expired", hours="09:00–10:00")
    async with listening(tmp_path, folder, late) as (mock, port):
        trusted = trusting(folder)
        assert (await exchange(port, tls=trusted)).status == 200
        mock.clock.set(START + timedelta(minutes=90))
        assert "expired" in await refusal(port, trusted)
        mock.clock.set(START + timedelta(minutes=150))
        assert (await exchange(port, tls=trusted)).status == 200


async def test_old_protocols_are_all_that_is_spoken_while_that_is_planned(
    tmp_path: Path, folder: Path
) -> None:
    async with listening(tmp_path, folder, tls("tls_old")) as (_, port):
        old = trusting(folder)
        old.set_ciphers("ALL:@SECLEVEL=0")
        with pytest.warns(DeprecationWarning, match="TLSv1 is deprecated"):
            old.minimum_version = ssl.TLSVersion.TLSv1
        with pytest.warns(DeprecationWarning, match="TLSv1_1 is deprecated"):
            old.maximum_version = ssl.TLSVersion.TLSv1_1
        assert (await exchange(port, tls=old)).status == 200


@pytest.mark.parametrize("name", ["", "het-han", "chua-hieu-luc", "sai-goc"])
async def test_who_calls_without_a_good_certificate_is_not_let_in(
    tmp_path: Path, folder: Path, name: str
) -> None:
    async with listening(tmp_path, folder, client=True) as (mock, port):
        await refusal(port, trusting(folder, name))
        assert mock.arrivals.lines() == []
        assert (await exchange(port, tls=trusting(folder, "tot"))).status == 200


async def test_a_plan_knows_a_caller_by_its_certificate(
    tmp_path: Path, folder: Path
) -> None:
    known = row("error_500_before", caller="may-khach.tot")
    async with listening(tmp_path, folder, known, client=True) as (_, port):
        other = await exchange(port, tls=trusting(folder, "sap-het-han"))
        same = await exchange(port, tls=trusting(folder, "tot"))
        assert (other.status, same.status) == (200, 500)


async def test_half_a_close_is_missed_over_tls(tmp_path: Path, folder: Path) -> None:
    async with listening(tmp_path, folder, row("half_close")) as (mock, port):
        waiting = asyncio.create_task(exchange(port, tls=trusting(folder)))
        await asyncio.wait([waiting], timeout=0.3)
        assert not waiting.done()
        assert mock.plan.rows()[0]["missed"] == 1
        mock.release()
        assert (await waiting).raw == b""


def test_a_certificate_that_the_folder_does_not_have_is_named(folder: Path) -> None:
    with pytest.raises(ValueError, match=r"không có chứng thư 'xau'; có: .*, tot"):
        TLS.of({"folder": str(folder), "certificate": "xau"})
    with pytest.raises(ValueError, match="không có chứng thư nào"):
        TLS.of({"folder": str(folder / "khong")})
