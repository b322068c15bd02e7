"""A look at a line names the step that is in the way, what it shows, and who has to act."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from gateway.carriers.carrier import Carrier
from gateway.carriers.http import HTTPCarrier
from gateway.carriers.logins import TokenEndpoint
from gateway.carriers.reaching import LineReach, Way
from gateway.carriers.tls import tls_context
from gateway.carriers.tokens import TokenKeeper
from gateway.clocks.clock import VirtualClock
from gateway.domain.attempt import Outcome
from gateway.domain.check import Finding, Result, Step, Whose
from gateway.domain.check_words import Told, told
from gateway.ports.agency import Answer
from gateway.store.sqlite import SQLiteStore
from gateway.vault.keyring import Keyring
from gateway.vault.local import LocalVault
from tests.unit.carriers.conftest import (
    Agency,
    Authority,
    Peer,
    carrying,
    closed_port,
    hang,
)

NOW = datetime(2026, 3, 10, 1, tzinfo=UTC)
#: Real seconds of a look that has to wait for nothing, and of one that waits in vain.
PATIENT_S, SHORT_S = 20.0, 1.2
SECRET = "mat-khau-rat-kin"


async def fine(peer: Peer) -> None:
    while True:
        await peer.request()
        now = format_datetime(datetime.now(UTC), usegmt=True)
        await peer.answer(200, b"", f"Date: {now}\r\n".encode())


async def looked(
    carrier: Carrier, *, timeout_s: float = PATIENT_S, way: Way | None = None
) -> dict[Step, Finding]:
    reach = LineReach(way or Way(carrier))
    return {one.step: one for one in await reach.look(timeout_s=timeout_s)}


def failed(found: Mapping[Step, Finding]) -> tuple[Step, Told]:
    """The one step that failed, in words; every later one was left."""
    (one,) = [one for one in found.values() if one.result is Result.FAILED]
    steps: Sequence[Step] = list(Step)
    for other in found.values():
        if other.step is not Step.CLOCK and steps.index(other.step) > steps.index(
            one.step
        ):
            assert other.result is Result.LEFT, other
    return one.step, told(one)


@pytest.fixture
def trusted(authority: Authority) -> ssl.SSLContext:
    return tls_context(authorities=authority.path)


async def test_a_line_that_is_up_tells_whose_certificate_it_is_and_how_long(
    authority: Authority, trusted: ssl.SSLContext
) -> None:
    tls = authority.issue("127.0.0.1").serving()
    async with Agency(fine, tls) as agency, carrying(agency.url, tls=trusted) as c:
        found = await looked(c)
    assert {step: one.result for step, one in found.items()} == {
        Step.NAME: Result.NONE,
        Step.CONNECT: Result.DONE,
        Step.TLS: Result.DONE,
        Step.SIGN_IN: Result.NONE,
        Step.CALL: Result.DONE,
        Step.CLOCK: Result.DONE,
    }
    days = (datetime(2040, 1, 1, tzinfo=UTC) - datetime.now(UTC)).days
    assert (
        f"VI DU, do registered cấp, còn {days} ngày" in told(found[Step.TLS]).sentence
    )
    # One connection to see, one for the certificate, one that asked; nothing else.
    assert [request.split(b" ")[0] for request in agency.requests] == [b"GET"]


async def test_a_name_that_nobody_knows_is_a_matter_of_the_network() -> None:
    async with carrying("https://khong-co.invalid/api") as carrier:
        step, said = failed(await looked(carrier))
    assert (step, said.whose) == (Step.NAME, Whose.NETWORK)
    assert "khong-co.invalid" in said.sentence


async def test_a_closed_port_is_told_with_its_number() -> None:
    port = closed_port()
    async with carrying(f"http://127.0.0.1:{port}/api") as carrier:
        step, said = failed(await looked(carrier))
    assert (step, said.whose) == (Step.CONNECT, Whose.AGENCY)
    assert f"127.0.0.1 không mở cổng {port}" in said.sentence


async def test_a_port_that_answers_nothing_is_a_matter_of_walls_between() -> None:
    with contextlib.ExitStack() as stack:
        full = stack.enter_context(socket.socket())
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        # Its queue is full: whoever comes now hears nothing.
        for _ in range(3):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        url = f"http://127.0.0.1:{full.getsockname()[1]}/api"
        async with carrying(url) as carrier:
            step, said = failed(await looked(carrier, timeout_s=SHORT_S))
    assert (step, said.whose) == (Step.CONNECT, Whose.NETWORK)
    assert "tường lửa" in said.sentence


async def test_a_server_that_never_shakes_hands_is_told_from_one_that_never_answers(
    trusted: ssl.SSLContext,
) -> None:
    async def silent(peer: Peer) -> None:
        await peer.reader.read(1)
        await hang()

    async with Agency(silent) as agency:
        tls_url = agency.url.replace("http:", "https:")
        async with carrying(tls_url, tls=trusted) as carrier:
            step, said = failed(await looked(carrier, timeout_s=SHORT_S))
        assert (step, said.whose) == (Step.TLS, Whose.AGENCY)
        assert "im lặng" in said.sentence
        async with carrying(agency.url) as carrier:
            step, said = failed(await looked(carrier, timeout_s=SHORT_S))
    assert (step, said.whose) == (Step.CALL, Whose.AGENCY)
    assert "không có câu trả lời" in said.sentence


async def test_a_certificate_that_is_over_or_of_another_or_of_a_stranger_says_which(
    authority: Authority, stranger: Authority, trusted: ssl.SSLContext
) -> None:
    served = {
        "đã hết hạn từ 01/01/2021": (
            authority.issue("127.0.0.1", until=2021),
            Whose.AGENCY,
        ),
        "mang tên 127.0.0.2, không phải 127.0.0.1": (
            authority.issue("127.0.0.2"),
            Whose.US,
        ),
        "do stranger cấp, mà cổng chưa tin stranger": (
            stranger.issue("127.0.0.1"),
            Whose.US,
        ),
    }
    for words, (issued, whose) in served.items():
        async with (
            Agency(fine, issued.serving()) as agency,
            carrying(agency.url, tls=trusted) as carrier,
        ):
            step, said = failed(await looked(carrier))
        assert (step, said.whose) == (Step.TLS, whose), words
        assert words in said.sentence
        assert agency.requests == [], "nothing is said to whom nobody knows"


async def test_a_server_without_tls_is_told(trusted: ssl.SSLContext) -> None:
    async def plain(peer: Peer) -> None:
        await peer.reader.read(1)
        await peer.send(b"HTTP/1.1 400 no TLS here\r\n\r\n")

    async with Agency(plain) as agency:
        url = agency.url.replace("http:", "https:")
        async with carrying(url, tls=trusted) as carrier:
            step, said = failed(await looked(carrier))
    assert (step, said.whose) == (Step.TLS, Whose.AGENCY)


async def test_a_clock_that_is_ten_minutes_off_is_told_with_its_direction() -> None:
    for minutes, word in (
        (10, "nhanh hơn cổng 10 phút"),
        (-10, "chậm hơn cổng 10 phút"),
    ):

        async def off(peer: Peer, minutes: int = minutes) -> None:
            await peer.request()
            there = datetime.now(UTC) + timedelta(minutes=minutes)
            date = format_datetime(there, usegmt=True)
            await peer.answer(404, b"", f"Date: {date}\r\n".encode())

        async with Agency(off) as agency, carrying(agency.url) as carrier:
            step, said = failed(await looked(carrier))
        assert step is Step.CLOCK
        assert word in said.sentence
    # The control: an answer that tells no time is no failure.

    async def timeless(peer: Peer) -> None:
        await peer.request()
        await peer.answer(404)

    async with Agency(timeless) as agency, carrying(agency.url) as carrier:
        found = await looked(carrier)
    assert found[Step.CLOCK].result is Result.NONE


async def test_a_server_that_knows_us_not_is_a_sign_in_that_failed() -> None:
    async def strict(peer: Peer) -> None:
        await peer.request()
        await peer.answer(401)

    async with Agency(strict) as agency, carrying(agency.url) as carrier:
        step, said = failed(await looked(carrier))
    assert (step, said.whose) == (Step.SIGN_IN, Whose.US)
    assert "401" in said.sentence


async def test_a_server_in_trouble_is_told_from_one_that_lacks_the_method() -> None:
    for status, result in (
        (500, Result.FAILED),
        (501, Result.DONE),
        (405, Result.DONE),
    ):

        async def answers(peer: Peer, status: int = status) -> None:
            await peer.request()
            await peer.answer(status)

        async with Agency(answers) as agency, carrying(agency.url) as carrier:
            found = await looked(carrier)
        assert found[Step.CALL].result is result, status


async def test_an_answer_that_nobody_reads_to_its_end_is_an_answer() -> None:
    async def endless(peer: Peer) -> None:
        await peer.request()
        await peer.send(b"HTTP/1.1 200 X\r\nContent-Length: 99999999999\r\n\r\n")
        await hang()

    async with Agency(endless) as agency, carrying(agency.url) as carrier:
        found = await looked(carrier)
    assert found[Step.CALL].code == "answers"


async def test_the_interface_s_own_call_is_made_instead_and_speaks_its_own_words() -> (
    None
):
    words = {"khoa_sai": ("Khóa sai", "Hỏi cơ quan")}
    found: dict[Step, Finding] = {}
    for answer, result in (
        (Answer(Outcome.DELIVERED, "ok"), Result.DONE),
        (Answer(Outcome.NEEDS_CONFIGURATION, "khoa_sai"), Result.FAILED),
    ):

        async def ping(*, timeout_s: float, answer: Answer = answer) -> Answer:
            assert timeout_s > 0
            return answer

        async with Agency(fine) as agency, carrying(agency.url) as carrier:
            found = await looked(carrier, way=Way(carrier, (), ping, words))
        assert agency.requests == []
        assert found[Step.CALL].result is result
    assert told(found[Step.CALL]).sentence == "Khóa sai. Hỏi cơ quan."


# ------------------------------------------------------------------ tokens


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SQLiteStore]:
    opened = await SQLiteStore.open(tmp_path / "store.db", group_max=1, node="n1")
    yield opened
    await opened.close()


async def test_a_token_that_is_refused_is_told_without_the_password(
    store: SQLiteStore, tmp_path: Path
) -> None:
    grants = [(400, {"error": "invalid_grant"}), (200, {"access_token": "t"})]
    vault = LocalVault(Keyring.open(tmp_path / "keys", may_create=True))

    async def gives(peer: Peer) -> None:
        while True:
            whole = await peer.request()
            if b"/token" not in whole.split(b"\r\n")[0]:
                await peer.answer(404)
                continue
            status, said = grants[0]
            await peer.answer(status, json.dumps(said).encode())

    async with Agency(gives) as agency, carrying(agency.url) as carrier:

        def keeper(name: str) -> TokenKeeper:
            fields = {"grant_type": "password", "password": SECRET}
            login = TokenEndpoint(carrier, "token", fields, now=lambda: NOW)
            return TokenKeeper(
                name, login, sessions=store, vault=vault, clock=VirtualClock(NOW)
            )

        found = await looked(carrier, way=Way(carrier, (keeper("a"),)))
        step, said = failed(found)
        assert (step, said.whose) == (Step.SIGN_IN, Whose.US)
        assert "không nhận tài khoản hoặc mật khẩu" in said.sentence
        assert SECRET not in str([told(one) for one in found.values()])
        assert SECRET not in str(found)
        del grants[0]
        found = await looked(carrier, way=Way(carrier, (keeper("b"),)))
    assert found[Step.SIGN_IN].code == "sign_in_token"


async def test_two_looks_at_once_tell_the_same() -> None:
    async with Agency(fine) as agency, carrying(agency.url) as carrier:
        first, second = await asyncio.gather(looked(carrier), looked(carrier))
    assert [one.result for one in first.values()] == [
        one.result for one in second.values()
    ]


def test_a_carrier_tells_its_line_and_no_secret() -> None:
    carrier = HTTPCarrier("https://co-quan.mau.example:8443/api")
    line = carrier.line()
    assert (line.host, line.port) == ("co-quan.mau.example", 8443)
    assert line.tls is not None
