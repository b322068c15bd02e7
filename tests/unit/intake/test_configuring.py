"""Which calendar a configuration that is applied has."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gateway.domain.errors import ActionNotPossible, SenderError
from gateway.intake.configuring import with_calendar
from gateway.wiring.files import read_folder

CONTENT = read_folder(Path(__file__).parents[3] / "config")


def given(calendar: Any) -> dict[str, Any]:
    return {**CONTENT, "calendar": calendar}


def test_the_first_of_all_brings_its_calendar() -> None:
    assert with_calendar(CONTENT, None) == CONTENT


@pytest.mark.parametrize(
    "calendar", [{"2026": {"weekend": ["sunnday"]}}, {"26": {}}, ["2026"], "2026"]
)
def test_a_first_calendar_that_is_wrong_is_refused(calendar: Any) -> None:
    with pytest.raises(SenderError) as refused:
        with_calendar(given(calendar), None)
    assert refused.value.code == "calendar_invalid"


@pytest.mark.parametrize("calendar", [{}, None, {"2026": CONTENT["calendar"]["2026"]}])
def test_years_that_are_left_out_are_kept(calendar: Any) -> None:
    kept = with_calendar(given(calendar), CONTENT)
    assert kept["calendar"] == CONTENT["calendar"]


@pytest.mark.parametrize("year", ["2026", "2027"])
def test_a_year_otherwise_than_it_runs_is_refused_with_the_command(year: str) -> None:
    calendar = {**CONTENT["calendar"], year: {"weekend": ["sunday"]}}
    with pytest.raises(ActionNotPossible) as refused:
        with_calendar(given(calendar), CONTENT)
    assert refused.value.code == "calendar_by_import"
    assert f"năm {year} " in refused.value.remedy
    assert "lienthong calendar import" in refused.value.remedy
