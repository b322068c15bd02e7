"""An office that fetches its messages: what it is given, when, and what its word does."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from gateway.adapters.open import mapping
from gateway.domain.errors import NeedsData
from gateway.domain.identifiers import OfficeId
from gateway.domain.lane import LaneState
from gateway.domain.values import replace
from gateway.wiring.stage import ROOT
from tests.nodes import rests
from tests.open_agencies import command, decide, ran
from tests.open_calls import (
    FETCHES,
    PDF,
    PUSHED,
    System,
    at_any_hour,
    inline,
    nobody_comes,
    the_world,
    with_fire,
)
from tests.world import World, a_dossier

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.ports.agency import OutboundMessage
    from tests.world import Json

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
NUMBER = "H00.01-260310-0551"
OTHER = "H00.01-260310-0552"
WITHDRAWAL = f"/v1/dossiers/{NUMBER}/withdrawal"


async def _laid(world: World, number: str = NUMBER, **changed: Any) -> Json:
    """Submit a dossier; the hand-over to the brigade once it lies ready."""
    answered = await world.submit(with_fire(number, **changed))
    assert answered.status == 202, answered.body
    for _ in range(500):
        found = await _to_fire(world, number)
        if found and found[0]["state"] == "unconfirmed":
            return found[0]
    raise AssertionError("it never lay ready")


async def _to_fire(
    world: World, number: str = NUMBER, kind: str = "hand_over"
) -> list[Json]:
    return [t for t in await world.transfers(number, kind) if t["agency"] == "fire"]


async def _leg(world: World, number: str = NUMBER) -> Json:
    (leg,) = [x for x in (await world.shown(number))["legs"] if x["name"] == "fire"]
    found: Json = leg
    return found


async def _results(world: World) -> list[Json]:
    found: list[Json] = (await world.shown(NUMBER))["results"]
    return found


async def _still(world: World, number: str = NUMBER) -> list[Json]:
    rows = (await world.call("GET", "/v1/still", role="operator")).body["still"]
    return [row for row in rows if row["number"] == number]


async def test_an_office_fetches_stores_acknowledges_and_finishes(
    tmp_path: Path,
) -> None:
    async with the_world(tmp_path, NUMBER) as world:
        system = System(world)
        laid = await _laid(world)
        assert (laid["fate"], laid["cause"]) == ("not_left", "to_be_fetched")
        ping = (await system.call("ping")).body
        assert (ping["office"], ping["mode"], ping["waiting"]) == (FETCHES, "fetch", 1)
        transfer = await system.only()
        assert (transfer["id"], transfer["dossier"]) == (laid["id"], NUMBER)
        assert transfer["fields"]["applicant"] == {"name": "Nguyễn Văn Ví Dụ"}
        assert await system.only() == transfer
        (shown,) = await _to_fire(world)
        assert (shown["state"], shown["fate"]) == ("unconfirmed", "may_have_left")
        assert await system.acknowledge(transfer["id"], transfer["id"]) == [
            "taken",
            "already",
        ]
        assert await system.fetched() == []
        accepted = await system.report(
            "accepted", "bc-1", transfer=transfer["id"], own_number="PC-1"
        )
        assert accepted.body == {
            "report_id": "bc-1",
            "result": "recorded",
            "dossier": NUMBER,
            "applied": True,
        }
        done = await system.report("finished", "bc-2", dossier="PC-1", files=[inline()])
        assert done.body["applied"] is True
        assert (await _leg(world))["state"] == "ended"
        history = await world.history((await _to_fire(world))[0])
        assert [row["purpose"] for row in history["history"]] == [
            "submit",
            "fetch",
            "acknowledge",
        ]


async def test_an_office_that_never_comes_is_shown_and_nothing_is_decided_for_it(
    tmp_path: Path,
) -> None:
    async with the_world(tmp_path, NUMBER) as world:
        await _laid(world)
        await world.pass_hours(3)
        assert await _still(world) == []
        await world.pass_hours(3)
        (row,) = await _still(world)
        assert (row["reason"], row["office"]) == ("not_fetched", FETCHES)
        assert row["words"].startswith("Chờ cơ quan lấy")
        assert "Gọi đầu mối" in row["next_action"]
        page = await world.call("GET", "/console/dung-yen", role="operator")
        assert "chờ cơ quan lấy" in page.content.decode()
        await world.pass_hours(30 * 24)
        (shown,) = await _to_fire(world)
        assert (shown["state"], shown["fate"]) == ("unconfirmed", "not_left")
        system = System(world)
        transfer = await system.only()
        assert await _still(world) == []
        await world.pass_hours(24)
        (row,) = await _still(world)
        assert row["reason"] == "not_acknowledged"
        assert await system.acknowledge(transfer["id"]) == ["taken"]
        assert await _still(world) == []


async def test_what_can_no_longer_be_made_waits_for_a_person_and_holds_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with the_world(tmp_path, NUMBER, OTHER) as world:
        await _laid(world)
        await _laid(world, OTHER, certificate={"serial": "MM 000552"})
        made = mapping.transfer

        def broken(message: OutboundMessage) -> Json:
            if mapping.dossier_code(message.references) == NUMBER:
                raise NeedsData("no code", code="open_field_missing")
            return made(message)

        monkeypatch.setattr(mapping, "transfer", broken)
        system = System(world)
        assert (await system.only())["dossier"] == OTHER
        (shown,) = await _to_fire(world)
        assert (shown["state"], shown["cause"]) == ("parked", "open_field_missing")
        monkeypatch.undo()
        assert (await world.act(shown, "resend", "đã sửa")).status == 200
        async with asyncio.timeout(30):
            while len(await system.until_fetched()) < 2:
                await rests(0.2)


async def _stop(world: World, office: str, state: LaneState) -> None:
    assert world.gateway is not None
    lanes = world.gateway.lanes
    lane = replace(lanes.lane(OfficeId(office)), state=state, why="x", by="operator")
    await lanes.set(lane, actor="operator")


async def test_a_dossier_that_no_office_has_fetched_ends_once_it_is_withdrawn(
    tmp_path: Path,
) -> None:
    async with the_world(tmp_path, NUMBER) as world:
        await _stop(world, "land-mau-1", LaneState.PAUSED)
        await _laid(world)
        answered = await world.call("POST", WITHDRAWAL, {"reason": "Thôi"})
        assert answered.status == 202
        assert (await world.shown(NUMBER))["end"] == "withdrawn"
        (handed,) = await _to_fire(world)
        assert (handed["state"], handed["fate"]) == ("cancelled", "not_left")
        assert handed["named_by"] == "withdrawal"
        assert await System(world).fetched() == []


async def test_what_nobody_fetched_vanishes_with_the_withdrawal(
    tmp_path: Path,
) -> None:
    async with the_world(tmp_path, NUMBER) as world:
        await _laid(world)
        await _until_delivered(world, "land_registry")
        answered = await world.call("POST", WITHDRAWAL, {"reason": "Thôi"})
        assert answered.status == 202
        (handed,) = await _to_fire(world)
        assert (handed["state"], handed["fate"]) == ("cancelled", "not_left")
        assert await System(world).fetched() == []
        told = await world.transfers(NUMBER, "withdraw")
        assert [one["agency"] for one in told] == ["land_registry"]


async def _until_delivered(world: World, agency: str) -> None:
    for _ in range(500):
        found = await world.transfers(NUMBER, "hand_over")
        if [t["state"] for t in found if t["agency"] == agency] == ["delivered"]:
            return
    raise AssertionError("it never arrived")


async def test_a_dossier_is_corrected_before_anybody_fetched_it(
    tmp_path: Path,
) -> None:
    async with the_world(tmp_path, NUMBER) as world:
        await _stop(world, "land-mau-1", LaneState.PAUSED)
        await _laid(world)
        corrected = with_fire(NUMBER, applicant={"name": "Nguyễn Văn Sửa"}, revision=2)
        answered = await world.call("PUT", f"/v1/dossiers/{NUMBER}", corrected)
        assert answered.status == 202, answered.body
        (one,) = await System(world).until_fetched()
        assert (one["revision"], one["fields"]["applicant"]["name"]) == (
            2,
            "Nguyễn Văn Sửa",
        )
        old, new = await _to_fire(world)
        assert (old["state"], old["named_by"]) == ("cancelled", new["id"])


async def test_what_was_fetched_is_withdrawn_by_a_transfer_after_it(
    tmp_path: Path,
) -> None:
    async with the_world(tmp_path, NUMBER) as world:
        await _laid(world)
        system = System(world)
        handed = await system.only()
        await world.call("POST", WITHDRAWAL, {"reason": "Thôi"})
        assert [t["kind"] for t in await system.fetched()] == ["hand_over"]
        await system.acknowledge(handed["id"])
        (withdrawal,) = await system.until_fetched()
        assert (withdrawal["kind"], withdrawal["details"]["reason"]) == (
            "withdraw",
            "Thôi",
        )
        assert await system.acknowledge(withdrawal["id"]) == ["taken"]
        told = await system.report("withdrawn", "bc-9", transfer=withdrawal["id"])
        assert told.body["applied"] is True
        assert (await _leg(world))["state"] == "ended"


async def test_a_person_cannot_cancel_as_unsent_what_was_just_fetched(
    tmp_path: Path,
) -> None:
    async with the_world(tmp_path, NUMBER) as world:
        laid = await _laid(world)
        await System(world).only()
        answered = await world.act(laid, "cancel", "nhầm")
        assert answered.status == 200
        (handed,) = await _to_fire(world)
        assert (handed["state"], handed["fate"]) == ("cancelled", "may_have_left")
        assert await System(world).acknowledge(laid["id"]) == ["cancelled"]


async def test_whoever_reports_on_a_transfer_has_it(tmp_path: Path) -> None:
    async with the_world(tmp_path, NUMBER) as world:
        await _laid(world)
        system = System(world)
        transfer = await system.only()
        told = await system.report("progress", "bc-1", transfer=transfer["id"])
        assert told.body["applied"] is True
        assert await system.fetched() == []
        assert await system.acknowledge(transfer["id"]) == ["already"]


async def test_who_knows_a_dossier_may_not_have_stored_its_message(
    tmp_path: Path,
) -> None:
    async with the_world(tmp_path, NUMBER) as world:
        await _laid(world)
        system = System(world)
        transfer = await system.only()
        told = await system.report("progress", "bc-1", dossier=NUMBER)
        assert told.body["applied"] is True
        assert (await system.only())["id"] == transfer["id"]
        assert await system.acknowledge(transfer["id"]) == ["taken"]


async def test_a_report_counts_once_and_its_id_is_never_used_again(
    tmp_path: Path,
) -> None:
    async with the_world(tmp_path, NUMBER) as world:
        await _laid(world)
        system = System(world)
        identifier = (await system.only())["id"]
        first = system.said("finished", "bc-1", transfer=identifier, files=[inline()])
        assert (await system.call("report", first)).body["result"] == "recorded"
        uploaded = (await system.upload(PDF)).body
        again = {**first, "key": system.key}
        again["files"] = [{"name": "ket-qua.pdf", "upload": uploaded["upload"]}]
        repeated = await system.call("report", again)
        assert (repeated.status, repeated.body["result"]) == (200, "repeated")
        other = await system.call("report", {**first, "note": "khác"})
        assert (other.status, other.body["code"]) == (409, "report_id_reused")
        late = await system.report("progress", "bc-2", transfer=identifier)
        assert (late.body["applied"], late.body["reason"]) == (False, "leg_ended")
        assert late.body["message"]
        assert len(await _results(world)) == 1


async def test_what_is_anothers_and_what_is_not_there_are_answered_alike(
    tmp_path: Path,
) -> None:
    async with the_world(tmp_path, NUMBER, OTHER) as world:
        mine, theirs = System(world), System(world, PUSHED)
        laid = await _laid(world)
        await mine.only()
        for name in (laid["id"], "t_nothing"):
            told = await theirs.report("accepted", f"bc-{name}", transfer=name)
            assert (told.status, told.body["code"]) == (404, "dossier_unknown")
        for number in (NUMBER, "H00.01-260310-9999"):
            told = await theirs.report("accepted", f"bc-{number}", dossier=number)
            assert (told.status, told.body["code"]) == (404, "dossier_unknown")
        for name in (f"{laid['id']}.a_1", "t_nothing.a_1"):
            told = await theirs.call("file", {"id": name})
            assert (told.status, told.body["code"]) == (404, "file_unknown")
        # Not yet fetched: it is not the office's, whatever it guesses.
        await world.submit(with_fire(OTHER, certificate={"serial": "MM 000552"}))
        told = await mine.report("accepted", "bc-3", dossier=OTHER)
        assert told.status == 404


async def test_a_stopped_office_is_given_nothing_and_may_still_speak(
    tmp_path: Path,
) -> None:
    async with the_world(tmp_path, NUMBER) as world:
        laid = await _laid(world)
        await _stop(world, FETCHES, LaneState.PAUSED)
        system = System(world)
        assert await system.fetched() == []
        (shown,) = await _to_fire(world)
        assert shown["fate"] == "not_left"
        assert await system.acknowledge(laid["id"]) == ["unknown"]
        await _stop(world, FETCHES, LaneState.OPEN)
        assert (await system.only())["id"] == laid["id"]


async def test_a_corrected_result_reaches_the_one_stop_after_the_end(
    tmp_path: Path,
) -> None:
    async with the_world(tmp_path, NUMBER) as world:
        await _laid(world)
        system = System(world)
        identifier = (await system.only())["id"]
        await system.report("finished", "bc-1", transfer=identifier, files=[inline()])
        await world.push(
            "KetThucHoSo",
            {
                "SoBienNhan": NUMBER,
                "TrangThaiKetThuc": 0,
                "NgayKetThuc": "2026-03-10T01:00:00",
            },
        )
        assert (await world.shown(NUMBER))["end"] == "finished"
        assert len(await _results(world)) == 1
        wrong = {"content": "Sai tên", "documents": []}
        path = f"/v1/dossiers/{NUMBER}/result-wrong"
        answered = await world.call("POST", path, wrong)
        assert answered.status == 202, answered.body
        told = len(await world.transfers(NUMBER, "status"))
        again = await system.report(
            "finished", "bc-2", transfer=identifier, files=[inline(PDF + b" 2")]
        )
        assert (again.status, again.body["result"]) == (200, "recorded")
        assert again.body["applied"] is True
        on_paper = await system.report("finished", "bc-3", transfer=identifier)
        assert on_paper.body["reason"] == "dossier_ended"
        assert len(await _results(world)) == 2
        assert len(await world.transfers(NUMBER, "status")) == told + 1


@pytest.mark.system
@pytest.mark.parametrize("language", ["", ".vi"])
async def test_the_first_hour_of_the_document_works_as_it_stands(
    language: str, tmp_path: Path
) -> None:
    document = (ROOT / "docs" / "agencies" / f"open{language}.md").read_text("utf-8")
    (words,) = re.findall(r"(?ms)^```sh\n(.*?)^```", document)
    async with the_world(tmp_path, NUMBER) as world:
        system = System(world)
        sent = await world.call("POST", "/v1/attachments", data=PDF)
        file = {"name": "don.pdf", "sha256": sent.body["sha256"]}
        paper = {"name": "Đơn", "originals": 1, "copies": 0, "files": [file]}
        await _laid(world, documents=[paper])
        transfer = await system.only()
        words = words.replace("t-0001.f-0001", transfer["files"][0]["id"])
        words = words.replace("t-0001", transfer["id"])
        (tmp_path / "ket-qua.pdf").write_bytes(b"%PDF-1.4 xong")
        process = await asyncio.create_subprocess_exec(
            *("bash", "-euc", words),
            cwd=tmp_path,
            env={**os.environ, "OPEN": system.base, "KEY": system.key},
            stdout=asyncio.subprocess.PIPE,
        )
        output, _ = await asyncio.wait_for(process.communicate(), 60)
        assert process.returncode == 0
        assert (tmp_path / "don.pdf").read_bytes() == PDF
        assert output.count(b'"applied":true') == 2, output
        assert (await _leg(world))["state"] == "ended"
        assert [one["size_bytes"] for one in await _results(world)] == [13]


def _fire_beside_tax(config: Path) -> None:
    """A procedure that tax has a part in, and the brigade, which takes a fee."""
    nobody_comes(config)
    procedures = config / "procedures"
    of_fire = (procedures / "1.999009.toml").read_text("utf-8")
    leg = of_fire[of_fire.index('[[leg]]\nname = "fire"') :]
    path = procedures / "1.999001.toml"
    path.write_text(f"{path.read_text('utf-8')}\n{leg}", "utf-8")
    path = config / "routing" / "competence.toml"
    text = path.read_text("utf-8")
    path.write_text(text.replace('["1.999009"]', '["1.999001"]'), "utf-8")


async def test_what_an_office_collects_beside_tax_is_its_own(tmp_path: Path) -> None:
    world = the_world(tmp_path, configure=_fire_beside_tax)
    slip = {"on": "hand_over", "after_h": 2, "MaTrangThai": 13, "slip": True}
    land = {"step": [{**slip, "send": "ChuyenHoSo"}]}
    owed = [{"tieu_muc": "Lệ phí trước bạ", "so_tien": 2_000_000}]
    tax_says = {"notices_after_h": 4, "notice": owed, "pay_after_h": 9000}
    world.scenario(NUMBER, land_registry=land, tax_portal=tax_says)
    async with world:
        await world.pass_until(datetime.fromisoformat("2026-07-07T07:30:00+07:00"))
        days = {"received_at": "2026-07-07T07:10:00+07:00", "due_on": "2026-08-14"}
        assert (await world.submit(a_dossier(NUMBER, **days))).status == 202
        await world.pass_hours(40)
        tax = (await world.shown(NUMBER))["owed"]["notices"]
        assert tax
        identifier = (await System(world).only())["id"]
        await _reports_fee(world, identifier)
        legs = {x["name"]: x for x in (await world.shown(NUMBER))["legs"]}
        assert (legs["tax"]["state"], legs["fire"]["state"]) == ("paused", "open")
        notices = (await world.shown(NUMBER))["owed"]["notices"]
        fee = [one for one in notices if one["number"] == "PC-01"]
        assert [one["state"] for one in fee] == ["paid"]
        assert [one for one in notices if one["number"] != "PC-01"] == tax


async def _reports_fee(world: World, identifier: str) -> None:
    """The brigade asks for its fee, which stops its own part, and is paid."""
    system = System(world)
    fee = [{"number": "PC-01", "amount": "500000", "item": "Phí thẩm duyệt"}]
    told = await system.report("notices", "bc-1", transfer=identifier, notices=fee)
    assert told.body["applied"] is True
    assert (await _leg(world))["state"] == "paused"
    told = await system.report("paid", "bc-2", transfer=identifier)
    assert told.body["applied"] is True


@pytest.mark.parametrize(
    "language",
    [
        "python",
        pytest.param("java", marks=pytest.mark.system),
        pytest.param("csharp", marks=pytest.mark.system),
    ],
)
async def test_the_example_agencies_work_against_the_gateway(
    language: str, tmp_path: Path
) -> None:
    words = command(language, tmp_path)
    store = tmp_path / "kho"
    world = the_world(tmp_path, NUMBER, configure=at_any_hour)
    # The examples know no clock but their own.
    world.stage.start = datetime.now().astimezone().isoformat()
    async with world:
        system = System(world)
        content = b"%PDF-1.4 mat bang"
        sent = await world.call("POST", "/v1/attachments", data=content)
        file = {"name": "mat-bang.pdf", "sha256": sent.body["sha256"]}
        paper = {"name": "Bản vẽ", "originals": 0, "copies": 1, "files": [file]}
        due_on = (world.now() + timedelta(days=30)).date().isoformat()
        received_at = world.now().isoformat()
        await _laid(world, documents=[paper], due_on=due_on, received_at=received_at)
        for decided in (1, 0):
            looked = await ran(words, system.base, system.key, store)
            assert looked.code == 0, looked.output
            assert await system.fetched() == []
            assert decide(store, PDF) == decided
        assert (await _leg(world))["state"] == "ended"
        (found,) = await _results(world)
        path = f"/v1/dossiers/{NUMBER}/results/{found['id']}"
        assert (await world.call("GET", path)).content == PDF
        kept = [p.read_bytes() for p in store.rglob("*") if p.is_file()]
        assert hashlib.sha256(content).digest() in {
            hashlib.sha256(one).digest() for one in kept
        }
