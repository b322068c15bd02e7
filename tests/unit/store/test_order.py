"""Who may go in a conversation; the pure rule."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.transfer import Fate, State
from gateway.store.order import Failure, Place, settle_order

ACTIVE = {State.DUE, State.SENDING, State.UNCONFIRMED}


def place(position: int, state: State = State.WAITING, **changes: Any) -> Place:
    values = {"kind": "hand_over", "fate": Fate.NOT_LEFT, **changes}
    return Place(id=f"t{position}", position=position, state=state, **values)


def settled(*places: Place, failed: int = 0, is_status: bool = False) -> list[str]:
    failures = [Failure(failed, State.REFUSED)] if failed else []
    settle_order(places, failures, is_status=is_status)
    return [one.state.value for one in places]


def test_the_first_waiting_one_becomes_due() -> None:
    assert settled(place(1), place(2)) == ["due", "waiting"]


def test_nobody_becomes_due_beside_an_active_one() -> None:
    for state in ACTIVE:
        assert settled(place(1, state), place(2)) == [state.value, "waiting"]


def test_a_parked_one_holds_all_but_those_it_has_nothing_to_do_with() -> None:
    parked = place(1, State.PARKED, cause="needs_data")
    assert settled(parked, place(2)) == ["parked", "waiting"]
    behind = place(1, State.PARKED, cause="predecessor_refused", dependent=True)
    assert settled(behind, place(2, dependent=True), place(3)) == [
        "parked",
        "waiting",
        "due",
    ]


def test_what_was_replaced_parks_only_what_came_between() -> None:
    replaced = place(1, State.DUE)
    between = place(2, dependent=True, kind="supplement")
    replacing = place(3, overtakes=frozenset({"hand_over"}))
    after = place(4, dependent=True, kind="supplement")
    assert settled(replaced, between, replacing, after) == [
        "cancelled",
        "parked",
        "due",
        "waiting",
    ]
    assert (replaced.named_by, between.cause) == ("t3", "predecessor_cancelled")


def test_what_may_have_left_is_never_cancelled_by_an_overtaker() -> None:
    for state in (State.SENDING, State.UNCONFIRMED, State.DUE):
        head = place(1, state, fate=Fate.MAY_HAVE_LEFT)
        assert settled(head, place(2, overtakes=frozenset({"hand_over"}))) == [
            state.value,
            "waiting",
        ]


def test_a_newer_status_cancels_only_parked_ones() -> None:
    old = place(1, State.PARKED, kind="status", fate=Fate.MAY_HAVE_LEFT)
    assert settled(old, place(2, kind="status"), is_status=True) == ["cancelled", "due"]
    unsure = place(1, State.UNCONFIRMED, kind="status")
    assert settled(unsure, place(2, kind="status"), is_status=True) == [
        "unconfirmed",
        "waiting",
    ]


PLACES = st.lists(
    st.builds(
        Place,
        id=st.just(""),
        position=st.just(0),
        kind=st.sampled_from(["a", "b"]),
        state=st.sampled_from([State.WAITING, State.PARKED]),
        fate=st.sampled_from([Fate.NOT_LEFT, Fate.MAY_HAVE_LEFT]),
        cause=st.sampled_from([None, "needs_data", "predecessor_refused"]),
        dependent=st.booleans(),
        overtakes=st.frozensets(st.sampled_from(["a", "b"]), max_size=2),
        named_by=st.none(),
        moved=st.just(False),
    ),
    max_size=6,
)


@given(PLACES, st.sampled_from([None, *sorted(ACTIVE)]), st.integers(0, 7))
def test_settling_leaves_one_active_at_most_and_settles_at_once(
    places: list[Place], active: State | None, failed: int
) -> None:
    if active is not None:
        places.insert(0, place(0, active, fate=Fate.MAY_HAVE_LEFT))
    for position, one in enumerate(places, start=1):
        one.id, one.position = f"t{position}", position
    settled(*places, failed=failed)
    assert sum(one.state in ACTIVE for one in places) <= 1
    before = [one.state for one in places]
    left = [one for one in places if one.state is not State.CANCELLED]
    settled(*left)
    assert [one.state for one in places] == before
    assert all(one.named_by for one in places if one.state is State.CANCELLED)
