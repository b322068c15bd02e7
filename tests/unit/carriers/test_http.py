"""Whether a byte of a request may have left: the one thing a carrier must know."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from typing import TYPE_CHECKING

import pytest

from gateway.carriers.bodies import AnswerLimits, StreamedBody
from gateway.carriers.destination import AddressRefused
from gateway.carriers.failures import MayHaveLeft, NothingLeft
from gateway.carriers.http import Timeouts
from gateway.domain.errors import AgencyUnavailable, DeliveryUnknown
from tests.unit.carriers.conftest import (
    PATIENT,
    QUICK,
    Agency,
    Peer,
    carrying,
    closed_port,
    hang,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

METHODS = ("GET", "POST", "PUT", "DELETE")


async def failure(
    base_url: str,
    method: str = "POST",
    *,
    body: bytes | StreamedBody = b"{}",
    timeouts: Timeouts = PATIENT,
) -> NothingLeft | MayHaveLeft:
    async with carrying(base_url) as carrier:
        with pytest.raises((NothingLeft, MayHaveLeft)) as failed:
            await carrier.send(method, "/in", body=body, timeouts=timeouts)
    error = failed.value
    assert isinstance(error, NothingLeft | MayHaveLeft)
    return error


async def fine(peer: Peer) -> None:
    while True:
        await peer.request()
        await peer.answer(200, b'{"ok":1}', b"X-Number: 7\r\n")


# ------------------------------------------------------------------ it arrives


async def test_a_request_arrives_as_it_was_given_and_so_does_its_answer() -> None:
    async with Agency(fine) as agency, carrying(agency.url) as carrier:
        answer = await carrier.send(
            "POST", "/in", {"X-Key": "k1"}, b'{"a":1}', timeouts=PATIENT
        )
    head, _, body = agency.requests[0].partition(b"\r\n\r\n")
    assert (len(agency.requests), body) == (1, b'{"a":1}')
    lines = head.split(b"\r\n")
    assert lines[0] == b"POST /api/in HTTP/1.1"
    assert {b"X-Key: k1", b"Content-Length: 7"} <= set(lines)
    assert (answer.status, answer.body) == (200, b'{"ok":1}')
    assert answer.headers["x-number"] == "7"
    assert 0 <= (answer.times.connect_ms or 0) <= (answer.times.total_ms or 0)
    assert (answer.times.first_byte_ms or 0) <= (answer.times.total_ms or 0)


async def test_a_query_is_encoded_and_a_given_one_is_left_alone() -> None:
    async with Agency(fine) as agency, carrying(agency.url) as carrier:
        await carrier.send("GET", "/in", query={"q": "số 1/2&x"}, timeouts=PATIENT)
        await carrier.send("GET", "/in?a=%2b1", timeouts=PATIENT)
    targets = [request.split(b" ")[1] for request in agency.requests]
    assert targets == [b"/api/in?q=s%E1%BB%91%201%2F2%26x", b"/api/in?a=%2b1"]


async def test_an_answer_that_comes_again_is_never_the_next_message_s() -> None:
    again = asyncio.Event()

    async def twice(peer: Peer) -> None:
        asked = await peer.request()
        await peer.answer(200, asked[-3:])
        await again.wait()
        await peer.answer(200, asked[-3:])
        await peer.request()
        await peer.answer(200, b"own")

    async with (
        Agency(twice) as agency,
        Agency(fine) as other,
        carrying(agency.url) as carrier,
        carrying(other.url) as elsewhere,
    ):
        first = await carrier.send("POST", "/in", body=b"one", timeouts=PATIENT)
        again.set()
        # Whole calls to somebody else: by then it has come.
        for _ in range(5):
            await elsewhere.send("GET", "/in", timeouts=PATIENT)
        then = await carrier.send("POST", "/in", body=b"two", timeouts=PATIENT)
    assert (first.body, then.body) == (b"one", b"two")
    assert agency.connections == 2


async def test_a_connection_is_kept_and_nothing_is_remembered_on_it() -> None:
    async def cookies(peer: Peer) -> None:
        while True:
            await peer.request()
            await peer.answer(200, b"", b"Set-Cookie: id=1; Path=/\r\n")

    async with Agency(cookies) as agency, carrying(agency.url) as carrier:
        for _ in range(3):
            await carrier.send("GET", "/in", timeouts=PATIENT)
    assert (agency.connections, len(agency.requests)) == (1, 3)
    assert not [request for request in agency.requests if b"Cookie" in request]


async def test_a_proxy_of_the_environment_is_not_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with Agency(fine) as proxy, Agency(fine) as agency:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        async with carrying(agency.url) as carrier:
            await carrier.send("POST", "/in", timeouts=PATIENT)
    assert (len(agency.requests), proxy.connections) == (1, 0)


@pytest.mark.parametrize("status", [201, 204, 400, 401, 403, 404, 429, 500, 502, 503])
async def test_every_whole_answer_is_an_answer_whatever_its_status(
    status: int,
) -> None:
    async def play(peer: Peer) -> None:
        await peer.request()
        await peer.answer(status, b"", b"Retry-After: 30\r\n")

    async with Agency(play) as agency, carrying(agency.url) as carrier:
        answer = await carrier.send("POST", "/in", body=b"{}", timeouts=PATIENT)
    # What a status means for a message is said by its agency's table of replies.
    assert (answer.status, answer.headers["Retry-After"]) == (status, "30")
    assert len(agency.requests) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_an_answer_and_not_followed(status: int) -> None:
    async with Agency(fine) as elsewhere:

        async def play(peer: Peer) -> None:
            place = f"Location: {elsewhere.url}/in\r\n".encode()
            while True:
                await peer.request()
                await peer.answer(status, b"", place)

        async with Agency(play) as agency, carrying(agency.url) as carrier:
            answer = await carrier.send("GET", "/in", timeouts=PATIENT)
            async with carrier.receive("/in", timeouts=PATIENT) as stream:
                received = stream.status
    assert (answer.status, received) == (status, status)
    assert (len(agency.requests), elsewhere.connections) == (2, 0)


# --------------------------------------------------------------- nothing left


async def test_where_nobody_listens_nothing_left() -> None:
    error = await failure(f"http://127.0.0.1:{closed_port()}/api")
    assert isinstance(error, NothingLeft)
    assert isinstance(error, AgencyUnavailable)
    assert (error.reason, error.times.connect_ms) == ("connect", None)


async def test_a_connection_that_is_never_made_ends_in_time() -> None:
    # A queue of one that is full: the system answers no further attempt.
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
        begun = time.monotonic()
        error = await failure(f"http://127.0.0.1:{port}/api", timeouts=QUICK)
        took = time.monotonic() - begun
        for filler in fillers:
            filler.close()
    assert isinstance(error, NothingLeft)
    assert error.reason == "timeout"
    assert took < 5


async def test_a_name_that_does_not_exist_leads_nowhere() -> None:
    error = await failure("http://khong-co.invalid/api")
    assert isinstance(error, NothingLeft)
    assert error.reason == "name"


async def test_a_request_that_got_no_connection_never_left() -> None:
    arrived = asyncio.Event()

    async def play(peer: Peer) -> None:
        await peer.request()
        arrived.set()
        await hang()

    async with Agency(play) as agency, carrying(agency.url, connections=1) as carrier:
        first = asyncio.create_task(carrier.send("POST", "/one", timeouts=PATIENT))
        await arrived.wait()
        with pytest.raises(NothingLeft) as waited:
            await carrier.send("POST", "/two", timeouts=QUICK)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        assert waited.value.reason == "wait"
        assert [b"/two" in request for request in agency.requests] == [False]


@pytest.mark.parametrize("header", [{"X-A": "a\r\nX-B: b"}, {"X\r\nA": "a"}])
async def test_a_header_that_would_be_two_never_leaves(
    header: dict[str, str],
) -> None:
    async with Agency(fine) as agency, carrying(agency.url) as carrier:
        with pytest.raises(NothingLeft) as refused:
            await carrier.send("POST", "/in", header, b"{}", timeouts=PATIENT)
        await carrier.send("POST", "/in", {"X-A": "a"}, b"{}", timeouts=PATIENT)
    assert (refused.value.reason, len(agency.requests)) == ("header", 1)


# --------------------------------------------------------------- may have left


async def read_and_reset(peer: Peer) -> None:
    await peer.request()
    peer.reset()


async def read_and_close(peer: Peer) -> None:
    await peer.request()


async def reset_unread(peer: Peer) -> None:
    peer.reset()


async def read_one_byte_and_close(peer: Peer) -> None:
    await peer.reader.readexactly(1)


async def half_a_head(peer: Peer) -> None:
    await peer.request()
    await peer.send(b"HTTP/1.1 200 OK\r\nContent-Le")


async def half_a_body(peer: Peer) -> None:
    await peer.request()
    await peer.send(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"data":1')


async def half_a_chunk(peer: Peer) -> None:
    await peer.request()
    await peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nabc")


async def no_last_chunk(peer: Peer) -> None:
    await peer.request()
    await peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n")


async def reset_in_the_body(peer: Peer) -> None:
    await half_a_body(peer)
    peer.reset()


async def no_http(peer: Peer) -> None:
    await peer.request()
    await peer.send(b"SSH-2.0-VIDU\r\n")


async def two_lengths(peer: Peer) -> None:
    await peer.request()
    await peer.send(
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"
    )


async def endless_head(peer: Peer) -> None:
    await peer.request()
    await peer.send(b"HTTP/1.1 200 OK\r\n")
    while True:
        await peer.send(b"X-A: " + b"a" * 1000 + b"\r\n")


BROKEN = {
    "reset after the request": (read_and_reset, {"reset", "disconnected"}, None),
    "closed after the request": (read_and_close, {"disconnected"}, None),
    "reset before it was read": (reset_unread, {"reset", "disconnected"}, None),
    "closed after one byte": (read_one_byte_and_close, {"reset", "disconnected"}, None),
    "half a head": (half_a_head, {"disconnected"}, None),
    "half a body": (half_a_body, {"half_answer"}, 200),
    "half a chunk": (half_a_chunk, {"half_answer"}, 200),
    "no last chunk": (no_last_chunk, {"half_answer"}, 200),
    "reset in the body": (reset_in_the_body, {"half_answer", "reset"}, 200),
    "no HTTP": (no_http, {"no_http"}, None),
    "two lengths": (two_lengths, {"no_http"}, None),
    "endless head": (endless_head, {"no_http"}, None),
}


@pytest.mark.parametrize("how", BROKEN)
@pytest.mark.parametrize("method", METHODS)
async def test_whatever_breaks_after_the_first_byte_may_have_left_and_is_sent_once(
    how: str, method: str
) -> None:
    play, reasons, status = BROKEN[how]
    body = b"" if method == "GET" else b'{"a":1}'
    async with Agency(play) as agency:
        error = await failure(agency.url, method, body=body)
    assert isinstance(error, MayHaveLeft), error.reason
    assert isinstance(error, DeliveryUnknown)
    assert error.reason in reasons
    assert error.status == status
    assert agency.connections == 1
    assert len(agency.requests) <= 1


@pytest.mark.parametrize("method", METHODS)
async def test_a_kept_connection_that_breaks_is_no_reason_to_send_again(
    method: str,
) -> None:
    async def play(peer: Peer) -> None:
        await peer.request()
        await peer.answer(200)
        await peer.request()

    async with Agency(play) as agency, carrying(agency.url) as carrier:
        await carrier.send(method, "/one", timeouts=PATIENT)
        with pytest.raises(MayHaveLeft) as broken:
            await carrier.send(method, "/two", timeouts=PATIENT)
    assert broken.value.reason in {"disconnected", "reset"}
    assert (agency.connections, len(agency.requests)) == (1, 2)


async def test_a_kept_connection_that_the_agency_closed_is_not_written_into() -> None:
    closed = asyncio.Event()

    async def play(peer: Peer) -> None:
        await peer.request()
        await peer.answer(200)
        if agency.connections == 1:
            peer.writer.close()
            await peer.writer.wait_closed()
            closed.set()

    async with Agency(play) as agency, carrying(agency.url) as carrier:
        await carrier.send("POST", "/one", timeouts=PATIENT)
        await closed.wait()
        await asyncio.to_thread(int)
        answer = await carrier.send("POST", "/two", timeouts=PATIENT)
    assert (answer.status, agency.connections, len(agency.requests)) == (200, 2, 2)


async def silent(peer: Peer) -> None:
    await peer.request()
    await hang()


async def silent_in_the_head(peer: Peer) -> None:
    await half_a_head(peer)
    await hang()


async def silent_in_the_body(peer: Peer) -> None:
    await half_a_body(peer)
    await hang()


async def never_reads(peer: Peer) -> None:
    peer.writer.transport.pause_reading()  # type: ignore[attr-defined]
    await hang()


async def drips(peer: Peer) -> None:
    """Never silent for long, never done: only the whole time ends it."""
    await peer.request()
    await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    while True:
        await peer.send(b"x")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.02):
                await hang()


HANGS = {
    "silence": (silent, None),
    "silence in the head": (silent_in_the_head, None),
    "silence in the body": (silent_in_the_body, 200),
    "one drop at a time": (drips, 200),
}


@pytest.mark.parametrize("how", HANGS)
async def test_an_agency_that_hangs_is_left_in_time(how: str) -> None:
    play, status = HANGS[how]
    async with Agency(play) as agency:
        begun = time.monotonic()
        error = await failure(agency.url, timeouts=QUICK)
        took = time.monotonic() - begun
    assert isinstance(error, MayHaveLeft)
    assert (error.reason, error.status) == ("timeout", status)
    assert 0.2 < took < 5
    assert agency.connections == 1


async def test_a_body_that_nobody_reads_ends_in_time() -> None:
    async def large() -> AsyncIterator[bytes]:
        for _ in range(800):
            yield bytes(100_000)

    async with Agency(never_reads) as agency:
        body = StreamedBody(80_000_000, large)
        error = await failure(agency.url, body=body, timeouts=QUICK)
    assert isinstance(error, MayHaveLeft)
    assert error.reason == "timeout"


async def test_a_caller_that_is_cancelled_hears_of_nothing_else() -> None:
    arrived = asyncio.Event()

    async def play(peer: Peer) -> None:
        await peer.request()
        arrived.set()
        await hang()

    async with Agency(play) as agency, carrying(agency.url) as carrier:
        task = asyncio.create_task(carrier.send("POST", "/in", timeouts=PATIENT))
        await arrived.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


# ------------------------------------------------------------- streamed bodies


def body_of(*pieces: bytes, length: int | None = None) -> StreamedBody:
    async def source() -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    return StreamedBody(sum(map(len, pieces)) if length is None else length, source)


async def test_a_streamed_body_arrives_whole_with_its_length() -> None:
    pieces = [bytes([number]) * 70_000 for number in range(30)]
    async with Agency(fine) as agency, carrying(agency.url) as carrier:
        await carrier.send("POST", "/in", body=body_of(*pieces), timeouts=PATIENT)
        await carrier.send("POST", "/in", body=body_of(), timeouts=PATIENT)
    head, _, body = agency.requests[0].partition(b"\r\n\r\n")
    assert body == b"".join(pieces)
    assert b"Content-Length: 2100000" in head
    assert b"chunked" not in head.lower()
    assert agency.requests[1].endswith(b"\r\n\r\n")


async def test_content_that_is_not_here_never_begins_to_leave() -> None:
    async def lost() -> AsyncIterator[bytes]:
        raise ValueError("the file was altered")
        yield b""

    async with Agency(fine) as agency:
        error = await failure(agency.url, body=StreamedBody(10, lost))
        connections = agency.connections
    assert isinstance(error, NothingLeft)
    assert (error.reason, connections) == ("body", 0)


async def test_content_that_hangs_here_never_begins_to_leave() -> None:
    async def stuck() -> AsyncIterator[bytes]:
        await hang()
        yield b""

    async with Agency(fine) as agency:
        error = await failure(agency.url, body=StreamedBody(10, stuck), timeouts=QUICK)
        connections = agency.connections
    assert isinstance(error, NothingLeft)
    assert connections == 0


async def breaks_in_the_middle() -> AsyncIterator[bytes]:
    yield bytes(70_000)
    raise ValueError("a chunk was altered")


CUT = {
    "breaks in the middle": StreamedBody(100_000, breaks_in_the_middle),
    "too short": body_of(bytes(70_000), length=100_000),
    "too long": body_of(bytes(70_000), bytes(70_000), length=100_000),
    "too long at once": body_of(bytes(140_000), length=100_000),
}


@pytest.mark.parametrize("how", CUT)
async def test_a_body_that_is_not_what_was_announced_is_never_a_whole_request(
    how: str,
) -> None:
    async with Agency(fine) as agency:
        error = await failure(agency.url, body=CUT[how])
        await asyncio.to_thread(int)
    assert isinstance(error, MayHaveLeft)
    # The agency saw the connection end before the announced length.
    assert agency.requests == []


def waited_for(come: asyncio.Event, left: asyncio.Event) -> StreamedBody:
    """Its second piece is here once ``come`` is set; ``left`` tells that it is closed."""

    async def source() -> AsyncIterator[bytes]:
        try:
            yield bytes(70_000)
            await come.wait()
            yield bytes(70_000)
        finally:
            left.set()

    return StreamedBody(140_000, source)


async def test_an_answer_in_the_middle_of_a_body_is_the_answer() -> None:
    """As of a platform whose token is over: no body is read for that."""

    async def refusing(peer: Peer) -> None:
        await peer.reader.readuntil(b"\r\n\r\n")
        await peer.answer(401, b'{"no":1}')
        await hang()

    left = asyncio.Event()
    body = waited_for(asyncio.Event(), left)
    async with Agency(refusing) as agency, carrying(agency.url) as carrier:
        answer = await carrier.send("POST", "/in", body=body, timeouts=PATIENT)
        async with asyncio.timeout(PATIENT.total_s):
            await left.wait()
    assert (answer.status, answer.body) == (401, b'{"no":1}')


async def test_content_that_hangs_in_the_middle_may_have_left() -> None:
    async def reading(peer: Peer) -> None:
        await peer.reader.read(-1)

    left = asyncio.Event()
    body = waited_for(asyncio.Event(), left)
    async with Agency(reading) as agency:
        error = await failure(agency.url, body=body, timeouts=QUICK)
        async with asyncio.timeout(PATIENT.total_s):
            await left.wait()
    assert isinstance(error, MayHaveLeft)
    assert error.reason == "timeout"


async def test_a_request_that_was_given_up_is_not_written_on() -> None:
    """Or it took effect after we had asked about it, and sent it once more."""
    awake, ended = asyncio.Event(), asyncio.Event()

    async def slept(peer: Peer) -> None:
        await awake.wait()
        try:
            await peer.request()
        finally:
            ended.set()

    async with Agency(slept) as agency, carrying(agency.url) as carrier:
        # More than the kernels of both sides take.
        body = body_of(bytes(40_000_000))
        with pytest.raises(MayHaveLeft):
            await carrier.send("POST", "/in", body=body, timeouts=QUICK)
        awake.set()
        async with asyncio.timeout(PATIENT.total_s):
            await ended.wait()
        assert agency.requests == []


# ------------------------------------------------------------------- large answers


async def large_answer(peer: Peer) -> None:
    await peer.request()
    await peer.answer(200, bytes(2_000_000))


async def endless_answer(peer: Peer) -> None:
    await peer.request()
    await peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        await peer.send(b"10000\r\n" + bytes(65536) + b"\r\n")


@pytest.mark.parametrize("play", [large_answer, endless_answer])
async def test_an_answer_over_its_limit_is_not_read_on(play: object) -> None:
    limits = AnswerLimits(body_bytes=1_000_000)
    async with (
        Agency(play) as agency,  # type: ignore[arg-type]
        carrying(agency.url, limits=limits) as carrier,
    ):
        with pytest.raises(MayHaveLeft) as large:
            await carrier.send("POST", "/in", timeouts=PATIENT)
        async with carrier.receive("/in", timeouts=PATIENT) as stream:
            with pytest.raises(MayHaveLeft) as received:
                assert [len(chunk) async for chunk in stream.chunks()]
    assert (large.value.reason, large.value.status) == ("too_large", 200)
    assert received.value.reason == "too_large"


async def test_a_file_is_received_in_pieces_within_its_own_limit() -> None:
    own = AnswerLimits(body_bytes=3_000_000)
    limits = AnswerLimits(body_bytes=1000)
    async with (
        Agency(large_answer) as agency,
        carrying(agency.url, limits=limits) as carrier,
        carrier.receive("/f", timeouts=PATIENT, limits=own) as stream,
    ):
        sizes = [len(chunk) async for chunk in stream.chunks()]
        times = stream.times
    assert sum(sizes) == 2_000_000
    assert len(sizes) > 1
    assert (times.first_byte_ms or 0) <= (times.total_ms or 0)


async def test_an_answer_may_have_a_limit_of_its_own() -> None:
    limits = AnswerLimits(body_bytes=1000)
    own = AnswerLimits(body_bytes=3_000_000)
    async with (
        Agency(large_answer) as agency,
        carrying(agency.url, limits=limits) as carrier,
    ):
        answer = await carrier.send("POST", "/in", timeouts=PATIENT, limits=own)
    assert len(answer.body) == 2_000_000


async def test_a_file_that_is_not_read_to_its_end_is_not_read_on() -> None:
    gone = asyncio.Event()

    async def play(peer: Peer) -> None:
        try:
            await endless_answer(peer)
        finally:
            gone.set()

    async with Agency(play) as agency, carrying(agency.url) as carrier:
        async with carrier.receive("/f", timeouts=PATIENT) as stream:
            async for chunk in stream.chunks():
                assert chunk
                break
        async with asyncio.timeout(30):
            await gone.wait()


# -------------------------------------------------------------------- addresses


@pytest.mark.parametrize("path", ["/../x", "//other/x", "/a/%2e%2e/x", "/a\\b"])
async def test_a_path_out_of_the_base_is_refused_before_anything(path: str) -> None:
    async with Agency(fine) as agency, carrying(agency.url) as carrier:
        with pytest.raises(AddressRefused):
            await carrier.send("GET", path, timeouts=PATIENT)
        with pytest.raises(AddressRefused):
            async with carrier.receive(path, timeouts=PATIENT):
                pass
    assert agency.connections == 0


# Spellings of 127.0.0.1, 0.0.0.0 and the metadata address that a system's resolver
# turns into these; the client refuses some of them before.
@pytest.mark.parametrize(
    "name", ["2130706433", "0x7f000001", "127.1", "2852039166", "0.0"]
)
async def test_a_name_that_leads_back_to_this_machine_is_not_gone_to(
    name: str,
) -> None:
    async with Agency(fine) as agency:
        error = await failure(f"http://{name}:{agency.port}/api")
        assert isinstance(error, NothingLeft)
        assert error.reason in {"name", "address"}
        assert agency.connections == 0
        # The control: the same agency by the address that says what it means.
        async with carrying(f"http://localhost:{agency.port}/api") as carrier:
            answer = await carrier.send("GET", "/in", timeouts=PATIENT)
        assert answer.status == 200
