"""The old one-stop's register: a status per dossier, and what may move it."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from typing import Any

#: Its statuses are those of the national portal.
AT_COUNTER, IN_WORK, PAPERS, OBLIGATION, STOPPED = 2, 4, 5, 6, 8
WITHDRAWN, REFUSED, DONE, HANDED = 7, 8, 9, 10
STATUSES: Mapping[int, str] = {
    1: "Mới đăng ký",
    2: "Được tiếp nhận",
    3: "Không được tiếp nhận",
    4: "Đang xử lý",
    5: "Yêu cầu bổ sung giấy tờ",
    6: "Yêu cầu thực hiện nghĩa vụ tài chính",
    7: "Công dân yêu cầu rút hồ sơ",
    8: "Dừng xử lý",
    9: "Đã xử lý xong",
    10: "Đã trả kết quả",
}


class What(Enum):
    """What the land system tells, whatever its dialect calls it."""

    OPENED = "opened"
    STEP = "step"
    PAPERS_MISSING = "papers_missing"
    PAUSE = "pause"
    PAPERS_CAME = "papers_came"
    TAX_RESULT = "tax_result"
    TAX_RETURNED = "tax_returned"
    BACK = "back"
    END = "end"


@dataclass(frozen=True, slots=True)
class Linked:
    """A file that is fetched by its link; ``name``: of the paper or notice."""

    name: str
    link: str


@dataclass(frozen=True, slots=True)
class Told:
    """One message of the land system; ``code``: the status that it asks for."""

    what: What
    receipt: str
    at: datetime | None = None
    code: int = 0
    own_code: str = ""
    due: date | None = None
    links: Sequence[Linked] = ()
    notices: Sequence[tuple[str, str]] = ()


@dataclass
class Dossier:
    """One dossier as the screens of the one-stop show it."""

    number: str
    receipt: str
    record: Mapping[str, Any] = field(default_factory=dict)
    status: int = AT_COUNTER
    ended: bool = False
    as_of: datetime | None = None
    due: date | None = None
    results: Sequence[Linked] = ()
    notices: set[tuple[str, str]] = field(default_factory=set)
    bodies: set[str] = field(default_factory=set)
    seen: Tally[str] = field(default_factory=Tally)
    done_steps: set[int] = field(default_factory=set)


class Register:
    """All dossiers, by each of their numbers."""

    def __init__(self) -> None:
        """Empty; it goes with the process."""
        self._by_number: dict[str, Dossier] = {}

    def kept(self) -> Mapping[str, Dossier]:
        """Everything, for people to look at."""
        return self._by_number

    def find(self, number: str) -> Dossier | None:
        """The dossier under one of its numbers."""
        return self._by_number.get(number)

    def add(self, dossier: Dossier) -> None:
        """A new dossier under its code and its receipt number."""
        self._by_number[dossier.number] = dossier
        self._by_number[dossier.receipt] = dossier

    def also_known(self, dossier: Dossier, number: str) -> None:
        """The land system gave it a number of its own."""
        self._by_number.setdefault(number, dossier)


def take(dossier: Dossier, told: Told, body_hash: str, now: datetime) -> str:
    """Let a message change a dossier; ``moved``, or why it did not.

    Order goes by the time in the message, by arrival where it has none. Nothing
    moves a dossier that has ended; no step moves one that waits for papers.
    """
    repeated = told.at is not None and body_hash in dossier.bodies
    dossier.bodies.add(body_hash)
    verdict = "repeated" if repeated else _verdict(dossier, told)
    if verdict == "moved":
        dossier.as_of = told.at or now
        dossier.status = told.code
        dossier.ended = told.what is What.END
        if dossier.ended:
            dossier.results = tuple(told.links)
    if verdict in {"moved", "noted"} and told.due is not None:
        dossier.due = told.due
    return verdict


def _verdict(dossier: Dossier, told: Told) -> str:
    if told.what is What.TAX_RESULT:
        return "noted"
    if dossier.ended:
        return "ended"
    if told.at and dossier.as_of and told.at < dossier.as_of:
        return "late"
    if not told.code:
        return "noted"
    if told.what is What.STEP and dossier.status == PAPERS:
        return "waits_for_papers"
    if told.what is What.PAPERS_CAME and dossier.status != PAPERS:
        return "noted"
    return "moved"
