"""Dossiers that are under way when the gateway takes them over."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from gateway.domain.errors import DossierInvalid, FieldError
from gateway.domain.handed_over import LINKED
from gateway.domain.legal_day import VIETNAM, legal_day
from gateway.intake.acceptance import ONE_STOP
from gateway.routing.opening import under_way
from gateway.sealing.folder import blind_reference

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.domain.case import Case
    from gateway.domain.procedure import Procedure
    from gateway.ports.store import BlindReference
    from gateway.ports.vault import DossierKey
    from gateway.routing.opening import Begun
    from gateway.routing.progress import Step
    from gateway.sealing.tools import Tools


def taken_over(
    tools: Tools,
    case: Case,
    procedure: Procedure,
    begun: Sequence[Begun],
    document: Mapping[str, Any],
    now: datetime,
) -> Step:
    """The step that takes a dossier over as it stands.

    Its day of acceptance is the one on its receipt.

    Raises:
        DossierInvalid: a leg that is under way is none of the procedure's, or no
            office is competent for it.
    """
    catalogue = tools.versions.current
    names = {leg.name for leg in procedure.legs}
    wrong = [
        FieldError(
            f"/legs/{place}/leg",
            "leg_unknown",
            "Thủ tục không có phần việc này, hoặc chưa có cơ quan nào thẩm quyền.",
            "The procedure has no such leg, or no office is competent for it.",
        )
        for place, one in enumerate(begun)
        if one.leg not in names or not case.leg(one.leg).office
    ]
    if wrong:
        raise DossierInvalid(tuple(wrong))
    day = legal_day(now)
    observed = set()
    for one in begun:
        road = catalogue.road(case.leg(one.leg).office, day)
        if road is None or road.id in catalogue.shadow:
            observed.add(one.leg)
    received_at = document.get("received_at")
    if received_at:
        at = datetime.fromisoformat(str(received_at))
        case = replace(
            case, accepted_at=at if at.tzinfo else at.replace(tzinfo=VIETNAM)
        )
    return under_way(case, procedure, begun, observed)


def numbers_of(
    tools: Tools,
    key: DossierKey,
    procedure: Procedure,
    begun: Sequence[Begun],
    document: Mapping[str, Any],
) -> tuple[BlindReference, ...]:
    """The numbers that a dossier had elsewhere before it came."""
    given = [
        (procedure.leg(one.leg).agency, kind, value)
        for one in begun
        for kind, value in one.numbers
    ]
    if document.get("linked_number"):
        given.append((ONE_STOP, LINKED, str(document["linked_number"])))
    return tuple(blind_reference(tools, key, *one) for one in given)
