"""Somebody learns at the onset and at the end, once each, wherever they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.journeys.alarms import (
    ALARMED,
    WARNED,
    alerting_of,
    hook,
    look,
    settings,
    tell,
    touchy,
    until,
)
from tests.journeys.commands import lienthong
from tests.journeys.test_digest import mail_server
from tests.journeys.test_privacy import files_under, open_marks
from tests.world import World, a_dossier, quick

if TYPE_CHECKING:
    from pathlib import Path

    from tests.world import Answered

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
NUMBERS = [f"H00.01-260310-16{n:02}" for n in range(4)]
LAND = "land-mau-1"
#: What people type is nobody else's to read.
TYPED = "theo đề nghị của bà Quách Thị Dấu Riêng"
NOTE = "Chị Lưu Thị Ghi Chú đang gọi đơn vị"
#: Land does not answer the first tries of anything.
DOWN = [
    {
        "agency": "land_registry",
        "operation": "hand_over",
        "do": "unauthorized_401",
        "nth": n,
    }
    for n in range(1, 4)
]


async def test_an_agency_that_is_down_is_told_once_and_its_recovery_once(
    tmp_path: Path,
) -> None:
    async with mail_server() as box, hook() as heard:
        world = World(tmp_path / "run", configure=touchy)
        world.faults = DOWN
        world.more_settings = settings(tmp_path, mail=box.port, url=heard.url)
        async with world:
            assert (await world.submit(a_dossier(NUMBERS[0]))).status == 202
            await world.pass_hours(0.3)
            lanes = (await world.call("GET", "/v1/lanes", role="operator")).body[
                "lanes"
            ]
            (lane,) = [one for one in lanes if one["state"] != "open"]
            assert lane["office"] == LAND
            await look(world)
            assert heard.told() == [], "one look may have caught a moment"
            for _ in range(4):
                await look(world)
            assert heard.told() == ["began"]
            ((to, mail),) = box.mails
            assert sorted(to) == sorted([WARNED, ALARMED])
            assert "không gửi được" in mail["Subject"]
            text = mail.get_content()
            assert "Việc cần làm: Gọi đầu mối kỹ thuật" in text
            assert "https://cong.example/console/don-vi#land-mau-1" in text
            for personal in ("Nguyễn Văn Ví Dụ", NUMBERS[0]):
                assert personal not in text
            await world.pass_hours(4)
            await look(world)
            assert heard.told() == ["began"], "it may come back any moment"
            await world.pass_hours(0.3)
            await look(world, 3)
            assert heard.told() == ["began", "ended"]
            assert [m["Subject"].split(":")[0] for _, m in box.mails] == [
                "[Cổng liên thông] Bắt đầu (nghiêm trọng)",
                "[Cổng liên thông] Đã hết (nghiêm trọng)",
            ]
            await look(world, 3)
            await tell(world)
            assert alerting_of(world).heartbeat is None
            assert (len(heard.heard), len(box.mails)) == (2, 2)


async def test_a_road_that_comes_and_goes_is_one_alert_and_the_webhooks_silence_another(
    tmp_path: Path,
) -> None:
    async with mail_server() as box, hook() as heard:
        world = World(tmp_path / "run", configure=quick)
        world.more_settings = settings(
            tmp_path, mail=box.port, url=heard.url, more="lane_minutes = 1"
        )
        async with world:
            for _ in range(8):
                await steer(world, "pause")
                await world.pass_hours(0.05)
                await look(world, 2)
                await steer(world, "resume")
                await world.pass_hours(0.05)
                await look(world)
            assert heard.told() == ["began"]
            heard.status = 500
            await world.pass_hours(0.3)
            await look(world, 2)
            await world.pass_hours(0.05)
            await look(world, 2)
            subjects = [mail["Subject"] for _, mail in box.mails]
            assert len(subjects) == 3
            assert "dừng gửi" in subjects[0]
            assert subjects[1].startswith("[Cổng liên thông] Đã hết")
            assert "Không gọi được địa chỉ nhận cảnh báo" in subjects[2]
            ended = box.mails[1][1].get_content()
            assert "lặp lại 7 lần" in ended
            heard.status = 200
            await world.pass_hours(1)
            for _ in range(3):
                await look(world)
                await world.pass_hours(0.3)
            assert heard.told() == ["began", "ended"]
            assert len(box.mails) == 4
            assert heard.told("channel_failing") == []


async def steer(world: World, what: str) -> None:
    body = {"reason": TYPED}
    path = f"/v1/lanes/{LAND}/{what}"
    answered = await world.call("POST", path, body, role="administrator")
    assert answered.status == 200


async def test_an_alert_is_shown_and_acknowledged_on_page_and_command_line(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async with mail_server() as box, hook() as heard:
        world = World(tmp_path / "run", configure=quick)
        more = f'[alerts.heartbeat]\nurl = "{heard.url}"\n'
        world.more_settings = settings(tmp_path, mail=box.port, url=heard.url) + more
        async with world:
            await until(lambda: heard.beats > 0)
            assert await listing(world) == []
            await steer(world, "pause")
            await world.pass_hours(0.3)
            await look(world, 2)
            (alert,) = await listing(world)
            assert alert["reason"].startswith("Văn phòng đăng ký đất đai")
            assert (alert["severity"], alert["kind"]) == ("warning", "lane")
            assert TYPED not in str(alert)

            ran = await lienthong(
                "alert", "list", run_dir=world.stage.run_dir, columns=200
            )
            assert alert["id"] in ran.out
            assert "cần chú ý" in ran.out
            note = ("--note", NOTE)
            ran = await lienthong(
                *("alert", "acknowledge", alert["id"], *note),
                run_dir=world.stage.run_dir,
            )
            assert ran.code == 0
            (alert,) = await listing(world)
            assert alert["acknowledged"]["note"] == NOTE
            await look(world)
            (alert,) = await listing(world)
            assert alert["acknowledged"]["by"] == "operator"

            page = await shown(world)
            for words in (alert["reason"], NOTE, "Việc cần làm", "thư điện tử"):
                assert words in page
            await steer(world, "resume")
            await look(world)
            assert "đang chờ xem có lặp lại không" in await shown(world)
            await world.pass_hours(0.3)
            await look(world)
            assert await listing(world) == []
            (alert,) = await listing(world, "ended")
            assert alert["ended_at"]
            assert alert["acknowledged"]["note"] == NOTE
            refused = await acknowledge(world, alert["id"])
            assert (refused.status, refused.body["code"]) == (409, "alert_over")
            refused = await acknowledge(world, "al_unknown")
            assert (refused.status, refused.body["code"]) == (404, "alert_unknown")
            refused = await acknowledge(world, alert["id"], role="reader")
            assert refused.status == 403
            refused = await world.call("GET", "/v1/alerts", role="one_stop")
            assert refused.status == 403
            at_rest = [p.read_bytes() for p in files_under(world.stage.run_dir)]
    at_rest += [p.read_bytes() for p in files_under(world.stage.run_dir)]
    assert any(b"alert_standing" in one for one in at_rest)
    lines = "".join(capfd.readouterr()).encode()
    assert b"alert_acknowledged" in lines
    for one in (*at_rest, lines):
        assert open_marks(one, {"note": NOTE}) == set()


async def listing(world: World, state: str = "standing") -> list[Any]:
    path = f"/v1/alerts?state={state}"
    answered = await world.call("GET", path, role="reader")
    assert answered.status == 200
    found: list[Any] = answered.body["alerts"]
    return found


async def acknowledge(world: World, alert: str, role: str = "operator") -> Answered:
    path = f"/v1/alerts/{alert}/acknowledge"
    return await world.call("POST", path, {"note": NOTE}, role=role)


async def shown(world: World) -> str:
    token = world.stage.secrets.value("token.operator")
    headers = {"Cookie": f"lienthong={token}"}
    answered = await world.call("GET", "/console/canh-bao", role="", headers=headers)
    assert answered.status == 200
    return answered.content.decode()


async def test_a_form_on_the_page_keeps_who_knows_and_foreign_pages_do_not(
    tmp_path: Path,
) -> None:
    async with World(tmp_path / "run", configure=quick) as world:
        await steer(world, "pause")
        await world.pass_hours(0.3)
        await look(world, 2)
        (alert,) = [one for one in await listing(world) if one["kind"] == "lane"]
        front = world.stage.url("front")
        token = world.stage.secrets.value("token.operator")
        for origin, status in (("http://khac.example", 403), (front, 303)):
            answered = await world.call(
                "POST",
                f"/console/canh-bao/{alert['id']}/da-biet",
                role="",
                data={"note": NOTE},
                headers={"Cookie": f"lienthong={token}", "Origin": origin},
                allow_redirects=False,
            )
            assert answered.status == status
        (alert,) = [one for one in await listing(world) if one["kind"] == "lane"]
        assert alert["acknowledged"]["note"] == NOTE
        assert "chỉ ghi vào nhật ký" in await shown(world)


async def test_a_test_says_for_each_road_whether_it_arrived(tmp_path: Path) -> None:
    async with mail_server() as box, hook() as heard:
        world = World(tmp_path / "run", configure=quick)
        world.more_settings = settings(tmp_path, mail=box.port, url=heard.url)
        async with world:
            ran = await lienthong("alert", "test", run_dir=world.stage.run_dir)
            assert ran.code == 0
            assert ran.out.count("đã gửi") == 3
            ((to, mail),) = box.mails
            assert sorted(to) == sorted([WARNED, ALARMED])
            assert mail["Subject"] == "[Cổng liên thông] Thư thử của cảnh báo"
            assert heard.heard[0][1]["type"] == "vn.lienthong.alert.test"
            heard.status = 503
            ran = await lienthong("alert", "test", run_dir=world.stage.run_dir)
            assert ran.code == 1
            assert "không gửi được (notice_not_taken)" in ran.out
            assert "Traceback" not in ran.err


async def test_what_stands_still_for_long_is_told_by_office_without_a_code_of_it(
    tmp_path: Path,
) -> None:
    """A dossier that no office is competent for, and transfers that people have."""
    async with mail_server() as box, hook() as heard:
        world = World(tmp_path / "run", configure=quick)
        world.faults = [
            {
                "agency": "land_registry",
                "operation": "hand_over",
                "do": "text_200",
                "text": "Không rõ",
                "every": True,
            }
        ]
        world.more_settings = settings(
            tmp_path,
            mail=box.port,
            url=heard.url,
            more='[alerts.awake]\nbegins = "00:00:00"\nends = "00:00:00"\n'
            "days_off = false",
        )
        async with world:
            await world.submit(a_dossier(NUMBERS[0], area={"commune": "00001"}))
            await world.submit(a_dossier(NUMBERS[1]))
            await world.pass_hours(3)
            await look(world, 2)
            assert heard.told("unrouted") == []
            await world.pass_hours(72)
            await look(world, 2)
            assert heard.told("unrouted") == ["began"]
            told = [one["data"] for _, one in heard.heard]
            (unrouted,) = [one for one in told if one["kind"] == "unrouted"]
            assert unrouted["reason"].startswith("1 hồ sơ chưa xác định được cơ quan")
            assert unrouted["first"].startswith("d_")
            (office,) = [
                one for one in told if one["kind"] in {"parked", "unconfirmed"}
            ]
            assert office["subject"] == LAND
            assert office["first"].startswith("t_")
            for number in NUMBERS:
                assert number not in str(heard.heard)
                assert all(number not in str(mail) for _, mail in box.mails)
