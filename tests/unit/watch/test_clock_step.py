"""A clock that nothing keeps in step is told of, and one that jumped."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from gateway.clocks.kernel import KernelClock, kernel_clock
from gateway.watch.clock_step import ClockStep

if TYPE_CHECKING:
    from gateway.domain.alert import Holding

NOW = datetime(2026, 3, 10, 0, 30, tzinfo=UTC)


class Machine:
    """A wall and real seconds that a test moves apart."""

    def __init__(self, known: KernelClock | None) -> None:
        self.known = known
        self.wall, self.mono = NOW, 1_000.0
        self.step = ClockStep(lambda: self.known, lambda: self.mono, "nut-1")

    def after(self, real_s: float, wall_s: float | None = None) -> list[Holding]:
        self.mono += real_s
        self.wall += timedelta(seconds=real_s if wall_s is None else wall_s)
        return list(self.step.look(self.wall))


GOOD = KernelClock(synchronised=True, error_s=0.01)


def test_a_clock_that_is_kept_in_step_tells_nothing() -> None:
    machine = Machine(GOOD)
    assert [machine.after(60, 60.5) for _ in range(3)] == [[], [], []]


@pytest.mark.parametrize(
    "known",
    [
        KernelClock(synchronised=False, error_s=16.0),
        KernelClock(synchronised=True, error_s=7.5),
    ],
)
def test_one_that_nothing_keeps_in_step_is_told_of_until_it_is(
    known: KernelClock,
) -> None:
    machine = Machine(known)
    for _ in range(2):
        (told,) = machine.after(60)
        assert told.subject == "nut-1:step"
    machine.known = GOOD
    assert machine.after(60) == []


@pytest.mark.parametrize(("by_s", "how"), [(600, "tới 600"), (-600, "lùi 600")])
def test_a_jump_either_way_is_told_of_for_an_hour(by_s: float, how: str) -> None:
    machine = Machine(GOOD)
    assert machine.after(60) == []
    (told,) = machine.after(60, 60 + by_s)
    assert how in told.reason
    assert len(machine.after(60)) == 1
    assert machine.after(3_601) == []


def test_a_system_that_does_not_say_is_not_doubted() -> None:
    assert Machine(None).after(60) == []


def test_the_kernel_of_this_machine_is_asked_and_nothing_is_changed() -> None:
    first, second = kernel_clock(), kernel_clock()
    assert (first is None) == (second is None)
    assert first is None or first.error_s >= 0
