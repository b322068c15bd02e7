"""Only mock mode may have a wall that is not the machine's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from gateway.clocks.clock import RealClock, RunningClock, VirtualClock
from gateway.settings import Settings
from gateway.wiring.serve import Gateway

if TYPE_CHECKING:
    from pathlib import Path

START = "2026-03-10T07:30:00+07:00"
CLOCKS: dict[type[RealClock], dict[str, Any]] = {
    RealClock: {"kind": "real"},
    VirtualClock: {"kind": "virtual", "start": START},
    RunningClock: {"kind": "running", "start": START, "speed": 240.0},
}


def settings(folder: Path, profile: str, clock: dict[str, Any]) -> Settings:
    values = {"profile": profile, "run_dir": folder, "clock": clock}
    return Settings.model_validate(values)


@pytest.mark.parametrize("kind", CLOCKS)
def test_mock_mode_has_the_clock_that_its_settings_name(
    tmp_path: Path, kind: type[RealClock]
) -> None:
    gateway = Gateway(settings(tmp_path, "mock", CLOCKS[kind]))
    assert type(gateway.clock_of()) is kind


@pytest.mark.parametrize("kind", [VirtualClock, RunningClock])
def test_production_refuses_to_start_by_any_other_wall_than_the_machines(
    tmp_path: Path, kind: type[RealClock]
) -> None:
    settings(tmp_path, "production", CLOCKS[RealClock])
    with pytest.raises(ValidationError, match="chỉ dùng với profile mock"):
        settings(tmp_path, "production", CLOCKS[kind])


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "fast"},
        {"kind": "running", "start": START, "speed": 0},
        {"kind": "running"},
        {"kind": "virtual"},
        {"fast": 1},
    ],
)
def test_an_impossible_clock_is_refused(tmp_path: Path, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        settings(tmp_path, "mock", wrong)
