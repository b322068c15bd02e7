"""One act on many transfers: counted before, done in order, stopped, killed, told in full."""

from __future__ import annotations

import asyncio
import copy
import json
import signal
from collections import Counter
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from gateway.delivery.bulk_runner import BulkRunner
from gateway.domain.identifiers import DossierId
from gateway.wiring.files import read_folder
from tests.crash.dying import Child, Death
from tests.journeys.commands import lienthong
from tests.journeys.test_callbacks import CORRECTION, quiet_world
from tests.journeys.test_cli import CODES
from tests.journeys.test_on_postgresql import store_table
from tests.world import Answered, World, a_dossier

if TYPE_CHECKING:
    from pathlib import Path

    from tests.world import Json

pytestmark = [pytest.mark.journey, pytest.mark.timeout(180)]
JOBS = "/v1/bulk-jobs"
NUMBERS = [f"H00.01-260310-{n:04d}" for n in range(2000, 2024)]
MANY = [f"H00.01-260310-{n:04d}" for n in range(3000, 3040)]
PARKED: Json = {"states": ["parked"], "office": "land-mau-1"}
WHY = "Đã bổ sung dòng địa bàn của xã"


async def _configure(world: World, *, mapped: bool) -> None:
    """With or without the line by which the land office knows the commune."""
    content = copy.deepcopy(read_folder(world.stage.config))
    (land,) = (a for a in content["agencies"] if a["agency"]["id"] == "land_registry")
    for office in land["office"]:
        if not mapped:
            office["area"] = [a for a in office["area"] if a["commune"] != "99101"]
    applied = await world.call(
        "POST", "/v1/configuration", content, role="administrator"
    )
    assert applied.status == 200


async def _park(world: World, numbers: list[str]) -> None:
    """So many hand-overs that wait for an administrator, who has done their part."""
    await _configure(world, mapped=False)
    for number in numbers:
        assert (await world.submit(a_dossier(number, **CORRECTION))).status == 202
    await world.pass_hours(0)
    assert await _state_counts(world, numbers) == {"parked": len(numbers)}
    await _configure(world, mapped=True)


async def _state_counts(world: World, numbers: list[str]) -> Counter[str]:
    found = [(await world.transfers(number, "hand_over"))[0] for number in numbers]
    return Counter(one["state"] for one in found)


async def _ask(world: World, **changes: Any) -> Answered:
    body = {"action": "resend", "filter": PARKED, "reason": WHY, **changes}
    return await world.call("POST", JOBS, body, role="operator")


async def _job(world: World, identifier: str) -> Json:
    return (await world.call("GET", f"{JOBS}/{identifier}", role="operator")).body


async def _items(world: World, identifier: str, outcome: str) -> list[Json]:
    path = f"{JOBS}/{identifier}/items?outcome={outcome}"
    found: list[Json] = (await world.call("GET", path, role="operator")).body["items"]
    return found


async def _steer(world: World, identifier: str, what: str, **body: Any) -> Answered:
    path = f"{JOBS}/{identifier}/{what}"
    return await world.call("POST", path, body, role="operator")


def _handed(world: World, numbers: list[str]) -> Counter[int]:
    """How often dossiers stand in the land office's book → how many of them."""
    return Counter(
        len(world.effects(number, "land_registry", "hand_over")) for number in numbers
    )


async def test_what_would_happen_is_counted_and_nothing_is_kept(tmp_path: Path) -> None:
    async with quiet_world(tmp_path, *NUMBERS) as world:
        await _park(world, NUMBERS)
        found = (await _ask(world, dry_run=True, reason="")).body
        assert (found["asked"], found["queued"], found["skipped"]) == (24, 24, 0)
        assert found["leads_to"] == {"due": 24}
        assert len(found["sample"]) == 10
        assert {row["cause"] for row in found["sample"]} == {"area_not_mapped"}
        none = (await _ask(world, dry_run=True, action="agency_has_it")).body
        assert (none["queued"], none["skipped"], none["leads_to"]) == (0, 24, {})
        (why,) = none["skipped_by"]
        assert (why["code"], why["count"]) == ("fate_excludes_action", 24)
        assert (await world.call("GET", JOBS, role="operator")).body["jobs"] == []
        assert await _state_counts(world, NUMBERS) == {"parked": 24}


async def _to_the_end(world: World) -> None:
    await _park(world, NUMBERS)
    asked = await _ask(world, idempotency_key="một lần", per_second=100)
    assert (asked.status, asked.body["repeated"]) == (202, False)
    await world.settle()
    job = await _job(world, asked.body["id"])
    assert (job["state"], job["reason"], job["actor"]) == ("ended", WHY, "operator")
    assert (job["asked"], job["done"], job["left"]) == (24, 24, 0)
    assert job["adds_up"]
    assert await _state_counts(world, NUMBERS) == {"delivered": 24}
    assert _handed(world, NUMBERS) == {1: 24}
    again = await _ask(world, idempotency_key="một lần", per_second=100)
    assert (again.status, again.body["id"]) == (200, job["id"])
    other = await _ask(world, idempotency_key="một lần", per_second=99)
    assert (other.status, other.body["code"]) == (409, "bulk_key_reused")
    listed = (await world.call("GET", JOBS, role="reader")).body["jobs"]
    assert [row["id"] for row in listed] == [job["id"]]


async def test_many_parked_transfers_are_sent_again_each_once(tmp_path: Path) -> None:
    async with quiet_world(tmp_path, *NUMBERS) as world:
        await _to_the_end(world)
        shown = await world.shown(NUMBERS[0])
        path = f"/v1/dossiers/{shown['id']}/timeline"
        found = await world.call("GET", path, role="operator")
        lines = found.body["timeline"]
        (act,) = [line for line in lines if "Gửi lại" in line["what"]]
        assert act["notes"] == [f"Lý do: {WHY}"]
        await world.stop_gateway()
        written = [p for p in world.stage.run_dir.rglob("store.sqlite*") if p.is_file()]
        assert written
        assert not any(WHY.encode() in path.read_bytes() for path in written)


@pytest.mark.system
async def test_on_postgresql_they_are_as_well(
    tmp_path: Path, database: dict[str, Any]
) -> None:
    world = quiet_world(tmp_path, *NUMBERS)
    world.more_settings = store_table(database, tmp_path / "password")
    async with world:
        await _to_the_end(world)


async def test_no_second_holds_more_than_the_rate_and_a_paused_job_does_nothing(
    tmp_path: Path,
) -> None:
    async with quiet_world(tmp_path, *NUMBERS) as world:
        await _park(world, NUMBERS)
        asked = await _ask(world, per_second=8)
        job = asked.body["id"]
        await world.pass_hours(1 / 3600)
        after_a_second = await _job(world, job)
        assert after_a_second["state"] == "running"
        assert 8 <= after_a_second["done"] <= 10
        paused = (await _steer(world, job, "pause")).body
        assert (paused["state"], paused["adds_up"]) == ("paused", True)
        await world.pass_hours(1)
        assert (await _job(world, job))["done"] == paused["done"]
        assert (await _steer(world, job, "pause")).status == 409
        faster = (await _steer(world, job, "resume", per_second=200)).body
        assert (faster["state"], faster["per_second"]) == ("running", 200)
        await world.pass_hours(1 / 3600)
        ended = await _job(world, job)
        assert (ended["state"], ended["done"]) == ("ended", 24)


async def test_what_changed_meanwhile_fails_with_its_code_and_the_rest_is_done(
    tmp_path: Path,
) -> None:
    async with quiet_world(tmp_path, *NUMBERS) as world:
        await _park(world, NUMBERS)
        job = (await _ask(world, per_second=4)).body["id"]
        await world.pass_hours(0)
        await _steer(world, job, "pause")
        assert await _items(world, job, f"left&after={10**22}") == []
        gone = (await _items(world, job, "left"))[5]
        acted = await world.act({"id": gone["transfer_id"]}, "cancel", "Nộp nhầm")
        assert acted.body["state"] == "cancelled"
        await _steer(world, job, "resume", per_second=100)
        await world.settle()
        ended = await _job(world, job)
        assert (ended["done"], ended["failed"], ended["queued"]) == (23, 1, 24)
        (failed,) = await _items(world, job, "failed")
        assert failed["transfer_id"] == gone["transfer_id"]
        assert failed["code"] == "moved_meanwhile"
        assert failed["words"]
        assert failed["next_action"]
        assert _handed(world, NUMBERS) == {1: 23, 0: 1}


async def test_a_stopped_job_leaves_the_rest_as_it_was_and_counts_it_apart(
    tmp_path: Path,
) -> None:
    async with quiet_world(tmp_path, *NUMBERS) as world:
        await _park(world, NUMBERS)
        job = (await _ask(world, per_second=4)).body["id"]
        await world.pass_hours(1 / 3600)
        assert (await _steer(world, job, "stop")).body["state"] == "stopping"
        await world.settle()
        over = await _job(world, job)
        assert (over["state"], over["left"], over["adds_up"]) == ("stopped", 0, True)
        assert over["done"] + over["stopped"] == over["queued"] == 24
        assert 4 <= over["done"] <= 6
        assert len(await _items(world, job, "stopped")) == over["stopped"]
        states = await _state_counts(world, NUMBERS)
        assert states["parked"] == over["stopped"]
        for what in ("pause", "resume", "stop"):
            refused = await _steer(world, job, what)
            assert (refused.status, refused.body["code"]) == (409, "bulk_job_state")


async def test_what_is_not_possible_is_skipped_at_once_and_listed(
    tmp_path: Path,
) -> None:
    async with quiet_world(tmp_path, *NUMBERS) as world:
        await _park(world, NUMBERS)
        job = (await _ask(world, action="agency_has_it_not")).body["id"]
        await world.settle()
        ended = await _job(world, job)
        assert (ended["state"], ended["asked"], ended["skipped"]) == ("ended", 24, 24)
        assert (ended["queued"], ended["adds_up"]) == (0, True)
        skipped = await _items(world, job, "skipped")
        assert {row["code"] for row in skipped} == {"fate_excludes_action"}
        assert len(skipped) == 24
        assert await _state_counts(world, NUMBERS) == {"parked": 24}


async def test_two_runners_at_once_do_each_item_once(tmp_path: Path) -> None:
    async with quiet_world(tmp_path, *NUMBERS) as world:
        await _park(world, NUMBERS)
        assert world.gateway is not None
        tools = world.gateway.tools
        job = (await _ask(world, per_second=1000)).body["id"]
        # By the same name neither is kept from the job by the other's hold.
        twins = [BulkRunner(tools, runner="gateway-1") for _ in range(3)]
        running = [asyncio.create_task(twin.run()) for twin in twins]
        try:
            await world.settle()
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
        ended = await _job(world, job)
        assert (ended["done"], ended["failed"], ended["adds_up"]) == (24, 0, True)
        acts = Counter[str]()
        for number in NUMBERS:
            identifier = (await world.transfers(number, "hand_over"))[0]["dossier_id"]
            for one in await tools.store.journal(DossierId(identifier)):
                if one.line.kind == "action":
                    assert one.line.facts["job"] == job
                    acts[number] += 1
        assert acts == dict.fromkeys(NUMBERS, 1)
        assert _handed(world, NUMBERS) == {1: 24}


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"reason": "  "}, 400, "reason_missing"),
        ({"action": "forget"}, 400, "bulk_invalid"),
        ({"filter": {}}, 400, "bulk_invalid"),
        ({"filter": {"states": ["delivered"]}}, 400, "bulk_invalid"),
        ({"filter": {**PARKED, "name": "Ví Dụ"}}, 400, "bulk_invalid"),
        ({"filter": {**PARKED, "cause": "Nguyễn Văn Ví Dụ"}}, 400, "bulk_invalid"),
        ({"filter": {**PARKED, "cause": "001099000001"}}, 400, "bulk_invalid"),
        ({"filter": {**PARKED, "still_before": "hôm qua"}}, 400, "bulk_invalid"),
        ({"per_second": 0}, 400, "bulk_invalid"),
        ({"per_second": 2.5}, 400, "bulk_invalid"),
        ({"idempotency_key": ""}, 400, "bulk_invalid"),
    ],
    ids=str,
)
async def test_what_is_asked_wrongly_is_refused(
    shared: World, changes: Json, status: int, code: str
) -> None:
    refused = await _ask(shared, **changes)
    assert (refused.status, refused.body["code"]) == (status, code)
    assert (await shared.call("GET", JOBS, role="reader")).body["jobs"] == []


@pytest.fixture
async def shared(tmp_path: Path) -> Any:
    async with World(tmp_path / "run") as world:
        yield world


async def test_only_operators_ask_and_nobody_sees_what_is_not_theirs(
    shared: World,
) -> None:
    body = {"action": "resend", "filter": PARKED, "reason": WHY}
    for role in ("reader", "one_stop"):
        refused = await shared.call("POST", JOBS, body, role=role)
        assert (refused.status, refused.body["code"]) == (403, "not_allowed")
    assert (await shared.call("GET", JOBS, role="")).status == 401
    job = (await _ask(shared)).body["id"]
    await shared.settle()
    assert (await _job(shared, job))["state"] == "ended"
    for path in (f"{JOBS}/{job}", f"{JOBS}/{job}/items"):
        assert (await shared.call("GET", path, role="reader")).status == 200
        hidden = await shared.call("GET", path, role="one_stop")
        assert (hidden.status, hidden.body["code"]) == (404, "bulk_job_unknown")
    assert (await shared.call("GET", JOBS, role="one_stop")).body["jobs"] == []
    assert (await _steer(shared, "b_none", "stop")).status == 404
    assert (await _steer(shared, job, "forget")).status == 404


async def _resume_to_the_end(world: World, job: str) -> None:
    await _steer(world, job, "resume")
    await world.settle()


async def test_a_job_killed_in_the_middle_goes_on_where_it_was(tmp_path: Path) -> None:
    world = quiet_world(tmp_path, *MANY)

    def child(death: Death) -> Child:
        world.stage.write_settings(start=world.now().isoformat())
        return Child(world.stage.settings_path, death)

    async with world.mocks_only():
        first = child(Death())
        assert await first.started()
        await _park(world, MANY)
        job = (await _ask(world, per_second=20)).body["id"]
        await world.pass_hours(0.5 / 3600)
        paused = (await _steer(world, job, "pause")).body
        assert 0 < paused["done"] < len(MANY)
        assert paused["adds_up"]
        moved = (await _items(world, job, "left"))[0]
        await world.act({"id": moved["transfer_id"]}, "cancel", "Nộp nhầm")
        assert await first.stop() == 0
        # Among items that are done and messages that leave at the same time.
        second = child(Death(unit=20))
        assert await second.started()
        with pytest.raises((aiohttp.ClientError, ConnectionError)):
            await _resume_to_the_end(world, job)
        assert await second.ended() == -signal.SIGKILL
        third = child(Death())
        assert await third.started()
        try:
            between = await _job(world, job)
            assert paused["done"] < between["done"] < len(MANY) - 1
            assert between["adds_up"]
            await world.settle()
            ended = await _job(world, job)
        finally:
            await third.stop()
        assert (ended["state"], ended["asked"], ended["skipped"]) == ("ended", 40, 0)
        assert (ended["done"], ended["failed"], ended["left"]) == (39, 1, 0)
        assert ended["adds_up"]
        assert _handed(world, MANY) == {1: 39, 0: 1}


async def test_the_command_line_counts_asks_and_tells(tmp_path: Path) -> None:
    async with quiet_world(tmp_path, *NUMBERS) as world:
        run: dict[str, Any] = {"run_dir": world.stage.run_dir, "columns": 120}
        await _park(world, NUMBERS)
        start = ("bulk", "start", "resend", "--office", "land-mau-1", "--reason", WHY)
        unsure = await lienthong(*start, **run)
        assert unsure.code == 1
        assert "Sẽ làm 24 thành «chờ gửi» 24 Bỏ qua 0" in " ".join(unsure.out.split())
        assert "Làm với 24 lượt gửi?" in unsure.err
        listed = await lienthong("bulk", "list", **run)
        assert "không có" in listed.out
        counted = await lienthong(*start, "--dry-run", "--json", **run)
        assert json.loads(counted.out)["queued"] == 24
        sure = await lienthong(*start, "--yes", "--json", **run)
        job = json.loads(sure.out)["id"]
        await world.settle()
        for told in (("bulk", "list"), ("bulk", "show", job)):
            narrow = await lienthong(*told, **{**run, "columns": 80})
            assert max(map(len, narrow.out.splitlines())) <= 80
            assert CODES.search(narrow.out) is None
        shown = await lienthong("bulk", "show", job, **run)
        assert "đã xong" in shown.out
        assert WHY in shown.out
        words = " ".join(shown.out.split())
        assert "Được chọn 24 Bỏ qua từ đầu 0 Phải làm 24 Đã làm 24" in words
        assert "24/24" in (await lienthong("bulk", "list", **run)).out
        failures = await lienthong("bulk", "failures", job, **run)
        assert "Không làm được: không có." in failures.out
        late = await lienthong("bulk", "stop", job, **run)
        assert late.code == 1
        assert "Trạng thái của việc hàng loạt không cho phép" in late.err
