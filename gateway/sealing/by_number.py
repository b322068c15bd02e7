"""A dossier of which only the number is known: it lay at the office before us."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.identifiers import AgencyId, DossierId
from gateway.domain.journal import JournalLine
from gateway.domain.legal_day import legal_day
from gateway.domain.values import replace
from gateway.routing.link import addressed, plan_code
from gateway.routing.opening import Begun, fresh_case, under_way
from gateway.routing.route import plan
from gateway.sealing.advance import advance
from gateway.sealing.folder import DOCUMENT, blind_reference, seal_json

if TYPE_CHECKING:
    from gateway.ports.store import Change
    from gateway.routing.link import Link
    from gateway.sealing.tools import Tools

ONE_STOP = AgencyId("one_stop")


def by_number(tools: Tools, link: Link, number: str, *, actor: str) -> Change:
    """The unit that opens it as under way at the office; nothing is sent for it.

    Whatever else its document would tell is missing, and stays missing until the
    one-stop sends it.
    """
    now, catalogue = tools.clock.now(), tools.versions.current
    agency = catalogue.offices[link.office].agency
    code = plan_code(agency)
    procedure = catalogue.exact(code, "1")
    document = {"number": number, "procedure": code, "units": {"intake": link.unit}}
    route = plan(catalogue, procedure, document, legal_day(now))
    case = fresh_case(
        DossierId(tools.chance.identifier("d")),
        link.one_stop,
        addressed(route, link, agency),
        document,
        configuration=catalogue.version,
        fingerprint="",
        now=now,
    )
    begun = [Begun(leg.name, now) for leg in procedure.legs]
    change = advance(
        case,
        under_way(case, procedure, begun, ()),
        procedure=procedure,
        catalogue=catalogue,
        chance=tools.chance,
        now=now,
        actor=actor,
    )
    key = tools.vault.new_key(case.dossier_id, case.unit)
    sealed = seal_json(tools, key, DOCUMENT, document)
    line = JournalLine("by_number", now, actor, {"office": link.office})
    return replace(
        change,
        wrapped_key=key.wrapped,
        document=sealed.id,
        payloads=(sealed,),
        references=(blind_reference(tools, key, ONE_STOP, "ma_ho_so", number),),
        journal=(line, *change.journal),
    )
