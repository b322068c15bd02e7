"""Who answers for a lateness, and objections: from what was measured to rows, and back."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from gateway.domain.identifiers import DossierId, OfficeId
from gateway.domain.lateness import (
    Charge,
    ChargeState,
    ObjectionState,
    Party,
    Standing,
    party_of,
)
from gateway.domain.legal_day import legal_day
from gateway.domain.measure import Whose
from gateway.ports.contests import ChargeRow, ObjectionRow
from gateway.store.rows import moment, moment_or_none, stamp, stamp_or_none

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.domain.measure import Measured
    from gateway.store.database import Row

CHARGE = (
    "d.dossier_id, d.unit, d.sender, d.month, d.leg, d.clock, d.cause, d.whose,"
    " d.office, d.minutes, d.ended_at, d.state, d.told_at, d.until_on, d.objection"
)
OBJECTION = (
    "d.id, d.dossier_id, d.office, d.unit, d.sender, d.at, d.by, d.on_behalf, d.state,"
    " d.decided_at, d.decided_by, d.party"
)


def charge_rows_of(measured: Measured) -> list[Row]:
    """The values of ``CHARGE``: one row, or none."""
    one = measured.charge
    if one is None:
        return []
    return [
        (
            *(measured.dossier_id, measured.unit, measured.sender),
            f"{legal_day(one.ended_at):%Y-%m}",
            *(one.leg, one.clock, one.cause),
            *(one.party.whose.value, one.party.office or "", one.minutes),
            *(stamp(one.ended_at), one.state.value, stamp_or_none(one.told_at)),
            one.until.isoformat() if one.until else None,
            one.objection,
        )
    ]


def charge_of(row: Sequence[Any]) -> ChargeRow:
    """A row of ``CHARGE``, with how it stands at the end."""
    charge = Charge(
        leg=row[4],
        clock=row[5],
        cause=OfficeId(row[6]),
        party=Party(Whose(row[7]), OfficeId(row[8]) if row[8] else None),
        minutes=row[9],
        ended_at=moment(row[10]),
        state=ChargeState(row[11]),
        told_at=moment_or_none(row[12]),
        until=None if row[13] is None else date.fromisoformat(row[13]),
        objection=row[14],
    )
    return ChargeRow(DossierId(row[0]), row[1], row[3], charge, Standing(row[15]))


def objection_rows_of(measured: Measured) -> list[Row]:
    """The values of ``OBJECTION``."""
    return [
        (
            *(one.id, measured.dossier_id, one.office, measured.unit),
            *(measured.sender, stamp(one.at), one.by, int(one.on_behalf)),
            *(one.state.value, stamp_or_none(one.decided_at), one.decided_by),
            one.party.key if one.party else "",
        )
        for one in measured.objections
    ]


def objection_of(row: Sequence[Any]) -> ObjectionRow:
    """A row of ``OBJECTION``."""
    return ObjectionRow(
        id=row[0],
        dossier_id=DossierId(row[1]),
        office=OfficeId(row[2]),
        unit=row[3],
        at=moment(row[5]),
        by=row[6],
        on_behalf=bool(row[7]),
        state=ObjectionState(row[8]),
        decided_at=moment_or_none(row[9]),
        decided_by=row[10],
        party=party_of(row[11]) if row[11] else None,
    )
