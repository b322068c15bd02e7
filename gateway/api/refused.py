"""Calls that were refused, counted: one line of the journal for caller, kind and hour.

A line for each would let anybody fill the journal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.domain.errors import StoreError
from gateway.domain.journal import JournalLine

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.sealing.tools import Tools

#: Real seconds between two looks whether an hour is over.
LOOK_EVERY_S = 60.0
#: Callers that are told apart in an hour; the others are counted together.
MOST = 500
OTHERS = "others"
#: Status → kind of refusal; a wrong secret may have any.
KINDS = {401: "not_signed_in", 403: "not_allowed"}
WRONG_SECRET = "wrong_secret"  # noqa: S105  a kind


@dataclass
class _Count:
    count: int = 0
    call: str = ""
    #: by which the last of them is found: its answer said so


class Refusals:
    """Those of the running hour, of one process."""

    def __init__(self) -> None:
        """None yet."""
        self._counts: dict[tuple[str, str, str], _Count] = {}

    def note(self, address: str, kind: str, who: str, call: str) -> None:
        """One more."""
        key = (address, kind, who)
        if key not in self._counts and len(self._counts) >= MOST:
            key = (OTHERS, kind, "")
        counted = self._counts.setdefault(key, _Count())
        counted.count += 1
        counted.call = call

    def lines(self, at: datetime) -> list[JournalLine]:
        """What there is, as lines; it stays until ``forget``."""
        return [
            JournalLine(
                "call_refused",
                at,
                who or "unknown",
                {"from": address, "why": kind, "times": one.count, "call": one.call},
            )
            for (address, kind, who), one in sorted(self._counts.items())
        ]

    def forget(self) -> None:
        """Begin anew."""
        self._counts.clear()


class TellingRefusals:
    """Writes them down when an hour is over, and when the process ends."""

    def __init__(self, refusals: Refusals, tools: Tools) -> None:
        """Nothing is written before ``run``."""
        self._refusals = refusals
        self._tools = tools

    async def run(self) -> None:
        """Go on until cancelled."""
        clock = self._tools.clock
        hour = _hour(clock.now())
        try:
            while True:
                await clock.rest(LOOK_EVERY_S)
                if _hour(clock.now()) != hour:
                    hour = _hour(clock.now())
                    await self.turn()
        finally:
            await self.turn()

    async def turn(self) -> None:
        """Write what was counted; what cannot be written is kept for the next turn."""
        now = self._tools.clock.now()
        lines = self._refusals.lines(now)
        if not lines:
            return
        try:
            await self._tools.store.note(f"signins:{now:%Y-%m-%d}", lines)
        except StoreError as error:
            self._tools.probe.trouble("api.refused", error)
            return
        self._refusals.forget()


def _hour(moment: datetime) -> tuple[int, int]:
    return moment.toordinal(), moment.hour
