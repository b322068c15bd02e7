"""Fault plans of platforms: by service and turn; what happens is what an outsider sees."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

#: Answers that prove nothing, beside those that a platform has a name for.
STRANGE = frozenset({"html_200", "empty_200", "half_json", "error_500", "reset"})
#: What a call goes through on its way and still ends with the agency's answer.
ON_THE_WAY = frozenset({"strip_all_headers", "forward_twice"})
#: The agency has the message, and the caller hears nothing.
LOSE_ANSWER = "lose_answer"


@dataclass(frozen=True, slots=True)
class PlatformFault:
    """One planned fault.

    ``nth``: which call of the service, from 1; 0: every one. ``service`` empty:
    any. ``after``: the agency is called first, and its answer thrown away.
    """

    do: str
    service: str = ""
    nth: int = 1
    after: bool = False


def read_platform_fault(raw: Mapping[str, Any]) -> PlatformFault:
    """A ``[[fault]]`` table."""
    return PlatformFault(
        do=str(raw["do"]),
        service=str(raw.get("service", "")),
        nth=0 if raw.get("every") else int(raw.get("nth", 1)),
        after=bool(raw.get("after", False)) or raw["do"] == LOSE_ANSWER,
    )


def is_after(fault: PlatformFault | None) -> bool:
    """Whether the agency is called although its answer is thrown away."""
    return fault is not None and fault.after and fault.do not in ON_THE_WAY


def faults_of(config: Mapping[str, Any], platform: str) -> list[PlatformFault]:
    """The ``[[fault]]`` tables of a configuration file that name this platform."""
    rows = config.get("fault", ())
    return [read_platform_fault(r) for r in rows if r.get("platform") == platform]


class PlatformPlan:
    """The faults of one platform, and how often each service was called."""

    def __init__(
        self, faults: Iterable[PlatformFault], known: frozenset[str], least: str
    ) -> None:
        """Start with no calls seen; ``known``: what the platform can do.

        ``least``: the service that only a fault which names it touches.
        """
        self._known = known | STRANGE | ON_THE_WAY | {LOSE_ANSWER}
        self._least = least
        self._faults: list[PlatformFault] = []
        self._seen: Counter[int] = Counter()
        self.add(faults)

    def add(self, faults: Iterable[PlatformFault]) -> None:
        """Plan further ones; their calls are counted from now on.

        Raises:
            ValueError: one is unknown.
        """
        for fault in faults:
            if fault.do not in self._known:
                message = f"unknown fault {fault.do!r}"
                raise ValueError(message)
            self._faults.append(fault)

    def next(self, service: str) -> PlatformFault | None:
        """The fault of this call, if one is planned; counts the call."""
        found = None
        for index, fault in enumerate(self._faults):
            if fault.service != service and (fault.service or service == self._least):
                continue
            self._seen[index] += 1
            if found is None and fault.nth in {0, self._seen[index]}:
                found = fault
        return found
