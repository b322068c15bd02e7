"""The mock's other land system on a real socket, and the one-stop side that it calls."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
from aiohttp import web

from gateway.mockagency.faults import Fault
from gateway.mockagency.scenarios import Scenarios
from gateway.mockagency.server import MockAgency, serve
from tests.unit.adapters.land_registry_ilis.published import sample, wrong

VIETNAM = timezone(timedelta(hours=7))
START = datetime(2026, 3, 10, 7, 30, tzinfo=VIETNAM)
NUMBER = "H00.20.03-260310-0001"
SECRET = "ma bí mật/&?"
FORM = "application/x-www-form-urlencoded"
ACCOUNT = {
    "grant_type": "password",
    "client_id": "cong-lien-thong-mau",
    "client_secret": "bi-mat-vi-du",
    "username": "lienthong.mau",
    "password": "mat-khau-vi-du",
}
CASES = {
    "CN-01": {"name": "Chuyển nhượng", "with_tax": "gateway"},
    "CN-02": {"name": "Chuyển nhượng, đất đai tự hỏi", "with_tax": "observed"},
    "DC-01": {"name": "Đính chính", "with_tax": "none"},
}
ILIS: dict[str, Any] = {
    "client_id": ACCOUNT["client_id"],
    "client_secret": ACCOUNT["client_secret"],
    "user": ACCOUNT["username"],
    "password": ACCOUNT["password"],
    "users": ["cb.mau03"],
    "cases": CASES,
    "areas": [{"tinh_id": "99", "huyen_id": "0", "xa_id": "09103"}],
    "callback_secret": SECRET,
    "pull_lists": False,
}
#: The first land system of the same process.
VBDLIS: dict[str, Any] = {
    "users": ["cb.mau01"],
    "cases": CASES,
    "areas": [{"tinh_id": 99, "huyen_id": 0, "xa_id": 9101}],
    "callback_secret": "doan-bi-mat",
    "pull_lists": False,
}
HAND_OVER: dict[str, Any] = {
    **sample("TiepNhanHoSo"),
    "ThongTinQuyTrinh": {"MaQuyTrinh": "DC-01"},
}
SUPPLEMENT = {"SoBienNhan": NUMBER, "DanhSachGiayToBoSung": []}
WRONG = {"SoBienNhan": NUMBER, "NoiDung": "Sai tên.", "DanhSachGiayToDinhKem": []}
HANDED = {"SoBienNhan": NUMBER, "NgayTra": "2026-03-27"}
PAID = {
    "SoBienNhan": NUMBER,
    "NgayHoanThanh": "2026-03-19",
    "DanhSachThongBao": [{"SoThongBao": "0001/TB-VD"}],
}
OWED_AGAIN = {
    "SoBienNhan": NUMBER,
    "NgayPhatSinh": "2026-03-23",
    "DanhSachThongBao": [{"SoThongBao": "0003/TB-VD"}],
}
WITHDRAWAL = {
    "SoBienNhan": NUMBER,
    "NgayRut": "2026-03-12T09:15:00+07:00",
    "LyDo": "Thôi chuyển nhượng.",
}


@dataclass(frozen=True)
class Told:
    """What a call was answered."""

    status: int
    media_type: str
    raw: bytes

    @property
    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.raw)
        return found

    @property
    def data(self) -> int:
        """``data`` of an answer as §3 describes it."""
        assert self.status == 200, self.raw
        assert wrong("reply", self.json) == []
        return int(self.json["data"])

    @property
    def phrase(self) -> str:
        return str(self.json["status"]["message"]).casefold()


@dataclass(frozen=True)
class Push:
    """One message that the land system sent."""

    at: datetime
    operation: str
    query: Mapping[str, str]
    body: dict[str, Any]


class OneStop:
    """The receiving side, by §2.2 and §10 of the document alone."""

    def __init__(self) -> None:
        self.pushes: list[Push] = []
        self.pulled: list[tuple[str, Mapping[str, str]]] = []
        self.now: Callable[[], datetime] = lambda: START

    def application(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/{side}/{operation}", self._take)
        app.router.add_get("/{side}/{name}", self._lend)
        return app

    async def _take(self, request: web.Request) -> web.Response:
        operation, body = request.match_info["operation"], await request.json()
        assert wrong(operation, body) == [], body
        self.pushes.append(Push(self.now(), operation, dict(request.query), body))
        return web.json_response({"Result": 1, "Message": "Đã ghi nhận"})

    async def _lend(self, request: web.Request) -> web.Response:
        self.pulled.append((request.match_info["name"], dict(request.query)))
        return web.json_response({"Result": 1, "Message": "", "Data": []})

    def bodies(self, operation: str) -> list[dict[str, Any]]:
        """Messages of that operation, in order."""
        return [push.body for push in self.pushes if push.operation == operation]


class Land:
    """One land system, a sender that calls it, and what it calls."""

    def __init__(
        self,
        mock: MockAgency,
        base: str,
        client: aiohttp.ClientSession,
        one_stop: OneStop,
    ) -> None:
        self.mock = mock
        self.base = base
        self.one_stop = one_stop
        self._client = client

    async def ask_for_token(
        self,
        changed: Mapping[str, str] | None = None,
        *,
        media_type: str = FORM,
        raw: bytes = b"",
    ) -> Told:
        """The token operation; a field that is given empty is left out."""
        fields = {k: v for k, v in {**ACCOUNT, **(changed or {})}.items() if v}
        body = raw or urlencode(fields).encode()
        return await self.call(
            "POST", "/ilis/token", body, {"Content-Type": media_type}
        )

    async def token(self) -> str:
        """A token; fails the test when none is given."""
        told = await self.ask_for_token()
        assert told.status == 200, told.raw
        assert wrong("token", told.json) == []
        return str(told.json["access_token"])

    async def post(self, operation: str, message: Any, token: str | None = "") -> Told:
        """One operation; ``token`` empty: a fresh one; None: without."""
        if token == "":
            token = await self.token()
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return await self.send(f"/ilis/{operation}", message, headers)

    async def send(self, path: str, message: Any, headers: Mapping[str, str]) -> Told:
        """A message to a path, as JSON unless it is bytes."""
        body = message if isinstance(message, bytes) else json.dumps(message).encode()
        return await self.call(
            "POST", path, body, {"Content-Type": "application/json", **headers}
        )

    async def call(
        self, method: str, path: str, body: Any, headers: Mapping[str, str]
    ) -> Told:
        async with self._client.request(
            method, self.base + path, data=body, headers=headers
        ) as answer:
            return Told(answer.status, answer.content_type, await answer.read())

    async def run(self, hours: float = 24 * 60) -> None:
        """Let everything happen that the office does within that time."""
        clock = self.mock.clock
        end = clock.now() + timedelta(hours=hours)
        async with asyncio.timeout(30):
            while (upcoming := clock.next) and upcoming <= end:
                clock.set(upcoming)
                await self._stillness()
            clock.set(end)
            await self._stillness()

    async def _stillness(self) -> None:
        busy = 1
        while busy:
            busy = (await self.call("GET", "/_control/clock", None, {})).json["busy"]

    def effects(self) -> list[str]:
        return [line["kind"] for line in self.mock.effects.lines()]

    def arrivals(self) -> list[tuple[str, str]]:
        """Kind and answer of every call that came in."""
        lines = self.mock.arrivals.lines()
        return [
            (line["kind"], line["facts"]["answer"])
            for line in lines
            if not line["kind"].startswith(("callback", "catalogue"))
        ]


@contextlib.asynccontextmanager
async def opened(
    folder: Path,
    *,
    steps: str = "",
    faults: Iterable[dict[str, Any]] = (),
    **settings: Any,
) -> AsyncIterator[Land]:
    """Mock and one-stop side; ``steps``: TOML of the dossier's scenario."""
    (folder / "scenarios" / "mot").mkdir(parents=True)
    (folder / "scenarios" / "mot" / "scenario.toml").write_text(
        f'number = "{NUMBER}"\n{steps}', "utf-8"
    )
    one_stop = OneStop()
    hosting = web.AppRunner(one_stop.application(), access_log=None)
    await hosting.setup()
    await web.TCPSite(hosting, "127.0.0.1", 0).start()
    host, port = hosting.addresses[0][:2]
    calls = f"http://{host}:{port}"
    mock = MockAgency(
        "land_registry",
        {
            **VBDLIS,
            "callback_base": f"{calls}/vbdlis",
            "ilis": {**ILIS, "callback_base": f"{calls}/ilis", **settings},
        },
        folder,
        start=START,
        scenarios=Scenarios(folder / "scenarios"),
        faults=[Fault(agency="land_registry", **fault) for fault in faults],
    )
    one_stop.now = mock.clock.now
    runner, base = await serve(mock, 0)
    try:
        async with aiohttp.ClientSession() as client:
            yield Land(mock, base, client, one_stop)
    finally:
        await runner.cleanup()
        await mock.close()
        await hosting.cleanup()
