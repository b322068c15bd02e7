"""A code is found in every table that has it; a secret is neither found nor shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gateway.routing.communes import read_areas
from gateway.routing.diffing import HIDDEN
from gateway.routing.looking_up import communes, rows
from gateway.wiring.files import read_folder

CONTENT = read_folder(Path(__file__).parents[3] / "config")


def found(content: dict[str, Any], wanted: str, **more: Any) -> set[tuple[str, str]]:
    return {(one.office, one.table) for one in rows(content, wanted, **more)}


def test_a_commune_is_found_at_each_office_that_has_a_number_for_it() -> None:
    told = found(CONTENT, "99101")
    assert ("land-mau-1", "area") in told
    (one,) = (
        one
        for one in rows(CONTENT, "99101")
        if (one.office, one.table) == ("land-mau-1", "area")
    )
    assert ("xa_id", "9101") in one.values
    # Both ways: by the office's own number.
    assert ("land-mau-1", "area") in found(CONTENT, "9101")


def test_a_case_is_found_by_a_name_without_its_marks() -> None:
    assert ("land-mau-1", "case") in found(CONTENT, "the chap")
    assert found(CONTENT, "th") == set()  # too short for a part of a name
    assert ("land-mau-1", "case") in found(CONTENT, "tc-01")


def test_of_some_offices_theirs_alone() -> None:
    assert found(CONTENT, "99101", offices=()) == set()
    assert {
        office for office, _ in found(CONTENT, "99101", offices=("land-mau-1",))
    } == {"land-mau-1"}


def test_tables_of_codes_without_rows_are_looked_through_and_settings_are_not() -> None:
    office: dict[str, Any] = {
        "id": "a",
        "x": {"services": {"1.999": "CN", "2.999": "TN"}, "user": "CN"},
        "row": [
            {"code": "CN", "token": "CN", "list": ["CN", 5], "in": {"password": "CN"}}
        ],
    }
    content = {"agencies": [{"agency": {"id": "w"}, "office": [office]}]}
    told = list(rows(content, "CN"))
    assert {one.table for one in told} == {"x.services", "row"}
    (row,) = (one for one in told if one.table == "row")
    assert ("token", HIDDEN) in row.values
    assert ("in.password", HIDDEN) in row.values
    office["row"] = [{"token": "only-here"}]
    assert list(rows(content, "only-here")) == []


def test_contents_of_no_form_have_no_rows() -> None:
    for office in ({}, {"id": 3, "area": ["x"]}, {"area": [{}], "b": {"c": []}}):
        assert list(rows({"agencies": [{"office": [office]}]}, "x")) == []


def test_an_old_commune_says_what_became_of_it_and_a_new_one_what_it_was_made_of() -> (
    None
):
    areas = read_areas(CONTENT)
    old = next(iter(areas.changes))
    change = areas.changes[old][0]
    (told,) = (one for one in communes(areas, old) if one.unit.code == old)
    assert told.became == tuple((new, change.on) for new in change.new)
    assert old in {one.unit.code for one in communes(areas, change.new[0])}
    assert list(communes(areas, "không có")) == []
