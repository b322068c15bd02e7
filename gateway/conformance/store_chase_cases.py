"""What every store must do about offices that are chased for a dossier."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from gateway.conformance.expect import equal, raises, there
from gateway.conformance.store_making import (
    NOW,
    OFFICE,
    SENDER,
    Bench,
    case,
    following,
)
from gateway.domain.case import End
from gateway.domain.chase import How
from gateway.domain.errors import ChangedMeanwhile, KeyTaken
from gateway.domain.identifiers import DossierId, OfficeId
from gateway.domain.principal import EVERYTHING, Scope
from gateway.ports.chases import Asked, ChaseRow, OfficeMail
from gateway.ports.store import Change

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.ports.vault import SealedPayload

TAX = OfficeId("tax-1")
FRIDAY, MONDAY = date(2026, 3, 13), date(2026, 3, 16)


def _chase(
    bench: Bench, dossier: DossierId, **changes: Any
) -> tuple[ChaseRow, SealedPayload]:
    sealed = bench.payload(dossier)
    values: dict[str, Any] = {
        "id": bench.name("ch"),
        "dossier_id": dossier,
        "office": OFFICE,
        "at": NOW,
        "by": "operator-1",
        "how": How.CALL,
        "promised_on": None,
        "corrects": None,
        "payload": sealed.id,
    }
    return ChaseRow(**{**values, **changes}), sealed


async def _add(
    bench: Bench, dossier: DossierId, *, expects: int = 1, **changes: Any
) -> ChaseRow:
    row, sealed = _chase(bench, dossier, **changes)
    await bench.store.add_chase(row, sealed, bench.line("chase"), expects=expects)
    return row


async def _listed(bench: Bench, **asked: Any) -> list[tuple[str, str]]:
    about = Asked(**{"scope": EVERYTHING, **asked})
    found = await bench.store.chased(about, after=None, limit=9)
    return [(one.dossier.case.dossier_id, one.office) for one in found]


@case
async def a_chase_comes_back_as_it_was_kept(bench: Bench) -> None:
    """With its sealed words, and a line in the dossier's own chain."""
    dossier, other = await bench.accepted(), await bench.accepted()
    first = await _add(bench, dossier, promised_on=FRIDAY)
    second = await _add(bench, dossier, at=bench.later(60), how=How.LETTER)
    await _add(bench, other, office=TAX)
    equal(list(await bench.store.chases(dossier)), [first, second])
    kept = await bench.store.payloads([first.payload, second.payload])
    equal(set(kept), {first.payload, second.payload})
    line = bench.line("chase")
    sealed = bench.payload(dossier)
    known = replace(first, payload=sealed.id)
    again = bench.store.add_chase(known, sealed, line, expects=None)
    await raises(KeyTaken, again)
    lines = [one.line.kind for one in await bench.store.journal(dossier)]
    equal(lines, ["happened", "chase", "chase"])
    row = there(await bench.store.dossier(dossier, EVERYTHING))
    equal(row.case.version, 1)


@case
async def a_chase_is_added_to_the_case_that_its_writer_read(bench: Bench) -> None:
    """Nothing of it is kept where the case has gone on."""
    dossier = await bench.accepted()
    stored = there(await bench.store.dossier(dossier, EVERYTHING))
    await bench.store.apply(Change(bench.now, dossier, case=following(stored.case)))
    row, sealed = _chase(bench, dossier)
    line = bench.line("chase")
    await raises(ChangedMeanwhile, bench.store.add_chase(row, sealed, line, expects=1))
    equal(list(await bench.store.chases(dossier)), [])
    equal(dict(await bench.store.payloads([row.payload])), {})
    await bench.store.add_chase(row, sealed, line, expects=2)
    equal(list(await bench.store.chases(dossier)), [row])


@case
async def a_chase_is_corrected_once_by_one_of_its_own_office(bench: Bench) -> None:
    """Both rows stay as they were written."""
    dossier, other = await bench.accepted(), await bench.accepted()
    wrong = await _add(bench, dossier, promised_on=FRIDAY)
    wrongly: dict[str, Any] = {"corrects": wrong.id}
    await raises(ChangedMeanwhile, _add(bench, dossier, office=TAX, **wrongly))
    await raises(ChangedMeanwhile, _add(bench, other, **wrongly))
    await raises(ChangedMeanwhile, _add(bench, dossier, corrects="ch_none"))
    right = await _add(bench, dossier, corrects=wrong.id, promised_on=MONDAY)
    await raises(ChangedMeanwhile, _add(bench, dossier, corrects=wrong.id))
    equal(list(await bench.store.chases(dossier)), [wrong, right])


@case
async def offices_are_listed_by_the_last_day_that_they_promised(bench: Bench) -> None:
    """Each once; a corrected promise is none, and one without a day is not among them."""
    late, early, none = [await bench.accepted() for _ in range(3)]
    await _add(bench, late, promised_on=FRIDAY)
    await _add(bench, late, promised_on=MONDAY, at=bench.later(60))
    await _add(bench, late, at=bench.later(120))
    await _add(bench, early, promised_on=FRIDAY, office=TAX)
    await _add(bench, none)
    undone = await _add(bench, none, promised_on=FRIDAY, at=bench.later(1))
    await _add(bench, none, corrects=undone.id, at=bench.later(2))
    equal(await _listed(bench, promised=True), [(early, TAX), (late, OFFICE)])
    equal(await _listed(bench, promised=True, last=FRIDAY), [(early, TAX)])
    equal(await _listed(bench, promised=True, first=MONDAY), [(late, OFFICE)])
    equal(await _listed(bench, promised=True, office=OFFICE), [(late, OFFICE)])
    asked = Asked(EVERYTHING, promised=True)
    (first,) = await bench.store.chased(asked, after=None, limit=1)
    (second,) = await bench.store.chased(asked, after=first.cursor, limit=9)
    equal(second.office, OFFICE)
    equal(list(await bench.store.chased(asked, after=second.cursor, limit=9)), [])


@case
async def offices_are_listed_by_when_they_were_chased_last(bench: Bench) -> None:
    """Only of open dossiers within the scope; an odd cursor begins at the beginning."""
    first, second, ended = [await bench.accepted() for _ in range(3)]
    await _add(bench, first)
    await _add(bench, second, at=bench.later(60))
    await _add(bench, first, at=bench.later(120))
    await _add(bench, ended)
    stored = there(await bench.store.dossier(ended, EVERYTHING))
    case_ = following(stored.case, end=End.FINISHED, ended_at=bench.now)
    await bench.store.apply(Change(bench.now, ended, case=case_))
    equal(await _listed(bench), [(second, OFFICE), (first, OFFICE)])
    equal(await _listed(bench, scope=Scope(sender=SENDER)), await _listed(bench))
    equal(await _listed(bench, scope=Scope(sender=TAX)), [])
    equal(await _listed(bench, scope=Scope()), [])
    (page,) = await bench.store.chased(Asked(EVERYTHING), after=None, limit=1)
    (rest,) = await bench.store.chased(Asked(EVERYTHING), after=page.cursor, limit=9)
    equal(rest.dossier.case.dossier_id, first)
    odd = await bench.store.chased(Asked(EVERYTHING), after="không~x", limit=9)
    equal(len(odd), 2)


def _mail(number: int, at: datetime, **dossiers: datetime | None) -> OfficeMail:
    """One of Friday, about these dossiers."""
    about = {DossierId(one): instead for one, instead in dossiers.items()}
    return OfficeMail(OFFICE, FRIDAY, number, at, about)


@case
async def one_reminder_of_an_office_is_mailed_at_a_time(bench: Bench) -> None:
    """It is under way until it is kept, or surely did not leave."""
    dossier = await bench.accepted()
    store, at = bench.store, bench.now
    first = _mail(1, at, **{dossier: None})
    await store.begin_mail(first)
    equal(await store.mail_begun(dossier, OFFICE), at)
    equal(await store.mail_begun(dossier, TAX), None)
    later = bench.later(60)
    await raises(ChangedMeanwhile, store.begin_mail(_mail(2, later, **{dossier: None})))
    second = _mail(2, later, **{dossier: at})
    await store.begin_mail(second)
    third = _mail(3, bench.later(61), **{dossier: at})
    await raises(ChangedMeanwhile, store.begin_mail(third))
    await store.drop_mail(first)
    equal(await store.mail_begun(dossier, OFFICE), later)
    await store.drop_mail(second)
    equal(await store.mail_begun(dossier, OFFICE), None)
    await store.begin_mail(first)
    await _add(bench, dossier, how=How.MAIL, at=at)
    equal(await store.mail_begun(dossier, OFFICE), None)


@case
async def mails_to_an_office_are_numbered_by_day_and_each_number_is_ones(
    bench: Bench,
) -> None:
    """Of two who mail at once one does, about whichever dossiers; days are apart."""
    one, two = await bench.accepted(), await bench.accepted()
    store, at = bench.store, bench.now

    async def begin(dossier: DossierId) -> bool:
        try:
            await store.begin_mail(_mail(1, at, **{dossier: None}))
        except ChangedMeanwhile:
            return False
        return True

    equal(sorted(await asyncio.gather(begin(one), begin(two))), [False, True])
    equal(list(await store.office_mails(OFFICE, FRIDAY)), [1])
    equal(list(await store.office_mails(OFFICE, MONDAY)), [])
    equal(list(await store.office_mails(TAX, FRIDAY)), [])


@case
async def a_mail_about_several_dossiers_is_noted_for_all_or_none(bench: Bench) -> None:
    """And dropped for all; a number that is free again is another's."""
    one, two = await bench.accepted(), await bench.accepted()
    store, at = bench.store, bench.now
    await store.begin_mail(_mail(1, at, **{two: None}))
    both = _mail(2, bench.later(1), **{one: None, two: None})
    await raises(ChangedMeanwhile, store.begin_mail(both))
    equal(await store.mail_begun(one, OFFICE), None)
    equal(list(await store.office_mails(OFFICE, FRIDAY)), [1])
    both = _mail(2, bench.later(1), **{one: None, two: at})
    await store.begin_mail(both)
    equal(list(await store.office_mails(OFFICE, FRIDAY)), [1, 2])
    await store.drop_mail(both)
    equal(await store.mail_begun(one, OFFICE), None)
    equal(list(await store.office_mails(OFFICE, FRIDAY)), [1])
