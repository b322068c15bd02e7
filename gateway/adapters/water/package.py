"""One table that came and holds: its parts, and what is done once they are in the store."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import orjson

from gateway.adapters.water.cells import same_name
from gateway.adapters.water.contract import Contract
from gateway.adapters.water.desk import ANSWERS, FolderDesk, about, taken
from gateway.adapters.water.lots import Lot
from gateway.adapters.water.mapping import Told, error_report
from gateway.adapters.water.reading import Came, Mistake, Row, in_order, read
from gateway.adapters.water.tables import Line, Lines
from gateway.domain.errors import ReportRefused
from gateway.domain.identifiers import AgencyId, TransferId
from gateway.domain.report import ReportKind
from gateway.ports.inbox import Package, Part, PartResult
from gateway.sheets.forms import Form

#: Label of the row in a part.
_ROW: Final = "DONG"
#: Why a row fits no dossier → its column and code in the report of errors.
_UNFIT: Final = {"number_of_another": ("SO_HO_SO", "D11")}
_NO_DOSSIER: Final = "no_dossier"
_ENDS: Final = {ReportKind.FINISHED, ReportKind.REFUSED, ReportKind.WITHDRAWN}
#: Why a row that came after the end of the part changes nothing.
_OVER: Final = frozenset({"leg_ended", "dossier_ended"})


@dataclass(frozen=True, slots=True)
class Company:
    """Whom a folder is shared with; ``sender``, ``receiver``: as manifests name us both.

    ``now``: aware wall time.
    """

    agency: AgencyId
    sender: str
    receiver: str
    by_hand: bool
    now: Callable[[], datetime]


def word(code: str) -> str:
    """A code of section 7 beside those of other agencies: ``T03`` → ``water_t03``."""
    return f"water_{code.lower()}"


@dataclass(frozen=True, slots=True)
class Contents:
    """What lies there as one: a manifest or a clerk's table, and the files beside it.

    ``stem``: what its report of errors is named after; without rows it came before,
    without a body somebody else has dealt with it.
    """

    name: str
    stem: str
    body: bytes
    files: tuple[str, ...]
    put_down: datetime
    lot: Lot | None = None
    form: Form = Form.CSV
    lines: Mapping[int, Line] | None = None
    rows: tuple[Row, ...] = ()
    mistakes: tuple[Mistake, ...] = ()
    digests: Mapping[str, str] | None = None
    gap: int = 0
    #: numbers of lots that are left out before this one

    def read(
        self,
        lines: Lines,
        digests: Mapping[str, str],
        contract: Contract,
        now: datetime,
    ) -> Contents:
        """With what its lines say."""
        said = read(
            lines.lines,
            contract,
            now=now,
            is_there=lambda name: same_name(name) in digests,
        )
        return replace(
            self,
            form=lines.form,
            lines={line.number: line for line in lines.lines},
            rows=said.rows,
            mistakes=said.mistakes,
            digests=digests,
        )

    @property
    def table(self) -> str:
        """Name of the file that the rows stand in."""
        return self.lot.table.name if self.lot else self.name


class TablePackage(Package):
    """A lot or table that is proved."""

    def __init__(
        self, desk: FolderDesk, company: Company, contract: Contract, what: Contents
    ) -> None:
        """Nothing is written before ``taken``."""
        self._desk = desk
        self._contract = contract
        self._what = what
        came = Came(what.put_down, company.agency, what.digests or {})
        self._told = in_order(what.rows, contract, came)

    @property
    def number(self) -> str:
        """Of the lot; a clerk's file is known by no name of its own."""
        return self._what.lot.name if self._what.lot else ""

    @property
    def parts(self) -> Sequence[Part]:
        """Rows by moment and step, then those that cannot be taken."""
        good = [
            Part({_ROW: str(row.line)}, orjson.dumps(dict(row.values)), report=report)
            for row, report in self._told
        ]
        return [*good, *map(self._refused, self._what.mistakes), *self._gap()]

    def _gap(self) -> Sequence[Part]:
        """Told to people, and waited for by nobody."""
        count = self._what.gap
        if not count:
            return []
        why = ReportRefused(
            f"{count} before {self.number}",
            code="water_lot_gap",
            remedy="Hỏi công ty các lô còn thiếu số; lô này vẫn được nhận.",
        )
        return [Part({}, self._what.body, refused=why)]

    def _refused(self, mistake: Mistake) -> Part:
        fault = self._contract.faults[mistake.code]
        line = (self._what.lines or {})[mistake.line]
        why = ReportRefused(
            f"{mistake.column} {mistake.line}",
            code=word(mistake.code),
            remedy=fault.remedy,
        )
        label = {_ROW: str(mistake.line), mistake.column: mistake.code}
        return Part(label, orjson.dumps(dict(line.cells)), refused=why)

    @property
    def confirms(self) -> Sequence[TransferId]:
        """Requests that its rows name: whoever answers them has them."""
        return [
            TransferId(row.values["MA_YEU_CAU"])
            for row, _ in self._told
            if "MA_YEU_CAU" in row.values
        ]

    async def _remembered(self, results: Sequence[PartResult]) -> list[Mistake]:
        """Remember which dossiers the company has, and ended; rows after an end.

        Results of the rows stand first, in their order, which is that of their moments.
        """
        wrong, desk = [], self._desk
        for (row, report), one in zip(self._told, results, strict=False):
            if one.code or report.event_at is None:
                continue
            number = row.values["MA_HO_SO"]
            await desk.answered(about(number))
            if one.cause in _OVER:
                ended = await desk.ended(number)
                if ended is not None and report.event_at > ended:
                    wrong.append(Mistake(row.line, "TRANG_THAI", "D12"))
            elif not one.cause and report.kind in _ENDS:
                await desk.ends(number, report.event_at)
        return wrong

    async def taken(self, results: Sequence[PartResult], at: datetime) -> None:
        """Report errors, remember, and move what came: the manifest or table first."""
        _ = at
        what, desk = self._what, self._desk
        if not what.body:
            return
        wrong = [
            *what.mistakes,
            *(
                Mistake(
                    int(one.part.label[_ROW]),
                    *_UNFIT.get(one.cause, ("MA_HO_SO", "D03")),
                )
                for one in results
                if one.code == _NO_DOSSIER
            ),
            *await self._remembered(results),
        ]
        lines = what.lines or {}
        told = [
            Told(one.code, one.column, lines[one.line])
            for one in sorted(wrong, key=lambda one: one.line)
        ]
        if told:
            form = Form.XLSX if what.form is Form.XLSX else Form.CSV
            body = error_report(what.table, told, form, self._contract)
            await desk.put_report(ANSWERS, what.stem, form.value, body)
        for request in self.confirms:
            await desk.answered(request)
        await desk.take(what.name, hashlib.sha256(what.body).hexdigest())
        await desk.settled(what.stem if what.lot else what.name)
        for name in (what.name, *what.files):
            await desk.folder.move(ANSWERS, name, taken(ANSWERS))
