"""A machine's clock that nothing keeps in step, or that jumped: law counts by it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from gateway.domain.alert import Holding, Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

CLOCK = "clock"
#: A clock that is kept in step is never further off, nor moved by more at once.
MOST_S = 2.0
#: How long a jump is told of.
TOLD = timedelta(hours=1)


class KnownClock(Protocol):
    """What a kernel says of its clock."""

    @property
    def synchronised(self) -> bool:
        """Whether anything keeps it in step."""

    @property
    def error_s(self) -> float:
        """How far off it may be."""


class ClockStep:
    """Looks at one machine's clock, against real seconds that never jump."""

    def __init__(
        self,
        known: Callable[[], KnownClock | None],
        mono: Callable[[], float],
        node: str,
    ) -> None:
        """``known``: what the kernel says; None where it says nothing."""
        self._known = known
        self._mono = mono
        self._node = node
        self._apart: float | None = None
        self._jumped: tuple[datetime, float] | None = None

    def look(self, now: datetime) -> Iterator[Holding]:
        """What holds at this moment."""
        apart = now.timestamp() - self._mono()
        before, self._apart = self._apart, apart
        if before is not None and abs(apart - before) > MOST_S:
            self._jumped = (now, apart - before)
        yield from self._of_jump(now)
        known = self._known()
        if known is not None and not (known.synchronised and known.error_s < MOST_S):
            yield self._holding(
                f"{self._node}:step",
                now,
                f"Máy {self._node}: đồng hồ không được đồng bộ (có thể lệch tới"
                f" {known.error_s:.0f} giây)",
                "Quản trị bật chrony hoặc systemd-timesyncd và mở đường tới máy chủ giờ.",
            )

    def _of_jump(self, now: datetime) -> Iterator[Holding]:
        if self._jumped is None or abs(now - self._jumped[0]) > TOLD:
            return
        at, by_s = self._jumped
        how = "tới" if by_s > 0 else "lùi"
        yield self._holding(
            f"{self._node}:jump",
            at,
            f"Máy {self._node}: đồng hồ vừa nhảy {how} {abs(by_s):.0f} giây",
            "Quản trị xem ai hoặc cái gì đã đổi giờ; hạn và dấu giờ tính theo đồng hồ này.",
        )

    @staticmethod
    def _holding(subject: str, since: datetime, reason: str, todo: str) -> Holding:
        return Holding(
            kind=CLOCK,
            subject=subject,
            severity=Severity.WARNING,
            since=since,
            reason=reason,
            next_action=todo,
        )
