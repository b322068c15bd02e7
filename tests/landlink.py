"""An old one-stop against whatever stands at its land address, and what both ends saw.

``opened`` puts the client in front of the mock land system. ``line`` stands between
them: by default nothing does; a test of the drop-in yields a gateway's addresses
instead, and compares its ``Run`` with that of the direct line.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import aiohttp
import orjson
from aiohttp import web

from gateway.mockagency import conductor
from gateway.mockagency.faults import Fault
from gateway.mockagency.scenarios import Scenarios
from gateway.mockagency.server import MockAgency, serve

VIETNAM = timezone(timedelta(hours=7))
START = datetime(2026, 3, 10, 7, 30, tzinfo=VIETNAM)
SECRET = "doan-bi-mat-cua-mot-cua"
NUMBER = "H99.01-260310-0001"
RECORD = """
[landlink.dossier]
receiver = "cb.mau01"
due_on = "2026-03-27"
property_address = "Xã Ví Dụ, tỉnh Mẫu"
area = {province = 99, district = 0, commune = 9101}
case = {code = "DC-01", name = "Đính chính_Đăng ký biến động"}
applicant = {name = "Nguyễn Văn Ví Dụ", identity = "099000000001", phone = "0900000001"}
parcels = [{number = "101", sheet = "12", area = "120,5"}]

[[landlink.dossier.papers]]
name = "Đơn đăng ký biến động"
originals = 1
files = [{name = "don-1.pdf", text = "%PDF-1.4 trang mot"}, {name = "don-2.pdf", text = "%PDF-1.4 trang hai"}]

[[landlink.dossier.papers]]
name = "Giấy chứng nhận"
originals = 1
"""
LAND: Mapping[str, Any] = {
    "users": ["cb.mau01"],
    "cases": {
        "DC-01": {"name": "Đính chính", "with_tax": "none"},
        "CN-02": {"name": "Chuyển nhượng", "with_tax": "observed"},
    },
    "areas": [{"tinh_id": 99, "huyen_id": 0, "xa_id": 9101}],
    "pull_lists": False,
}
#: The account of the one-stop where the land system wants a token.
ACCOUNT: Mapping[str, str] = {
    "client_id": "mot-cua-mau",
    "client_secret": "bi-mat-gia-lap",
    "username": "motcua.mau",
    "password": "mat-khau gia lap & dài",
}
CLIENT: Mapping[str, Any] = {
    "users": [{"account": "motcua.mau", "name": "Trần Thị Ví Dụ", "unit": "Một cửa"}],
    "procedures": [{"code": "1.012345", "name": "Đăng ký biến động (giả lập)"}],
}


@dataclass(frozen=True)
class Exchange:
    """One call and its answer, as the side that was called saw both."""

    method: str
    path: str
    query: str
    body: bytes
    status: int
    answer: bytes
    headers: Mapping[str, str] = field(compare=False)

    @property
    def operation(self) -> str:
        """The last part of the path, without a secret behind it."""
        parts = self.path.strip("/").split("/")
        is_callback = "callbacks" in parts and parts[-2] != "callbacks"
        return parts[-2] if is_callback else parts[-1]

    @property
    def content(self) -> Any:
        """What was sent, as JSON; None: nothing was."""
        return orjson.loads(self.body) if self.body else None

    @property
    def told(self) -> Any:
        """What was answered, as JSON."""
        return orjson.loads(self.answer)


class Recorder:
    """Stands in front of one side, passes everything on and keeps it."""

    def __init__(self) -> None:
        self.exchanges: list[Exchange] = []
        self.base = ""
        self.target = ""
        #: So many files are still answered 404.
        self.not_there = 0

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[Recorder]:
        """Listen; ``target`` may be set afterwards."""
        app = web.Application(client_max_size=96 * 1024 * 1024)
        app.router.add_route("*", "/{path:.*}", self._pass_on)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        self.base = f"http://{host}:{port}"
        async with aiohttp.ClientSession(auto_decompress=False) as self._session:
            try:
                yield self
            finally:
                await runner.cleanup()

    async def _pass_on(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        if request.method == "GET" and self.not_there:
            self.not_there -= 1
            self._keep(request, body, 404, b"")
            return web.Response(status=404)
        skipped = {"host", "content-length", "transfer-encoding", "connection"}
        headers = {n: v for n, v in request.headers.items() if n.lower() not in skipped}
        try:
            async with self._session.request(
                request.method,
                f"{self.target}{request.raw_path}",
                headers=headers,
                data=io.BytesIO(body) if body else None,
                allow_redirects=False,
            ) as far:
                status, answer = far.status, await far.read()
                told = dict(far.headers)
        except aiohttp.ClientError:
            self._keep(request, body, 0, b"")
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        self._keep(request, body, status, answer)
        told = {n: v for n, v in told.items() if n.lower() not in skipped}
        return web.Response(status=status, body=answer, headers=told)

    def _keep(
        self, request: web.Request, body: bytes, status: int, answer: bytes
    ) -> None:
        self.exchanges.append(
            Exchange(
                request.method,
                request.path,
                request.query_string,
                body,
                status,
                answer,
                dict(request.headers),
            )
        )


@dataclass(frozen=True)
class Line:
    """What the client and the land system are told about each other."""

    land_base: str
    callback_base: str
    #: Whose clocks go with those of both ends.
    participants: Sequence[str] = ()
    #: What the land system shows at ``callback_base``.
    secret: str = SECRET
    #: Where result files lie, if it is not the land system's own address.
    files_base: str = ""


#: From the addresses of land system and client to what stands between them.
Between = Callable[[str, str], contextlib.AbstractAsyncContextManager[Line]]


@contextlib.asynccontextmanager
async def direct(land_base: str, callback_base: str) -> AsyncIterator[Line]:
    """Nothing stands between them."""
    yield Line(land_base, callback_base)


@dataclass(frozen=True)
class Run:
    """What both ends saw, and what the one-stop's register showed in the end."""

    #: Calls that reached the land system, and its own answers.
    land: Sequence[Exchange]
    #: Calls that reached the one-stop, and its own answers.
    client: Sequence[Exchange]
    #: Moves of the one-stop's register: status and cause.
    moves: Sequence[tuple[int, str]]
    #: Effects at the land system, in order.
    land_effects: Sequence[str]

    def sent(self, operation: str) -> list[Exchange]:
        """What the land system got under that operation."""
        return [each for each in self.land if each.operation == operation]

    def told(self, operation: str) -> list[Exchange]:
        """What the one-stop got under that operation."""
        return [each for each in self.client if each.operation == operation]


class Stand:
    """Both ends, each with a recorder in front, and the clocks of all."""

    def __init__(
        self,
        land: MockAgency,
        client: MockAgency,
        recorders: tuple[Recorder, Recorder],
        participants: Sequence[str],
    ) -> None:
        self.land = land
        self.client = client
        self.land_recorder, self.client_recorder = recorders
        self.participants = participants

    async def run(
        self,
        hours: float = 24 * 60,
        also: Sequence[str] = (),
        without: Sequence[str] = (),
    ) -> Run:
        """Let everything happen that happens within that time.

        ``also``: further participants, whose clocks go with the others; ``without``:
        some that are not there now.
        """
        end = self.land.clock.now() + timedelta(hours=hours)
        async with asyncio.timeout(40):
            everybody = [p for p in (*self.participants, *also) if p not in without]
            await conductor.advance(everybody, end, until=_never)
        return self.seen()

    def seen(self) -> Run:
        """What was seen up to now."""
        return Run(
            tuple(self.land_recorder.exchanges),
            tuple(self.client_recorder.exchanges),
            tuple((f["status"], f["cause"]) for f in self.effects("link_status")),
            tuple(line["kind"] for line in self.land.effects.lines()),
        )

    def effects(self, kind: str) -> list[dict[str, Any]]:
        """Facts of what the one-stop's register went through."""
        return _facts(self.client.effects.lines(), kind)

    def arrivals(self, kind: str) -> list[dict[str, Any]]:
        """Facts of what came in at the one-stop, or back on its calls."""
        return _facts(self.client.arrivals.lines(), kind)

    async def get(self, path: str) -> tuple[int, bytes]:
        """Ask the one-stop as the land system would."""
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{self.client_recorder.base}{path}") as answer,
        ):
            return answer.status, await answer.read()

    async def post(self, path: str, body: bytes) -> tuple[int, bytes]:
        """Call the one-stop as the land system would."""
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{self.client_recorder.base}{path}", data=body) as answer,
        ):
            return answer.status, await answer.read()


@contextlib.asynccontextmanager
async def opened(
    folder: Path,
    *,
    dialect: str = "vbdlis",
    scenario: str = "",
    record: str = RECORD,
    numbers: Sequence[str] = (NUMBER,),
    faults: Iterable[Fault] = (),
    line: Between = direct,
    land_settings: Mapping[str, Any] = {},
    client_settings: Mapping[str, Any] = {},
) -> AsyncIterator[Stand]:
    """Both ends on loopback by one virtual clock; dossiers are handed in at once.

    ``scenario``: TOML with the steps of both ends; ``record``: that of every dossier.
    """
    scenarios = _written(folder, record + scenario, numbers)
    async with contextlib.AsyncExitStack() as stack:
        land_front = await stack.enter_async_context(Recorder().open())
        client_front = await stack.enter_async_context(Recorder().open())
        between = await stack.enter_async_context(
            line(
                f"{land_front.base}/{dialect}",
                f"{client_front.base}/landlink/callbacks",
            )
        )
        planned = list(faults)

        async def started(agency: str, settings: dict[str, Any]) -> tuple[Any, str]:
            mock = MockAgency(
                agency,
                settings,
                folder,
                start=START,
                scenarios=scenarios,
                faults=[fault for fault in planned if fault.agency == agency],
            )
            stack.push_async_callback(mock.close)
            runner, base = await serve(mock, 0)
            stack.push_async_callback(runner.cleanup)
            return mock, base

        land, land_base = await started(
            "land_registry",
            _land(dialect, between, land_settings),
        )
        land_front.target = land_base
        link = {
            **CLIENT,
            **ACCOUNT,
            "dialect": dialect,
            "land_base": between.land_base,
            "files_base": between.files_base or land_front.base,
            "secret": SECRET,
            "dossiers": [{"number": number, "after_h": 0.5} for number in numbers],
            **client_settings,
        }
        client, client_base = await started(
            "one_stop", {"webhook_secret": "khong-dung", "landlink": link}
        )
        client_front.target = client_base
        yield Stand(
            land,
            client,
            (land_front, client_front),
            (land_base, client_base, *between.participants),
        )


def _land(dialect: str, between: Line, more: Mapping[str, Any]) -> dict[str, Any]:
    """The land office's settings; of its other system they are a table of their own."""
    told = {
        **LAND,
        "callback_base": between.callback_base,
        "callback_secret": between.secret,
    }
    if dialect == "vbdlis":
        return {**told, **more}
    areas = [{n: str(v) for n, v in area.items()} for area in LAND["areas"]]
    account = {"user" if n == "username" else n: v for n, v in ACCOUNT.items()}
    return {**told, "ilis": {**told, **account, "areas": areas, **more}}


def _written(folder: Path, scenario: str, numbers: Sequence[str]) -> Scenarios:
    for place, number in enumerate(numbers):
        (folder / "scenarios" / str(place)).mkdir(parents=True)
        (folder / "scenarios" / str(place) / "scenario.toml").write_text(
            f'number = "{number}"\n{scenario}', "utf-8"
        )
    return Scenarios(folder / "scenarios")


def _facts(lines: Iterable[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [line["facts"] for line in lines if line["kind"] == kind]


async def _never() -> bool:
    return False
