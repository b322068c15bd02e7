"""Any transfer by state, office and day; one with the tries that it took."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.browser.standing import BUSY, DOUBTFUL, PARKED, SETTLED, sign_in

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Page

    from tests.world import World

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(120),
    pytest.mark.asyncio(loop_scope="module"),
]


async def listed(window: Page, world: World, query: str) -> str:
    """What the list says at an address."""
    answer = await window.goto(f"{world.stage.url('front')}/console/luot-gui{query}")
    assert answer is not None
    assert answer.status == 200
    return await window.locator("main").inner_text()


async def test_the_list_says_what_is_not_done_and_the_address_keeps_the_filter(
    window: Page, world: World
) -> None:
    await sign_in(window, world)
    told = await listed(window, world, "")
    assert PARKED in told
    assert DOUBTFUL in told
    assert BUSY not in told, "all of it is done"
    await window.get_by_label("Tình trạng").select_option("delivered")
    await window.get_by_role("combobox", name="Đơn vị").select_option("land-mau-1")
    await window.get_by_role("button", name="Xem").click()
    address = window.url
    assert "trang-thai=delivered" in address
    assert "don-vi=land-mau-1" in address
    told = await window.locator("main").inner_text()
    assert BUSY in told
    assert PARKED not in told
    await window.goto(address)
    assert await window.locator("main").inner_text() == told


async def test_days_bound_what_is_over(window: Page, world: World) -> None:
    await sign_in(window, world)
    assert BUSY in await listed(window, world, "?trang-thai=all&tu=2026-03-09")
    none = await listed(window, world, "?trang-thai=all&tu=2026-02-01&den=2026-02-03")
    assert "Không có lượt gửi nào như vậy." in none


@pytest.mark.parametrize(
    "query",
    [
        "?trang-thai=%27%20OR%201=1--&don-vi=../../etc&tu=2026-13-45&den=x&after=%00",
        "?trang-thai=all&tu=9999-12-31&den=0001-01-01",
        "?trang-thai=all&tu=0001-01-01&den=9999-12-31",
        "?after=" + "a" * 4000,
    ],
)
async def test_an_address_that_means_nothing_is_a_list_all_the_same(
    window: Page, world: World, query: str
) -> None:
    await sign_in(window, world)
    assert "Lượt gửi liên thông" in await listed(window, world, query)


async def test_each_try_says_how_it_ended_how_long_it_took_and_what_came(
    window: Page, world: World
) -> None:
    await sign_in(window, world)
    await listed(window, world, "?trang-thai=delivered&don-vi=land-mau-1")
    (transfer,) = await world.transfers(BUSY, "hand_over")
    await window.locator(f"a[href$='{transfer['id']}']").click()
    tries = window.locator("article.attempt")
    assert await tries.count() == 4, "three times 503, then taken"
    first, last = tries.last, tries.first
    assert "HTTP 503" in await first.inner_text()
    assert "cả lần gửi" in await first.inner_text()
    assert await first.locator("svg.took rect").count() >= 1
    await last.get_by_text("Khác lần trước ở đâu").click()
    told = await last.locator("pre.changed").inner_text()
    assert "- HTTP 503" in told
    assert "+ HTTP 200" in told
    await last.get_by_text("Cơ quan trả lời nguyên văn").click()
    assert "data" in await last.locator("pre").last.inner_text()


async def ran(command: str, folder: Path) -> str:
    """What a shell says the answer's status was."""
    (folder / "noi-dung.bin").write_bytes(b"{}")
    process = await asyncio.create_subprocess_shell(
        command.replace(
            "curl ", "curl --silent --output /dev/null --write-out '%{http_code}' ", 1
        ),
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
    )
    told, _ = await process.communicate()
    return told.decode()


@pytest.mark.system
async def test_the_command_of_an_attempt_reaches_what_the_gateway_reached(
    window: Page, world: World, tmp_path: Path
) -> None:
    (transfer,) = await world.transfers(BUSY, "hand_over")
    await sign_in(window, world)
    await listed(window, world, f"/{transfer['id']}")
    tries = window.locator("article.attempt")
    commands = tries.locator("textarea")
    assert await commands.count() == 3, "what was delivered keeps no request"
    command = await commands.last.input_value()
    assert "noi-dung.bin" in command
    assert (await ran(command, tmp_path))[0] in "24"
    assert await ran(command, tmp_path) not in {"000", "404"}
    assert await ran(f"{command}/khong-co", tmp_path) == "404"
    await window.context.clear_cookies()
    await sign_in(window, world, "reader")
    await listed(window, world, f"/{transfer['id']}")
    assert await commands.count() == 0


async def test_who_only_reads_sees_no_payload_and_no_button(
    window: Page, world: World
) -> None:
    (transfer,) = await world.transfers(BUSY, "hand_over")
    await sign_in(window, world, "reader")
    await listed(window, world, f"/{transfer['id']}")
    told = await window.locator("main").inner_text()
    assert "chỉ hiện cho người được xem nội dung thông điệp" in told
    assert await window.locator("main pre").count() == 0
    (still,) = await world.transfers(PARKED, "hand_over")
    await listed(window, world, f"/{still['id']}")
    assert await window.locator("main button").count() == 0
    assert await window.locator("main form").count() == 0


async def test_what_became_of_a_doubtful_one_is_decided_on_its_own_page(
    window: Page, world: World
) -> None:
    (transfer,) = await world.transfers(SETTLED, "result_wrong")
    await sign_in(window, world)
    await listed(window, world, f"/{transfer['id']}")
    assert "thành hai hồ sơ" in await window.locator(".risk").inner_text()
    await window.get_by_text("Cơ quan đã nhận", exact=True).first.click()
    form = window.locator("details[open] form")
    await form.get_by_label("Lý do").fill("Bà Ví Dụ xác nhận qua điện thoại")
    await form.get_by_role("button").click()
    told = window.locator("main").get_by_text("Đã ghi nhận: Cơ quan đã nhận")
    await told.first.wait_for()
    assert window.url.partition("?")[0].endswith(transfer["id"])
    shown = await world.call("GET", f"/v1/transfers/{transfer['id']}", role="operator")
    assert shown.body["state"] == "delivered"


async def test_nobody_s_transfer_is_missing(window: Page, world: World) -> None:
    await sign_in(window, world)
    url = f"{world.stage.url('front')}/console/luot-gui/t_unknown"
    answer = await window.goto(url)
    assert answer is not None
    assert answer.status == 404
