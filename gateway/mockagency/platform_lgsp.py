"""Mock of a sharing platform, from its document (docs/platforms/lgsp.md) alone."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from aiohttp import web

from gateway.mockagency.platform import Inbound, MockPlatform
from gateway.mockagency.platform_answers import Told, spoiled
from gateway.mockagency.platform_faults import faults_of, is_after
from gateway.mockagency.platform_tokens import ACCESS_HEADER, Tokens
from gateway.mockagency.platform_way import (
    BrokeOff,
    Carried,
    NoAnswer,
    NotReached,
    passing,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from gateway.mockagency.clock import Start
    from gateway.mockagency.platform import Control
    from gateway.mockagency.platform_faults import PlatformFault

MAX_BODY_BYTES = 32 * 1024 * 1024
SERVER = "WSO2-PassThrough-HTTP"
TO_AGENCY = (
    *("Content-Type", "Content-Encoding", "Accept", "Accept-Charset"),
    *("Accept-Language", "SOAPAction"),
)
TO_CALLER = ("Content-Type", "Content-Encoding", "Retry-After")
NEVER = {"authorization", ACCESS_HEADER, "cookie"}
#: Name of the answer → HTTP, code, message, description.
FAULTS: Mapping[str, tuple[int, str, str, str]] = {
    "token_missing": (401, "900902", "Missing Credentials", ""),
    "token_refused": (401, "900901", "Invalid Credentials", ""),
    "token_expired": (401, "900903", "Access Token Expired", ""),
    "forbidden": (403, "900908", "Resource forbidden", ""),
    "unknown_service": (
        *(404, "404", "Not Found"),
        "The requested resource is not available.",
    ),
    "no_resource": (404, "900906", "No matching resource found", ""),
    "blocked": (503, "700700", "API blocked", ""),
    "barred": (403, "900805", "Message blocked", ""),
    "throttled": (429, "900800", "Message throttled out", "Quota exceeded"),
    "key_check_down": (500, "900900", "Unclassified Authentication Failure", ""),
    "not_reached": (503, "101503", "Runtime Error", "Error connecting to the back end"),
    "suspended": (503, "303001", "Runtime Error", "[ State : SUSPENDED ]"),
    "no_answer": (504, "101504", "Runtime Error", "Send timeout"),
    "broke_off": (502, "101505", "Runtime Error", "Connection closed"),
    "other_fault": (500, "900967", "General Error", ""),
}
NAMED = frozenset(FAULTS) | {"too_large"}
KNOWN = NAMED | {"token_dies", "token_busy"}


@dataclass(frozen=True, slots=True)
class Published:
    """One agency's system as it is published."""

    name: str
    prefix: str
    backends: tuple[str, ...]
    open_headers: tuple[str, ...]
    publishes: frozenset[str]
    #: "POST /path"; empty: everything

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> Published:
        """A ``[[lgsp.service]]`` table."""
        prefix = str(raw["prefix"]).rstrip("/")
        opened = raw.get("open_headers", ())
        return cls(
            name=str(raw.get("name", prefix)),
            prefix=prefix,
            backends=tuple(str(one).rstrip("/") for one in raw["backends"]),
            open_headers=tuple(one for one in opened if one.lower() not in NEVER),
            publishes=frozenset(raw.get("publishes", ())),
        )

    def rest(self, path: str) -> str | None:
        """What follows the prefix; None: another service's path."""
        below = path.startswith(f"{self.prefix}/") or path == self.prefix
        return path[len(self.prefix) :] if below else None


class LGSP(MockPlatform):
    """Tokens, services and the order in which a call is looked at."""

    def __init__(
        self,
        settings: Mapping[str, Any],
        run_dir: Path,
        *,
        start: Start,
        faults: Iterable[PlatformFault] = (),
        name: str = "lgsp",
    ) -> None:
        """Settings as schemas/platforms/lgsp/mock.toml has them."""
        super().__init__(
            name,
            settings,
            run_dir,
            start=start,
            faults=faults,
            known=KNOWN,
            max_body_bytes=MAX_BODY_BYTES,
        )
        self._tokens = Tokens(settings)
        self._services = [Published.of(row) for row in settings.get("service", ())]
        self._subscribed = {
            row["key"]: frozenset(row["services"])
            for row in settings.get("consumer", ())
            if "services" in row
        }
        self._shape = str(settings.get("fault_shape", "flat"))
        self._dates = settings.get("retry_after", "date") == "date"
        self._per_minute = int(settings.get("calls_per_minute", 0))
        self._suspend = timedelta(seconds=settings.get("suspend_s", 30))
        self._suspended: dict[str, datetime] = {}
        self._calls: Counter[tuple[str, datetime]] = Counter()

    @property
    def server(self) -> str:
        """What the product calls itself."""
        return SERVER

    def controls(self) -> Sequence[tuple[str, Control]]:
        """Tokens may be revoked on command."""
        return (("/_control/tokens/revoke", self._revoke),)

    async def _revoke(self, _request: web.Request) -> web.Response:
        return web.json_response({"revoked": self._tokens.revoke_all()})

    def service_of(self, call: Inbound) -> str:
        """Its name; ``token`` for a token call, empty for an unknown prefix."""
        if call.path == "/token":
            return "token"
        found = self._service(call.path)
        return found.name if found else ""

    def _service(self, path: str) -> Published | None:
        fitting = [one for one in self._services if one.rest(path) is not None]
        return max(fitting, key=lambda one: len(one.prefix), default=None)

    async def told(self, call: Inbound) -> Told:
        """§6, in its order."""
        fault = self.plan.next(self.service_of(call))
        if call.body is None:
            return Told("too_large", 413, {})
        if call.path == "/token":
            return self._token_told(call, fault)
        service = self._service(call.path)
        if service is None:
            return self.fault("unknown_service")
        refused = self._refused(call, service, fault)
        if refused is not None:
            return refused
        return await self._forwarded(call, service, fault)

    def _token_told(self, call: Inbound, fault: PlatformFault | None) -> Told:
        if fault is None:
            return self._tokens.told(call, self.clock.now())
        if fault.do == "token_busy":
            return Told(fault.do, 503, {"Retry-After": "30"})
        told = self._tokens.told(call, self.clock.now()) if is_after(fault) else None
        return spoiled(fault, told.body if told else b"") or self.fault(fault.do)

    def _refused(
        self, call: Inbound, service: Published, fault: PlatformFault | None
    ) -> Told | None:
        """What is answered before the agency's turn; None: it is its turn."""
        now = self.clock.now()
        scheme, _, value = call.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not value:
            return self.fault("token_missing")
        if fault is not None and fault.do == "token_dies":
            self._tokens.revoke(value)
        token = self._tokens.find(value)
        if token is None or token.ends <= now:
            return self.fault("token_expired" if token else "token_refused")
        subscribed = self._subscribed.get(token.holder)
        if subscribed is not None and service.name not in subscribed:
            return self.fault("forbidden")
        if not self._tokens.access_fits(call.headers):
            return self.fault("forbidden")
        wanted = f"{call.method} {service.rest(call.path)}"
        if service.publishes and wanted not in service.publishes:
            return self.fault("no_resource")
        if self._is_throttled(token.holder, now):
            return self.fault("throttled")
        if self._suspended.get(service.name, now) > now:
            return self.fault("suspended")
        return None

    def _is_throttled(self, holder: str, now: datetime) -> bool:
        minute = (holder, now.replace(second=0, microsecond=0))
        self._calls[minute] += 1
        return 0 < self._per_minute < self._calls[minute]

    async def _forwarded(
        self, call: Inbound, service: Published, fault: PlatformFault | None
    ) -> Told:
        replaced = fault is not None and fault.do in NAMED
        if fault is not None and not is_after(fault):
            told = self.fault(fault.do) if replaced else spoiled(fault, b"")
            if told is not None:
                return told
        try:
            carried = await self._carried_to_one(call, service, fault)
        except NotReached:
            self._suspended[service.name] = self.clock.now() + self._suspend
            return self.fault("not_reached")
        except NoAnswer:
            return self.fault("no_answer")
        except BrokeOff:
            return self.fault("broke_off")
        if fault is not None and is_after(fault):
            return spoiled(fault, carried.body) or self.fault(fault.do)
        bare = fault is not None and fault.do == "strip_all_headers"
        headers = {} if bare else passing(carried.headers, TO_CALLER)
        return Told("agency", carried.status, headers, carried.body)

    async def _carried_to_one(
        self, call: Inbound, service: Published, fault: PlatformFault | None
    ) -> Carried:
        """The addresses in turn; what the last one did is what is told."""
        headers = {
            **passing(call.headers, (*TO_AGENCY, *service.open_headers)),
            "User-Agent": "Synapse-PT-HttpComponents-NIO",
        }
        rest = service.rest(call.path) or ""
        query = f"?{call.query}" if call.query else ""
        for backend in service.backends[:-1]:
            try:
                return await self.carried(
                    call, f"{backend}{rest}{query}", headers, fault
                )
            except (NotReached, NoAnswer, BrokeOff):
                continue
        last = f"{service.backends[-1]}{rest}{query}"
        return await self.carried(call, last, headers, fault)

    def fault(self, name: str) -> Told:
        """An answer of §5.2 in the shape of this installation."""
        if name == "too_large":
            return Told(name, 413, {})
        status, code, message, description = FAULTS[name]
        content: dict[str, Any] = {
            "code": code,
            "type": "Status report",
            "message": message,
            "description": description or message,
        }
        headers: dict[str, str] = {}
        if name == "throttled":
            again = _next_minute(self.clock.now())
            headers["Retry-After"] = self._retry_after(again)
            content["nextAccessTime"] = f"{again:%Y-%b-%d %H:%M:%S}+0000 UTC"
        if self._shape == "xml":
            headers["Content-Type"] = "application/xml; charset=UTF-8"
            body = _xml(content)
        else:
            headers["Content-Type"] = "application/json; charset=UTF-8"
            nested = {"fault": {**content, "code": int(code)}}
            body = json.dumps(nested if self._shape == "nested" else content)
        told = "token_refused" if name == "token_expired" else name
        return Told(told, status, headers, body.encode())

    def _retry_after(self, again: datetime) -> str:
        if self._dates:
            return format_datetime(again, usegmt=True)
        return str(int((again - self.clock.now()).total_seconds()) + 1)


def _next_minute(now: datetime) -> datetime:
    return now.replace(second=0, microsecond=0) + timedelta(minutes=1)


def _xml(content: Mapping[str, Any]) -> str:
    inner = "".join(f"<am:{k}>{escape(str(v))}</am:{k}>" for k, v in content.items())
    return f'<am:fault xmlns:am="http://wso2.org/apimanager">{inner}</am:fault>'


def from_config(
    config: Mapping[str, Any],
    run_dir: Path,
    start: Start,
    name: str = "lgsp",
) -> LGSP:
    """From a configuration file, as the command has it; ``name``: its table there."""
    return LGSP(
        config.get(name, {}),
        run_dir,
        start=start,
        faults=faults_of(config, name),
        name=name,
    )
