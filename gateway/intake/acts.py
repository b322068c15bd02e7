"""What every later act of the counter has in common: done once, by its key."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from gateway.domain.case import End, Pause, Place, awaits_acceptance
from gateway.domain.errors import (
    ActionNotPossible,
    ChangedMeanwhile,
    DossierContradiction,
    DossierUnknown,
    KeyTaken,
)
from gateway.domain.identifiers import DossierId
from gateway.domain.remarks import act_remarks
from gateway.domain.trace import of_dossier
from gateway.intake.acceptance import ONE_STOP
from gateway.intake.submit import (
    Accepted,
    fingerprint,
    kept_key,
    sender_of,
    with_number,
    without_number,
)
from gateway.ports.store import IntakeKey
from gateway.routing.examining import waits_for_papers
from gateway.sealing.advance import advance
from gateway.sealing.folder import blind_number
from gateway.sealing.holder import to_holder

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from gateway.domain.case import Case
    from gateway.domain.letters import Reading
    from gateway.domain.principal import Principal
    from gateway.domain.procedure import Procedure
    from gateway.ports.store import Change, DossierRow
    from gateway.routing.messages import Enclosure
    from gateway.routing.progress import Step
    from gateway.sealing.tools import Tools

TRIES = 20
SUPPLEMENT, PAPERS_ASKED = "supplement", "supplement_request"


async def find(tools: Tools, principal: Principal, number: str) -> DossierRow:
    """A dossier by any of its numbers or its identifier, within the caller's scope.

    Raises:
        DossierUnknown: none, several, or not the caller's: the same answer.
    """
    row = await tools.store.dossier(DossierId(number), principal.scope)
    if row is not None:
        return row
    blind = blind_number(tools, number)
    found = await tools.store.find([(None, None, blind)], principal.scope)
    if len(found) > 1:
        # Agencies number as they like; a dossier's own code is never taken from it.
        found = await tools.store.find([(ONE_STOP, "ma_ho_so", blind)], principal.scope)
    if len(found) != 1:
        raise DossierUnknown
    row = await tools.store.dossier(found[0], principal.scope)
    if row is None:
        raise DossierUnknown
    return row


@dataclass(frozen=True, slots=True)
class Act:
    """One act of the counter: its name, its key and what it says."""

    name: str
    principal: Principal
    number: str
    key: str
    content: Mapping[str, Any]


async def once(
    tools: Tools,
    act: Act,
    decide: Callable[[DossierRow], Awaitable[Change]],
) -> Accepted:
    """Do an act once: a repeat of the same content is answered as the first was."""
    sender = sender_of(act.principal)
    print_ = fingerprint(tools, act.content)
    own = act.key or f"{act.number}|{act.name}|{print_.hex()}"
    for _ in range(TRIES):
        key = kept_key(tools, own)
        known = await tools.store.intake_key(sender, key)
        if known is not None:
            row = await find(tools, act.principal, act.number)
            if known.fingerprint != print_ or not _is_of(known, act, row):
                raise DossierContradiction
            if act.key or not _is_asked_anew(act, row.case):
                answer = with_number(known.answer, act.number)
                return Accepted(answer, repeated=True)
            key = kept_key(tools, f"{own}|{row.case.round}")
            if await tools.store.intake_key(sender, key) is not None:
                continue
        row = await find(tools, act.principal, act.number)
        change = await to_holder(tools, await decide(row))
        case = change.case or row.case
        answer = {
            "dossier": {
                "id": case.dossier_id,
                "number": act.number,
                "revision": case.revision,
                "round": case.round,
            },
            "act": act.name,
            "transfers": [new.id for new in change.transfers],
        }
        try:
            intake_key = IntakeKey(sender, key, print_, without_number(answer))
            await tools.store.apply(replace(change, intake_key=intake_key))
        except (ChangedMeanwhile, KeyTaken):
            continue
        tools.probe.inbound(
            kind=act.name,
            office=sender,
            standing="accepted",
            dossier_id=case.dossier_id,
            **of_dossier(case).below(intake_key.key).facts,
        )
        return Accepted(answer, repeated=False)
    raise ChangedMeanwhile


def with_doubts(taken: Accepted, reading: Reading) -> Accepted:
    """The answer with what was turned into Unicode in an act, and what nobody can tell."""
    found = act_remarks(reading)
    dossier = {**taken.answer["dossier"], "warnings": [one.told() for one in found]}
    return replace(taken, answer={**taken.answer, "dossier": dossier})


def _is_of(known: IntakeKey, act: Act, row: DossierRow) -> bool:
    """Whether a kept answer was to this act on this dossier, not to another's."""
    of_act = known.answer.get("act") == act.name
    same: bool = known.answer["dossier"]["id"] == row.case.dossier_id
    return of_act and same


def _is_asked_anew(act: Act, case: Case) -> bool:
    """Whether the same papers answer another request than they did before.

    Without a key of the sender's, what is asked for now is all that tells. So with a
    request of the counter itself, once the papers that it asked for have come.
    """
    if act.name == PAPERS_ASKED:
        return awaits_acceptance(case) and not waits_for_papers(case)
    return act.name == SUPPLEMENT and any(
        leg.pause is Pause.SUPPLEMENT and leg.place is Place.CITIZEN
        for leg in case.legs
    )


def must_be_open(case: Case) -> None:
    """Refuse what a dossier that has ended does not take any more.

    Raises:
        ActionNotPossible: it has ended.
    """
    if case.end is not End.OPEN:
        raise ActionNotPossible(
            code="dossier_ended", remedy="Hồ sơ đã kết thúc; tạo hồ sơ mới nếu cần."
        )


def advanced(
    tools: Tools,
    case: Case,
    step: Step,
    procedure: Procedure,
    actor: str,
    enclosure: Enclosure,
) -> Change:
    """The change of one step that the counter caused."""
    return advance(
        case,
        step,
        procedure=procedure,
        catalogue=tools.versions.current,
        chance=tools.chance,
        now=tools.clock.now(),
        actor=actor,
        enclosure=enclosure,
    )
