"""Calls a one-stop back as the land system would, in the land system's own words.

For a one-stop that took the gateway into its line to a land system of dialect
VBDLIS (docs/agencies/land_registry.md, sections 2.2 and 10): its existing callbacks,
its own secret as the last segment of the path.
"""

from __future__ import annotations

import asyncio
import tomllib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime
from importlib.resources import files
from typing import Any
from urllib.parse import quote

import orjson

from gateway.carriers.carrier import Carrier
from gateway.carriers.destination import AddressRefused
from gateway.carriers.failures import MayHaveLeft, NothingLeft
from gateway.carriers.http import HTTPAnswer, Timeouts
from gateway.carriers.replies import Replies, seconds_asked
from gateway.domain.attempt import Outcome
from gateway.domain.errors import (
    AgencyBrokeContract,
    AgencyUnavailable,
    NeedsConfiguration,
    NeedsData,
)
from gateway.domain.identifiers import AgencyId, MessageKind, OfficeId
from gateway.domain.report import FileLink
from gateway.domain.values import replace
from gateway.ports.agency import (
    AgencyAdapter,
    Answer,
    HostedOperation,
    HostedReply,
    KindTraits,
    OutboundMessage,
    answer_of,
)

_HERE = files("gateway.adapters.one_stop")
MANIFEST: Mapping[str, Any] = tomllib.loads(
    (_HERE / "agency_link.toml").read_text("utf-8")
)
REPLIES = Replies.load((_HERE / "link_replies.toml").read_text("utf-8"))
TRAITS: Mapping[MessageKind, KindTraits] = {
    row["kind"]: KindTraits.of(row) for row in MANIFEST["kind"]
}
_HEADERS = {"Content-Type": "application/json; charset=utf-8"}
_CORRECTION = "YeuCauCapNhatHoSo"
#: As often as the land system repeats what was not confirmed (section 2.2).
MOST_REPEATS = 20
#: Where a one-stop that speaks iLIS awaits the secret (land_registry_ilis.md, 2.2).
IN_QUERY = "query:CodeGet"


class LinkedOneStopAdapter(AgencyAdapter):
    """One one-stop system behind the gateway; what it calls comes in by its links."""

    agency = AgencyId("one_stop")
    traits = TRAITS
    hosted: tuple[HostedOperation, ...] = ()
    words = REPLIES.words()

    def __init__(
        self,
        office: Mapping[str, Any],
        carrier: Carrier,
        *,
        secret: str,
        now: Callable[[], datetime],
    ) -> None:
        """Take its table of ``config/agencies/one_stop.toml``.

        ``secret``: its own for callbacks; it goes into the path. ``now``: wall time.
        """
        self._links = {str(row["office"]): row for row in office["link"]}
        self._carrier = carrier
        self._secret = secret
        self._now = now

    async def submit(
        self, batch: Sequence[OutboundMessage], *, timeout_s: float
    ) -> Sequence[Answer]:
        """One call per message, one after the other; no error is raised."""
        until = asyncio.get_running_loop().time() + timeout_s
        return [await self._one(message, until) for message in batch]

    async def _one(self, message: OutboundMessage, until: float) -> Answer:
        try:
            operation, body = _call_of(message)
            path = self._path_of(message, operation)
            left_s = max(until - asyncio.get_running_loop().time(), 0.001)
            answer = await self._carrier.send(
                "POST", path, _HEADERS, body, timeouts=Timeouts.within(left_s)
            )
        except (NothingLeft, MayHaveLeft) as error:
            status = error.status if isinstance(error, MayHaveLeft) else None
            return replace(answer_of(error), times=error.times, http_status=status)
        except (NeedsData, NeedsConfiguration) as error:
            return answer_of(error)
        except AddressRefused:
            return Answer(Outcome.NEEDS_CONFIGURATION, "address_refused")
        return _understood(answer, message, self._now())

    def _path_of(self, message: OutboundMessage, operation: str) -> str:
        link = self._links.get(str(message.facts.get("office", "")))
        if link is None:
            raise NeedsConfiguration(
                code="link_missing",
                remedy="Quản trị khai báo lại dòng [[office.link]] của một cửa này.",
            )
        below = f"{str(link['callbacks']).strip('/')}/{operation}"
        secret = quote(self._secret, safe="")
        if link.get("shown_in") == IN_QUERY:
            return f"{below}?{IN_QUERY.partition(':')[2]}={secret}"
        return f"{below}/{secret}"

    async def fetch_list(
        self, office: OfficeId, name: str, *, timeout_s: float
    ) -> HostedReply:
        """One of its lists (section 11), as it gives it.

        Raises:
            AgencyUnavailable: it gave none.
        """
        link = self._links.get(office, {})
        in_query = link.get("shown_in") == IN_QUERY
        parameter = IN_QUERY.partition(":")[2] if in_query else "SecurityCode"
        try:
            answer = await self._carrier.send(
                "GET",
                f"{str(link.get('callbacks', '')).strip('/')}/{name}",
                timeouts=Timeouts.within(timeout_s),
                query={parameter: self._secret},
            )
        except (NothingLeft, MayHaveLeft, AddressRefused) as error:
            raise AgencyUnavailable("list", code="list_not_there") from error
        if answer.status != 200 or _result(answer.body) != "1":
            raise AgencyUnavailable("list", code="list_not_there")
        return HostedReply(200, _HEADERS["Content-Type"], answer.body)

    async def enquire(self, message: OutboundMessage, *, timeout_s: float) -> Answer:
        """Not offered: a message is repeated instead (section 2.2)."""
        del message, timeout_s
        return Answer(Outcome.UNKNOWN, "not_enquirable")

    async def poll(
        self, messages: Sequence[OutboundMessage], *, timeout_s: float
    ) -> Sequence[Answer]:
        """Not offered: nothing follows later on a message."""
        del timeout_s
        return [Answer(Outcome.DELIVERED, "received") for _ in messages]

    async def fetch_file(
        self, link: FileLink, *, timeout_s: float
    ) -> AsyncIterator[bytes]:
        """Not offered: a one-stop gives its files with the dossier.

        Raises:
            AgencyBrokeContract: always.
        """
        del link, timeout_s
        raise AgencyBrokeContract(code="no_files_by_link")
        yield b""  # pragma: no cover  makes this an iterator


def _call_of(message: OutboundMessage) -> tuple[str, bytes]:
    """Operation and exact body.

    Raises:
        NeedsData: what it should carry was deleted, or it names no dossier.
    """
    if message.kind == "relayed":
        body = message.content.get("body")
        if not body or "operation" not in message.facts:
            raise NeedsData(code="relayed_words_gone")
        return str(message.facts["operation"]), bytes(body)
    number = message.number("so_bien_nhan") or message.number("ma_ho_so")
    if number is None:
        raise NeedsData(code="receipt_number_missing")
    asked = {"SoBienNhan": number, "GhiChu": str(message.facts.get("note", ""))}
    return _CORRECTION, orjson.dumps(asked)


def _understood(answer: HTTPAnswer, message: OutboundMessage, now: datetime) -> Answer:
    wait_s = seconds_asked(answer.headers.get("Retry-After", ""), now)
    fields = {"Result": _result(answer.body)}
    fields["Retry-After"] = answer.headers.get("Retry-After", "")
    row = REPLIES.classify(message.kind, answer.status, fields, "")
    told = Answer(
        Outcome.UNKNOWN,
        "delivery_unknown",
        retry_after_s=wait_s,
        response=answer.body or None,
        http_status=answer.status,
        times=answer.times,
    )
    if row is None:
        return told
    told = replace(
        told,
        outcome=row.outcome,
        code=row.code,
        detail=row.reason,
        remedy=row.next_action,
    )
    if told.code == "one_stop_not_confirmed" and message.attempt > MOST_REPEATS:
        # The land system gives up then; here a person is to look.
        return replace(told, outcome=Outcome.REFUSED)
    return told


def _result(body: bytes) -> str:
    """``Result`` as text; empty where the answer has another shape."""
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError:
        return ""
    result = content.get("Result") if isinstance(content, dict) else None
    return str(result) if type(result) is int else ""
