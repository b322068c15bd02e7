"""Ways from an adapter to its agency's mock: straight, or through a mock platform."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from gateway.carriers import lgsp, xroad_adapter
from gateway.carriers.http import HTTPCarrier
from gateway.carriers.lgsp import Access, LGSPCarrier, LGSPLogin, basic
from gateway.carriers.platform import BehindPlatform, Way, platform_error
from gateway.carriers.xroad_adapter import XRoadAdapterCarrier
from gateway.conformance.adapter_sessions import SessionsInMemory, keeper
from gateway.mockagency.platform import serve

if TYPE_CHECKING:
    from gateway.carriers.carrier import Carrier

KEY, SECRET = "khoa-thu", "bi-mat-thu"
ACCESS = Access("khoa-ket-noi-thu", "bi-mat-ket-noi-thu", "Cong thu", "H00.LT.01")
CODE = "VN:GOV:000.00.00.X99:thu"
ADAPTER = "/XrdAdapter/RestService/forward"
#: A mock that hangs on purpose is not waited for when its bench is put away.
SHUTDOWN_S = 0.01


class Carried(StrEnum):
    """How messages get to the agency."""

    DIRECT = "direct"
    LGSP = "lgsp"
    XROAD = "xroad_adapter"


@dataclass(frozen=True, slots=True)
class Line:
    """What a way is laid with; ``base``: the agency's own address."""

    base: str
    folder: Path
    start: datetime
    now: Callable[[], datetime]
    closing: AsyncExitStack


async def laid(way: Carried, line: Line) -> Carrier:
    """A carrier to the agency, by a platform that strips every header it may."""
    return await _LAID[way](line)


async def _direct(line: Line) -> Carrier:
    return HTTPCarrier(line.base)


async def _lgsp(line: Line) -> Carrier:
    service = {"name": "thu", "prefix": "/thu/1.0", "backends": [line.base]}
    told = {
        "consumer": [{"key": KEY, "secret": SECRET}],
        "access": {
            "AccessKey": ACCESS.key,
            "SecretKey": ACCESS.secret,
            "AppName": ACCESS.app,
            "PartnerCode": ACCESS.partner,
            "PartnerCodeCus": "",
        },
        "service": [service],
    }
    origin = await _playing("lgsp", told, line)
    tokens = HTTPCarrier(origin)
    line.closing.push_async_callback(tokens.close)
    login = LGSPLogin(
        tokens, basic(KEY, SECRET), form_from=None, now=line.now, told=_unheard
    )
    there = f"{origin}/thu/1.0"
    return LGSPCarrier(
        HTTPCarrier(there),
        BehindPlatform(there, line.base),
        Way(lgsp.PASSES, lgsp.MOST_BYTES),
        tokens=keeper("lgsp", login, SessionsInMemory(), line.now, platform_error),
        access=ACCESS,
        now=line.now,
    )


async def _xroad(line: Line) -> Carrier:
    # The agency's own path stays on the way (docs/platforms/xroad_adapter.md).
    agency = urlsplit(line.base)
    destination = {"dstcode": CODE, "backend": f"{agency.scheme}://{agency.netloc}"}
    origin = await _playing("xroad", {"destination": [destination]}, line)
    there = f"{origin}{ADAPTER}{agency.path}"
    return XRoadAdapterCarrier(
        HTTPCarrier(there),
        BehindPlatform(there, line.base),
        Way(xroad_adapter.PASSES, xroad_adapter.MOST_BYTES),
        dstcode=CODE,
        in_header=False,
        provider_url="",
        now=line.now,
    )


async def _playing(name: str, told: Mapping[str, Any], line: Line) -> str:
    """A mock platform's address."""
    fault = {"platform": name, "do": "strip_all_headers", "every": True}
    module = import_module(f"gateway.mockagency.platform_{name}")
    mock = module.from_config({name: told, "fault": [fault]}, line.folder, line.start)
    runner, origin = await serve(mock, 0, shutdown_s=SHUTDOWN_S)
    line.closing.push_async_callback(mock.close)
    line.closing.push_async_callback(runner.cleanup)
    return origin


def _unheard(_encoding: object) -> None:
    """Nobody has to be told on a bench."""


_LAID: Mapping[Carried, Callable[[Line], Awaitable[Carrier]]] = {
    Carried.DIRECT: _direct,
    Carried.LGSP: _lgsp,
    Carried.XROAD: _xroad,
}
