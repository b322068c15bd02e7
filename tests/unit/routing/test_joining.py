"""A dossier whose end several agencies decide ends when the last of them has."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.domain.case import Case, End, LegState, Pause, pause_of, portal_code
from gateway.domain.identifiers import AgencyId, DossierId, OfficeId
from gateway.domain.procedure import Event
from gateway.domain.report import AgencyReport, ReportKind
from gateway.routing.catalogue import Catalogue, read
from gateway.routing.messages import Making, follow_up
from gateway.routing.outcomes import on_delivered
from gateway.routing.progress import Step, fresh_leg, on_dossier_event, on_report
from gateway.routing.telling import sentence, view

POWER, WATER = "electricity", "water"
T0 = datetime(2026, 3, 10, 0, 30, tzinfo=UTC)
REFUSED, FINISHED = ReportKind.REFUSED, ReportKind.FINISHED
WITHDRAWN = ReportKind.WITHDRAWN


def leg(name: str) -> dict[str, Any]:
    """One company's part; both companies are alike."""
    return {
        "name": name,
        "agency": name,
        "carried_by": "gateway",
        "ends_dossier": True,
        "opens_on": ["accepted"],
        "ends_on": ["finished", "refused", "withdrawn"],
        "message": [
            {"kind": "hand_over", "on": ["accepted", "revised"]},
            {"kind": "supplement", "on": ["supplemented"]},
            {"kind": "withdraw", "on": ["withdrawal_requested"]},
            {"kind": "result_handed", "on": ["handed_out"]},
        ],
    }


def agency(name: str, office: str) -> dict[str, Any]:
    entry = {"id": f"{name}-1", "name": office}
    return {"agency": {"id": name}, "office": [entry]}


CATALOGUE: Catalogue = read(
    1,
    {
        "procedures": [
            {
                "code": "1.000002",
                "version": "2026",
                "name": "Đấu nối nhà ở (ví dụ)",
                "valid_from": "2026-01-01",
                "leg": [leg(POWER), leg(WATER)],
            }
        ],
        "agencies": [
            agency("one_stop", "Một cửa ví dụ"),
            agency(POWER, "Điện lực ví dụ"),
            agency(WATER, "Cấp nước ví dụ"),
        ],
    },
)
(PLAN,) = CATALOGUE.procedures


class Counting:
    """Identifiers in order."""

    def __init__(self) -> None:
        self.n = 0

    def identifier(self, prefix: str) -> str:
        self.n += 1
        return f"{prefix}{self.n}"

    def draw(self) -> float:
        return 0.5


def at_both() -> Case:
    """A dossier that both companies have."""
    case = Case(
        dossier_id=DossierId("d1"),
        version=0,
        procedure=PLAN.code,
        procedure_version=PLAN.version,
        configuration=1,
        sender=OfficeId("one_stop-1"),
        unit="H00",
        revision=1,
        round=1,
        accepted_at=T0,
        due_on=None,
        due_reason="",
        legs=tuple(
            fresh_leg(one, f"{one.name}-1", T0, skipped=False) for one in PLAN.legs
        ),
    )
    case = on_dossier_event(case, PLAN, Event.ACCEPTED, T0).case
    for name in (POWER, WATER):
        case = on_delivered(case, PLAN, name, "hand_over", T0).case
    return case


def told(case: Case, who: str, kind: ReportKind, at: float, **facts: Any) -> Step:
    moment = T0 + timedelta(hours=at)
    report = AgencyReport(kind, (), f"{who}{kind}{at}", moment, facts)
    return on_report(case, PLAN, report, AgencyId(who), moment)


def after(*reports: tuple[str, ReportKind], taken_back: bool = False) -> Case:
    case = at_both()
    for at, (who, kind) in enumerate(reports, start=1):
        if taken_back and at == len(reports):
            event = Event.WITHDRAWAL_REQUESTED
            case = on_dossier_event(case, PLAN, event, T0).case
        case = told(case, who, kind, at).case
    return case


def sent(before: Case, step: Step) -> list[tuple[str, str]]:
    """To which leg what follows of a step goes, but the statuses."""
    making = Making(PLAN, CATALOGUE, Counting(), T0.date())
    _, transfers = follow_up(before, step, making)
    return [(t.leg, str(t.kind)) for t in transfers if t.kind != "status"]


def test_the_first_to_finish_ends_its_own_part_only() -> None:
    case = after((POWER, FINISHED))
    assert (case.end, portal_code(case)) == (End.OPEN, 4)
    assert case.leg(POWER).state is LegState.ENDED
    assert case.leg(WATER).state is LegState.OPEN
    assert sentence(case, CATALOGUE) == "Hồ sơ đang ở: Cấp nước ví dụ."


@pytest.mark.parametrize(
    ("first", "second", "taken_back", "end"),
    [
        (FINISHED, FINISHED, False, End.FINISHED),
        (FINISHED, REFUSED, False, End.FINISHED),
        (REFUSED, FINISHED, False, End.FINISHED),
        (FINISHED, WITHDRAWN, True, End.FINISHED),
        (REFUSED, REFUSED, False, End.REFUSED),
        (REFUSED, WITHDRAWN, False, End.REFUSED),
        (REFUSED, WITHDRAWN, True, End.WITHDRAWN),
        (WITHDRAWN, WITHDRAWN, True, End.WITHDRAWN),
    ],
)
@pytest.mark.parametrize("order", [(POWER, WATER), (WATER, POWER)])
def test_the_last_to_end_ends_the_dossier(
    first: ReportKind,
    second: ReportKind,
    end: End,
    order: tuple[str, str],
    *,
    taken_back: bool,
) -> None:
    (one, other) = order
    assert after((one, first)).end is End.OPEN
    case = after((one, first), (other, second), taken_back=taken_back)
    assert case.end is end
    assert all(leg.state is LegState.ENDED for leg in case.legs)


def test_a_part_that_its_condition_left_out_is_not_waited_for() -> None:
    case = at_both()
    left_out = replace(case.leg(WATER), state=LegState.SKIPPED)
    case = told(case.with_leg(left_out), POWER, FINISHED, 1).case
    assert case.end is End.FINISHED


def test_who_refused_is_named_while_the_other_goes_on_and_at_the_end() -> None:
    before = at_both()
    going = told(before, POWER, REFUSED, 1).case
    assert view(going) != view(before), "the one-stop hears of it"
    refused = "Riêng Điện lực ví dụ từ chối giải quyết."
    said = f"Hồ sơ đang ở: Cấp nước ví dụ. {refused}"
    assert sentence(going, CATALOGUE) == said
    done = told(going, WATER, FINISHED, 2).case
    assert (done.end, portal_code(done)) == (End.FINISHED, 9)
    said = f"Đã giải quyết xong, chờ trả kết quả. {refused}"
    assert sentence(done, CATALOGUE) == said


def test_a_stop_of_one_stops_no_dossier_on_which_the_other_works() -> None:
    waits = {"pause": "stopped", "waits_for": "customer"}
    case = told(at_both(), POWER, ReportKind.PAUSED, 1, **waits).case
    assert (portal_code(case), pause_of(case)) == (4, Pause.NONE)
    assert sentence(case, CATALOGUE) == (
        "Hồ sơ đang ở: người nộp hồ sơ, Cấp nước ví dụ."
        " Điện lực ví dụ chờ người nộp hồ sơ."
    )
    alone = told(case, WATER, FINISHED, 2).case
    assert (portal_code(alone), pause_of(alone)) == (8, Pause.STOPPED)


def test_missing_papers_are_asked_for_though_the_other_goes_on() -> None:
    asking = told(at_both(), WATER, ReportKind.SUPPLEMENT_REQUEST, 1).case
    assert (portal_code(asking), pause_of(asking)) == (5, Pause.SUPPLEMENT)
    step = on_dossier_event(asking, PLAN, Event.SUPPLEMENTED, T0)
    assert sent(asking, step) == [(WATER, "supplement")], "nobody else asked"


def test_a_withdrawal_reaches_who_still_works() -> None:
    case = after((POWER, FINISHED))
    step = on_dossier_event(case, PLAN, Event.WITHDRAWAL_REQUESTED, T0)
    assert sent(case, step) == [(WATER, "withdraw")]
    both = at_both()
    step = on_dossier_event(both, PLAN, Event.WITHDRAWAL_REQUESTED, T0)
    assert sent(both, step) == [(POWER, "withdraw"), (WATER, "withdraw")]


def test_a_result_that_was_handed_out_is_told_to_whose_result_it_is() -> None:
    case = after((POWER, REFUSED), (WATER, FINISHED))
    step = on_dossier_event(case, PLAN, Event.HANDED_OUT, T0)
    assert sent(case, step) == [(WATER, "result_handed")]
