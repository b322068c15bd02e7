"""Fault plans: by dossier, operation and turn; what happens is what an outsider sees.

A plan's state moves when the request arrives, not when its delay is over, so
that repeats of a client cannot confuse it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

#: Faults of calls that come in; after these the work has been done.
AFTER_THE_WORK = frozenset({"lose_answer", "half_answer", "text_after"})
INCOMING = AFTER_THE_WORK | frozenset(
    {
        "error_500_before",
        "error_503_retry_after",
        "reset_before",
        "html_200",
        "text_200",
        "delay_s",
        "unauthorized_401",
        "too_many_429",
    }
)
#: Faults of calls that go out.
OUTGOING = frozenset({"duplicate_call", "swap_with_next_call"})


@dataclass(frozen=True, slots=True)
class Fault:
    """One planned fault.

    ``nth``: which call of that kind for that dossier, from 1; 0: every one.
    ``number`` empty: any dossier. ``operation`` is a kind or a path's last part.
    ``wait_s``: how long a call hangs before its fault, in real seconds; ``held``: until
    ``POST /_control/release``, so that a test need not be faster than a clock.
    """

    agency: str
    operation: str
    do: str
    nth: int = 1
    number: str = ""
    text: str = ""
    seconds: float = 0.0
    wait_s: float = 0.0
    held: bool = False
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    #: of an answer ``text_200``, where it is not what its name says


def read_fault(raw: Mapping[str, Any], number: str = "") -> Fault:
    """A ``[[fault]]`` table.

    Raises:
        ValueError: its ``do`` is unknown.
    """
    if raw["do"] not in INCOMING | OUTGOING:
        message = f"unknown fault {raw['do']!r}"
        raise ValueError(message)
    return Fault(
        agency=raw["agency"],
        operation=raw["operation"],
        do=raw["do"],
        nth=0 if raw.get("every") else int(raw.get("nth", 1)),
        number=str(raw.get("number", number)),
        text=str(raw.get("text", "")),
        seconds=float(raw.get("seconds", 0.0)),
        wait_s=float(raw.get("wait_s", 0.0)),
        held=bool(raw.get("held", False)),
    )


class FaultPlan:
    """The faults of one agency, and how often each operation was called."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        """Start with no calls seen."""
        self._faults = list(faults)
        self._seen: Counter[tuple[int, str]] = Counter()
        self.met = 0
        #: how many have happened

    def add(self, fault: Fault) -> None:
        """Plan one more; calls before it do not count for it."""
        self._faults.append(fault)

    def clear(self) -> None:
        """Nothing more goes wrong."""
        self._faults.clear()
        self._seen.clear()

    def next(self, operation: str, number: str, kinds: frozenset[str]) -> Fault | None:
        """The fault of this call, if one is planned; counts the call."""
        found = None
        for index, fault in enumerate(self._faults):
            if fault.do not in kinds or fault.operation != operation:
                continue
            if fault.number not in {"", number}:
                continue
            self._seen[(index, number)] += 1
            if found is None and fault.nth in {0, self._seen[(index, number)]}:
                found = fault
        self.met += found is not None
        return found
