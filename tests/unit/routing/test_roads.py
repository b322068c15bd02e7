"""Which road a message takes is a matter of office and day, and stays with it."""

from copy import deepcopy
from datetime import date
from typing import Any

import pytest

from gateway.domain.identifiers import OfficeId
from gateway.domain.procedure import Carrier
from gateway.domain.report import ReportKind
from gateway.routing.catalogue import Catalogue, read
from gateway.routing.lint import problems
from gateway.routing.messages import follow_up
from gateway.routing.progress import on_report
from tests.unit.routing.test_progress import (
    LAND,
    a_report,
    at_land,
    content,
    hours,
    making,
)

JUNE, JULY = date(2026, 6, 30), date(2026, 7, 1)
TAX, PORTAL = OfficeId("tax-1"), OfficeId("tax-portal")
BY_PORTAL: dict[str, Any] = {"by": "tax-portal", "from": "2026-07-01"}
BY_THEMSELVES: dict[str, Any] = {"by": "agencies", "from": "2026-07-01"}


def with_roads(*roads: dict[str, Any]) -> dict[str, Any]:
    changed = deepcopy(content())
    tax = changed["agencies"][2]
    tax["office"][0]["road"] = list(roads)
    tax["office"].append({"id": "tax-portal", "name": "Thuế, qua Cổng (ví dụ)"})
    return changed


def slip_on(day: date, catalogue: Catalogue) -> tuple[Any, list[tuple[str, str]]]:
    procedure = catalogue.exact("1.000001", "2026")
    report = a_report(ReportKind.SLIP, 30)
    step = on_report(at_land(procedure), procedure, report, LAND, hours(30))
    case, transfers = follow_up(step.case, step, making(procedure, catalogue, day))
    return case.leg("tax"), [
        (t.office, t.facts.get("competent", "")) for t in transfers
    ]


def test_a_message_goes_by_the_road_of_the_day_on_which_it_is_made() -> None:
    catalogue = read(1, with_roads(BY_PORTAL))
    before, sent_before = slip_on(JUNE, catalogue)
    after, sent_after = slip_on(JULY, catalogue)
    assert (sent_before[0], sent_after[0]) == ((TAX, ""), (PORTAL, TAX))
    assert (before.office, after.office) == (TAX, TAX)


def test_what_the_agencies_carry_themselves_is_observed_from_that_day_on() -> None:
    catalogue = read(1, with_roads(BY_THEMSELVES))
    _, before = slip_on(JUNE, catalogue)
    leg, after = slip_on(JULY, catalogue)
    assert TAX in [office for office, _ in before]
    assert TAX not in [office for office, _ in after]
    assert leg.carried_by is Carrier.AGENCIES


def test_the_last_day_of_a_road_still_takes_it() -> None:
    catalogue = read(1, with_roads({**BY_PORTAL, "to": "2026-07-31"}))
    assert catalogue.road(TAX, date(2026, 7, 31)) == catalogue.offices[PORTAL]
    assert catalogue.road(TAX, date(2026, 8, 1)) == catalogue.offices[TAX]


def test_who_carries_for_an_office_may_report_on_its_dossiers_and_no_others() -> None:
    catalogue = read(1, with_roads(BY_PORTAL))
    assert catalogue.speaks_for(PORTAL) == {PORTAL, TAX}
    assert catalogue.speaks_for(TAX) == {TAX}


@pytest.mark.parametrize(
    "roads",
    [
        [{"by": "nobody", "from": "2026-07-01"}],
        [{"by": "land-1", "from": "2026-07-01"}],
        [{"by": "tax-1", "from": "2026-07-01"}],
        [BY_PORTAL, {"by": "agencies", "from": "2026-08-01"}],
        [{**BY_PORTAL, "to": "2026-07-31"}, {"by": "agencies", "from": "2026-07-31"}],
    ],
    ids=["nowhere", "another agency", "itself", "two at once", "one day shared"],
)
def test_a_road_that_cannot_be_taken_is_refused(roads: list[dict[str, Any]]) -> None:
    with pytest.raises(ValueError, match="tax-1"):
        read(1, with_roads(*roads))


def test_a_road_is_never_competent_itself() -> None:
    changed = with_roads(BY_PORTAL)
    changed["rules"] = [
        {"id": "r", "agency": "tax", "office": "tax-portal", "from": "2026-01-01"}
    ]
    found = problems(changed, {})
    assert "Quy tắc r: tax-portal là kênh, không phải cơ quan" in found
