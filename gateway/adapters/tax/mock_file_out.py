"""What waits for the way back to a sender, until tax puts its next package down."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from gateway.adapters.tax.mock_file_packages import NOTICES, Enclosed
from gateway.adapters.tax.mock_portal_calls import PortalOffice
from gateway.adapters.tax.mock_portal_desk import Case, day
from gateway.adapters.tax.mock_portal_pushes import NoticeFiles, Row, written

#: How many rows one file may have, by its schema.
MAX_RECEIPTS, MAX_QUESTIONS, MAX_STATES, MAX_LISTS = 2000, 200, 2000, 2000


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a package, and the dossier that it was about, if any."""

    dossier: str
    told: Mapping[str, Any]


@dataclass(slots=True)
class Waiting:
    """What one sender does not know yet."""

    files: NoticeFiles
    #: rows of notices that are not issued yet
    receipts: list[Receipt] = field(default_factory=list)
    questions: list[Mapping[str, Any]] = field(default_factory=list)
    issued: list[tuple[list[Row], bool, str]] = field(default_factory=list)
    #: notice files: rows, whether they adjust, day
    told: dict[int, Mapping[str, Any]] = field(default_factory=dict)
    #: the state of each case that the sender was told last


class WayBack:
    """The road from tax to its senders, as ``TaxAtWork`` knows it: packages alone."""

    def __init__(
        self, office: PortalOffice, cases: Callable[[str], Iterator[Case]]
    ) -> None:
        """``cases``: those in force of a sender."""
        self._office = office
        self._cases = cases
        self._waiting: dict[str, Waiting] = {}

    def of(self, unit: str) -> Waiting:
        """What waits for that sender."""
        if unit not in self._waiting:
            issue = partial(self._issue, unit)
            self._waiting[unit] = Waiting(NoticeFiles(self._office, issue))
        return self._waiting[unit]

    @property
    def units(self) -> list[str]:
        """Everybody for whom something may wait."""
        return list(self._waiting)

    # ---- what tax does

    def collect(self, case: Case, /, *rows: Row) -> None:
        """Rows are issued at 16:30, as on every road."""
        self.of(case.unit).files.collect(*rows)

    async def ask(self, case: Case, question: Mapping[str, Any], /) -> None:
        """A question leaves with the next package."""
        self.of(case.unit).questions.append(question)

    def vouch(self, case: Case, voucher: Mapping[str, Any], wait_s: float, /) -> None:
        """There are no vouchers: a payment shows as a state."""

    def _issue(self, unit: str, rows: list[Row], is_update: bool) -> None:  # noqa: FBT001  given by position
        today = day(self._office.now())
        self.of(unit).issued.append((rows, is_update, today))

    # ---- the next package

    def take(self, unit: str) -> tuple[list[Enclosed], list[str]]:
        """Files of the next package, and the dossiers that it tells of; none: no news."""
        waiting = self.of(unit)
        receipts, waiting.receipts = waiting.receipts, []
        questions, waiting.questions = waiting.questions, []
        issued, waiting.issued = waiting.issued, []
        states = []
        for case, state in self._changed(unit, waiting):
            waiting.told[case.serial] = state
            states.append(state)
        files = [
            # Receipts stand first: a state may be that of a slip just taken.
            *_lists("BIEN_NHAN", [one.told for one in receipts], MAX_RECEIPTS),
            *_lists("YEU_CAU", questions, MAX_QUESTIONS),
            *_notices(issued),
            *_lists("TINH_TRANG", states, MAX_STATES),
        ]
        rows = [row.dossier for some, _, _ in issued for row in some]
        told = [str(one["MaHoSo"]) for one in (*questions, *states)]
        about = [one.dossier for one in receipts if one.dossier]
        return files, list(dict.fromkeys([*about, *rows, *told]))

    @property
    def has_news(self) -> bool:
        """Whether a next package would have anything to tell anybody."""
        return any(
            one.receipts or one.questions or one.issued or any(self._changed(unit, one))
            for unit, one in self._waiting.items()
        )

    def _changed(
        self, unit: str, waiting: Waiting
    ) -> Iterator[tuple[Case, Mapping[str, Any]]]:
        """Cases whose state is not the one that was told last.

        A notice exists from the moment that it is issued: until then its case is
        not told of.
        """
        unissued = {(row.dossier, row.number) for row in waiting.files.waiting}
        for case in self._cases(unit):
            state = case.told()
            own = {(case.dossier, notice.number) for notice in case.notices}
            if own & unissued or waiting.told.get(case.serial) == state:
                continue
            yield case, state


def _chunks(rows: Sequence[Any], most: int) -> Iterator[Sequence[Any]]:
    for start in range(0, len(rows), most):
        yield rows[start : start + most]


def _lists(kind: str, rows: Sequence[Any], most: int) -> Iterator[Enclosed]:
    for index, some in enumerate(_chunks(rows, most), start=1):
        raw = json.dumps({"DanhSach": some}, ensure_ascii=False, indent=1).encode()
        yield Enclosed(f"{kind.lower()}-{index}.json", kind, raw)


def _notices(issued: Sequence[tuple[list[Row], bool, str]]) -> Iterator[Enclosed]:
    files = [
        (some, is_update, today)
        for rows, is_update, today in issued
        for some in _chunks(rows, MAX_LISTS)
    ]
    for index, (rows, is_update, today) in enumerate(files, start=1):
        name = f"thong_bao_thue-{index}.xml"
        yield Enclosed(name, NOTICES, written(list(rows)), today, is_update)
