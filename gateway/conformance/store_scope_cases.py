"""What every store must do for people of some agencies: nothing of others' dossiers."""

from __future__ import annotations

from typing import Any

from gateway.conformance.expect import equal, holds
from gateway.conformance.measure_making import (
    MARCH,
    TAX,
    ended,
    keep,
    kept,
    measured,
    running,
    share,
    stopped,
)
from gateway.conformance.store_contest_cases import BOTH, TODAY, charge, late, several
from gateway.conformance.store_making import LAND, NOW, OFFICE, Bench, case
from gateway.domain.bulk import Selection
from gateway.domain.identifiers import OfficeId
from gateway.domain.measure import Held
from gateway.domain.principal import Scope
from gateway.domain.transfer import State
from gateway.ports.chases import Asked as Chased
from gateway.ports.contests import Asked
from gateway.ports.stuck import Bounds

OWN = Scope(offices=(OFFICE,))
OTHER = Scope(offices=(TAX,))
MOST: dict[str, Any] = {"after": None, "limit": 9}


@case
async def people_of_an_agency_see_the_dossiers_of_its_transfers(b: Bench) -> None:
    """And no others, by whichever read; further conditions narrow it."""
    parked = b.transfer(parked="needs_data")
    dossier_id = await b.accepted(
        parked, references=(b.reference(b"b1"),), words=(b"an",)
    )
    narrowed = Scope(offices=(OFFICE,), units=("unit-2",))
    for scope, seen in ((OWN, 1), (OTHER, 0), (narrowed, 0)):
        row = await b.store.dossier(dossier_id, scope)
        transfer = await b.store.transfer(parked.id, scope)
        equal((row is not None, transfer is not None), (bool(seen),) * 2)
        found: list[Any] = [
            await b.store.find([(None, None, b"b1")], scope),
            await b.store.dossiers(scope, state=None, **MOST),
            await b.store.still(scope, **MOST),
            await b.store.search(scope, [b"an"], limit=9),
            await b.store.transfers_in(scope, states=["parked"], office=None, **MOST),
            await b.store.stuck(scope, _bounds()),
        ]
        equal([len(one) for one in found], [seen] * len(found))
        equal((await b.store.counts(scope))["parked"], seen)


@case
async def a_part_that_others_carry_is_seen_by_its_agency_too(b: Bench) -> None:
    """No message of ours went there: its clock, or that it has the dossier, tells."""
    by_clock = await kept(b, measured, clocks=(running(office=TAX),))
    by_hand = await kept(b, measured, held=(_held(TAX),))
    of_nobody = await kept(b, measured)
    seen = {
        one: await b.store.dossier(one, OTHER) is not None
        for one in (by_clock, by_hand, of_nobody)
    }
    equal(seen, {by_clock: True, by_hand: True, of_nobody: False})


@case
async def figures_of_an_agencys_people_are_of_its_dossiers(b: Bench) -> None:
    """Months, clocks, shares, what is due, latenesses, and the lists behind them."""
    done = {"clocks": (stopped(),), "shares": (share(60),)}
    (first, second) = await several(b, charge(), charge())
    await b.add(first, b.transfer())
    await keep(b, late(first, charge(), **done), late(second, charge()))
    await kept(b, measured, clocks=(running(office=TAX),))
    for scope, seen in ((OWN, 1), (Scope(offices=(OfficeId("none"),)), 0)):
        equal(await _figures(b, scope), [seen] * 7)
    for scope, seen in ((OTHER, 1), (OWN, 0)):
        due = await b.store.due(scope, before=b.later(9e5), **MOST)
        equal((len(due), len(await b.store.due_now(scope, b.later(9e5)))), (seen, seen))
        open_ = await b.store.open_now(scope, TODAY.today)
        equal(sum(one.dossiers for one in open_), seen)


async def _figures(b: Bench, scope: Scope) -> list[int]:
    months = await b.store.monthly(*BOTH, scope)
    return [
        sum(one.dossiers for one in months),
        len(await b.store.monthly_clocks(*BOTH, scope)),
        len(await b.store.monthly_shares(*BOTH, scope)),
        sum(one.dossiers for one in await b.store.charge_counts(*BOTH, scope, TODAY)),
        len(await b.store.charges(Asked(), scope, TODAY, limit=9)),
        len(await b.store.late_causes(*BOTH, scope)),
        len(await b.store.without_day(scope, limit=9)) + bool(months),
    ]


@case
async def what_no_dossier_has_is_no_agencys(b: Bench) -> None:
    """Reports that fit nothing, and what one-stops counted themselves."""
    await kept(b, ended)
    holds(not await b.store.unmatched(OWN, **MOST), "none of nobody's")
    equal(await b.store.one_stop_counts(*BOTH, OWN), [])
    equal(await b.store.issued_counts(MARCH, 1, OWN), [])
    equal(await b.store.restated_count(MARCH, 1, OWN), 0)
    equal(await b.store.restated_since(MARCH, 1, OWN, **MOST), [])
    equal(await b.store.chased(Chased(OWN), **MOST), [])


@case
async def acts_on_thousands_stay_within_an_agency(b: Bench) -> None:
    """A selection of everything finds its own alone."""
    parked = (State.PARKED,)
    mine = b.transfer(parked="needs_data")
    await b.accepted(mine)
    await b.accepted(b.transfer(parked="needs_data", office=TAX))
    found = await b.store.bulk_find(
        Selection(states=parked),
        OWN,
        asked_at=b.later(1),
        bound=None,
        cursor="",
        limit=9,
    )
    equal([one.transfer_id for one in found.candidates], [mine.id])


def _held(office: OfficeId) -> Held:
    return Held("land", LAND, office, NOW)


def _bounds() -> Bounds:
    return Bounds(NOW, NOW, {})
