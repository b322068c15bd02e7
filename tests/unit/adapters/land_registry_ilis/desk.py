"""The gateway's side of an office with iLIS: adapter and hosted operations, on sockets."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import orjson
from aiohttp import web

from gateway.adapters.land_registry.making import make
from gateway.carriers.exchange_folder import ExchangeFolder
from gateway.carriers.http import HTTPCarrier
from gateway.conformance.adapter_host import Host
from gateway.conformance.adapter_lent import Lab, LentOnBench
from gateway.conformance.adapter_sessions import SessionsInMemory
from gateway.domain.identifiers import AgencyId
from gateway.domain.report import Reference
from gateway.mockagency.calls import Call
from gateway.ports.agency import AgencyAdapter, Answer, LegView, OutboundMessage
from gateway.validation.json_schema import JSONSchemaCatalogue
from tests.unit.adapters.land_registry import land as first
from tests.unit.adapters.land_registry_ilis.office import (
    ACCOUNT,
    NUMBER,
    SECRET,
    START,
    Land,
    opened,
)
from tests.unit.adapters.land_registry_ilis.published import SCHEMAS

OFFICE: dict[str, Any] = {
    "id": "land-vi-du-3",
    "name": "Chi nhánh văn phòng đăng ký đất đai Ví Dụ Ba",
    "land": {
        "dialect": "ilis",
        "client": ACCOUNT["client_id"],
        "account": ACCOUNT["username"],
        "receiver": "cb.mau03",
        "provincial": False,
    },
    "area": [
        {
            "commune": "90001",
            "tinh_id": "99",
            "huyen_id": "0",
            "xa_id": "09103",
            "from": date(2025, 7, 1),
        }
    ],
    "case": [
        {"code": "DC-01", "name": "Đính chính_Đăng ký biến động"},
        {"code": "CN-02", "name": "Chuyển nhượng_Đăng ký biến động"},
    ],
    "steps": {"13": "slip", "15": "paid", "19": "exempted"},
}
SECRETS = {
    "ilis.client": ACCOUNT["client_secret"],
    "ilis.account": ACCOUNT["password"],
    "callback": SECRET,
}
TIMEOUT_S = 2.0
TOKEN = "vi-du-khong-phai-token-that"


def settled(**land: Any) -> dict[str, Any]:
    """The office with other values in ``[office.land]``."""
    return {**OFFICE, "land": {**OFFICE["land"], **land}}


def message(kind: str = "hand_over", **changed: Any) -> OutboundMessage:
    """A message about the dossier that scenarios of these tests are about."""
    files = first.FILES if kind == "hand_over" else ()
    number = changed.pop("number", NUMBER)
    given = {
        "references": (Reference(AgencyId("one_stop"), "ma_ho_so", number),),
        "view": LegView({**first.VIEW, "case": "DC-01"}, files),
        **changed,
    }
    return first.message(kind, **given)


def _like(one: OutboundMessage) -> OutboundMessage:
    return message(str(one.kind), facts=one.facts, content=one.content)


SUPPLEMENT, WRONG, WITHDRAWAL, HANDED, PAYMENT, OWED_AGAIN = map(
    _like,
    (
        *(first.SUPPLEMENT, first.WRONG, first.WITHDRAWAL),
        *(first.HANDED, first.PAYMENT, first.OWED_AGAIN),
    ),
)
ALL = {
    str(one.kind): one
    for one in (
        *(message(), SUPPLEMENT, HANDED, WRONG, PAYMENT, OWED_AGAIN, WITHDRAWAL),
    )
}


class Keys:
    """Secrets of the office by name."""

    def __init__(self, folder: Path, changed: Mapping[str, str]) -> None:
        self.folder = folder
        self._values = {**SECRETS, **changed}

    def value(self, name: str) -> str:
        return self._values[name.partition(".")[2]]


@cache
def catalogue() -> JSONSchemaCatalogue:
    """The compiled schemas of the dialect."""
    return JSONSchemaCatalogue.load(SCHEMAS)


class Desk:
    """One process of the gateway that speaks to the office."""

    def __init__(
        self,
        base: str,
        folder: Path,
        *,
        office: Mapping[str, Any] = OFFICE,
        secrets: Mapping[str, str] | None = None,
        shared: SessionsInMemory | None = None,
        now: Any = lambda: START,
    ) -> None:
        self.shared = shared or SessionsInMemory()
        self._line = HTTPCarrier(base)
        self._desk = ExchangeFolder(folder / "desk")
        lent = LentOnBench(
            agency="land_registry",
            office=office,
            lab=Lab(Keys(folder, secrets or {}), catalogue(), SCHEMAS),
            clock=now,
            line=self._line,
            desk=self._desk,
            shared=self.shared,
        )
        self.adapter: AgencyAdapter = make(lent)

    async def submit(self, sent: OutboundMessage | None = None) -> Answer:
        (answer,) = await self.adapter.submit([sent or message()], timeout_s=TIMEOUT_S)
        return answer

    async def batch(self, *messages: OutboundMessage) -> list[Answer]:
        return [*await self.adapter.submit(messages, timeout_s=TIMEOUT_S)]

    async def close(self) -> None:
        await self._line.close()
        self._desk.close()


class Both:
    """The mock's system, the gateway's desk, and what it hosts for the office."""

    def __init__(self, land: Land, desk: Desk, host: Host, hosted: str) -> None:
        self.land = land
        self.desk = desk
        self.host = host
        self.hosted = hosted
        self.calls: list[Call] = []
        land.mock.on_call = self.calls.append

    async def submit(self, sent: OutboundMessage | None = None) -> Answer:
        return await self.desk.submit(sent)

    def of_operations(self) -> list[Call]:
        """Calls of the mock's own operations, the token's too."""
        return [call for call in self.calls if call.path.startswith("/ilis")]


@contextlib.asynccontextmanager
async def both(
    folder: Path,
    *,
    office: Mapping[str, Any] = OFFICE,
    secrets: Mapping[str, str] | None = None,
    **given: Any,
) -> AsyncIterator[Both]:
    """Everything on loopback; ``given``: faults, steps and settings of the mock."""
    host = Host(OFFICE["id"], Keys(folder, {}))
    runner = web.AppRunner(host.application(), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    name, port = runner.addresses[0][:2]
    hosted = f"http://{name}:{port}/callbacks/{OFFICE['id']}"
    async with opened(folder, callback_base=hosted, **given) as land:
        desk = Desk(
            land.base,
            folder,
            office=office,
            secrets=secrets,
            now=land.mock.clock.now,
        )
        host.operations = {(one.method, one.name): one for one in desk.adapter.hosted}
        try:
            yield Both(land, desk, host, hosted)
        finally:
            await desk.close()
            await runner.cleanup()


class Recorder:
    """A land system that gives tokens, takes everything and keeps the exact bytes."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, Mapping[str, str], bytes]] = []
        self.first_status = 200
        self.said = ""
        #: a page in place of every answer
        self.base = ""

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        if request.path.endswith("/token"):
            return web.json_response({"access_token": TOKEN, "expires_in": 3600})
        self.requests.append((request.path, dict(request.headers), body))
        if self.said:
            return web.Response(text=self.said, status=500)
        status = self.first_status if len(self.requests) == 1 else 200
        said = {"data": 1, "status": {"message": ""}}
        return web.json_response(said, status=status)

    @property
    def body(self) -> dict[str, Any]:
        found: dict[str, Any] = orjson.loads(self.requests[-1][2])
        return found


@contextlib.asynccontextmanager
async def recording() -> AsyncIterator[Recorder]:
    """A recorder on a socket."""
    recorder = Recorder()
    app = web.Application(client_max_size=96 * 1024 * 1024)
    app.router.add_post("/{path:.*}", recorder.take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    recorder.base = f"http://{host}:{port}"
    try:
        yield recorder
    finally:
        await runner.cleanup()


def at(now: datetime) -> Any:
    """A wall that stands still."""
    return lambda: now
