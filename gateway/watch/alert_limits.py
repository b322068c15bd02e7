"""From when on something is told; a province sets them in ``[alerts]``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class AlertLimits:
    """How long or how full before somebody has to know."""

    lane: timedelta = timedelta(minutes=15)
    #: within the office's own hours
    unconfirmed: timedelta = timedelta(hours=4)
    parked: timedelta = timedelta(hours=24)
    unrouted: timedelta = timedelta(hours=4)
    unmatched: timedelta = timedelta(hours=24)
    unsealed: timedelta = timedelta(minutes=15)
    expiry: timedelta = timedelta(days=60)
    disk_warning: int = 70
    disk_critical: int = 90
    #: percent of the disk that holds the run folder
