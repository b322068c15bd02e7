"""The land system's dialect for one office: one request per message, answers by phrase."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Any
from unicodedata import is_normalized

import orjson

from gateway.adapters.land_registry.dialects import VBDLIS, Dialect
from gateway.adapters.land_registry.hosting import JSON, hosted_operations
from gateway.adapters.land_registry.mapping import BODIES, VIETNAM
from gateway.adapters.land_registry.reading import AGENCY, STEP_KINDS, Check
from gateway.adapters.land_registry.serving import LINK, ServedLandSystem, passed_on
from gateway.carriers.bodies import AnswerLimits, StreamedBody, unechoed
from gateway.carriers.carrier import Carrier
from gateway.carriers.destination import AddressRefused
from gateway.carriers.failures import TOO_LARGE, MayHaveLeft, NothingLeft
from gateway.carriers.http import HTTPAnswer, Timeouts
from gateway.carriers.json_files import FileValue, request_body
from gateway.carriers.replies import seconds_asked
from gateway.carriers.tokens import TokenKeeper
from gateway.domain.attempt import Outcome, Times
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
from gateway.domain.text import nfc
from gateway.domain.values import replace
from gateway.ports.agency import (
    AgencyAdapter,
    Answer,
    OutboundMessage,
    answer_of,
)

_HEADERS = {"Content-Type": JSON, "Accept": "application/json"}
_TYPES = "(iLIS: chữ trong ngoặc kép; VBDLIS: số)"
#: No dossier has a say in these numbers, only the office's area map.
_AREA_KEYS = {"/TinhId": "tinh_id", "/HuyenId": "huyen_id", "/XaId": "xa_id"}
#: Lists of papers, whose files the schema check need not see.
_PAPERS = ("DanhSachGiayToDinhKem", "DanhSachGiayToBoSung")


class LandRegistryAdapter(AgencyAdapter):
    """One land office; several may share one land system."""

    agency = AGENCY

    def __init__(
        self,
        office: Mapping[str, Any],
        carrier: Carrier,
        check: Check,
        *,
        now: Callable[[], datetime],
        dialect: Dialect = VBDLIS,
        tokens: TokenKeeper | None = None,
        result_files: Carrier | None = None,
    ) -> None:
        """Take the office's table of ``config/agencies/land_registry.toml``.

        ``carrier``: to the office's registered address, ``path`` of the dialect's
        manifest or of ``[office.land]`` below it; ``tokens``: of the account there,
        where calls carry one; ``result_files``: where result files have an address
        of their own; ``now``: wall time, aware.
        """
        self.traits = dialect.traits
        self.words = dialect.replies.words()
        self._dialect = dialect
        self._operations = dialect.operations
        self._limits: Mapping[str, int] = dialect.manifest["agency"]
        self._tokens = tokens
        self._office = office
        self._carrier = carrier
        self._files = result_files or carrier
        self._check = check
        self._now = now
        self._path = path_of(office, dialect)
        self.hosted = hosted_operations(
            dialect,
            check=check,
            steps=_steps(office),
            areas=office.get("area", ()),
        )
        self.link = ServedLandSystem(dialect, office.get("area", ()), now=now)

    def misfits(self) -> Iterable[tuple[tuple[str | int, ...], str]]:
        """Numbers of the area map that are of another type than this system takes."""
        schema = self._dialect.schema(self._operations[MessageKind("hand_over")])
        for i, row in enumerate(self._office.get("area", ())):
            told = {name[1:]: row.get(key) for name, key in _AREA_KEYS.items()}
            wrong = {error.pointer for error in self._check(schema, told)}
            for name, key in _AREA_KEYS.items():
                if name in wrong:
                    yield (
                        ("area", i, key),
                        f"{key} của xã {row.get('commune')} sai kiểu {_TYPES}",
                    )

    async def submit(
        self, batch: Sequence[OutboundMessage], *, timeout_s: float
    ) -> Sequence[Answer]:
        """One request each, one after the other; no error is raised."""
        until = asyncio.get_running_loop().time() + timeout_s
        return [await self._one(message, until) for message in batch]

    async def _one(self, message: OutboundMessage, until: float) -> Answer:
        operation = self._operations[message.kind]
        try:
            answer = await self._sent(operation, message, until)
        except TimeoutError:
            return Answer(Outcome.NOT_DELIVERED, "agency_unavailable")
        except DeliveryError as error:
            return self._failed(error)
        told = self._answered(operation, answer)
        if LINK in message.content:
            return told
        # Nothing of this message can have arrived before: the land system has
        # another content under this number and keeps it (section 5.4).
        ignored = told.outcome is Outcome.DUPLICATE and message.kind == "hand_over"
        if ignored and message.attempt == 1 and message.revision > 1:
            reason, action = self.words["correction_not_taken"]
            return replace(
                told,
                outcome=Outcome.NEEDS_CONFIGURATION,
                code="correction_not_taken",
                detail=reason,
                remedy=action,
            )
        return told

    async def _sent(
        self, operation: str, message: OutboundMessage, until: float
    ) -> HTTPAnswer:
        """The whole answer; what a 401 refused is sent once more with a new token.

        Raises:
            DeliveryError: there is none, or the message is not one to be sent.
            TimeoutError: time was over before anything left.
        """
        body = await self._body(operation, message, until)
        if self._tokens is None:
            return await self._post(operation, body, until, _HEADERS)
        token = await self._tokens.token(within_s=_left(until))
        answer = await self._post(operation, body, until, _bearing(token))
        if answer.status == HTTPStatus.UNAUTHORIZED:
            # Nothing was taken, so this is no second sending (section 2.4).
            token = await self._tokens.refused(token, within_s=_left(until))
            answer = await self._post(operation, body, until, _bearing(token))
        return replace(answer, body=unechoed(answer.body, token))

    async def _post(
        self,
        operation: str,
        body: bytes | StreamedBody,
        until: float,
        headers: Mapping[str, str],
    ) -> HTTPAnswer:
        return await self._carrier.send(
            "POST",
            f"{self._path}/{operation}",
            headers,
            body,
            timeouts=Timeouts.within(_left(until)),
        )

    async def _body(
        self, operation: str, message: OutboundMessage, until: float
    ) -> bytes | StreamedBody:
        """The request's body, complete and valid before a byte of it leaves.

        Raises:
            NeedsData: a value is missing, too long, or the whole is too large.
            NeedsConfiguration: a row of the office's tables is missing.
        """
        async with asyncio.timeout_at(until):
            return await self._whole(operation, message)

    async def _whole(
        self, operation: str, message: OutboundMessage
    ) -> bytes | StreamedBody:
        limit = self._limits["max_body_bytes"]
        if LINK in message.content:
            # A one-stop's own words: what is wrong in them the land system tells.
            value = passed_on(message)
            return await request_body(value, at_most_bytes=limit, words=self.words)
        today = self._now().astimezone(VIETNAM).date()
        value = BODIES[message.kind](message, self._office, today)
        shown = _without_files(value)
        if not is_normalized("NFC", orjson.dumps(shown).decode()):
            value = _composed(value)
            shown = _without_files(value)
        wrong = self._check(self._dialect.schema(operation), shown)
        if wrong:
            raise _invalid(wrong)
        return await request_body(value, at_most_bytes=limit, words=self.words)

    def _failed(self, error: DeliveryError) -> Answer:
        """An attempt that found no answer, with what was measured."""
        times, status = Times(), None
        if isinstance(error, NothingLeft | MayHaveLeft):
            times = error.times
        if isinstance(error, MayHaveLeft):
            status = error.status
        own_fault = isinstance(error, NothingLeft) and error.reason == "body"
        if own_fault and not isinstance(error.__cause__, StoreError):
            code = "attachment_unreadable"
            error = NeedsConfiguration(code=code, remedy=self.words[code][1])
        return replace(answer_of(error), http_status=status, times=times)

    def _answered(self, operation: str, answer: HTTPAnswer) -> Answer:
        """What an answer means; one that no row knows is a broken contract."""
        fields, text = _said(answer.body, may_be_text=self._dialect.data_as_text)
        fields["Retry-After"] = answer.headers.get("Retry-After", "")
        replies = self._dialect.replies
        row = replies.classify(operation, answer.status, fields, text)
        if row is None:
            broken = AgencyBrokeContract()
            told = (Outcome.CONTRACT_BROKEN, broken.code, "", broken.remedy)
        else:
            told = (row.outcome, row.code, row.reason, row.next_action)
        return Answer(
            *told,
            retry_after_s=seconds_asked(
                fields["Retry-After"],
                self._now(),
                date=answer.headers.get("Date", ""),
            ),
            response=answer.body,
            http_status=answer.status,
            times=answer.times,
        )

    async def enquire(self, message: OutboundMessage, *, timeout_s: float) -> Answer:
        """Never called: no kind can be asked about (section 2.1)."""
        _ = message, timeout_s
        return Answer(Outcome.UNKNOWN, "not_enquirable")

    async def poll(
        self, messages: Sequence[OutboundMessage], *, timeout_s: float
    ) -> Sequence[Answer]:
        """Never called: answers are pushed (section 2.2)."""
        _ = timeout_s
        return [Answer(Outcome.UNKNOWN, "not_polled") for _ in messages]

    async def fetch_file(
        self, link: FileLink, *, timeout_s: float
    ) -> AsyncIterator[bytes]:
        """A result file below the registered address (section 7.2).

        Raises:
            AgencyBrokeContract: the link leads elsewhere, a page came instead, or
                more than an office's file may be.
            AgencyUnavailable: it is not there yet, or any more.
        """
        try:
            path = self._files.destination.path_of(link.link)
        except AddressRefused:
            raise AgencyBrokeContract(code="file_elsewhere") from None
        limits = AnswerLimits(body_bytes=self._limits["max_file_bytes"])
        timeouts = Timeouts.within(timeout_s)
        async with self._files.receive(path, timeouts=timeouts, limits=limits) as found:
            if found.status != 200:
                raise AgencyUnavailable(f"HTTP {found.status}", code="file_not_there")
            if _is_page(found.headers) and not link.name.lower().endswith("html"):
                raise AgencyBrokeContract("a page came", code="file_not_there")
            try:
                async for chunk in found.chunks():
                    yield chunk
            except MayHaveLeft as error:
                if error.reason == TOO_LARGE:
                    raise AgencyBrokeContract(code="file_too_large") from error
                raise


def path_of(office: Mapping[str, Any], dialect: Dialect) -> str:
    """Where the operations are, below the office's registered address."""
    usual = dialect.manifest["agency"]["path"]
    return str(office.get("land", {}).get("path", usual)).strip("/")


def _left(until: float) -> float:
    """Seconds that are left; never none, so that whoever waits says so itself."""
    return max(until - asyncio.get_running_loop().time(), 0.001)


def _bearing(token: str) -> Mapping[str, str]:
    return {**_HEADERS, "Authorization": f"Bearer {token}"}


def _is_page(headers: Mapping[str, str]) -> bool:
    """A sign-in page comes with HTTP 200, too."""
    return headers.get("Content-Type", "").lower().startswith("text/html")


def _composed(value: Any) -> Any:
    """Texts in NFC (section 8)."""
    if isinstance(value, str):
        return value if value.isascii() else nfc(value)
    if isinstance(value, list):
        return [_composed(item) for item in value]
    if isinstance(value, dict):
        return {key: _composed(item) for key, item in value.items()}
    return value


def _without_files(value: Mapping[str, Any]) -> dict[str, Any]:
    """The same message for the schema: each file's content an empty text."""
    shown = dict(value)
    for name in _PAPERS:
        if name in shown:
            shown[name] = [_shown(paper) for paper in shown[name]]
    return shown


def _shown(paper: Mapping[str, Any]) -> Mapping[str, Any]:
    file = paper.get("TapTin")
    if file is None or not isinstance(file["data"], FileValue):
        return paper
    return {**paper, "TapTin": {**file, "data": ""}}


def _invalid(wrong: Iterable[FieldError]) -> NeedsData | NeedsConfiguration:
    pointers = dict.fromkeys(error.pointer or "/" for error in wrong)
    fields = ", ".join(pointers)
    if pointers.keys() <= _AREA_KEYS.keys():
        return NeedsConfiguration(
            f"fields {fields}",
            code="area_row_invalid",
            remedy="Quản trị sửa TinhId, HuyenId, XaId của dòng địa bàn rồi bấm «Gửi lại».",
        )
    return NeedsData(
        f"fields {fields}",
        code="message_invalid",
        remedy=f"Một cửa sửa dữ liệu ứng với trường {fields} rồi gửi bản sửa.",
    )


def _said(body: bytes, *, may_be_text: bool) -> tuple[dict[str, str], str]:
    """``data`` and the phrase; nothing where the answer has another shape."""
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}, ""
    if not isinstance(content, dict) or not isinstance(content.get("status"), dict):
        return {}, ""
    data, text = content.get("data"), content["status"].get("message")
    is_told = type(data) is int or (may_be_text and isinstance(data, str))
    if not is_told or not isinstance(text, str):
        return {}, ""
    return {"data": str(data)}, text


def _steps(office: Mapping[str, Any]) -> dict[str, str]:
    """What each MaTrangThai of an office means.

    Raises:
        ValueError: a word that is none of ours would silently mean progress.
    """
    steps = {str(step): str(kind) for step, kind in office.get("steps", {}).items()}
    strange = sorted(set(steps.values()) - STEP_KINDS.keys())
    if strange:
        raise ValueError(f"steps: {', '.join(strange)}; {', '.join(STEP_KINDS)}")
    return steps
