"""Restored to an older point while agencies have moved on: nothing is done twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from gateway.store import apply
from gateway.store.incarnations import IncarnationRows
from tests.journeys.alarms import look
from tests.restored import WATER, Kept, calls_made, effects, tell_again
from tests.world import World, quick

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.wiring.backups import Made

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]
#: Land and tax on a line, by the portal, the other land system, electricity, water,
#: civil registry, an office that fetches, one that works by a list.
EXAMPLES = (
    "01-chuyen-nhuong-thuong",
    "10-bo-sung",
    "47-ilis-chuyen-nhuong",
    "51-phong-chay-tu-lay",
    "53-xa-khong-phan-mem",
    "56-cap-dien-ha-ap",
    "67-lap-nuoc-moi",
    "74-khai-sinh-lien-thong",
)
LAND_AND_TAX, NUMBER = "01-chuyen-nhuong-thuong", "H00.01-260309-0001"
WRONG_RESULT = "22-ket-qua-sai"


async def unheard(world: World) -> set[str]:
    """Offices whose later word the restored store may lack, as people are told."""
    told = await world.call("GET", "/v1/restores", role="operator")
    return {row["office"] for row in told.body["unheard"]}


@pytest.mark.parametrize("hours", [8, 30])
async def test_after_a_restore_nothing_is_done_twice_and_all_ends_once_it_is_told_again(
    tmp_path: Path, hours: int
) -> None:
    async with World(tmp_path / "run", examples=EXAMPLES, configure=quick) as world:
        kept = Kept(world, tmp_path / "kept")
        fed = [await world.feed(example) for example in EXAMPLES]
        await world.pass_hours(hours)
        made = await kept.make()
        since = calls_made(world)
        await world.settle()
        for one in fed:
            assert not (await world.judge(one)).differences, one.number
        done = effects(world)

        await kept.lose_and_restore(made)
        await world.settle()
        assert effects(world) == done
        stand = [one for one in fed if (await world.judge(one)).differences]
        assert stand, "the point was so late that nothing was lost"
        assert await unheard(world)

        assert await tell_again(world, since)
        await world.settle()
        assert effects(world) == done
        left = {one.number for one in fed if (await world.judge(one)).differences}
        # Answers that were read from files were put aside: a person lays them down again.
        assert left - await _with_a_person(world) <= {WATER}
        assert await unheard(world) <= {"cap-nuoc-mau"}


async def _with_a_person(world: World) -> set[str]:
    """Dossiers of which a message waits for somebody who is told what to decide."""
    doubts = await world.call("GET", "/v1/restores/doubts", role="operator")
    found = set()
    for row in doubts.body["transfers"]:
        assert (row["state"], row["code"]) == ("parked", "twin_unknown")
        found.add((await world.shown(row["dossier_id"]))["number"])
    return found


async def _slip_due_at_the_point(world: World, kept: Kept) -> Made:
    """Tax is stopped when the backup is made, and gets the slip afterwards."""
    lane, why = "/v1/lanes/tax-mau-1", {"reason": "Thử"}
    await world.call("POST", f"{lane}/pause", why, role="administrator")
    await world.feed(LAND_AND_TAX)
    await world.pass_hours(24 * 7)
    slips = await world.transfers(NUMBER, "slip_new")
    assert [(one["state"], one["fate"]) for one in slips] == [("due", "not_left")]
    made = await kept.make()
    await world.call("POST", f"{lane}/resume", why, role="administrator")
    await world.settle()
    return made


@pytest.mark.parametrize("asked", [True, False])
async def test_what_was_due_at_the_point_is_asked_about_and_would_be_sent_twice_if_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, asked: bool
) -> None:
    async with World(tmp_path / "run", example=LAND_AND_TAX, configure=quick) as world:
        kept = Kept(world, tmp_path / "kept")
        made = await _slip_due_at_the_point(world, kept)
        assert len(world.effects(NUMBER, "tax", "slip_new")) == 1
        if not asked:

            async def forgets(*_: Any) -> None:
                """A store that knows nothing of its restore."""

            monkeypatch.setattr(IncarnationRows, "begin_incarnation", forgets)
        await kept.lose_and_restore(made)
        lane = "/v1/lanes/tax-mau-1/resume"
        await world.call("POST", lane, {"reason": "Thử"}, role="administrator")
        await world.settle()

        assert len(world.effects(NUMBER, "tax", "slip_new")) == (1 if asked else 2)
        (slip,) = await world.transfers(NUMBER, "slip_new")
        assert slip["state"] in {"delivered", "answered"}


@pytest.mark.parametrize("doubted", [True, False])
async def test_a_twin_made_after_the_restore_is_asked_about_before_it_is_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, doubted: bool
) -> None:
    async with World(tmp_path / "run", example=LAND_AND_TAX, configure=quick) as world:
        kept = Kept(world, tmp_path / "kept")
        expected = await world.feed(LAND_AND_TAX)
        await world.pass_hours(1)
        assert not await world.transfers(NUMBER, "slip_new")
        made = await kept.make()
        since = calls_made(world)
        await world.settle()
        if not doubted:
            monkeypatch.setattr(apply, "may_repeat", lambda *_: False)
        await kept.lose_and_restore(made)
        await tell_again(world, since)
        await world.settle()

        assert len(world.effects(NUMBER, "tax", "slip_new")) == (1 if doubted else 2)
        if doubted:
            assert not (await world.judge(expected)).differences


async def test_a_twin_that_nobody_can_be_asked_about_waits_for_a_person(
    tmp_path: Path,
) -> None:
    async with World(tmp_path / "run", example=WRONG_RESULT, configure=quick) as world:
        kept = Kept(world, tmp_path / "kept")
        expected = await world.feed(WRONG_RESULT)
        number = expected.number
        while not world.told(number) or world.told(number)[-1][0] != 9:
            await world.pass_hours(6)
        made = await kept.make()
        since = calls_made(world)
        await world.settle()
        told = len(world.effects(number, "land_registry", "result_wrong"))
        assert told == 1
        await kept.lose_and_restore(made)
        await tell_again(world, since)
        await world.settle()

        assert len(world.effects(number, "land_registry", "result_wrong")) == told
        (twin,) = await world.transfers(number, "result_wrong")
        assert (twin["state"], twin["fate"]) == ("parked", "may_have_left")
        doubts = await world.call("GET", "/v1/restores/doubts", role="operator")
        assert [(row["id"], row["code"]) for row in doubts.body["transfers"]] == [
            (twin["id"], "twin_unknown")
        ]
        settled = await world.act(twin, "agency_has_it", "Gọi chi nhánh: đã nhận")
        assert settled.status == 200, settled.body
        left = await world.call("GET", "/v1/restores", role="operator")
        assert left.body["left"] == 0


async def test_a_restore_is_told_until_somebody_has_looked(tmp_path: Path) -> None:
    async with World(tmp_path / "run", example=LAND_AND_TAX, configure=quick) as world:
        kept = Kept(world, tmp_path / "kept")
        await world.feed(LAND_AND_TAX)
        await world.pass_hours(1)
        made = await kept.make()
        whole = await world.call("GET", "/health", role="")
        assert "restored" not in whole.body
        await kept.lose_and_restore(made)

        ready = await world.call("GET", "/health", role="")
        assert (ready.status, ready.body["restored"]["number"]) == (200, 1)
        await look(world, 2)
        alerts = await world.call("GET", "/v1/alerts", role="operator")
        assert "restored" in {one["kind"] for one in alerts.body["alerts"]}
        path, why = "/v1/restores/1/acknowledge", {"reason": "Đã đối chiếu"}
        refused = await world.call("POST", path, why, role="operator")
        assert refused.status == 403
        without = await world.call("POST", path, {}, role="administrator")
        assert without.body["code"] == "reason_missing"
        taken = await world.call("POST", path, why, role="administrator")
        assert taken.body["acknowledged_by"]
        again = await world.call("POST", path, why, role="administrator")
        assert again.body["code"] == "restore_not_open"
        assert world.gateway is not None
        await world.gateway.loops.restored.look()
        told = await world.call("GET", "/health", role="")
        assert "restored" not in told.body
        # What the one-stop is told from now on is newer than all that it was told.
        summary = await world.call("GET", f"/v1/dossiers/{NUMBER}/summary")
        assert summary.body["sequence"] >= 1_000
        await world.settle()
        assert world.told(NUMBER)[-1][0] == 9


async def test_a_cursor_from_before_the_restore_misses_nothing_and_is_not_reused(
    tmp_path: Path,
) -> None:
    async with World(tmp_path / "run", example=LAND_AND_TAX, configure=quick) as world:
        kept = Kept(world, tmp_path / "kept")
        await world.feed(LAND_AND_TAX)
        await world.pass_hours(1)
        await world.seal()
        made = await kept.make()
        since = calls_made(world)
        await world.settle()
        await world.seal()
        ahead = (await world.call("GET", "/v1/events")).body
        await kept.lose_and_restore(made)
        nothing = await world.call("GET", f"/v1/events?after={ahead['after']}")
        await tell_again(world, since)
        await world.settle()
        await world.seal()

        assert nothing.body["events"] == []
        later = (await world.call("GET", f"/v1/events?after={ahead['after']}")).body
        assert later["events"]
        assert later["restored"] is True
        assert "restored" not in nothing.body
        assert {one["cursor"] for one in later["events"]}.isdisjoint(
            one["cursor"] for one in ahead["events"]
        )
        assert min(one["cursor"] for one in later["events"]) > ahead["after"]
        # Everything of the new life is in it, whatever the old cursor had seen.
        whole = (await world.call("GET", "/v1/events")).body["events"]
        point = len(whole) - len(later["events"])
        assert [one["sequence"] for one in whole] == sorted(
            one["sequence"] for one in whole
        )
        assert whole[:point] == [
            {**one, "cursor": whole[at]["cursor"]}
            for at, one in enumerate(ahead["events"][:point])
        ]
