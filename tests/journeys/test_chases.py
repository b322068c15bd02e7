"""Chasing an office for a dossier: reminders, calls, promises, and going higher."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from tests.journeys.test_callbacks import handed_over, progress
from tests.journeys.test_digest import Box, mail_server
from tests.journeys.test_privacy import files_under, open_marks
from tests.world import World, a_dossier, quick

if TYPE_CHECKING:
    from pathlib import Path

    from tests.world import Answered, Json

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
NUMBERS = [f"H00.01-260310-16{n:02}" for n in range(4)]
NUMBER = NUMBERS[0]
LAND, TAX = "land-mau-1", "thue-mau-1"
ADDRESS, HEAD = "can.bo@dat.example", "lanh.dao@dat.example"
MARKS = {
    "contact": "Quách Thị Nghe Máy",
    "said": "Chị Nghe Máy nói đang trình ký, người nộp là Ông Kín 71904",
    "reason": "Ông Kín 71905 gọi lên hỏi",
}


def chase_world(folder: Path, port: int | None = None, **settings: Any) -> World:
    """Land offices that take dossiers and say nothing by themselves."""
    world = World(folder / "run", configure=quick)
    silent = [{"on": "never", "send": "ChuyenHoSo"}]
    for number in NUMBERS:
        world.scenario(number, land_registry={"step": silent})
    if port is not None:
        world.more_settings = (
            f'[mail]\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\n'
            'sender = "cong@tinh.example"\n'
        )
    for name, value in settings.items():
        world.more_settings += f"[chase]\n{name} = {value}\n"
    return world


async def contact(world: World, email: str, role: str = "business") -> None:
    body = {"office": LAND, "name": "Bà Đầu Mối", "email": email, "role": role}
    body |= {"reason": "Công văn", "phone": "0900 000 001"}
    made = await world.call("POST", "/v1/contacts", body, role="administrator")
    assert made.status == 201


async def chase(
    world: World, number: str = NUMBER, *, role: str = "operator", **changed: Any
) -> Answered:
    body = {"office": LAND, "how": "call", "said": "Đã hỏi", **changed}
    return await world.call("POST", f"/v1/dossiers/{number}/chases", body, role=role)


async def mail(world: World, number: str = NUMBER, **changed: Any) -> Answered:
    path = f"/v1/dossiers/{number}/chases/mail"
    return await world.call("POST", path, {"office": LAND, **changed}, role="operator")


async def standing(world: World, number: str = NUMBER, office: str = LAND) -> Json:
    path = f"/v1/dossiers/{number}/chases"
    offices = (await world.call("GET", path, role="reader")).body["offices"]
    (found,) = (one for one in offices if one["office"] == office)
    return dict(found)


async def listed(world: World, query: str = "") -> list[tuple[str, str]]:
    answered = await world.call("GET", f"/v1/chases{query}", role="reader")
    assert answered.status == 200, answered.body
    return [(one["number"], one["standing"]) for one in answered.body["chases"]]


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+07:00")


async def test_a_reminder_tells_codes_and_days_and_goes_once_a_working_day(
    tmp_path: Path,
) -> None:
    async with mail_server() as box, chase_world(tmp_path, box.port) as world:
        await contact(world, ADDRESS)
        await handed_over(world, NUMBER, due_on="2026-03-12")
        sent = await mail(world)
        assert (sent.status, sent.body["how"], sent.body["mailed"]) == (201, "mail", 1)
        ((to, got),) = box.mails
        assert to == [ADDRESS]
        assert got["Subject"] == "Đôn đốc hồ sơ liên thông, ngày 10/03/2026"
        text = got.get_content()
        assert f"Mã hồ sơ: {NUMBER}" in text
        assert "Hồ sơ ở Quý đơn vị từ ngày 10/03/2026." in text
        assert "Đang chờ đơn vị giải quyết và báo kết quả." in text
        assert "Hẹn trả kết quả ngày 12/03/2026." in text
        person = a_dossier(NUMBER)["applicant"]
        for personal in (person["name"], "Bà Đầu Mối", "0900"):
            assert personal not in text
        again = await mail(world)
        assert (again.status, again.body["code"]) == (409, "chase_mailed_today")
        bare = await mail(world, again=True)
        assert (bare.status, bare.body["code"]) == (400, "again_without_reason")
        assert len(box.mails) == 1
        allowed = await mail(world, again=True, reason=MARKS["reason"])
        assert allowed.status == 201
        await world.pass_until(at("2026-03-13T08:00:00"))
        assert (await mail(world)).status == 201
        await world.pass_until(at("2026-03-15T08:00:00"))
        assert (await mail(world)).body["code"] == "chase_mailed_today"
        await world.pass_until(at("2026-03-16T07:30:00"))
        assert (await mail(world)).status == 201
        assert len(box.mails) == 4
        assert "đã quá hạn" in box.mails[-1][1].get_content()
        kept = (await standing(world))["chases"]
        assert [one["how"] for one in kept] == ["mail"] * 4
        assert kept[1]["said"] == MARKS["reason"]


async def test_a_promise_is_kept_broken_or_open_by_what_the_office_tells(
    tmp_path: Path,
) -> None:
    async with chase_world(tmp_path) as world:
        for number in NUMBERS:
            await handed_over(world, number)
        for number, day in zip(
            NUMBERS[:3], ("2026-03-11", "2026-03-11", "2026-03-16"), strict=False
        ):
            made = await chase(world, number, promised_on=day)
            assert (made.status, made.body["promise"]) == (201, "open")
        assert (await chase(world, NUMBERS[3])).body["standing"] == "unanswered"
        assert await listed(world) == [
            (NUMBERS[0], "open"),
            (NUMBERS[1], "open"),
            (NUMBERS[2], "open"),
            (NUMBERS[3], "unanswered"),
        ]
        await world.pass_until(at("2026-03-11T23:00:00"))
        said = progress(NUMBERS[1], 11, "2026-03-11T08:00:00")
        await world.push("ChuyenHoSo", said)
        assert (await standing(world))["standing"] == "open"
        await world.pass_until(at("2026-03-12T00:30:00"))
        assert await listed(world) == [
            (NUMBERS[0], "broken"),
            (NUMBERS[2], "open"),
            (NUMBERS[3], "unanswered"),
        ]
        assert await listed(world, "?state=broken") == [(NUMBERS[0], "broken")]
        assert await listed(world, f"?office={TAX}") == []
        kept = await standing(world, NUMBERS[1])
        assert (kept["standing"], kept["chases"][0]["promise"]) == ("", "kept")
        said = progress(NUMBER, 11, "2026-03-12T08:00:00")
        await world.push("ChuyenHoSo", said)
        late = await standing(world)
        assert (late["standing"], late["chases"][0]["promise"]) == ("", "broken")
