"""Counterparts at an address: one that says yes to everything, silent ones, one that only calls."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import aiohttp
import pytest
from aiohttp import web

from gateway.conformance.partner.trying import BY_HAND, Told, Wanted, conform
from gateway.conformance.partner.verdicts import Overall, Verdict
from gateway.conforming import Role
from gateway.wiring import free_ports
from tests.conformance.partner.kit import broken, impatient, of, quietly, read

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def at_an_address(handler: Handler) -> AsyncIterator[str]:
    app = web.Application(client_max_size=64 * 1024 * 1024)
    app.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    port = free_ports.free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    yield f"http://127.0.0.1:{port}"
    await runner.cleanup()


async def always(content: object, status: int = 200) -> Handler:
    async def handler(request: web.Request) -> web.Response:
        await request.read()
        if isinstance(content, str):
            return web.Response(text=content, content_type="text/html", status=status)
        return web.json_response(content, status=status)

    return handler


async def test_one_that_says_yes_to_everything_fails() -> None:
    kit = read("electricity")
    yes = {"TYPE": "OK", "MESSAGE": "Thành công", "MA_YCAU_KNAI": "1"}
    async with at_an_address(await always(yes)) as address:
        outcome = await conform(
            kit,
            impatient(kit.usual, poll_s=0.01, call_s=0.1),
            Wanted(Role.SERVER, address),
            quietly(),
        )
    assert outcome.overall is Overall.FAILED
    wrong = broken(outcome)
    assert {"DL-208", "DL-209", "DL-303", "DL-305", "DL-310", "DL-405"} <= wrong.keys()
    assert len(wrong) > 25


async def test_one_that_shows_a_sign_in_page_fails() -> None:
    kit = read("electricity")
    page = "<!doctype html><title>Đăng nhập</title>"
    async with at_an_address(await always(page)) as address:
        outcome = await conform(
            kit, impatient(kit.usual), Wanted(Role.SERVER, address), quietly()
        )
    assert outcome.overall is Overall.FAILED
    assert {"DL-201", "DL-501"} <= broken(outcome).keys()


ODD = (
    b'{"TYPE": 1}',
    b'{"TYPE": "OK", "MESSAGE": null, "TIEN_DO": [1, null], "HSGT": "x", "MA_YCAU_KNAI": {}}',
    b'{"TYPE": "OK", "MESSAGE": "", "TIEN_DO": [{"MA_CVIEC": [], "SO_LAN": {}}], "HSGT": [1]}',
    b"[]",
    b"null",
    b"\xff\xfe\x00",
    b"[" * 5000,
    b"",
)


@pytest.mark.parametrize("status", [200, 302, 500])
@pytest.mark.parametrize("odd", ODD, ids=range(len(ODD)))
async def test_one_that_answers_oddly_gets_verdicts_and_breaks_no_test(
    odd: bytes, status: int
) -> None:
    async def handler(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(body=odd, status=status)

    kit = read("electricity")
    times = {"poll_s": 0.01, "call_s": 0.05}
    async with at_an_address(handler) as address:
        preset = impatient(kit.usual, **times)
        wanted = Wanted(Role.SERVER, address)
        outcome = await conform(kit, preset, wanted, quietly())
    assert outcome.overall is Overall.FAILED
    ended = [one.ended for one in outcome.run.ran]
    assert [one for one in ended if "dừng vì" in one] == []


async def test_a_test_that_fails_by_itself_ends_alone() -> None:
    async def wrong(_trial: object) -> None:
        raise KeyError("MA_CVIEC")

    kit = read("electricity")
    first, *rest = kit.of(Role.SERVER)
    kit = replace(kit, tests=(replace(first, run=wrong), *rest[:1]))
    yes = {"TYPE": "OK", "MESSAGE": "Thành công", "MA_YCAU_KNAI": "1"}
    async with at_an_address(await always(yes)) as address:
        wanted = Wanted(Role.SERVER, address)
        outcome = await conform(kit, impatient(kit.usual), wanted, quietly())
    *_, one, two = outcome.run.ran
    assert one.ended.startswith("phép thử này dừng vì KeyError")
    assert two.findings


async def test_one_that_never_answers_gets_verdicts_and_no_more_calls() -> None:
    calls = []

    gone: asyncio.Queue[None] = asyncio.Queue()

    async def silent(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        calls.append(await reader.readline())
        await reader.read()
        writer.close()
        await writer.wait_closed()
        gone.put_nowait(None)

    kit = read("electricity")
    port = free_ports.free_port()
    server = await asyncio.start_server(silent, "127.0.0.1", port)
    async with server:
        outcome = await conform(
            kit,
            impatient(kit.usual, answer_s=0.2),
            Wanted(Role.SERVER, f"http://127.0.0.1:{port}"),
            quietly(),
        )
        await gone.get()
        await gone.get()
    assert len(calls) == 2
    assert outcome.overall is Overall.SILENT
    assert broken(outcome).keys() == {"DL-1201"}
    assert "0.2 giây" in broken(outcome)["DL-1201"]


async def test_an_address_where_nobody_is_gets_verdicts() -> None:
    kit = read("electricity")
    address = f"https://127.0.0.1:{free_ports.free_port()}"
    outcome = await conform(
        kit, impatient(kit.usual), Wanted(Role.SERVER, address), quietly()
    )
    assert outcome.overall is Overall.SILENT
    assert of(outcome, Verdict.HOLDS) == set()


async def test_one_that_answers_without_tls_on_a_foreign_address_breaks_that() -> None:
    kit = read("electricity")
    address = f"http://localhost.localdomain:{free_ports.free_port()}"
    outcome = await conform(
        kit, impatient(kit.usual), Wanted(Role.SERVER, address), quietly()
    )
    assert broken(outcome).keys() == {"DL-205"}


async def test_one_that_only_calls_is_asked_for_it_and_heard() -> None:
    """Nobody's address is known: a person hands the dossier over, and the company calls."""
    kit = read("electricity")
    port = free_ports.free_port()
    preset = impatient(
        replace(kit.usual, listen=f"127.0.0.1:{port}"), call_s=5, repeat_wait_s=0.1
    )
    calls: list[asyncio.Task[int]] = []

    def say(text: str) -> None:
        if "hồ sơ " in text:
            number = text.split("hồ sơ ")[1].split(",", maxsplit=1)[0]
            calls.append(asyncio.create_task(_push(port, number)))

    told = Told(lambda _ran: None, say, lambda _what, _left: None)
    wanted = Wanted(Role.CLIENT, BY_HAND, only="a_step_is_told")
    outcome = await conform(kit, preset, wanted, told)
    assert [one.result() for one in calls] == [200]
    assert broken(outcome) == {}
    assert of(outcome, Verdict.HOLDS) == {
        "DL-901",
        "DL-902",
        "DL-903",
        "DL-904",
        "DL-906",
    }
    assert of(outcome, Verdict.NOT_TRIED) == {"DL-905"}


async def test_one_that_is_asked_and_does_not_call_is_waited_for_with_a_countdown() -> (
    None
):
    kit = read("electricity")
    preset = impatient(
        replace(kit.usual, listen=f"127.0.0.1:{free_ports.free_port()}"), call_s=0.3
    )
    said: list[str] = []
    left: list[float] = []
    told = Told(lambda _r: None, said.append, lambda _what, s: left.append(s))
    wanted = Wanted(Role.CLIENT, BY_HAND, only="DL-901")
    outcome = await conform(kit, preset, wanted, told)
    assert outcome.overall is Overall.INCOMPLETE
    assert "DL-901" in of(outcome, Verdict.NO_CALL)
    assert any("Hãy nhập yêu cầu" in one for one in said)
    assert left
    assert max(left) <= 0.3


async def test_what_only_the_other_side_can_do_is_posted_to_its_control_address() -> (
    None
):
    asked: list[object] = []

    async def control(request: web.Request) -> web.Response:
        asked.append(await request.json())
        return web.Response(status=204)

    kit = read("electricity")
    async with at_an_address(control) as address:
        preset = impatient(
            replace(
                kit.usual,
                listen=f"127.0.0.1:{free_ports.free_port()}",
                acts_url=address,
                prefix="H99.02-",
                first=7,
                last=7,
            ),
            call_s=0.1,
        )
        wanted = Wanted(Role.CLIENT, BY_HAND, only="DL-918")
        outcome = await conform(kit, preset, wanted, quietly())
    assert asked == [
        {"act": "hand_over", "dossier": "H99.02-7"},
        {"act": "absent", "dossier": "H99.02-7"},
    ]
    assert of(outcome, Verdict.NO_CALL) == {"DL-918"}


async def test_what_a_dossiers_ending_does_is_asked_of_nobody() -> None:
    kit = read("electricity")
    preset = impatient(
        replace(
            kit.usual,
            listen=f"127.0.0.1:{free_ports.free_port()}",
            endings={"absent": "91"},
        ),
        call_s=0.1,
        repeat_wait_s=0.1,
    )
    said: list[str] = []
    wanted = Wanted(Role.CLIENT, BY_HAND)
    outcome = await conform(kit, preset, wanted, quietly(said))
    ended = {one.test: one.dossiers[0][-2:] for one in outcome.run.ran if one.dossiers}
    assert ended.pop("an_obstacle_is_told_twice") == "91"
    assert set(ended.values()) == {"00"}
    assert not any("khách hàng vắng" in one for one in said)


async def test_numbers_of_a_range_are_used_once_and_not_beyond_it() -> None:
    kit = read("electricity")
    yes = {"TYPE": "OK", "MESSAGE": "Thành công", "MA_YCAU_KNAI": "1"}
    async with at_an_address(await always(yes)) as address:
        preset = impatient(replace(kit.usual, first=1, last=2))
        wanted = Wanted(Role.SERVER, address, only="an_enquiry_creates_nothing")
        outcome = await conform(kit, preset, wanted, quietly())
        more = replace(wanted, only="DL-306")
        assert (await conform(kit, preset, more, quietly())).dossiers == ["H99.01-1"]
    assert outcome.dossiers == ["H99.01-1", "H99.01-2"]


async def _push(port: int, number: str) -> int:
    content = {
        "KHOA": "khoa-thu-cua-cong-ty",
        "MA_DVIQLY": "PX9901",
        "MA_HOSO_DVC": number,
        "MA_YCAU_KNAI": "1",
        "TIEN_DO": [
            {"MA_CVIEC": "TN", "SO_LAN": "1", "NGAY_BDAU": "10/3/2026 8:00:00"}
        ],
    }
    async with (
        aiohttp.ClientSession() as session,
        session.post(
            f"http://127.0.0.1:{port}/goi-ve/CapNhatTienDo", data=json.dumps(content)
        ) as answer,
    ):
        return answer.status
