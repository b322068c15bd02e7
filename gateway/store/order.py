"""The order within one conversation: who may go, who waits, who is overtaken; pure.

A conversation is (dossier, agency, leg or ``status``). Every store settles it by
this one function after anything in it has changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.transfer import Fate, State
from gateway.domain.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_ACTIVE = frozenset({State.DUE, State.SENDING, State.UNCONFIRMED})
#: Unconfirmed with nothing left: it lies ready and its office has not come for it.
_UNSENT = frozenset({State.WAITING, State.DUE, State.PARKED, State.UNCONFIRMED})
_FAILED = {
    State.REFUSED: "predecessor_refused",
    State.CANCELLED: "predecessor_cancelled",
}
#: Causes that hold only what depends on the same predecessor.
PREDECESSOR = frozenset(_FAILED.values())


@dataclass(slots=True)
class Place:
    """One open transfer's place in its conversation."""

    id: str
    position: int
    kind: str
    state: State
    fate: Fate
    cause: str | None = None
    dependent: bool = False
    overtakes: frozenset[str] = frozenset()
    named_by: str | None = None
    moved: bool = False
    doubt: str | None = None
    #: it may have left before the store was restored: it is asked about first


@dataclass(frozen=True, slots=True)
class Failure:
    """A transfer that was refused or cancelled just now."""

    position: int
    state: State
    until: int | None = None
    #: position of the one that replaced it: what follows that is not concerned


def settle_order(
    places: Sequence[Place], failures: Iterable[Failure], *, is_status: bool
) -> None:
    """Move the open transfers of a conversation, given by position.

    First what is overtaken is cancelled, then what depends on a failure parks,
    then the first that nothing holds becomes due. What has moved is marked.
    """
    failed = list(failures)
    for place in places:
        if place.overtakes:
            failed += _overtake(places, place)
    for failure in failed:
        _park_dependents(places, failure)
    if not any(place.state in _ACTIVE for place in places):
        _free(places, is_status=is_status)


def _overtake(places: Sequence[Place], by: Place) -> Iterable[Failure]:
    for place in places:
        if place.position >= by.position:
            return
        unsent = place.state in _UNSENT and place.fate is Fate.NOT_LEFT
        if unsent and place.kind in by.overtakes:
            _cancel(place, by)
            yield Failure(place.position, State.CANCELLED, until=by.position)


def _cancel(place: Place, by: Place) -> None:
    place.state, place.named_by, place.moved = State.CANCELLED, by.id, True


def _park_dependents(places: Sequence[Place], failure: Failure) -> None:
    for place in places:
        behind = place.position > failure.position and (
            failure.until is None or place.position < failure.until
        )
        if behind and place.dependent and place.state is State.WAITING:
            place.state, place.moved = State.PARKED, True
            place.cause = _FAILED[failure.state]


def _free(places: Sequence[Place], *, is_status: bool) -> None:
    parked: list[Place] = []
    for place in places:
        if place.state is State.PARKED:
            parked.append(place)
        if place.state is not State.WAITING:
            continue
        if is_status:
            # It carries the whole present state: an older one need not be told.
            for older in parked:
                _cancel(older, place)
        elif any(_holds(before, place) for before in parked):
            continue
        asked = place.doubt is not None
        place.state = State.UNCONFIRMED if asked else State.DUE
        place.moved = True
        return


def _holds(parked: Place, place: Place) -> bool:
    """Whether a parked transfer holds a later one that waits."""
    if parked.kind in place.overtakes:
        return False
    return place.dependent or parked.cause not in PREDECESSOR
