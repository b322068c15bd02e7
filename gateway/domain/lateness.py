"""To whom the lateness of a dossier is counted, and what the office says against it.

That a dossier was late is a fact. Whose lateness it is counts only once the office that
is named was told, had its days to object, and its objection was decided (decision 0047).
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from gateway.domain.identifiers import OfficeId, PayloadId
from gateway.domain.measure import Whose
from gateway.domain.values import dataclass

#: Lines of a dossier's journal: an office was told, objected, and was answered.
TOLD, OBJECTED, DECIDED = "lateness_told", "objection", "objection_decided"
#: Parties that are an office of the dossier: they are told, and may object.
OFFICES = frozenset({Whose.AGENCY, Whose.ISSUER})


class How(StrEnum):
    """How an office was told that a lateness is counted to it."""

    MAIL = "mail"
    #: by the link of a mail that a server took for its contact
    SYSTEM = "system"
    #: its own system or officer read it
    PAPER = "paper"
    #: an operator sent a letter
    TERM = "term"
    #: the head gives it new days


class ChargeState(StrEnum):
    """What was done about a lateness; days that pass are for whoever knows the day."""

    UNTOLD = "untold"
    TOLD = "told"
    OBJECTED = "objected"
    REJECTED = "rejected"
    #: its objection was
    NOBODY = "nobody"
    #: counted to no office, so that nobody has to be told


class Standing(StrEnum):
    """How a lateness counts on a day."""

    SETTLED = "settled"
    MAY_OBJECT = "may_object"
    UNDER_REVIEW = "under_review"
    UNTOLD = "untold"


class ObjectionState(StrEnum):
    """What became of an objection."""

    OPEN = "open"
    UPHELD = "upheld"
    REJECTED = "rejected"
    OVERTAKEN = "overtaken"
    #: what it is about is no more: not late, or counted to somebody else


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody to whom time is counted; the office is empty where it is none's."""

    whose: Whose
    office: OfficeId | None = None

    @property
    def key(self) -> str:
        """``agency:land-1``; what rows and calls name it by."""
        return f"{self.whose.value}:{self.office or ''}"

    @property
    def is_office(self) -> bool:
        """Whether it can be told and may object."""
        return self.whose in OFFICES and bool(self.office)


def party_of(key: str) -> Party:
    """A party by its key.

    Raises:
        ValueError: it is none.
    """
    whose, _, office = key.partition(":")
    return Party(Whose(whose), OfficeId(office) if office else None)


#: Force majeure: counted to nobody.
EXCUSED = Party(Whose.EXCUSED)


@dataclass(frozen=True, slots=True)
class Objection:
    """An office's word against a lateness, and the head's last word about it."""

    id: str
    office: OfficeId
    at: datetime
    by: str
    on_behalf: bool
    #: entered by somebody else for the office
    state: ObjectionState
    payload: PayloadId | None = None
    decided_at: datetime | None = None
    first_decided_at: datetime | None = None
    decided_by: str = ""
    decisions: int = 0
    party: Party | None = None
    #: to whom it is counted instead, if it was upheld
    answer: PayloadId | None = None


@dataclass(frozen=True, slots=True)
class Charge:
    """The lateness of an ended dossier: which term ran over furthest, who answers for it."""

    leg: str
    clock: str
    cause: OfficeId
    #: the office whose term it was
    party: Party
    #: to whom it is counted by the last decision; the office itself while there is none
    minutes: int
    #: by how much, within what the office had the dossier; this is what a decision moves
    ended_at: datetime
    state: ChargeState
    told_at: datetime | None = None
    until: date | None = None
    #: the last day on which the party may object
    objection: str = ""

    @property
    def moved(self) -> bool:
        """Whether a decision counts it to somebody else."""
        return self.party != Party(Whose.AGENCY, self.cause)

    def standing(self, today: date, since: datetime | None = None) -> Standing:
        """How it counts on a day; what ended before ``since`` nobody is told of."""
        match self.state:
            case ChargeState.UNTOLD if since is None or self.ended_at >= since:
                return Standing.UNTOLD
            case ChargeState.OBJECTED:
                return Standing.UNDER_REVIEW
            case ChargeState.TOLD if self.until is not None and today <= self.until:
                return Standing.MAY_OBJECT
            case _:
                return Standing.SETTLED
