"""Values of what was measured, valid unless a case says otherwise."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from gateway.conformance.store_making import LAND, NOW, OFFICE, SENDER, UNIT
from gateway.domain.case import End
from gateway.domain.identifiers import OfficeId
from gateway.domain.measure import (
    Budget,
    Clock,
    ClockRule,
    Level,
    Measured,
    Running,
    Share,
    Start,
    Timeliness,
    Unit,
    Whose,
)
from gateway.domain.procedure import Event, Trigger

if TYPE_CHECKING:
    from gateway.conformance.store_making import Bench
    from gateway.domain.identifiers import DossierId

PROCEDURE = "1.012756"
FEBRUARY, MARCH = "2026-02", "2026-03"
TAX = OfficeId("tax-1")
#: 23:59 on the last of February in Vietnam; by UTC it is the same day.
LAST_MINUTE = datetime(2026, 2, 28, 16, 59, tzinfo=UTC)
#: 00:00 on 1 March in Vietnam; by UTC it is still February.
FIRST_MINUTE = datetime(2026, 2, 28, 17, 0, tzinfo=UTC)


def rule(**changes: Any) -> ClockRule:
    """Ten working days of the land office."""
    values: dict[str, Any] = {
        "id": "land.answer",
        "name": "answer",
        "label": "giải quyết",
        "level": Level.ANSWERED,
        "agencies": frozenset({LAND}),
        "procedures": frozenset(),
        "offices": frozenset(),
        "start": Start.EVENT,
        "begins_on": (Trigger("", Event.HANDED_OVER),),
        "ends_on": (Trigger("", Event.FINISHED),),
        "budget": Budget(10, Unit.WORKING_DAYS),
        "whose": Whose.AGENCY,
        "valid_from": date(2025, 7, 1),
        "valid_to": None,
        "source": "giả định",
        "verified": False,
    }
    return ClockRule(**{**values, **changes})


def running(**changes: Any) -> Clock:
    """A clock of the land office that runs, half of it gone in an hour."""
    values: dict[str, Any] = {
        "leg": "land",
        "agency": LAND,
        "office": OFFICE,
        "rule": rule(),
        "budget": Budget(10, Unit.WORKING_DAYS),
        "begun_at": NOW,
        "counts_from": NOW,
        "running": Running.RUNNING,
        "budget_minutes": 4_800,
        "used_minutes": 30,
        "due_at": NOW + timedelta(hours=4),
        "due_on": date(2026, 3, 10),
        "rung_at": (
            (50, NOW + timedelta(hours=1)),
            (70, NOW + timedelta(hours=2)),
            (100, NOW + timedelta(hours=4)),
        ),
        "hard_at": NOW + timedelta(hours=5),
    }
    return Clock(**{**values, **changes})


def stopped(**changes: Any) -> Clock:
    """The same, stopped in its day; its due moment and rungs are none any more."""
    values: dict[str, Any] = {
        "running": Running.STOPPED,
        "due_at": None,
        "stopped_at": NOW,
        "used_minutes": 480,
        "rung_at": (),
        "hard_at": None,
        "timeliness": Timeliness.ON_TIME,
    }
    return running(**{**values, **changes})


def share(minutes: int, whose: Whose = Whose.AGENCY, **changes: Any) -> Share:
    """A time that the land office had it."""
    office = OFFICE if whose is Whose.AGENCY else None
    values: dict[str, Any] = {
        "whose": whose,
        "leg": "land",
        "office": office,
        "since": NOW,
        "until": NOW + timedelta(minutes=minutes),
        "minutes": minutes,
    }
    return Share(**{**values, **changes})


def measured(dossier_id: DossierId, **changes: Any) -> Measured:
    """An open dossier."""
    values: dict[str, Any] = {
        "dossier_id": dossier_id,
        "version": 1,
        "calendar": 1,
        "at": NOW,
        "unit": UNIT,
        "sender": SENDER,
        "procedure": PROCEDURE,
        "lead": OFFICE,
        "accepted_at": NOW - timedelta(days=9),
        "promised_on": date(2026, 3, 20),
        "due_on": date(2026, 3, 20),
        "end": End.OPEN,
        "ended_at": None,
        "minutes": 480,
        "calendar_minutes": 1_440,
        "rounds": 1,
        "timeliness": Timeliness.OPEN,
        "as_portal": Timeliness.OPEN,
        "as_told": Timeliness.OPEN,
    }
    return Measured(**{**values, **changes})


def ended(dossier_id: DossierId, when: datetime = NOW, **changes: Any) -> Measured:
    """One that ended in time; ``at`` is when that was measured."""
    values: dict[str, Any] = {
        "end": End.FINISHED,
        "ended_at": when,
        "timeliness": Timeliness.ON_TIME,
        "as_portal": Timeliness.ON_TIME,
        "as_told": Timeliness.ON_TIME,
    }
    return measured(dossier_id, **{**values, **changes})


def at(hours: float) -> datetime:
    """A moment so long after ``NOW``."""
    return NOW + timedelta(hours=hours)


async def queue(bench: Bench) -> dict[DossierId, int]:
    """What is to be measured."""
    return dict(await bench.store.unmeasured(1_000))


async def keep(bench: Bench, *given: Measured) -> None:
    """Keep what was measured, each as it stands in the queue; it is put there first."""
    await bench.store.remeasure([one.dossier_id for one in given])
    times = await queue(bench)
    await bench.store.keep_measured([(one, times[one.dossier_id]) for one in given])


async def kept(
    bench: Bench, make: Any = ended, *given: Any, **changes: Any
) -> DossierId:
    """A new dossier as it was measured."""
    dossier_id = await bench.accepted()
    await keep(bench, make(dossier_id, *given, **changes))
    return dossier_id
