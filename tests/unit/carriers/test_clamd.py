"""clamd itself looks at files; what it does not say is never taken for clean."""

from __future__ import annotations

import asyncio
import contextlib
import io
import socket
import tracemalloc
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from gateway.carriers.clamd import Address, Clamd
from gateway.domain.file_errors import (
    FileInfected,
    FileUnscannable,
    ScanLimitTooSmall,
    ScannerAway,
)
from tests import clamd as real
from tests.clamd import CLEAN, EICAR, INFECTED, NAMED
from tests.unit.carriers.conftest import closed_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

pytestmark = pytest.mark.asyncio(loop_scope="module")
SMALL = 1024
NAME = "clamd.vi-du"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scanner(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Clamd]:
    async with real.running(tmp_path_factory.mktemp("c")) as running:
        yield Clamd(Address(running.socket), timeout_s=20)


async def pieces(content: bytes, size: int = SMALL) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def given(scanner: Clamd, content: bytes, size: int = SMALL) -> list[bytes]:
    return [one async for one in scanner.through(pieces(content, size))]


async def test_a_clean_file_comes_out_as_it_went_in(scanner: Clamd) -> None:
    assert b"".join(await given(scanner, CLEAN * 500)) == CLEAN * 500


async def test_an_empty_file_is_clean(scanner: Clamd) -> None:
    assert await given(scanner, b"") == []


async def test_an_infected_file_is_named_after_its_last_piece(scanner: Clamd) -> None:
    seen = bytearray()

    async def look() -> None:
        async for one in scanner.through(pieces(INFECTED, 16)):
            seen.extend(one)

    with pytest.raises(FileInfected) as told:
        await look()
    assert told.value.signature == NAMED
    assert bytes(seen) == INFECTED


async def test_an_archive_is_looked_into(scanner: Clamd) -> None:
    room = io.BytesIO()
    with zipfile.ZipFile(room, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/a.txt", EICAR)
    with pytest.raises(FileInfected):
        await given(scanner, room.getvalue())


async def test_what_it_cannot_look_through_is_not_clean(scanner: Clamd) -> None:
    inner = CLEAN
    for _ in range(8):
        room = io.BytesIO()
        with zipfile.ZipFile(room, "w") as archive:
            archive.writestr("a", inner)
        inner = room.getvalue()
    with pytest.raises(FileUnscannable):
        await given(scanner, inner)


async def test_what_is_over_its_limit_of_a_file_is_not_clean(scanner: Clamd) -> None:
    with pytest.raises(FileUnscannable):
        await given(scanner, CLEAN + bytes(real.STREAM_BYTES - 100), 64 * SMALL)


async def test_what_is_over_its_limit_of_a_stream_is_told_as_such(
    scanner: Clamd,
) -> None:
    with pytest.raises(ScanLimitTooSmall):
        await given(scanner, CLEAN + bytes(real.STREAM_BYTES * 3), 64 * SMALL)


async def test_a_large_file_takes_no_memory(scanner: Clamd) -> None:
    async def zeros() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield bytes(64 * SMALL)

    tracemalloc.start()
    try:
        async for _ in scanner.through(zeros()):
            pass
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1024 * SMALL


async def test_many_files_at_once_are_told_apart(scanner: Clamd) -> None:
    async def verdict(content: bytes) -> bool:
        try:
            await given(scanner, content)
        except FileInfected:
            return False
        return True

    wanted = [n % 3 > 0 for n in range(40)]
    found = await asyncio.gather(*(verdict(CLEAN if w else INFECTED) for w in wanted))
    assert found == wanted


async def test_it_says_who_it_is(scanner: Clamd) -> None:
    told = await scanner.state()
    assert told.version.startswith("ClamAV ")
    assert told.signatures_at is None


async def test_one_that_is_not_there_lets_nothing_in(tmp_path: Path) -> None:
    scanner = Clamd(Address(tmp_path / "none"), timeout_s=1)
    with pytest.raises(ScannerAway):
        await given(scanner, CLEAN)
    with pytest.raises(ScannerAway):
        await scanner.state()


ANSWERS = {
    "nothing": b"",
    "half": b"stream: OK",
    "a-word": b"stream: SURE\0",
    "ok-before-the-file": b"stream: OK\0",
    "an-error": b"Can't allocate memory ERROR\0",
    "without-end": b"A" * 100_000,
}


@pytest.mark.parametrize("name", ANSWERS)
async def test_only_its_own_ok_lets_a_file_in(name: str, tmp_path: Path) -> None:
    async def answer(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if name != "ok-before-the-file":
            await reader.readuntil(bytes(4))
        writer.write(ANSWERS[name])
        await writer.drain()

    with pytest.raises(ScannerAway):
        await _with(answer, tmp_path)


async def test_one_that_hangs_is_waited_for_no_longer_than_told(tmp_path: Path) -> None:
    until = asyncio.Event()

    async def hang(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read(1)
        await until.wait()

    with pytest.raises(ScannerAway):
        await _with(hang, tmp_path, until)


async def test_the_age_of_its_list_is_read(tmp_path: Path) -> None:
    async def answer(reader: asyncio.StreamReader, line: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\0")
        line.write(b"ClamAV 1.4.3/27500/Tue Mar 10 07:30:00 2026\0")
        await line.drain()

    async with serving(answer, tmp_path / "s"):
        told = await Clamd(Address(tmp_path / "s"), timeout_s=5).state()
    assert told.version == "ClamAV 1.4.3"
    assert told.signatures_at is not None
    assert told.signatures_at.isoformat() == "2026-03-10T07:30:00+00:00"


async def _with(serve: Serve, folder: Path, until: asyncio.Event | None = None) -> None:
    """Give a file to a scanner of the test's own, in more pieces than one."""
    async with serving(serve, folder / "s", until):
        scanner = Clamd(Address(folder / "s"), timeout_s=0.5)
        content = CLEAN + bytes(8 * 1024 * 1024)
        await given(scanner, content, 64 * SMALL)


@contextlib.asynccontextmanager
async def serving(
    serve: Serve, path: Path, until: asyncio.Event | None = None
) -> AsyncIterator[None]:
    """A server of the test's own, whose connections are closed before it ends."""
    calls: set[asyncio.Task[None]] = set()

    async def called(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = asyncio.current_task()
        assert task is not None
        calls.add(task)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await serve(reader, writer)
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()

    server = await asyncio.start_unix_server(called, path)
    try:
        yield
    finally:
        if until is not None:
            until.set()
        server.close()
        await asyncio.gather(*calls)


async def test_each_address_of_a_name_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """«localhost» is ::1 first; what listens on 127.0.0.1 alone was called away."""
    loop = asyncio.get_running_loop()
    places = [("127.0.0.1", closed_port())]

    find = loop.getaddrinfo

    async def two(host: str, *rest: Any, **options: Any) -> list[Any]:
        if host != NAME:
            return await find(host, *rest, **options)
        kind = (socket.AF_INET, socket.SOCK_STREAM, 0, "")
        return [(*kind, place) for place in places]

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\0")
        writer.write(b"ClamAV 1.4.1/27000/Tue Mar 10 08:00:00 2026\0")
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        monkeypatch.setattr(loop, "getaddrinfo", two, raising=False)
        scanner = Clamd(Address(host=NAME, port=1), timeout_s=5)
        with pytest.raises(ScannerAway, match="ConnectionRefusedError"):
            await scanner.state()
        places.append(server.sockets[0].getsockname()[:2])
        assert (await scanner.state()).version == "ClamAV 1.4.1"
