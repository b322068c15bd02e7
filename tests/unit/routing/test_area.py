"""Codes of communes on days: followed, never guessed; names only suggest."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.values import replace
from gateway.routing.area import (
    Area,
    came_from,
    dossier_province,
    other_names,
    province_on,
    resolve,
    suggest,
)
from gateway.routing.catalogue import read
from gateway.routing.communes import Areas, read_areas
from gateway.routing.route import plan
from tests.unit.routing.test_ladders import content as ladder

EVE, DAY, LATER = date(2025, 6, 30), date(2025, 7, 1), date(2026, 3, 10)


def commune(
    code: str, name: str, province: str, *, ended: bool = False
) -> dict[str, Any]:
    row: dict[str, Any] = {"code": code, "name": name, "province": province}
    if ended:
        return {**row, "from": "2004-07-01", "to": "2025-06-30"}
    return {**row, "from": "2025-07-01"}


def change(old: str, *new: str) -> dict[str, Any]:
    return {"old": old, "on": "2025-07-01", "new": list(new)}


#: 99002 is used again: what had it became 99003, what 99001 was has it now.
REUSED = {
    "communes": [
        commune("99001", "Xã Cũ Một", "98", ended=True),
        commune("99002", "Xã Cũ Hai", "98", ended=True),
        commune("99003", "Xã Giữ Tên", "99", ended=True),
        commune("99004", "Xã Cũ Bốn", "99", ended=True),
        commune("99002", "Xã Mới Hai", "99"),
        commune("99003", "Xã Giữ Tên", "99"),
    ],
    "changes": [
        change("99001", "99002"),
        change("99002", "99003"),
        change("99004", "99002", "99003"),
    ],
}


@pytest.fixture
def areas() -> Areas:
    return read_areas(REUSED)


def test_a_code_that_is_used_again_means_what_it_meant_on_its_day(areas: Areas) -> None:
    assert resolve(areas, "99002", None, LATER) == Area(("99002",))
    assert resolve(areas, "99002", EVE, LATER) == Area(("99003",), ("99002",))
    assert resolve(areas, "99002", DAY, LATER) == Area(("99002",))


def test_what_came_under_a_code_on_the_day_it_ended_does_not_move_on(
    areas: Areas,
) -> None:
    assert resolve(areas, "99001", EVE, LATER) == Area(("99002",), ("99001",))


def test_a_code_that_ended_is_looked_up_without_a_day(areas: Areas) -> None:
    assert resolve(areas, "99001", None, LATER).code == "99002"


def test_one_that_became_several_is_for_a_person_to_choose(areas: Areas) -> None:
    found = resolve(areas, "99004", None, LATER)
    assert (found.codes, found.code) == (("99002", "99003"), None)


def test_a_code_that_meant_nothing_on_the_day_it_is_said_to_be_of_is_unknown(
    areas: Areas,
) -> None:
    assert resolve(areas, "99001", DAY, LATER).codes == ()
    assert resolve(areas, "99003", date(1999, 1, 1), LATER).codes == ()
    assert resolve(areas, "99999", None, LATER).codes == ()


def test_a_code_that_only_went_on_needs_no_change(areas: Areas) -> None:
    assert resolve(areas, "99003", EVE, LATER) == Area(("99003",))


def test_other_meanings_of_a_code_are_told_by_name(areas: Areas) -> None:
    assert [u.name for u in other_names(areas, "99002", LATER)] == ["Xã Cũ Hai"]
    assert other_names(areas, "99003", LATER) == ()


def test_parts_of_a_commune_are_those_that_lead_to_it(areas: Areas) -> None:
    assert {u.code for u in came_from(areas, "99002", LATER, EVE)} == {"99001", "99004"}
    assert {u.code for u in came_from(areas, "99003", LATER, EVE)} == {
        "99002",
        "99003",
        "99004",
    }


def test_a_province_of_before_is_told_by_the_code_of_before(areas: Areas) -> None:
    assert province_on(areas, "99001", EVE, EVE) == ("98",)
    assert province_on(areas, "99001", EVE, LATER) == ("99",)
    assert province_on(areas, "99999", EVE, LATER) == ()


def test_a_commune_of_parts_from_two_provinces_names_both(areas: Areas) -> None:
    assert set(province_on(areas, "99002", LATER, EVE)) == {"98", "99"}


@pytest.mark.parametrize(
    ("area", "handed_in", "codes"),
    [
        ({"commune": "99001"}, EVE, {"98"}),
        ({"commune": "99001"}, LATER, {"99"}),
        ({"commune": "99002", "as_of": "2025-06-30"}, EVE, {"98"}),
        ({"commune": "99002", "as_of": "2025-06-30"}, LATER, {"99"}),
        ({"commune": "99002"}, LATER, {"99"}),
        # Today's code of parts from both: a person has to say.
        ({"commune": "99002"}, EVE, {"98", "99"}),
        ({"commune": "99999"}, EVE, set()),
        ({}, EVE, set()),
    ],
)
def test_a_dossier_has_the_province_of_the_day_it_was_handed_in(
    areas: Areas, area: dict[str, str], handed_in: date, codes: set[str]
) -> None:
    assert set(dossier_province(areas, area, LATER, handed_in)) == codes


def test_a_change_of_a_change_is_followed_in_order_of_days() -> None:
    rows = [
        {"code": "1", "name": "Một", "from": "2000-01-01", "to": "2009-12-31"},
        {"code": "2", "name": "Hai", "from": "2010-01-01", "to": "2019-12-31"},
        {"code": "1", "name": "Một mới", "from": "2020-01-01"},
    ]
    moves = [
        {"old": "2", "on": "2020-01-01", "new": ["1"]},
        {"old": "1", "on": "2010-01-01", "new": ["2"]},
    ]
    areas = read_areas({"communes": rows, "changes": moves})
    found = resolve(areas, "1", date(2005, 1, 1), LATER)
    assert found == Area(("1",), ("1", "2"))
    assert resolve(areas, "1", date(2005, 1, 1), date(2015, 1, 1)).code == "2"


def test_two_meanings_of_a_code_on_one_day_are_refused() -> None:
    rows = [
        {"code": "1", "name": "Một", "from": "2000-01-01"},
        {"code": "1", "name": "Hai", "from": "2010-01-01"},
    ]
    with pytest.raises(ValueError, match="commune 1: two meanings on 2010-01-01"):
        read_areas({"communes": rows})


def test_a_row_of_the_province_stands_instead_of_the_national_one() -> None:
    own = {
        "communes": [commune("99003", "Xã Sửa Tên", "99")],
        "changes": [change("99004", "99003")],
        "national": {"list": REUSED},
    }
    areas = read_areas(own)
    found = areas.on("99003", LATER)
    assert found is not None
    assert found.name == "Xã Sửa Tên"
    assert resolve(areas, "99004", None, LATER).code == "99003"
    assert resolve(areas, "99001", None, LATER).code == "99002"


CODES = st.sampled_from([f"9900{n}" for n in range(6)])


@given(
    st.dictionaries(CODES, st.lists(CODES, min_size=1, max_size=3, unique=True)),
    CODES,
)
def test_one_day_moves_a_code_once_whatever_was_used_again(
    moves: dict[str, list[str]], code: str
) -> None:
    codes = sorted({code, *moves, *(new for news in moves.values() for new in news)})
    rows = [commune(one, f"Cũ {one}", "98", ended=True) for one in codes]
    rows += [commune(one, f"Mới {one}", "99") for one in codes]
    changes = [change(old, *new) for old, new in moves.items()]
    areas = read_areas({"communes": rows, "changes": changes})
    assert set(resolve(areas, code, EVE, LATER).codes) == set(moves.get(code, [code]))


# ---- names


NAMED = read_areas(
    {
        "communes": [
            commune("99011", "Xã Hòa An", "99"),
            commune("99012", "Phường Hòa An", "99"),
            commune("99013", "Xã Hoa Ân", "99"),
            commune("99014", "Xã Vĩnh Mẫu", "99"),
            commune("99015", "Xã Hòa An", "99", ended=True),
        ]
    }
)


def suggested(name: str, day: date = LATER) -> list[str]:
    return [unit.code for unit in suggest(NAMED.units(), name, day)]


def test_the_very_name_comes_first_then_the_same_without_marks() -> None:
    assert suggested("xã Hòa An") == ["99011", "99013", "99012"]


def test_a_name_without_marks_finds_all_that_could_be_meant() -> None:
    assert set(suggested("hoa an")) == {"99011", "99012", "99013"}


def test_a_misspelt_name_is_still_found_and_nonsense_is_not() -> None:
    assert suggested("Vinh Mau") == ["99014"]
    assert suggested("Vĩnh Mẫuu") == ["99014"]
    assert suggested("Thượng Hải") == []
    assert suggested("  ") == []


def test_names_are_those_of_the_day() -> None:
    assert suggested("Hòa An", EVE) == ["99015"]


def test_a_route_knows_the_province_of_the_day_that_the_counter_wrote(
    areas: Areas,
) -> None:
    catalogue = replace(read(1, ladder()), areas=areas)
    area = {"commune": "99002", "as_of": "2025-06-30"}
    for received_at, province in (
        ("2025-06-30T09:00:00+07:00", "98"),
        ("2025-07-01T00:30:00+07:00", "99"),
        ("2025-06-30", "98"),
        ("", "99"),
    ):
        document = {"area": area, "received_at": received_at}
        route = plan(catalogue, catalogue.procedures[0], document, LATER)
        assert route.leg_facts["provinces"] == [province], received_at


def test_a_route_says_nothing_of_what_it_does_not_know() -> None:
    catalogue = read(1, ladder())
    route = plan(catalogue, catalogue.procedures[0], {"area": {"commune": "1"}}, LATER)
    assert route.leg_facts == {}
