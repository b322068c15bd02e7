"""The desk of one unit for packages: what was put down, what came back, receipts."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import orjson

from gateway.adapters.tax.file_package import (
    MAX_PACKAGE_BYTES,
    FileKind,
    Opened,
    PackageRefused,
    PackedFile,
    Trust,
    made,
    opened,
)
from gateway.adapters.tax.file_reading import (
    PACKAGES,
    REPEATED,
    Content,
    Receipt,
    answer,
    content_of,
    receipt,
)
from gateway.adapters.tax.portal_notices import TAKEN
from gateway.adapters.tax.portal_reading import Check
from gateway.carriers import envelope
from gateway.carriers.exchange_folder import SUFFIX, ExchangeFolder
from gateway.domain.identifiers import TransferId
from gateway.ports.ids import Chance
from gateway.ports.inbox import (
    Inbox,
    Outgoing,
    Package,
    PackageNotTaken,
    Part,
    PartResult,
)
from gateway.validation.xsd import XSDSchema

#: What is before a transfer's identifier in the number of its package.
OURS: Final = "LT-"
#: Our packages of receipts begin so; nobody confirms them (section 5).
_ANSWERS: Final = "BN-"
_ANSWERS_KEPT: Final = timedelta(days=10)
_NUMBER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
#: Of the codes of section 4.1, where they stand beside those of others.
_CODE: Final = "package_"
_RECEIPT_NAME: Final = "bien_nhan.json"
_HOLDS: Final = frozenset({TAKEN, REPEATED})
#: Notes: what was put down, what tax said of it, what came from tax.
_LAID, _SAID, _CAME = "di-", "bn-", "ve-"


@dataclass(frozen=True, slots=True)
class FileDesk:
    """Where packages lie, who we are there, and whom they may come from.

    ``receivers``: tax office of the configuration → its MA_CQT.
    """

    folder: ExchangeFolder
    sender: str
    receivers: Mapping[str, str]
    schema: XSDSchema
    check: Check


class TaxInbox(Inbox):
    """Packages of one unit with its tax offices."""

    def __init__(
        self,
        desk: FileDesk,
        *,
        trust: Callable[[Sequence[str]], Trust],
        chance: Chance,
    ) -> None:
        """``trust``: the keys that hold with some tax offices now."""
        self._desk = desk
        self._folder = desk.folder
        self._trust = trust
        self._chance = chance

    async def lay(self, number: str, content: bytes, at: datetime) -> None:
        """Put a package down until its receipt is there.

        The mark comes last: without it nobody can have carried the package away
        but in the moment between the two, and then it is carried twice, which tax
        notices. An earlier receipt that says "not taken" is of an earlier try.

        Raises:
            StoreUnavailable: perhaps it was put down.
        """
        said = await self.receipt(number)
        if said is not None and said.code not in _HOLDS:
            await self._folder.forget(f"{_SAID}{number}")
        await self._folder.lay(f"{number}{SUFFIX}", content)
        note = orjson.dumps({"at": at.isoformat()})
        await self._folder.note(f"{_LAID}{number}", note)

    async def was_laid(self, number: str) -> bool:
        """Whether a package was put down, as far as can be known."""
        if await self._folder.noted(f"{_LAID}{number}") is not None:
            return True
        name = f"{number}{SUFFIX}"
        return any(one.name == name for one in await self._folder.lying())

    async def receipt(self, number: str) -> Receipt | None:
        """What tax said of a package of ours; None: nothing yet."""
        note = await self._folder.noted(f"{_SAID}{number}")
        if note is None:
            return None
        told = orjson.loads(note)
        return Receipt(number, told["code"], told["files"])

    async def waiting(self) -> Sequence[str]:
        """Whole packages that came; one that is still being copied is left."""
        return await self._folder.waiting()

    async def bring(self, name: str, body: bytes) -> str:
        """Lay a package down that somebody hands in, under a name like its own."""
        return await self._folder.bring(name, body)

    async def read(self, name: str) -> bytes:
        """Its bytes, one more than allowed at most."""
        return await self._folder.read(name, MAX_PACKAGE_BYTES + 1)

    async def open(self, name: str, body: bytes, at: datetime) -> Package:
        """Open and prove a package (section 7.1)."""
        desk = self._desk
        trust = self._trust(list(desk.receivers))
        try:
            package = opened(
                body,
                trust=trust,
                schema=desk.schema,
                at=at,
                receiver=desk.sender,
                senders=frozenset(desk.receivers.values()),
            )
            before = await self._came_before(package)
        except PackageRefused as refused:
            raise PackageNotTaken(
                f"{_CODE}{refused.code}",
                remedy=f"{PACKAGES[refused.code]}: báo cơ quan thuế gửi lại.",
                detail=str(refused),
                number=refused.number,
                sender=refused.sender,
            ) from refused
        content = content_of(package, desk.check)
        if before is not None:
            content = Content(content.receipts, (), content.unreadable, ())
        return _TaxPackage(self, name, package, content, before)

    async def _came_before(self, package: Opened) -> Sequence[Mapping[str, Any]] | None:
        """KetQua of the first time; None: it is the first time.

        Raises:
            PackageRefused: its number stands for another content (25).
        """
        note = await self._folder.noted(_came(package))
        if note is None:
            return None
        own = self._trust(()).own
        try:
            plain = envelope.opened(note, [(own.certificate.der, own.private_key)])
        except envelope.EnvelopeRefused:
            # Of a pair that was changed since: taken in again, nothing changes.
            return None
        told = orjson.loads(plain)
        if tuple(told["digests"]) != package.digests:
            raise PackageRefused("25", package.number, package.sender)
        results: Sequence[Mapping[str, Any]] = told["results"]
        return results

    async def taken(
        self,
        name: str,
        package: Opened,
        content: Content,
        answered: tuple[str, Sequence[Mapping[str, Any]]],
        at: datetime,
    ) -> None:
        """Note what a package confirms, answer it, put it away: in this order.

        ``answered``: code and KetQua.
        """
        for one in content.receipts:
            await self._confirm(one)
        code, results = answered
        if any(file.kind is not FileKind.RECEIPT for file in package.files):
            await self._answer(package.number, package.sender, code, results, at)
        note = {"digests": package.digests, "results": list(results)}
        # It names dossiers, and no number of one lies about in plain.
        own = self._trust(()).own
        sealed = envelope.sealed(orjson.dumps(note), [own.certificate.der])
        await self._folder.note(_came(package), sealed)
        await self._folder.done(name)

    async def _confirm(self, told: Receipt) -> None:
        """Taken wins whenever it comes (section 6), and ends the carrying.

        A number that was never put down here names no file and no note of ours.
        """
        if not _NUMBER.fullmatch(told.number) or not await self.was_laid(told.number):
            return
        known = await self.receipt(told.number)
        if known is not None and known.code in _HOLDS:
            return
        note = orjson.dumps({"code": told.code, "files": dict(told.files)})
        await self._folder.note(f"{_SAID}{told.number}", note)
        if told.code in _HOLDS:
            await self._folder.confirmed(f"{told.number}{SUFFIX}")

    async def refused(self, name: str, why: PackageNotTaken, at: datetime) -> None:
        """Put a package aside that proves nothing, and tell tax so.

        Where it does not prove whose it is, the only tax office there is is told.
        """
        known = set(self._desk.receivers.values())
        told = {why.sender} & known or (known if len(known) == 1 else set())
        number = why.number or name.removesuffix(SUFFIX)
        for receiver in told:
            await self._answer(number, receiver, why.code.removeprefix(_CODE), (), at)
        await self._folder.put_aside(name)

    async def _answer(
        self,
        number: str,
        receiver: str,
        code: str,
        results: Sequence[Mapping[str, Any]],
        at: datetime,
    ) -> None:
        """Put a package down that holds a receipt; without a certificate, none."""
        desk = self._desk
        offices = [o for o, known in desk.receivers.items() if known == receiver]
        trust = self._trust(offices)
        if not trust.theirs:
            return
        ours = f"{_ANSWERS}{self._chance.identifier('g')}"
        told = answer(number, code, at, results)
        content = made(
            ours,
            [PackedFile(_RECEIPT_NAME, FileKind.RECEIPT, told)],
            sender=desk.sender,
            receiver=receiver,
            at=at,
            trust=trust,
        )
        await self.lay(ours, content, at)

    async def outgoing(self, at: datetime) -> Sequence[Outgoing]:
        """What lies to be carried; old packages of receipts go."""
        found = []
        for one in await self._folder.lying():
            number = one.name.removesuffix(SUFFIX)
            note = await self._folder.noted(f"{_LAID}{number}")
            since = (
                datetime.fromisoformat(orjson.loads(note)["at"]) if note else one.since
            )
            answers = number.startswith(_ANSWERS)
            if answers and at - since > _ANSWERS_KEPT:
                await self._folder.confirmed(one.name)
                continue
            of = None if answers else TransferId(number.removeprefix(OURS))
            found.append(Outgoing(one.name, one.size_bytes, since, answers, of))
        return sorted(found, key=lambda one: (one.since, one.name))

    async def take(self, name: str) -> bytes | None:
        """A copy of a package that lies to be carried."""
        return await self._folder.copy(name)


@dataclass(frozen=True, slots=True)
class _TaxPackage(Package):
    """A package of tax's that is proved; ``before``: KetQua, when it came before."""

    inbox: TaxInbox
    name: str
    package: Opened
    content: Content
    before: Sequence[Mapping[str, Any]] | None

    @property
    def number(self) -> str:
        """SO_GOI."""
        return self.package.number

    @property
    def parts(self) -> Sequence[Part]:
        """What it says of dossiers; nothing when it came before."""
        return self.content.parts

    @property
    def confirms(self) -> Sequence[TransferId]:
        """Transfers whose packages it speaks of."""
        return [
            TransferId(one.number.removeprefix(OURS)) for one in self.content.receipts
        ]

    async def taken(self, results: Sequence[PartResult], at: datetime) -> None:
        """Note, answer and put away."""
        answered = (
            (TAKEN, receipt(self.package, self.content, results))
            if self.before is None
            else (REPEATED, self.before)
        )
        await self.inbox.taken(self.name, self.package, self.content, answered, at)


def _came(package: Opened) -> str:
    """Name of the note about a package of tax's."""
    told = f"{package.sender}|{package.number}".encode()
    return f"{_CAME}{hashlib.sha256(told).hexdigest()[:32]}"
