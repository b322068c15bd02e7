"""A wall is wrong where it moved, or fell behind, and nothing says that it is right."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from gateway.clocks.kernel import KernelClock
from gateway.watch.clock_trust import ClockTrust

NOW = datetime(2026, 3, 10, 0, 30, tzinfo=UTC)
IN_STEP, ALONE, FAR = (
    KernelClock(True, 0.01),
    KernelClock(False, 16.0),
    KernelClock(True, 900.0),
)


class Machine:
    """A wall, real seconds, and what the kernel says, that a test moves."""

    def __init__(self, known: KernelClock | None) -> None:
        self.known = known
        self.wall, self.real = NOW, 1_000.0
        self.trust = self.started()

    def started(self) -> ClockTrust:
        return ClockTrust(lambda: self.known, lambda: self.real, most_s=60.0)

    def after(self, real_s: float, moved_s: float = 0.0) -> str:
        self.real += real_s
        self.wall += timedelta(seconds=real_s + moved_s)
        return self.trust.look(self.wall)


@pytest.mark.parametrize("known", [ALONE, FAR, None])
@pytest.mark.parametrize("by_s", [61.0, -61.0, 86_400.0, -3_600.0])
def test_a_wall_that_moved_is_wrong_until_it_is_moved_back(
    known: KernelClock | None, by_s: float
) -> None:
    machine = Machine(IN_STEP)
    assert machine.after(1) == ""
    # Setting a clock makes the kernel forget that anything kept it in step.
    machine.known = known
    why = machine.after(1, by_s)
    assert ("tới" if by_s > 0 else "lùi") in why
    assert f"{abs(by_s):.0f} giây" in why
    assert machine.after(86_400) == why
    assert machine.after(1, -by_s) == ""


def test_a_wall_that_a_source_of_time_moved_is_right() -> None:
    machine = Machine(ALONE)
    assert machine.after(1) == ""
    assert machine.after(1, 500.0)
    machine.known = IN_STEP
    assert machine.after(1) == ""
    machine.known = ALONE
    assert machine.after(1) == ""


@pytest.mark.parametrize("known", [ALONE, None])
def test_a_wall_that_nobody_keeps_in_step_goes_on(known: KernelClock | None) -> None:
    machine = Machine(known)
    for _ in range(60):
        assert machine.after(60, 0.9) == ""


def test_a_machine_that_starts_in_its_past_is_wrong_until_its_clock_is_set() -> None:
    machine = Machine(ALONE)
    machine.wall -= timedelta(days=400)
    machine.trust.seen = NOW
    assert "chậm" in machine.after(1)
    machine.known = IN_STEP
    assert machine.after(1, 400 * 86_400.0) == ""


def test_a_machine_that_slept_is_right() -> None:
    """Real seconds go on in its sleep, as its wall does."""
    machine = Machine(ALONE)
    assert machine.after(1) == ""
    assert machine.after(8 * 3_600.0) == ""
