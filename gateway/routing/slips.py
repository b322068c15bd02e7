"""Whose slip a dossier waits for: the leg that takes one, and who issues it; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.domain.case import Case
from gateway.domain.identifiers import OfficeId
from gateway.domain.procedure import (
    BY_COMMUNE_LAND,
    BY_ONE_STOP,
    Event,
    Leg,
    Procedure,
)
from gateway.routing.catalogue import Office

#: Values of ``slips`` at who issues them: its system sends signed slips, or a signed
#: file is handed in; or it has no such system and makes them on paper.
BY_SYSTEM, ON_PAPER = "system", "paper"


@dataclass(frozen=True, slots=True)
class SlipIssuer:
    """An office or land unit that may issue the slip of a dossier."""

    id: str
    name: str
    on_paper: bool


def consumer(procedure: Procedure) -> Leg | None:
    """The leg whose message a slip is."""
    for leg in procedure.legs:
        for rule in leg.messages:
            if any(t.event is Event.SLIP_ISSUED for t in rule.on):
                return leg
    return None


def opened_by_slip(procedure: Procedure) -> Leg | None:
    """The leg that a slip goes to by whatever road: ours, or carried without us."""
    for leg in procedure.legs:
        if any(t.event is Event.SLIP_ISSUED for t in leg.opens_on):
            return leg
    return consumer(procedure)


def slip_issuers(
    case: Case, leg: Leg, offices: Mapping[OfficeId, Office]
) -> list[SlipIssuer]:
    """Who may issue the slip that a leg takes: the issuer is a role.

    Land units of communes have no leg: the land offices of the dossier name them,
    each for its communes (``[[office.slip_issuer]]``).
    """
    if leg.issuer == BY_ONE_STOP:
        return [_office(case.sender, offices)]
    if leg.issuer != BY_COMMUNE_LAND:
        own = (other.office for other in case.legs if other.agency == leg.issuer)
        return [_office(office, offices) for office in dict.fromkeys(own)]
    commune = case.facts.get("leg_facts", {}).get("commune")
    return [
        _issuer(unit)
        for other in case.legs
        if other.office in offices
        for unit in offices[other.office].settings.get("slip_issuer", ())
        if commune in unit["communes"]
    ]


def _office(identifier: OfficeId, offices: Mapping[OfficeId, Office]) -> SlipIssuer:
    found = offices.get(identifier)
    return _issuer(found.settings if found else {"id": identifier})


def _issuer(entry: Mapping[str, Any]) -> SlipIssuer:
    return SlipIssuer(
        id=str(entry["id"]),
        name=str(entry.get("name") or entry["id"]),
        on_paper=entry.get("slips", BY_SYSTEM) == ON_PAPER,
    )
