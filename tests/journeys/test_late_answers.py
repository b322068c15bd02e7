"""An agency's answer that comes when its message was given up already: it counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from gateway.domain.attempt import Outcome
from gateway.domain.identifiers import AgencyId, OfficeId
from gateway.domain.principal import EVERYTHING
from gateway.domain.report import Reference
from gateway.domain.transfer import Fate, Move, State
from gateway.ports.agency import Answer
from gateway.ports.store import Change
from tests.journeys.test_callbacks import CORRECTION, progress, quiet_world
from tests.journeys.test_unmatched import waiting
from tests.world import World, a_dossier

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from pathlib import Path

    from tests.world import Json

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
LAND = OfficeId("land-mau-1")
NUMBER = "H00.01-260310-2811"
GIVEN = "BN-2811"
TOOK = Answer(
    Outcome.DELIVERED,
    "accepted",
    introduces=(Reference(AgencyId("land_registry"), "so_bien_nhan", GIVEN),),
)


class Slow:
    """An office that answers once this has happened; its messages are counted."""

    def __init__(
        self, adapter: Any, answer: Answer, meanwhile: Callable[[Any], Awaitable[None]]
    ) -> None:
        self._adapter = adapter
        self._answer = answer
        self._meanwhile = meanwhile
        self.sent = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._adapter, name)

    async def submit(self, batch: Sequence[Any], *, timeout_s: float) -> list[Answer]:
        del batch, timeout_s
        self.sent += 1
        if self.sent == 1:
            await self._meanwhile(self)
        return [self._answer]


def _slow(
    world: World, answer: Answer, meanwhile: Callable[[Any], Awaitable[None]]
) -> Slow:
    assert world.gateway is not None
    adapters: Any = world.gateway.adapters
    original = adapters.of
    slow = Slow(original(LAND), answer, meanwhile)
    adapters.of = lambda office: slow if office == LAND else original(office)
    return slow


async def _given_up(world: World) -> Json:
    """Its lease has ended, nobody could be asked: it is left to a person."""
    assert world.gateway is not None
    store, now = world.gateway.tools.store, world.gateway.clock.now()
    (shown,) = await world.transfers(NUMBER, "hand_over")
    one = await store.transfer(shown["id"], EVERYTHING)
    assert one is not None
    was = State.SENDING
    for state, after, cause in (
        (State.UNCONFIRMED, now, "lease_over"),
        (State.PARKED, None, "fate_unknown"),
    ):
        move = Move(one.id, was, state, Fate.MAY_HAVE_LEFT, after, cause)
        await store.apply(Change(now, one.dossier_id, moves=(move,)))
        was = state
    (shown,) = await world.transfers(NUMBER, "hand_over")
    return shown


async def _answered(
    world: World, answer: Answer, then: tuple[str, str] | None = None
) -> tuple[Json, Slow]:
    """The hand-over after an answer that came too late, and the office."""

    async def meanwhile(_: Any) -> None:
        shown = await _given_up(world)
        if then is not None:
            assert (await world.act(shown, *then)).status == 200

    slow = _slow(world, answer, meanwhile)
    await world.submit(a_dossier(NUMBER, **CORRECTION))
    await world.settle()
    (handed,) = await world.transfers(NUMBER, "hand_over")
    return handed, slow


async def _knows(world: World, number: str) -> bool:
    """Whether what the office reports under a number finds its dossier."""
    body = progress(number, 12, "2026-03-11T02:00:00")
    await world.push("ChuyenHoSo", body)
    return await waiting(world) == []


async def test_it_settles_what_was_given_up_and_keeps_the_agencys_number(
    tmp_path: Path,
) -> None:
    async with quiet_world(tmp_path, NUMBER) as world:
        handed, slow = await _answered(world, TOOK)
        assert (handed["state"], handed["fate"]) == ("delivered", "agency_has_it")
        assert slow.sent == 1
        assert (await world.shown(NUMBER))["legs"][0]["place"] == "agency"
        assert await _knows(world, GIVEN)


async def test_it_keeps_from_leaving_again_what_somebody_took_for_lost(
    tmp_path: Path,
) -> None:
    async with quiet_world(tmp_path, NUMBER) as world:
        lost = ("agency_has_it_not", "Chi nhánh báo chưa thấy")
        assert world.gateway is not None
        # Nobody claims it before the answer is there.
        world.gateway.loops.worker._free = 1
        handed, slow = await _answered(world, TOOK, lost)
        assert (handed["state"], handed["fate"]) == ("delivered", "agency_has_it")
        assert slow.sent == 1


async def test_it_brings_the_number_of_what_a_person_said_is_there(
    tmp_path: Path,
) -> None:
    async with quiet_world(tmp_path, NUMBER) as world:
        there = ("agency_has_it", "Chi nhánh báo đã nhận")
        handed, _ = await _answered(world, TOOK, there)
        assert handed["state"] == "delivered"
        tried = (await world.history(handed))["history"]
        assert [one["outcome"] for one in tried] == ["delivered"]
        assert await _knows(world, GIVEN)


async def test_a_late_refusal_is_shown_to_who_decides(tmp_path: Path) -> None:
    async with quiet_world(tmp_path, NUMBER) as world:
        refused = Answer(Outcome.REFUSED, "bad_form", response=b"{}")
        handed, _ = await _answered(world, refused)
        assert (handed["state"], handed["cause"]) == ("parked", "fate_unknown")
        tried = (await world.history(handed))["history"]
        assert [(t["outcome"], t["code"]) for t in tried] == [("refused", "bad_form")]
