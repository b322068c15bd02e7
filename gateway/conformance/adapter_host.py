"""What the gateway hosts for an agency, on a socket of the bench."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

from aiohttp import web

from gateway.domain.errors import ReportRefused
from gateway.domain.identifiers import OfficeId
from gateway.ports.agency import HostedOperation, HostedReply, InboundMessage
from gateway.ports.caller import Caller
from gateway.ports.inbox import PartResult

if TYPE_CHECKING:
    from gateway.domain.report import AgencyReport
    from gateway.ports.agency import AgencyAdapter

MOST_BYTES = 64 * 1024 * 1024
#: A row of each list that agencies fetch.
LISTS: dict[str, Any] = {
    "users": [{"account": "motcua.vidu", "name": "Cán bộ Ví Dụ", "unit": "Một cửa"}],
    "procedures": [{"code": "1.999001", "name": "Thủ tục ví dụ"}],
    "states": [{"code": 4, "name": "Đang xử lý"}],
}


class Known(Protocol):
    """Secrets by name."""

    def value(self, name: str) -> str:
        """A secret.

        Raises:
            KeyError: nobody made it.
        """


class Host:
    """Reads what comes as the gateway's own listener does, and keeps the reports."""

    def __init__(self, office: str, keys: Known) -> None:
        """Nothing is hosted before ``operations`` are set."""
        self.operations: dict[tuple[str, str], HostedOperation] = {}
        self.reports: list[AgencyReport] = []
        self.came_at: list[datetime] = []
        #: the agency's wall time when each report came
        self.wall: Callable[[], datetime] = _real
        self.refused: list[ReportRefused] = []
        self.caller: Caller | None = None
        #: the dialect of a system that calls the open interface
        self._office = OfficeId(office)
        self._keys = keys

    def serve(self, adapter: AgencyAdapter, wall: Callable[[], datetime]) -> None:
        """Host what an adapter offers, by the agency's wall time."""
        self.caller, self.wall = adapter.caller, wall
        self.operations = {(one.method, one.name): one for one in adapter.hosted}

    def application(self) -> web.Application:
        """Routes as under ``/callbacks`` of the gateway."""
        app = web.Application(client_max_size=MOST_BYTES)
        path = f"/callbacks/{self._office}/{{name}}"
        for place in (path, f"{path}/{{secret}}"):
            app.router.add_route("*", place, self._serve)
        app.router.add_post("/open/v1/{name}", self._called)
        return app

    async def _called(self, request: web.Request) -> web.Response:
        """Public keys; nothing else of the open interface is there on a bench."""
        if self.caller is None or request.match_info["name"] != "keys":
            return web.Response(status=503)
        shown = self.caller.keys()
        return web.json_response({"keys": [dict(key) for key in shown]})

    def inbound(self, operation: str, body: bytes) -> InboundMessage:
        """A message as it comes to an operation."""
        return InboundMessage(self._office, operation, body, {}, {}, self.wall())

    def read(self, operation: HostedOperation, body: bytes) -> list[AgencyReport]:
        """The reports of a message; a part that is none raises what it was refused for.

        Raises:
            ReportRefused: the message proves nothing.
        """
        message = self.inbound(operation.name, body)
        if operation.parts is None:
            return list(operation.read(message)) if operation.read else []
        found = []
        for part in operation.parts(message):
            if part.report is None:
                raise part.refused or ReportRefused()
            found.append(part.report)
        return found

    async def _serve(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        operation = self.operations.get((request.method, name))
        body = await request.read()
        if operation is None or not self._is_let_in(operation, request, body):
            return web.Response(status=404)
        if operation.catalogue is not None:
            return _http(operation.catalogue(LISTS))
        if operation.parts is not None and operation.reply_parts is not None:
            return _http(self._parts(operation, body))
        try:
            self.keep(self.read(operation, body))
        except ReportRefused as refused:
            self.refused.append(refused)
            return _http(operation.reply(refused.remedy, ok=False))
        return _http(operation.reply("Đã ghi nhận", ok=True))

    def _parts(self, operation: HostedOperation, body: bytes) -> HostedReply:
        try:
            parts = operation.parts(self.inbound(operation.name, body))  # type: ignore[misc]
        except ReportRefused as refused:
            self.refused.append(refused)
            return operation.reply(refused.remedy, ok=False)
        self.keep([part.report for part in parts if part.report])
        self.refused += [part.refused for part in parts if part.refused]
        results = [PartResult(p, p.refused.code if p.refused else "") for p in parts]
        return operation.reply_parts(results)  # type: ignore[misc]

    def keep(self, reports: list[AgencyReport]) -> None:
        """Keep what came, with when it came."""
        self.reports += reports
        self.came_at += [self.wall()] * len(reports)

    def _is_let_in(
        self, operation: HostedOperation, request: web.Request, body: bytes
    ) -> bool:
        shown = request.match_info.get("secret", "")
        if operation.secret is not None:
            shown = operation.secret.of(body)
        elif operation.shown_in != "path":
            shown = request.query.get(operation.shown_in.partition(":")[2], "")
        return bool(shown) and shown == self._keys.value(f"{self._office}.callback")


def _real() -> datetime:
    return datetime.now(UTC)


def _http(reply: HostedReply) -> web.Response:
    headers = {"Content-Type": reply.media_type}
    return web.Response(status=reply.status, body=reply.body, headers=headers)
