"""What goes wrong while the gateway stands in the line of an old one-stop."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest

from gateway.mockagency.faults import Fault
from tests.crash.dying import Child, Death
from tests.dropin_line import ENTRY, OFFICE, ONE_STOP, InLine
from tests.journeys.test_dropin import clerk, heard, said, step
from tests.landlink import NUMBER, SECRET, opened
from tests.world import a_dossier

pytestmark = pytest.mark.journey

SAMPLES = Path(__file__).parents[2] / "schemas/agencies/land_registry/samples"
UNKNOWN = {"users": ["cb.mau02"]}


def fault(operation: str, do: str, agency: str = "land_registry", **more: Any) -> Fault:
    return Fault(agency=agency, operation=operation, do=do, **more)


async def test_a_refusal_is_the_land_systems_own_answer_and_the_clerk_corrects_it(
    tmp_path: Path,
) -> None:
    script = clerk(
        "hand_over", on="refused:hand_over", more='content = {receiver = "cb.mau02"}'
    )
    options: dict[str, Any] = {"scenario": script, "land_settings": UNKNOWN}
    async with opened(tmp_path / "direct", **options) as here:
        direct, rules = await here.run(), heard(here)
    line = InLine(tmp_path / "line")
    async with opened(tmp_path / "through", line=line.line, **options) as here:
        through = await here.run()
        assert heard(here) == rules
    assert [rule for rule, _ in rules][:2] == ["unknown_receiver", "accepted"]
    assert said(through.land) == said(direct.land)
    assert said(through.client) == said(direct.client)
    assert through.moves == direct.moves


async def test_what_was_refused_is_tried_anew_when_the_same_comes_again(
    tmp_path: Path,
) -> None:
    script = clerk("hand_over", on="refused:hand_over")
    line = InLine(tmp_path / "line")
    async with opened(
        tmp_path, line=line.line, scenario=script, land_settings=UNKNOWN
    ) as here:
        run = await here.run(hours=24)
        rules = [rule for rule, _ in heard(here)]
    assert rules == ["unknown_receiver", "unknown_receiver"]
    assert [each.told["data"] for each in run.sent("tiepnhan")] == [0, 0]


@pytest.mark.parametrize("do", ["lose_answer", "half_answer", "error_500_before"])
async def test_a_lost_answer_is_answered_accepted_and_has_one_effect(
    do: str, tmp_path: Path
) -> None:
    line = InLine(tmp_path / "line")
    async with opened(
        tmp_path, line=line.line, faults=[fault("hand_over", do)]
    ) as here:
        run = await here.run()
        rules = [rule for rule, _ in heard(here)]
    assert rules == ["accepted", "accepted"]
    first, second = run.sent("tiepnhan")
    assert first.body == second.body
    assert run.land_effects.count("hand_over") == 1
    assert run.moves[-1] == (10, "result_handed")


async def test_while_the_land_system_is_down_an_hour_the_one_stop_goes_on(
    tmp_path: Path,
) -> None:
    down = [fault("hand_over", "error_503_retry_after", seconds=3600.0)]
    line = InLine(tmp_path / "line")
    async with opened(tmp_path, line=line.line, faults=down) as here:
        early = await here.run(hours=1)
        assert [rule for rule, _ in heard(here)] == ["accepted"]
        assert early.land_effects == ()
        run = await here.run()
    assert run.land_effects == ("hand_over", "result_handed")
    assert run.moves[-1] == (10, "result_handed")
    assert [each.operation for each in run.client] == ["ChuyenHoSo", "KetThucHoSo"]


async def test_a_late_refusal_comes_as_a_request_for_correction_and_is_shown(
    tmp_path: Path,
) -> None:
    script = clerk(
        "hand_over",
        on="status:2",
        more='nth = 2\nafter_h = 5.0\ncontent = {receiver = "cb.mau02"}',
    ).replace("after_h = 1.0\n", "")
    down = [fault("hand_over", "error_503_retry_after", seconds=3600.0)]
    line = InLine(tmp_path / "line")
    async with opened(
        tmp_path,
        line=line.line,
        scenario=script,
        land_settings=UNKNOWN,
        faults=down,
    ) as here:
        await here.run(hours=3)
        (asked,) = here.seen().told("YeuCauCapNhatHoSo")
        assert asked.content["SoBienNhan"] == NUMBER
        assert "người tiếp nhận" in asked.content["GhiChu"]
        _, still = await line.call("GET", "/v1/still")
        (row,) = still["still"]
        assert (row["number"], row["reason"]) == (NUMBER, "unknown_receiver")
        assert row["told_accepted"]
        assert "YeuCauCapNhatHoSo" in row["next_action"]
        # The clerk's program knows nothing of the gateway's own calls.
        assert "/v1/" not in row["next_action"]
        for page in (
            "/console/dung-yen",
            "/console/cho-xu-ly",
            f"/console/ho-so/{row['dossier_id']}",
        ):
            assert row["next_action"] in (await line.page(page))[1], page
        run = await here.run()
        assert [rule for rule, _ in heard(here)] == ["accepted"] * 3
    assert run.land_effects == ("hand_over", "result_handed")
    assert run.moves[-1] == (10, "result_handed")
    assert len(run.told("YeuCauCapNhatHoSo")) == 1


async def test_a_refusal_that_was_answered_in_time_is_told_once(tmp_path: Path) -> None:
    line = InLine(tmp_path / "line")
    async with opened(tmp_path, line=line.line, land_settings=UNKNOWN) as here:
        run = await here.run(hours=24)
        _, still = await line.call("GET", "/v1/still")
    assert run.client == ()
    (row,) = still["still"]
    assert not row["told_accepted"]
    assert "đã thấy câu trả lời" in row["next_action"]


async def test_who_takes_no_request_for_correction_is_to_be_called(
    tmp_path: Path,
) -> None:
    """A message of which nothing stands still at the office any more."""
    script = (
        step("YeuCauBoSungHoSo", more="LaTamDung = false")
        + step("ChuyenHoSo", after_h=31.0, more="MaTrangThai = 12")
        + step("KetThucHoSo", after_h=29.0)
    )
    down = [fault("supplement", "error_503_retry_after", seconds=6 * 3600.0)]
    entry = ENTRY + "late_refusals = false\n"
    line = InLine(tmp_path / "line", entry=entry)
    async with opened(tmp_path, line=line.line, scenario=script, faults=down) as here:
        run = await here.run(hours=24 * 3)
        _, still = await line.call("GET", "/v1/still")
        (row,) = still["still"]
        _, out = await line.call("POST", f"/v1/links/{ONE_STOP}/{OFFICE}/out")
        path = f"/v1/transfers/{row['transfer_id']}/agency_has_it"
        status, _ = await line.call("POST", path, {"reason": "Đã gọi một cửa"})
        _, told = await line.call("GET", "/v1/still")
        _, free = await line.call("POST", f"/v1/links/{ONE_STOP}/{OFFICE}/out")
    refused = run.sent("capnhattrangthaibosunghoso")[-1]
    assert "đã kết thúc" in refused.told["status"]["message"]
    assert (row["kind"], row["office"]) == ("correction_asked", ONE_STOP)
    assert "Gọi một cửa" in row["next_action"]
    # The office's own messages do not wait for the telephone.
    operations = [each.operation for each in run.client]
    assert operations == ["YeuCauBoSungHoSo", "KetThucHoSo", "ChuyenHoSo"]
    assert out["to_one_stop"]["parked"] == 1
    assert (status, told["still"]) == (200, [])
    assert free["may_change_back"]


async def posted(url: str, body: bytes) -> tuple[int, Any]:
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data=body) as answer,
    ):
        text = await answer.read()
        return answer.status, orjson.loads(text) if text[:1] == b"{" else text


async def test_the_same_call_many_times_at_once_has_one_effect(tmp_path: Path) -> None:
    line = InLine(tmp_path / "line")
    slow = [fault("hand_over", "delay_s", seconds=0.3)]
    async with opened(tmp_path, line=line.line, faults=slow) as here:
        first = await here.run(hours=1)
        body = first.sent("tiepnhan")[0].body.replace(b"-0001", b"-0777")
        url = f"{line.base}/vbdlis/tiepnhan"
        told = await asyncio.gather(*(posted(url, body) for _ in range(5)))
        later = await posted(url, body)
        run = here.seen()
    assert {status for status, _ in told} == {200}
    assert {said["data"] for _, said in told} == {1}
    assert later[1]["data"] == 0
    assert "đã tồn tại" in later[1]["status"]["message"]
    assert len(run.sent("tiepnhan")) == 2


async def test_callbacks_reach_the_one_stop_as_they_came_to_us(tmp_path: Path) -> None:
    swapped = [fault("progress", "swap_with_next_call")]
    async with opened(tmp_path / "direct", faults=swapped) as here:
        direct = await here.run()
    line = InLine(tmp_path / "line")
    async with opened(tmp_path / "through", line=line.line, faults=swapped) as here:
        through = await here.run()
    assert [each.operation for each in direct.client] == ["KetThucHoSo", "ChuyenHoSo"]
    assert said(through.client) == said(direct.client)
    assert through.moves == direct.moves


async def test_a_callback_that_the_land_system_repeats_is_passed_on_once(
    tmp_path: Path,
) -> None:
    twice = [fault("finished", "duplicate_call"), fault("progress", "duplicate_call")]
    line = InLine(tmp_path / "line")
    async with opened(tmp_path, line=line.line, faults=twice) as here:
        run = await here.run()
    assert [each.operation for each in run.client] == ["ChuyenHoSo", "KetThucHoSo"]
    assert run.moves[-1] == (10, "result_handed")


async def test_callbacks_wait_in_order_while_the_one_stop_is_away(
    tmp_path: Path,
) -> None:
    away = [
        fault("ChuyenHoSo", "error_500_before", agency="one_stop", nth=n)
        for n in (1, 2, 3)
    ]
    line = InLine(tmp_path / "line")
    script = step("ChuyenHoSo", after_h=2.0, more="MaTrangThai = 11") + step(
        "KetThucHoSo", after_h=2.001
    )
    async with opened(tmp_path, line=line.line, scenario=script, faults=away) as here:
        run = await here.run()
    taken = [each.operation for each in run.client if each.status == 200]
    assert taken == ["ChuyenHoSo", "KetThucHoSo"]
    assert [each.status for each in run.client][:3] == [500, 500, 500]
    assert run.moves[-1] == (10, "result_handed")


async def test_a_wrong_address_tells_nothing(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    line = InLine(tmp_path / "line")
    async with opened(tmp_path, line=line.line, numbers=()):
        front = line.address("front")
        secret = line.base.rpartition("/")[2]
        wrong = [
            f"{front}/dropin/{ONE_STOP}/{OFFICE}/sai/vbdlis/tiepnhan",
            f"{front}/dropin/{ONE_STOP}/land-mau-2/{secret}/vbdlis/tiepnhan",
            f"{front}/dropin/mot-cua-mau/{OFFICE}/{secret}/vbdlis/tiepnhan",
            f"{line.base}/ilis/tiepnhan",
            f"{line.base}/vbdlis/khongco",
        ]
        answers = [await posted(url, b"{}") for url in wrong]
        told = await posted(f"{line.base}/vbdlis/tiepnhan", b"{}")
        broken = await posted(f"{line.base}/vbdlis/tiepnhan", b"khong phai")
    assert {status for status, _ in answers} == {404}
    assert len({orjson.dumps(said) for _, said in answers}) == 1
    assert "thiếu trường bắt buộc" in told[1]["status"]["message"].lower()
    assert broken[0] == 400
    # The vendor whose secret is right and whose path is not can be helped from the log.
    log = "".join(capfd.readouterr())
    assert log.count('"code":"unknown_path"') == 2
    assert secret not in log


@pytest.mark.parametrize("before", [False, True])
async def test_killed_between_accepting_and_forwarding_it_forwards_once(
    before: bool, tmp_path: Path
) -> None:
    """The first unit of a call remembers it, the next claims it for sending."""
    line = InLine(tmp_path / "line")
    async with opened(tmp_path, line=line.line) as here:
        await line.stop()
        child = Child(line.settings(here.land.clock.now().isoformat()), Death(0))
        assert await child.started()
        units = child.count.value
        await child.stop()
        death = Death(units + 1, before=before)
        child = Child(line.settings(here.land.clock.now().isoformat()), death)
        assert await child.started()
        await here.run(hours=0.6, without=[line.address("front")])
        assert await child.ended() == -9
        assert here.seen().sent("tiepnhan") == []
        await line.start(here.land.clock.now().isoformat())
        _, kept = await line.call("GET", "/v1/dossiers")
        assert len(kept["dossiers"]) == (0 if before else 1)
        run = await here.run()
    assert run.land_effects == ("hand_over", "result_handed")
    assert run.moves[-1] == (10, "result_handed")


async def test_the_number_of_another_one_stops_dossier_is_refused_as_it_is_there(
    tmp_path: Path,
) -> None:
    line = InLine(tmp_path / "line")
    async with opened(tmp_path, line=line.line, numbers=()) as here:
        document = {**a_dossier(NUMBER), "procedure": "1.999003"}
        status, _ = await line.call("POST", "/v1/dossiers", document, role="one_stop")
        assert status == 202
        body = (SAMPLES / "tiepnhan.json").read_bytes()
        content = {**orjson.loads(body), "MaHoSoMotCua": NUMBER, "SoBienNhan": NUMBER}
        told = await posted(f"{line.base}/vbdlis/tiepnhan", orjson.dumps(content))
        act = {"SoBienNhan": NUMBER, "NgayTra": "2026-03-11"}
        url = f"{line.base}/vbdlis/capnhattrangthaitraketquahoso"
        later = await posted(url, orjson.dumps(act))
        run = here.seen()
    assert "đã dùng cho hồ sơ khác" in told[1]["status"]["message"]
    assert "Không tìm thấy hồ sơ" in later[1]["status"]["message"]
    assert len(run.sent("tiepnhan")) <= 1
    assert run.sent("capnhattrangthaitraketquahoso") == []


async def test_what_the_one_stop_never_confirms_waits_for_a_person_and_holds_the_rest(
    tmp_path: Path,
) -> None:
    never = [
        fault(
            "ChuyenHoSo",
            "text_200",
            agency="one_stop",
            nth=0,
            text='{"Result": 0, "Message": "khong doc duoc"}',
        )
    ]
    line = InLine(tmp_path / "line")
    async with opened(tmp_path, line=line.line, faults=never) as here:
        run = await here.run(hours=24 * 4)
        _, still = await line.call("GET", "/v1/still")
    (row,) = still["still"]
    assert (row["kind"], row["reason"]) == ("relayed", "one_stop_not_confirmed")
    assert len(run.told("ChuyenHoSo")) == 21
    assert run.told("KetThucHoSo") == []


TAKEN = '{"Result": 1, "Message": ""}'
ODD = {
    "a number that is a text": {"HanXuLy": "24"},
    "a text that is a number": {"MaTrangThai": "11"},
    "a time that is none": {"NgayChuyen": "hôm qua"},
    "a state that nobody knows": {"MaTrangThai": 99},
    "a field that nobody knows": {"TruongLa": {"a": [1, None]}},
}


@pytest.mark.parametrize("changed", ODD.values(), ids=ODD)
@pytest.mark.parametrize("number", [NUMBER, "H99.01-260101-0009"])
async def test_what_the_gateway_cannot_read_of_the_office_goes_on_all_the_same(
    number: str, changed: dict[str, Any], tmp_path: Path
) -> None:
    line = InLine(tmp_path / "line", callback_secret=SECRET)
    # This one-stop takes what its document would not let in, as many do.
    takes = [fault("ChuyenHoSo", "text_200", agency="one_stop", nth=0, text=TAKEN)]
    async with opened(tmp_path, line=line.line, faults=takes) as here:
        before = await here.run(hours=1)
        sample = orjson.loads((SAMPLES / "ChuyenHoSo.json").read_bytes())
        body = orjson.dumps({**sample, "SoBienNhan": number, **changed}) + b"\n"
        url = f"{line.address('agencies')}/callbacks/{OFFICE}/ChuyenHoSo/{SECRET}"
        for _ in range(2):
            assert (await posted(url, body))[1]["Result"] == 1
        run = await here.run(hours=0.5)
        _, kept = await line.call("GET", "/v1/unmatched")
        read = not changed.keys() & {"HanXuLy", "NgayChuyen"}
        read &= changed.get("MaTrangThai") != "11"
        assert [row["standing"] for row in kept["unmatched"]] == (
            [] if read else ["unreadable"]
        )
    passed = [each.body for each in run.client[len(before.client) :]]
    assert passed == [body]


@pytest.mark.parametrize("body", [b"khong phai", b"{}", b'{"SoBienNhan": null}'])
async def test_what_names_no_dossier_is_refused_and_kept_for_a_person(
    body: bytes, tmp_path: Path
) -> None:
    line = InLine(tmp_path / "line", callback_secret=SECRET)
    async with opened(tmp_path, line=line.line, numbers=()) as here:
        url = f"{line.address('agencies')}/callbacks/{OFFICE}/ChuyenHoSo/{SECRET}"
        assert (await posted(url, body))[1]["Result"] == 0
        _, kept = await line.call("GET", "/v1/unmatched")
        assert here.seen().client == ()
    assert [row["standing"] for row in kept["unmatched"]] == ["unreadable"]


async def test_what_nobody_can_read_holds_nothing_else(tmp_path: Path) -> None:
    line = InLine(tmp_path / "line", callback_secret=SECRET)
    async with opened(tmp_path, line=line.line) as here:
        await here.run(hours=1)
        sample = orjson.loads((SAMPLES / "ChuyenHoSo.json").read_bytes())
        odd = {**sample, "SoBienNhan": NUMBER, "HanXuLy": "24"}
        url = f"{line.address('agencies')}/callbacks/{OFFICE}/ChuyenHoSo/{SECRET}"
        assert (await posted(url, orjson.dumps(odd)))[1]["Result"] == 1
        run = await here.run()
        _, still = await line.call("GET", "/v1/still")
    assert run.moves[-1] == (10, "result_handed")
    assert [row["reason"] for row in still["still"]] == ["one_stop_not_confirmed"]
