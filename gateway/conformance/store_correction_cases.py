"""What every store must do about corrections that staff ask for."""

from __future__ import annotations

from typing import Any

from gateway.conformance.expect import equal, raises, there
from gateway.conformance.store_making import Bench, case, following
from gateway.domain.case import BY_HAND, End
from gateway.domain.correction import (
    BY_NOBODY,
    Correction,
    CorrectionKind,
    CorrectionState,
    Decided,
)
from gateway.domain.errors import ChangedMeanwhile
from gateway.domain.identifiers import DossierId, PrincipalId
from gateway.domain.principal import EVERYTHING, Scope
from gateway.ports.store import Change

ONE, TWO = PrincipalId("person-1"), PrincipalId("person-2")


async def _asked(bench: Bench, dossier: DossierId, **changes: Any) -> Correction:
    sealed = bench.payload(dossier)
    values: dict[str, Any] = {
        "id": bench.name("k"),
        "dossier_id": dossier,
        "revision": 1,
        "by": ONE,
        "at": bench.now,
        "payload": sealed.id,
    }
    row = Correction(**{**values, **changes})
    await bench.store.add_correction(row, sealed, bench.line("correction"))
    return row


async def _decided(bench: Bench, row: Correction, state: CorrectionState) -> None:
    decided = Decided(row.id, state, TWO, bench.later(60))
    await bench.store.apply(
        Change(now=bench.now, dossier_id=row.dossier_id, corrections=(decided,))
    )


@case
async def a_correction_waits_until_somebody_decides_it(bench: Bench) -> None:
    """It comes back as it was kept, for who may see its dossier."""
    dossier = await bench.accepted()
    row = await _asked(bench, dossier)
    equal(await bench.store.correction(row.id, EVERYTHING), row)
    equal(await bench.store.correction(row.id, Scope()), None)
    equal(list(await bench.store.corrections(Scope(), after=None, limit=9)), [])
    waiting = await bench.store.corrections(EVERYTHING, after=None, limit=9)
    equal(list(waiting), [row])
    await _decided(bench, row, CorrectionState.APPROVED)
    equal(list(await bench.store.corrections(EVERYTHING, after=None, limit=9)), [])
    (kept,) = await bench.store.corrections_of(dossier)
    equal(
        (kept.state, kept.decided_by, kept.decided_at),
        (CorrectionState.APPROVED, TWO, bench.later(60)),
    )


@case
async def one_correction_of_a_dossier_waits_at_a_time(bench: Bench) -> None:
    """Once it is decided the next one may."""
    dossier = await bench.accepted()
    first = await _asked(bench, dossier)
    await raises(ChangedMeanwhile, _asked(bench, dossier))
    await _decided(bench, first, CorrectionState.REJECTED)
    second = await _asked(bench, dossier)
    other = await _asked(bench, await bench.accepted())
    page = await bench.store.corrections(EVERYTHING, after=None, limit=1)
    equal(len(page), 1)
    further = await bench.store.corrections(EVERYTHING, after=page[0].id, limit=9)
    equal({one.id for one in (*page, *further)}, {second.id, other.id})


@case
async def what_is_to_end_waits_in_the_same_list_as_another_kind(bench: Bench) -> None:
    """A dossier has one of either kind at a time; the list is told apart by kind."""
    dossier = await bench.accepted()
    closing: dict[str, Any] = {
        "kind": CorrectionKind.CLOSING,
        "leg": "land",
        "revision": 0,
    }
    row = await _asked(bench, dossier, **closing)
    equal(await bench.store.correction(row.id, EVERYTHING), row)
    await raises(ChangedMeanwhile, _asked(bench, dossier))
    other = await _asked(bench, await bench.accepted())
    for kind, wanted in (
        (None, {row.id, other.id}),
        (CorrectionKind.CLOSING, {row.id}),
        (CorrectionKind.DOCUMENT, {other.id}),
    ):
        page = await bench.store.corrections(EVERYTHING, after=None, limit=9, kind=kind)
        equal({one.id for one in page}, wanted)


@case
async def a_dossier_that_people_closed_comes_back_as_closed(bench: Bench) -> None:
    """Also though it is kept so that the release before reads it."""
    row = there(await bench.store.dossier(await bench.accepted(), EVERYTHING))
    told = {"way": "dossier", "at": bench.now.isoformat()}
    facts = {**row.case.facts, BY_HAND: {"": told}}
    closed = following(row.case, end=End.CLOSED, ended_at=bench.now, facts=facts)
    await bench.store.apply(
        Change(now=bench.now, dossier_id=closed.dossier_id, case=closed)
    )
    kept = there(await bench.store.dossier(closed.dossier_id, EVERYTHING))
    equal(kept.case, closed)


@case
async def two_people_decide_a_correction_once(bench: Bench) -> None:
    """Whoever comes second is told, and nothing of that change stays."""
    dossier = await bench.accepted()
    row = await _asked(bench, dossier)
    await _decided(bench, row, CorrectionState.APPROVED)
    await raises(ChangedMeanwhile, _decided(bench, row, CorrectionState.REJECTED))
    (kept,) = await bench.store.corrections_of(dossier)
    equal(kept.state, CorrectionState.APPROVED)


@case
async def a_correction_that_nobody_else_may_approve_runs_from_its_notice(
    bench: Bench,
) -> None:
    """Told once; over when it is decided, and counted where nobody approved it."""
    store = bench.store
    dossier, other = await bench.accepted(), await bench.accepted()
    sealed = bench.payload(dossier)
    row = Correction(bench.name("k"), dossier, 1, ONE, bench.now, sealed.id)
    line = bench.line("correction")
    await store.add_correction(row, sealed, line, stands_in=True)
    usual = await _asked(bench, other)
    (alone,) = await store.stand_ins()
    equal((alone.correction, alone.told_at, alone.effect_at), (row.id, None, None))
    equal(
        [one.correction for one in await store.stand_ins([row.id, usual.id])], [row.id]
    )
    equal(list(await store.stand_ins([])), [])
    at, effect = bench.later(10), bench.later(20)
    equal(await store.told_stand_in(row.id, at, effect), expected=True)
    equal(await store.told_stand_in(row.id, at, bench.later(1)), expected=False)
    equal(await store.told_stand_in(usual.id, at, effect), expected=False)
    (alone,) = await store.stand_ins()
    equal((alone.told_at, alone.effect_at), (at, effect))
    by = Decided(row.id, CorrectionState.APPROVED, BY_NOBODY, bench.later(60))
    await store.apply(Change(now=bench.now, dossier_id=dossier, corrections=(by,)))
    equal(list(await store.stand_ins()), [])
    (alone,) = await store.stand_ins([row.id])
    equal(alone.over_at, bench.later(60))
    equal(await store.by_nobody(bench.now, bench.later(61)), 1)
    equal(await store.by_nobody(bench.now, bench.later(60)), 0)


@case
async def a_stand_in_ends_when_somebody_else_may_approve(bench: Bench) -> None:
    """The correction waits on; who approves it is no nobody."""
    store, dossier = bench.store, await bench.accepted()
    sealed = bench.payload(dossier)
    row = Correction(bench.name("k"), dossier, 1, ONE, bench.now, sealed.id)
    line = bench.line("correction")
    await store.add_correction(row, sealed, line, stands_in=True)
    await store.end_stand_in(row.id, bench.later(5))
    equal(list(await store.stand_ins()), [])
    equal(await store.told_stand_in(row.id, bench.now, bench.later(9)), expected=False)
    await _decided(bench, row, CorrectionState.APPROVED)
    equal(await store.by_nobody(bench.now, bench.later(999)), 0)
