"""A connection that is not to be trusted carries no byte of a request."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import pytest

from gateway.carriers.failures import MayHaveLeft, NothingLeft
from gateway.carriers.http import Timeouts
from gateway.carriers.tls import tls_context
from gateway.domain.words import WORDS
from tests.unit.carriers.conftest import (
    PATIENT,
    QUICK,
    Agency,
    Authority,
    Peer,
    carrying,
    hang,
)

if TYPE_CHECKING:
    from pathlib import Path


async def fine(peer: Peer) -> None:
    while True:
        await peer.request()
        await peer.answer(204)


async def failure(
    url: str, trusted: ssl.SSLContext, timeouts: Timeouts = PATIENT
) -> NothingLeft | MayHaveLeft:
    async with carrying(url, tls=trusted) as carrier:
        with pytest.raises((NothingLeft, MayHaveLeft)) as failed:
            await carrier.send("POST", "/in", body=b"{}", timeouts=timeouts)
    error = failed.value
    assert isinstance(error, NothingLeft | MayHaveLeft)
    return error


@pytest.fixture
def trusted(authority: Authority) -> ssl.SSLContext:
    return tls_context(authorities=authority.path)


async def test_a_registered_authority_and_the_right_name_are_enough(
    authority: Authority, trusted: ssl.SSLContext
) -> None:
    tls = authority.issue("127.0.0.1").serving()
    async with Agency(fine, tls) as agency, carrying(agency.url, tls=trusted) as c:
        answer = await c.send("POST", "/in", body=b"{}", timeouts=PATIENT)
    assert (answer.status, len(agency.requests)) == (204, 1)


async def test_an_unknown_authority_a_wrong_name_and_an_old_date_are_not(
    authority: Authority, stranger: Authority, trusted: ssl.SSLContext
) -> None:
    served = {
        "untrusted": stranger.issue("127.0.0.1"),
        "of_another": authority.issue("127.0.0.2"),
        "expired": authority.issue("127.0.0.1", until=2021),
    }
    for why, issued in served.items():
        async with Agency(fine, issued.serving()) as agency:
            error = await failure(agency.url, trusted)
        assert isinstance(error, NothingLeft), why
        assert error.reason == "certificate", why
        assert error.code == f"agency_certificate_{why}"
        assert error.remedy == WORDS[error.code].next_action
        assert agency.requests == [], why


async def test_authorities_of_the_system_are_not_enough_where_others_are_registered(
    authority: Authority, trusted: ssl.SSLContext
) -> None:
    assert len(trusted.get_ca_certs()) == 1
    async with Agency(fine, authority.issue("127.0.0.1").serving()) as agency:
        error = await failure(agency.url, tls_context())
    assert (type(error), error.reason) == (NothingLeft, "certificate")


async def test_an_agency_without_tls_gets_nothing(trusted: ssl.SSLContext) -> None:
    async def plain(peer: Peer) -> None:
        await peer.reader.read(1)
        await peer.send(b"HTTP/1.1 400 no TLS here\r\n\r\n")

    async with Agency(plain) as agency:
        error = await failure(agency.url.replace("http:", "https:"), trusted)
    assert (type(error), error.reason) == (NothingLeft, "tls")


async def test_a_handshake_that_is_cut_or_hangs_lets_nothing_leave(
    trusted: ssl.SSLContext,
) -> None:
    async def cut(peer: Peer) -> None:
        await peer.reader.read(1)

    async def reset(peer: Peer) -> None:
        await peer.reader.read(1)
        peer.reset()

    async def hangs(peer: Peer) -> None:
        await peer.reader.read(1)
        await hang()

    for play, reasons in (
        (cut, {"connect", "tls", "reset"}),
        (reset, {"connect", "tls", "reset"}),
        (hangs, {"timeout"}),
    ):
        async with Agency(play) as agency:
            url = agency.url.replace("http:", "https:")
            error = await failure(url, trusted, QUICK)
        assert isinstance(error, NothingLeft), play
        assert error.reason in reasons, play
        # Tried a second time where a moment may help, never a third.
        assert agency.connections == (1 if play is hangs else 2)


async def test_a_first_handshake_that_fails_is_tried_once_more(
    authority: Authority, trusted: ssl.SSLContext
) -> None:
    served = authority.issue("127.0.0.1").serving()

    async def second_time_lucky(peer: Peer) -> None:
        if agency.connections == 1:
            peer.reset()
            return
        await peer.writer.start_tls(served)
        await fine(peer)

    async with Agency(second_time_lucky) as agency:
        url = agency.url.replace("http:", "https:")
        async with carrying(url, tls=trusted) as carrier:
            answer = await carrier.send("POST", "/in", body=b"{}", timeouts=PATIENT)
    assert answer.status == 204
    assert (agency.connections, len(agency.requests)) == (2, 1)


async def test_tls_older_than_1_2_is_not_spoken(
    authority: Authority, trusted: ssl.SSLContext
) -> None:
    old = authority.issue("127.0.0.1").serving()
    old.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        old.minimum_version = ssl.TLSVersion.TLSv1_1
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        old.maximum_version = ssl.TLSVersion.TLSv1_1
    async with Agency(fine, old) as agency:
        error = await failure(agency.url, trusted)
    assert isinstance(error, NothingLeft)
    assert error.reason in {"tls", "connect"}
    # The control: one version more, and the same agency is spoken to.
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    async with Agency(fine, old) as agency, carrying(agency.url, tls=trusted) as c:
        answer = await c.send("POST", "/in", body=b"{}", timeouts=PATIENT)
    assert answer.status == 204


async def test_a_client_certificate_is_shown_where_it_is_asked_for(
    authority: Authority, stranger: Authority
) -> None:
    asking = authority.issue("127.0.0.1").serving()
    asking.verify_mode = ssl.CERT_REQUIRED
    asking.load_verify_locations(authority.path)
    ours = authority.issue("127.0.0.9")
    shown = tls_context(
        authorities=authority.path, certificate=ours.certificate, key=ours.key
    )
    async with Agency(fine, asking) as agency, carrying(agency.url, tls=shown) as c:
        answer = await c.send("POST", "/in", body=b"{}", timeouts=PATIENT)
    assert (answer.status, len(agency.requests)) == (204, 1)


async def test_a_missing_client_certificate_is_never_a_delivery(
    authority: Authority, trusted: ssl.SSLContext
) -> None:
    asking = authority.issue("127.0.0.1").serving()
    asking.verify_mode = ssl.CERT_REQUIRED
    asking.load_verify_locations(authority.path)
    for version, kind in (
        (ssl.TLSVersion.TLSv1_2, NothingLeft),
        # TLS 1.3 lets us write before it tells that it refuses us.
        (ssl.TLSVersion.TLSv1_3, MayHaveLeft),
    ):
        asking.minimum_version = asking.maximum_version = version
        async with Agency(fine, asking) as agency:
            error = await failure(agency.url, trusted)
        assert isinstance(error, kind)
        assert agency.requests == []


async def test_a_plain_request_to_a_tls_port_may_have_left(
    authority: Authority,
) -> None:
    async with (
        Agency(fine, authority.issue("127.0.0.1").serving()) as agency,
        carrying(agency.url.replace("https:", "http:")) as carrier,
    ):
        with pytest.raises(MayHaveLeft):
            await carrier.send("POST", "/in", body=b"{}", timeouts=PATIENT)


async def test_a_reset_over_tls_after_the_request_may_have_left(
    authority: Authority, trusted: ssl.SSLContext
) -> None:
    async def reset(peer: Peer) -> None:
        await peer.request()
        peer.reset()

    async with Agency(reset, authority.issue("127.0.0.1").serving()) as agency:
        error = await failure(agency.url, trusted)
    assert isinstance(error, MayHaveLeft)
    assert (agency.connections, len(agency.requests)) == (1, 1)


def test_files_that_are_missing_or_no_certificates_are_told_at_once(
    tmp_path: Path, authority: Authority
) -> None:
    (tmp_path / "empty.pem").write_bytes(b"")
    ours = authority.issue("127.0.0.1")
    for arguments in (
        {"authorities": tmp_path / "missing.pem"},
        {"authorities": tmp_path / "empty.pem"},
        {"certificate": tmp_path / "missing.pem", "key": ours.key},
        {"certificate": ours.certificate, "key": ours.certificate},
    ):
        with pytest.raises(OSError, match=r".+"):
            tls_context(**arguments)
