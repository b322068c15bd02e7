"""The tax offices of one unit through the national portal: out, asked about, and in.

Every call that could be read is answered HTTP 201, refusals included: what an
answer means is told by ``portal_replies.toml``. The key of the unit goes into
the body of a call and nowhere else.
"""

from __future__ import annotations

import asyncio
import tomllib
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from gateway.adapters.tax.portal_hosting import JSON, hosted_operations
from gateway.adapters.tax.portal_mapping import (
    ANSWER,
    ENQUIRY,
    QUESTION_ANSWER,
    SLIP,
    Slip,
    answer_data,
    call,
    enquiry_data,
    slip_data,
    slip_of,
)
from gateway.adapters.tax.portal_reading import (
    NEVER_ARRIVED,
    Check,
    Found,
    arrival,
    found_in,
    reports,
    said,
)
from gateway.adapters.tax.reading import AGENCY
from gateway.adapters.tax.slips import WORDS as SLIP_WORDS
from gateway.carriers.bodies import StreamedBody
from gateway.carriers.carrier import Carrier
from gateway.carriers.failures import MayHaveLeft, NothingLeft
from gateway.carriers.http import HTTPAnswer, Timeouts
from gateway.carriers.json_files import request_body
from gateway.carriers.replies import Replies, seconds_asked
from gateway.domain.attempt import Outcome
from gateway.domain.errors import (
    AgencyBrokeContract,
    AgencyUnavailable,
    DeliveryError,
    FieldError,
    NeedsConfiguration,
    NeedsData,
    StoreError,
)
from gateway.domain.identifiers import MessageKind
from gateway.domain.report import FileLink
from gateway.ports.agency import (
    AgencyAdapter,
    Answer,
    KindTraits,
    OutboundMessage,
    answer_of,
)
from gateway.ports.ids import Chance
from gateway.validation.certificates import SigningKey
from gateway.validation.seal import make_seal

_FOLDER = Path(__file__).parent
MANIFEST: Mapping[str, Any] = tomllib.loads(
    (_FOLDER / "agency_portal.toml").read_text("utf-8")
)
REPLIES = Replies.load((_FOLDER / "portal_replies.toml").read_text("utf-8"))
TRAITS: Mapping[MessageKind, KindTraits] = {
    MessageKind(row["kind"]): KindTraits.of(row) for row in MANIFEST["kind"]
}
_PORTAL: Final[Mapping[str, Any]] = MANIFEST["agency"]
_HEADERS = {"Content-Type": JSON, "Accept": "application/json"}
#: Stands for a file's content where the schema is asked.
_SOME_FILE = "AA=="
_ABOUT_US = frozenset({Outcome.NEEDS_CONFIGURATION, Outcome.CONTRACT_BROKEN})
#: Signs of MaHoSo and SoPhieu at most.
_NUMBER = 50


@dataclass(frozen=True, slots=True)
class Unit:
    """Who we are to the portal: the unit's key, and the pair that makes seals."""

    security_key: str = field(repr=False)
    signing: SigningKey = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Heard:
    """An answer, and what it tells where it is an enquiry's and holds together."""

    answer: Answer
    found: Found | None = None


class TaxPortalAdapter(AgencyAdapter):
    """One road to tax offices, carrier ``portal``."""

    agency = AGENCY
    traits = TRAITS
    words: Mapping[str, tuple[str, str]] = {**SLIP_WORDS, **REPLIES.words()}

    def __init__(
        self,
        office: Mapping[str, Any],
        http: Carrier,
        check: Check,
        *,
        unit: Unit,
        now: Callable[[], datetime],
        chance: Chance,
    ) -> None:
        """Bind one road.

        ``office``: its table of the configuration; ``[office.tax]`` holds
        ``sender`` (MaDonVi), ``[office.tax.receivers]`` office → MaCoQuanThue,
        and ``path`` where the platform puts the services elsewhere. ``http``
        leads to its registered address; ``now``: aware wall time.

        Raises:
            KeyError: the table names no sender.
        """
        self._office = office
        self._sender = str(office["tax"]["sender"])
        self._path = str(office["tax"].get("path", _PORTAL["path"])).strip("/")
        self._http = http
        self._check = check
        self._unit = unit
        self._now = now
        self._chance = chance
        self.ping = self._pinged
        self.hosted = hosted_operations(
            check,
            max_body_bytes=_PORTAL["max_body_bytes"],
            max_file_bytes=_PORTAL["max_file_bytes"],
        )

    async def submit(
        self, batch: Sequence[OutboundMessage], *, timeout_s: float
    ) -> Sequence[Answer]:
        """One call each, one after the other, each sent at most once."""
        until = _clock() + timeout_s
        return [await self._submitted(message, until) for message in batch]

    async def _submitted(self, message: OutboundMessage, until: float) -> Answer:
        try:
            if message.kind == QUESTION_ANSWER:
                limit = _PORTAL["max_file_bytes"]
                operation, data = ANSWER, answer_data(message, max_file_bytes=limit)
            else:
                slip = slip_of(message)
                seal = make_seal(slip.signed, self._unit.signing)
                operation = SLIP
                data = slip_data(message, slip, self._office, seal=seal)
            got = await self._call(operation, data, message.idempotency_key, until)
        except DeliveryError as error:
            return _failed(error)
        return _answered(operation, got, self._now())

    async def enquire(self, message: OutboundMessage, *, timeout_s: float) -> Answer:
        """Ask by ``TraCuuNghiaVu`` whether this very slip arrived (section 3.1).

        The document wants a minute between a call of unknown fate and this: the
        lane's ``enquire_after_s`` keeps it.
        """
        try:
            slip = slip_of(message)
        except NeedsData as missing:
            return answer_of(missing)
        heard = await self._ask(slip, _clock() + timeout_s)
        answer, found = heard.answer, heard.found
        if found is None:
            if answer.outcome in _ABOUT_US:
                return answer
            return replace(answer, outcome=Outcome.UNKNOWN)
        if found.state == NEVER_ARRIVED:
            return answer
        proof = arrival(found, slip)
        if proof.same:
            return answer
        if proof.there:
            return _worded(
                answer, Outcome.NEEDS_CONFIGURATION, "another_content_on_file"
            )
        # The dossier has slips at the portal, and this one is not among them.
        return _worded(answer, Outcome.NOT_DELIVERED, "never_arrived")

    async def poll(
        self, messages: Sequence[OutboundMessage], *, timeout_s: float
    ) -> Sequence[Answer]:
        """Ask for the state of each slip's obligations, one call each."""
        until = _clock() + timeout_s
        return [await self._polled(message, until) for message in messages]

    async def _polled(self, message: OutboundMessage, until: float) -> Answer:
        try:
            slip = slip_of(message)
        except NeedsData as missing:
            return answer_of(missing)
        heard = await self._ask(slip, until)
        found = heard.found
        if found is None:
            return heard.answer
        if found.state == NEVER_ARRIVED:
            lost = "delivered_slip_not_found"
            return _worded(heard.answer, Outcome.CONTRACT_BROKEN, lost)
        return replace(heard.answer, reports=reports(found, self._now()))

    async def fetch_file(
        self, link: FileLink, *, timeout_s: float
    ) -> AsyncIterator[bytes]:
        """The portal offers no files: a link in its name is not its own."""
        raise AgencyBrokeContract(
            f"no file within {timeout_s} s", code="file_not_offered"
        )
        yield link.link.encode()

    async def _pinged(self, *, timeout_s: float) -> Answer:
        """Ask about a slip that cannot exist: that it never arrived is what is meant."""
        name = f"KIEM-TRA-{self._chance.identifier('q')}"[:_NUMBER]
        nobody = Slip(name, name, "10", name, "", b"")
        heard = await self._ask(nobody, _clock() + timeout_s)
        if heard.found is not None and heard.found.state == NEVER_ARRIVED:
            return replace(heard.answer, outcome=Outcome.DELIVERED)
        return heard.answer

    async def _ask(self, slip: Slip, until: float) -> _Heard:
        name = self._chance.identifier("q")
        try:
            got = await self._call(ENQUIRY, enquiry_data(slip), name, until)
        except DeliveryError as error:
            return _Heard(_failed(error))
        answer = _answered(ENQUIRY, got, self._now())
        if "TrangThai" not in said(got.body).fields or answer.outcome not in {
            Outcome.DELIVERED,
            Outcome.NOT_DELIVERED,
        }:
            return _Heard(answer)
        found = found_in(got.body, slip, self._check)
        if found is None:
            wrong = "state_contradicts"
            return _Heard(_worded(answer, Outcome.CONTRACT_BROKEN, wrong))
        return _Heard(answer, found)

    async def _call(
        self, operation: str, data: Mapping[str, Any], name: str, until: float
    ) -> HTTPAnswer:
        """One call.

        Raises:
            DeliveryError: it could not be made, or no whole answer came.
        """
        try:
            async with asyncio.timeout_at(until):
                body = await self._body(operation, data, name)
        except TimeoutError:
            raise AgencyUnavailable from None
        rest = until - _clock()
        if rest <= 0:
            raise AgencyUnavailable
        within = Timeouts.within(rest)
        return await self._http.send(
            "POST", self._path, _HEADERS, body, timeouts=within
        )

    async def _body(
        self, operation: str, data: Mapping[str, Any], name: str
    ) -> bytes | StreamedBody:
        """The body, complete and valid before a byte of it leaves.

        Raises:
            NeedsData: a field is missing or too long, or the whole is too large.
            NeedsConfiguration: a file of ours cannot be read.
            AgencyUnavailable: the store gives nothing now.
        """
        value = call(
            operation,
            data,
            sender=self._sender,
            key=self._unit.security_key,
            message_id=name,
        )
        shown = {**value, "Data": _shown(data)}
        wrong = self._check(f"urn:lienthong:schema:tax_portal:{operation}:1", shown)
        if wrong:
            raise _invalid(wrong)
        limit = _PORTAL["max_body_bytes"]
        return await request_body(value, at_most_bytes=limit, words=REPLIES.words())


def _shown(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """``Data`` for the schema: each file's content a short text."""
    if "DanhSachTep" not in data:
        return data
    files = [{**file, "Tep": _SOME_FILE} for file in data["DanhSachTep"]]
    return {**data, "DanhSachTep": files}


def _invalid(wrong: Iterable[FieldError]) -> NeedsData | NeedsConfiguration:
    """Names fields, never values; a field outside ``Data`` comes from our settings."""
    named = [error.pointer.strip("/").replace("/", ".") for error in wrong]
    fields = ", ".join(dict.fromkeys(named))
    if all(name.startswith("Data.") for name in named):
        return NeedsData(
            f"fields {fields}",
            code="call_invalid",
            remedy=f"Sửa dữ liệu ứng với trường {fields} rồi gửi lại.",
        )
    return NeedsConfiguration(
        f"fields {fields}",
        code="call_misconfigured",
        remedy=f"Quản trị sửa cấu hình của kênh ứng với trường {fields}.",
    )


def _unreadable() -> NeedsConfiguration:
    code = "attachment_unreadable"
    return NeedsConfiguration(code=code, remedy=REPLIES.words()[code][1])


def _failed(error: DeliveryError) -> Answer:
    """An attempt that found no answer, with what was measured."""
    own_fault = isinstance(error, NothingLeft) and error.reason == "body"
    if own_fault and not isinstance(error.__cause__, StoreError):
        return answer_of(_unreadable())
    answer = answer_of(error)
    if isinstance(error, MayHaveLeft):
        code = "timeout" if error.reason == "timeout" else answer.code
        status, times = error.status, error.times
        return replace(answer, code=code, http_status=status, times=times)
    if isinstance(error, NothingLeft):
        return replace(answer, times=error.times)
    return answer


def _answered(operation: str, got: HTTPAnswer, now: datetime) -> Answer:
    """What an answer means; one that no row knows is a broken contract."""
    told = said(got.body)
    retry_after = got.headers.get("Retry-After", "")
    fields = {**told.fields, "Retry-After": retry_after}
    row = REPLIES.classify(operation, got.status, fields, told.text)
    if row is None:
        broken = AgencyBrokeContract()
        meaning = (Outcome.CONTRACT_BROKEN, broken.code, "", broken.remedy)
    else:
        meaning = (row.outcome, row.code, told.place, row.next_action)
    return Answer(
        *meaning,
        retry_after_s=seconds_asked(retry_after, now),
        response=got.body,
        http_status=got.status,
        times=got.times,
    )


def _worded(answer: Answer, outcome: Outcome, code: str) -> Answer:
    remedy = REPLIES.words()[code][1]
    return replace(answer, outcome=outcome, code=code, remedy=remedy)


def _clock() -> float:
    return asyncio.get_running_loop().time()
