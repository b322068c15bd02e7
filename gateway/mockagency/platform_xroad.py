"""Mock of an exchange adapter, from its document (docs/platforms/xroad_adapter.md) alone.

Adapter, both security servers and what lies between them are one process: from
outside they are told apart by what they answer only.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from gateway.mockagency.platform import Inbound, MockPlatform
from gateway.mockagency.platform_answers import Told, spoiled
from gateway.mockagency.platform_faults import faults_of, is_after
from gateway.mockagency.platform_way import BrokeOff, NoAnswer, NotReached, passing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from gateway.mockagency.clock import Start
    from gateway.mockagency.platform_faults import PlatformFault

MAX_BODY_BYTES = 20 * 1024 * 1024
ADAPTER = "/XrdAdapter/RestService/forward"
TO_AGENCY = ("Content-Type", "Content-Encoding", "Accept")
TO_CALLER = ("Content-Type", "Content-Encoding")
_SERVICE_FAILED = "Server.ServerProxy.ServiceFailed.NetworkError"
#: Name of the answer → type and message.
ERRORS: Mapping[str, tuple[str, str]] = {
    "bad_request": ("Client.BadRequest", "dstcode is missing or no code"),
    "unknown_destination": (
        *("Server.ClientProxy.UnknownMember",),
        "Could not find addresses for service provider",
    ),
    "not_reached": (
        *("Server.ClientProxy.NetworkError",),
        "Could not connect to any target host ([https://10.0.0.9:5500/])",
    ),
    "outdated": (
        *("Server.ClientProxy.OutdatedGlobalConf",),
        "Global configuration is expired",
    ),
    "access_denied": ("Server.ServerProxy.AccessDenied", "Request is not allowed"),
    "unknown_service": ("Server.ServerProxy.UnknownService", "Unknown service"),
    "service_disabled": ("Server.ServerProxy.ServiceDisabled", "Service is disabled"),
    "agency_not_reached": (
        _SERVICE_FAILED,
        "Connect to 10.0.0.41:8083 failed: Connection refused",
    ),
    "no_answer": (_SERVICE_FAILED, "Read timed out"),
    "network_error": ("Server.ClientProxy.NetworkError", "Connection reset"),
    "other_error": (
        *("Server.ServerProxy.LoggingFailed.InternalError",),
        "Message could not be logged",
    ),
}
UNNAMED: Mapping[str, int] = {"too_large": 413, "adapter_timeout": 504}
KNOWN = frozenset(ERRORS) | frozenset(UNNAMED)


@dataclass(frozen=True, slots=True)
class Destination:
    """One system behind the exchange."""

    dstcode: str
    backend: str
    prefixes: tuple[str, ...]
    #: empty: every path
    providerurl: str
    refuses: str
    #: "access_denied" or "service_disabled"; empty: it is open

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> Destination:
        """A ``[[xroad.destination]]`` table."""
        refuses = str(raw.get("refuses", ""))
        if refuses and refuses not in ERRORS:
            message = f"{refuses!r} is no error of the document"
            raise ValueError(message)
        return cls(
            dstcode=str(raw["dstcode"]),
            backend=str(raw["backend"]).rstrip("/"),
            prefixes=tuple(str(one).rstrip("/") for one in raw.get("prefixes", ())),
            providerurl=str(raw.get("providerurl", "")),
            refuses=refuses,
        )

    def has(self, path: str) -> bool:
        """Whether one of its services lies there."""
        return not self.prefixes or any(
            path == prefix or path.startswith(f"{prefix}/") for prefix in self.prefixes
        )


@dataclass(frozen=True, slots=True)
class _Addressed:
    """A call whose own part is taken apart from that of the way."""

    path: str
    query: str
    dstcode: str
    #: empty: missing, twice or in the wrong place
    providerurl: str


class ExchangeAdapter(MockPlatform):
    """Destinations, and the order in which a call is looked at."""

    def __init__(
        self,
        settings: Mapping[str, Any],
        run_dir: Path,
        *,
        start: Start,
        faults: Iterable[PlatformFault] = (),
        name: str = "xroad",
    ) -> None:
        """Settings as schemas/platforms/xroad_adapter/mock.toml has them."""
        super().__init__(
            name,
            settings,
            run_dir,
            start=start,
            faults=faults,
            known=KNOWN,
            max_body_bytes=MAX_BODY_BYTES,
        )
        self._base = str(settings.get("adapter", ADAPTER)).rstrip("/")
        self._in_header = settings.get("dstcode_in", "query") == "header"
        self._client = str(settings.get("client", "VN/GOV/H00/motcua"))
        self._tells_header = bool(settings.get("tells_error_header", True))
        self._destinations = {
            one.dstcode: one
            for one in map(Destination.of, settings.get("destination", ()))
        }

    @property
    def server(self) -> str:
        """What the adapter's web server calls itself."""
        return "Apache-Coyote/1.1"

    def service_of(self, call: Inbound) -> str:
        """The destination's code; empty where there is none."""
        return self._addressed(call).dstcode

    def _addressed(self, call: Inbound) -> _Addressed:
        own: list[str] = []
        way: dict[str, list[str]] = {"dstcode": [], "providerurl": []}
        for pair in call.query.split("&"):
            name, _, value = pair.partition("=")
            if name == "providerurl" or (name == "dstcode" and not self._in_header):
                way[name].append(unquote(value))
            elif pair:
                own.append(pair)
        if self._in_header:
            way["dstcode"] = [
                value
                for name, value in call.headers.items()
                if name.lower() == "dstcode"
            ]
        code = way["dstcode"][0] if len(way["dstcode"]) == 1 else ""
        return _Addressed(
            path=call.path.removeprefix(self._base),
            query="&".join(own),
            dstcode=code if _is_code(code) else "",
            providerurl=way["providerurl"][0] if way["providerurl"] else "",
        )

    async def told(self, call: Inbound) -> Told:
        """§5, in its order."""
        fault = self.plan.next(self.service_of(call))
        if call.body is None:
            return Told("too_large", 413, {})
        if not call.path.startswith(f"{self._base}/"):
            page = {"Content-Type": "text/html; charset=UTF-8"}
            return Told("no_adapter", 404, page, b"<title>404 Not Found</title>")
        addressed = self._addressed(call)
        if not addressed.dstcode:
            return self.error("bad_request")
        destination = self._destinations.get(addressed.dstcode)
        if destination is None:
            return self.error("unknown_destination")
        if fault is not None and not is_after(fault):
            told = self._named(fault) or spoiled(fault, b"")
            if told is not None:
                return told
        if destination.refuses:
            return self.error(destination.refuses)
        wanted = destination.providerurl
        strange = wanted and addressed.providerurl.rstrip("/") != wanted.rstrip("/")
        if strange or not destination.has(addressed.path):
            return self.error("unknown_service")
        return await self._forwarded(call, addressed, destination, fault)

    async def _forwarded(
        self,
        call: Inbound,
        addressed: _Addressed,
        destination: Destination,
        fault: PlatformFault | None,
    ) -> Told:
        query = f"?{addressed.query}" if addressed.query else ""
        number = str(uuid.uuid4())
        headers = {
            **passing(call.headers, TO_AGENCY),
            "User-Agent": "X-Road",
            "X-Road-Client": self._client,
            "X-Road-Id": number,
        }
        try:
            carried = await self.carried(
                call, f"{destination.backend}{addressed.path}{query}", headers, fault
            )
        except NotReached:
            return self.error("agency_not_reached")
        except (NoAnswer, BrokeOff):
            return self.error("no_answer")
        if fault is not None and is_after(fault):
            return spoiled(fault, carried.body) or self.error(fault.do)
        if fault is not None and fault.do == "strip_all_headers":
            return Told("agency", carried.status, {}, carried.body)
        passed = {**passing(carried.headers, TO_CALLER), "X-Road-Id": number}
        return Told("agency", carried.status, passed, carried.body)

    def _named(self, fault: PlatformFault) -> Told | None:
        return self.error(fault.do) if fault.do in KNOWN else None

    def error(self, name: str) -> Told:
        """An answer of §4.2."""
        if name in UNNAMED:
            return Told(name, UNNAMED[name], {})
        kind, message = ERRORS[name]
        content = {"type": kind, "message": message, "detail": str(uuid.uuid4())}
        headers = {"Content-Type": "application/json;charset=utf-8"}
        if self._tells_header:
            headers["X-Road-Error"] = kind
        status = 400 if kind.startswith("Client.") else 500
        return Told(name, status, headers, json.dumps(content).encode())


def _is_code(text: str) -> bool:
    parts = text.split(":")
    return len(parts) == 4 and all(parts)


def from_config(
    config: Mapping[str, Any],
    run_dir: Path,
    start: Start,
    name: str = "xroad",
) -> ExchangeAdapter:
    """From a configuration file, as the command has it; ``name``: its table there."""
    return ExchangeAdapter(
        config.get(name, {}),
        run_dir,
        start=start,
        faults=faults_of(config, name),
        name=name,
    )
