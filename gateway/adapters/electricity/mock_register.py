"""What the company knows of each request: its fields, papers, rows of steps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from gateway.adapters.electricity.mock_moments import (
    NOTHING,
    Way,
    companys_days,
    local,
    writers,
)

#: What does not belong to a request's content (§4).
_AROUND = {"KHOA", "MA_GIAODICH"}


@dataclass(slots=True)
class Row:
    """One time that a step is done; changes until it has ended."""

    step: str
    turn: int
    begun: datetime
    obstacle: str = ""
    reason: str = ""
    stopped: datetime | None = None
    ended: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether it has not ended."""
        return self.ended is None


@dataclass(slots=True)
class Case:
    """One request."""

    number: str
    own_number: str
    content: dict[str, Any]
    unit: str
    customer: str = ""
    papers: dict[tuple[str, str], None] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    #: calls that were taken under MA_GIAODICH
    is_at_work: bool = False
    is_cancelled: bool = False
    has_ended: bool = False

    @property
    def kind(self) -> str:
        """MA_LOAI_YCAU."""
        return str(self.content["MA_LOAI_YCAU"])

    @property
    def has_all_papers(self) -> bool:
        """Whether what was announced is there."""
        return len(self.papers) >= int(self.content["SO_HSGT"])

    def begin(self, step: str, at: datetime) -> Row:
        """Do a step once more."""
        turn = 1 + sum(row.step == step for row in self.rows)
        row = Row(step, turn, at)
        self.rows.append(row)
        return row

    def has_begun(self, step: str) -> bool:
        """Whether a step was begun at all."""
        return any(row.step == step for row in self.rows)


def content_of(call: Mapping[str, Any]) -> dict[str, Any]:
    """What two calls must have in common to be one message."""
    return {name: value for name, value in call.items() if name not in _AROUND}


@dataclass(slots=True)
class Writing:
    """How this company writes its rows."""

    way: str = "steps"
    turn_as_number: bool = False
    year_one: bool = False
    newest_first: bool = False

    def rows(self, case: Case) -> list[dict[str, Any]]:
        """All of a request's rows as they stand."""
        writer = writers(self.way)
        written = [self.row(case, row, writer) for row in case.rows]
        return written[::-1] if self.newest_first else written

    def row(
        self, case: Case, row: Row, writer: Iterator[Way] | None = None
    ) -> dict[str, Any]:
        """One row as it stands."""
        ways = writer or writers(self.way)

        def moment(at: datetime) -> str:
            return next(ways)(local(at))

        told: dict[str, Any] = {
            "MA_YCAU_KNAI": case.own_number,
            "MA_CVIEC": row.step,
            "SO_LAN": row.turn if self.turn_as_number else str(row.turn),
            "MA_BPHAN_NHAN": "KD",
            "MA_NVIEN_NHAN": "vidu.nv",
            "NGAY_BDAU": moment(row.begun),
        }
        if self.year_one:
            told["NGAY_HEN"] = NOTHING
        if row.obstacle:
            told["MA_TNGAI"] = row.obstacle
        if row.reason:
            told["NGUYEN_NHAN"] = row.reason
        if row.stopped:
            told["NGAY_TNGAI"] = moment(row.stopped)
        if row.ended:
            told["NGAY_KTHUC"] = moment(row.ended)
            told["SO_NGAY_LVIEC"] = companys_days(row.begun, row.ended)
        return told
