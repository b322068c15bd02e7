"""The tax offices of one unit by packages that somebody carries, carrier ``file``.

Putting a package down is not delivery: only tax's receipt is, and it comes back in
a package of tax's. Until then an enquiry looks whether it is there.
"""

from __future__ import annotations

import tomllib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import orjson

from gateway.adapters.tax.file_inbox import OURS, FileDesk, TaxInbox
from gateway.adapters.tax.file_package import (
    MAX_FILE_BYTES,
    MAX_PACKAGE_BYTES,
    FileKind,
    PackedFile,
    Trust,
    made,
)
from gateway.adapters.tax.portal import REPLIES as PORTAL
from gateway.adapters.tax.portal_mapping import (
    QUESTION_ANSWER,
    answer_data,
    receiver_of,
    slip_of,
)
from gateway.adapters.tax.portal_reading import Check
from gateway.adapters.tax.reading import AGENCY
from gateway.adapters.tax.slips import WORDS as SLIP_WORDS
from gateway.carriers.exchange_folder import ExchangeFolder
from gateway.carriers.folder_trial import exchange_ping
from gateway.carriers.json_files import request_body
from gateway.carriers.replies import Replies
from gateway.domain.attempt import Outcome
from gateway.domain.errors import (
    AgencyBrokeContract,
    AgencyUnavailable,
    DeliveryError,
    NeedsConfiguration,
    NeedsData,
    StoreUnavailable,
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
from gateway.validation.xsd import XSDSchema

_FOLDER = Path(__file__).parent
MANIFEST: Mapping[str, Any] = tomllib.loads(
    (_FOLDER / "agency_file.toml").read_text("utf-8")
)
REPLIES = Replies.load((_FOLDER / "file_replies.toml").read_text("utf-8"))
TRAITS: Mapping[MessageKind, KindTraits] = {
    MessageKind(row["kind"]): KindTraits.of(row) for row in MANIFEST["kind"]
}
#: Of rows and questions, which are the portal's.
BAD_ROWS: Final = (
    "amount_unreadable",
    "notice_day_unreadable",
    "notice_number_missing",
    "notice_item_missing",
    "dossier_number_missing",
    "amount_differs",
)
_SLIP_NAME: Final = "phieu.xml"
_ANSWER_NAME: Final = "tra_loi.json"


@dataclass(frozen=True, slots=True)
class Keys:
    """Our pair, and the registered certificates of a tax office, asked anew."""

    own: SigningKey
    certificates: Callable[[str], Sequence[RegisteredCertificate]]


class TaxFileAdapter(AgencyAdapter):
    """One road to tax offices, carrier ``file``."""

    agency = AGENCY
    traits = TRAITS
    words: Mapping[str, tuple[str, str]] = {
        **SLIP_WORDS,
        **{code: PORTAL.words()[code] for code in BAD_ROWS},
        **REPLIES.words(),
    }
    hosted: tuple[HostedOperation, ...] = ()

    def __init__(
        self,
        office: Mapping[str, Any],
        folder: ExchangeFolder,
        *,
        check: Check,
        schema: XSDSchema,
        keys: Keys,
        now: Callable[[], datetime],
        chance: Chance,
    ) -> None:
        """Bind one road.

        ``office``: its table of the configuration; ``[office.tax]`` holds
        ``sender`` (DON_VI_GUI), ``[office.tax.receivers]`` tax office → MA_CQT.
        ``schema``: that of ``goi.xml``; ``now``: aware wall time.

        Raises:
            KeyError: the table names no sender.
        """
        self._office = office
        self._sender = str(office["tax"]["sender"])
        self._keys = keys
        self._now = now
        self._check = check
        receivers: Mapping[str, str] = office["tax"].get("receivers", {})
        self._desk = TaxInbox(
            FileDesk(folder, self._sender, receivers, schema, check),
            trust=self._trust,
            chance=chance,
        )
        self.inbox = self._desk
        self.ping = exchange_ping(folder)

    def _trust(self, offices: Sequence[str]) -> Trust:
        """Our pair, and every registered certificate of these tax offices."""
        known = [c for office in offices for c in self._keys.certificates(office)]
        return Trust(self._keys.own, known)

    async def submit(
        self, batch: Sequence[OutboundMessage], *, timeout_s: float
    ) -> Sequence[Answer]:
        """Put a package down for each message; the disk bounds the time, not tax."""
        _ = timeout_s
        return [await self._submitted(message) for message in batch]

    async def _submitted(self, message: OutboundMessage) -> Answer:
        try:
            file = await self._file(message)
            content = self._packed(message, file)
        except DeliveryError as error:
            return answer_of(error)
        try:
            await self._desk.lay(_number(message), content, self._now())
        except StoreUnavailable as error:
            # Perhaps it was put down and only its mark is missing: looking tells.
            return _worded(Outcome.UNKNOWN, "folder_unavailable", error.detail)
        return _worded(Outcome.ON_ITS_WAY, "awaiting_receipt")

    async def _file(self, message: OutboundMessage) -> PackedFile:
        """What a message says, as the one file of its package.

        Raises:
            DeliveryError: it cannot be made; nothing has left.
        """
        if message.kind != QUESTION_ANSWER:
            return PackedFile(_SLIP_NAME, FileKind.SLIP, slip_of(message).signed)
        data = answer_data(message, max_file_bytes=MAX_FILE_BYTES)
        body = await request_body(
            data, at_most_bytes=MAX_FILE_BYTES, words=REPLIES.words()
        )
        if not isinstance(body, bytes):
            body = b"".join([piece async for piece in body.open()])
        wrong = self._check(
            "urn:lienthong:schema:tax_file:TraLoi:1", orjson.loads(body)
        )
        if wrong:
            named = ", ".join(error.pointer.strip("/") for error in wrong)
            raise NeedsData(
                f"fields {named}",
                code="answer_invalid",
                remedy=f"Một cửa gửi lại câu trả lời, sửa nội dung ứng với trường {named}.",
            )
        return PackedFile(_ANSWER_NAME, FileKind.ANSWER, body)

    def _packed(self, message: OutboundMessage, file: PackedFile) -> bytes:
        """The package of one message.

        Raises:
            NeedsConfiguration: nobody said which MA_CQT is meant, or its
                certificate is not registered or has expired.
            NeedsData: it is larger than tax takes.
        """
        receiver = receiver_of(message, self._office)
        meant = str(message.facts.get("competent") or message.office)
        trust, now = self._trust([meant]), self._now()
        if not trust.theirs or not trust.theirs[0].is_valid_at(now):
            raise NeedsConfiguration(
                f"certificate of {meant}",
                code="receiver_certificate",
                remedy=REPLIES.words()["receiver_certificate"][1],
            )
        content = made(
            _number(message),
            [file],
            sender=self._sender,
            receiver=receiver,
            at=now,
            trust=trust,
        )
        if len(content) > MAX_PACKAGE_BYTES:
            raise NeedsData(code="too_large", remedy=REPLIES.words()["too_large"][1])
        return content

    async def enquire(self, message: OutboundMessage, *, timeout_s: float) -> Answer:
        """Look whether tax's receipt for this package has come back."""
        _ = timeout_s
        number = _number(message)
        try:
            receipt = await self._desk.receipt(number)
            was_laid = receipt is not None or await self._desk.was_laid(number)
        except StoreUnavailable as error:
            return _worded(Outcome.UNKNOWN, "folder_unavailable", error.detail)
        if receipt is None:
            if was_laid:
                return _worded(Outcome.ON_ITS_WAY, "awaiting_receipt")
            return _worded(Outcome.NOT_DELIVERED, "never_laid")
        fields = {"goi": receipt.code, "tep": next(iter(receipt.files.values()), "")}
        row = REPLIES.classify(str(message.kind), 0, fields, "")
        if row is None:
            raise AgencyBrokeContract(f"receipt {receipt.code} {fields['tep']}")
        return Answer(row.outcome, row.code, remedy=row.next_action)

    async def poll(
        self, messages: Sequence[OutboundMessage], *, timeout_s: float
    ) -> Sequence[Answer]:
        """Nobody can be asked: what is new comes by itself.

        Raises:
            AgencyUnavailable: always.
        """
        raise AgencyUnavailable(f"{len(messages)} in {timeout_s} s", code="no_line")

    async def fetch_file(
        self, link: FileLink, *, timeout_s: float
    ) -> AsyncIterator[bytes]:
        """Packages hold no links: one in tax's name is not its own."""
        raise AgencyBrokeContract(
            f"no file within {timeout_s} s", code="file_not_offered"
        )
        yield link.link.encode()


def _number(message: OutboundMessage) -> str:
    """SO_GOI: the same on every attempt, so that tax knows the package again."""
    return f"{OURS}{message.idempotency_key}"


def _worded(outcome: Outcome, code: str, detail: str = "") -> Answer:
    return Answer(outcome, code, detail, REPLIES.words()[code][1])
