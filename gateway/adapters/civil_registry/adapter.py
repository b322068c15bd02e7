"""BTP for one account: dossiers are handed to it, and it is asked what became of them."""

from __future__ import annotations

import asyncio
import base64
import tomllib
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from gateway.adapters.civil_registry import answers, mapping, results
from gateway.adapters.civil_registry.details import SCHEMA, Check
from gateway.carriers.bodies import AnswerLimits, unechoed
from gateway.carriers.failures import TOO_LARGE, MayHaveLeft
from gateway.carriers.http import HTTPAnswer, Timeouts
from gateway.carriers.json_files import FileValue, request_body
from gateway.carriers.replies import Replies
from gateway.domain.attempt import Outcome
from gateway.domain.errors import AgencyBrokeContract, DeliveryError
from gateway.domain.identifiers import AgencyId, MessageKind
from gateway.domain.values import dataclass, replace
from gateway.ports.agency import AgencyAdapter, Answer, KindTraits, OutboundMessage

if TYPE_CHECKING:
    from gateway.carriers.bodies import StreamedBody
    from gateway.carriers.carrier import Carrier
    from gateway.domain.report import FileLink

_FOLDER = Path(__file__).parent
MANIFEST: Mapping[str, Any] = tomllib.loads(
    (_FOLDER / "agency.toml").read_text("utf-8")
)
REPLIES = Replies.load((_FOLDER / "replies.toml").read_text("utf-8"))
_AGENCY: Mapping[str, Any] = MANIFEST["agency"]
_JSON = "application/json; charset=utf-8"
#: Dossiers of one poll (§9.2).
PER_POLL = 3
#: Answers of this size and more are read in a thread: PDFs are in them.
_LARGE_BYTES = 256 * 1024
_REFUSED_FIELDS = "fields_wrong"
NOT_FOUND = "not_found_there"
#: Days after which a push that nobody there takes is for a person, unless the office's
#: entry says otherwise (``taken_within_days``).
_TAKEN_DAYS = 5


@dataclass(frozen=True, slots=True)
class Account:
    """As whom BTP is called (§2.3)."""

    name: str
    password: str = field(repr=False)

    @property
    def shown(self) -> str:
        """What stands in the header after the word ``Basic``."""
        return base64.b64encode(f"{self.name}:{self.password}".encode()).decode()


@dataclass(slots=True)
class _Asking:
    """One message that is asked about, and what is known so far."""

    question: mapping.Question
    answer: Answer | None = None


class RegistryAdapter(AgencyAdapter):
    """One account at BTP."""

    traits: Mapping[MessageKind, KindTraits] = {
        MessageKind(row["kind"]): KindTraits.of(row) for row in MANIFEST["kind"]
    }
    words = REPLIES.words()
    hosted = ()

    def __init__(
        self,
        agency: AgencyId,
        office: Mapping[str, Any],
        carrier: Carrier,
        check: Check,
        *,
        account: Account | None,
        base: str,
        now: Callable[[], datetime],
    ) -> None:
        """Take the office's table of the configuration.

        ``account``: None behind a platform, which BTP knows us by; ``base``: of BTP
        below the registered address; ``now``: wall time, aware.
        """
        self.agency = agency
        self._office = office
        self._carrier = carrier
        self._check = check
        self._account = account
        self._base = base
        self._now = now
        #: BTP refuses a poll of an account while another is under way (§9.2).
        self._polling = asyncio.Lock()
        self.ping = self._pinged if office.get("province") else None

    # ------------------------------------------------------------ pushing

    async def submit(
        self, batch: Sequence[OutboundMessage], *, timeout_s: float
    ) -> Sequence[Answer]:
        """One call each, one after the other; no error is raised."""
        until = _clock() + timeout_s
        return [await self._pushed(message, until) for message in batch]

    async def _pushed(self, message: OutboundMessage, until: float) -> Answer:
        try:
            async with asyncio.timeout_at(until):
                push = mapping.push(message, self._office, self._check)
                body = await self._body(push)
            got = await self._call(push.operation, body, until)
        except TimeoutError:
            return Answer(Outcome.NOT_DELIVERED, "agency_unavailable")
        except DeliveryError as error:
            return answers.failed(error, self.words["attachment_unreadable"][1])
        said = answers.said(got.body)
        answer = self._judged(push.operation, got, said)
        if answer.code == _REFUSED_FIELDS:
            return answers.with_fields(answer, said.text)
        return answer

    async def _body(self, push: mapping.Push) -> bytes | StreamedBody:
        """The call's body, complete and valid before a byte of it leaves.

        Raises:
            NeedsData: a value is missing, or the whole is too large.
            NeedsConfiguration: a file of ours cannot be read.
        """
        wrong = self._check(SCHEMA.format(push.operation), _without_files(push.body))
        if wrong:
            raise mapping.invalid(one.pointer.split("/")[1] for one in wrong)
        limit = _AGENCY["max_body_bytes"]
        return await request_body(push.body, at_most_bytes=limit, words=self.words)

    async def _call(
        self,
        operation: str,
        body: bytes | StreamedBody,
        until: float,
        limits: AnswerLimits | None = None,
    ) -> HTTPAnswer:
        """One call.

        Raises:
            DeliveryError: it could not be made, or no whole answer came.
        """
        headers = {"Content-Type": _JSON, "Accept": "application/json"}
        secret = ""
        if self._account is not None:
            secret = self._account.shown
            headers["Authorization"] = f"Basic {secret}"
        left_s = max(until - _clock(), 0.001)
        answer = await self._carrier.send(
            "POST",
            f"{self._base}{operation}",
            headers,
            body,
            timeouts=Timeouts.within(left_s),
            limits=limits,
        )
        return replace(answer, body=unechoed(answer.body, secret))

    def _judged(self, operation: str, answer: HTTPAnswer, said: answers.Said) -> Answer:
        told = (said.status, said.text)
        return answers.judged(REPLIES, operation, answer, told, self._now())

    async def enquire(self, message: OutboundMessage, *, timeout_s: float) -> Answer:
        """Whether BTP has it: found is proof, in whatever state (§9.2).

        Not found proves nothing, so the push is repeated, which counts once. It is asked
        first, since a push counts as a supplement where one is asked for meanwhile (§8.1).
        """
        (found,) = await self.poll([message], timeout_s=timeout_s)
        if found.reports:
            return Answer(Outcome.DELIVERED, "found", http_status=found.http_status)
        if found.code == NOT_FOUND:
            return replace(found, outcome=Outcome.NOT_DELIVERED, in_part=True)
        return replace(found, outcome=Outcome.UNKNOWN)

    # ------------------------------------------------------------ asking

    async def poll(
        self, messages: Sequence[OutboundMessage], *, timeout_s: float
    ) -> Sequence[Answer]:
        """Ask three at a time, of one kind and province each, one call after another.

        What is not found under one code of its province is asked for under the next.
        """
        until = _clock() + timeout_s
        asking = [self._asking(message) for message in messages]
        try:
            async with asyncio.timeout_at(until), self._polling:
                await self._ask_all(
                    [one for one in asking if one.answer is None], until
                )
        except TimeoutError:
            pass
        late = Answer(Outcome.UNKNOWN, "timeout")
        return [one.answer or late for one in asking]

    async def _pinged(self, *, timeout_s: float) -> Answer:
        """Ask about a dossier that cannot exist: that none is found is what is meant."""
        until, stamp = _clock() + timeout_s, int(self._now().timestamp())
        province = str(self._office["province"][0]["code"])
        nobody = _Asking(mapping.Question(f"KIEM-TRA-{stamp}", "KS", (province,)))
        try:
            async with asyncio.timeout_at(until), self._polling:
                await self._ask([nobody], "KS", province, until)
        except TimeoutError:
            return Answer(Outcome.UNKNOWN, "timeout")
        return nobody.answer or Answer(Outcome.DELIVERED, NOT_FOUND)

    async def ask_about(
        self, messages: Sequence[OutboundMessage], *, timeout_s: float
    ) -> Sequence[Answer]:
        """The same question as a poll: who pushed a dossier does not matter (§9.2).

        That one is not found, or nobody answers, proves nothing.
        """
        found = await self.poll(messages, timeout_s=timeout_s)
        return [
            replace(one, outcome=Outcome.UNKNOWN)
            if one.outcome is Outcome.NOT_DELIVERED
            else one
            for one in found
        ]

    def _asking(self, message: OutboundMessage) -> _Asking:
        try:
            return _Asking(mapping.question(message, self._office))
        except DeliveryError as error:
            nothing = mapping.Question("", "", ())
            return _Asking(nothing, answers.failed(error, ""))

    async def _ask_all(self, asking: Sequence[_Asking], until: float) -> None:
        most = max((len(one.question.provinces) for one in asking), default=0)
        for turn in range(most):
            groups: dict[tuple[str, str], list[_Asking]] = {}
            for one in asking:
                if one.answer is None and turn < len(one.question.provinces):
                    place = (one.question.module, one.question.provinces[turn])
                    groups.setdefault(place, []).append(one)
            for (module, province), group in groups.items():
                for start in range(0, len(group), PER_POLL):
                    part = group[start : start + PER_POLL]
                    await self._ask(part, module, province, until)
        lost = self._worded(Outcome.NEEDS_CONFIGURATION, NOT_FOUND)
        for one in asking:
            one.answer = one.answer or lost

    async def _ask(
        self, part: Sequence[_Asking], module: str, province: str, until: float
    ) -> None:
        """One call; whoever is found, or may not be concluded about, has its answer."""
        told = mapping.ask([one.question.number for one in part], module, province)
        limits = AnswerLimits(body_bytes=_AGENCY["max_answer_bytes"])
        try:
            got = await self._call(mapping.ASK, orjson.dumps(told), until, limits)
        except MayHaveLeft as error:
            if error.reason != TOO_LARGE:
                self._answer_all(part, answers.failed(error, ""))
            elif len(part) > 1:
                for one in part:
                    await self._ask([one], module, province, until)
            else:
                broken = Outcome.CONTRACT_BROKEN
                self._answer_all(part, self._worded(broken, "answer_too_large"))
            return
        except DeliveryError as error:
            self._answer_all(part, answers.failed(error, ""))
            return
        if len(got.body) < _LARGE_BYTES:
            self._read(part, province, got)
        else:
            await asyncio.to_thread(self._read, part, province, got)

    def _answer_all(self, part: Iterable[_Asking], answer: Answer) -> None:
        for one in part:
            one.answer = answer

    def _read(self, part: Sequence[_Asking], province: str, got: HTTPAnswer) -> None:
        said = answers.said(got.body)
        # Results are kept with their reports: an answer that holds three of them is
        # no evidence of one.
        answer = replace(self._judged(mapping.ASK, got, said), response=None)
        if answer.outcome is not Outcome.DELIVERED:
            self._answer_all(part, answer)
            return
        entries = {
            number: entry
            for entry in reversed(said.value)
            for number in results.number_of(entry)
            if number
        }
        for one in part:
            entry = entries.get(one.question.number)
            if entry is not None:
                asked = results.Asked(one.question.number, province)
                told = self._told(entry, asked, answer)
                one.answer = self._left_lying(one.question, told)

    def _left_lying(self, question: mapping.Question, told: Answer) -> Answer:
        """What a poll brings, for a person where nobody there takes the push (§9.2).

        It may have been typed in by hand: then no result ever comes of it.
        """
        lies = any(str(one.facts["step"]) == results.UNTAKEN for one in told.reports)
        if not lies or question.since is None:
            return told
        days = self._office.get("registry", {}).get("taken_within_days", _TAKEN_DAYS)
        if self._now() - question.since <= timedelta(days=float(days)):
            return told
        worded = self._worded(Outcome.NEEDS_DATA, "not_taken_up")
        return replace(worded, reports=told.reports)

    def _told(
        self, entry: Mapping[str, Any], asked: results.Asked, answer: Answer
    ) -> Answer:
        broken = Outcome.CONTRACT_BROKEN
        try:
            report = results.report_of(entry, asked, self.agency, self._check)
        except results.EntryUnreadable as wrong:
            return replace(self._worded(broken, wrong.code), http_status=200)
        if str(report.facts["step"]) not in results.KINDS:
            # It is kept as it came, and a person looks.
            return replace(self._worded(broken, "state_unknown"), reports=(report,))
        return replace(answer, reports=(report,))

    def _worded(self, outcome: Outcome, code: str) -> Answer:
        reason, action = self.words[code]
        return Answer(outcome, code, reason, action)

    async def fetch_file(
        self, link: FileLink, *, timeout_s: float
    ) -> AsyncIterator[bytes]:
        """Results come inside an answer (§9.3): no link is BTP's own."""
        raise AgencyBrokeContract(
            f"no file within {timeout_s} s", code="file_not_offered"
        )
        yield link.link.encode()


def _without_files(body: Mapping[str, Any]) -> dict[str, Any]:
    """The same for the schema, with an empty text for each file's content."""
    papers = [
        {
            name: "" if isinstance(value, FileValue) else value
            for name, value in paper.items()
        }
        for paper in body.get("fileDinhKem", ())
    ]
    return {**body, "fileDinhKem": papers} if "fileDinhKem" in body else dict(body)


def _clock() -> float:
    return asyncio.get_running_loop().time()
