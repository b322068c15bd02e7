"""The slip to be filled in by hand: offered where there is no system, facts only."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any, cast

import pytest

from gateway.domain.case import End, LegState
from gateway.domain.errors import ActionNotPossible
from gateway.domain.paper import PrefilledSlip
from gateway.domain.paper_forms import Form
from gateway.domain.report import ReportKind
from gateway.domain.written import blanks
from gateway.reports.papers import choices, paper
from gateway.reports.reading import Directory
from gateway.routing.communes import read_areas
from tests.unit.reports.dossiers import (
    CATALOGUE,
    COUNTER,
    DIRECTORY,
    LAND,
    TAX,
    at,
    case,
    leg,
    opened,
    told,
)

SOON = at(1)
HAS_A_SYSTEM = "Hệ thống của nơi lập phiếu tự lập và ký phiếu."
UNIT = {
    "id": "dia-chinh-a",
    "name": "Đơn vị địa chính xã Ví Dụ",
    "communes": ["99101"],
    "slips": "paper",
}
WHOLE: dict[str, Any] = {
    "received_at": "2026-03-09T23:30:00+07:00",
    "area": {"commune": "99101", "address": "Thôn Không In"},
    "applicant": {
        "name": "Nguyễn Văn Ví Dụ",
        "identity": {"kind": "cccd", "number": "000000000001"},
        "address": "Số 1 đường Ví Dụ",
        "birth": "1980-05-17",
    },
    "owners": [
        {
            "name": "Công ty Ví Dụ",
            "kind": "organisation",
            "identity": {"kind": "tax_code", "number": "0100000000"},
        },
        {"name": "Trần Thị Ví Dụ", "birth": "1957"},
        {"name": "Lê Ví Dụ", "birth": "1960-03"},
    ],
    "parcels": [
        {"number": "101", "sheet": "7", "area_m2": "120.5", "address": "Thôn Ví Dụ"},
        {"number": "102", "commune": "99102"},
    ],
    "certificate": {"serial": "VD 01", "issued_on": "2015-06-01"},
    "transfer": {"kind": "chuyển nhượng", "price": "850000000"},
    "exemption": {"reason": "Người có công (ví dụ)"},
}


def saying(office: Any, **said: Any) -> Directory:
    """The directory with more in the entry of one office."""
    here = CATALOGUE.offices[office]
    changed = replace(here, settings={**here.settings, **said})
    return Directory(replace(CATALOGUE, offices={**CATALOGUE.offices, office: changed}))


ON_PAPER = saying(LAND, slips="paper")


def issued_by(role: str, code: str = "1.999001") -> Any:
    """A procedure whose slip is issued by another role."""
    plan = CATALOGUE.exact(code, "2026.1")
    legs = tuple(
        replace(one, issuer=role) if one.name == "tax" else one for one in plan.legs
    )
    return replace(plan, legs=legs)


def why_not(directory: Directory, **of_dossier: Any) -> str:
    found = choices(opened(**of_dossier), directory, SOON)
    (slip,) = [one for one in found if one.form is Form.PREFILLED_SLIP]
    return slip.why_not


def made(directory: Directory = ON_PAPER, **of_dossier: Any) -> PrefilledSlip:
    one = opened(**of_dossier)
    return cast("PrefilledSlip", paper(one, Form.PREFILLED_SLIP, directory, SOON))


@pytest.mark.parametrize(
    ("as_of", "name"),
    [
        ({}, "Xã Mẫu Một"),
        ({"as_of": "2025-06-30"}, "Xã Mẫu Xưa"),
        ({"as_of": "1990-01-01"}, "99101"),
    ],
)
def test_a_commune_is_named_as_it_was_called_on_the_day_that_its_code_is_of(
    as_of: dict[str, str], name: str
) -> None:
    before = {
        "code": "99101",
        "name": "Xã Mẫu Xưa",
        "from": "2004-07-01",
        "to": "2025-06-30",
    }
    now = {"code": "99101", "name": "Xã Mẫu Một", "from": "2025-07-01"}
    areas = read_areas({"communes": [before, now]})
    directory = Directory(replace(ON_PAPER.catalogue, areas=areas))
    document = {**WHOLE, "area": {**WHOLE["area"], **as_of}}
    (first, _) = made(directory, document=document).parcels
    assert first.commune == name


def test_where_the_issuers_system_makes_slips_the_form_is_not_offered() -> None:
    assert why_not(DIRECTORY) == HAS_A_SYSTEM
    assert why_not(saying(LAND, slips="system")) == HAS_A_SYSTEM
    assert why_not(saying(TAX, slips="paper")) == HAS_A_SYSTEM  # tax issues none
    assert why_not(ON_PAPER) == ""
    with pytest.raises(ActionNotPossible) as refused:
        made(DIRECTORY)
    assert refused.value.remedy == HAS_A_SYSTEM


def test_who_issues_is_a_role_and_each_says_it_for_itself() -> None:
    by_counter = issued_by("one_stop")
    assert why_not(ON_PAPER, procedure=by_counter) == HAS_A_SYSTEM
    counter = saying(COUNTER, slips="paper")
    assert made(counter, procedure=by_counter).issuer == counter.office(COUNTER)
    by_unit = issued_by("commune_land")
    here = case(facts={"leg_facts": {"commune": "99101"}})
    units = saying(LAND, slip_issuer=[UNIT])
    assert made(units, procedure=by_unit, case=here).issuer == UNIT["name"]
    elsewhere = case(facts={"leg_facts": {"commune": "99102"}})
    assert "Chưa rõ" in why_not(units, procedure=by_unit, case=elsewhere)
    system = saying(LAND, slip_issuer=[{**UNIT, "slips": "system"}])
    assert why_not(system, procedure=by_unit, case=here) == HAS_A_SYSTEM


def test_of_two_units_on_paper_neither_is_named_and_of_one_it_is() -> None:
    by_unit = issued_by("commune_land")
    here = case(facts={"leg_facts": {"commune": "99101"}})
    other = {**UNIT, "id": "dia-chinh-b", "name": "B"}
    both = saying(LAND, slip_issuer=[UNIT, other])
    assert made(both, procedure=by_unit, case=here).issuer == ""
    one = saying(LAND, slip_issuer=[UNIT, {**other, "slips": "system"}])
    assert made(one, procedure=by_unit, case=here).issuer == UNIT["name"]


@pytest.mark.parametrize(
    ("of_dossier", "reason"),
    [
        (
            {"procedure": CATALOGUE.exact("1.999003", "2026.1")},
            "Thủ tục này không có phiếu chuyển thông tin.",
        ),
        ({"procedure": CATALOGUE.exact("1.999002", "2026.1")}, "tự trao đổi phiếu"),
        ({"case": case(end=End.FINISHED)}, "đã kết thúc"),
        ({"case": case(end=End.WITHDRAWN)}, "đã kết thúc"),
        ({"case": case(leg(), leg("tax", state=LegState.SKIPPED))}, "không có hoặc"),
        ({"case": case(leg(), leg("tax", state=LegState.ENDED))}, "không có hoặc"),
        ({"case": case(unrouted="area_ambiguous", legs=())}, "Chưa rõ nơi lập phiếu"),
    ],
)
def test_what_has_no_slip_any_more_or_at_all_says_why(
    of_dossier: dict[str, Any], reason: str
) -> None:
    assert reason in why_not(ON_PAPER, **of_dossier)


def test_a_slip_that_goes_on_paper_past_the_gateway_can_be_printed_too() -> None:
    observed = issued_by("land_registry", "1.999002")
    assert why_not(ON_PAPER, procedure=observed) == ""
    assert why_not(DIRECTORY, procedure=observed) == HAS_A_SYSTEM


def test_who_holds_the_land_is_told_as_far_as_the_dossier_goes() -> None:
    holders = made(document=WHOLE).holders
    assert [(one.identity, one.identity_kind, one.birth) for one in holders] == [
        ("000000000001", "số định danh cá nhân", "17/05/1980"),
        ("0100000000", "mã số thuế", ""),
        ("", "", "1957"),
        ("", "", "03/1960"),
    ]
    assert [one.name for one in holders][1:3] == ["Công ty Ví Dụ", "Trần Thị Ví Dụ"]


def test_a_parcel_lies_where_it_says_and_the_dossiers_place_is_not_put_for_it() -> None:
    first, second = made(document=WHOLE).parcels
    assert (first.address, first.commune, first.area_m2) == (
        *("Thôn Ví Dụ", "Xã Mẫu Một", "120,5"),
    )
    assert (second.address, second.commune, second.sheet) == ("", "Xã Mẫu Hai", "")


def test_the_old_certificate_and_the_deed_stand_as_written_and_gaps_stay_open() -> None:
    slip = made(document=WHOLE)
    (old,), (deed,), (asked,) = slip.certificates, slip.transfers, slip.exemptions
    assert (old.serial, old.issued_on, old.issued_by) == ("VD 01", date(2015, 6, 1), "")
    assert (deed.price, deed.contract_on) == ("850.000.000 đồng", None)
    assert (asked.kind, asked.reason) == ("", "Người có công (ví dụ)")
    assert (slip.issuer, slip.receiver) == (ON_PAPER.office(LAND), ON_PAPER.office(TAX))
    assert slip.basis == opened().procedure.decision
    left = blanks(slip)
    for words in ("nơi cấp Giấy chứng nhận", "ngày hợp đồng, văn bản", "số tờ bản đồ"):
        assert words in left
    assert "hình thức chuyển quyền" not in left


def test_what_the_dossier_need_not_have_is_no_blank_and_an_unnamed_parcel_is() -> None:
    slip = made()
    assert (slip.certificates, slip.transfers, slip.exemptions) == ((), (), ())
    assert [one.number for one in slip.parcels] == [""]
    left = blanks(slip)
    assert "số thửa" in left
    assert "số phát hành Giấy chứng nhận" not in left


ASKED = told(ReportKind.SUPPLEMENT_REQUEST, 24)
BROUGHT = told(ReportKind.SUPPLEMENT_RECEIVED, 48)
ASKED_AGAIN = told(ReportKind.SUPPLEMENT_REQUEST, 72)


@pytest.mark.parametrize(
    ("reports", "day"),
    [
        ((), date(2026, 3, 9)),
        ((ASKED,), None),
        ((ASKED, BROUGHT), date(2026, 3, 12)),
        ((ASKED, BROUGHT, ASKED_AGAIN), None),
        ((ASKED, told(ReportKind.SUPPLEMENT_RECEIVED, 48, TAX)), None),
    ],
)
def test_a_dossier_is_complete_when_who_asked_says_that_all_was_brought(
    reports: Any, day: date | None
) -> None:
    assert made(document=WHOLE, told=reports).complete_on == day


def test_a_receipt_that_nobody_told_leaves_the_day_open() -> None:
    assert made(document={}).complete_on is None


def test_who_signs_is_told_that_a_slip_was_issued_before() -> None:
    def notes(*reports: Any) -> str:
        found = choices(opened(told=reports), ON_PAPER, SOON)
        (slip,) = [one for one in found if one.form is Form.PREFILLED_SLIP]
        return " ".join(slip.notes)

    assert "đối chiếu, ghi phần còn thiếu" in notes()
    assert "chưa đối chiếu" in notes()
    assert "Đã được báo lập phiếu" not in notes()
    assert "lúc 09 giờ 30 phút, ngày 10/03/2026" in notes(told(ReportKind.SLIP, 2))
