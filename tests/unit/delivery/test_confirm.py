"""What an enquiry says of the message, and what it says of the office."""

from __future__ import annotations

from gateway.delivery.confirm import Heard, _about_the_message, _of_the_office
from gateway.domain.attempt import Outcome
from gateway.ports.agency import Answer


def test_not_here_is_what_is_known_of_the_message() -> None:
    heard = Heard(Answer(Outcome.NOT_DELIVERED, "unknown_there"), said=True)
    told = _about_the_message(heard)
    assert told is not None
    assert told.outcome is Outcome.NOT_DELIVERED


def test_whoever_says_not_here_is_there() -> None:
    heard = Heard(Answer(Outcome.NOT_DELIVERED, "unknown_there"), said=True)
    assert _of_the_office(heard).outcome is Outcome.DELIVERED


def test_an_enquiry_that_found_nobody_says_nothing_of_the_message() -> None:
    heard = Heard(Answer(Outcome.NOT_DELIVERED, "connect_failed"), said=False)
    told = _about_the_message(heard)
    assert told is not None
    assert (told.outcome, told.code) == (Outcome.UNKNOWN, "connect_failed")
    assert _of_the_office(heard).outcome is Outcome.NOT_DELIVERED


def test_a_kind_that_cannot_be_asked_about_says_nothing() -> None:
    assert _about_the_message(None) is None
