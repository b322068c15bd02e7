"""The tax office, spoken to: slips out, enquiries about them, later answers in."""

from __future__ import annotations

import asyncio
import tomllib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

from gateway.adapters.tax.answers import WORDS, Asked, Heard, broken, hear
from gateway.adapters.tax.contract import SHAPE, Contract
from gateway.adapters.tax.mapping import (
    ENQUIRIES,
    OPERATION,
    SLIP,
    Triple,
    call,
    enquiry,
    triple_of,
)
from gateway.adapters.tax.reading import (
    AGENCY,
    FOUND,
    NOT_FOUND,
    NOTHING_DUE,
    Reply,
    notices_report,
    returned_report,
    settled_report,
)
from gateway.adapters.tax.slips import WORDS as SLIP_WORDS
from gateway.carriers.carrier import Carrier
from gateway.carriers.failures import MayHaveLeft, NothingLeft
from gateway.carriers.replies import Replies
from gateway.carriers.soap import CallInvalid, SOAPCarrier
from gateway.domain.attempt import Outcome
from gateway.domain.errors import (
    AgencyBrokeContract,
    DeliveryError,
    NeedsConfiguration,
    NeedsData,
)
from gateway.domain.identifiers import MessageKind
from gateway.domain.report import FileLink
from gateway.ports.agency import (
    AgencyAdapter,
    Answer,
    HostedOperation,
    KindTraits,
    OutboundMessage,
    answer_of,
)
from gateway.ports.ids import Chance
from gateway.validation.certificates import RegisteredCertificate, SigningKey
from gateway.validation.seal import make_seal
from gateway.validation.xml_signature import sign

PATH: Final = "tct/GuiThongDiep"
_FOLDER = Path(__file__).parent
#: Of the identifier in a number that cannot exist.
_PING_SIGNS: Final = 30
_RETURNED = "04"
#: MA_KETQUA


@dataclass(frozen=True, slots=True)
class Identity:
    """Who we are to tax, and whom we believe.

    ``certificates``: what is registered for the office now; asked anew for
    every answer, so that a change of keys needs no restart.
    """

    key: SigningKey
    certificates: Callable[[], Sequence[RegisteredCertificate]]


class TaxAdapter(AgencyAdapter):
    """One tax office over ``tct_xml``."""

    agency = AGENCY
    hosted: tuple[HostedOperation, ...] = ()

    def __init__(
        self,
        office: Mapping[str, Any],
        http: Carrier,
        contract: Contract,
        *,
        identity: Identity,
        now: Callable[[], datetime],
        chance: Chance,
    ) -> None:
        """Bind one office.

        ``office``: its table of the configuration; ``[office.tax]`` holds
        ``sender`` (MaDonViGui, ours) and ``receiver`` (MaDonViNhan, its MA_CQT).
        ``http`` leads to its registered address; ``now``: aware wall time.

        Raises:
            KeyError: the table names no sender or no receiver.
        """
        self._sender = str(office["tax"]["sender"])
        self._receiver = str(office["tax"]["receiver"])
        self._carrier = SOAPCarrier(http, contract.codec, PATH)
        self._contract = contract
        self._identity = identity
        self._now = now
        self._chance = chance
        self._replies = _replies()
        self.ping = self._pinged
        self.traits: Mapping[MessageKind, KindTraits] = _traits()
        self.words: Mapping[str, tuple[str, str]] = {
            **SLIP_WORDS,
            **WORDS,
            **self._replies.words(),
        }

    async def submit(
        self, batch: Sequence[OutboundMessage], *, timeout_s: float
    ) -> Sequence[Answer]:
        """Send each slip as it is; one after the other, each at most once."""
        until = _clock() + timeout_s
        return [await self._submitted(message, until) for message in batch]

    async def _submitted(self, message: OutboundMessage, until: float) -> Answer:
        try:
            about = triple_of(message)
        except NeedsData as missing:
            return Answer(Outcome.NEEDS_DATA, missing.code, remedy=missing.remedy)
        asked = Asked(SLIP, message.idempotency_key, about)
        heard = await self._exchange(asked, message.signed or b"", until)
        return heard.answer

    async def enquire(self, message: OutboundMessage, *, timeout_s: float) -> Answer:
        """Ask by ``TCT_TVHSSC`` whether this very slip is on file.

        Only its signed "no such dossier" is NOT_DELIVERED; trouble with the
        enquiry says nothing about the slip.
        """
        try:
            about = triple_of(message)
        except NeedsData as missing:
            return Answer(Outcome.NEEDS_DATA, missing.code, remedy=missing.remedy)
        heard = await self._ask("dossier", about, _clock() + timeout_s)
        answer, reply = heard.answer, heard.reply
        if reply is None or not reply.result_code:
            about_us = {Outcome.NEEDS_CONFIGURATION, Outcome.CONTRACT_BROKEN}
            if answer.outcome in about_us:
                return answer
            return replace(answer, outcome=Outcome.UNKNOWN)
        if reply.result_code == NOT_FOUND:
            return answer
        return _on_file(answer, reply, about)

    async def poll(
        self, messages: Sequence[OutboundMessage], *, timeout_s: float
    ) -> Sequence[Answer]:
        """Ask for notices and then for the state of payment, slip by slip."""
        until = _clock() + timeout_s
        return [await self._polled(message, until) for message in messages]

    async def _polled(self, message: OutboundMessage, until: float) -> Answer:
        try:
            about = triple_of(message)
        except NeedsData as missing:
            return Answer(Outcome.NEEDS_DATA, missing.code, remedy=missing.remedy)
        first = await self._ask("notices", about, until)
        reply = first.reply
        if reply is None or reply.result_code not in {FOUND, NOTHING_DUE}:
            return _with_reports(first, about)
        told = (notices_report(about, reply),) if reply.notices else ()
        second = await self._ask("obligations", about, until)
        if second.reply is None:
            return replace(second.answer, reports=told)
        settled = settled_report(about, second.reply, reply.notices)
        if settled is None:
            answer = _with_reports(second, about)
            return replace(answer, reports=(*told, *answer.reports))
        return replace(second.answer, reports=(*told, settled))

    async def fetch_file(
        self, link: FileLink, *, timeout_s: float
    ) -> AsyncIterator[bytes]:
        """Tax offers no files: a link in its name is not its own."""
        raise AgencyBrokeContract(
            f"no file within {timeout_s} s", code="file_not_offered"
        )
        yield link.link.encode()

    async def _pinged(self, *, timeout_s: float) -> Answer:
        """Ask about a slip that cannot exist; any signed answer shows that all is well."""
        name = self._chance.identifier("q")[:_PING_SIGNS]
        nobody = Triple(f"KIEM-TRA-{name}", "", f"KIEM-TRA-{name}", name, "")
        heard = await self._ask("dossier", nobody, _clock() + timeout_s)
        if heard.reply is None:
            return heard.answer
        return replace(heard.answer, outcome=Outcome.DELIVERED)

    async def _ask(self, what: str, about: Triple, until: float) -> Heard:
        """One signed enquiry; its id is fresh, so that no older answer fits."""
        code, msg_type = ENQUIRIES[what]
        name = self._chance.identifier("q")
        document = sign(
            enquiry(about, what, seq_id=name, at=self._now()),
            key=self._identity.key,
            shape=SHAPE,
        )
        meant = replace(about, seq_id=name, msg_type=msg_type)
        return await self._exchange(Asked(code, name, meant), document, until)

    async def _exchange(self, asked: Asked, document: bytes, until: float) -> Heard:
        rest = until - _clock()
        if rest <= 0:
            return Heard(Answer(Outcome.NOT_DELIVERED, "agency_unavailable"))
        values = call(
            asked.code,
            document,
            seal=make_seal(document, self._identity.key),
            sender=self._sender,
            receiver=self._receiver,
            message_id=asked.id,
            at=self._now(),
        )
        try:
            got = await self._carrier.call(OPERATION, values, timeout_s=rest)
        except CallInvalid as wrong:
            code = NeedsConfiguration.default_code
            return Heard(Answer(Outcome.NEEDS_CONFIGURATION, code, str(wrong)))
        except DeliveryError as failed:
            return Heard(_without_answer(failed))
        return hear(
            got,
            asked,
            contract=self._contract,
            replies=self._replies,
            certificates=self._identity.certificates(),
            at=self._now(),
        )


def _without_answer(failed: DeliveryError) -> Answer:
    """The decisive line: whether a byte of the call may have left."""
    answer = answer_of(failed)
    if isinstance(failed, NothingLeft):
        return replace(answer, detail=failed.reason, times=failed.times)
    if isinstance(failed, MayHaveLeft):
        return replace(
            answer,
            code="timeout" if failed.reason == "timeout" else failed.code,
            detail=failed.reason,
            http_status=failed.status,
            times=failed.times,
        )
    return answer


def _on_file(answer: Answer, reply: Reply, about: Triple) -> Answer:
    """Whether what is on file under the three numbers is the slip that was meant."""
    copies = [seq_id for _, seq_id in reply.files].count(about.seq_id)
    if answer.outcome is not Outcome.DELIVERED:
        return answer
    if copies == 0:
        return broken(answer, "another_slip_on_file")
    return answer if copies == 1 else replace(answer, code="arrived_twice")


def _with_reports(heard: Heard, about: Triple) -> Answer:
    """A poll's answer that ends it, with the one report that it may carry."""
    reply = heard.reply
    if reply is not None and reply.result_code == _RETURNED:
        return replace(heard.answer, reports=(returned_report(about, reply),))
    return heard.answer


def _clock() -> float:
    return asyncio.get_running_loop().time()


def _read(name: str) -> str:
    return (_FOLDER / name).read_text("utf-8")


@cache
def _replies() -> Replies:
    return Replies.load(_read("replies.toml"))


@cache
def _traits() -> Mapping[MessageKind, KindTraits]:
    return {
        MessageKind(row["kind"]): KindTraits.of(row)
        for row in tomllib.loads(_read("agency.toml"))["kind"]
    }
