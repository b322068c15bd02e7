"""What a bulk job is: rates, steering, counts that add up, items that have moved."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.bulk import (
    ACTIVE,
    MOST_PER_SECOND,
    OVER,
    Counts,
    Item,
    ItemKey,
    JobState,
    Outcome,
    Selection,
    Steer,
    counted,
    plain,
    share,
    stands_as_selected,
    steered,
)
from gateway.domain.identifiers import (
    AgencyId,
    DossierId,
    MessageKind,
    OfficeId,
    TransferId,
)
from gateway.domain.transfer import Fate, State, Transfer

NOW = datetime(2026, 3, 10, 1, 0, tzinfo=UTC)


@given(st.integers(1, MOST_PER_SECOND))
def test_shares_keep_the_rate_and_no_share_is_empty(per_second: int) -> None:
    count, seconds = share(per_second)
    assert count >= 1
    assert count / seconds == pytest.approx(per_second)
    assert count <= max(1, per_second / 4)


@pytest.mark.parametrize("complete", [True, False])
@pytest.mark.parametrize("state", JobState)
def test_a_job_is_steered_only_while_there_is_something_to_steer(
    state: JobState, complete: bool
) -> None:
    after = {one: steered(state, one, complete=complete) for one in Steer}
    if state in OVER or state is JobState.STOPPING:
        assert set(after.values()) == {None}
        return
    assert after[Steer.STOP] is JobState.STOPPING
    on = JobState.RUNNING if complete else JobState.COLLECTING
    paused = state is JobState.PAUSED
    assert after[Steer.RESUME] is (on if paused else None)
    assert after[Steer.PAUSE] is (None if paused else JobState.PAUSED)


def test_every_state_is_active_over_or_paused() -> None:
    assert ACTIVE | OVER | {JobState.PAUSED} == set(JobState)
    assert not ACTIVE & OVER


def test_counts_add_up_only_if_no_item_is_missing() -> None:
    found: dict[str, int] = {
        Outcome.LEFT: 1,
        Outcome.DONE: 2,
        Outcome.FAILED: 3,
        Outcome.STOPPED: 4,
        Outcome.SKIPPED: 5,
    }
    whole = counted(15, 5, found)
    assert whole == Counts(15, 5, 1, 2, 3, 4)
    assert (whole.queued, whole.add_up) == (10, True)
    assert not counted(16, 5, found).add_up
    assert Counts().add_up


def _transfer(**changes: Any) -> Transfer:
    values: dict[str, Any] = {
        "id": TransferId("t_1"),
        "dossier_id": DossierId("d_1"),
        "agency": AgencyId("land_registry"),
        "office": OfficeId("land-1"),
        "leg": "land",
        "conversation": "land",
        "position": 1,
        "kind": MessageKind("hand_over"),
        "state": State.PARKED,
        "fate": Fate.MAY_HAVE_LEFT,
        "attempts": 2,
        "enquiries": 0,
        "created_at": NOW,
        "facts": {},
        "payload": None,
        "revision": 1,
    }
    return Transfer(**{**values, **changes})


def _item(state: State, fate: Fate, attempts: int) -> Item:
    return Item(
        ItemKey("b_1", 1),
        TransferId("t_1"),
        DossierId("d_1"),
        state,
        fate,
        attempts,
        Outcome.LEFT,
    )


def test_what_was_sent_again_meanwhile_is_not_what_was_selected() -> None:
    item = _item(State.PARKED, Fate.MAY_HAVE_LEFT, 2)
    assert stands_as_selected(item, _transfer(enquiries=7, cause="another"))
    assert not stands_as_selected(item, _transfer(attempts=3))
    assert not stands_as_selected(item, _transfer(fate=Fate.NOT_LEFT))
    assert not stands_as_selected(item, _transfer(state=State.DUE))


def test_what_the_gateway_tries_by_itself_stays_selected() -> None:
    item = _item(State.DUE, Fate.NOT_LEFT, 2)
    due = _transfer(state=State.DUE, fate=Fate.NOT_LEFT, attempts=5)
    assert stands_as_selected(item, due)


def test_a_selection_tells_what_was_given_and_no_more() -> None:
    assert plain(Selection((State.PARKED,))) == {"states": ["parked"]}
    selection = Selection(
        (State.DUE,), OfficeId("land-1"), cause="timeout", still_before=NOW
    )
    assert plain(selection) == {
        "states": ["due"],
        "office": "land-1",
        "cause": "timeout",
        "still_before": "2026-03-10T01:00:00+00:00",
    }
