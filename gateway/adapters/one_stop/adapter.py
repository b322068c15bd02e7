"""Tells a one-stop system the present state of its dossiers."""

from __future__ import annotations

import asyncio
import tomllib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime
from importlib.resources import files
from typing import Any

from gateway.adapters.one_stop.mapping import (
    MAX_INLINE_BYTES,
    Signer,
    event,
    sealed,
)
from gateway.adapters.one_stop.reading import fields_of
from gateway.carriers.carrier import Carrier
from gateway.carriers.destination import AddressRefused
from gateway.carriers.failures import MayHaveLeft, NothingLeft
from gateway.carriers.http import HTTPAnswer, Timeouts
from gateway.carriers.replies import Replies, seconds_asked
from gateway.domain.attempt import Outcome
from gateway.domain.errors import (
    AgencyBrokeContract,
    DeliveryError,
    NeedsConfiguration,
    StoreError,
)
from gateway.domain.identifiers import AgencyId, MessageKind
from gateway.domain.report import FileLink
from gateway.domain.values import replace
from gateway.ports.agency import (
    AgencyAdapter,
    Answer,
    HostedOperation,
    KindTraits,
    OutboundMessage,
    answer_of,
)

AGENCY = AgencyId("one_stop")
_HERE = files("gateway.adapters.one_stop")
MANIFEST: Mapping[str, Any] = tomllib.loads((_HERE / "agency.toml").read_text("utf-8"))
REPLIES = Replies.load((_HERE / "replies.toml").read_text("utf-8"))
TRAITS: Mapping[MessageKind, KindTraits] = {
    row["kind"]: KindTraits.of(row) for row in MANIFEST["kind"]
}
OPERATION = str(MANIFEST["kind"][0]["operation"])


class OneStopAdapter(AgencyAdapter):
    """Signed status webhooks to one one-stop system; its calls come by our own API."""

    agency = AGENCY
    traits = TRAITS
    hosted: tuple[HostedOperation, ...] = ()
    words = REPLIES.words()

    def __init__(
        self,
        office: Mapping[str, Any],
        carrier: Carrier,
        *,
        secrets: Sequence[str],
        now: Callable[[], datetime],
    ) -> None:
        """For one office.

        ``office``: its table of ``config/agencies/one_stop.toml``, of which
        ``webhook_path`` (default: ``path`` of ``agency.toml``) and ``results``
        (``link``, the default, or ``inline``) are read. ``secrets``: the valid
        ones, the newest first. ``now``: wall time, aware.

        Raises:
            NeedsConfiguration: no secret, or an unknown way for results.
        """
        results = str(office.get("results", "link"))
        if results not in {"link", "inline"}:
            raise NeedsConfiguration(
                code="results_unknown",
                remedy='Quản trị đặt results = "link" hoặc "inline" cho một cửa này.',
            )
        self._inline = results == "inline"
        self._path = str(office.get("webhook_path", MANIFEST["agency"]["path"]))
        self._carrier = carrier
        self._signer = Signer(secrets)
        self._now = now

    async def submit(
        self, batch: Sequence[OutboundMessage], *, timeout_s: float
    ) -> Sequence[Answer]:
        """One call per event, one after the other; no error is raised."""
        until = asyncio.get_running_loop().time() + timeout_s
        return [await self._one(message, until) for message in batch]

    async def _one(self, message: OutboundMessage, until: float) -> Answer:
        now = self._now()
        try:
            async with asyncio.timeout_at(until):
                contents = await self._contents(message)
        except (TimeoutError, StoreError):
            # Our own disk: nothing has left.
            return Answer(Outcome.NOT_DELIVERED, "results_unread")
        except DeliveryError as error:
            return Answer(Outcome.NEEDS_DATA, error.code, error.detail, error.remedy)
        told = event(message, contents, now=now)
        if not told["number"]:
            # A status that names no dossier would be refused there, and for good.
            reason, action = REPLIES.words()["number_missing"]
            return Answer(Outcome.NEEDS_DATA, "number_missing", reason, action)
        body, headers = sealed(told, self._signer, now=now)
        if message.traceparent:
            headers = {**headers, "traceparent": message.traceparent}
        left_s = max(until - asyncio.get_running_loop().time(), 0.001)
        try:
            answer = await self._carrier.send(
                "POST", self._path, headers, body, timeouts=Timeouts.within(left_s)
            )
        except NothingLeft as error:
            return replace(answer_of(error), times=error.times)
        except MayHaveLeft as error:
            return replace(
                answer_of(error), http_status=error.status, times=error.times
            )
        except DeliveryError as error:
            return answer_of(error)
        except AddressRefused:
            return Answer(Outcome.NEEDS_CONFIGURATION, "address_refused")
        return _understood(answer, message.idempotency_key, now)

    async def _contents(self, message: OutboundMessage) -> dict[str, bytes]:
        """Results that go inline: all of them or none."""
        files = message.view.files
        if not self._inline or sum(f.size_bytes for f in files) > MAX_INLINE_BYTES:
            return {}
        return {
            file.title: b"".join([chunk async for chunk in file.open()])
            for file in files
        }

    async def enquire(self, message: OutboundMessage, *, timeout_s: float) -> Answer:
        """Not offered: an event is repeated instead (interface document, 7.4)."""
        del message, timeout_s
        return Answer(Outcome.UNKNOWN, "not_enquirable")

    async def poll(
        self, messages: Sequence[OutboundMessage], *, timeout_s: float
    ) -> Sequence[Answer]:
        """Not offered: nothing follows later on an event."""
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


def _understood(answer: HTTPAnswer, identifier: str, now: datetime) -> Answer:
    wait_s = seconds_asked(answer.headers.get("Retry-After", ""), now)
    fields = fields_of(answer.body, identifier, asks_to_wait=wait_s is not None)
    row = REPLIES.classify(OPERATION, answer.status, fields, "")
    if row is None:
        # A failing server may have stored the event before it failed.
        failed = answer.status >= 500
        return Answer(
            Outcome.UNKNOWN if failed else Outcome.CONTRACT_BROKEN,
            "delivery_unknown" if failed else "agency_broke_contract",
            response=answer.body or None,
            http_status=answer.status,
            times=answer.times,
        )
    return Answer(
        row.outcome,
        row.code,
        row.reason,
        row.next_action,
        retry_after_s=wait_s,
        response=None if answer.status < 300 else answer.body or None,
        http_status=answer.status,
        times=answer.times,
    )
