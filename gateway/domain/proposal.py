"""What an agency's own list lets us infer about a dossier, for a person to confirm."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from gateway.domain.identifiers import OfficeId
from gateway.domain.values import dataclass


class Says(StrEnum):
    """What a list says of a dossier."""

    KNOWN = "known"
    WAITING = "waiting"
    #: for the citizen
    FINISHED = "finished"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


#: Nothing is left to be done by the office that says so.
ENDINGS = frozenset({Says.FINISHED, Says.REFUSED, Says.WITHDRAWN})


class ProposalKind(StrEnum):
    """What is proposed."""

    FINISHED_THERE = "finished_there"
    LATE_ON_PAPER = "late_on_paper"
    #: the same of one that is late here and was done in time there
    WAITING_THERE = "waiting_there"
    UNKNOWN_HERE = "unknown_here"
    UNKNOWN_THERE = "unknown_there"


#: Kinds whose confirmation changes a dossier; the others are only dealt with.
CHANGING = frozenset(
    {
        ProposalKind.FINISHED_THERE,
        ProposalKind.LATE_ON_PAPER,
        ProposalKind.WAITING_THERE,
    }
)
#: Of one leg only one of these is open: they say the same about it.
_ENDS = frozenset({ProposalKind.FINISHED_THERE, ProposalKind.LATE_ON_PAPER})

KIND_NAMES: dict[ProposalKind, str] = {
    ProposalKind.FINISHED_THERE: "đã xong ở cơ quan, còn mở ở cổng",
    ProposalKind.LATE_ON_PAPER: "quá hạn trên hệ thống, đã giải quyết xong",
    ProposalKind.WAITING_THERE: "cơ quan đang chờ người dân, ở cổng còn tính giờ",
    ProposalKind.UNKNOWN_HERE: "cơ quan có, cổng không có",
    ProposalKind.UNKNOWN_THERE: "cổng có, danh sách của cơ quan không có",
}


class ProposalState(StrEnum):
    """What became of a proposal."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    OVERTAKEN = "overtaken"
    #: the office's own word came meanwhile
    UNDONE = "undone"


STATE_NAMES: dict[ProposalState, str] = {
    ProposalState.OPEN: "chờ xác nhận",
    ProposalState.CONFIRMED: "đã xác nhận",
    ProposalState.REJECTED: "không đúng, đã bỏ",
    ProposalState.OVERTAKEN: "cơ quan đã tự báo",
    ProposalState.UNDONE: "đã xác nhận rồi rút lại",
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """One row of an office's own list.

    ``at`` is since when, or when it ended; ``whole_day``: the list gives a day only,
    and its end is meant. None: the list does not say.
    """

    office: OfficeId
    number: str
    #: as the list shows it
    says: Says
    at: datetime | None
    whole_day: bool
    source: str
    #: which list
    listed_on: date
    place: str
    #: of the row, for people
    word: str = ""
    #: of its status, as it is written
    until: datetime | None = None

    def told(self) -> dict[str, Any]:
        """As it is sealed."""
        return {
            "number": self.number,
            "whole_day": self.whole_day,
            "source": self.source,
            "listed_on": self.listed_on.isoformat(),
            "place": self.place,
            "word": self.word,
        }


def slot_of(kind: ProposalKind) -> str:
    """What only one proposal of a leg may be open for."""
    return "ends" if kind in _ENDS else kind.value
