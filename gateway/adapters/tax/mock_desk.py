"""The tax office at work: files, notices and payments, told from the clock alone.

Nothing here is scheduled: what is true of a file follows from when it came, its
scenario and the time now. Files live in memory and end with the process.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

#: What the office asks for where a scenario names no notices.
USUAL_NOTICES: tuple[dict[str, Any], ...] = (
    {"loai": "02", "tieu_muc": "Thuế thu nhập cá nhân", "so_tien": 20_000_000},
    {"loai": "01", "tieu_muc": "Lệ phí trước bạ", "so_tien": 5_000_000},
)
USUAL_DAYS_TO_PAY = 30
#: Hours of a script until it has made up its mind.
USUAL_HOURS = 48.0
USUAL_REASON = "Phiếu chuyển chưa đủ căn cứ để xác định nghĩa vụ tài chính"


@dataclass(frozen=True, slots=True)
class Numbers:
    """The three numbers that every message and answer is tied by."""

    ma_hs: str
    ma_gcn: str
    so_phieu: str


class State(StrEnum):
    """How far the office is with a file."""

    NOT_FOUND = "not_found"
    WORKING = "working"
    DETERMINED = "determined"
    FULFILLED = "fulfilled"
    NOTHING_DUE = "nothing_due"
    RETURNED = "returned"
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True)
class File:
    """One slip on file; the same slip sent twice makes two."""

    number: str
    #: the office's own file number, for the telephone
    msg_type: str
    seq_id: str
    received_at: datetime
    decided_at: datetime
    #: when the office has made up its mind
    scenario: Mapping[str, Any]

    def _after(self, key: str, usual: float) -> timedelta:
        return timedelta(hours=float(self.scenario.get(key, usual)))

    @property
    def paid_at(self) -> datetime | None:
        """When the citizen has paid at the bank; None: never."""
        if self.scenario.get("never_paid", False):
            return None
        return self.decided_at + self._after("pay_after_h", 72.0)

    def state(self, now: datetime) -> State:
        """What is true of the file at ``now``."""
        answer = str(self.scenario.get("answer", "notices"))
        if answer == "silent" or now < self.decided_at:
            return State.WORKING
        if answer == "refused":
            return State.RETURNED
        if answer == "exempt":
            return State.NOTHING_DUE
        is_paid = self.paid_at is not None and now >= self.paid_at
        return State.FULFILLED if is_paid else State.DETERMINED

    @property
    def reason(self) -> str:
        """Why the office sent the file back."""
        return str(self.scenario.get("reason", USUAL_REASON))


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice to pay (thông báo nộp tiền)."""

    number: str
    decided_at: datetime
    due_at: datetime
    loai: str
    tieu_muc: str
    so_tien: int


def notices_of(file: File) -> tuple[Notice, ...]:
    """The notices that the office issues for a file."""
    rows = file.scenario.get("notice", USUAL_NOTICES)
    return tuple(
        Notice(
            number=f"{file.number}-{index:02d}/TB",
            decided_at=file.decided_at,
            due_at=file.decided_at
            + timedelta(days=int(row.get("han_nop_days", USUAL_DAYS_TO_PAY))),
            loai=str(row.get("loai", "02")),
            tieu_muc=str(row.get("tieu_muc", "Thuế thu nhập cá nhân")),
            so_tien=int(row["so_tien"]),
        )
        for index, row in enumerate(rows, start=1)
    )


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums of a file in whole đồng; what remains is due less what was paid."""

    phai_nop: int
    mien_giam: int
    da_nop: int
    paid_at: datetime | None

    @property
    def con_phai_nop(self) -> int:
        """What the citizen still has to pay."""
        return self.phai_nop - self.da_nop


def totals_of(file: File, now: datetime) -> Totals:
    """The obligation as the office's books have it at ``now``."""
    total = sum(notice.so_tien for notice in notices_of(file))
    if file.state(now) is State.NOTHING_DUE:
        return Totals(0, total, 0, None)
    if file.state(now) is State.FULFILLED:
        return Totals(total, 0, total, file.paid_at)
    return Totals(total, 0, 0, None)


@dataclass(slots=True)
class Desk:
    """Every file of the office, by its three numbers, in order of arrival."""

    _files: dict[Numbers, list[File]] = field(default_factory=dict)
    _replaced: set[str] = field(default_factory=set)
    #: SEQ_IDs that a later slip of kind 11 named

    def seen(self, now: datetime) -> Mapping[Numbers, list[dict[str, Any]]]:
        """Every file as the office has it at ``now``, for people to look at."""
        return {
            numbers: [
                {
                    "Số hồ sơ thuế": file.number,
                    "Loại phiếu": file.msg_type,
                    "Mã thông điệp": file.seq_id,
                    "Nhận lúc": file.received_at,
                    "Trạng thái": str(self.state(numbers, now)),
                    "Nghĩa vụ": totals_of(file, now),
                    "Thông báo": notices_of(file) if file.decided_at <= now else (),
                }
                for file in files
            ]
            for numbers, files in self._files.items()
        }

    def take(
        self,
        numbers: Numbers,
        *,
        msg_type: str,
        seq_id: str,
        replaces: str,
        at: datetime,
        decided_at: datetime,
        scenario: Mapping[str, Any],
    ) -> File:
        """Put a slip on file; a repeat is a second file, as no copy is recognised."""
        count = sum(len(files) for files in self._files.values()) + 1
        file = File(f"{count:06d}", msg_type, seq_id, at, decided_at, scenario)
        self._files.setdefault(numbers, []).append(file)
        if msg_type == "11" and replaces:
            self._replaced.add(replaces)
        return file

    def files(self, numbers: Numbers) -> tuple[File, ...]:
        """Files with these numbers, oldest first."""
        return tuple(self._files.get(numbers, ()))

    def state(self, numbers: Numbers, now: datetime) -> State:
        """How far the office is with the oldest file of these numbers."""
        files = self.files(numbers)
        if not files:
            return State.NOT_FOUND
        if all(file.seq_id in self._replaced for file in files):
            return State.REPLACED
        return files[0].state(now)
