"""An office whose system is called over the open interface (interface document, 6)."""

from __future__ import annotations

import asyncio
import base64
import tomllib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import orjson

from gateway.adapters.open.adapter import _HERE, REPLIES, Dialect, OpenAdapter
from gateway.carriers.failures import MayHaveLeft, NothingLeft
from gateway.carriers.http import HTTPAnswer, Timeouts
from gateway.carriers.replies import seconds_asked
from gateway.domain.attempt import Outcome
from gateway.domain.errors import AgencyBrokeContract, DeliveryError, NeedsConfiguration
from gateway.domain.identifiers import MessageKind
from gateway.domain.values import replace
from gateway.ports.agency import Answer, KindTraits, OutboundMessage, answer_of
from gateway.ports.ids import Chance

if TYPE_CHECKING:
    from gateway.carriers.carrier import Carrier
    from gateway.validation.push_key import PushKey

MANIFEST: Mapping[str, Any] = tomllib.loads(
    (_HERE / "agency_push.toml").read_text("utf-8")
)
TRAITS: Mapping[MessageKind, KindTraits] = {
    MessageKind(row["kind"]): KindTraits.of(row) for row in MANIFEST["kind"]
}
PUSH, STATUS = "push", "status"
_STATUS_PATH: Final = "/status"
_FAILED: Final = 500


class OpenPushAdapter(OpenAdapter):
    """One office that is pushed to; its reports are still its own calls."""

    def __init__(
        self,
        dialect: Dialect,
        office: Mapping[str, Any],
        carrier: Carrier,
        *,
        key: PushKey | None,
        now: Callable[[], datetime],
        chance: Chance,
    ) -> None:
        """``[office.open] status = false``: it has no operation that can be asked.

        ``now``: wall time, aware.
        """
        super().__init__(dialect)
        asks = bool(office.get("open", {}).get("status", True))
        self.traits = {
            kind: traits if asks else replace(traits, enquirable=False)
            for kind, traits in TRAITS.items()
        }
        self._carrier = carrier
        self._key = key
        self._now = now
        self._chance = chance
        self.ping = self._pinged if asks else None

    async def submit(
        self, batch: Sequence[OutboundMessage], *, timeout_s: float
    ) -> Sequence[Answer]:
        """One call each, one after the other; no error is raised."""
        until = asyncio.get_running_loop().time() + timeout_s
        return [await self._pushed(message, until) for message in batch]

    async def _pushed(self, message: OutboundMessage, until: float) -> Answer:
        try:
            payload = orjson.dumps(self.caller.shown(message))
            answer = await self._call(
                "", message.transfer_id, payload, until, message.traceparent
            )
        except DeliveryError as error:
            return _failed(error)
        return _understood(PUSH, answer, message.transfer_id, self._now())

    async def enquire(self, message: OutboundMessage, *, timeout_s: float) -> Answer:
        """Whether the agency has stored it; only a plain no proves that it has not.

        Raises:
            DeliveryError: nobody answered.
        """
        until = asyncio.get_running_loop().time() + timeout_s
        payload = orjson.dumps({"enquiry": message.transfer_id})
        question = self._chance.identifier("q")
        answer = await self._call(_STATUS_PATH, question, payload, until)
        return _understood(STATUS, answer, message.transfer_id, self._now())

    async def _pinged(self, *, timeout_s: float) -> Answer:
        """Ask about a transfer that never was: a plain no is what is meant."""
        until = asyncio.get_running_loop().time() + timeout_s
        name, question = (self._chance.identifier("q") for _ in range(2))
        payload = orjson.dumps({"enquiry": name})
        got = await self._call(_STATUS_PATH, question, payload, until)
        answer = _understood(STATUS, got, name, self._now())
        if answer.outcome is Outcome.NOT_DELIVERED and got.status == HTTPStatus.OK:
            return replace(answer, outcome=Outcome.DELIVERED)
        return answer

    async def _call(
        self,
        path: str,
        identifier: str,
        payload: bytes,
        until: float,
        traceparent: str = "",
    ) -> HTTPAnswer:
        """One signed call.

        Raises:
            DeliveryError: nothing came back, or there is no key to sign by.
        """
        if self._key is None:
            code = "push_key_missing"
            raise NeedsConfiguration(code=code, remedy=REPLIES.words()[code][1])
        time = str(int(self._now().timestamp()))
        signature = self._key.sign(
            b".".join([identifier.encode(), time.encode(), payload])
        )
        body = {
            "id": identifier,
            "time": int(time),
            "payload": base64.b64encode(payload).decode(),
            "signature": signature,
        }
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "lienthong-id": identifier,
            "lienthong-time": time,
            "lienthong-signature": signature,
        }
        if traceparent:
            headers["traceparent"] = traceparent
        left_s = max(until - asyncio.get_running_loop().time(), 0.001)
        return await self._carrier.send(
            "POST", path, headers, orjson.dumps(body), timeouts=Timeouts.within(left_s)
        )


def _failed(error: DeliveryError) -> Answer:
    answer = answer_of(error)
    if isinstance(error, NothingLeft | MayHaveLeft):
        answer = replace(answer, times=error.times)
    if isinstance(error, MayHaveLeft):
        answer = replace(answer, http_status=error.status)
    return answer


def _understood(
    operation: str, answer: HTTPAnswer, identifier: str, now: datetime
) -> Answer:
    """What an answer means; one that no row fits is never success."""
    wait_s = seconds_asked(answer.headers.get("Retry-After", ""), now)
    fields = _said(answer.body, identifier)
    fields["retry_after"] = "given" if wait_s is not None else ""
    row = REPLIES.classify(operation, answer.status, fields, "")
    if row is not None:
        told = (row.outcome, row.code, row.reason, row.next_action)
    elif operation == STATUS or answer.status >= _FAILED:
        told = (Outcome.UNKNOWN, "delivery_unknown", "", "")
    else:
        broken = AgencyBrokeContract()
        told = (Outcome.CONTRACT_BROKEN, broken.code, "", broken.remedy)
    return Answer(
        *told,
        retry_after_s=wait_s,
        response=answer.body or None,
        http_status=answer.status,
        times=answer.times,
    )


def _said(body: bytes, identifier: str) -> dict[str, str]:
    """The few fields that count, as texts; a text that says true is not true."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    if not isinstance(value, dict):
        return {}
    found = {
        name: str(value[name]).lower()
        for name in ("received", "duplicate", "known")
        if isinstance(value.get(name), bool)
    }
    if "id" in value:
        found["id"] = "same" if value["id"] == identifier else "other"
    if isinstance(value.get("code"), str):
        found["code"] = value["code"]
    return found
