"""What a road and tax keep of each slip: its case, notices, questions, payments."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

VIETNAM = timezone(timedelta(hours=7))
VALID, ADJUSTED, WITHDRAWN, DEFERRED = "1", "2", "3", "4"
FRIDAY = 4


def day(at: datetime) -> str:
    """A day as the portal writes it."""
    return f"{at.astimezone(VIETNAM):%d-%m-%Y}"


def moment(at: datetime) -> str:
    """A moment as the portal writes it."""
    return f"{at.astimezone(VIETNAM):%Y%m%d%H%M%S}"


@dataclass(frozen=True, slots=True)
class Slip:
    """A slip as it was taken."""

    number: str
    kind: str
    #: LoaiPhieu
    raw: bytes
    seq_id: str
    refers_to: str
    #: SEQ_REFID, as signed
    payer: str
    payer_code: str
    #: MST or personal number; empty: none was given
    taken_at: datetime

    @property
    def digest(self) -> str:
        """MaBam."""
        return hashlib.sha256(self.raw).hexdigest()


@dataclass(slots=True)
class Notice:
    """One item of a notice, as it stands now."""

    number: str
    item: str
    amount: int
    decided_at: datetime
    due_at: datetime
    status: str = VALID
    replaced_by: str = ""
    paid: int = 0

    @property
    def is_owed(self) -> bool:
        """Whether it counts for what is to be paid."""
        return self.status in {VALID, DEFERRED}


@dataclass(slots=True)
class Question:
    """A question of tax, and the answer once it came."""

    number: str
    slip: str
    holds: bool
    answer: tuple[Any, ...] | None = None


@dataclass(slots=True)
class Case:
    """A slip of kind 10 or 11, all that refers to it, and what tax made of it."""

    unit: str
    dossier: str
    serial: int
    slip: Slip
    scenario: Mapping[str, Any]
    slips: list[Slip]
    replaced_by: Case | None = None
    withdrawn_by: Slip | None = None
    is_decided: bool = False
    exempted: int = 0
    returned: str = ""
    notices: list[Notice] = field(default_factory=list)
    questions: dict[str, Question] = field(default_factory=dict)

    @property
    def is_in_force(self) -> bool:
        """Neither replaced nor withdrawn."""
        return self.replaced_by is None and self.withdrawn_by is None

    @property
    def owed(self) -> int:
        """TongPhaiNop."""
        return sum(n.amount for n in self.notices if n.is_owed)

    @property
    def paid(self) -> int:
        """TongDaNop."""
        return sum(n.paid for n in self.notices)

    @property
    def left(self) -> int:
        """TongConPhaiNop."""
        return max(0, self.owed - self.paid)

    @property
    def open_question(self) -> Question | None:
        """The first question that waits for its answer."""
        return next((q for q in self.questions.values() if q.answer is None), None)

    def state(self) -> str:
        """TrangThai."""
        if self.withdrawn_by is not None:
            return "DA_THU_HOI"
        if self.returned:
            return "TRA_LAI"
        if not self.is_decided:
            return "DANG_XU_LY"
        if self.owed == 0:
            return "MIEN"
        if self.left == 0:
            return "DA_HOAN_THANH"
        open_ones = (n for n in self.notices if n.status == VALID and n.paid < n.amount)
        return "DA_CO_THONG_BAO" if any(open_ones) else "GHI_NO"

    def told(self) -> dict[str, Any]:
        """Data of the answer to an enquiry."""
        state = self.state()
        told: dict[str, Any] = {"MaHoSo": self.dossier, "TrangThai": state}
        reason = self._reason(state)
        if reason:
            told["LyDo"] = reason
        told["SoPhieu"] = self.slip.number
        if state not in {"DANG_XU_LY", "TRA_LAI"}:
            told |= {
                "TongPhaiNop": str(self.owed),
                "TongMienGiam": str(self.exempted),
                "TongDaNop": str(self.paid),
                "TongConPhaiNop": str(self.left),
            }
            if self.notices:
                told["DanhSachThongBao"] = [_told(notice) for notice in self.notices]
        told["DanhSachPhieu"] = [
            {
                "SoPhieu": slip.number,
                "LoaiPhieu": slip.kind,
                "ThoiGianNhan": moment(slip.taken_at),
                "MaBam": slip.digest,
            }
            for slip in self.slips
        ]
        return told

    def _reason(self, state: str) -> str:
        if state == "DA_THU_HOI" and self.withdrawn_by is not None:
            return f"Đã thu hồi theo phiếu {self.withdrawn_by.number}"
        if state == "DANG_XU_LY" and self.open_question is not None:
            return f"Chờ trả lời văn bản {self.open_question.number}"
        return self.returned


def _told(notice: Notice) -> dict[str, str]:
    told = {
        "SoQuyetDinh": notice.number,
        "NgayQuyetDinh": day(notice.decided_at),
        "TenTieuMuc": notice.item,
        "SoTien": str(notice.amount),
        "HanNop": day(notice.due_at),
        "TrangThai": notice.status,
    }
    if notice.replaced_by:
        told["SoThayThe"] = notice.replaced_by
    return told


@dataclass(slots=True)
class PortalDesk:
    """Every case, by sender and dossier, in order of arrival."""

    by_sender: bool = True
    #: Two senders' slips are never the same; False: whoever brings it, a slip is one.
    _cases: dict[tuple[str, str], list[Case]] = field(default_factory=dict)
    _count: int = 0

    def _all(self, unit: str, dossier: str) -> list[Case]:
        owner = unit if self.by_sender else ""
        return self._cases.setdefault((owner, dossier), [])

    def seen(self) -> Mapping[tuple[str, str], list[dict[str, Any]]]:
        """Every case as the portal would tell it, for people to look at."""
        return {
            key: [
                {
                    "Đơn vị gửi": case.unit,
                    **case.told(),
                    "Yêu cầu bổ sung": list(case.questions.values()),
                }
                for case in cases
            ]
            for key, cases in self._cases.items()
            if cases
        }

    def in_force(self, unit: str) -> Iterator[Case]:
        """The cases of a sender, without those that were replaced."""
        for cases in self._cases.values():
            for case in cases:
                if case.unit == unit and case.replaced_by is None:
                    yield case

    def slips(self, unit: str, dossier: str) -> Iterator[Slip]:
        """Every slip of the dossier, each once."""
        seen: set[tuple[str, str]] = set()
        for case in self._all(unit, dossier):
            for slip in case.slips:
                if (slip.number, slip.kind) not in seen:
                    seen.add((slip.number, slip.kind))
                    yield slip

    def case_of(self, unit: str, dossier: str, number: str) -> Case | None:
        """The case in force that a slip of that number belongs to."""
        for case in self._all(unit, dossier):
            if any(slip.number == number for slip in case.slips):
                while case.replaced_by is not None:
                    case = case.replaced_by  # noqa: PLW2901  the chain is walked
                return case
        return None

    def opened_by(self, unit: str, dossier: str, seq_id: str) -> Case | None:
        """The case whose own slip has that SEQ_ID, in force or not."""
        cases = self._all(unit, dossier)
        return next((case for case in cases if case.slip.seq_id == seq_id), None)

    def open(
        self,
        unit: str,
        dossier: str,
        slip: Slip,
        *,
        replaces: Case | None,
        scenario: Mapping[str, Any],
    ) -> Case:
        """A new case; the one that it replaces ends."""
        self._count += 1
        before = list(replaces.slips) if replaces else []
        case = Case(unit, dossier, self._count, slip, scenario, [*before, slip])
        if replaces is not None:
            replaces.replaced_by = case
        self._all(unit, dossier).append(case)
        return case

    def question(self, unit: str, dossier: str, number: str) -> Question | None:
        """A question of that number, if tax asked it."""
        for case in self._all(unit, dossier):
            if number in case.questions:
                return case.questions[number]
        return None
