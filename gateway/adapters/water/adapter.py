"""A water company, by files in a folder that both sides share (docs/agencies/water.md).

Putting a lot down is not delivery: the company's taking it is. Until then an enquiry
looks where its manifest lies.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

from gateway.adapters.water import mapping
from gateway.adapters.water.contract import Contract
from gateway.adapters.water.desk import (
    ANSWERS,
    PARTS,
    REQUESTS,
    FolderDesk,
    Place,
    about,
    at_once,
    taken,
)
from gateway.adapters.water.errors_told import codes_of
from gateway.adapters.water.inbox import WaterInbox
from gateway.adapters.water.lots import Check
from gateway.adapters.water.mapping import Laid
from gateway.adapters.water.package import Company, word
from gateway.adapters.water.reading import LINK_MARK
from gateway.carriers.folder import Folder, NameTaken, Written
from gateway.carriers.folder_trial import folder_ping
from gateway.carriers.replies import Replies
from gateway.domain.attempt import Outcome
from gateway.domain.errors import (
    AgencyBrokeContract,
    AgencyUnavailable,
    DeliveryError,
    FolderRefused,
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
from gateway.sheets.spreadsheets import FileSpreadsheets

_FOLDER = Path(__file__).parent
_MAX_PAPER_BYTES: Final = 64 * 1024 * 1024
_DIGEST_LENGTH: Final = 64
#: Of ben_gui and ben_nhan, as ``lo.json`` wants them.
_UNIT: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,34}")
_DAYS: Final = ("NGAY_TIEP_NHAN", "HAN_TRA")


@dataclass(frozen=True, slots=True)
class _Ready:
    """A message as its row; nothing of it has left."""

    message: OutboundMessage
    row: Mapping[str, str]


class WaterAdapter(AgencyAdapter):
    """One office of a company, by its folder."""

    hosted: tuple[HostedOperation, ...] = ()

    def __init__(
        self,
        folder: Folder,
        company: Company,
        services: Mapping[str, str],
        contract: Contract,
        *,
        check: Check,
    ) -> None:
        """``services``: procedure → DICH_VU; ``check``: finds every wrong field."""
        self.agency = company.agency
        self.traits: Mapping[MessageKind, KindTraits] = _traits()
        self._replies = _replies()
        self.words: Mapping[str, tuple[str, str]] = {
            **self._replies.words(),
            **{
                # The remedy is written for the company; here it is read by others.
                word(one.code): (
                    one.text,
                    f"Báo đơn vị gửi tệp: {one.remedy[:1].lower()}{one.remedy[1:]}",
                )
                for one in contract.faults.values()
            },
        }
        self._folder = folder
        self._desk = FolderDesk(folder)
        self._company = company
        self._row_of = mapping.Company(company.agency, services)
        self._contract = contract
        self._check = check
        self._sheets = FileSpreadsheets()
        self.inbox = WaterInbox(
            self._desk, company, contract, check=check, sheets=self._sheets
        )
        reads, writes = (ANSWERS, taken(ANSWERS)), (REQUESTS,)
        self.ping = folder_ping(folder, reads=reads, writes=writes)

    def misfits(self) -> Iterable[tuple[tuple[str | int, ...], str]]:
        """Values of the entry that no manifest or row, or no account, may have."""
        told = self._company
        for name, value in (("sender", told.sender), ("receiver", told.receiver)):
            if not _UNIT.fullmatch(value):
                yield ("water", name), f"{name} chỉ gồm 1–35 chữ A-Z a-z 0-9 . _ -"
        for key, what in self._folder.misfits():
            yield ("sftp", key), what
        for procedure, service in self._row_of.services.items():
            if service not in self._contract.services:
                known = ", ".join(self._contract.services)
                place = ("water", "services", procedure)
                yield place, f"{service!r} không phải dịch vụ của công ty: {known}"

    async def submit(
        self, batch: Sequence[OutboundMessage], *, timeout_s: float
    ) -> Sequence[Answer]:
        """Put down one lot with every message that can be; the disk bounds the time."""
        _ = timeout_s
        answers: list[Answer | None] = [None] * len(batch)
        ready: dict[int, _Ready] = {}
        try:
            await self._folder.make(*PARTS)
            for place, message in enumerate(batch):
                try:
                    if await self._lies(message):
                        answers[place] = self._worded(
                            Outcome.ON_ITS_WAY, "awaiting_receipt"
                        )
                    else:
                        ready[place] = _Ready(message, self._row(message))
                except DeliveryError as error:
                    answers[place] = answer_of(error)
            if ready:
                await self._lay([*ready.values()])
        except FolderRefused as error:
            # Not even the files that come before the manifest could be put down.
            refused = self._worded(
                Outcome.NEEDS_CONFIGURATION, error.code, error.detail
            )
            return [answer or refused for answer in answers]
        except StoreUnavailable as error:
            # Perhaps the manifest was put down: looking tells.
            lost = self._worded(Outcome.UNKNOWN, "folder_unavailable", error.detail)
            return [answer or lost for answer in answers]
        except DeliveryError as error:
            return [answer or answer_of(error) for answer in answers]
        except NameTaken:
            again = self._worded(Outcome.NOT_DELIVERED, "never_laid")
            return [answer or again for answer in answers]
        laid = self._worded(Outcome.ON_ITS_WAY, "awaiting_receipt")
        return [answer or laid for answer in answers]

    def _row(self, message: OutboundMessage) -> dict[str, str]:
        """The row of a message, as its schema wants it.

        Raises:
            DeliveryError: it cannot be made.
        """
        row = mapping.row(message, self._row_of)
        if any(file.size_bytes > _MAX_PAPER_BYTES for file in mapping.papers(message)):
            raise NeedsData(code="paper_too_large")
        told = {
            code: "-".join(reversed(value.split("/"))) if code in _DAYS else value
            for code, value in row.items()
        }
        wrong = self._check(
            "urn:lienthong:schema:water:yeu_cau:1", {"STT": "1", **told}
        )
        if wrong:
            named = ", ".join(error.pointer.strip("/") for error in wrong)
            raise NeedsData(f"columns {named}", code="request_invalid")
        return row

    async def _lies(self, message: OutboundMessage) -> bool:
        for lot in await self._desk.lots_of(message.idempotency_key):
            if await self._desk.place_of(lot) is Place.LYING:
                return True
        return False

    async def _lay(self, ready: Sequence[_Ready]) -> None:
        """Papers, tables, and the manifest last: without it the lot is not there.

        Raises:
            StoreUnavailable: perhaps it is there.
            NameTaken: somebody puts files under the same names; it is not there.
            DeliveryError: a paper cannot be read; it is not there.
        """
        number = await self._desk.next_number()
        lot = mapping.lot_name(number)
        files: list[Laid] = []
        rows: list[Mapping[str, str]] = []
        try:
            for place, one in enumerate(ready, 1):
                names = []
                for nth, file in enumerate(mapping.papers(one.message), 1):
                    names.append(mapping.paper_name(lot, place, nth, file))
                    files.append(await self._put(names[-1], "GIAY_TO", file.open()))
                row = {**one.row, "STT": str(place), "GIAY_TO": "; ".join(names)}
                rows.append(row)
            tables = mapping.requests_tables(rows, self._contract)
            for ending, content in zip(("xlsx", "csv"), reversed(tables), strict=True):
                name = f"{lot}.{ending}"
                files.insert(0, await self._put(name, "BANG", at_once(content)))
        except BaseException:
            for told in files:
                await self._folder.remove(REQUESTS, told.name)
            raise
        requests = [row["MA_YEU_CAU"] for row in rows]
        manifest = mapping.manifest(
            number,
            rows,
            files,
            sender=self._company.sender,
            receiver=self._company.receiver,
            at=self._company.now(),
        )
        try:
            await self._desk.will_lay(requests, lot)
            await self._folder.put(REQUESTS, f"{lot}.json", at_once(manifest))
        except FolderRefused as error:
            # From here on nobody knows without looking.
            raise StoreUnavailable(error.detail) from error
        except NameTaken:
            for told in files:
                await self._folder.remove(REQUESTS, told.name)
            raise

    async def _put(self, name: str, role: str, content: AsyncIterator[bytes]) -> Laid:
        written: Written = await self._folder.put(REQUESTS, name, content)
        return Laid(name, role, written.size_bytes, written.sha256)

    async def enquire(self, message: OutboundMessage, *, timeout_s: float) -> Answer:
        """Look where the manifests lie that name this request (section 3)."""
        _ = timeout_s
        request = message.idempotency_key
        try:
            found = [
                (lot, await self._desk.place_of(lot))
                for lot in await self._desk.lots_of(request)
            ]
            if await self._is_known(message):
                return self._worded(Outcome.DELIVERED, "taken")
            for lot, place in found:
                codes = await codes_of(self._folder, lot, request, self._sheets)
                refused = self._refused(message, codes) if place else None
                if refused is not None:
                    return refused
                if place is Place.TAKEN:
                    return self._worded(Outcome.DELIVERED, "taken")
                if place is Place.WRONG:
                    return self._worded(Outcome.UNKNOWN, "aside_without_report")
                if place is Place.LYING:
                    return self._worded(Outcome.ON_ITS_WAY, "awaiting_receipt")
        except FolderRefused as error:
            return self._worded(Outcome.UNKNOWN, error.code, error.detail)
        except StoreUnavailable as error:
            return self._worded(Outcome.UNKNOWN, "folder_unavailable", error.detail)
        return self._worded(Outcome.NOT_DELIVERED, "never_laid")

    async def _is_known(self, message: OutboundMessage) -> bool:
        """Whether an answer tells that a request came: it names it, or its new dossier.

        Of a later one of the same dossier a row that does not name it proves nothing.
        """
        if await self._desk.was_answered(message.idempotency_key):
            return True
        number = message.number("ma_ho_so", "one_stop")
        is_new = message.kind == "hand_over" and message.revision == 1
        return bool(is_new and number and await self._desk.was_answered(about(number)))

    def _refused(self, message: OutboundMessage, codes: Sequence[str]) -> Answer | None:
        """What a report of errors about this request means; None: it has none."""
        for code in codes:
            row = self._replies.classify(str(message.kind), 0, {"ma": code}, "")
            if row is None:
                raise AgencyBrokeContract(f"report of errors: {code!r}")
            return Answer(row.outcome, row.code, remedy=row.next_action)
        return None

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
        """A result that a row named: the file of that name with that content.

        Raises:
            AgencyBrokeContract: the link is none of ours, or the file was changed.
        """
        _ = timeout_s
        digest, mark, name = link.link.partition(LINK_MARK)
        if len(digest) != _DIGEST_LENGTH or not mark or "/" in name or not name:
            raise AgencyBrokeContract("link", code="file_elsewhere")
        # In the order in which a file goes its way: the other way round one that is
        # moved between the two looks would be in neither.
        for part in (ANSWERS, taken(ANSWERS)):
            for one in await self._folder.lying(part):
                if not mapping.is_called(one.name, name):
                    continue
                if await self._folder.sha256(part, one.name) != digest:
                    continue
                is_there = one.size_bytes == 0
                async for piece in self._folder.pieces(part, one.name):
                    is_there = True
                    yield piece
                if is_there:
                    return
        raise AgencyBrokeContract("gone", code="result_gone")

    def _worded(self, outcome: Outcome, code: str, detail: str = "") -> Answer:
        return Answer(outcome, code, detail, self._replies.words()[code][1])


def company_of(
    office: Mapping[str, Any], agency: Any, now: Callable[[], datetime]
) -> Company:
    """The company that an office's entry describes.

    Raises:
        KeyError: ``[office.water]`` names no sender or receiver.
    """
    told = office["water"]
    return Company(
        agency,
        str(told["sender"]),
        str(told["receiver"]),
        bool(told.get("by_hand", False)),
        now,
    )


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
