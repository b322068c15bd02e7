"""What both systems know of each dossier, and which report DVCLT takes after which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

#: Rungs in their order; 2 and 6 stand beside it.
ORDER = (1, 3, 7, 4, 5)
#: Last rung (0: marked, none yet) → which may follow.
FOLLOWS: Mapping[int, frozenset[int]] = {
    0: frozenset({1}),
    1: frozenset({2, 3, 6}),
    2: frozenset({2, 3, 6}),
    3: frozenset({2, 6, 7}),
    7: frozenset({2, 4, 6}),
    4: frozenset({5}),
    5: frozenset(),
    6: frozenset(),
}
#: Rungs that are there; after 2, all but the first are wanted anew.
_REACHED = {0: 0, 1: 1, 2: 1, 3: 2, 7: 3, 4: 4, 5: 5}
_ENDS = {6: "refused_there", 5: "handed_out"}


@dataclass
class Line:
    """One line of DVCLT's list: an application, or its supplement."""

    id: int
    filed_at: datetime
    is_supplement: bool = False
    is_marked: bool = False
    #: received by the sender: gone from the list


@dataclass
class Application:
    """What DVCLT has of one dossier."""

    number: str
    module: str
    unit: int
    procedure: str
    lines: list[Line]
    rung: int = 0
    reported_at: str = ""
    by_hand: bool = False
    #: registered on the other side without the sender's push
    shown: int = 0
    #: how often its detail was fetched
    reports: int = 0

    def answer_to(self, rung: int, at: str) -> tuple[str, int]:
        """Name of the answer to a report, and the rung that it says is missing, or 0."""
        if self.by_hand:
            return "registered", 0
        if not self.lines[0].is_marked:
            return "not_sent", 0
        if self.rung in _ENDS:
            return _ENDS[self.rung], 0
        if self.rung == 4 and rung != 5:
            return "has_result", 0
        if rung == 1 and self.rung:
            return "here_already", 0
        if rung in FOLLOWS[self.rung] or self.is_repeat(rung, at):
            return "taken", 0
        before = ORDER[: ORDER.index(rung)] if rung in ORDER else ORDER[:1]
        missing = before[_REACHED[self.rung] :]
        return ("rung_missing", missing[0]) if missing else ("wrong_ladder", 0)

    def is_repeat(self, rung: int, at: str) -> bool:
        """The report that was stored last, once more."""
        if rung != self.rung or rung not in {2, 3, 7}:
            return False
        return rung != 2 or at == self.reported_at


@dataclass
class Registration:
    """What BTP has of one dossier."""

    module: str
    number: str
    linked: str
    #: maHoSoLT; empty for single registrations
    own: str
    #: dossier code of the one-stop
    province: str
    changed_at: datetime
    state: int = 1
    text: str = "Chờ tiếp nhận"
    due: str = ""
    result: dict[str, str] | None = None
    age: int = 0
    #: goes up when steps that wait for their hour lose their meaning


@dataclass
class Register:
    """Applications by DVCLT's code; registrations by module and code."""

    applications: dict[str, Application] = field(default_factory=dict)
    registrations: dict[tuple[str, str], Registration] = field(default_factory=dict)
    entries: int = 0

    def next_entry(self) -> int:
        """Number in the book."""
        self.entries += 1
        return self.entries


def scenario_of(office: Any, *numbers: str) -> Mapping[str, Any]:
    """What is planned for a dossier under any of its codes."""
    for number in numbers:
        found: Mapping[str, Any] = office.scenario(number) if number else {}
        if found:
            return found
    return {}
