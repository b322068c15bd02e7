"""One-stop systems that take the gateway for an office's own system; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from gateway.domain.identifiers import AgencyId, MessageKind, OfficeId
from gateway.domain.procedure import (
    Carrier,
    Event,
    Leg,
    MessageRule,
    Procedure,
    Trigger,
)
from gateway.domain.values import dataclass, replace

if TYPE_CHECKING:
    from gateway.domain.identifiers import TransferId
    from gateway.routing.catalogue import Catalogue, Office
    from gateway.routing.route import Route

HAND_OVER = MessageKind("hand_over")
SUPPLEMENT = MessageKind("supplement")
RESULT_HANDED = MessageKind("result_handed")
RESULT_WRONG = MessageKind("result_wrong")
WITHDRAW = MessageKind("withdraw")
#: What only the counter knows.
TOLD_BY_ONE_STOP = (HAND_OVER, SUPPLEMENT, RESULT_HANDED, RESULT_WRONG, WITHDRAW)
#: What a one-stop may send by a link.
KINDS = (*TOLD_BY_ONE_STOP, MessageKind("paid"), MessageKind("owed_again"))
#: A message of the office, passed on as it came.
RELAYED = MessageKind("relayed")
#: What the office refused after the one-stop had been told that it was accepted.
CORRECTION_ASKED = MessageKind("correction_asked")
#: Last segment of a callback's path (VBDLIS), or a parameter (iLIS).
SHOWN_IN = ("path", "query:CodeGet")
_CODE = "link."


@dataclass(frozen=True, slots=True)
class Link:
    """One one-stop before one office: ``[[office.link]]`` of the one-stop's entry.

    ``unit`` owns the dossiers that come by it; ``callbacks`` is the path below the
    one-stop's registered address where it awaits the office's messages.
    """

    one_stop: OfficeId
    office: OfficeId
    unit: str
    callbacks: str
    answer_within_s: float = 8.0
    late_refusals: bool = True
    #: whether it takes the request for correction for what was refused late
    shown_in: str = "path"
    #: where it awaits its secret for callbacks
    client: str = ""
    account: str = ""
    #: that it shows where the office's system wants a session


def links_of(one_stop: Office) -> tuple[Link, ...]:
    """The links of a one-stop's entry.

    Raises:
        KeyError, TypeError: a row lacks a value or has an unknown one.
    """
    rows: Iterable[Mapping[str, Any]] = one_stop.settings.get("link", ())
    return tuple(
        Link(
            one_stop=one_stop.id,
            office=OfficeId(row["office"]),
            unit=str(row["unit"]),
            callbacks=str(row["callbacks"]),
            answer_within_s=float(row.get("answer_within_s", 8.0)),
            late_refusals=bool(row.get("late_refusals", True)),
            shown_in=str(row.get("shown_in", "path")),
            client=str(row.get("client", "")),
            account=str(row.get("account", "")),
        )
        for row in rows
    )


def all_links(catalogue: Catalogue) -> tuple[Link, ...]:
    """Every link, in the order of the configuration."""
    return tuple(
        link for office in catalogue.offices.values() for link in links_of(office)
    )


def link_between(catalogue: Catalogue, one_stop: str, office: str) -> Link | None:
    """The link of a one-stop to an office, if it has one."""
    entry = catalogue.offices.get(OfficeId(one_stop))
    rows = links_of(entry) if entry is not None else ()
    return next((link for link in rows if link.office == office), None)


def link_of_office(catalogue: Catalogue, office: OfficeId) -> Link | None:
    """The one link to an office: whose a dossier is that only the office knows."""
    return next((one for one in all_links(catalogue) if one.office == office), None)


def is_linked(catalogue: Catalogue, sender: OfficeId) -> bool:
    """Whether a one-stop hears what offices said, in their words, and nothing of ours."""
    entry = catalogue.offices.get(sender)
    return entry is not None and bool(entry.settings.get("link"))


def check_links(catalogue: Catalogue) -> None:
    """Hold the links against the offices.

    Raises:
        ValueError: one leads to no office, or an office has two.
    """
    seen: set[OfficeId] = set()
    for office in catalogue.offices.values():
        try:
            links = links_of(office)
        except (KeyError, TypeError, ValueError) as wrong:
            message = f"office {office.id}: link: {wrong}"
            raise ValueError(message) from wrong
        for link in links:
            if link.shown_in not in SHOWN_IN:
                message = f"office {office.id}: link: shown_in {link.shown_in!r}"
                raise ValueError(message)
            if link.office not in catalogue.offices or link.office in seen:
                message = (
                    f"office {office.id}: link to {link.office}: unknown or second"
                )
                raise ValueError(message)
            seen.add(link.office)


def with_plans(catalogue: Catalogue) -> Catalogue:
    """The catalogue with a plan of one leg for each agency that is linked to."""
    agencies = {catalogue.offices[one.office].agency for one in all_links(catalogue)}
    plans = tuple(map(_plan_of, sorted(agencies)))
    return replace(catalogue, procedures=(*catalogue.procedures, *plans))


def plan_code(agency: AgencyId) -> str:
    """Code of the plan under which an agency's dossiers are passed on as they are."""
    return f"{_CODE}{agency}"


def is_plan(code: str) -> bool:
    """Whether a procedure is such a plan, and no procedure of the law."""
    return code.startswith(_CODE)


def _plan_of(agency: AgencyId) -> Procedure:
    leg = Leg(
        name="office",
        agency=agency,
        carried_by=Carrier.GATEWAY,
        sees=(),
        messages=tuple(MessageRule(kind, on=(), dependent=False) for kind in KINDS),
        ends_on=frozenset({Event.FINISHED, Event.REFUSED, Event.WITHDRAWN}),
        opens_on=(Trigger("", Event.ACCEPTED),),
        ends_dossier=True,
    )
    return Procedure(
        code=plan_code(agency),
        version="1",
        name="Hồ sơ chuyển nguyên văn giữa một cửa và cơ quan",
        valid_from=date(2000, 1, 1),
        valid_to=None,
        legs=(leg,),
        decision="",
        verified=True,
    )


def leg_of(procedure: Procedure, agency: AgencyId) -> Leg | None:
    """The agency's leg, if the procedure has one."""
    return next((leg for leg in procedure.legs if leg.agency == agency), None)


def addressed(route: Route, link: Link, agency: AgencyId) -> Route:
    """The route with the office that the one-stop addressed; no rule overrules it."""
    legs = tuple(
        replace(one, office=link.office, skipped="")
        if one.leg.agency == agency
        else one
        for one in route.legs
    )
    complete = all(one.office or one.skipped for one in legs)
    return replace(route, legs=legs, unrouted="" if complete else route.unrouted)


def late_mark(transfer: TransferId) -> str:
    """How a case notes that *accepted* was answered before the office had answered."""
    return f"late:{transfer}"
