"""The gateway comes into the line of an old one-stop, and leaves it, under way."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.dropin_line import DROPIN_SECRET, OFFICE, ONE_STOP, InLine
from tests.journeys.commands import lienthong
from tests.journeys.test_dropin import PAPERS_MISSING, heard, step
from tests.journeys.test_dropin_faults import fault, posted
from tests.landlink import NUMBER, SECRET, Line, Recorder, Run, opened

pytestmark = pytest.mark.journey

NUMBERS = [f"H99.01-260310-{number:04}" for number in range(1, 21)]
#: One every fifth hour, so that at any moment they lie everywhere.
HANDED_IN = [{"number": n, "after_h": 0.5 + 5 * i} for i, n in enumerate(NUMBERS)]
#: Papers are asked for on the first day, and the end comes after they were brought.
SCRIPT = PAPERS_MISSING + step("KetThucHoSo", on="supplement", after_h=10.0)
LINK = f"/v1/links/{ONE_STOP}/{OFFICE}"


class Switched:
    """The addresses that vendor and land office have in their settings."""

    def __init__(self, line: InLine) -> None:
        self.gateway = line
        self.to_land, self.to_one_stop = Recorder(), Recorder()

    @contextlib.asynccontextmanager
    async def line(self, land_base: str, callback_base: str) -> AsyncIterator[Line]:
        """Both ends are told of a door that leads where their settings say."""
        self._direct = (land_base.rpartition("/")[0], callback_base)
        async with (
            self.gateway.line(land_base, callback_base) as through,
            self.to_land.open(),
            self.to_one_stop.open(),
        ):
            self.leave()
            yield Line(
                land_base=f"{self.to_land.base}/vbdlis",
                callback_base=self.to_one_stop.base,
                participants=through.participants,
                secret=SECRET,
            )

    def enter(self) -> None:
        """The gateway's addresses are entered."""
        self.to_land.target = self.gateway.base
        agencies = self.gateway.address("agencies")
        self.to_one_stop.target = f"{agencies}/callbacks/{OFFICE}"

    def leave(self) -> None:
        """The addresses of before are entered again."""
        self.to_land.target, self.to_one_stop.target = self._direct


def switched(folder: Path) -> Switched:
    return Switched(InLine(folder / "line", callback_secret=SECRET))


def done(run: Run) -> Counter[tuple[str, str]]:
    """What took effect at the land office, by its own word."""
    return Counter(
        (each.content["SoBienNhan"], each.operation)
        for each in run.land
        if each.method == "POST" and each.status == 200 and each.told["data"] == 1
    )


def told(run: Run) -> dict[str, list[str]]:
    """What the one-stop took in of each dossier, in order."""
    found: dict[str, list[str]] = {number: [] for number in NUMBERS}
    for each in run.client:
        if each.status == 200 and each.told["Result"] == 1:
            found[each.content["SoBienNhan"]].append(each.operation)
    return found


def assert_all_went_well(run: Run) -> None:
    acts = (
        "tiepnhan",
        "capnhattrangthaibosunghoso",
        "capnhattrangthaitraketquahoso",
    )
    assert done(run) == Counter((n, act) for n in NUMBERS for act in acts)
    assert set(map(tuple, told(run).values())) == {("YeuCauBoSungHoSo", "KetThucHoSo")}
    assert Counter(status for status, _ in run.moves)[10] == len(NUMBERS)


OPTIONS: dict[str, Any] = {
    "scenario": SCRIPT,
    "numbers": NUMBERS,
    "client_settings": {"dossiers": HANDED_IN},
}


async def test_coming_into_the_line_among_twenty_dossiers_loses_and_doubles_none(
    tmp_path: Path,
) -> None:
    doors = switched(tmp_path)
    async with opened(tmp_path, line=doors.line, **OPTIONS) as here:
        before = await here.run(hours=66)
        doors.enter()
        run = await here.run()
        _, kept = await doors.gateway.call("GET", "/v1/dossiers?limit=100")
    assert {op for _, op in done(before)} == {
        "tiepnhan",
        "capnhattrangthaibosunghoso",
        "capnhattrangthaitraketquahoso",
    }
    assert 0 < len({n for n, _ in done(before)}) < len(NUMBERS)
    assert_all_went_well(run)
    ended = {n for n, op in done(before) if op == "capnhattrangthaitraketquahoso"}
    assert len(kept["dossiers"]) == len(NUMBERS) - len(ended)


async def test_going_out_of_the_line_among_twenty_dossiers_loses_and_doubles_none(
    tmp_path: Path,
) -> None:
    doors = switched(tmp_path)
    async with opened(tmp_path, line=doors.line, **OPTIONS) as here:
        doors.enter()
        before = await here.run(hours=40)
        status, answer = await doors.gateway.call("POST", f"{LINK}/out")
        assert (status, answer["in_line"]) == (200, False)
        # Meanwhile the one-stop is told to come again later, and does.
        await here.run(hours=4)
        _, answer = await doors.gateway.call("POST", f"{LINK}/out")
        assert answer["may_change_back"], answer
        taken = len(here.land_recorder.exchanges)
        doors.leave()
        run = await here.run()
    assert 0 < len({n for n, _ in done(before)}) < len(NUMBERS)
    assert len(run.land) > taken
    assert_all_went_well(run)


async def test_in_and_out_and_in_again_is_as_if_nothing_had_been(
    tmp_path: Path,
) -> None:
    doors = switched(tmp_path)
    async with opened(tmp_path, line=doors.line, **OPTIONS) as here:
        doors.enter()
        await here.run(hours=20)
        await doors.gateway.call("POST", f"{LINK}/out")
        doors.leave()
        await here.run(hours=20)
        await doors.gateway.call("POST", f"{LINK}/in")
        doors.enter()
        run = await here.run()
    assert_all_went_well(run)


async def test_going_out_says_what_it_waits_for(tmp_path: Path) -> None:
    down = [fault("hand_over", "error_503_retry_after", seconds=3600.0)]
    line = InLine(tmp_path / "line")
    async with opened(tmp_path, line=line.line, faults=down) as here:
        await here.run(hours=1)
        _, answer = await line.call("POST", f"{LINK}/out")
        assert answer["to_office"] == {"unsent": 1, "unconfirmed": 0, "parked": 0}
        assert not answer["may_change_back"]
        await here.run(hours=2)
        _, listed = await line.call("GET", "/v1/links")
        (row,) = [one for one in listed["links"] if one["office"] == OFFICE]
        assert row["may_change_back"]
        assert not row["in_line"]
        assert [rule for rule, _ in heard(here)] == ["accepted"]


async def test_what_the_one_stop_takes_for_accepted_holds_the_gateway_in_the_line(
    tmp_path: Path,
) -> None:
    """It was refused late, and nobody has corrected it yet."""
    down = [fault("hand_over", "error_503_retry_after", seconds=3600.0)]
    unknown = {"users": ["cb.mau02"]}
    line = InLine(tmp_path / "line")
    async with opened(
        tmp_path, line=line.line, faults=down, land_settings=unknown
    ) as here:
        await here.run(hours=4)
        _, answer = await line.call("POST", f"{LINK}/out")
        assert answer["to_office"]["parked"] == 1
        assert not answer["may_change_back"]
        assert len(here.seen().told("YeuCauCapNhatHoSo")) == 1


async def test_a_refusal_that_the_one_stop_knows_of_holds_nobody(
    tmp_path: Path,
) -> None:
    unknown = {"users": ["cb.mau02"]}
    line = InLine(tmp_path / "line")
    async with opened(tmp_path, line=line.line, land_settings=unknown) as here:
        await here.run(hours=2)
        assert [rule for rule, _ in heard(here)] == ["unknown_receiver"]
        _, answer = await line.call("POST", f"{LINK}/out")
        assert answer["may_change_back"]
        _, still = await line.call("GET", "/v1/still")
        assert [row["number"] for row in still["still"]] == [NUMBER]


async def test_only_an_administrator_takes_the_gateway_out(tmp_path: Path) -> None:
    line = InLine(tmp_path / "line")
    async with opened(tmp_path, line=line.line, numbers=()):
        for role, expected in (("operator", 403), ("one_stop", 403), ("reader", 403)):
            status, _ = await line.call("POST", f"{LINK}/out", role=role)
            assert status == expected, role
        status, _ = await line.call("POST", f"/v1/links/{ONE_STOP}/land-mau-2/out")
        assert status == 404


async def test_the_command_says_what_holds_it_and_when_the_address_may_be_changed_back(
    tmp_path: Path,
) -> None:
    down = [fault("hand_over", "error_503_retry_after", seconds=3600.0)]
    line = InLine(tmp_path / "line")
    run_dir = tmp_path / "line" / "gateway"
    async with opened(tmp_path, line=line.line, faults=down) as here:
        (run_dir / "address").write_text(line.address("front"), "utf-8")
        await here.run(hours=1)
        holds = await lienthong("dropin", "out", OFFICE, "--wait", "0", run_dir=run_dir)
        assert holds.code == 1
        assert "1 thông điệp đến cơ quan chưa gửi" in holds.out
        assert "đừng đổi địa chỉ" in holds.err
        await here.run(hours=2)
        listed = await lienthong("dropin", "list", run_dir=run_dir)
        seen = " ".join(listed.out.split())
        for said in (
            *("không nhận thêm", "không còn gì", f"→ {OFFICE}"),
            *("một cửa: 10/03/2026", "08:00", "cơ quan: chưa lần nào"),
        ):
            assert said in seen, said
        assert max(map(len, listed.out.splitlines())) <= 80
        free = await lienthong("dropin", "out", OFFICE, run_dir=run_dir)
        assert (free.code, "đổi địa chỉ trở lại được" in free.out) == (0, True)
        back = await lienthong("dropin", "in", OFFICE, run_dir=run_dir)
        assert back.code == 0
        assert f"/callbacks/{OFFICE}" in back.out
        assert f"/dropin/{ONE_STOP}/{OFFICE}/{{secret}}/vbdlis" in back.out
        assert f"{{secret}}: khóa {ONE_STOP}.dropin" in back.out
        assert "chưa nhận cuộc gọi nào của cơ quan" in back.out
        assert DROPIN_SECRET not in back.out + listed.out
        unknown = await lienthong("dropin", "out", "land-mau-2", run_dir=run_dir)
        assert unknown.code == 1
        await here.run(hours=2)
        _, kept = await line.call("GET", "/v1/links")
    (kept_link,) = [one for one in kept["links"] if one["office"] == OFFICE]
    assert kept_link["in_line"]
    assert kept_link["heard_office_at"] is not None


async def test_a_dossier_that_is_known_by_its_number_alone_can_be_looked_at(
    tmp_path: Path,
) -> None:
    doors = switched(tmp_path)
    options = {**OPTIONS, "numbers": NUMBERS[:1]}
    options["client_settings"] = {"dossiers": HANDED_IN[:1]}
    async with opened(tmp_path, line=doors.line, **options) as here:
        await here.run(hours=20)
        doors.enter()
        await here.run(hours=30)
        line = doors.gateway
        _, listed = await line.call("GET", "/v1/dossiers")
        (dossier,) = listed["dossiers"]
        identifier = dossier["id"]
        status, shown = await line.call("GET", f"/v1/dossiers/{NUMBERS[0]}")
        assert status == 200
        kinds = [transfer["kind"] for transfer in shown["transfers"]]
        assert kinds == ["supplement", "relayed"]
        pages = ["/console/dung-yen", "/console/ho-so", f"/console/ho-so/{identifier}"]
        paths = ["summary", "papers", "timeline"]
        pages += [f"/v1/dossiers/{NUMBERS[0]}/{path}" for path in paths]
        pages += [f"/v1/handover-list?dossier={NUMBERS[0]}&office={OFFICE}"]
        answers = {path: await line.page(path) for path in pages}
    assert {status for status, _ in answers.values()} == {200}, answers
    assert NUMBERS[0] in answers[f"/console/ho-so/{identifier}"][1]
    assert "Chuyển nguyên văn" in answers[f"/console/ho-so/{identifier}"][1]


@pytest.mark.parametrize("hours", [2.0, 8.0], ids=["before", "after"])
async def test_a_hand_over_from_before_that_comes_again_is_answered_by_the_land_system(
    hours: float, tmp_path: Path
) -> None:
    """``before`` and ``after`` the first message about it came through the gateway."""
    doors = switched(tmp_path)
    options = {**OPTIONS, "numbers": NUMBERS[:1]}
    options["client_settings"] = {"dossiers": HANDED_IN[:1]}
    options["scenario"] = step("ChuyenHoSo", after_h=4.0, more="MaTrangThai = 12")
    async with opened(tmp_path, line=doors.line, **options) as here:
        direct = await here.run(hours=1)
        doors.enter()
        await here.run(hours=hours)
        body = direct.sent("tiepnhan")[0].body
        url = f"{doors.gateway.base}/vbdlis/tiepnhan"
        first, again = await posted(url, body), await posted(url, body)
        run = here.seen()
    for status, told_again in (first, again):
        assert (status, told_again["data"]) == (200, 0)
        assert "đã tồn tại" in told_again["status"]["message"]
    assert run.land_effects.count("hand_over") == 1
    # Asked of the land system once; what it said is known after that.
    assert len(run.sent("tiepnhan")) == 2
