"""Calls as a fault plan is told of them, and rows that it is made of."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from gateway.mockagency.faults import Arrival, FaultPlan
from gateway.mockagency.faults_reading import read_rows

VIETNAM = timezone(timedelta(hours=7))
EIGHT = datetime(2026, 3, 10, 8, 0, tzinfo=VIETNAM)
NUMBER = "H00.01-260310-0001"


def row(do: str = "html_200", **more: Any) -> dict[str, Any]:
    return {"agency": "electricity", "operation": "hand_over", "do": do, **more}


def plan(*rows: dict[str, Any], seed: int = 0) -> FaultPlan:
    return FaultPlan(read_rows(list(rows), "thu.toml").faults, seed)


def call(number: str = NUMBER, operation: str = "hand_over", **more: Any) -> Arrival:
    return Arrival(operation, number, **{"at": EIGHT, **more})


def met(one: FaultPlan, *calls: Arrival) -> list[str]:
    """What falls on each call in turn; empty: nothing."""
    found = []
    for each in calls:
        decided = one.arrived(each)
        fault = decided.early or decided.late
        found.append(fault.fault.do if fault else "")
    return found
