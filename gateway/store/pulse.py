"""Counts what waits for a store, and notes when it takes nothing any more."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from gateway.domain.errors import StoreError, StoreFateUnknown, StoreUnavailable
from gateway.ports.pulse import Backlog, Pulse, Turn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

#: Real seconds without a failure after which a store counts as back: one that takes
#: every second unit is told of once, not at each.
QUIET_S = 2.0


class Waiting:
    """What waits for something, in the order in which it came; on one thread."""

    __slots__ = ("_mono", "_number", "_since")

    def __init__(self, mono: Callable[[], float] = time.monotonic) -> None:
        """Nothing waits."""
        self._mono = mono
        self._number = 0
        self._since: dict[int, float] = {}

    def come(self) -> int:
        """Who waits from now on, by number."""
        self._number += 1
        self._since[self._number] = self._mono()
        return self._number

    def go(self, number: int) -> None:
        """It waits no more; one that never waited is no error."""
        self._since.pop(number, None)

    def backlog(self) -> Backlog:
        """How many wait, and how long the first of them does."""
        first = next(iter(self._since.values()), None)
        if first is None:
            return Backlog()
        return Backlog(len(self._since), self._mono() - first)


class Beat:
    """Whether commits succeed; told on the loop's thread, after each of them."""

    def __init__(self, mono: Callable[[], float] = time.monotonic) -> None:
        """All is well until something fails."""
        self._mono = mono
        self._told: list[Callable[[Turn], object]] = []
        self._timed: list[Callable[[float], object]] = []
        self._away_since: float | None = None
        self._failed_at = 0.0
        self._failed = 0

    def on_turn(self, told: Callable[[Turn], object]) -> None:
        """Call ``told`` at onset and at recovery."""
        self._told.append(told)

    def on_durable(self, told: Callable[[float], object]) -> None:
        """Call ``told`` with the seconds of each commit."""
        self._timed.append(told)

    def took(self, seconds: float) -> None:
        """A commit took so long."""
        for told in self._timed:
            told(seconds)

    def ended(self, errors: Iterable[BaseException | None]) -> None:
        """A commit's units ended so; those that the store did not take tell of it."""
        found = list(errors)
        failed = [
            error
            for error in found
            if isinstance(error, (StoreUnavailable, StoreFateUnknown))
        ]
        if found and len(failed) == len(found):
            self._fail(failed[0], len(failed))
        else:
            self._work()

    def _fail(self, error: StoreError, count: int) -> None:
        self._failed_at = self._mono()
        self._failed += count
        if self._away_since is None:
            self._away_since = self._failed_at
            self._tell(Turn(error.code))

    def _work(self) -> None:
        now = self._mono()
        if self._away_since is None or now - self._failed_at < QUIET_S:
            return
        turn = Turn("", now - self._away_since, self._failed)
        self._away_since, self._failed = None, 0
        self._tell(turn)

    def _tell(self, turn: Turn) -> None:
        for told in self._told:
            told(turn)


class WithPulse(Pulse):
    """The port over a store's own counts."""

    _waiting: Waiting
    _beat: Beat

    def backlog(self) -> Backlog:
        """What waits for a commit."""
        return self._waiting.backlog()

    def on_turn(self, told: Callable[[Turn], object]) -> None:
        """Call at onset and at recovery."""
        self._beat.on_turn(told)

    def on_durable(self, told: Callable[[float], object]) -> None:
        """Call after each commit."""
        self._beat.on_durable(told)
