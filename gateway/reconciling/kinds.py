"""What a comparison of two lists deals in; plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Side(StrEnum):
    """Whose list it is."""

    OURS = "ours"
    #: the one-stop's
    THEIRS = "theirs"
    #: the agency's


class Column(StrEnum):
    """What a column of a list may mean."""

    CODE = "code"
    RECEIVED = "received"
    DUE = "due"
    ENDED = "ended"
    STATUS = "status"
    PLACE = "place"
    APPLICANT = "applicant"
    NOTE = "note"


class Standing(StrEnum):
    """What a status word says of a dossier."""

    OPEN = "open"
    WAITING = "waiting"
    #: for the citizen: a supplement or a payment
    FINISHED = "finished"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


#: Nothing is left to be done by the side that says so.
ENDED = frozenset({Standing.FINISHED, Standing.REFUSED, Standing.WITHDRAWN})


class Kind(StrEnum):
    """Where a code ends up: each code in exactly one of these."""

    FINISHED_THERE = "finished_there"
    #: forgotten *kết thúc*
    WAITING_THERE = "waiting_there"
    #: forgotten *chờ bổ sung*
    DIFFERS = "differs"
    UNKNOWN_HERE = "unknown_here"
    UNKNOWN_THERE = "unknown_there"
    UNCLEAR = "unclear"
    #: a status word that nobody has explained
    REPEATED = "repeated"
    #: a list contradicts itself
    AGREES = "agrees"


@dataclass(frozen=True, slots=True)
class Row:
    """One dossier as one list has it."""

    at: str
    #: sheet and row, for people
    code: str
    #: as it is written
    key: str
    #: as it is compared
    word: str
    #: of its status, as it is written
    standing: Standing | None
    received: date | None = None
    due: date | None = None
    ended: date | None = None
    place: str = ""
    applicant: str = ""
    note: str = ""
    handed_out: bool = False
    #: whether ``ended`` is the day of handing out, which may be later than the end


@dataclass(frozen=True, slots=True)
class Finding:
    """What the two lists say about one code."""

    kind: Kind
    code: str
    sentence: str
    #: what to do, and who
    ours: tuple[Row, ...]
    theirs: tuple[Row, ...]
    paper_days: int = 0
    #: days that it is late on paper only; 0: it is not
    differences: tuple[str, ...] = ()
    #: sentences


@dataclass(frozen=True, slots=True)
class Problem:
    """A cell or row that could not be taken as it is."""

    side: Side
    at: str
    what: str


@dataclass(frozen=True, slots=True)
class SideFacts:
    """How one list was read."""

    name: str
    rows: int
    columns: Mapping[Column, str]
    notes: tuple[str, ...]
    unclear_words: tuple[str, ...]
