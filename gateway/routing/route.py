"""From procedure version, dossier and day: which legs, at which offices, and why."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from gateway.domain.area_numbers import COMMUNE, COMMUNE_ON
from gateway.domain.identifiers import AgencyId, OfficeId
from gateway.domain.legal_day import legal_day
from gateway.domain.procedure import Leg, Procedure
from gateway.domain.values import dataclass
from gateway.routing import conditions
from gateway.routing.area import Area, dossier_province, resolve
from gateway.routing.catalogue import Catalogue, CompetenceRule, national_code

#: Fact of a case: the communes that one code became, for a person to choose from.
COMMUNES = "communes"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One competence rule held against a dossier; ``reason`` is Vietnamese."""

    rule: str
    office: OfficeId
    agency: AgencyId
    chosen: bool
    reason: str
    decision: str
    verified: bool


@dataclass(frozen=True, slots=True)
class PlannedLeg:
    """One leg of the route; no office means nobody is competent."""

    leg: Leg
    office: OfficeId | None
    skipped: str
    #: condition that does not hold, if the leg is left out
    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True)
class Route:
    """The legs of one dossier, in the procedure's order."""

    procedure: Procedure
    area: Area
    legs: tuple[PlannedLeg, ...]
    unrouted: str
    #: code of the reason why no office is competent; empty when all legs have one
    day: date
    #: on which communes and rules were looked up
    communes: tuple[Mapping[str, str], ...] = ()
    #: where the code became several: each, with its name, for a person to choose
    provinces: tuple[str, ...] = ()
    #: of the dossier's area, by their codes of the day on which it was handed in

    @property
    def leg_facts(self) -> dict[str, Any]:
        """What every message is told of the place: its commune, on the day it means."""
        facts: dict[str, Any] = {}
        if self.area.code is not None:
            facts |= {COMMUNE: self.area.code, COMMUNE_ON: self.day.isoformat()}
        if self.provinces:
            facts[PROVINCES] = list(self.provinces)
        return facts

    @property
    def facts(self) -> dict[str, Any]:
        """What a case keeps of its place."""
        several = {COMMUNES: list(self.communes)} if self.communes else {}
        return {"leg_facts": self.leg_facts, **several}


#: Facts of messages that follow from the route, made anew with it.
PROVINCES = "provinces"
ROUTED = frozenset({COMMUNE, COMMUNE_ON, PROVINCES})


def plan(
    catalogue: Catalogue, procedure: Procedure, document: Mapping[str, Any], day: date
) -> Route:
    """The route of a dossier accepted on ``day``; a missing office is told, not refused."""
    wanted = document.get("area") or {}
    as_of = date.fromisoformat(wanted["as_of"]) if wanted.get("as_of") else None
    area = resolve(catalogue.areas, str(wanted.get("commune", "")), as_of, day)
    legs = []
    unrouted = ""
    for leg in procedure.legs:
        failed = next((c for c in leg.when if not conditions.holds(c, document)), "")
        verdicts = _verdicts(catalogue, leg, procedure, area, day)
        offices = {v.office for v in verdicts if v.chosen}
        office = offices.pop() if len(offices) == 1 else None
        legs.append(PlannedLeg(leg, office, failed, verdicts))
        if office is None and not failed and not unrouted:
            unrouted = _why_unrouted(area, verdicts)
    since = handed_in(document) or day
    provinces = dossier_province(catalogue.areas, wanted, day, since)
    several = _to_choose(catalogue, area, day)
    return Route(procedure, area, tuple(legs), unrouted, day, several, provinces)


def handed_in(document: Mapping[str, Any]) -> date | None:
    """The day on which the counter took the dossier in, if it says so."""
    text = str(document.get("received_at") or "")
    try:
        moment = datetime.fromisoformat(text)
        return legal_day(moment) if moment.tzinfo else moment.date()
    except (ValueError, OverflowError):
        return None


def _to_choose(
    catalogue: Catalogue, area: Area, day: date
) -> tuple[Mapping[str, str], ...]:
    if area.code or not area.codes:
        return ()
    units = [(code, catalogue.areas.on(code, day)) for code in area.codes]
    return tuple({"value": c, "name": u.name if u else ""} for c, u in units)


def procedure_of_case(
    catalogue: Catalogue, agency: AgencyId, case_code: str, day: date
) -> Procedure | None:
    """The one procedure in force whose case at the agency has this code."""
    found = {
        known.code: known
        for known in (catalogue.version_on(p.code, day) for p in catalogue.procedures)
        if known is not None and known.cases.get(agency) == case_code
    }
    return next(iter(found.values())) if len(found) == 1 else None


def _why_unrouted(area: Area, verdicts: tuple[Verdict, ...]) -> str:
    if not area.codes:
        return "area_unknown"
    if sum(v.chosen for v in verdicts) > 1:
        return "competence_overlaps"
    return "no_competent_office" if area.code else "area_ambiguous"


def _verdicts(
    catalogue: Catalogue, leg: Leg, procedure: Procedure, area: Area, day: date
) -> tuple[Verdict, ...]:
    stem = national_code(procedure.code)
    found = []
    for rule in catalogue.rules:
        if rule.agency != leg.agency:
            continue
        reason = _why_not(rule, stem, area, day)
        chosen = reason == ""
        words = "đúng địa bàn, thủ tục và thời hạn" if chosen else reason
        found.append(
            Verdict(
                rule.id,
                rule.office,
                rule.agency,
                chosen,
                words,
                rule.decision,
                rule.verified,
            )
        )
    return tuple(found)


def _why_not(rule: CompetenceRule, stem: str, area: Area, day: date) -> str:
    if day < rule.valid_from:
        return f"quy tắc có hiệu lực từ {rule.valid_from:%d/%m/%Y}"
    if rule.valid_to is not None and day > rule.valid_to:
        return f"quy tắc hết hiệu lực sau ngày {rule.valid_to:%d/%m/%Y}"
    if rule.procedures and stem not in rule.procedures:
        return "quy tắc không áp dụng cho thủ tục này"
    if rule.communes and not area.codes:
        return "mã xã không có trong danh mục"
    outside = [code for code in area.codes if code not in rule.communes]
    if rule.communes and outside:
        return f"xã {', '.join(outside)} không thuộc địa bàn của quy tắc"
    return ""
