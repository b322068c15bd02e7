"""A look over a sharing platform says whose it is, and what we show of ourselves how long."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import pytest

from gateway.carriers.reaching import LineReach, Way
from gateway.carriers.tls import tls_context
from gateway.domain.check import Result, Step, Whose
from gateway.domain.check_words import told
from gateway.wiring.office_tls import OwnTLS
from tests.unit.carriers.conftest import Agency, Authority, carrying, closed_port
from tests.unit.carriers.test_platforms import Ground, fault
from tests.unit.carriers.test_platforms import ground as ground  # noqa: PLC0414
from tests.unit.carriers.test_reaching import failed, fine, looked

if TYPE_CHECKING:
    from pathlib import Path


async def test_a_platform_is_asked_for_a_token_and_then_called_once(
    ground: Ground,
) -> None:
    async with ground.lgsp() as carrier:
        found = await looked(carrier)
    assert found[Step.SIGN_IN].code == "sign_in_token"
    assert found[Step.CALL].result is Result.DONE
    assert (len(ground.platform.logins), len(ground.platform.calls)) == (1, 1)
    assert "mat-khau-mau" not in str(found)


async def test_what_a_platform_refuses_is_a_matter_of_who_runs_it(
    ground: Ground,
) -> None:
    answers = {
        (403, "900908"): "chưa cho cổng gọi dịch vụ",
        (404, "404"): "không có dịch vụ hoặc đường dẫn",
    }
    for (status, code), words in answers.items():
        ground.platform.answers.append((status, fault(code), b""))
        async with ground.lgsp() as carrier:
            step, said = failed(await looked(carrier))
        assert (step, said.whose) == (Step.CALL, Whose.PLATFORM)
        assert words in said.sentence


async def test_a_platform_that_is_away_is_no_fault_of_the_agency(
    ground: Ground,
) -> None:
    origin = f"http://127.0.0.1:{closed_port()}"
    async with ground.lgsp(origin=origin) as carrier:
        step, said = failed(await looked(carrier))
    assert (step, said.whose) == (Step.CONNECT, Whose.PLATFORM)
    assert "đơn vị vận hành nền tảng" in said.sentence


async def test_a_certificate_that_a_server_wants_and_we_do_not_show_is_told(
    authority: Authority,
) -> None:
    asking = authority.issue("127.0.0.1").serving()
    asking.verify_mode = ssl.CERT_REQUIRED
    asking.load_verify_locations(authority.path)
    trusted = tls_context(authorities=authority.path)
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        asking.minimum_version = asking.maximum_version = version
        async with (
            Agency(fine, asking) as agency,
            carrying(agency.url, tls=trusted) as c,
        ):
            step, said = failed(await looked(c))
        assert step in {Step.TLS, Step.CALL}, version
        assert "chứng thư" in said.sentence
        assert agency.requests == []


@pytest.mark.parametrize(
    ("until", "code"),
    [(2040, "sign_in_certificate"), (2021, "sign_in_certificate_over")],
)
async def test_what_we_show_is_told_with_the_days_that_it_has_left(
    authority: Authority, tmp_path: Path, until: int, code: str
) -> None:
    ours = authority.issue("127.0.0.9", until=until)
    (tmp_path / "ca.pem").write_bytes(authority.path.read_bytes())
    (tmp_path / "cong.cert.pem").write_bytes(ours.certificate.read_bytes())
    (tmp_path / "cong.key.pem").write_bytes(ours.key.read_bytes())
    asking = authority.issue("127.0.0.1").serving()
    said = {"authorities": "ca.pem", "certificate": "cong"}
    async with Agency(fine, asking) as agency:
        carrier = OwnTLS(agency.url, 2, said, tmp_path)
        found = await looked(carrier)
        await carrier.close()
    assert found[Step.SIGN_IN].code == code
    assert "PRIVATE" not in str(found)


async def test_a_missing_file_of_ours_is_told_before_anything_is_connected(
    tmp_path: Path,
) -> None:
    carrier = OwnTLS("https://127.0.0.1:1/api", 2, {"authorities": "ca.pem"}, tmp_path)
    (found,) = await LineReach(Way(carrier)).look(timeout_s=5.0)
    assert (found.step, found.result) == (Step.ENTRY, Result.FAILED)
    assert told(found).whose is Whose.US
