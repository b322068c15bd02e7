"""What lies ready at a mock until somebody fetches it: virtual time goes on to that."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from gateway.mockagency.clock import LIES_READY, MockClock
from gateway.mockagency.conductor import _moments

NOW = datetime(2026, 3, 10, 1, tzinfo=UTC)
LATER = (NOW + timedelta(minutes=5)).isoformat()


def test_what_lies_on_a_shelf_is_waited_for_an_hour() -> None:
    clock, lying = MockClock(NOW), [NOW]
    assert not clock.lies_ready
    clock.shelve(lambda: max(lying, default=None))
    clock.shelve(lambda: None)
    assert clock.lies_ready
    clock.set(NOW + LIES_READY)
    assert not clock.lies_ready
    lying.append(NOW + LIES_READY)
    assert clock.lies_ready
    lying.clear()
    assert not clock.lies_ready


def test_time_goes_on_to_a_look_of_anybody_while_something_lies_anywhere() -> None:
    gateway = {"next": None, "next_look": LATER, "lies_ready": False}
    assert _moments([gateway, {"next": None, "lies_ready": False}]) == []
    assert _moments([gateway, {"next": None, "lies_ready": True}]) == [
        datetime.fromisoformat(LATER)
    ]
