"""What a company put down: lots and tables of clerks, each taken once (document, 2.4–2.6)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import Final

import orjson

from gateway.adapters.water import lots
from gateway.adapters.water.cells import file_names, same_name
from gateway.adapters.water.contract import Contract
from gateway.adapters.water.desk import (
    ANSWERS,
    PARTS,
    REQUESTS,
    FolderDesk,
    Place,
    at_once,
    taken,
    wrong,
)
from gateway.adapters.water.lots import MAX_MANIFEST_BYTES, Check, Lot, lot_of
from gateway.adapters.water.mapping import Told, error_report
from gateway.adapters.water.package import Company, Contents, TablePackage, word
from gateway.adapters.water.tables import (
    MAX_TABLE_BYTES,
    FileRefused,
    Lines,
    lines_of,
)
from gateway.carriers.folder import Found, NameTaken
from gateway.domain.identifiers import TransferId
from gateway.ports.inbox import Inbox, Outgoing, Package, PackageNotTaken
from gateway.ports.sheets import Spreadsheets
from gateway.sheets.forms import Form

#: How long what is not whole is waited for (document, section 2.6).
_TO_BE_WHOLE: Final = timedelta(minutes=60)
#: How long a clerk's file has to stay as it is (section 2.4).
_STILL: Final = timedelta(minutes=10)
_SWEEP_EVERY: Final = timedelta(hours=1)
_TABLES: Final = frozenset({".csv", ".xlsx", ".xls", ".ods"})
_REPORT_MARK: Final = ".loi."
#: What is told leaves everything where it lies.
_IN_PLACE: Final = frozenset({"T01", "T02"})
_MOST_STEM: Final = 120


@dataclass(slots=True)
class _Seen:
    """What is remembered within this process alone: it costs time to find out again."""

    tables: dict[tuple[str, str], frozenset[str]] = field(default_factory=dict)
    swept: datetime | None = None


class WaterInbox(Inbox):
    """The answers of one company, and what lies ready for it."""

    carried = False

    def __init__(
        self,
        desk: FolderDesk,
        company: Company,
        contract: Contract,
        *,
        check: Check,
        sheets: Spreadsheets,
    ) -> None:
        """``check``: finds every wrong field of a manifest."""
        self._desk = desk
        self._folder = desk.folder
        self._company = company
        self._contract = contract
        self._check = check
        self._sheets = sheets
        self._seen = _Seen()

    # ------------------------------------------------------------ looking

    async def waiting(self) -> Sequence[str]:
        """Lots in the order of their numbers, then tables of clerks.

        Also what has stayed away too long, once: opening it says so.
        """
        now = self._company.now()
        await self._folder.make(*PARTS)
        await self._swept(now)
        files = {one.name: one for one in await self._folder.lying(ANSWERS)}
        found = {name: lots.OF_A_LOT.fullmatch(name) for name in files}
        stems = {match[1] for match in found.values() if match}
        ready = []
        for stem in sorted(stems, key=lambda stem: int(stem.partition("-")[2])):
            own = {name: files[name] for name in files if name.startswith(f"{stem}.")}
            if await self._is_due(stem, own, now):
                ready.append(f"{stem}.json")
        others = {name: one for name, one in files.items() if not found[name]}
        return [*ready, *await self._of_clerks(others, now)]

    async def _swept(self, now: datetime) -> None:
        if self._seen.swept is None or now - self._seen.swept > _SWEEP_EVERY:
            self._seen.swept = now
            await self._desk.sweep(now)

    async def _is_due(self, stem: str, own: Mapping[str, Found], now: datetime) -> bool:
        name = f"{stem}.json"
        if name not in own:
            if await self._desk.came(name):
                for left in own:
                    await self._folder.move(ANSWERS, left, taken(ANSWERS))
                return False
            return await self._waited_for(stem, own, now)
        if await self._desk.came(name):
            return True
        try:
            lot = await self._lot(name)
        except FileRefused:
            return True
        small = [
            one
            for one in lot.files
            if one.name not in own or own[one.name].size_bytes < one.size_bytes
        ]
        return await self._waited_for(stem, own, now) if small else True

    async def _waited_for(
        self, key: str, own: Mapping[str, Found], now: datetime
    ) -> bool:
        """Whether it has stayed as it is for an hour, and nobody was told."""
        state = "|".join(f"{one.name}/{one.state}" for one in own.values())
        digest = hashlib.sha256(state.encode()).hexdigest()
        waited = await self._desk.waited(key, digest, now)
        return now - waited.since >= _TO_BE_WHOLE and not waited.told

    async def _lot(self, name: str) -> Lot:
        body = await self._folder.read(ANSWERS, name, MAX_MANIFEST_BYTES + 1)
        return self._opened(body or b"", name)

    def _opened(self, body: bytes, name: str) -> Lot:
        company = self._company
        return lot_of(
            body, name, self._check, sender=company.receiver, receiver=company.sender
        )

    async def _of_clerks(self, files: Mapping[str, Found], now: datetime) -> list[str]:
        """Tables that are whole with what they name; what nobody names, once."""
        files = {n: one for n, one in files.items() if _REPORT_MARK not in n.lower()}
        locked = await self._folder.locked(ANSWERS) if files else set()
        still = {
            name: (await self._desk.waited(name, one.state, now))
            for name, one in files.items()
        }
        ready: list[str] = []
        named: set[str] = set()
        unread = False
        for name, one in files.items():
            if not self._company.by_hand or not _is_table(name):
                continue
            if now - still[name].since < _STILL or name in locked:
                unread = True
                continue
            wanted = await self._wanted(one)
            named |= wanted
            beside = {same_name(other): other for other in files}
            there = [beside[each] for each in wanted if each in beside]
            unsteady = any(now - still[each].since < _STILL for each in there)
            late = now - still[name].since >= _TO_BE_WHOLE
            known = {
                same_name(f.name) for f in await self._folder.lying(taken(ANSWERS))
            }
            if not unsteady and (late or wanted <= {*beside, *known}):
                ready.append(name)
        strays = [
            name
            for name in files
            # Which files an unread table names is not known: none is told to be too many.
            if not unread
            and name not in ready
            and same_name(name) not in named
            and not (self._company.by_hand and _is_table(name))
            and now - still[name].since >= _TO_BE_WHOLE
            and not still[name].told
        ]
        return [*ready, *strays]

    async def _wanted(self, table: Found) -> frozenset[str]:
        """Names of the files that a table names; of one that cannot be read, none."""
        key = (table.name, table.state)
        if key not in self._seen.tables:
            body = await self._folder.read(ANSWERS, table.name, MAX_TABLE_BYTES + 1)
            try:
                lines = (await self._lines(body or b"")).lines
            except FileRefused:
                lines = ()
            self._seen.tables[key] = frozenset(
                same_name(name)
                for line in lines
                for name in file_names(line.cells.get("TEP", ""))
            )
        return self._seen.tables[key]

    async def _lines(self, body: bytes) -> Lines:
        return await self._folder.run(lines_of, body, self._contract, self._sheets)

    # ------------------------------------------------------------ opening

    async def bring(self, name: str, body: bytes) -> str:
        """Put a table down that a person hands in; it need not lie still first."""
        given = PurePosixPath(name.replace("\\", "/")).name.lstrip(".~$")
        stem, ending = (
            PurePosixPath(given).stem[:_MOST_STEM],
            PurePosixPath(given).suffix,
        )
        count = 1
        while True:
            mark = "" if count == 1 else f" ({count})"
            free = f"{stem or 'bang'}{mark}{ending}"
            try:
                await self._folder.put(ANSWERS, free, at_once(body))
            except NameTaken:
                count += 1
            else:
                await self._desk.brought(free)
                return free

    async def read(self, name: str) -> bytes:
        """A manifest, or a table; of anything else nothing is kept as evidence."""
        if lots.MANIFEST_NAME.fullmatch(name):
            most = MAX_MANIFEST_BYTES + 1
        elif _is_table(name):
            most = MAX_TABLE_BYTES + 1
        else:
            return b""
        return await self._folder.read(ANSWERS, name, most) or b""

    async def open(self, name: str, body: bytes, at: datetime) -> Package:
        """Prove a lot or table whole and readable (sections 2.5 and 2.6)."""
        if not body and await self._is_gone(name):
            # Found by two looks, and the other one was first.
            gone = Contents(name, name, body, (), at)
            return TablePackage(self._desk, self._company, self._contract, gone)
        try:
            digest = hashlib.sha256(body).hexdigest()
            before = await self._desk.came(name)
            if before and before != digest and body:
                raise FileRefused("T04")
            if lots.MANIFEST_NAME.fullmatch(name):
                found = await self._open_lot(name, body, at, again=bool(before))
            else:
                found = await self._open_table(name, body, at, again=bool(before))
        except FileRefused as refused:
            fault = self._contract.faults[refused.code]
            raise PackageNotTaken(
                word(refused.code),
                remedy=fault.remedy,
                detail=refused.column or refused.code,
                number=lots.MANIFEST_NAME.sub(r"\1", name) if _is_lot(name) else "",
                sender=self._company.receiver,
            ) from refused
        return TablePackage(self._desk, self._company, self._contract, found)

    async def _is_gone(self, name: str) -> bool:
        """Whether nothing of it lies here any more: what came first is told of."""
        stem = name.removesuffix("json") if _is_lot(name) else name
        lying = await self._folder.lying(ANSWERS)
        return not any(one.name.startswith(stem) for one in lying)

    async def _open_lot(
        self, name: str, body: bytes, at: datetime, *, again: bool
    ) -> Contents:
        if not body:
            raise FileRefused("T01")
        lot = self._opened(body, name)
        files = tuple(one.name for one in lot.files)
        told = Contents(name, lot.name, body, files, min(lot.made_at, at), lot=lot)
        if again:
            return told
        lying = {one.name: one.size_bytes for one in await self._folder.lying(ANSWERS)}
        if any(one.name not in lying for one in lot.files):
            raise FileRefused("T02")
        for one in lot.files:
            digest = await self._folder.sha256(ANSWERS, one.name)
            if (lying[one.name], digest) != (one.size_bytes, one.sha256):
                raise FileRefused("T03")
        table = await self._folder.read(ANSWERS, lot.table.name, MAX_TABLE_BYTES + 1)
        lines = await self._lines(table or b"")
        if len(lines.lines) != lot.rows:
            raise FileRefused("T09")
        digests = {same_name(one.name): one.sha256 for one in lot.results}
        told = replace(told, gap=await self._gap(lot.number))
        return await self._with_rows(told, lines, digests, at)

    async def _gap(self, number: int) -> int:
        """How many numbers are left out between this lot and the one known before it."""
        known = 0
        for part in (taken(ANSWERS), wrong(ANSWERS), ANSWERS):
            for one in await self._folder.lying(part):
                match = lots.OF_A_LOT.fullmatch(one.name)
                found = int(match[1].partition("-")[2]) if match else number
                known = max(known, found if found < number else 0)
        return number - known - 1 if known else 0

    async def _open_table(
        self, name: str, body: bytes, at: datetime, *, again: bool
    ) -> Contents:
        by_hand = self._company.by_hand or await self._desk.was_brought(name)
        if not by_hand or not _is_table(name):
            raise FileRefused("T01")
        told = Contents(name, PurePosixPath(name).stem, body, (), at)
        if again:
            return told
        lines = await self._lines(body)
        named = {
            same_name(each)
            for line in lines.lines
            for each in file_names(line.cells.get("TEP", ""))
        }
        digests, beside = {}, []
        for one in await self._folder.lying(ANSWERS):
            if same_name(one.name) in named:
                digest = await self._folder.sha256(ANSWERS, one.name)
                digests[same_name(one.name)] = digest or ""
                beside.append(one.name)
        told = Contents(name, told.stem, body, tuple(beside), at)
        return await self._with_rows(told, lines, digests, at)

    async def _with_rows(
        self, told: Contents, lines: Lines, digests: dict[str, str], at: datetime
    ) -> Contents:
        """Its rows, whose results may have been taken earlier (section 6.3)."""
        wanted = {
            same_name(each)
            for line in lines.lines
            for each in file_names(line.cells.get("TEP", ""))
        }
        for one in await self._folder.lying(taken(ANSWERS)):
            name = same_name(one.name)
            if name in wanted - digests.keys():
                digest = await self._folder.sha256(taken(ANSWERS), one.name)
                digests[name] = digest or ""
        return told.read(lines, digests, self._contract, at)

    async def refused(self, name: str, why: PackageNotTaken, at: datetime) -> None:
        """Report what is wrong; then put it aside, the manifest first."""
        _ = at
        code = why.code[-len("T00") :].upper()
        stem = name.removesuffix(".json") if _is_lot(name) else PurePosixPath(name).stem
        form = Form.XLSX if PurePosixPath(name).suffix == ".xlsx" else Form.CSV
        column = why.detail if why.detail != code else ""
        body = error_report(name, [Told(code, column)], form, self._contract)
        await self._desk.put_report(ANSWERS, stem, form.value, body)
        await self._desk.told(stem if _is_lot(name) else name)
        if code in _IN_PLACE:
            return
        await self._folder.move(ANSWERS, name, wrong(ANSWERS))
        for one in await self._folder.lying(ANSWERS):
            if _is_lot(name) and one.name.startswith(f"{stem}."):
                await self._folder.move(ANSWERS, one.name, wrong(ANSWERS))

    # ------------------------------------------------------------ what lies ready

    async def outgoing(self, at: datetime) -> Sequence[Outgoing]:
        """Requests that the company has not taken, as its clerk opens them."""
        _ = at
        found = []
        for one in await self._folder.lying(REQUESTS):
            if not one.name.endswith(".json"):
                continue
            body = await self._folder.read(REQUESTS, one.name, MAX_MANIFEST_BYTES)
            if not body:
                continue
            told = orjson.loads(body)
            since = datetime.fromisoformat(told["lap_luc"])
            for request in told["ma_yeu_cau"]:
                table = one.name.replace(".json", ".xlsx")
                found.append(
                    Outgoing(table, one.size_bytes, since, False, TransferId(request))  # noqa: FBT003
                )
        return sorted(found, key=lambda one: (one.since, one.name))

    async def take(self, name: str) -> bytes | None:
        """A copy of a table of requests, which stays."""
        lot = name.removesuffix(".xlsx")
        if await self._desk.place_of(lot) is not Place.LYING or "/" in name:
            return None
        return await self._folder.read(REQUESTS, name, MAX_TABLE_BYTES)


def _is_table(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() in _TABLES


def _is_lot(name: str) -> bool:
    return lots.MANIFEST_NAME.fullmatch(name) is not None
