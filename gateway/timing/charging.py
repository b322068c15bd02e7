"""To whom a dossier's lateness is counted, from its journal and what was measured; pure."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from gateway.domain.identifiers import OfficeId
from gateway.domain.lateness import (
    DECIDED,
    OBJECTED,
    TOLD,
    Charge,
    ChargeState,
    Objection,
    ObjectionState,
    Party,
    party_of,
)
from gateway.domain.measure import Timeliness, Whose
from gateway.domain.values import replace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.domain.journal import JournalLine
    from gateway.domain.measure import Clock, Share

_KINDS = frozenset({TOLD, OBJECTED, DECIDED})


@dataclass(frozen=True, slots=True)
class _Told:
    at: datetime
    until: date


def charging(
    lines: Sequence[JournalLine],
    ended_at: datetime | None,
    timeliness: Timeliness,
    late_by: Clock | None,
    shares: Sequence[Share],
) -> tuple[Charge | None, tuple[Objection, ...]]:
    """Who answers for a late dossier now, and everything that offices objected.

    An open dossier is counted to nobody yet. An objection whose office answers for
    nothing any more is overtaken; should it answer again, it stands as it did.
    """
    said = [line for line in lines if line.kind in _KINDS]
    objections = _objections(said)
    charge = _cause(ended_at, timeliness, late_by, shares)
    if charge is None:
        return None, _overtaken(objections, ())
    told = {
        str(line.facts["office"]): _Told(
            line.at, date.fromisoformat(str(line.facts["until"]))
        )
        for line in said
        if line.kind == TOLD
    }
    charge, at_issue = _walked(charge, told, objections)
    return charge, _overtaken(objections, at_issue)


def _cause(
    ended_at: datetime | None,
    timeliness: Timeliness,
    late_by: Clock | None,
    shares: Sequence[Share],
) -> Charge | None:
    """The office whose own term ran over furthest; None: no office answers for it."""
    if ended_at is None or timeliness is not Timeliness.LATE or late_by is None:
        return None
    office = late_by.office
    if not office or late_by.rule.whose is not Whose.AGENCY:
        return None
    held = sum(
        one.minutes
        for one in shares
        if (one.whose, one.leg, one.office) == (Whose.AGENCY, late_by.leg, office)
    )
    return Charge(
        leg=late_by.leg,
        clock=late_by.rule.name,
        cause=office,
        party=Party(Whose.AGENCY, office),
        minutes=min(late_by.used_minutes - late_by.budget_minutes, held),
        ended_at=ended_at,
        state=ChargeState.UNTOLD,
    )


def _objections(said: Sequence[JournalLine]) -> tuple[Objection, ...]:
    """All of them, oldest first, each as its last decision leaves it."""
    decisions: dict[str, list[JournalLine]] = defaultdict(list)
    for line in said:
        if line.kind == DECIDED:
            decisions[str(line.facts["objection"])].append(line)
    found = []
    for line in said:
        if line.kind == OBJECTED:
            one = Objection(
                id=str(line.facts["objection"]),
                office=OfficeId(str(line.facts["office"])),
                at=line.at,
                by=line.actor,
                on_behalf=bool(line.facts["on_behalf"]),
                state=ObjectionState.OPEN,
                payload=line.payload,
            )
            found.append(_decided(one, decisions[one.id]))
    return tuple(found)


def _decided(one: Objection, decisions: Sequence[JournalLine]) -> Objection:
    if not decisions:
        return one
    last = decisions[-1]
    upheld = bool(last.facts["upheld"])
    return replace(
        one,
        state=ObjectionState.UPHELD if upheld else ObjectionState.REJECTED,
        decided_at=last.at,
        first_decided_at=decisions[0].at,
        decided_by=last.actor,
        decisions=len(decisions),
        party=party_of(str(last.facts["party"])) if upheld else None,
        answer=last.payload,
    )


def _walked(
    charge: Charge, told: Mapping[str, _Told], objections: Sequence[Objection]
) -> tuple[Charge, tuple[str, ...]]:
    """Follow decisions from the office that was measured to who answers now.

    With it the objections that this hangs on. Whoever a decision names is told in
    turn, and may object in turn.
    """
    last = {one.office: one for one in objections}
    party, passed, at_issue = charge.party, {charge.party}, []
    while party.is_office and party.office is not None:
        said = last.get(party.office)
        if said is not None:
            at_issue.append(said.id)
        state = _state(told.get(party.office), said)
        if said is None or said.party is None or said.party in passed:
            return _named(charge, party, state, told, said), tuple(at_issue)
        party = said.party
        passed.add(party)
    state = ChargeState.NOBODY
    return replace(charge, party=party, state=state), tuple(at_issue)


def _state(told: _Told | None, said: Objection | None) -> ChargeState:
    if said is None:
        return ChargeState.UNTOLD if told is None else ChargeState.TOLD
    if said.state is ObjectionState.OPEN:
        return ChargeState.OBJECTED
    if told is not None and said.decided_at is not None and told.at > said.decided_at:
        # The head gave new days after its decision.
        return ChargeState.TOLD
    return ChargeState.REJECTED


def _named(
    charge: Charge,
    party: Party,
    state: ChargeState,
    told: Mapping[str, _Told],
    said: Objection | None,
) -> Charge:
    known = told.get(party.office or "")
    return replace(
        charge,
        party=party,
        state=state,
        told_at=known.at if known else None,
        until=known.until if known else None,
        objection=said.id if said else "",
    )


def _overtaken(
    objections: Sequence[Objection], at_issue: Sequence[str]
) -> tuple[Objection, ...]:
    """Those that nobody has decided, and that are about nothing any more, as such."""
    return tuple(
        replace(one, state=ObjectionState.OVERTAKEN)
        if one.state is ObjectionState.OPEN and one.id not in at_issue
        else one
        for one in objections
    )
