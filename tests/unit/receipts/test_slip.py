"""Which leg a slip is for, and whose certificates may have signed it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from gateway.domain.case import Case
from gateway.domain.identifiers import DossierId, OfficeId
from gateway.domain.legal_day import legal_day
from gateway.domain.procedure import Leg
from gateway.receipts.slip import consumer, issuers
from gateway.routing.catalogue import read
from gateway.routing.opening import fresh_case
from gateway.routing.route import plan
from gateway.wiring.files import read_folder
from gateway.wiring.stage import CONFIG

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
