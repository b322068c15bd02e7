"""What every store must do about notes of staff, and what they put off."""

from __future__ import annotations

from typing import Any

from gateway.conformance.expect import equal, raises
from gateway.conformance.store_making import OFFICE, Bench, case, following
from gateway.domain.errors import ChangedMeanwhile
from gateway.domain.identifiers import DossierId
from gateway.domain.journal import JournalLine
from gateway.domain.note import NoteKind, NoteRow
from gateway.domain.principal import EVERYTHING, Scope
from gateway.domain.transfer import State
from gateway.ports.notes import CausePostponed
from gateway.ports.overview import Narrowed
from gateway.ports.store import Change

HOUR = 3600


async def _noted(
    bench: Bench, dossier: DossierId, instead: str | None = None, **changes: Any
) -> NoteRow:
    sealed = bench.payload(dossier)
    values: dict[str, Any] = {
        "id": bench.name("n"),
        "dossier_id": dossier,
        "kind": NoteKind.NOTE,
        "at": bench.now,
        "by": "person-1",
        "payload": sealed.id,
    }
    row = NoteRow(**{**values, **changes})
    await bench.store.add_note(row, sealed, bench.line("note"), instead=instead)
    return row


async def _put_off(bench: Bench, dossier: DossierId, **changes: Any) -> NoteRow:
    values: dict[str, Any] = {
        "kind": NoteKind.POSTPONED,
        "until": bench.later(HOUR),
        "version": 1,
    }
    return await _noted(bench, dossier, **{**values, **changes})


def _by(bench: Bench, who: str) -> JournalLine:
    return JournalLine("note", bench.later(60), who, {})


async def _parked(bench: Bench) -> DossierId:
    new = bench.transfer()
    dossier = await bench.accepted(new)
    await bench.claim()
    await bench.move(new.id, State.PARKED, cause="needs_data")
    return dossier


async def _still(bench: Bench, at: float, *, put_off: bool = False) -> list[str]:
    asked = Narrowed(now=bench.later(at), put_off=put_off)
    rows = await bench.store.still(EVERYTHING, after=None, limit=9, asked=asked)
    return [row.dossier_id for row in rows]


@case
async def a_note_comes_back_and_can_be_withdrawn_once(bench: Bench) -> None:
    """Its dossier's journal has both lines; a stranger's dossier withdraws nothing."""
    dossier, other = await bench.accepted(), await bench.accepted()
    first = await _noted(bench, dossier)
    second = await _noted(bench, dossier, at=bench.later(1))
    equal(list(await bench.store.notes([dossier, other])), [first, second])
    equal(list(await bench.store.notes([])), [])
    strange = bench.store.end_note(other, first.id, _by(bench, "person-2"))
    await raises(ChangedMeanwhile, strange)
    await bench.store.end_note(dossier, first.id, _by(bench, "person-2"))
    again = bench.store.end_note(dossier, first.id, _by(bench, "person-3"))
    await raises(ChangedMeanwhile, again)
    kept, _ = await bench.store.notes([dossier])
    equal((kept.ended_by, kept.ended_at), ("person-2", bench.later(60)))
    lines = [one.line.kind for one in await bench.store.journal(dossier)]
    equal(lines.count("note"), 3)
    elsewhere = [one.line.kind for one in await bench.store.journal(other)]
    equal(elsewhere.count("note"), 0)


@case
async def a_dossier_has_one_owner_of_two_who_take_it(bench: Bench) -> None:
    """The next one ends the one before; who did not see that one is told."""
    dossier = await bench.accepted()
    first = await _noted(bench, dossier, kind=NoteKind.OWNER)
    await raises(ChangedMeanwhile, _noted(bench, dossier, kind=NoteKind.OWNER))
    second = await _noted(bench, dossier, first.id, kind=NoteKind.OWNER)
    third = _noted(bench, dossier, first.id, kind=NoteKind.OWNER)
    await raises(ChangedMeanwhile, third)
    rows = await bench.store.notes([dossier])
    equal([one.id for one in rows if one.ended_at is None], [second.id])
    equal(
        [one.line.kind for one in await bench.store.journal(dossier)].count("note"), 2
    )


@case
async def what_is_put_off_is_left_out_until_its_moment(bench: Bench) -> None:
    """It is shown where it is asked for, and counted for who may see it."""
    dossier, other = await _parked(bench), await _parked(bench)
    await _put_off(bench, dossier)
    store = bench.store
    equal(await _still(bench, 0), [other])
    equal(await _still(bench, 0, put_off=True), [dossier])
    equal(await _still(bench, HOUR), [dossier, other])
    equal(await _still(bench, HOUR, put_off=True), [])
    equal(len(await store.still(EVERYTHING, after=None, limit=9)), 2)
    for put_off, seen in ((False, [other]), (True, [dossier])):
        rows = await store.transfers_in(
            EVERYTHING,
            states=["parked"],
            office=None,
            after=None,
            limit=9,
            asked=Narrowed(now=bench.now, put_off=put_off),
        )
        equal([row.dossier_id for row in rows], seen)
    counted = {"parked": 1, "unconfirmed": 0, "unrouted": 0}
    equal(dict(await store.postponed(EVERYTHING, bench.now)), counted)
    nothing = dict.fromkeys(counted, 0)
    equal(dict(await store.postponed(Scope(), bench.now)), nothing)
    equal(dict(await store.postponed(EVERYTHING, bench.later(HOUR))), nothing)


@case
async def what_is_put_off_comes_back_when_something_happens(bench: Bench) -> None:
    """When its case goes on, when it stands anew, when it is put off no more."""
    moved, again, ended = [await _parked(bench) for _ in range(3)]
    rows = [await _put_off(bench, one) for one in (moved, again, ended)]
    equal(await _still(bench, 0), [])
    found = await bench.store.dossier(moved, EVERYTHING)
    assert found is not None  # noqa: S101  for the type alone
    await bench.store.apply(
        Change(now=bench.now, dossier_id=moved, case=following(found.case))
    )
    equal(await _still(bench, 0), [moved])
    (transfer,) = await bench.store.transfers(again)
    await bench.move(transfer.id, State.DUE)
    bench.now = bench.later(60)
    await bench.claim(OFFICE)
    await bench.move(transfer.id, State.PARKED, cause="needs_data")
    await bench.store.end_note(ended, rows[2].id, _by(bench, "person-1"))
    equal(set(await _still(bench, 0)), {moved, again, ended})
    # Its case has gone on since whoever puts it off had read it.
    await raises(ChangedMeanwhile, _put_off(bench, moved, instead=rows[0].id))


@case
async def a_list_of_what_stands_still_is_narrowed(bench: Bench) -> None:
    """By office and by state; what no list has is empty."""
    dossier = await _parked(bench)
    lost = await bench.accepted(case=bench.case(unrouted="no_office"))

    async def found(**asked: Any) -> list[str]:
        rows = await bench.store.still(
            EVERYTHING, after=None, limit=9, asked=Narrowed(**asked)
        )
        return [row.dossier_id for row in rows]

    equal(set(await found()), {dossier, lost})
    equal(await found(office=OFFICE), [dossier])
    equal(await found(office="nobody"), [])
    equal(await found(state="parked"), [dossier])
    equal(await found(state="unrouted"), [lost])
    equal(await found(state="unrouted", office=OFFICE), [])
    equal(await found(state="unconfirmed"), [])
    equal(await found(state="'; --"), [])


@case
async def a_cause_is_put_off_by_one_of_two(bench: Bench) -> None:
    """The last version holds; who writes it second is told."""

    async def put(version: int, at: float) -> CausePostponed:
        row = CausePostponed(
            *("c1", version, bench.now, "person-1", bench.later(at)), bench.payload()
        )
        await bench.store.postpone_cause(row, bench.line("cause_postponed"))
        return row

    await put(1, 60)
    second = await put(2, 120)
    await raises(ChangedMeanwhile, put(2, 180))
    await raises(ChangedMeanwhile, put(4, 180))
    equal(list(await bench.store.causes_postponed()), [second])
