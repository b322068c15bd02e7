"""What the watchdog remembers, and whom it owes word."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from gateway.domain.alert import What
from gateway.watch.outside import (
    Sighting,
    after_look,
    after_word,
    owed,
    settled,
)

NOW = datetime(2026, 3, 10, 1, 0, tzinfo=UTC)
ROADS = ("mail", "webhook")


@dataclass
class Dog:
    """Looks one after the other; roads that are shut take nothing."""

    seen: Sighting = field(default_factory=Sighting)
    told: list[tuple[str, What]] = field(default_factory=list)
    shut: set[str] = field(default_factory=set)
    now: datetime = NOW

    def look(self, why: str = "", times: int = 1) -> None:
        for _ in range(times):
            self.now += timedelta(minutes=1)
            seen = after_look(self.seen, why, self.now, 3)
            for road, what in list(owed(seen, ROADS, 3)):
                if road not in self.shut:
                    self.told.append((road, what))
                    seen = after_word(seen, road, what)
            self.seen = settled(seen, 3)


BEGAN = [(road, What.BEGAN) for road in ROADS]
ENDED = [(road, What.ENDED) for road in ROADS]


def test_three_failed_looks_are_told_once_on_each_road_and_three_good_ones() -> None:
    dog = Dog()
    dog.look("away", 2)
    assert dog.told == []
    dog.look("away", 50)
    assert dog.told == BEGAN
    assert dog.seen.since == NOW + timedelta(minutes=1)
    dog.look(times=2)
    assert dog.told == BEGAN
    dog.look(times=50)
    assert dog.told == BEGAN + ENDED
    assert dog.seen == Sighting(answered=dog.seen.answered)


def test_a_look_that_fails_now_and_then_is_told_to_nobody() -> None:
    dog = Dog()
    for _ in range(20):
        dog.look("away", 2)
        dog.look()
    assert dog.told == []


def test_one_that_comes_and_goes_while_it_is_down_is_down() -> None:
    dog = Dog()
    dog.look("away", 3)
    for _ in range(20):
        dog.look(times=2)
        dog.look("away")
    assert dog.told == BEGAN


def test_a_road_that_takes_nothing_is_tried_again_and_the_other_not() -> None:
    dog = Dog(shut={"mail"})
    dog.look("away", 5)
    assert dog.told == [("webhook", What.BEGAN)]
    dog.shut = set()
    dog.look("away")
    assert dog.told == [("webhook", What.BEGAN), ("mail", What.BEGAN)]


def test_a_road_that_never_took_the_onset_is_not_told_of_the_end() -> None:
    dog = Dog(shut={"mail"})
    dog.look("away", 3)
    dog.look()
    dog.shut = set()
    dog.look(times=3)
    assert dog.told == [("webhook", What.BEGAN), ("webhook", What.ENDED)]


def test_the_end_is_owed_until_it_was_taken() -> None:
    dog = Dog()
    dog.look("away", 3)
    dog.shut = {"mail"}
    dog.look(times=9)
    assert dog.told == [*BEGAN, ("webhook", What.ENDED)]
    dog.shut = set()
    dog.look(times=3)
    assert dog.told == [*BEGAN, *reversed(ENDED)]
