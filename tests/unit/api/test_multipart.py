"""Forms: all of their parts, or none."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from gateway.api.multipart import read_form, read_in_memory
from gateway.domain.errors import SenderError
from gateway.ports.attachments import OURS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

KIND = "multipart/form-data; boundary=xx"
DOSSIER = b'--xx\r\nContent-Disposition: form-data; name="dossier"\r\n\r\n{}\r\n'
PAPERS = b"".join(
    b'--xx\r\nContent-Disposition: form-data; name="%b"; filename="%b.pdf"\r\n\r\n'
    b"%%PDF\r\n" % (name, name)
    for name in (b"a", b"b")
)
WHOLE = DOSSIER + PAPERS + b"--xx--"
SECOND = WHOLE.index(b'name="b"')


class Sizes:
    """Keeps how much of each file came."""

    async def put(self, chunks: AsyncIterator[bytes], **_: Any) -> Any:
        return sum([len(chunk) async for chunk in chunks])


async def sent(body: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(body), 7):
        yield body[start : start + 7]


async def form_of(body: bytes) -> tuple[dict[str, bytes], dict[str, Any]]:
    store: Any = Sizes()
    form = await read_form(
        sent(body), KIND, store, limit_bytes=1000, admit=lambda _: OURS
    )
    return form.fields, dict(form.files)


@pytest.mark.parametrize("end", [b"", b"\r\n", b"\r\nan epilogue"])
def test_a_form_is_whole_with_its_last_boundary(end: bytes) -> None:
    fields, files = asyncio.run(form_of(WHOLE + end))
    assert (fields, files) == ({"dossier": b"{}"}, {"a": 4, "b": 4})


@pytest.mark.parametrize("cut", range(SECOND, len(WHOLE)))
def test_a_form_that_is_cut_is_not_taken_without_its_last_file(cut: int) -> None:
    """A dossier would be accepted, and a paper of it would be missing."""
    with pytest.raises(SenderError) as refused:
        asyncio.run(form_of(WHOLE[:cut]))
    assert refused.value.code == "malformed_multipart"


def test_a_list_that_is_cut_is_not_read() -> None:
    async def read(body: bytes) -> dict[str, bytes]:
        return await read_in_memory(sent(body), KIND, frozenset({"dossier"}))

    assert asyncio.run(read(DOSSIER + b"--xx--")) == {"dossier": b"{}"}
    with pytest.raises(SenderError):
        asyncio.run(read(DOSSIER + b"--x"))
