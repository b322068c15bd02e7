"""Links of one-stop systems: what the configuration may say of them."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from gateway.domain.identifiers import AgencyId, OfficeId
from gateway.routing.link import (
    is_linked,
    is_plan,
    link_between,
    link_of_office,
    plan_code,
)
from gateway.routing.lint import problems
from gateway.routing.versions import Versions
from gateway.wiring.files import read_folder
from gateway.wiring.installed import kinds
from gateway.wiring.stage import CONFIG

ROW = {"office": "land-mau-1", "unit": "H00.20.01", "callbacks": "/nhan"}


def content(*rows: dict[str, Any]) -> dict[str, Any]:
    """The shipped configuration with an old one-stop that has these links, and no other."""
    found = copy.deepcopy(read_folder(CONFIG))
    for agency in found["agencies"]:
        if agency["agency"]["id"] == "one_stop":
            agency["office"] = [row for row in agency["office"] if "link" not in row]
            entry = {"id": "mot-cua-cu", "name": "Một cửa Mẫu cũ", "link": list(rows)}
            agency["office"].append(entry)
    return dict(found)


def test_a_link_names_one_stop_office_unit_and_where_it_is_called_back() -> None:
    catalogue = Versions().add(1, content(ROW))
    link = link_between(catalogue, "mot-cua-cu", "land-mau-1")
    assert link is not None
    assert (link.unit, link.callbacks, link.answer_within_s) == (
        "H00.20.01",
        "/nhan",
        8.0,
    )
    assert link_of_office(catalogue, OfficeId("land-mau-1")) == link
    assert link_of_office(catalogue, OfficeId("land-mau-2")) is None
    assert is_linked(catalogue, OfficeId("mot-cua-cu"))
    assert not is_linked(catalogue, OfficeId("mot-cua-mau"))


def test_an_agency_that_is_linked_to_has_a_plan_of_one_leg() -> None:
    code = plan_code(AgencyId("land_registry"))
    assert is_plan(code)
    (leg,) = Versions().add(1, content(ROW)).exact(code, "1").legs
    assert leg.agency == "land_registry"
    without = Versions().add(1, content())
    assert not any(is_plan(one.code) for one in without.procedures)


@pytest.mark.parametrize(
    "rows",
    [
        [{**ROW, "office": "khong-co"}],
        [ROW, ROW],
        [{"office": "land-mau-1"}],
        [{**ROW, "answer_within_s": "lâu"}],
    ],
)
def test_a_link_that_leads_nowhere_or_twice_to_one_office_is_refused(
    rows: list[dict[str, Any]],
) -> None:
    wrong = content(*rows)
    with pytest.raises(ValueError, match="mot-cua-cu"):
        Versions.check(wrong)
    (said,) = problems(wrong, kinds())
    assert "mot-cua-cu" in said


def test_the_linter_finds_nothing_wrong_with_a_good_link() -> None:
    assert problems(content(ROW), kinds()) == []
