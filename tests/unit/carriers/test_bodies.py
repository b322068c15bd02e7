"""What an agency packs is unpacked within limits, whatever the pieces are."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.carriers.bodies import (
    AnswerEncoding,
    AnswerLimits,
    AnswerTooLarge,
    BodyDiffers,
    Unpacker,
    exactly,
)
from gateway.carriers.failures import MayHaveLeft
from tests.unit.carriers.conftest import PATIENT, Agency, Peer, carrying

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable

MIB = 1024 * 1024
PACK: dict[str, Callable[[bytes], bytes]] = {
    "identity": bytes,
    "": bytes,
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    " GZIP ": gzip.compress,
}


def unpacked(
    encoding: str, chunks: Iterable[bytes], limits: AnswerLimits | None = None
) -> bytes:
    unpacker = Unpacker(encoding, limits or AnswerLimits())
    whole = b"".join(unpacker.feed(chunk) for chunk in chunks)
    unpacker.finish()
    return whole


def cut(content: bytes, size: int) -> list[bytes]:
    return [content[i : i + size] for i in range(0, len(content), size)]


@pytest.mark.parametrize("encoding", PACK)
@given(st.binary(max_size=300), st.integers(1, 50))
def test_whatever_was_packed_comes_out_in_any_pieces(
    encoding: str, plain: bytes, size: int
) -> None:
    assert unpacked(encoding, cut(PACK[encoding](plain), size)) == plain


def test_an_empty_answer_is_empty_however_it_claims_to_be_packed() -> None:
    assert [unpacked(encoding, []) for encoding in PACK] == [b""] * len(PACK)


@pytest.mark.parametrize("encoding", ["br", "zstd", "compress", "gzip, gzip", "x"])
def test_a_packing_that_was_not_asked_for_is_refused(encoding: str) -> None:
    with pytest.raises(AnswerEncoding, match="not asked for"):
        Unpacker(encoding, AnswerLimits())


@pytest.mark.parametrize(
    ("packed", "why"),
    [
        (gzip.compress(b"VI DU" * 100)[:-4], "in the middle"),
        (gzip.compress(b"VI DU")[:5], "in the middle"),
        (gzip.compress(b"VI DU") + b"<html>", "after the end"),
        (gzip.compress(b"VI DU") + gzip.compress(b"VI DU"), "after the end"),
        (b"<html>", "no valid"),
        (gzip.compress(b"VI DU")[:-8] + bytes(8), "no valid"),
    ],
)
@pytest.mark.parametrize("size", [1, 7, 1000])
def test_what_is_badly_packed_is_no_answer(packed: bytes, why: str, size: int) -> None:
    with pytest.raises(AnswerEncoding, match=why):
        unpacked("gzip", cut(packed, size))


@pytest.mark.parametrize("encoding", ["identity", "gzip", "deflate"])
def test_the_limit_itself_is_allowed_and_one_byte_more_is_not(encoding: str) -> None:
    limits = AnswerLimits(body_bytes=1000)
    packed = PACK[encoding]
    assert len(unpacked(encoding, [packed(bytes(1000))], limits)) == 1000
    with pytest.raises(AnswerTooLarge):
        unpacked(encoding, [packed(bytes(1001))], limits)
    with pytest.raises(AnswerTooLarge):
        unpacked(encoding, cut(packed(bytes(1001)), 3), limits)


def test_a_bomb_is_stopped_by_its_ratio_before_it_is_unpacked() -> None:
    bomb = gzip.compress(bytes(100 * MIB), 6)
    assert len(bomb) < MIB
    limits = AnswerLimits(body_bytes=200 * MIB)
    tracemalloc.start()
    try:
        with pytest.raises(AnswerTooLarge):
            unpacked("gzip", cut(bomb, 65536), limits)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 20 * MIB
    # The control: an honest answer of that size, hardly packed, is read.
    noise = bytes(range(256)) * 8 * 1024
    assert unpacked("gzip", [gzip.compress(noise[: MIB // 2])]) == noise[: MIB // 2]


async def test_a_bomb_over_a_real_connection_is_no_answer() -> None:
    bomb = gzip.compress(bytes(64 * MIB), 6)

    async def play(peer: Peer) -> None:
        await peer.request()
        await peer.answer(200, bomb, b"Content-Encoding: gzip\r\n")

    async with Agency(play) as agency, carrying(agency.url) as carrier:
        with pytest.raises(MayHaveLeft) as refused:
            await carrier.send("POST", "/in", timeouts=PATIENT)
    assert (refused.value.reason, refused.value.status) == ("too_large", 200)


@pytest.mark.parametrize(
    ("headers", "body", "reason"),
    [
        (b"Content-Encoding: br\r\n", b"x", "encoding"),
        (b"Content-Encoding: gzip\r\n", b"<html>", "encoding"),
        (b"Content-Encoding: gzip\r\n", gzip.compress(b"VI DU")[:-2], "encoding"),
    ],
)
async def test_a_badly_packed_answer_may_have_been_a_success(
    headers: bytes, body: bytes, reason: str
) -> None:
    async def play(peer: Peer) -> None:
        await peer.request()
        await peer.answer(200, body, headers)

    async with Agency(play) as agency, carrying(agency.url) as carrier:
        with pytest.raises(MayHaveLeft) as broken:
            await carrier.send("POST", "/in", timeouts=PATIENT)
    assert (broken.value.reason, broken.value.status) == (reason, 200)


async def test_a_packed_answer_arrives_unpacked() -> None:
    async def play(peer: Peer) -> None:
        await peer.request()
        await peer.answer(200, gzip.compress(b"VI DU"), b"Content-Encoding: gzip\r\n")

    async with Agency(play) as agency, carrying(agency.url) as carrier:
        answer = await carrier.send("POST", "/in", timeouts=PATIENT)
    assert answer.body == b"VI DU"
    assert b"Accept-Encoding: identity" in agency.requests[0]


async def joined(first: bytes, rest: list[bytes], length: int) -> list[bytes]:
    async def source() -> AsyncIterator[bytes]:
        for piece in rest:
            yield piece

    return [piece async for piece in exactly(first, source(), length)]


async def test_a_body_of_the_announced_length_is_given_on() -> None:
    assert await joined(b"ab", [b"c", b"", b"d"], 4) == [b"ab", b"c", b"", b"d"]
    assert await joined(b"", [], 0) == []


@pytest.mark.parametrize(
    ("first", "rest"),
    [(b"", []), (b"ab", []), (b"abcd", []), (b"ab", [b"cd"]), (b"a", [b"b"])],
)
async def test_a_body_of_another_length_is_an_error(
    first: bytes, rest: list[bytes]
) -> None:
    with pytest.raises(BodyDiffers):
        await joined(first, rest, 3)
