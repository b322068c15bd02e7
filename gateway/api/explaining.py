"""Where a dossier would go or has gone, by which rule, and why nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateway.api import answers
from gateway.api.answers import answer
from gateway.api.bodies import json_object
from gateway.api.signin import signed_in
from gateway.domain.legal_day import legal_day
from gateway.domain.letters import normalised
from gateway.domain.procedure import Carrier
from gateway.intake.acts import find
from gateway.intake.check import procedure_for
from gateway.routing.area import other_names
from gateway.routing.route import plan

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from gateway.routing.catalogue import Catalogue
    from gateway.routing.route import PlannedLeg
    from gateway.sealing.tools import Tools


def register(tools: Tools, routes: APIRouter) -> None:
    """Add the calls that explain routes."""

    @routes.post("/route/explain")
    async def explain(request: Request) -> Response:
        """Hồ sơ sẽ đi đâu, theo quy tắc nào, vì sao không đi nơi khác."""
        await signed_in(tools, request)
        document = normalised(await json_object(request))
        now = tools.clock.now()
        procedure = procedure_for(
            tools.versions.current, tools.schemas, document, now=now
        )
        catalogue, day = tools.versions.current, legal_day(now)
        route = plan(catalogue, procedure, document, day)
        legs = [_planned(planned, catalogue, day) for planned in route.legs]
        return answer(
            {
                "procedure": procedure.code,
                "version": procedure.version,
                "decision": procedure.decision,
                "verified": procedure.verified,
                "communes": list(route.area.codes),
                "commune_names": _names(catalogue, route.area.codes, day),
                "through": list(route.area.through),
                "meant_before": _meant_before(catalogue, document, day),
                "legs": legs,
                "unrouted": route.unrouted or None,
            }
        )

    @routes.get("/dossiers/{number:path}/route")
    async def explain_dossier(number: str, request: Request) -> Response:
        """Giải thích lộ trình của một hồ sơ đã tiếp nhận."""
        principal = await signed_in(tools, request)
        row = await find(tools, principal, number)
        procedure = tools.versions.procedure_of(row.case)
        legs = answers.legs(row.case, procedure, tools.versions.current)
        return answer(
            {
                "procedure": row.case.procedure,
                "version": row.case.procedure_version,
                "rules": row.case.facts.get("rules", []),
                "legs": legs,
                "unrouted": row.case.unrouted or None,
            }
        )


def _names(catalogue: Catalogue, codes: Iterable[str], day: date) -> list[str]:
    """What each is called: where there are several, a person has to choose."""
    found = (catalogue.areas.on(code, day) for code in codes)
    return [unit.name for unit in found if unit]


def _meant_before(
    catalogue: Catalogue, document: Mapping[str, Any], day: date
) -> list[dict[str, str]]:
    """Other communes that the dossier's code once was, where it does not say of when."""
    area = document.get("area") or {}
    if area.get("as_of"):
        return []
    return [
        {"name": unit.name, "until": unit.until.isoformat()}
        for unit in other_names(catalogue.areas, str(area.get("commune", "")), day)
        if unit.until is not None and unit.until < day
    ]


def _planned(planned: PlannedLeg, catalogue: Catalogue, day: date) -> dict[str, Any]:
    offices, office = catalogue.offices, planned.office
    road = catalogue.road(office, day) if office else None
    carried_by = planned.leg.carried_by
    if office and road is None:
        carried_by = Carrier.AGENCIES
    return {
        "leg": planned.leg.name,
        "agency": planned.leg.agency,
        "carried_by": carried_by.value,
        "road": road.name if road and road.id != office else None,
        "office": planned.office,
        "office_name": offices[planned.office].name if planned.office else None,
        "skipped": planned.skipped or None,
        "rules": [
            {
                "rule": v.rule,
                "office": v.office,
                "chosen": v.chosen,
                "reason": v.reason,
                "decision": v.decision,
                "verified": v.verified,
            }
            for v in planned.verdicts
        ],
    }
