"""Which leg a slip is for, who may have signed it, and who makes it on paper."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from gateway.domain.case import Case
from gateway.domain.identifiers import DossierId, OfficeId
from gateway.domain.legal_day import legal_day
from gateway.domain.procedure import Leg
from gateway.routing.catalogue import Office, read
from gateway.routing.opening import fresh_case
from gateway.routing.route import plan
from gateway.routing.slips import consumer, opened_by_slip, slip_issuers
from gateway.wiring.files import read_folder
from gateway.wiring.stage import CONFIG

if TYPE_CHECKING:
    from collections.abc import Mapping

NOW = datetime(2026, 3, 10, 0, 30, tzinfo=UTC)
CATALOGUE = read(1, read_folder(CONFIG))
DOCUMENT = {"units": {"intake": "H00.20.01"}, "area": {"commune": "99103"}}


def _leg(code: str) -> Leg | None:
    procedure = CATALOGUE.version_on(code, legal_day(NOW))
    assert procedure is not None
    return consumer(procedure)


def _case() -> Case:
    procedure = CATALOGUE.version_on("1.999001", legal_day(NOW))
    assert procedure is not None
    return fresh_case(
        DossierId("d_0"),
        OfficeId("mot-cua-mau"),
        plan(CATALOGUE, procedure, DOCUMENT, legal_day(NOW)),
        DOCUMENT,
        configuration=1,
        fingerprint="",
        now=NOW,
    )


def issuers(case: Case, leg: Leg, offices: Mapping[OfficeId, Office]) -> list[str]:
    return [one.id for one in slip_issuers(case, leg, offices)]


def test_the_slip_of_a_transfer_is_for_the_tax_leg() -> None:
    leg = _leg("1.999001")
    assert leg is not None
    assert (leg.name, leg.issuer) == ("tax", "land_registry")


@pytest.mark.parametrize("code", ["1.999002", "1.999003"])
def test_where_tax_is_observed_or_absent_no_message_is_made_of_a_slip(
    code: str,
) -> None:
    assert _leg(code) is None


def test_a_slip_may_be_signed_by_the_office_that_has_the_dossier_and_no_other() -> None:
    leg = _leg("1.999001")
    assert leg is not None
    assert issuers(_case(), leg, CATALOGUE.offices) == ["land-mau-2"]


def test_where_the_one_stop_issues_the_slip_its_own_system_signs() -> None:
    leg = _leg("1.999001")
    assert leg is not None
    by_counter = replace(leg, issuer="one_stop")
    assert issuers(_case(), by_counter, CATALOGUE.offices) == ["mot-cua-mau"]


def test_where_the_communes_land_unit_issues_it_signs_for_its_own_communes_only() -> (
    None
):
    leg = _leg("1.999001")
    assert leg is not None
    by_unit = replace(leg, issuer="commune_land")
    assert issuers(_case(), by_unit, CATALOGUE.offices) == []
    office = CATALOGUE.offices[OfficeId("land-mau-2")]
    units = [
        {"id": "dia-chinh-a", "communes": ["99103", "99104"]},
        {"id": "dia-chinh-b", "communes": ["99101"]},
    ]
    named = replace(office, settings={**office.settings, "slip_issuer": units})
    offices = {**CATALOGUE.offices, office.id: named}
    assert issuers(_case(), by_unit, offices) == ["dia-chinh-a"]


def test_who_issues_has_a_system_unless_its_own_entry_says_paper() -> None:
    leg = _leg("1.999001")
    assert leg is not None
    (issuer,) = slip_issuers(_case(), leg, CATALOGUE.offices)
    office = CATALOGUE.offices[OfficeId("land-mau-2")]
    assert (issuer.name, issuer.on_paper) == (office.name, False)
    for said, on_paper in (("paper", True), ("system", False)):
        saying = replace(office, settings={**office.settings, "slips": said})
        offices = {**CATALOGUE.offices, office.id: saying}
        assert [one.on_paper for one in slip_issuers(_case(), leg, offices)] == [
            on_paper
        ]


def test_a_land_unit_says_it_for_itself_and_the_land_office_not_for_it() -> None:
    leg = _leg("1.999001")
    assert leg is not None
    by_unit = replace(leg, issuer="commune_land")
    office = CATALOGUE.offices[OfficeId("land-mau-2")]
    units = [
        {"id": "dia-chinh-a", "communes": ["99103"], "slips": "paper", "name": "A"},
        {"id": "dia-chinh-b", "communes": ["99103"]},
    ]
    named = replace(
        office, settings={**office.settings, "slips": "paper", "slip_issuer": units}
    )
    offices = {**CATALOGUE.offices, office.id: named}
    found = slip_issuers(_case(), by_unit, offices)
    assert [(one.id, one.name, one.on_paper) for one in found] == [
        ("dia-chinh-a", "A", True),
        ("dia-chinh-b", "dia-chinh-b", False),
    ]


@pytest.mark.parametrize(
    ("code", "name"), [("1.999001", "tax"), ("1.999002", "tax"), ("1.999003", "")]
)
def test_a_slip_also_goes_to_a_leg_that_others_carry(code: str, name: str) -> None:
    procedure = CATALOGUE.version_on(code, legal_day(NOW))
    assert procedure is not None
    leg = opened_by_slip(procedure)
    assert (leg.name if leg else "") == name
