"""Which listener serves what, where zones are apart; who called, where a relay says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.api.live import PATH as WATCHED
from gateway.api.peers import CALLER_KEY
from gateway.api.problems import unknown_path
from gateway.domain.relay_table import CERTIFICATE, OURS, PEER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import ASGIApp, Receive, Scope, Send

FRONT, CONSOLE, MACHINES, AGENCIES = "front", "console", "machines", "agencies"
#: First segment of a path → where it is served; what is not here belongs to the front.
_ZONES = {
    "": CONSOLE,
    "console": CONSOLE,
    "healthz": MACHINES,
    "readyz": MACHINES,
    "metrics": MACHINES,
    "callbacks": AGENCIES,
    "open": AGENCIES,
}
#: What watches a process, or virtual time, asks whatever listener there is.
_EVERYWHERE = frozenset({"/health"})
_CONTROL = "/_control"


def zone_of(path: str) -> str:
    """Where a path is served; as the framework will read it, decoded once."""
    return _ZONES.get(path.removeprefix("/").partition("/")[0], FRONT)


class Zone:
    """Serves what belongs to some zones; of the rest nothing is there."""

    def __init__(self, app: ASGIApp, *zones: str) -> None:
        """Stand before an application."""
        self._app = app
        self._zones = frozenset(zones)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve, or say that there is no such path."""
        if scope["type"] == "http" and not self._has(scope["path"]):
            await unknown_path()(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _has(self, path: str) -> bool:
        # The pages follow what moves by one call of the API.
        shared = path in _EVERYWHERE or path.startswith(_CONTROL)
        pages = path == WATCHED and CONSOLE in self._zones
        return shared or pages or zone_of(path) in self._zones


class Doors:
    """One listener for several applications, each with its zone; for relays."""

    def __init__(self, doors: Mapping[str, ASGIApp]) -> None:
        """``doors``: zone → application."""
        self._doors = dict(doors)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve by the zone of the path; what the pages serve is in none of them."""
        if scope["type"] != "http":
            return
        app = self._doors.get(zone_of(scope["path"]), unknown_path())
        if scope["path"] in _EVERYWHERE or scope["path"].startswith(_CONTROL):
            app = unknown_path()
        await app(scope, receive, send)


class FromRelay:
    """Takes the relay's word for who called; only where nobody else can connect."""

    def __init__(self, app: ASGIApp) -> None:
        """Stand before an application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve with the caller's own address."""
        if scope["type"] != "http":
            return
        said = {k.decode(): v.decode() for k, v in scope["headers"] if k in _SAID}
        if PEER not in said:
            await unknown_path()(scope, receive, send)
            return
        told = {
            **scope,
            "client": (said[PEER], 0),
            CALLER_KEY: said.get(CERTIFICATE, ""),
            "headers": [
                one for one in scope["headers"] if not one[0].startswith(OURS.encode())
            ],
        }
        await self._app(told, receive, send)


_SAID = {PEER.encode(), CERTIFICATE.encode()}
