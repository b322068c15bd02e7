"""JSON with whole files in it is the JSON that one would have written at once."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.carriers.json_files import (
    PIECE_BYTES,
    WHOLE_UP_TO_BYTES,
    Body,
    FileValue,
    JSONText,
    body_of,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


def file(content: bytes, piece: int = 1000) -> FileValue:
    async def source() -> AsyncIterator[bytes]:
        for start in range(0, len(content), piece):
            yield content[start : start + piece]

    return FileValue(len(content), source)


async def read(body: Body) -> bytes:
    if isinstance(body.content, bytes):
        return body.content
    return b"".join([piece async for piece in body.content()])


def encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


@given(st.lists(st.binary(max_size=40), max_size=4), st.integers(1, 7))
async def test_every_file_stands_where_it_was_put(
    contents: list[bytes], piece: int
) -> None:
    value = {"a": "số", "files": [{"x": file(c, piece)} for c in contents], "z": [1]}
    body = await body_of(value)
    whole = await read(body)
    assert len(whole) == body.length
    assert json.loads(whole) == {
        "a": "số",
        "files": [{"x": encoded(content)} for content in contents],
        "z": [1],
    }


async def test_a_file_that_is_given_at_once_is_not_opened() -> None:
    async def never() -> AsyncIterator[bytes]:
        raise AssertionError
        yield b""

    here = FileValue(5, never, lambda: b"vi du")
    body = await body_of({"here": here, "opened": file(b"xyz")})
    assert json.loads(await read(body)) == {
        "here": encoded(b"vi du"),
        "opened": encoded(b"xyz"),
    }


@pytest.mark.parametrize(
    "size", [WHOLE_UP_TO_BYTES, PIECE_BYTES * 4 - 1, PIECE_BYTES * 4, 2_000_003]
)
async def test_a_large_body_is_streamed_and_its_length_known_before(size: int) -> None:
    content = bytes(range(256)) * (size // 256) + bytes(size % 256)
    body = await body_of({"f": file(content, 50_001), "g": file(b"x")})
    assert not isinstance(body.content, bytes)
    pieces = [piece async for piece in body.content()]
    assert pieces == [piece async for piece in body.content()]
    whole = b"".join(pieces)
    assert len(whole) == body.length
    assert json.loads(whole) == {"f": encoded(content), "g": encoded(b"x")}
    assert max(map(len, pieces)) < 2 * PIECE_BYTES


async def test_a_body_without_files_is_whole() -> None:
    body = await body_of({"a": 1})
    assert (body.content, body.length) == (b'{"a":1}', 7)


@pytest.mark.parametrize(
    "value", ["\ufdd0file\ufdd1", {"a": "x\ufdd0file\ufdd1"}, {"\ufdd0file\ufdd1": 1}]
)
async def test_a_value_that_pretends_to_be_a_file_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="mark of a file"):
        await body_of(value)


async def test_what_json_does_not_know_is_refused() -> None:
    with pytest.raises(TypeError):
        await body_of({"a": object()})


@given(st.lists(st.binary(max_size=40), min_size=1, max_size=3), st.text(max_size=9))
async def test_a_text_may_be_json_with_files_in_it(
    contents: list[bytes], said: str
) -> None:
    first, *rest = contents
    inner = {"note": said, "files": [file(c, 3) for c in rest], "pdf": file(first, 5)}
    body = await body_of({"a": file(b"x"), "text": JSONText(inner), "z": file(b"yz")})
    whole = await read(body)
    assert len(whole) == body.length
    told = json.loads(whole)
    assert (told["a"], told["z"]) == (encoded(b"x"), encoded(b"yz"))
    assert json.loads(told["text"]) == {
        "note": said,
        "files": [encoded(content) for content in rest],
        "pdf": encoded(first),
    }


async def test_a_large_file_in_a_text_is_streamed() -> None:
    content = b"\xfa\x11" * WHOLE_UP_TO_BYTES
    body = await body_of({"text": JSONText({"pdf": file(content, 100_000)})})
    assert not isinstance(body.content, bytes)
    assert json.loads(json.loads(await read(body))["text"])["pdf"] == encoded(content)
