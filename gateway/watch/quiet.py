"""When what is not critical has to wait for the morning; pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from gateway.domain.legal_day import VIETNAM

if TYPE_CHECKING:
    from gateway.calendar.working_time import WorkingTime

#: A calendar that leaves no working day within so many silences nobody for longer.
LOOK_AHEAD = 30


@dataclass(frozen=True, slots=True)
class Quiet:
    """Awake from ``begins`` to ``ends`` of working days, Vietnam's time.

    ``begins`` = ``ends``: all day; ``days_off``: days off are quiet, too.
    """

    begins: time = time(7, 0)
    ends: time = time(18, 0)
    days_off: bool = True

    def awake_at(self, at: datetime, working: WorkingTime) -> datetime:
        """The first moment from ``at`` on at which people may be told."""
        local = at.astimezone(VIETNAM)
        for days in range(LOOK_AHEAD):
            day = local.date() + timedelta(days=days)
            if self.days_off and not working.is_working(day):
                continue
            begins = datetime.combine(day, self.begins, VIETNAM)
            ends = datetime.combine(day, self.ends, VIETNAM)
            if ends <= begins:
                begins = datetime.combine(day, time(), VIETNAM)
                ends = begins + timedelta(days=1)
            if local < ends:
                return max(at, begins.astimezone(at.tzinfo))
        return at
