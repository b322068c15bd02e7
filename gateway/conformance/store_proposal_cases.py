"""What every store must do about proposals, their rules and their links."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from gateway.conformance.expect import equal, raises, there
from gateway.conformance.store_making import OFFICE, SENDER, UNIT, Bench, case
from gateway.domain.errors import ChangedMeanwhile, ItemSettled
from gateway.domain.identifiers import DossierId, OfficeId
from gateway.domain.principal import EVERYTHING, Scope
from gateway.domain.proposal import ProposalKind, ProposalState, Says
from gateway.ports.proposals import (
    ProposalLink,
    ProposalMove,
    ProposalRow,
    ProposalRule,
)
from gateway.ports.store import Change


def _proposal(bench: Bench, dossier: str = "d_1", **changes: Any) -> ProposalRow:
    identifier = DossierId(dossier)
    values: dict[str, Any] = {
        "id": bench.name("pp"),
        "version": 1,
        "subject": dossier,
        "dossier_id": identifier,
        "leg": "land",
        "office": OFFICE,
        "unit": UNIT,
        "sender": SENDER,
        "kind": ProposalKind.FINISHED_THERE,
        "says": Says.FINISHED,
        "at": bench.now,
        "until": None,
        "found_at": bench.now,
        "brought_by": "officer-1",
        "evidence": bench.payload(identifier),
    }
    return ProposalRow(**{**values, **changes})


async def _move(bench: Bench, row: ProposalRow, state: ProposalState) -> None:
    move = ProposalMove(row.id, row.version, state, "officer-2")
    await bench.store.apply(Change(now=bench.now, proposals=(move,)))


async def _open(bench: Bench, **asked: Any) -> list[str]:
    found = await bench.store.proposals(
        EVERYTHING, state=ProposalState.OPEN, limit=10, **asked
    )
    return [one.id for one in found]


@case
async def a_proposal_comes_back_as_it_was_kept(bench: Bench) -> None:
    """Of a dossier, or of a number that nobody here knows."""
    first = _proposal(bench)
    other = _proposal(
        bench,
        "hash",
        dossier_id=None,
        kind=ProposalKind.UNKNOWN_HERE,
        says=Says.WAITING,
        at=None,
        until=bench.now,
        evidence=bench.payload(),
    )
    brought = await bench.store.propose([first, other])
    equal(list(brought.new), [first, other])
    for one in (first, other):
        equal(await bench.store.proposal(one.id, EVERYTHING), one)


@case
async def a_later_list_renews_the_evidence_of_an_open_proposal(bench: Bench) -> None:
    """One is open for a leg; late on paper and finished there are about the same."""
    first = _proposal(bench)
    await bench.store.propose([first])
    at = bench.now - timedelta(days=1)
    kind = ProposalKind.LATE_ON_PAPER
    second = _proposal(bench, at=at, kind=kind, brought_by="officer-3")
    brought = await bench.store.propose([second])
    expected = replace(second, id=first.id, version=2)
    equal((list(brought.new), list(brought.renewed)), ([], [expected]))
    equal(await _open(bench), [first.id])


@case
async def who_confirmed_other_evidence_has_not_confirmed_the_new(bench: Bench) -> None:
    """An effect to come stays with the same evidence and goes with another."""
    row = replace(_proposal(bench), effect_at=bench.later(60), by="officer-1")
    await bench.store.propose([row])
    (same,) = (await bench.store.propose([_proposal(bench)])).renewed
    equal((same.effect_at, same.by), (row.effect_at, "officer-1"))
    other = _proposal(bench, at=bench.later(-60))
    (changed,) = (await bench.store.propose([other])).renewed
    equal((changed.effect_at, changed.by), (None, ""))


@case
async def what_was_decided_is_not_proposed_again_on_the_same_evidence(
    bench: Bench,
) -> None:
    """Other evidence is another proposal."""
    row = _proposal(bench)
    await bench.store.propose([row])
    await _move(bench, row, ProposalState.REJECTED)
    again = await bench.store.propose([_proposal(bench)])
    equal((len(again.new), len(again.renewed), again.known), (0, 0, 1))
    other = await bench.store.propose([_proposal(bench, at=bench.later(-60))])
    equal(len(other.new), 1)


@case
async def a_proposal_is_decided_once_and_only_as_it_was_read(bench: Bench) -> None:
    """In one unit with what follows from it, or not at all."""
    dossier = await bench.accepted()
    row = _proposal(bench, dossier)
    await bench.store.propose([row])
    await _move(bench, row, ProposalState.CONFIRMED)
    line = bench.line("proposal")
    move = ProposalMove(row.id, row.version, ProposalState.REJECTED, "officer-3")
    late = Change(now=bench.now, dossier_id=dossier, journal=(line,), proposals=(move,))
    await raises(ItemSettled, bench.store.apply(late))
    kept = there(await bench.store.proposal(row.id, EVERYTHING))
    equal(
        (kept.state, kept.by, kept.decided_at),
        (ProposalState.CONFIRMED, "officer-2", bench.now),
    )
    lines = [one.line.kind for one in await bench.store.journal(dossier)]
    equal(lines.count("proposal"), 0)


@case
async def a_proposal_with_an_effect_to_come_is_found_at_its_moment(
    bench: Bench,
) -> None:
    """While it is open."""
    row = _proposal(bench)
    await bench.store.propose([row])
    at = bench.later(60)
    move = ProposalMove(
        row.id, 1, ProposalState.OPEN, "officer-1", rule="ru_1", effect_at=at
    )
    await bench.store.apply(Change(now=bench.now, proposals=(move,)))
    equal(list(await bench.store.proposals_due(bench.later(59), 10)), [])
    (found,) = await bench.store.proposals_due(at, 10)
    equal((found.id, found.by, found.rule), (row.id, "officer-1", "ru_1"))
    await _move(bench, found, ProposalState.REJECTED)
    equal(list(await bench.store.proposals_due(at, 10)), [])


@case
async def proposals_are_listed_within_the_scope_of_who_asks(bench: Bench) -> None:
    """By state and office, page after page."""
    mine = _proposal(bench, "d_1")
    theirs = _proposal(bench, "d_2", sender="other", unit="unit-2")
    tax = _proposal(bench, "d_3", office=OfficeId("tax-1"))
    await bench.store.propose([mine, theirs, tax])
    equal(await _open(bench), [mine.id, theirs.id, tax.id])
    equal(await _open(bench, office=OFFICE), [mine.id, theirs.id])
    equal(await _open(bench, after=mine.id), [theirs.id, tax.id])
    scope = Scope(sender=OfficeId("other"))
    equal(await bench.store.proposal(mine.id, scope), None)
    equal(await bench.store.proposal(theirs.id, scope), theirs)


@case
async def a_rule_is_changed_only_by_who_has_read_it(bench: Bench) -> None:
    """Compare-and-set on its version."""
    rule = ProposalRule(
        id=bench.name("ru"),
        version=1,
        office=OFFICE,
        kind=ProposalKind.FINISHED_THERE,
        days=3,
        decision="12/QĐ-Mẫu",
        valid_from=date(2026, 3, 1),
        valid_to=date(2026, 12, 31),
        by="head-1",
        sealed=bench.payload(),
    )
    line = bench.line("proposal_rule")
    await bench.store.set_proposal_rule(rule, line)
    await raises(ChangedMeanwhile, bench.store.set_proposal_rule(rule, line))
    ended = replace(rule, version=2, valid_to=date(2026, 3, 9), sealed=bench.payload())
    await bench.store.set_proposal_rule(ended, line)
    await raises(ChangedMeanwhile, bench.store.set_proposal_rule(ended, line))
    equal(list(await bench.store.proposal_rules()), [ended])


@case
async def a_link_opens_until_it_expires(bench: Bench) -> None:
    """By the hash of its token."""
    at = bench.later(60)
    link = ProposalLink(b"hash", SENDER, ("pp_1", "pp_2"), "c_1", at)
    await bench.store.add_proposal_link(link)
    equal(await bench.store.proposal_link(b"hash", bench.now), link)
    equal(await bench.store.proposal_link(b"other", bench.now), None)
    equal(await bench.store.proposal_link(b"hash", at), None)


@case
async def open_proposals_are_counted_by_kind_for_who_may_see_them(bench: Bench) -> None:
    """What was decided, and what others may see, does not count."""
    waiting = ProposalKind.WAITING_THERE
    rows = [
        _proposal(bench, "d_1"),
        _proposal(bench, "d_2"),
        _proposal(bench, "d_3", kind=waiting, says=Says.WAITING),
        _proposal(bench, "d_4", unit="unit-2"),
        _proposal(bench, "d_5"),
    ]
    await bench.store.propose(rows)
    await _move(bench, rows[-1], ProposalState.REJECTED)
    finished = ProposalKind.FINISHED_THERE
    equal(dict(await bench.store.proposals_open(EVERYTHING)), {finished: 3, waiting: 1})
    of_unit = await bench.store.proposals_open(Scope(units=(UNIT,)))
    equal(dict(of_unit), {finished: 2, waiting: 1})
    equal(dict(await bench.store.proposals_open(Scope())), {})
