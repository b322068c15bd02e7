"""A gateway with one of everything that pages show, and how people get to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.world import World, a_dossier, quick

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Page

CORRECTION = {"procedure": "1.999003", "case": "DC-01"}
#: Typed in TCVN3 without saying so: waits for the counter, nothing has left.
PARKED = "H00.01-260310-0701"
#: Ended; that its result is wrong was sent once, and the answer was lost.
DOUBTFUL = "H00.01-260310-0702"
#: The same, for the test that settles it.
SETTLED = "H00.01-260310-0705"
#: An old commune that was split between two branches.
UNROUTED = "H00.01-260310-0703"
#: The land office had no time three times, and then took it.
BUSY = "H00.01-260310-0704"
#: Nobody has a dossier with this number.
STRANGE = "99.MAU.2026.777777"
#: The same, for the tests that bring reports to an end.
MISTYPED = "99.MAU.2026.777778"
OFFICER = "Bà Ví Dụ, 0900 000 000"


def standing_config(config: Path) -> None:
    """Short waits, and whom to call at the land office."""
    quick(config)
    path = config / "agencies" / "land_registry.toml"
    text = path.read_text("utf-8")
    contact = '[office.contact]\nname = "Bà Ví Dụ"\nphone = "0900 000 000"\n\n'
    path.write_text(text.replace("[office.land]", contact + "[office.land]"), "utf-8")


def standing_world(folder: Path) -> World:
    """The world before its start."""
    world = World(folder, configure=standing_config)
    fault = {"agency": "land_registry", "operation": "result_wrong", "every": True}
    world.faults += [
        {**fault, "do": "lose_answer", "number": number}
        for number in (DOUBTFUL, SETTLED)
    ]
    world.faults += [
        {
            "agency": "land_registry",
            "operation": "hand_over",
            "do": "error_503_retry_after",
            "nth": nth,
            "number": BUSY,
        }
        for nth in (1, 2, 3)
    ]
    return world


async def bring_about(world: World) -> None:
    """Submit the dossiers and let happen what makes them stand where they do."""
    split = {"area": {"commune": "99013"}}
    unnamed = {"applicant": {"name": "NguyÔn V¨n MÉu"}}
    await world.submit(a_dossier(PARKED, **unnamed))
    for number in (DOUBTFUL, SETTLED):
        await world.submit(a_dossier(number, **CORRECTION))
    await world.submit(a_dossier(UNROUTED, **split))
    await world.submit(a_dossier(BUSY, **CORRECTION))
    await world.pass_hours(72)
    wrong = {"content": "Sai họ tên người sử dụng đất (ví dụ)."}
    for number in (DOUBTFUL, SETTLED):
        path = f"/v1/dossiers/{number}/result-wrong"
        assert (await world.call("POST", path, wrong)).status == 202
    said = {
        "SoBienNhan": STRANGE,
        "NgayKetThuc": "2026-03-12T01:00:00",
        "TrangThaiKetThuc": 0,
        "GhiChu": "",
    }
    await world.push("KetThucHoSo", said)
    asked = {"SoBienNhan": MISTYPED, "MaCanBoXuLy": "CB0002", "GhiChu": ""}
    at = "2026-03-12T01:00:00"
    stopped = {"NgayChoBoSung": at, "LaTamDung": False, "TapTin": None}
    await world.push("YeuCauBoSungHoSo", {**asked, **stopped})
    await world.push("YeuCauCapNhatHoSo", asked)
    moved = {
        "SoBienNhan": MISTYPED,
        "MaCanBoChuyen": "CB0001",
        "MaCanBoNhan": "CB0002",
        "MaTrangThai": 11,
        "LaTrangThaiChuyenLai": False,
        "NoiDungXuLy": "",
        "NgayChuyen": at,
        "HanXuLy": 2.0,
        "DanhSachTapTin": [],
    }
    await world.push("ChuyenHoSo", moved)
    await world.pass_hours(3)


async def sign_in(page: Page, world: World, role: str = "operator") -> None:
    """As a person does: open the page, paste the token, press the button."""
    await page.goto(world.stage.url("front"))
    await page.get_by_label("Mã truy cập").fill(
        world.stage.secrets.value(f"token.{role}")
    )
    await page.get_by_role("button", name="Đăng nhập").click()
    await page.get_by_role("heading", name="Hôm nay", level=1).wait_for()
    await page.goto(f"{world.stage.url('front')}/console/dung-yen")


async def open_more(page: Page) -> None:
    """Unfold the pages that stand behind the last word of the head."""
    await page.locator("nav summary", has_text="Thêm").click()


async def search(page: Page, wanted: str) -> None:
    """Use the form in the head of every page."""
    await page.get_by_role("searchbox", name="Tìm hồ sơ").fill(wanted)
    await page.get_by_role("button", name="Tìm").click()
    await page.wait_for_load_state()
