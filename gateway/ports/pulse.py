"""How the store fares: what waits for it, and whether it takes anything."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import Protocol

from gateway.domain.errors import StoreUnavailable
from gateway.domain.values import dataclass

#: Longer than so many seconds nobody new has to wait behind others …
LONGEST_S = 10.0
#: … nor behind so many.
MOST = 2_000


@dataclass(frozen=True, slots=True)
class Backlog:
    """Units that were handed over and are not durable yet, and the oldest one's age."""

    count: int = 0
    longest_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Turn:
    """The store takes nothing any more (``code`` why), or takes units again.

    Of a return: how long it was away, and how many units it had not taken.
    """

    code: str = ""
    away_s: float = 0.0
    failed: int = 0


class Pulse(Protocol):
    """What can be known of the store without asking it."""

    @abstractmethod
    def backlog(self) -> Backlog:
        """What waits for a commit now."""

    @abstractmethod
    def on_turn(self, told: Callable[[Turn], object]) -> None:
        """Call ``told`` when the store stops taking units, and when it does again."""

    @abstractmethod
    def on_durable(self, told: Callable[[float], object]) -> None:
        """Call ``told`` with the seconds that each commit took, of whichever size."""


def is_pressed(backlog: Backlog) -> bool:
    """Whether so much waits that nobody else should be let in."""
    return backlog.longest_s > LONGEST_S or backlog.count > MOST


def busy() -> StoreUnavailable:
    """What is told instead of waiting behind too many."""
    return StoreUnavailable(
        "too much waits for the store",
        code="store_busy",
        remedy="Kho dữ liệu đang chậm nên cổng chưa nhận thêm; nội dung chưa được ghi"
        " nhận, gửi lại y nguyên sau ít phút.",
    )
