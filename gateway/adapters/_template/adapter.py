"""The agency's dialect for one office: one request per message, answers by code."""

from __future__ import annotations

import asyncio
import tomllib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import date, datetime
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import orjson

from gateway.adapters._template.mapping import message_body
from gateway.adapters._template.reading import (
    JSON,
    Check,
    opened_report,
    read_update,
    reply,
    state_report,
)
from gateway.carriers.bodies import AnswerLimits, StreamedBody
from gateway.carriers.destination import AddressRefused
from gateway.carriers.failures import TOO_LARGE, MayHaveLeft, NothingLeft
from gateway.carriers.http import HTTPAnswer, Timeouts
from gateway.carriers.json_files import FileValue, request_body
from gateway.carriers.replies import Replies, Row, seconds_asked
from gateway.domain.attempt import Outcome
from gateway.domain.errors import (
    AgencyBrokeContract,
    AgencyUnavailable,
    DeliveryError,
    NeedsData,
)
from gateway.domain.identifiers import AgencyId, MessageKind
from gateway.domain.report import FileLink, Reference
from gateway.domain.values import replace
from gateway.ports.agency import (
    AgencyAdapter,
    Answer,
    HostedOperation,
    KindTraits,
    OutboundMessage,
    answer_of,
)
from gateway.ports.listed import Listed, Pulled

if TYPE_CHECKING:
    from gateway.carriers.carrier import Carrier

_HERE = files(__package__ or "")
MANIFEST: Mapping[str, Any] = tomllib.loads((_HERE / "agency.toml").read_text("utf-8"))
REPLIES = Replies.load((_HERE / "replies.toml").read_text("utf-8"))
_AGENCY: Mapping[str, Any] = MANIFEST["agency"]
_HEADERS = {"Content-Type": JSON, "Accept": "application/json"}
_SUBMIT, _ENQUIRE = "nhan-ho-so", "tra-cuu"
SCHEMA = "urn:lienthong:schema:_template:nhan-ho-so:1"


class ExampleAdapter(AgencyAdapter):
    """One office of the agency."""

    agency = AgencyId(_AGENCY["id"])
    traits: Mapping[MessageKind, KindTraits] = {
        MessageKind(row["kind"]): KindTraits.of(row) for row in MANIFEST["kind"]
    }
    words = REPLIES.words()

    def __init__(
        self,
        carrier: Carrier,
        check: Check,
        *,
        key: str,
        now: Callable[[], datetime],
    ) -> None:
        """``key``: what the agency knows us by; ``now``: wall time, aware."""
        self._carrier = carrier
        self._check = check
        self._key = key
        self._now = now
        self.hosted = (
            HostedOperation(
                name="CapNhat",
                method="POST",
                read=lambda message: read_update(message, check),
                reply=reply,
            ),
        )

    async def submit(
        self, batch: Sequence[OutboundMessage], *, timeout_s: float
    ) -> Sequence[Answer]:
        """One request each, one after the other; no error is raised."""
        until = asyncio.get_running_loop().time() + timeout_s
        return [await self._submitted(message, until) for message in batch]

    async def _submitted(self, message: OutboundMessage, until: float) -> Answer:
        try:
            body = await self._body(message)
            return self._understood(_SUBMIT, await self._call(_SUBMIT, body, until))
        except DeliveryError as error:
            return answer_of(error)

    async def _body(self, message: OutboundMessage) -> bytes | StreamedBody:
        """The request's body, complete and valid before a byte of it leaves.

        Raises:
            NeedsData: a value is missing, too long, or the whole is too large.
            NeedsConfiguration: a file that we keep cannot be read.
        """
        value = message_body(message, self._key)
        shown = dict(value)
        if "giayTo" in shown:
            shown["giayTo"] = [
                {**one, "tep": _shown(one["tep"])} for one in shown["giayTo"]
            ]
        wrong = self._check(SCHEMA, shown)
        if wrong:
            fields = ", ".join(dict.fromkeys(one.pointer or "/" for one in wrong))
            raise NeedsData(f"fields {fields}", code="message_invalid")
        return await request_body(
            value, at_most_bytes=_AGENCY["max_body_bytes"], words=self.words
        )

    async def _call(
        self, operation: str, body: bytes | StreamedBody, until: float
    ) -> HTTPAnswer:
        """One call.

        Raises:
            NothingLeft: no byte of it left.
            MayHaveLeft: one may have, and no whole answer came.
        """
        left_s = max(until - asyncio.get_running_loop().time(), 0.001)
        path = f"{_AGENCY['path']}/{operation}"
        return await self._carrier.send(
            "POST", path, _HEADERS, body, timeouts=Timeouts.within(left_s)
        )

    def _understood(self, operation: str, answer: HTTPAnswer) -> Answer:
        """What an answer means; one that no row knows is a broken contract."""
        said = _object(answer.body)
        asked = answer.headers.get("Retry-After", "")
        fields = {name: str(said.get(name, "")) for name in ("ma", "trangThai")}
        row = REPLIES.classify(
            operation, answer.status, {**fields, "Retry-After": asked}, ""
        )
        return Answer(
            *_told(row),
            retry_after_s=seconds_asked(asked, self._now()),
            response=answer.body,
            http_status=answer.status,
            times=answer.times,
        )

    async def enquire(self, message: OutboundMessage, *, timeout_s: float) -> Answer:
        """Ask for the message by its identifier (§3)."""
        answer, _ = await self._asked(message, timeout_s)
        return answer

    async def _asked(
        self, message: OutboundMessage, timeout_s: float
    ) -> tuple[Answer, Mapping[str, Any]]:
        until = asyncio.get_running_loop().time() + timeout_s
        body = {"khoa": self._key, "maLuotGui": message.idempotency_key}
        try:
            answer = await self._call(_ENQUIRE, orjson.dumps(body), until)
        except (NothingLeft, MayHaveLeft) as error:
            # Whether the question arrived says nothing about the message.
            return replace(answer_of(error), outcome=Outcome.UNKNOWN), {}
        return self._understood(_ENQUIRE, answer), _object(answer.body)

    async def poll(
        self, messages: Sequence[OutboundMessage], *, timeout_s: float
    ) -> Sequence[Answer]:
        """The state of each message, one after the other."""
        until = asyncio.get_running_loop().time() + timeout_s
        return [await self._polled(message, until) for message in messages]

    async def _polled(self, message: OutboundMessage, until: float) -> Answer:
        left_s = max(until - asyncio.get_running_loop().time(), 0.001)
        answer, said = await self._asked(message, left_s)
        if answer.outcome is not Outcome.DELIVERED:
            return answer
        number = message.number("ma_ho_so") or ""
        return replace(
            answer, reports=(state_report({"maHoSo": number, **_state(said)}),)
        )

    async def list_known(
        self, since: date, until: date, *, timeout_s: float
    ) -> Sequence[Listed]:
        """What the agency received from a day to a day (§4)."""
        asked = {"tuNgay": since.isoformat(), "denNgay": until.isoformat()}
        said = await self._listed("danh-sach", asked, timeout_s)
        return [
            Listed(
                about=(Reference(AgencyId("one_stop"), "ma_ho_so", row["maHoSo"]),),
                step=row["trangThai"],
                ended=row["trangThai"] in {"DA_XONG", "TU_CHOI", "DA_RUT"},
                since=datetime.fromisoformat(row["thoiDiem"]),
            )
            for row in said["hoSo"]
        ]

    async def pull_dossiers(self, cursor: str, *, timeout_s: float) -> Pulled:
        """Dossiers that the agency opened itself (§4)."""
        said = await self._listed("ho-so-moi", {"conTro": cursor}, timeout_s)
        reports = tuple(opened_report(row, self.agency) for row in said["hoSo"])
        return Pulled(reports, str(said["conTro"]))

    async def _listed(
        self, operation: str, asked: Mapping[str, str], timeout_s: float
    ) -> Mapping[str, Any]:
        """A list; anything but the shape of §4 is a broken contract."""
        until = asyncio.get_running_loop().time() + timeout_s
        body = orjson.dumps({"khoa": self._key, **asked})
        said = _object((await self._call(operation, body, until)).body)
        if said.get("ma") != "00" or not isinstance(said.get("hoSo"), list):
            raise AgencyBrokeContract(operation)
        return said

    async def fetch_file(
        self, link: FileLink, *, timeout_s: float
    ) -> AsyncIterator[bytes]:
        """A result file below the registered address (§4).

        Raises:
            AgencyBrokeContract: the link leads elsewhere, or to too large a file.
            AgencyUnavailable: it is not there yet, or any more.
        """
        path = link.link
        try:
            if not path.startswith("tep/"):
                path = self._carrier.destination.path_of(path)
            path = f"{_AGENCY['path']}/{path.lstrip('/')}"
            self._carrier.destination.url(path)
        except AddressRefused:
            raise AgencyBrokeContract(code="file_elsewhere") from None
        limits = AnswerLimits(body_bytes=_AGENCY["max_file_bytes"])
        timeouts = Timeouts.within(timeout_s)
        async with self._carrier.receive(
            path, timeouts=timeouts, limits=limits
        ) as found:
            if found.status != 200:
                raise AgencyUnavailable(f"HTTP {found.status}", code="file_not_there")
            try:
                async for chunk in found.chunks():
                    yield chunk
            except MayHaveLeft as error:
                if error.reason == TOO_LARGE:
                    raise AgencyBrokeContract(code="file_too_large") from error
                raise


def _told(row: Row | None) -> tuple[Outcome, str, str, str]:
    if row is not None:
        return row.outcome, row.code, row.reason, row.next_action
    broken = AgencyBrokeContract()
    return Outcome.CONTRACT_BROKEN, broken.code, "", broken.remedy


def _object(body: bytes) -> dict[str, Any]:
    """The answer as an object; nothing where it is none."""
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _state(said: Mapping[str, Any]) -> dict[str, Any]:
    """State, moment and files of an answer to ``tra-cuu``.

    Raises:
        AgencyBrokeContract: it has a state and no moment.
    """
    try:
        datetime.fromisoformat(said["thoiDiem"])
    except (KeyError, TypeError, ValueError):
        raise AgencyBrokeContract("thoiDiem") from None
    return {
        name: said[name] for name in ("trangThai", "thoiDiem", "tep") if name in said
    }


def _shown(file: object) -> object:
    """An empty text stands for a file's content in the schema's check."""
    return "" if isinstance(file, FileValue) else file
