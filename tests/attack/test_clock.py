"""A clock that somebody moved, or that nothing keeps in step, does not stay unseen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from gateway.clocks.kernel import KernelClock
from gateway.settings import Profile, Settings
from gateway.watch.clock_step import ClockStep
from gateway.wiring.alerting_clock import of_clock
from tests.attack.frame import Attack, attacks

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 3, 10, 0, 30, tzinfo=UTC)
GOOD, BAD = KernelClock(True, 0.01), KernelClock(False, 16.0)
#: How far the wall moves while a minute passes; what the kernel says.
MOVED = {
    "day-ahead": (86_460.0, GOOD),
    "hour-back": (-3_540.0, GOOD),
    "seconds-ahead": (63.0, GOOD),
    "out-of-step": (60.0, BAD),
}


@pytest.mark.parametrize(
    ("attack", "by_s", "known"),
    attacks(*((Attack(26, name, "wall"), *how) for name, how in MOVED.items())),
)
def test_a_moved_clock_is_told_of(
    attack: Attack, by_s: float, known: KernelClock
) -> None:
    mono = [0.0]
    step = ClockStep(lambda: known, lambda: mono[0], "nut-1")
    list(step.look(NOW))
    mono[0] = 60.0
    assert len(list(step.look(NOW + timedelta(seconds=by_s)))) == 1


@pytest.mark.honest
@pytest.mark.parametrize("attack", attacks((Attack(26, "slewed", "wall"),)))
def test_a_clock_that_is_slewed_is_no_matter(attack: Attack) -> None:
    mono = [0.0]
    step = ClockStep(lambda: GOOD, lambda: mono[0], "nut-1")
    for n in range(1, 60):
        mono[0] = 60.0 * n
        assert not list(step.look(NOW + timedelta(seconds=60.03 * n)))


@pytest.mark.control
@pytest.mark.parametrize("attack", attacks((Attack(26, "day-ahead", "wall"),)))
def test_mock_mode_looks_at_no_clock(attack: Attack, tmp_path: Path) -> None:
    mock = Settings(run_dir=tmp_path, profile=Profile.MOCK)
    assert list(of_clock(None, mock)) == []  # type: ignore[arg-type]
