"""Procedures, competence, offices and communes of one configuration version."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from gateway.domain.identifiers import AgencyId, MessageKind, OfficeId
from gateway.domain.lane import LaneLimits, RetryPolicy
from gateway.domain.measure import ClockRule
from gateway.domain.numbers.agencies import agency_identifier
from gateway.domain.procedure import (
    Carrier,
    Event,
    Leg,
    MessageRule,
    Procedure,
    SecondDate,
    Trigger,
)
from gateway.routing.clock_rules import read_clocks
from gateway.routing.communes import Areas, day_of, read_areas
from gateway.routing.hours import read_hours
from gateway.routing.platforms import read_platforms

#: ``by`` of a road that the agencies carry without the gateway.
THEMSELVES = "agencies"


@dataclass(frozen=True, slots=True)
class Road:
    """By which entry an office's messages go from a day to a day, both included.

    ``by``: an office entry of the same agency, with a lane, an adapter and
    capabilities of its own; None: the agencies carry them themselves (observed).
    """

    by: OfficeId | None
    valid_from: date
    valid_to: date | None

    def holds_on(self, day: date) -> bool:
        """Whether messages that are made on a day take this road."""
        return self.valid_from <= day and (
            self.valid_to is None or day <= self.valid_to
        )


@dataclass(frozen=True, slots=True)
class Office:
    """One concrete office of an agency, and how it is reached."""

    id: OfficeId
    agency: AgencyId
    name: str
    limits: LaneLimits
    settings: Mapping[str, Any]
    operations_off: frozenset[str] = frozenset()
    #: message kinds it does not take; a person tells it instead
    node: str = ""
    #: key of the mock agency or address group, for wiring
    roads: tuple[Road, ...] = ()
    #: on a day that none of them holds, its messages go to itself
    speaks: str = ""
    #: folder of adapters whose dialect it speaks
    silence_days: int | None = None
    #: working days without a word after which it counts as silent; None: as settings say
    identifier: str = ""
    #: its electronic identifier, an enterprise's number for a company; empty: not said
    sector: str = ""
    #: what people call agencies of its kind; empty: not said

    @property
    def is_fetched_from(self) -> bool:
        """Whether its new dossiers lie there until they are fetched."""
        return "pull" in self.settings


@dataclass(frozen=True, slots=True)
class CompetenceRule:
    """Which office is competent for which communes and procedures, since when."""

    id: str
    agency: AgencyId
    office: OfficeId
    communes: frozenset[str]
    procedures: frozenset[str]
    valid_from: date
    valid_to: date | None
    decision: str = ""
    verified: bool = False


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything that routing looks up; one immutable configuration version."""

    version: int
    procedures: tuple[Procedure, ...]
    schemas: Mapping[tuple[str, str], str]
    rules: tuple[CompetenceRule, ...]
    offices: Mapping[OfficeId, Office]
    areas: Areas
    calendar: Mapping[str, Any] = field(default_factory=dict)
    clocks: tuple[ClockRule, ...] = ()
    shadow: frozenset[OfficeId] = frozenset()
    #: offices that run beside the real exchange: nothing leaves for them
    platforms: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    #: what may lie between the gateway and offices, by id
    fallback: Mapping[OfficeId, OfficeId] = field(default_factory=dict)
    #: entry → the one that stands in for it now
    stood_in: Mapping[OfficeId, frozenset[OfficeId]] = field(default_factory=dict)
    #: entry → those that it stands in for, or ever did

    def road(self, office: OfficeId, day: date) -> Office | None:
        """The entry that an office's messages go by on a day; None: observed.

        A message keeps the entry that it was made for, so that it never leaves
        by two.
        """
        here = self.offices[office]
        for road in here.roads:
            if road.holds_on(day):
                if road.by is None:
                    return None
                here = self.offices[road.by]
                break
        return self.offices.get(self.fallback.get(here.id, here.id), here)

    def speaks_for(self, office: OfficeId) -> frozenset[OfficeId]:
        """Offices whose dossiers an entry may report on: its own, and by road.

        Also those of entries that it stood in for: it goes on with what it has.
        """
        entries = {office, *self.stood_in.get(office, ())}
        by_road = {
            other.id
            for other in self.offices.values()
            if any(road.by in entries for road in other.roads)
        }
        return frozenset(entries | by_road)

    def find(self, code: str) -> tuple[Procedure, ...]:
        """All versions of a procedure, newest first; matched on ``d.dddddd``.

        The national code may carry a province suffix (``1.001776.000.00.00.H00``).
        """
        stem = national_code(code)
        found = [p for p in self.procedures if national_code(p.code) == stem]
        return tuple(sorted(found, key=lambda p: p.valid_from, reverse=True))

    def version_on(self, code: str, day: date) -> Procedure | None:
        """The version in force on a day, or None."""
        for procedure in self.find(code):
            ended = procedure.valid_to is not None and procedure.valid_to < day
            if procedure.valid_from <= day and not ended:
                return procedure
        return None

    def exact(self, code: str, version: str) -> Procedure:
        """The version a dossier was accepted under.

        Raises:
            KeyError: this configuration does not hold it.
        """
        for procedure in self.procedures:
            if procedure.code == code and procedure.version == version:
                return procedure
        raise KeyError((code, version))


def national_code(code: str) -> str:
    """The part ``d.dddddd`` of a procedure code, or the whole when it has none."""
    head = code.split(".")
    if len(head) > 1 and head[0].isdigit() and head[1].isdigit():
        return ".".join(head[:2])
    return code


def read(version: int, content: Mapping[str, Any]) -> Catalogue:
    """Parse the content of a configuration version.

    Raises:
        ValueError: an entry is wrong; the message names it.
    """
    procedures = []
    schemas = {}
    for raw in content.get("procedures", ()):
        procedure = _procedure(raw)
        procedures.append(procedure)
        schemas[(procedure.code, procedure.version)] = str(raw.get("schema", ""))
    offices = {o.id: o for o in _offices(content.get("agencies", ()))}
    for office in offices.values():
        _check_roads(office, offices)
    rules = tuple(_rule(raw) for raw in content.get("rules", ()))
    return Catalogue(
        version=version,
        procedures=tuple(procedures),
        schemas=schemas,
        rules=rules,
        offices=offices,
        areas=read_areas(content),
        calendar=content.get("calendar", {}),
        clocks=read_clocks(content.get("clocks", ())),
        platforms=read_platforms(content.get("platforms", ())),
    )


def _day_or_none(value: object) -> date | None:
    return None if value is None else day_of(value)


def _trigger(text: str) -> Trigger:
    leg, _, event = text.rpartition(".")
    try:
        return Trigger(leg, Event(event))
    except ValueError:
        message = f"unknown event {text!r}"
        raise ValueError(message) from None


def _leg(raw: Mapping[str, Any]) -> Leg:
    messages = tuple(
        MessageRule(
            kind=MessageKind(row["kind"]),
            on=tuple(map(_trigger, row["on"])),
            overtakes=frozenset(row.get("overtakes", ())),
            dependent=bool(row.get("dependent", True)),
            once=bool(row.get("once", False)),
            anew_on=tuple(map(_trigger, row.get("anew_on", ()))),
            encloses=bool(row.get("encloses", False)),
        )
        for row in raw.get("message", ())
    )
    return Leg(
        name=raw["name"],
        agency=AgencyId(raw["agency"]),
        carried_by=Carrier(raw["carried_by"]),
        sees=tuple(raw.get("sees", ())),
        messages=messages,
        ends_on=frozenset(Event(name) for name in raw.get("ends_on", ())),
        when=tuple(raw.get("when", ())),
        issuer=raw.get("issuer", ""),
        opens_on=tuple(map(_trigger, raw.get("opens_on", ()))),
        polls=bool(raw.get("polls", False)),
        ends_dossier=bool(raw.get("ends_dossier", False)),
        budget_days=raw.get("budget_days"),
        tells=bool(raw.get("tells", False)),
    )


def _second_date(raw: Mapping[str, Any] | None) -> SecondDate | None:
    if raw is None:
        return None
    days = int(raw["days"])
    if days < 1:
        message = f"second_date of {days} working days"
        raise ValueError(message)
    return SecondDate(tuple(map(_trigger, raw["on"])), days, str(raw["source"]))


def _procedure(raw: Mapping[str, Any]) -> Procedure:
    name = f"procedure {raw.get('code')}@{raw.get('version')}"
    try:
        legs = tuple(map(_leg, raw["leg"]))
        names = [leg.name for leg in legs]
        rules = [rule for leg in legs for rule in leg.messages]
        triggers = [t for rule in rules for t in (*rule.on, *rule.anew_on)]
        triggers += [t for leg in legs for t in leg.opens_on]
        triggers += map(_trigger, raw.get("second_date", {}).get("on", ()))
        strangers = {t.leg for t in triggers if t.leg and t.leg not in names}
        if strangers or len(set(names)) != len(names):
            message = f"legs {sorted(strangers) or names} are unknown or repeated"
            raise ValueError(message)
        return Procedure(
            code=raw["code"],
            version=raw["version"],
            name=raw["name"],
            valid_from=day_of(raw["valid_from"]),
            valid_to=_day_or_none(raw.get("valid_to")),
            legs=legs,
            decision=raw.get("decision", ""),
            verified=bool(raw.get("verified", False)),
            cases=dict(raw.get("cases", {})),
            second_date=_second_date(raw.get("second_date")),
            supplement_days=raw.get("supplement_days"),
        )
    except (KeyError, ValueError) as wrong:
        message = f"{name}: {wrong}"
        raise ValueError(message) from wrong


def _limits(raw: Mapping[str, Any]) -> LaneLimits:
    values = dict(raw.get("lane", {}))
    retry = RetryPolicy(**values.pop("retry", {}))
    computed = {"hours", "closures"} & values.keys()
    if computed:
        raise TypeError(f"{min(computed)} stand in [[office.hours]]")
    return LaneLimits(retry=retry, hours=read_hours(raw.get("hours", ())), **values)


def _offices(agencies: Iterable[Mapping[str, Any]]) -> Iterable[Office]:
    for agency in agencies:
        identity = AgencyId(agency["agency"]["id"])
        dialect = str(agency["agency"].get("speaks", identity))
        for raw in agency.get("office", ()):
            try:
                limits = _limits(raw)
            except (TypeError, ValueError) as wrong:
                message = f"office {raw.get('id')}: lane: {wrong}"
                raise ValueError(message) from wrong
            for unit in raw.get("slip_issuer", ()):
                if not (unit.get("id") and isinstance(unit.get("communes"), list)):
                    message = f"office {raw.get('id')}: slip_issuer: id, communes"
                    raise ValueError(message)
            silence = raw.get("silence_days")
            if silence is not None and (type(silence) is not int or silence < 1):
                message = f"office {raw.get('id')}: silence_days: 1, 2, 3 …"
                raise ValueError(message)
            yield Office(
                id=OfficeId(raw["id"]),
                agency=identity,
                name=raw["name"],
                limits=limits,
                settings=raw,
                operations_off=frozenset(raw.get("operations_off", ())),
                node=str(raw.get("mock", "")),
                roads=tuple(map(_road, raw.get("road", ()))),
                speaks=str(raw.get("speaks", dialect)),
                silence_days=silence,
                identifier=agency_identifier(str(raw.get("identifier", ""))).normal,
                sector=str(agency["agency"].get("name", "")),
            )


def _road(raw: Mapping[str, Any]) -> Road:
    by = str(raw["by"])
    return Road(
        by=None if by == THEMSELVES else OfficeId(by),
        valid_from=day_of(raw["from"]),
        valid_to=_day_or_none(raw.get("to")),
    )


def _check_roads(office: Office, offices: Mapping[OfficeId, Office]) -> None:
    """Hold an office's roads against each other and against what they lead to.

    Raises:
        ValueError: one leads nowhere, to another agency, on, or two hold on one day.
    """
    for index, road in enumerate(office.roads):
        if road.by is not None:
            entry = offices.get(road.by)
            if entry is None or entry.agency != office.agency or entry.roads:
                message = f"office {office.id}: no road leads by {road.by}"
                raise ValueError(message)
        for other in office.roads[:index]:
            if road.holds_on(other.valid_from) or other.holds_on(road.valid_from):
                message = f"office {office.id}: two roads on {road.valid_from}"
                raise ValueError(message)


def _rule(raw: Mapping[str, Any]) -> CompetenceRule:
    return CompetenceRule(
        id=raw["id"],
        agency=AgencyId(raw["agency"]),
        office=OfficeId(raw["office"]),
        communes=frozenset(map(str, raw.get("communes", ()))),
        procedures=frozenset(national_code(code) for code in raw.get("procedures", ())),
        valid_from=day_of(raw["from"]),
        valid_to=_day_or_none(raw.get("to")),
        decision=raw.get("decision", ""),
        verified=bool(raw.get("verified", False)),
    )
