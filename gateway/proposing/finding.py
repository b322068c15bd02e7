"""Holds an office's list against the dossiers that have a part there."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from gateway.calendar.working_time import working_time
from gateway.domain.case import Case, End, LegCase, LegState
from gateway.domain.identifiers import AgencyId, PayloadId
from gateway.domain.json_text import as_json
from gateway.domain.legal_day import legal_day
from gateway.domain.principal import EVERYTHING
from gateway.domain.procedure import Event
from gateway.domain.proposal import (
    ENDINGS,
    Evidence,
    ProposalKind,
    ProposalState,
    Says,
)
from gateway.domain.values import replace
from gateway.ports.proposals import ProposalRow
from gateway.proposing.listing import ENQUIRED, UPLOADED, day_begins
from gateway.sealing.folder import Folder, blind_number
from gateway.timing.promised import is_over

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from gateway.domain.identifiers import DossierId, OfficeId
    from gateway.ports.proposals import Brought
    from gateway.ports.store import DossierRow
    from gateway.sealing.tools import Tools

EVIDENCE = "evidence"
#: Of rows that no dossier here has, so many are kept from one list.
MOST_UNKNOWN = 500
#: Rows between two moments at which others may go on.
AT_ONCE = 200
_PAGE = 200
_TO_END = {
    Says.FINISHED: Event.FINISHED,
    Says.REFUSED: Event.REFUSED,
    Says.WITHDRAWN: Event.WITHDRAWN,
}


@dataclass(frozen=True, slots=True)
class Covers:
    """Which dossiers a list names all of: received from a day to a day."""

    first: date
    last: date

    def has(self, case: Case, leg: LegCase) -> bool:
        """Whether a dossier should be in the list, with a day on either side to spare."""
        return self.first < legal_day(case.accepted_at) < self.last and bool(
            leg.happened
        )


@dataclass(slots=True)
class Found:
    """What a list led to."""

    counts: Counter[str] = field(default_factory=Counter)
    proposals: list[ProposalRow] = field(default_factory=list)
    brought: Brought | None = None
    waiting: dict[tuple[str, str], ProposalRow] = field(default_factory=dict)
    #: what was seen waiting by an earlier list, and nobody has decided


async def hold_against(
    tools: Tools,
    office: OfficeId,
    evidence: Sequence[Evidence],
    *,
    by: str,
    covers: Covers | None = None,
) -> Found:
    """Propose what follows from a list, ``by`` whom it was brought.

    ``covers``: what it does not name of these is missing there.
    """
    found = Found(waiting=await _waiting(tools, office))
    named: set[DossierId] = set()
    for place, one in enumerate(evidence):
        if place % AT_ONCE == AT_ONCE - 1:
            await tools.clock.rest(0)
        row = await _dossier_of(tools, one.number)
        if row is None:
            _unknown(tools, found, one, by)
            continue
        named.add(row.case.dossier_id)
        _judge(tools, found, row, one, by)
    if covers is not None:
        await _missing(tools, found, office, covers, named, by)
    found.brought = await tools.proposals.propose(found.proposals)
    return found


async def _dossier_of(tools: Tools, number: str) -> DossierRow | None:
    """The one dossier with this number; its own code is never taken from it."""
    blind = blind_number(tools, number)
    known = await tools.store.find([(None, None, blind)], EVERYTHING)
    if len(known) > 1:
        own = (AgencyId("one_stop"), "ma_ho_so", blind)
        known = await tools.store.find([own], EVERYTHING)
    if len(known) != 1:
        return None
    return await tools.store.dossier(known[0], EVERYTHING)


def leg_at(tools: Tools, case: Case, office: OfficeId) -> LegCase | None:
    """The part of a dossier that lies with an office."""
    spoken_for = tools.versions.current.speaks_for(office)
    return next((leg for leg in case.legs if leg.office in spoken_for), None)


def _unknown(tools: Tools, found: Found, one: Evidence, by: str) -> None:
    found.counts["unknown_here"] += 1
    if found.counts["unknown_here"] > MOST_UNKNOWN:
        return
    payload = PayloadId(tools.chance.identifier("p"))
    sealed = tools.vault.seal_common(payload, EVIDENCE, as_json(one.told()))
    found.proposals.append(
        ProposalRow(
            id=tools.chance.identifier("pp"),
            version=1,
            subject=f"{one.office}:{blind_number(tools, one.number).hex()}",
            dossier_id=None,
            leg="",
            office=one.office,
            unit="",
            sender="",
            kind=ProposalKind.UNKNOWN_HERE,
            says=one.says,
            at=one.at,
            until=None,
            found_at=tools.clock.now(),
            brought_by=by,
            evidence=sealed,
        )
    )


def _judge(tools: Tools, found: Found, row: DossierRow, one: Evidence, by: str) -> None:
    """What a row says of a dossier that is known: it agrees, or something is proposed."""
    leg = leg_at(tools, row.case, one.office)
    kind = kind_of(tools, row.case, leg, one)
    before = found.waiting.get((row.case.dossier_id, leg.name)) if leg else None
    if before and leg and one.says is Says.KNOWN and before.until is None:
        one = replace(one, says=Says.WAITING, at=before.at, until=_begun(tools, one))
        kind = ProposalKind.WAITING_THERE
    if leg is None or kind is None:
        found.counts["no_part_here" if leg is None else "agrees"] += 1
        return
    found.counts[kind.value] += 1
    found.proposals.append(_proposal(tools, row, leg, kind, one, by))


def _begun(tools: Tools, one: Evidence) -> datetime:
    """When the office went on at the latest: as its day began on which it says so."""
    working = working_time(tools.versions.current.calendar)
    return min(day_begins(working, one.listed_on), tools.clock.now())


async def _waiting(
    tools: Tools, office: OfficeId
) -> dict[tuple[str, str], ProposalRow]:
    found: dict[tuple[str, str], ProposalRow] = {}
    after: str | None = None
    while True:
        page = await tools.proposals.proposals(
            EVERYTHING,
            state=ProposalState.OPEN,
            office=office,
            after=after,
            limit=_PAGE,
        )
        found |= {
            (one.subject, one.leg): one
            for one in page
            if one.kind is ProposalKind.WAITING_THERE
        }
        if len(page) < _PAGE:
            return found
        after = page[-1].id


def kind_of(
    tools: Tools, case: Case, leg: LegCase | None, one: Evidence
) -> ProposalKind | None:
    """What is proposed, if anything."""
    going = {LegState.OPEN, LegState.PAUSED}
    if leg is None or case.end is not End.OPEN or leg.state not in going:
        return None
    if one.says in ENDINGS:
        rule = tools.versions.procedure_of(case).leg(leg.name)
        if _TO_END[one.says] not in rule.ends_on:
            return None
        working = working_time(tools.versions.current.calendar)
        late = is_over(working, case.due_on, legal_day(tools.clock.now()))
        in_time = one.at is not None and not is_over(
            working, case.due_on, legal_day(one.at)
        )
        paper = late and in_time
        return ProposalKind.LATE_ON_PAPER if paper else ProposalKind.FINISHED_THERE
    if one.says is Says.WAITING and leg.state is LegState.OPEN:
        return ProposalKind.WAITING_THERE
    return None


def _proposal(
    tools: Tools,
    row: DossierRow,
    leg: LegCase,
    kind: ProposalKind,
    one: Evidence,
    by: str,
) -> ProposalRow:
    case = row.case
    return ProposalRow(
        id=tools.chance.identifier("pp"),
        version=1,
        subject=case.dossier_id,
        dossier_id=case.dossier_id,
        leg=leg.name,
        office=one.office,
        unit=case.unit,
        sender=case.sender,
        kind=kind,
        says=one.says,
        at=one.at,
        until=one.until,
        found_at=tools.clock.now(),
        brought_by=by,
        evidence=Folder.of(tools, row).seal_json(EVIDENCE, one.told()),
    )


async def not_known_there(
    tools: Tools, row: DossierRow, leg: LegCase, office: OfficeId
) -> None:
    """Propose to call an office whose system, asked by number, has no such dossier."""
    says = _nothing(office, legal_day(tools.clock.now()), ENQUIRED)
    kind = ProposalKind.UNKNOWN_THERE
    await tools.proposals.propose([_proposal(tools, row, leg, kind, says, "")])


def _nothing(office: OfficeId, day: date, source: str) -> Evidence:
    """That an office does not name a dossier."""
    return Evidence(
        office=office,
        number="",
        says=Says.KNOWN,
        at=None,
        whole_day=False,
        source=source,
        listed_on=day,
        place="",
    )


async def _missing(
    tools: Tools,
    found: Found,
    office: OfficeId,
    covers: Covers,
    named: Collection[DossierId],
    by: str,
) -> None:
    """Dossiers that lie with the office by what is known here, and that it does not name."""
    today = legal_day(tools.clock.now())
    after: str | None = None
    while True:
        rows = await tools.overview.dossiers(
            EVERYTHING, state="open", after=after, limit=_PAGE
        )
        for row in rows:
            leg = leg_at(tools, row.case, office)
            going = leg is not None and leg.state in {LegState.OPEN, LegState.PAUSED}
            if leg is None or not going or row.case.dossier_id in named:
                continue
            if covers.has(row.case, leg):
                found.counts["unknown_there"] += 1
                says = _nothing(office, today, UPLOADED)
                kind = ProposalKind.UNKNOWN_THERE
                found.proposals.append(_proposal(tools, row, leg, kind, says, by))
        if len(rows) < _PAGE:
            return
        after = rows[-1].case.dossier_id
