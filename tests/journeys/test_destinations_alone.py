"""A lone administrator moves a destination: heads are told, and may refuse it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from gateway.intake.proposed_alone import ProposedAlone
from gateway.settings import Profile, Settings
from gateway.wiring.accounts import accounts_of
from tests.attack.test_second_person import changed, running, waiting
from tests.journeys.commands import lienthong
from tests.journeys.test_callbacks import quiet_world
from tests.journeys.test_corrections_alone import HEAD, head_is_known
from tests.journeys.test_digest import mail_server
from tests.people import person

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.journeys.test_digest import Box
    from tests.world import World

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
NUMBER = "H00.01-260310-5502"
ELSEWHERE = "https://noi-khac.example"


@pytest.fixture
async def box() -> AsyncIterator[Box]:
    async with mail_server() as box:
        yield box


@pytest.fixture
async def world(
    tmp_path: Path, box: Box, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[World]:
    """As in production: codes open no pages, so that accounts are all there is."""

    def as_in_production(*given: Any) -> Any:
        made = accounts_of(*given)
        return replace(made, policy=replace(made.policy, codes_at_pages=False))

    monkeypatch.setattr("gateway.wiring.serve.accounts_of", as_in_production)
    world = quiet_world(tmp_path, NUMBER)
    world.more_settings = (
        f'[mail]\nhost = "127.0.0.1"\nport = {box.port}\nsecurity = "none"\n'
        'sender = "cong@tinh.example"\npage = "https://cong.tinh.example"\n'
        "[corrections]\ndestinations = true\n"
    )
    async with world:
        yield world


async def proposed(world: World) -> None:
    content = await changed(world, address=ELSEWHERE)
    body = {"configuration": content, "reason": "Chi nhánh đổi máy chủ (ví dụ)"}
    given = await world.call("POST", "/v1/configuration", body, role="administrator")
    assert given.status == 202, given.body


async def looked(world: World) -> None:
    """What the loop does each half minute."""
    assert world.gateway is not None
    (loop,) = [o for o in world.gateway.loops.working if isinstance(o, ProposedAlone)]
    await loop.turn()


async def test_heads_are_told_and_a_working_day_later_it_runs(
    world: World, box: Box
) -> None:
    before, _ = await running(world)
    await proposed(world)
    await looked(world)
    row = await waiting(world)
    assert row is not None
    assert (row["nobody_else"], row["takes_effect_at"]) == (True, None)

    # Without a notice no time runs.
    await world.pass_hours(72)
    await looked(world)
    assert (await running(world))[0] == before
    await head_is_known(world)
    await looked(world)
    await looked(world)
    ((to, mail),) = box.mails
    text = mail.get_content()
    assert HEAD in str(to)
    assert "land-mau-1" in text
    assert "https://cong.tinh.example/console/cau-hinh/cho-duyet" in text
    assert ELSEWHERE not in text
    row = await waiting(world)
    assert row is not None
    assert row["takes_effect_at"] is not None

    await world.pass_hours(8)
    await looked(world)
    assert (await running(world))[0] == before
    await world.pass_hours(40)
    await looked(world)
    after, content = await running(world)
    assert after == before + 1
    assert ELSEWHERE in json.dumps(content)
    assert await waiting(world) is None
    told = await world.call("GET", "/v1/journal?kind=cau-hinh", role="administrator")
    assert "không có người thứ hai duyệt" in str(told.body)


async def test_its_time_runs_no_more_once_there_is_somebody_else(
    world: World, box: Box
) -> None:
    before, _ = await running(world)
    await head_is_known(world)
    await proposed(world)
    await looked(world)
    assert len(box.mails) == 1
    head = await person(world, "truong.phong", "head")
    await looked(world)
    row = await waiting(world)
    assert row is not None
    assert (row["nobody_else"], row["takes_effect_at"]) == (False, None)
    await world.pass_hours(200)
    await looked(world)
    assert (await running(world))[0] == before

    page = "/console/cau-hinh/cho-duyet"
    await head.signs_in("truong.phong")
    seen = await head.get(page)
    assert "land-mau-1" in seen.text
    assert "Chi nhánh đổi máy chủ" in seen.text
    done = await head.send(f"{page}/{row['id']}/duyet", reason="Đã gọi (ví dụ)")
    assert done.status == 200, done.text[:300]
    assert (await running(world))[0] == before + 1


async def test_whoever_has_the_right_refuses_it_meanwhile(
    world: World, box: Box
) -> None:
    before, _ = await running(world)
    await head_is_known(world)
    await proposed(world)
    await looked(world)
    row = await waiting(world)
    assert row is not None
    run_dir = world.stage.run_dir
    shown = await lienthong("config", "waiting", run_dir=run_dir)
    assert shown.code == 0, shown.err
    assert row["id"] in shown.out
    assert "land-mau-1: address" in shown.out
    own = await lienthong(
        *("config", "approve", row["id"], "--reason", "thử"), run_dir=run_dir
    )
    assert own.code != 0
    assert "Người đề nghị không tự duyệt" in own.err
    gone = await lienthong(
        *("config", "refuse", row["id"], "--reason", "Đơn vị nói không đổi"),
        run_dir=run_dir,
    )
    assert gone.code == 0, gone.err
    await world.pass_hours(200)
    await looked(world)
    assert (await running(world))[0] == before
    assert len(box.mails) == 1
    assert await waiting(world) is None


def test_production_cannot_do_without(tmp_path: Path) -> None:
    given: dict[str, Any] = {
        "run_dir": tmp_path,
        "corrections": {"destinations": False},
    }
    with pytest.raises(ValueError, match="destinations không tắt được"):
        Settings.model_validate(given)
    allowed = Settings.model_validate({**given, "profile": Profile.MOCK})
    assert allowed.corrections.destinations is False
