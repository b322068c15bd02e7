"""An electricity company: a request and its papers out, its progress asked for and in.

A hand-over is several calls. All of them are known and valid before a byte of the
first one leaves; the company recognises each, so that all may be sent again.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.adapters.electricity import mapping
from gateway.adapters.electricity.answers import (
    MANIFEST,
    REPLIES,
    TAKEN,
    answered,
    said,
)
from gateway.adapters.electricity.codes import Codes
from gateway.adapters.electricity.hosting import JSON, hosted_operation
from gateway.adapters.electricity.mapping import Office, Paper
from gateway.adapters.electricity.reading import (
    AGENCY,
    PROGRESS_REPLY,
    Check,
    numbers,
    papers_there,
    reports,
    valid,
)
from gateway.carriers.bodies import StreamedBody
from gateway.carriers.carrier import Carrier
from gateway.carriers.failures import MayHaveLeft, NothingLeft
from gateway.carriers.http import HTTPAnswer, Timeouts
from gateway.carriers.json_files import FileValue, request_body
from gateway.domain.attempt import Outcome
from gateway.domain.errors import (
    AgencyBrokeContract,
    AgencyUnavailable,
    DeliveryError,
    NeedsConfiguration,
    NeedsData,
    StoreError,
)
from gateway.domain.identifiers import MessageKind
from gateway.domain.report import FileLink
from gateway.domain.values import replace
from gateway.ports.agency import (
    AgencyAdapter,
    Answer,
    File,
    KindTraits,
    OutboundMessage,
    answer_of,
)
from gateway.ports.ids import Chance

_AGENCY: Mapping[str, Any] = MANIFEST["agency"]
_HEADERS = {"Content-Type": JSON, "Accept": "application/json"}
_OPERATIONS = {row["kind"]: row["operation"] for row in MANIFEST["kind"]}
_HAND_OVER = "hand_over"
#: Stands for a file's content where the schema is asked.
_SOME_FILE = "AA=="
_ABOUT_US = frozenset({Outcome.NEEDS_CONFIGURATION, Outcome.CONTRACT_BROKEN})
_NEVER_CAME = "request_never_came"
#: Signs of MA_HOSO_DVC at most.
_NUMBER = 50


@dataclass(frozen=True, slots=True)
class _Call:
    """One call of a message, ready to leave."""

    operation: str
    body: bytes | StreamedBody


@dataclass(frozen=True, slots=True)
class _Heard:
    """An answer, and the progress in it where it is one and holds together."""

    answer: Answer
    found: Mapping[str, Any] | None = None


class ElectricityAdapter(AgencyAdapter):
    """One company."""

    agency = AGENCY
    traits: Mapping[MessageKind, KindTraits] = {
        MessageKind(row["kind"]): KindTraits.of(row) for row in MANIFEST["kind"]
    }
    words = REPLIES.words()

    def __init__(
        self,
        office: Office,
        carrier: Carrier,
        check: Check,
        *,
        codes: Codes,
        key: str,
        now: Callable[[], datetime],
        chance: Chance,
    ) -> None:
        """Bind one company.

        ``office``: its table of the configuration; ``[[office.area]]`` names for each
        commune ``unit`` (MA_DVIQLY) and ``id_dia_chinh``. ``key``: KHOA; ``now``: wall
        time, aware.
        """
        self._office = office
        self._path = str(
            office.get("electricity", {}).get("path", _AGENCY["path"])
        ).strip("/")
        self._carrier = carrier
        self.ping = self._pinged
        self._check = check
        self._codes = codes
        self._key = key
        self._now = now
        self._chance = chance
        self.hosted = (
            hosted_operation(check, codes, max_body_bytes=_AGENCY["max_body_bytes"]),
        )

    async def submit(
        self, batch: Sequence[OutboundMessage], *, timeout_s: float
    ) -> Sequence[Answer]:
        """One message after the other, and so its calls; no error is raised."""
        until = _clock() + timeout_s
        return [await self._submitted(message, until) for message in batch]

    async def _submitted(self, message: OutboundMessage, until: float) -> Answer:
        try:
            async with asyncio.timeout_at(until):
                calls = await self._calls(message)
        except TimeoutError:
            return answer_of(AgencyUnavailable())
        except DeliveryError as error:
            return self._failed(error)
        arrived: list[Answer] = []
        for call in calls:
            try:
                got = await self._send(call, until)
                answer = answered(call.operation, got, self._now())
            except DeliveryError as error:
                answer = self._failed(error)
            if answer.outcome not in TAKEN:
                in_part = bool(arrived) and message.kind == _HAND_OVER
                return _in_part(answer, arrived[0]) if in_part else answer
            arrived.append(answer)
        return arrived[0 if message.kind == _HAND_OVER else -1]

    async def _calls(self, message: OutboundMessage) -> list[_Call]:
        """Every call of a message, valid and in order.

        Raises:
            NeedsData: a value is missing, too long, or a paper too large.
            NeedsConfiguration: a row of the office's tables, or a file of ours, is missing.
            AgencyUnavailable: the store gives nothing now.
        """
        operation = _OPERATIONS[message.kind]
        if operation == mapping.CANCEL:
            return [await self._call(operation, mapping.cancellation(message))]
        papers = await self._papers(message)
        uploads = [
            await self._call(mapping.PAPER, mapping.upload(message, paper))
            for paper in papers
        ]
        if operation == mapping.ANSWER:
            fields = mapping.answer(message, papers)
            return [*uploads, await self._call(operation, fields)]
        fields = mapping.request(message, self._office, self._codes, len(papers))
        return [await self._call(operation, fields), *uploads]

    async def _papers(self, message: OutboundMessage) -> list[Paper]:
        """Each different paper once (§6); hashes are of the bytes."""
        found: dict[tuple[str, str], Paper] = {}
        kinds = mapping.kinds_of_papers(message, self._office)
        for file, kind in zip(message.view.files, kinds, strict=True):
            if not 0 < file.size_bytes <= _AGENCY["max_file_bytes"]:
                raise NeedsData(code="paper_size")
            digest = file.sha256 or await self._digest(file)
            found.setdefault((kind, digest), Paper(kind, file, digest))
        return list(found.values())

    async def _digest(self, file: File) -> str:
        found = hashlib.sha256()
        try:
            async for chunk in file.open():
                found.update(chunk)
        except StoreError as error:
            raise AgencyUnavailable("attachments", code=error.code) from error
        except (OSError, ValueError) as error:
            raise self._unreadable() from error
        return found.hexdigest()

    async def _call(self, operation: str, fields: Mapping[str, Any]) -> _Call:
        value = {"KHOA": self._key, **fields}
        shown = {
            name: _SOME_FILE if isinstance(one, FileValue) else one
            for name, one in value.items()
        }
        wrong = valid(self._check, operation, shown)
        if wrong:
            named = dict.fromkeys(one.pointer.strip("/") or operation for one in wrong)
            raise NeedsData(
                f"fields {', '.join(named)}",
                code="message_invalid",
                remedy=f"Một cửa sửa dữ liệu ứng với trường {', '.join(named)} rồi gửi"
                " bản sửa.",
            )
        limit = _AGENCY["max_body_bytes"]
        body = await request_body(value, at_most_bytes=limit, words=self.words)
        return _Call(operation, body)

    async def _send(self, call: _Call, until: float) -> HTTPAnswer:
        """One call.

        Raises:
            NothingLeft: no byte of it left.
            MayHaveLeft: one may have, and no whole answer came.
        """
        left_s = max(until - _clock(), 0.001)
        path = f"{self._path}/{call.operation}".lstrip("/")
        return await self._carrier.send(
            "POST", path, _HEADERS, call.body, timeouts=Timeouts.within(left_s)
        )

    def _unreadable(self) -> NeedsConfiguration:
        code = "attachment_unreadable"
        return NeedsConfiguration(code=code, remedy=self.words[code][1])

    def _failed(self, error: DeliveryError) -> Answer:
        """A call that found no answer, with what was measured."""
        own_fault = isinstance(error, NothingLeft) and error.reason == "body"
        if own_fault and not isinstance(error.__cause__, StoreError):
            return answer_of(self._unreadable())
        answer = answer_of(error)
        if isinstance(error, MayHaveLeft):
            return replace(answer, http_status=error.status, times=error.times)
        if isinstance(error, NothingLeft):
            return replace(answer, times=error.times)
        return answer

    async def enquire(self, message: OutboundMessage, *, timeout_s: float) -> Answer:
        """Whether the request and all its papers are there (§3.1).

        The document wants a minute between a call of unknown fate and this: the
        lane's ``enquire_after_s`` keeps it.
        """
        try:
            papers = await self._papers(message)
        except DeliveryError as error:
            return self._failed(error)
        heard = await self._asked(message, _clock() + timeout_s)
        answer, found = heard.answer, heard.found
        if found is None:
            proves = answer.code == _NEVER_CAME or answer.outcome in _ABOUT_US
            return answer if proves else replace(answer, outcome=Outcome.UNKNOWN)
        wanted = {(paper.kind, paper.digest) for paper in papers}
        if wanted <= papers_there(found):
            return answer
        lacking = self._worded(answer, Outcome.NOT_DELIVERED, "papers_never_came")
        return replace(lacking, in_part=True)

    async def poll(
        self, messages: Sequence[OutboundMessage], *, timeout_s: float
    ) -> Sequence[Answer]:
        """The progress of each request, one call each."""
        until = _clock() + timeout_s
        return [await self._polled(message, until) for message in messages]

    async def _polled(self, message: OutboundMessage, until: float) -> Answer:
        heard = await self._asked(message, until)
        answer, found = heard.answer, heard.found
        if found is not None:
            told = reports(found, self._codes, self._now())
            return replace(answer, reports=told)
        if answer.code == _NEVER_CAME:
            lost = "delivered_request_not_found"
            return self._worded(answer, Outcome.CONTRACT_BROKEN, lost)
        return answer

    async def ask_about(
        self, messages: Sequence[OutboundMessage], *, timeout_s: float
    ) -> Sequence[Answer]:
        """The progress of requests by the dossier's own code, one call each (§7)."""
        until = _clock() + timeout_s
        return [await self._known(message, until) for message in messages]

    async def _pinged(self, *, timeout_s: float) -> Answer:
        """The progress of a dossier that nobody can have (§7): not found is what is meant."""
        name = self._chance.identifier("q")
        try:
            fields = {"MA_GIAODICH": name, "MA_HOSO_DVC": f"KIEM-TRA-{name}"[:_NUMBER]}
            call = await self._call(mapping.PROGRESS, fields)
            got = await self._send(call, _clock() + timeout_s)
        except DeliveryError as error:
            return self._failed(error)
        answer = answered(mapping.PROGRESS, got, self._now())
        if answer.code == _NEVER_CAME:
            return replace(answer, outcome=Outcome.DELIVERED)
        return answer

    async def _known(self, message: OutboundMessage, until: float) -> Answer:
        heard = await self._asked(message, until)
        answer, found = heard.answer, heard.found
        if found is not None:
            return replace(answer, reports=reports(found, self._codes, self._now()))
        proves = answer.code == _NEVER_CAME
        return answer if proves else replace(answer, outcome=Outcome.UNKNOWN)

    async def _asked(self, message: OutboundMessage, until: float) -> _Heard:
        name = self._chance.identifier("q")
        try:
            fields = mapping.enquiry(message, name)
            call = await self._call(mapping.PROGRESS, fields)
            got = await self._send(call, until)
        except DeliveryError as error:
            return _Heard(self._failed(error))
        answer = answered(mapping.PROGRESS, got, self._now())
        if answer.outcome is not Outcome.DELIVERED:
            return _Heard(answer)
        found = said(got.body).told
        same = found.get("MA_HOSO_DVC") == fields["MA_HOSO_DVC"]
        if not same or valid(self._check, PROGRESS_REPLY, _capital(found)):
            broken = AgencyBrokeContract()
            return _Heard(
                replace(
                    answer,
                    outcome=Outcome.CONTRACT_BROKEN,
                    code=broken.code,
                    remedy=broken.remedy,
                )
            )
        return _Heard(replace(answer, introduces=numbers(found)), found)

    def _worded(self, answer: Answer, outcome: Outcome, code: str) -> Answer:
        reason, action = self.words[code]
        return replace(answer, outcome=outcome, code=code, detail=reason, remedy=action)

    async def fetch_file(
        self, link: FileLink, *, timeout_s: float
    ) -> AsyncIterator[bytes]:
        """The company offers no files (§1.1)."""
        raise AgencyBrokeContract(
            f"no file within {timeout_s} s", code="file_not_offered"
        )
        yield link.link.encode()


def _in_part(answer: Answer, first: Answer) -> Answer:
    """What became of a hand-over of which the request arrived, and not all papers.

    Whoever refuses a paper has not refused the request: people look at it.
    """
    refused = answer.outcome is Outcome.REFUSED
    outcome = Outcome.NEEDS_DATA if refused else answer.outcome
    return replace(answer, outcome=outcome, introduces=first.introduces, in_part=True)


def _capital(found: Mapping[str, Any]) -> dict[str, Any]:
    """The answer for the schema: ``TYPE`` is compared without regard to case."""
    return {**found, "TYPE": str(found["TYPE"]).upper()}


def _clock() -> float:
    return asyncio.get_running_loop().time()
