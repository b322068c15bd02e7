"""The mock on a real socket, and a sender that calls both of its addresses."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import aiohttp

from gateway.mockagency.faults import Fault
from gateway.mockagency.scenarios import Scenarios
from gateway.mockagency.server import MockAgency, serve
from tests.unit.adapters.civil_registry.published import (
    btp_name,
    dvclt_name,
    sample,
    wrong,
)

VIETNAM = timezone(timedelta(hours=7))
START = datetime(2026, 3, 10, 7, 30, tzinfo=VIETNAM)
BIRTH, DEATH = "G22.99.01-260310-0001", "G22.99.02-260310-0002"
OWN, SINGLE = "H00.103-260310-0001", "H00.103-260310-0011"
LIST = "/dvclt/api/lienthongdvclt/hosolienthong"
REPORT = "/dvclt/api/lienthongdvclt/trangthaihoso"
TOKENS = "/dvclt/api/tokens"
ACCOUNT = {"userName": "mot-cua-mau", "password": "mat-khau-vi-du"}
DVCLT = {
    "user": ACCOUNT["userName"],
    "password": ACCOUNT["password"],
    "units": [99103],
    "applications": [
        {"number": BIRTH, "module": "KS", "unit": 99103, "id": 70001},
        {"number": DEATH, "module": "KT", "unit": 99103, "id": 70002},
    ],
}
BTP_ACCOUNT = ("mot-cua-mau", "mat-khau-vi-du")
BTP = {
    "account": BTP_ACCOUNT[0],
    "password": BTP_ACCOUNT[1],
    "units": [99103],
    "provinces": ["99", "98"],
    "province": "99",
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
    def name(self) -> str:
        """Row of §7.3; empty: none fits."""
        return dvclt_name(self.status, self.raw)

    @property
    def value(self) -> list[dict[str, Any]]:
        """Entries of an answer to a poll, which is as published."""
        assert wrong("btp-poll-reply", self.json) == []
        return list(self.json["value"] or ())


class Both:
    """Both systems of the mock, and a sender."""

    def __init__(
        self, mock: MockAgency, base: str, client: aiohttp.ClientSession
    ) -> None:
        self.mock = mock
        self.base = base
        self._client = client
        self.pair: dict[str, str] = {}
        self.reports = 0

    async def call(
        self,
        method: str,
        path: str,
        content: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Told:
        """One call; bytes go as they are."""
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        async with self._client.request(
            method, self.base + path, data=io.BytesIO(body), headers=headers or {}
        ) as answer:
            return Told(answer.status, answer.content_type, await answer.read())

    # ---- DVCLT

    async def sign_in(self, **changed: str) -> Told:
        return await self.call("POST", TOKENS, {**ACCOUNT, **changed})

    async def renew(self, pair: Mapping[str, str]) -> Told:
        content = {key: pair[key] for key in ("token", "refreshToken")}
        return await self.call("POST", f"{TOKENS}/refresh", content)

    async def dvclt(self, method: str, path: str, content: Any = None) -> Told:
        """A call within a session that is opened once."""
        if not self.pair:
            told = await self.sign_in()
            assert wrong("dvclt-token", told.json) == []
            self.pair = told.json
        bearer = {"Authorization": f"Bearer {self.pair['token']}"}
        return await self.call(method, path, content, bearer)

    async def lines(self, query: str = "") -> list[dict[str, Any]]:
        told = await self.dvclt("GET", f"{LIST}?{query}")
        assert wrong("dvclt-list", told.json) == []
        found: list[dict[str, Any]] = told.json["data"]
        return found

    async def mark(self, number: str = BIRTH) -> Told:
        return await self.dvclt("PUT", LIST, {"maHoSo": number, "daNhan": True})

    async def report(self, rung: int, number: str = BIRTH, **changed: Any) -> Told:
        """A status report that differs from all before it in its time."""
        self.reports += 1
        content = {
            **sample(f"dvclt-status.{rung}"),
            "soHoSoLT": number,
            "thoiGianThucHien": f"202603100800{self.reports:02d}",
            **changed,
        }
        return await self.dvclt("POST", REPORT, content)

    async def climb(self, *rungs: int) -> list[str]:
        """Names of the answers to reports, one after the other."""
        return [(await self.report(rung)).name for rung in rungs]

    # ---- BTP

    async def btp(self, operation: str, content: Any) -> Told:
        login = aiohttp.encode_basic_auth(*BTP_ACCOUNT)
        headers = {"Authorization": login}
        return await self.call("POST", f"/btp/{operation}", content, headers)

    async def push(self, module: str = "KS", **changed: Any) -> str:
        """A linked dossier; the name of the answer."""
        content = {**sample(f"nhanHoSoDKHT.LT{module}"), **changed}
        return await self.named("nhanHoSoDKHT", content)

    async def register(self, module: str = "KS", **changed: Any) -> str:
        """A single registration; the name of the answer."""
        content = {**sample(f"dangKyHoTich.{module}"), **changed}
        return await self.named("dangKyHoTich", content)

    async def named(self, operation: str, content: Any) -> str:
        told = await self.btp(operation, content)
        assert told.status == 200
        assert wrong("btp-reply", told.json) == []
        return btp_name(operation, told.json)

    async def poll(
        self, *numbers: str, province: str = "99", module: str = "LTKS"
    ) -> Told:
        asked = [*(numbers or (BIRTH,))]
        content = {"maDinhDanhHoSo": asked, "maTinh": province, "module": module}
        return await self.btp("layKetQuaDKHT", content)

    async def polled(self, *numbers: str, **how: str) -> str:
        """Name of the answer to a poll."""
        return btp_name("layKetQuaDKHT", (await self.poll(*numbers, **how)).json)

    async def states(self, *numbers: str, **how: str) -> list[int]:
        found = (await self.poll(*numbers, **how)).value
        return [int(one["trangThai"]) for one in found]

    # ---- time and books

    async def run(self, hours: float) -> None:
        """Let everything happen that falls within that time."""
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
            busy = (await self.call("GET", "/_control/clock")).json["busy"]

    def effects(self, kind: str = "") -> list[tuple[str, str]]:
        """Kind and dossier of everything that changed."""
        return [
            (line["kind"], line["number"])
            for line in self.mock.effects.lines()
            if kind in {"", line["kind"]}
        ]

    def arrivals(self, kind: str) -> list[dict[str, Any]]:
        """Facts of the arrivals of that kind."""
        lines = self.mock.arrivals.lines()
        return [line["facts"] for line in lines if line["kind"] == kind]


@contextlib.asynccontextmanager
async def opened(
    folder: Path,
    *,
    scenario: str = "",
    number: str = BIRTH,
    faults: Iterable[dict[str, Any]] = (),
    dvclt: Mapping[str, Any] | None = None,
    btp: Mapping[str, Any] | None = None,
) -> AsyncIterator[Both]:
    """Both systems; ``scenario``: TOML of the dossier's table."""
    (folder / "scenarios" / "mot").mkdir(parents=True)
    (folder / "scenarios" / "mot" / "scenario.toml").write_text(
        f'number = "{number}"\n[civil_registry]\n{scenario}', "utf-8"
    )
    mock = MockAgency(
        "civil_registry",
        {"dvclt": {**DVCLT, **(dvclt or {})}, "btp": {**BTP, **(btp or {})}},
        folder,
        start=START,
        scenarios=Scenarios(folder / "scenarios"),
        faults=[Fault(agency="civil_registry", **fault) for fault in faults],
    )
    runner, base = await serve(mock, 0)
    try:
        async with aiohttp.ClientSession() as client:
            yield Both(mock, base, client)
    finally:
        await runner.cleanup()
        await mock.close()
