"""What every store must do about weekly letters: of several who send, one does."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from gateway.conformance.expect import equal, raises
from gateway.conformance.store_making import NOW, case
from gateway.domain.errors import ChangedMeanwhile
from gateway.ports.due_mails import ONE_STOP, UNIT, DueMailRow, DueMailState

if TYPE_CHECKING:
    from gateway.conformance.store_making import Bench

MONDAY, NEXT = date(2026, 3, 9), date(2026, 3, 16)
BEGUN = DueMailRow(MONDAY, UNIT, "H00.20.01", 1, DueMailState.BEGUN, NOW, 7, 2)


@case
async def a_letter_is_begun_by_one_of_several(bench: Bench) -> None:
    """At the same moment, whichever node they are."""

    async def begin() -> bool:
        try:
            await bench.store.keep_due_mail(BEGUN)
        except ChangedMeanwhile:
            return False
        return True

    began = await asyncio.gather(*(begin() for _ in range(5)))
    equal(sorted(began), [False] * 4 + [True])
    equal(list(await bench.store.due_mails(MONDAY)), [BEGUN])


@case
async def a_letter_goes_from_version_to_version(bench: Bench) -> None:
    """Who read an older one keeps nothing."""
    await bench.store.keep_due_mail(BEGUN)
    failed = replace(BEGUN, version=2, state=DueMailState.FAILED, code="mail_not_sent")
    await bench.store.keep_due_mail(failed)
    await raises(ChangedMeanwhile, bench.store.keep_due_mail(failed))
    await raises(ChangedMeanwhile, bench.store.keep_due_mail(replace(BEGUN, version=4)))
    sent = replace(
        BEGUN, version=3, state=DueMailState.SENT, addresses=2, refused=1, code=""
    )
    await bench.store.keep_due_mail(sent)
    equal(list(await bench.store.due_mails(MONDAY)), [sent])


@case
async def letters_of_a_week_are_apart_by_whom_they_are_meant_for(bench: Bench) -> None:
    """A unit and a one-stop of one name are two; another week is another letter."""
    one_stop = replace(BEGUN, kind=ONE_STOP)
    later = replace(BEGUN, week=NEXT)
    for row in (BEGUN, one_stop, later):
        await bench.store.keep_due_mail(row)
    equal(list(await bench.store.due_mails(MONDAY)), [one_stop, BEGUN])
    equal(list(await bench.store.due_mails(NEXT)), [later])
    equal(list(await bench.store.due_mails(date(2026, 3, 23))), [])
