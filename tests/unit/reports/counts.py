"""Counts of a month put together by hand."""

from __future__ import annotations

from typing import Any

from gateway.domain.measure import Timeliness
from gateway.ports.measured import MonthCount

MARCH = "2026-03"
EARLY, ON_TIME, LATE = Timeliness.EARLY, Timeliness.ON_TIME, Timeliness.LATE
NO_DATE = Timeliness.NO_DATE


def count(timeliness: Timeliness, dossiers: int, **changes: Any) -> MonthCount:
    """Dossiers that ended, which portal and agency tell the same of."""
    values: dict[str, Any] = {
        "month": MARCH,
        "unit": "H00.20.01",
        "procedure": "1.999001",
        "lead": "land-mau-1",
        "timeliness": timeliness,
        "as_portal": ON_TIME if timeliness is NO_DATE else timeliness,
        "as_told": timeliness,
        "dossiers": dossiers,
        "minutes": 60 * dossiers,
        "calendar_minutes": 60 * dossiers,
        "rounds": dossiers,
    }
    return MonthCount(**{**values, **changes})
