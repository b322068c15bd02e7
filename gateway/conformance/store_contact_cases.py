"""What every store must do about the contacts of offices."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from gateway.conformance.expect import equal, raises
from gateway.conformance.store_making import OFFICE, Bench, case
from gateway.domain.errors import ChangedMeanwhile
from gateway.domain.identifiers import OfficeId
from gateway.ports.contacts import ContactRow


def _contact(bench: Bench) -> ContactRow:
    return ContactRow(bench.name("c"), 1, OFFICE, None, bench.payload())


@case
async def a_contact_comes_back_as_it_was_kept(bench: Bench) -> None:
    """With its last day or none, in order of ids, whoever is over among them."""
    line = bench.line("contact")
    stays = _contact(bench)
    goes = replace(
        _contact(bench), office=OfficeId("tax-1"), valid_to=date(2020, 1, 31)
    )
    for one in (goes, stays):
        await bench.store.set_contact(one, line)
    equal(list(await bench.store.contacts()), [stays, goes])


@case
async def a_contact_is_changed_only_by_who_has_read_it(bench: Bench) -> None:
    """Compare-and-set on its version; a new one has the first."""
    line = bench.line("contact")
    first = _contact(bench)
    await bench.store.set_contact(first, line)
    await raises(ChangedMeanwhile, bench.store.set_contact(first, line))
    day = date(2026, 3, 9)
    second = replace(first, version=2, valid_to=day, sealed=bench.payload())
    await bench.store.set_contact(second, line)
    await raises(ChangedMeanwhile, bench.store.set_contact(second, line))
    stranger = replace(_contact(bench), version=2)
    await raises(ChangedMeanwhile, bench.store.set_contact(stranger, line))
    equal(list(await bench.store.contacts()), [second])
