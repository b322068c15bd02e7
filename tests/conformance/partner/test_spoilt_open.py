"""Agencies of the open interface that are wrong in one thing each, and what they break."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from gateway.adapters.open import mock as pushed_mock
from gateway.adapters.open import mock_rounds
from gateway.conformance.partner.mocked import Spoiling
from gateway.conforming import Role
from gateway.mockagency.office import Answer
from tests.conformance.partner.chosen import some_of
from tests.conformance.partner.kit import against_mock, broken
from tests.conformance.partner.spoilt import Content, called, calling

STORED = Answer(200, {}, b'{"result": "recorded"}')


def told_otherwise(**settings: Any) -> Spoiling:
    """An agency whose settings are others."""

    def alter(mock: Any, _app: object) -> None:
        mock.office.settings.update(settings)

    return Spoiling(alter=alter)


def _always_known(_operation: str, _call: Content, answer: Content) -> Content:
    return {**answer, "known": True} if "known" in answer else answer


def _never_duplicate(_operation: str, _call: Content, answer: Content) -> Content:
    return {key: value for key, value in answer.items() if key != "duplicate"}


def _key_in_the_address(url: str, call: Content) -> tuple[str, Content]:
    return f"{url}?key=khoa-thu-cua-don-vi", call


def _tomorrow(url: str, call: Content) -> tuple[str, Content]:
    if "event_at" in call:
        later = datetime.fromisoformat(call["event_at"]) + timedelta(days=1)
        call["event_at"] = later.isoformat()
    return url, call


def _more_fields(url: str, call: Content) -> tuple[str, Content]:
    return url, {**call, "truong_la": "1"} if "report_id" in call else call


def _anew_each_time() -> Spoiling:
    counted = iter(range(1000))

    def send(url: str, call: Content) -> tuple[str, Content]:
        if "report_id" in call:
            call["report_id"] = f"bc-{next(counted)}"
        return url, call

    return calling(send)


def _stored_when_busy(answer: Answer) -> Answer:
    return STORED if answer.status == 503 else answer


SERVERS: dict[str, tuple[Spoiling, set[str]]] = {
    "any time does": (told_otherwise(tolerance_s=0), {"MO-605"}),
    "everything is known": (called(after=_always_known), {"MO-608"}),
    "a repeat is no duplicate": (called(after=_never_duplicate), {"MO-607"}),
}
CLIENTS: dict[str, tuple[Spoiling, set[str]]] = {
    "the key stands in the address": (calling(_key_in_the_address), {"MO-303"}),
    "things happen tomorrow": (calling(_tomorrow), {"MO-409"}),
    "reports have more fields": (calling(_more_fields), {"MO-408"}),
    # What it takes for acknowledged stands in its list again, and is acknowledged then.
    "busy is as good as stored": (calling(hear=_stored_when_busy), {"MO-307"}),
    "a lost answer is as good as stored": (calling(lost_is=STORED), {"MO-306"}),
    "each attempt is another report": (_anew_each_time(), {"MO-306", "MO-307"}),
}


@pytest.mark.parametrize("what", some_of(SERVERS))
async def test_a_spoilt_agency_that_is_pushed_to_breaks_what_it_breaks(
    what: str,
) -> None:
    spoiling, wrong = SERVERS[what]
    outcome = await against_mock("open", Role.SERVER, spoiling)
    assert broken(outcome).keys() == wrong, broken(outcome)


@pytest.mark.parametrize("what", some_of(CLIENTS))
async def test_a_spoilt_agency_that_fetches_breaks_what_it_breaks(what: str) -> None:
    spoiling, wrong = CLIENTS[what]
    outcome = await against_mock("open", Role.CLIENT, spoiling)
    assert broken(outcome).keys() == wrong, broken(outcome)


async def test_an_agency_that_checks_no_signature_breaks_that(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pushed_mock, "check", lambda _push, _key: None)
    outcome = await against_mock("open", Role.SERVER)
    assert broken(outcome).keys() == {"MO-602"}


async def test_an_agency_that_fetches_no_file_breaks_that(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def whole(*_given: object) -> bool:
        return True

    monkeypatch.setattr(mock_rounds, "files_are_whole", whole)
    outcome = await against_mock("open", Role.CLIENT)
    assert broken(outcome).keys() == {"MO-403"}


async def test_an_agency_that_looks_all_the_time_breaks_that(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mock_rounds.Rounds, "_wait_s", lambda _rounds: 5.0)
    outcome = await against_mock("open", Role.CLIENT, only="MO-402")
    assert broken(outcome).keys() == {"MO-402"}
