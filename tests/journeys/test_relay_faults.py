"""The relay when either side dies, answers half, hangs, floods or changes its keys."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from gateway.domain.relay_table import Table, read
from tests.attack.relay_cases import get, post, requests, statuses
from tests.nodes import rests
from tests.relays import (
    CALLBACK,
    NEXT,
    SECRET,
    Outside,
    Recorder,
    RelayProcess,
    before_recorder,
    table,
    told,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
LENGTH_2 = b"Content-Length: 2\r\n"
CLOSE = b"Connection: close\r\n"
GOOD = post(LENGTH_2 + CLOSE)


def answering(content: bytes) -> Any:
    """A core that sends these bytes and is gone."""

    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(content)
        await writer.drain()
        writer.transport.abort()

    return answer


@pytest.mark.parametrize(
    "half",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n0\r\n",
    ],
    ids=["length", "chunks", "last-chunk"],
)
async def test_half_an_answer_never_looks_whole(tmp_path: Path, half: bytes) -> None:
    async with before_recorder(tmp_path) as (outside, core):
        core.answer = answering(half)
        answered = await outside.raw(GOOD)
    head, _, body = answered.partition(b"\r\n\r\n")
    if statuses(answered) == [200]:
        whole = b"content-length: 10" in head.lower() and len(body) == 10
        assert not whole
        assert not body.endswith(b"0\r\n\r\n")
    else:
        assert statuses(answered) in ([], [503])


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"HTTP/1.1 200 OK\r\n\r\n{}",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    ],
    ids=["nothing", "half-a-head", "no-end", "no-http", "switching", "two-lengths"],
)
async def test_what_is_no_answer_is_never_success(
    tmp_path: Path, content: bytes
) -> None:
    async with before_recorder(tmp_path) as (outside, core):
        core.answer = answering(content)
        answered = await outside.raw(GOOD)
    assert statuses(answered) == [503]
    assert b"\r\nRetry-After: 30\r\n" in answered


@pytest.mark.parametrize(
    "begun",
    [
        post(b"Content-Length: 40000\r\n", b"{" + b" " * 30_000),
        post(b"Transfer-Encoding: chunked\r\n", b"7530\r\n" + b" " * 30_000 + b"\r\n"),
        post(b"Transfer-Encoding: chunked\r\n", b"7530\r\n" + b" " * 20_000),
        post(b"Transfer-Encoding: chunked\r\n", b"1\r\n{\r\n0\r\n"),
    ],
    ids=["length", "between-chunks", "in-a-chunk", "before-the-last-line"],
)
async def test_a_body_that_breaks_off_never_ends_at_the_core(
    tmp_path: Path, begun: bytes
) -> None:
    async with before_recorder(tmp_path) as (outside, core):
        assert await outside.raw(begun) == b""
        async with asyncio.timeout(20):
            await core.left.wait()
    (seen,) = core.seen
    assert not seen.endswith(b"0\r\n\r\n")
    assert len(seen) < 30_500


async def test_an_answer_before_the_end_of_the_body_comes_at_once_and_ends_the_call(
    tmp_path: Path,
) -> None:
    patient = {"body_s": 60.0}
    async with before_recorder(tmp_path, limits=patient) as (outside, core):
        core.early = True
        core.answer = answering(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        reader, writer = await outside.connect()
        writer.write(post(b"Content-Length: 40000\r\n", b"{"))
        async with asyncio.timeout(20):
            answered = await reader.read()
        writer.close()
    assert statuses(answered) == [404]
    assert b"\r\nConnection: close\r\n" in answered


@pytest.mark.parametrize(
    "early", [b"", b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"]
)
async def test_who_goes_on_sending_after_the_answer_can_read_it(
    tmp_path: Path, early: bytes
) -> None:
    patient = {"body_s": 60.0}
    wrong: list[Any] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: wrong.append(context))
    async with before_recorder(tmp_path, limits=patient) as (outside, core):
        core.early, core.answer = True, answering(early)
        reader, writer = await outside.connect()
        writer.write(post(b"Content-Length: 60000\r\n", b"{"))
        async with asyncio.timeout(20):
            head = await reader.readuntil(b"\r\n\r\n")
            writer.write(b" " * 50_000)
            rest = await reader.read()
        writer.close()
    assert statuses(head + rest) == [404 if early else 503]
    assert wrong == []


@pytest.mark.parametrize(
    "target",
    [
        CALLBACK.replace(SECRET, "x"),
        "/callbacks/khong-co/CapNhat/x",
        "/callbacks/don-vi-1/KhongCo/x",
        "/callbacks/don-vi-2/DanhMuc?CodeGet=x",
        "/v1/dossiers",
        "/console",
        "/",
    ],
)
async def test_whatever_is_unknown_takes_the_same_work_and_gets_the_same_answer(
    tmp_path: Path, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with before_recorder(tmp_path) as (outside, core):
        wrong = await outside.raw(
            post(LENGTH_2 + CLOSE, target=CALLBACK.replace(SECRET, "y").encode())
        )
        hashed: list[str] = []
        as_it_is = Table.hashed

        def counted(of: Table, secret: str) -> str:
            hashed.append(secret)
            return as_it_is(of, secret)

        monkeypatch.setattr(Table, "hashed", counted)
        answered = await outside.raw(post(LENGTH_2 + CLOSE, target=target.encode()))
    # An empty path has nothing that could be a secret.
    assert len(hashed) == (target != "/")
    assert answered == wrong
    assert core.seen == []


async def test_a_core_that_says_nothing_is_away(tmp_path: Path) -> None:
    async def silent(writer: asyncio.StreamWriter) -> None:
        await writer.wait_closed()

    async with before_recorder(tmp_path, more={"answer_s": 0.3}) as (outside, core):
        core.answer = silent
        answered = await outside.raw(GOOD)
    assert statuses(answered) == [503]


async def test_a_body_may_take_longer_to_come_than_the_core_may_take_to_answer(
    tmp_path: Path,
) -> None:
    short, patient = {"answer_s": 0.3}, {"body_s": 20.0}
    async with before_recorder(tmp_path, more=short, limits=patient) as (outside, core):
        reader, writer = await outside.connect()
        writer.write(post(b"Content-Length: 5\r\n" + CLOSE, b"{"))
        for piece in (b" ", b" ", b" ", b"}"):
            await rests(0.25)
            writer.write(piece)
        async with asyncio.timeout(20):
            answered = await reader.read()
        writer.close()
    assert statuses(answered) == [200]
    assert core.seen[0].endswith(b"{   }")


async def test_a_core_with_another_certificate_gets_nothing(tmp_path: Path) -> None:
    (tmp_path / "table.json").write_bytes(table().written())
    other = Recorder(tmp_path / "other")
    async with other.open():
        settings = told(tmp_path, f"https://127.0.0.1:{other.port}")
        async with Outside(settings) as outside:
            answered = await outside.raw(GOOD)
    assert statuses(answered) == [503]
    assert other.seen == []


async def test_each_request_of_a_connection_has_one_of_its_own_to_the_core(
    tmp_path: Path,
) -> None:
    async with before_recorder(tmp_path) as (outside, core):
        pipelined = post(LENGTH_2) + post(LENGTH_2, b"[]") + GOOD
        answered = await outside.raw(pipelined)
    assert statuses(answered) == [200, 200, 200]
    assert [requests([seen]) for seen in core.seen] == [1, 1, 1]
    assert [seen[-2:] for seen in core.seen] == [b"{}", b"[]", b"{}"]


async def test_who_waits_for_leave_gets_it_only_where_the_call_may_pass(
    tmp_path: Path,
) -> None:
    waits = LENGTH_2 + CLOSE + b"Expect: 100-continue\r\n"
    async with before_recorder(tmp_path) as (outside, core):
        reader, writer = await outside.connect()
        writer.write(post(waits, b""))
        assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.write(b"{}")
        assert statuses(await reader.read()) == [200]
        writer.close()
        wrong = CALLBACK.replace(SECRET, "x").encode()
        answered = await outside.raw(post(waits, b"", target=wrong))
        assert answered.startswith(b"HTTP/1.1 404")
    assert len(core.seen) == 1
    assert b"expect" not in core.seen[0].lower()


async def test_cookies_and_marks_of_the_core_do_not_go_out(tmp_path: Path) -> None:
    async with before_recorder(tmp_path) as (outside, core):
        core.answer = answering(
            b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nServer: uvicorn\r\nX-Plain: c\r\n"
            b"X-Lienthong-Peer: 10.0.0.1\r\nContent-Length: 0\r\n\r\n"
        )
        answered = await outside.raw(GOOD)
    assert b"X-Plain: c\r\n" in answered
    for hidden in (b"set-cookie", b"server:", b"x-lienthong"):
        assert hidden not in answered.lower()


async def test_a_packed_body_is_passed_as_it_is(tmp_path: Path) -> None:
    async with before_recorder(tmp_path) as (outside, core):
        packed = bytes(range(256))
        more = b"Content-Encoding: gzip\r\nContent-Length: 256\r\n" + CLOSE
        await outside.raw(post(more, packed))
    assert core.seen[0].endswith(b"\r\n\r\n" + packed)
    assert b"Content-Encoding: gzip\r\n" in core.seen[0]


# --- the table ---------------------------------------------------------------------


async def until(outside: Any, event: str) -> None:
    async with asyncio.timeout(20):
        while not any(line["event"] == event for line in outside.lines()):
            await asyncio.to_thread(outside.relay.table.look)


def without_old(whole: Table) -> Table:
    """The secret of before is over."""
    content = json.loads(whole.written())
    over = whole.hashed(SECRET)
    for row in content["doors"]["agencies"]:
        row["hashes"] = [one for one in row["hashes"] if one != over]
    return read(json.dumps(content).encode())


async def test_old_and_new_secret_pass_side_by_side_until_the_old_one_is_over(
    tmp_path: Path,
) -> None:
    async with before_recorder(tmp_path) as (outside, core):
        new = CALLBACK.replace(SECRET, NEXT)
        reader, writer = await outside.connect()
        for target in (CALLBACK, new):
            writer.write(post(LENGTH_2, target=target.encode()))
            await reader.readuntil(b"\r\n\r\n{}")
        (tmp_path / "table.json").write_bytes(without_old(table()).written())
        await until(outside, "table_taken")
        # The same connection: it was not dropped.
        writer.write(post(LENGTH_2, target=new.encode()))
        assert statuses(await reader.readuntil(b"\r\n\r\n{}")) == [200]
        writer.close()
        assert (await outside.post(CALLBACK, b"{}"))[0] == 404
    assert len(core.seen) == 3


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"{",
        b'{"format": "other"}',
        table().written().replace(b"{secret}", b"{rest}/x"),
        table().written().replace(b'"path"', b'"anywhere"'),
        table().written().replace(b"POST", b"CONNECT"),
        re.sub(rb'"hashes": \[[^]]*\]', b'"hashes": ["x"]', table().written()),
        b"[" * 100_000,
    ],
    ids=["empty", "half", "format", "template", "shown", "method", "hash", "deep"],
)
async def test_a_broken_table_keeps_the_last_one_and_says_so(
    tmp_path: Path, broken: bytes
) -> None:
    async with before_recorder(tmp_path) as (outside, _):
        (tmp_path / "table.json").write_bytes(broken)
        await until(outside, "table_kept")
        assert (await outside.post(CALLBACK, b"{}"))[0] == 200
        assert (await outside.post(CALLBACK + "x", b"{}"))[0] == 404


async def test_without_a_table_it_does_not_start_and_says_what_to_do(
    tmp_path: Path,
) -> None:
    settings = told(tmp_path, "https://127.0.0.1:1")
    with pytest.raises(ValueError, match="lienthong relay table --to"):
        async with Outside(settings):
            pass


# --- processes ---------------------------------------------------------------------


@contextlib.asynccontextmanager
async def process_before(folder: Path, core: Recorder) -> AsyncIterator[RelayProcess]:
    settings = told(folder, f"https://127.0.0.1:{core.port}", serves=("agencies",))
    async with RelayProcess(settings, folder) as relay:
        yield relay


async def test_a_relay_that_is_killed_in_the_middle_leaves_no_whole_call_behind(
    tmp_path: Path,
) -> None:
    (tmp_path / "table.json").write_bytes(table().written())
    core = Recorder(tmp_path)
    async with core.open(), process_before(tmp_path, core) as relay:
        reader, writer = await asyncio.open_connection("127.0.0.1", relay.port)
        body = b"{" + b" " * 40_000
        writer.write(post(b"Content-Length: 50000\r\n", body))
        async with asyncio.timeout(20):
            await core.came.wait()
        await relay.kill()
        with contextlib.suppress(OSError):
            assert await reader.read() == b""
        writer.close()
    _, _, came = core.seen[0].partition(b"\r\n\r\n")
    assert 0 < len(came) <= len(body)


async def test_a_relay_holds_no_key_of_the_core_and_opens_no_store(
    tmp_path: Path,
) -> None:
    (tmp_path / "table.json").write_bytes(table().written())
    core = Recorder(tmp_path)
    async with core.open(), process_before(tmp_path, core) as relay:
        proc = Path(f"/proc/{relay.process.pid}")
        surroundings = (proc / "environ").read_bytes()
        opened = [str(one.readlink()) for one in (proc / "fd").iterdir()]
        mapped = (proc / "maps").read_text("utf-8")
    assert {one.partition(b"=")[0] for one in surroundings.split(b"\0") if one} <= {
        b"PATH"
    }
    files = [one for one in opened if one.startswith("/") and one != "/dev/null"]
    assert files == []
    # What opens a store or a sealed part is not even there.
    for library in ("apsw", "psycopg", "sqlite", "libpq", "argon2", "xmlsec"):
        assert library not in mapped
    said = (tmp_path / "relay.toml").read_text("utf-8")
    for word in ("store", "run_dir", "master", "password", "secrets.json"):
        assert word not in said


def peak_kib(process: int) -> int:
    status = Path(f"/proc/{process}/status").read_text("utf-8")
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found
    return int(found[1])


async def test_200_mb_pass_without_lying_in_memory(tmp_path: Path) -> None:
    size = 200 * 1024 * 1024
    (tmp_path / "table.json").write_bytes(table(most=size).written())
    core = Recorder(tmp_path, keeps=False)
    async with core.open(), process_before(tmp_path, core) as relay:
        reader, writer = await asyncio.open_connection("127.0.0.1", relay.port)
        writer.write(GOOD)
        await reader.read()
        writer.close()
        before = peak_kib(relay.process.pid)
        reader, writer = await asyncio.open_connection("127.0.0.1", relay.port)
        writer.write(post(f"Content-Length: {size}\r\n".encode() + CLOSE, b""))
        piece = b"a" * (1024 * 1024)
        for _ in range(200):
            writer.write(piece)
            await writer.drain()
        assert statuses(await reader.read()) == [200]
        writer.close()
        grown = peak_kib(relay.process.pid) - before
    assert core.taken == size
    assert grown < 16 * 1024, f"{grown} KiB"


async def asked(outside: Outside, path: str) -> tuple[int, str]:
    async with (
        aiohttp.ClientSession() as session,
        session.get(outside.relay.watched + path) as answer,
    ):
        return answer.status, await answer.text()


async def test_monitoring_hears_of_a_core_that_is_away_and_of_a_broken_table(
    tmp_path: Path,
) -> None:
    (tmp_path / "table.json").write_bytes(table().written())
    core = Recorder(tmp_path)
    async with core.open():
        settings = {**told(tmp_path, f"https://127.0.0.1:{core.port}"), "watch": {}}
        outside = Outside(settings)
        async with outside:
            assert await asked(outside, "/readyz") == (
                200,
                '{"ready": true, "reasons": []}',
            )
            await outside.raw(GOOD)
            await outside.raw(post(LENGTH_2, target=b"/callbacks/don-vi-1/CapNhat/x"))
            (tmp_path / "table.json").write_bytes(b"{")
            await until(outside, "table_kept")
            status, said = await asked(outside, "/readyz")
            assert (status, json.loads(said)["reasons"]) == (200, ["table_kept"])
            _, figures = await asked(outside, "/metrics")
            assert await asked(outside, "/healthz") == (200, '{"lives": true}')
            assert (await asked(outside, CALLBACK))[0] == 404
            # What monitoring asks is at no door of callers.
            for path in (b"/healthz", b"/readyz", b"/metrics"):
                assert statuses(await outside.raw(get(path))) == [404]
    lines = figures.splitlines()
    name = "lienthong_relay_lines_total"
    assert f'{name}{{event="passed",door="agencies",why=""}} 1' in lines
    assert f'{name}{{event="refused",door="agencies",why="secret"}} 1' in lines
    assert "lienthong_relay_table_broken 1" in lines
    assert "lienthong_relay_core_away 0" in lines
    assert SECRET not in figures
    (tmp_path / "table.json").write_bytes(table().written())
    async with Outside(settings) as outside:
        status, said = await asked(outside, "/readyz")
    assert (status, json.loads(said)["reasons"]) == (503, ["core_away"])


async def test_a_relay_that_is_told_so_reads_its_table_at_once(tmp_path: Path) -> None:
    (tmp_path / "table.json").write_bytes(without_old(table()).written())
    core = Recorder(tmp_path)
    async with core.open():
        seldom = {**told(tmp_path, f"https://127.0.0.1:{core.port}"), "look_s": 3600.0}
        async with RelayProcess(seldom, tmp_path) as relay:
            assert statuses(await sent(relay.port, GOOD)) == [404]
            (tmp_path / "table.json").write_bytes(table().written())
            assert statuses(await sent(relay.port, GOOD)) == [404]
            relay.process.send_signal(signal.SIGHUP)
            async with asyncio.timeout(20):
                while statuses(await sent(relay.port, GOOD)) != [200]:
                    await rests(0.05)


async def test_a_relay_that_is_told_to_stop_lets_calls_come_to_their_end(
    tmp_path: Path,
) -> None:
    (tmp_path / "table.json").write_bytes(table().written())
    core = Recorder(tmp_path)
    patient = {"body_s": 30.0, "stop_s": 20.0}
    async with core.open():
        settings = told(tmp_path, f"https://127.0.0.1:{core.port}", limits=patient)
        async with RelayProcess(settings, tmp_path) as relay:
            reader, writer = await asyncio.open_connection("127.0.0.1", relay.port)
            writer.write(post(LENGTH_2, b"{"))
            async with asyncio.timeout(20):
                await core.came.wait()
                relay.process.terminate()
                while await is_open(relay.port):
                    await rests(0.05)
                writer.write(b"}")
                answered = await reader.read()
            writer.close()
            assert await relay.process.wait() == 0
    assert statuses(answered) == [200]
    assert b"\r\nConnection: close\r\n" in answered


async def sent(port: int, content: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(content)
    found = await reader.read()
    writer.close()
    return found


async def is_open(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True
