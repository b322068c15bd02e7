from pathlib import Path
from typing import Any

import pytest

from gateway.conformance.examples import Expected, judge, read

NUMBER = "H00.01-260309-0001"
EXPECTED = Expected(
    name="vi-du",
    number=NUMBER,
    end="finished",
    reason="",
    effects={("land_registry", "hand_over"): 1, ("one_stop", "status"): 2},
    told=((4, ""), (9, "")),
    numbers=(("one_stop", "ma_ho_so"),),
)


def shown(**changes: Any) -> dict[str, Any]:
    numbers = [{"agency": "one_stop", "kind": "ma_ho_so", "value": NUMBER}]
    return {"end": "finished", "numbers": numbers, "transfers": [], **changes}


def line(agency: str, kind: str, **facts: Any) -> dict[str, Any]:
    return {"agency": agency, "kind": kind, "number": NUMBER, "facts": facts}


def books() -> list[dict[str, Any]]:
    return [
        line("land_registry", "hand_over"),
        line("one_stop", "status", portal_code=4, pause=""),
        line("one_stop", "status", portal_code=9, pause=""),
    ]


def test_an_example_that_came_out_as_expected_has_no_difference() -> None:
    verdict = judge(EXPECTED, shown(), books())
    assert (verdict.differences, verdict.stuck, verdict.lost) == ([], False, False)


def test_an_effect_that_is_not_listed_is_a_difference() -> None:
    verdict = judge(EXPECTED, shown(), [*books(), line("tax", "slip_new")])
    assert verdict.differences == ["tax slip_new: 1 times, expected 0"]


def test_an_effect_twice_is_a_difference() -> None:
    verdict = judge(EXPECTED, shown(), [*books(), line("land_registry", "hand_over")])
    assert verdict.differences == ["land_registry hand_over: 2 times, expected 1"]


def test_an_accepted_dossier_that_the_store_lacks_is_lost() -> None:
    assert judge(EXPECTED, None, books()).lost


def test_a_dossier_that_ended_without_a_required_effect_is_lost() -> None:
    assert judge(EXPECTED, shown(), books()[1:]).lost


def test_a_dossier_that_stands_still_where_it_should_not_is_stuck() -> None:
    parked = [{"state": "parked", "cause": "needs_data"}]
    verdict = judge(EXPECTED, shown(end="", transfers=parked), books())
    assert verdict.stuck
    assert verdict.end == "parked"


def test_messages_in_another_order_are_a_difference() -> None:
    land, four, nine = books()
    assert judge(EXPECTED, shown(), [land, nine, four]).differences


def test_a_number_that_nobody_knows_is_a_difference() -> None:
    verdict = judge(EXPECTED, shown(numbers=[]), books())
    assert verdict.differences == ["number one_stop.ma_ho_so is missing"]


def test_expectations_without_an_end_are_refused(tmp_path: Path) -> None:
    (tmp_path / "expected.toml").write_text("", "utf-8")
    with pytest.raises(KeyError, match="end"):
        read(tmp_path, NUMBER)
