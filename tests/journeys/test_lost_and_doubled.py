"""What would lose a message, repeat it for ever, or let one stop the others."""

from __future__ import annotations

import asyncio
import io
import itertools
import json
import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import apsw
import pytest

from gateway.api.signin import token_hash
from gateway.domain.attempt import Outcome
from gateway.domain.identifiers import OfficeId, PrincipalId
from gateway.domain.lane import LaneState
from gateway.domain.principal import Principal, Role, Scope
from gateway.ports.agency import Answer
from tests.journeys.test_callbacks import (
    CORRECTION,
    handed_over,
    progress,
    quiet_world,
)
from tests.journeys.test_opened_by_office import opened
from tests.world import Heard, World, a_dossier, quick

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gateway.domain.report import AgencyReport
    from tests.world import Json

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
NUMBER = "H00.01-260310-0901"
LAND = OfficeId("land-mau-1")


def _numbers(count: int) -> list[str]:
    return [f"H00.01-260310-09{n:02d}" for n in range(10, 10 + count)]


async def _unmatched(world: World) -> list[Json]:
    found: list[Json] = (
        await world.call("GET", "/v1/unmatched", role="operator")
    ).body["unmatched"]
    return found


# ---- retries end


def _for_a_day(config: Path) -> None:
    """Lanes of tax that try for a day, where five are usual."""
    quick(config)
    path = config / "agencies" / "tax.toml"
    text, count = re.subn(
        r"(?m)^horizon_s = \S+", "horizon_s = 86400.0", path.read_text("utf-8")
    )
    assert count
    path.write_text(text, "utf-8")


async def test_a_slip_that_fails_and_is_not_on_file_time_after_time_ends_with_a_person(
    tmp_path: Path,
) -> None:
    world = World(tmp_path / "run", configure=_for_a_day)
    world.faults = [
        {
            "agency": "tax",
            "operation": "slip_new",
            "do": "error_500_before",
            "every": True,
        }
    ]
    world.scenario(NUMBER, tax={"notices_after_h": 1, "pay_after_h": 8})
    async with world:
        await world.submit(a_dossier(NUMBER))
        await world.pass_hours(24)
        (slip,) = await world.transfers(NUMBER, "slip_new")
        assert slip["state"] != "parked"
        await world.pass_hours(48)
        (slip,) = await world.transfers(NUMBER, "slip_new")
        assert (slip["state"], slip["fate"]) == ("parked", "not_left")
        tried = len(world.arrivals(NUMBER, "tax", "dossier"))
        assert tried > 1
        await world.pass_hours(24)
        assert len(world.arrivals(NUMBER, "tax", "dossier")) == tried
        still = await world.call("GET", "/v1/still", role="operator")
        assert slip["id"] in still.content.decode()


# ---- one bad message, one bad office


def _spoil(world: World, numbers: list[str], ids: list[str]) -> None:
    """Alter what is kept of these dossiers' documents, behind the gateway's back."""
    (path,) = world.stage.run_dir.rglob("store.sqlite")
    db = apsw.Connection(str(path))
    db.set_busy_timeout(2000)
    for identifier in ids:
        db.execute(
            "UPDATE payload SET ciphertext = zeroblob(64) WHERE id ="
            " (SELECT document FROM dossier WHERE id = ?)",
            (identifier,),
        )
    assert db.total_changes() == len(numbers)
    db.close()


async def test_messages_that_cannot_be_opened_are_parked_and_hold_up_no_other(
    tmp_path: Path,
) -> None:
    *bad, good = _numbers(6)
    async with quiet_world(tmp_path, *bad, good) as world:
        lane = f"/v1/lanes/{LAND}"
        await world.call(
            "POST", f"{lane}/pause", {"reason": "Thử"}, role="administrator"
        )
        ids = []
        for number in bad:
            taken = await world.submit(a_dossier(number, **CORRECTION))
            ids.append(taken.body["dossier"]["id"])
        _spoil(world, bad, ids)
        await world.submit(a_dossier(good, **CORRECTION))
        await world.call("POST", f"{lane}/resume", {}, role="administrator")
        await world.settle()
        assert len(world.effects(good, "land_registry", "hand_over")) == 1
        still = await world.call("GET", "/v1/still", role="operator")
        causes = [
            (s["state"], s["fate"])
            for s in still.body["still"]
            if s["kind"] == "hand_over"
        ]
        assert causes == [("parked", "not_left")] * len(bad)
        assert "Nội dung đã lưu" in still.content.decode()


async def test_enquiries_keep_to_the_offices_rate(tmp_path: Path) -> None:
    def slow_tax(config: Path) -> None:
        quick(config)
        path = config / "agencies" / "tax.toml"
        text = path.read_text("utf-8")
        assert "per_second = 5.0" in text
        path.write_text(text.replace("per_second = 5.0", "per_second = 0.01"), "utf-8")

    numbers = _numbers(4)
    world = World(tmp_path / "run", configure=slow_tax)
    world.faults = [
        {"agency": "tax", "operation": "slip_new", "do": "lose_answer", "number": n}
        for n in numbers
    ]
    for number in numbers:
        world.scenario(number, tax={"notices_after_h": 1, "pay_after_h": 8})
    async with world:
        for number in numbers:
            await world.submit(a_dossier(number))
        await world.settle()
        calls = sorted(
            datetime.fromisoformat(line["at"])
            for line in world.book("tax", "arrivals")
            if line["kind"] in {"slip_new", "dossier"}
        )
        assert len(calls) == 2 * len(numbers)
        waits = [b - a for a, b in itertools.pairwise(calls)]
        assert min(waits) >= timedelta(seconds=99)
        for number in numbers:
            assert (await world.shown(number))["end"] == "finished"


async def test_an_emergency_stop_is_not_undone_by_the_breaker(tmp_path: Path) -> None:
    async with quiet_world(tmp_path, NUMBER) as world:
        assert world.gateway is not None
        lanes, now = world.gateway.lanes, world.gateway.clock.now()
        stop = replace(lanes.lane(LAND), state=LaneState.PAUSED, by="quan-tri")
        stopping = asyncio.ensure_future(lanes.set(stop, actor="quan-tri"))
        await asyncio.wait([stopping], timeout=0)
        assert not stopping.done()
        for _ in range(10):
            lanes.taken(LAND, 1, now)
            await lanes.came_back(LAND, Answer(Outcome.UNKNOWN, "timeout"))
        await stopping
        assert lanes.lane(LAND).state is LaneState.PAUSED
        await lanes.load()
        assert (lanes.lane(LAND).state, lanes.lane(LAND).by) == (
            LaneState.PAUSED,
            "quan-tri",
        )


# ---- the same words twice


async def test_a_report_that_fitted_nothing_twice_is_applied_the_third_time(
    tmp_path: Path,
) -> None:
    async with quiet_world(tmp_path, NUMBER) as world:
        early = progress(NUMBER, 12, "2026-03-10T00:10:00")
        for _ in range(3):
            assert (await world.push("ChuyenHoSo", early)).body["Result"] == 1
        assert [r["kind"] for r in await _unmatched(world)] == ["progress"]
        await handed_over(world, NUMBER)
        await world.push("ChuyenHoSo", early)
        (leg,) = (await world.shown(NUMBER))["legs"]
        assert leg["step"] == "12"
        assert await _unmatched(world) == []
        await world.push("ChuyenHoSo", early)
        (leg,) = (await world.shown(NUMBER))["legs"]
        assert leg["happened"].count("progressed") == 1


async def test_an_office_asks_again_for_a_correction_in_the_same_words(
    tmp_path: Path,
) -> None:
    world = World(tmp_path / "run", configure=quick)
    ask = {"on": "hand_over", "after_h": 1, "send": "YeuCauCapNhatHoSo"}
    world.scenario(NUMBER, land_registry={"step": [ask]})
    same = {
        "SoBienNhan": NUMBER,
        "MaCanBoXuLy": "CB0002",
        "GhiChu": "Đề nghị cập nhật hồ sơ.",
    }
    async with world:
        await world.submit(a_dossier(NUMBER, **CORRECTION))
        await world.pass_hours(1.5)
        await world.push("YeuCauCapNhatHoSo", same)
        assert (await world.shown(NUMBER))["portal_code"] == 2
        corrected = a_dossier(NUMBER, **CORRECTION, revision=2)
        await world.call("PUT", f"/v1/dossiers/{NUMBER}", corrected)
        await world.pass_hours(1)
        assert len(world.effects(NUMBER, "land_registry", "hand_over")) == 2
        assert (await world.shown(NUMBER))["portal_code"] == 4
        assert (await world.push("YeuCauCapNhatHoSo", same)).body["Result"] == 1
        assert (await world.shown(NUMBER))["portal_code"] == 2
        await world.settle()
        told = world.told(NUMBER)
        await world.push("YeuCauCapNhatHoSo", same)
        await world.settle()
        assert world.told(NUMBER) == told == [(4, ""), (2, ""), (4, ""), (2, "")]


async def test_a_key_used_for_two_dossiers_withdraws_one_and_says_so(
    tmp_path: Path,
) -> None:
    first, second = _numbers(2)
    async with quiet_world(tmp_path, first, second) as world:
        for number in (first, second):
            await handed_over(world, number)
        options: Json = {"headers": {"Idempotency-Key": "khoa-1"}}
        body = {"reason": "Thôi chuyển nhượng"}
        for number, status in ((first, 202), (first, 202), (second, 409)):
            path = f"/v1/dossiers/{number}/withdrawal"
            answered = await world.call("POST", path, body, **options)
            assert answered.status == status, number
        await world.pass_hours(0)
        assert len(world.effects(first, "land_registry", "withdraw")) == 1
        assert world.effects(second, "land_registry", "withdraw") == []


@pytest.mark.parametrize(
    "at", ["9999-12-31T23:59:59.9999999", "9999-12-31T23:59:59-14:00"]
)
async def test_a_time_at_the_end_of_all_times_is_none_and_stops_nothing(
    tmp_path: Path, at: str
) -> None:
    async with quiet_world(tmp_path, NUMBER) as world:
        await handed_over(world, NUMBER)
        answered = await world.push("ChuyenHoSo", progress(NUMBER, 11, at))
        assert (answered.status, answered.body["Result"]) == (200, 1)
        said = progress(NUMBER, 12, "2026-03-10T02:00:00")
        assert (await world.push("ChuyenHoSo", said)).body["Result"] == 1
        shown = await world.shown(NUMBER)
        assert shown["legs"][0]["step"] == "12"
        page = await world.call("GET", f"/console/ho-so/{shown['id']}", role="operator")
        assert page.status == 200


async def test_a_message_whose_reader_breaks_is_kept_and_refused_in_words(
    tmp_path: Path,
) -> None:
    async with quiet_world(tmp_path, NUMBER) as world:
        await handed_over(world, NUMBER)
        assert world.gateway is not None
        adapter = world.gateway.adapters.of(LAND)

        def broken(_message: object) -> tuple[AgencyReport, ...]:
            raise OverflowError

        adapter.hosted = tuple(replace(o, read=broken) for o in adapter.hosted)
        said = progress(NUMBER, 12, "2026-03-10T02:00:00")
        answered = await world.push("ChuyenHoSo", said)
        assert (answered.status, answered.body["Result"]) == (200, 0)
        (kept,) = await _unmatched(world)
        assert (kept["kind"], kept["code"]) == ("ChuyenHoSo", "report_refused")


# ---- numbers of others


async def test_the_same_dossier_from_two_systems_is_never_shared(
    tmp_path: Path,
) -> None:
    async with quiet_world(tmp_path, NUMBER) as world:
        assert world.gateway is not None
        scope = Scope(sender=OfficeId("mot-cua-khac"))
        other = Principal(
            PrincipalId("mot-cua-khac"),
            "Một cửa khác (giả lập)",
            Role.ONE_STOP,
            scope,
            OfficeId("mot-cua-khac"),
        )
        await world.gateway.tools.store.set_principal(other, token_hash("khoa-khac"))
        document = a_dossier(NUMBER, **CORRECTION)
        mine = await world.submit(document)
        theirs = await world.call(
            "POST",
            "/v1/dossiers",
            document,
            role="",
            headers={"Authorization": "Bearer khoa-khac"},
        )
        assert (mine.status, theirs.status) == (202, 409)
        assert mine.body["dossier"]["id"] not in theirs.content.decode()


async def test_a_number_that_an_office_took_from_another_dossier_hides_none(
    tmp_path: Path,
) -> None:
    first, second = _numbers(2)
    async with quiet_world(tmp_path, first, second) as world:
        for number in (first, second):
            await handed_over(world, number)
        taken = opened(SoBienNhan=second, MaHoSoMotCua=first)
        answered = await world.push("TiepNhanHoSoChoMotCua", taken)
        assert answered.body["Result"] == 1
        numbers = (await world.shown(first))["numbers"]
        assert second in {n["value"] for n in numbers}
        shown = await world.call("GET", f"/v1/dossiers/{second}")
        assert (shown.status, shown.body["number"]) == (200, second)
        path = f"/v1/dossiers/{second}/withdrawal"
        gone = await world.call("POST", path, {"reason": "Thôi chuyển nhượng"})
        assert gone.status == 202
        await world.pass_hours(0)
        assert len(world.effects(second, "land_registry", "withdraw")) == 1
        assert world.effects(first, "land_registry", "withdraw") == []


# ---- a disk that fails


class FailingFile(apsw.VFSFile):
    """A file whose log cannot be made durable for some times."""

    def __init__(self, name: Any, flags: list[int], disk: FailingDisk) -> None:
        super().__init__("unix", name, flags)
        self._is_log = bool(flags[0] & apsw.SQLITE_OPEN_WAL)
        self._disk = disk

    def xSync(self, flags: int) -> None:
        if self._is_log and self._disk.failures > 0:
            self._disk.failures -= 1
            self._disk.failed += 1
            raise apsw.IOError("no disk")
        super().xSync(flags)


class FailingDisk(apsw.VFS):
    """The system's files for everybody, until ``failures`` is set."""

    def __init__(self) -> None:
        super().__init__("failing", "unix", makedefault=True)
        self.failures = 0
        self.failed = 0

    def xOpen(self, name: Any, flags: list[int]) -> FailingFile:
        return FailingFile(name, flags, self)


@pytest.fixture
def disk() -> Iterator[FailingDisk]:
    disk = FailingDisk()
    yield disk
    disk.unregister()


class Hook(list[Heard]):
    """What mocks hear; the disk fails as soon as the land office hears a hand-over."""

    def __init__(self, disk: FailingDisk, times: int) -> None:
        super().__init__()
        self._disk = disk
        self._times = times

    def append(self, heard: Heard) -> None:
        if "tiepnhan" in heard.url and self._times:
            self._disk.failures, self._times = self._times, 0
        super().append(heard)


async def test_a_dossier_whose_commit_failed_is_not_acknowledged_and_comes_again(
    tmp_path: Path, disk: FailingDisk
) -> None:
    async with quiet_world(tmp_path, NUMBER) as world:
        document = a_dossier(NUMBER, **CORRECTION)
        disk.failures = 1_000
        refused = await world.call("POST", "/v1/dossiers", document)
        disk.failures = 0
        assert (refused.status, refused.body["code"]) == (503, "store_fate_unknown")
        assert "Gửi lại" in refused.body["remedy"]
        assert disk.failed
        taken = await world.submit(document)
        assert (taken.status, taken.body["repeated"]) == (202, False)
        await world.settle()
        assert len(world.effects(NUMBER, "land_registry", "hand_over")) == 1


async def test_a_report_whose_commit_failed_is_not_acknowledged_and_comes_again(
    tmp_path: Path, disk: FailingDisk
) -> None:
    async with quiet_world(tmp_path, NUMBER) as world:
        await handed_over(world, NUMBER)
        said = progress(NUMBER, 12, "2026-03-10T02:00:00")
        disk.failures = 1_000
        refused = await world.push("ChuyenHoSo", said)
        disk.failures = 0
        assert (refused.status, refused.body["Result"]) == (503, 0)
        assert disk.failed
        (leg,) = (await world.shown(NUMBER))["legs"]
        assert leg["step"] != "12"
        assert (await world.push("ChuyenHoSo", said)).body["Result"] == 1
        (leg,) = (await world.shown(NUMBER))["legs"]
        assert (leg["step"], leg["happened"].count("progressed")) == ("12", 1)


async def test_an_attempt_whose_outcome_was_not_kept_at_once_is_kept_once(
    tmp_path: Path, disk: FailingDisk
) -> None:
    world = quiet_world(tmp_path, NUMBER)
    world.heard = Hook(disk, 3)
    async with world:
        await world.submit(a_dossier(NUMBER, **CORRECTION))
        await world.settle()
        (handed,) = await world.transfers(NUMBER, "hand_over")
        assert disk.failed == 3
        assert (handed["state"], handed["attempts"]) == ("delivered", 1)
        assert len((await world.history(handed))["history"]) == 1
        assert len(world.effects(NUMBER, "land_registry", "hand_over")) == 1


# ---- forms


async def _form(world: World, body: bytes) -> tuple[int, str]:
    headers = {"Content-Type": "multipart/form-data; boundary=xx"}
    answered = await world.call(
        "POST", "/v1/dossiers", data=io.BytesIO(body), headers=headers
    )
    return answered.status, answered.body["code"]


def _part(name: str, content: bytes, *, file: bool = False, header: str = "") -> bytes:
    more = '; filename="a.pdf"' if file else ""
    head = (
        f'--xx\r\nContent-Disposition: form-data; name="{name}"{more}\r\n{header}\r\n'
    )
    return head.encode() + content + b"\r\n"


async def test_a_form_that_can_be_read_in_two_ways_or_has_no_measure_is_refused(
    tmp_path: Path,
) -> None:
    document = json.dumps(a_dossier(NUMBER)).encode()
    dossier, end = _part("dossier", document), b"--xx--\r\n"
    malformed = (400, "malformed_multipart")
    async with quiet_world(tmp_path, NUMBER) as world:
        file = _part("tep", b"%PDF-1.4 mot", file=True)
        assert await _form(world, dossier + dossier + end) == malformed
        assert await _form(world, dossier + file + file + end) == malformed
        long = _part("tep", b"x", file=True, header=f"X-Dai: {'a' * 70_000}\r\n")
        assert await _form(world, dossier + long + end) == malformed
        large = b"".join(_part(f"f{n}", b"a" * 2**20) for n in range(5))
        assert await _form(world, dossier + large + end) == (413, "too_large")
        many = b"".join(_part(f"f{n}", b"a") for n in range(10_000))
        assert await _form(world, dossier + many + end) == (413, "too_large")
        unended = _part("tep", b"%PDF", file=True)[:-2]
        cut = unended + dossier[:-2]
        assert (await _form(world, cut))[0] in {400, 422}
        missing = await world.call("GET", f"/v1/dossiers/{NUMBER}")
        assert missing.status == 404
