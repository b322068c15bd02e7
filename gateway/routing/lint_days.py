"""Days from today on, on which a dossier would have nowhere to go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from gateway.domain.identifiers import AgencyId
from gateway.domain.procedure import Carrier, Leg, Procedure
from gateway.routing.catalogue import Catalogue, CompetenceRule, Office, national_code
from gateway.routing.finding import Finding, Where
from gateway.routing.lint import Places

#: So many communes are named; the list of areas has them all.
_NAMED = 5
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Hole:
    """Communes that an agency has no office for, from a day on."""

    agency: AgencyId
    communes: tuple[str, ...]
    since: date


def nobody_competent(
    content: Mapping[str, Any], catalogue: Catalogue, today: date
) -> Iterable[Finding]:
    """Legs whose agency has no competent office on a day from today on."""
    places = Places(content)
    found: dict[_Hole, tuple[Where, list[str]]] = {}
    for procedure in catalogue.procedures:
        for i, leg in enumerate(procedure.legs):
            where = places.procedure(procedure.code, procedure.version, "leg", i)
            for hole in _holes(catalogue, procedure, leg, today):
                found.setdefault(hole, (where, []))[1].append(procedure.code)
    for hole, (where, codes) in found.items():
        named = ", ".join(hole.communes[:_NAMED])
        more = len(hole.communes) - _NAMED
        named += f" và {more} xã khác" if more > 0 else ""
        yield Finding(
            where,
            f"Từ ngày {hole.since:%d/%m/%Y} không đơn vị nào của {hole.agency} nhận"
            f" thủ tục {', '.join(dict.fromkeys(codes))} của xã {named}",
            "Thêm [[rule]] vào routing/competence.toml, hoặc sửa communes, procedures,"
            " from, to của quy tắc đang có.",
        )


def _holes(
    catalogue: Catalogue, procedure: Procedure, leg: Leg, today: date
) -> Iterable[_Hole]:
    """Each set of communes at its first day; what was told before is not told again."""
    stem = national_code(procedure.code)
    rules = [
        rule
        for rule in catalogue.rules
        if rule.agency == leg.agency
        and (not rule.procedures or stem in rule.procedures)
    ]
    told: set[str] = set()
    for day in _turns(catalogue, procedure, rules, today):
        # Another version may hold on that day: it is held against the rules itself.
        if catalogue.version_on(procedure.code, day) is not procedure:
            continue
        missing = {
            unit.code
            for unit in catalogue.areas.units()
            if unit.holds_on(day)
            and not any(_takes(rule, unit.code, day) for rule in rules)
        }
        if missing - told:
            yield _Hole(leg.agency, tuple(sorted(missing - told)), day)
        told = missing


def _turns(
    catalogue: Catalogue,
    procedure: Procedure,
    rules: Iterable[CompetenceRule],
    today: date,
) -> list[date]:
    """Days from today on, on which anything may begin to be otherwise."""
    spans = [(rule.valid_from, rule.valid_to) for rule in rules]
    spans += [(unit.since, unit.until) for unit in catalogue.areas.units()]
    spans += [(p.valid_from, p.valid_to) for p in catalogue.find(procedure.code)]
    days = {today}
    for since, until in spans:
        days.add(since)
        if until is not None and until < date.max:
            days.add(until + _DAY)
    return sorted(day for day in days if day >= today)


def _takes(rule: CompetenceRule, commune: str, day: date) -> bool:
    inside = not rule.communes or commune in rule.communes
    begun = rule.valid_from <= day
    return inside and begun and (rule.valid_to is None or day <= rule.valid_to)


def switched_off(
    content: Mapping[str, Any], catalogue: Catalogue, today: date
) -> Iterable[Finding]:
    """Messages that a plan sends and that an office on the way does not take."""
    places = Places(content)
    sent: dict[AgencyId, dict[str, list[str]]] = {}
    for procedure in catalogue.procedures:
        if procedure.valid_to is not None and procedure.valid_to < today:
            continue
        for leg in procedure.legs:
            if leg.carried_by is Carrier.GATEWAY:
                kinds = sent.setdefault(leg.agency, {})
                for message in leg.messages:
                    kinds.setdefault(message.kind, []).append(procedure.code)
    seen: set[tuple[str, str]] = set()
    for entry in _entries(catalogue, today):
        for kind in sorted(entry.operations_off & sent.get(entry.agency, {}).keys()):
            if (entry.id, kind) in seen:
                continue
            seen.add((entry.id, kind))
            codes = dict.fromkeys(sent[entry.agency][kind])
            yield Finding(
                places.office(entry.id, "operations_off"),
                f"Cơ quan {entry.id} không nhận {kind}, mà thủ tục"
                f" {', '.join(codes)} có gửi: mỗi lần sẽ chờ cán bộ báo tay",
                "Đúng vậy thì để nguyên; cơ quan nhận được thì bỏ khỏi operations_off.",
                warning=True,
            )


def _entries(catalogue: Catalogue, today: date) -> Iterable[Office]:
    """Entries that messages go by while an office is competent, today and later."""
    for rule in catalogue.rules:
        first = max(today, rule.valid_from)
        last = rule.valid_to or date.max
        office = catalogue.offices.get(rule.office)
        if office is None or last < first:
            continue
        days = {first}
        for road in office.roads:
            days.add(road.valid_from)
            if road.valid_to is not None and road.valid_to < date.max:
                days.add(road.valid_to + _DAY)
        for day in sorted(day for day in days if first <= day <= last):
            entry = catalogue.road(office.id, day)
            if entry is not None:
                yield entry
