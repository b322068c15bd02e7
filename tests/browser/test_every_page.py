"""Every page: usable with eyes, keyboard and screen reader, light and dark, wide and narrow.

With ``--screenshots`` each is also kept in ``docs/console`` as people see it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import ViewportSize

from gateway.domain.identifiers import AttachmentId, DossierId
from gateway.domain.journal import JournalLine
from gateway.ports.attachments import StoredAttachment
from gateway.ports.scanning import Quarantined
from tests.browser.standing import BUSY, PARKED, sign_in
from tests.journeys.closings import WHOLE, asked

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser, Page

    from tests.world import World

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(120),
    pytest.mark.asyncio(loop_scope="module"),
]
KEPT = Path(__file__).resolve().parents[2] / "docs" / "console"
#: Name of the picture → page; ``{dossier}`` and the like are those of this world.
PAGES = {
    "hom-nay": "/console",
    "dung-yen": "/console/dung-yen",
    "nguyen-nhan": "{cause}",
    "chua-xac-dinh": "/console/chua-xac-dinh",
    "ho-so": "/console/ho-so/{dossier}",
    "danh-sach-ho-so": "/console/ho-so",
    "cho-xu-ly": "/console/cho-xu-ly",
    "giao-ban": "/console/giao-ban",
    "den-han": "/console/den-han",
    "don-doc": "/console/don-doc",
    "de-xuat": "/console/de-xuat",
    "nhieu-de-xuat": "/console/de-xuat/nhieu",
    "bao-cao": "/console/bao-cao",
    "bao-cao-thang": "/console/bao-cao/2026-03",
    "sap-den-han": "/console/sap-den-han",
    "y-kien": "/console/y-kien",
    "canh-bao": "/console/canh-bao",
    "ban-giao": "/console/ban-giao",
    "don-vi": "/console/don-vi",
    "bao-tri": "/console/bao-tri",
    "ghi-bao-tri": "/console/bao-tri/moi",
    "lich-lam-viec": "/console/lich?nam=2026",
    "doi-lich": "/console/lich/doi?nam=2026",
    "lich-se-doi": "/console/lich/doi?nam=2026&bo=2026-09-02",
    "suc-khoe": "/console/suc-khoe",
    "mot-don-vi": "/console/don-vi/land-mau-1",
    "bang-ma": "/console/bang-ma?ma=99101",
    "cau-hinh": "/console/cau-hinh",
    "phien-ban": "/console/cau-hinh/{version}",
    "cau-hinh-moi": "/console/cau-hinh/moi",
    "cau-hinh-se-doi": "/console/cau-hinh/1/dung-lai",
    "de-nghi-sua": "/console/ho-so/{dossier}/sua",
    "sua-cho-duyet": "/console/sua-ho-so",
    "ket-thuc-tay": "/console/ho-so/{dossier}/ket-thuc?phan=land",
    "viec-hang-loat": "/console/hang-loat",
    "gui-lai-hang-loat": "/console/hang-loat/moi?don-vi=land-mau-1",
    "cac-luot-gui": "/console/luot-gui",
    "mot-luot-gui": "/console/luot-gui/{transfer}",
    "doi-soat": "/console/doi-soat",
    "viec-tay": "/console/viec-tay",
    "cach-ly": "/console/cach-ly",
    "nhat-ky": "/console/nhat-ky",
}
#: Pages that an operator is not shown.
ADMINISTRATORS = {
    *("ghi-bao-tri", "doi-lich", "lich-se-doi"),
    *("cau-hinh", "phien-ban", "cau-hinh-moi", "cau-hinh-se-doi", "suc-khoe"),
}
#: Maintenance of offices that nobody here waits for.
WINDOWS: tuple[dict[str, object], ...] = (
    {
        "office": "cap-nuoc-mau",
        "reason": "Nâng cấp phiên bản (ví dụ)",
        "reference": "12/TB (ví dụ)",
        "from": "2026-03-28T20:00",
        "to": "2026-03-29T02:00",
    },
    {
        "agency": "water",
        "reason": "Sao lưu hằng tháng (ví dụ)",
        "rule": {"weekdays": ["sunday"], "weeks": [-1], "hours": "00:00-06:00"},
    },
)
#: Pages that operators do not have.
OF_HEADS = {"nhat-ky", "cach-ly"}
#: What WCAG 2.2 asks at levels A and AA, and what axe holds for good practice.
RULES = {
    "runOnly": [
        "wcag2a",
        "wcag2aa",
        "wcag21a",
        "wcag21aa",
        "wcag22aa",
        "best-practice",
    ],
    # Of what is in order only the names, which spares the browser most of the answer.
    "resultTypes": ["violations"],
}
#: What of a long page is kept as a picture.
PICTURE = ViewportSize(width=1280, height=1400)
WIDE, NARROW = ViewportSize(width=1280, height=800), ViewportSize(width=390, height=844)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def places(world: World) -> dict[str, str]:
    """What stands in the addresses of this world's pages."""
    found = await world.call("GET", f"/v1/dossiers/{PARKED}", role="operator")
    stuck = await world.call("GET", "/v1/stuck", role="operator")
    cause = f"/console/dung-yen/{stuck.body['causes'][0]['id']}"
    (transfer,) = await world.transfers(BUSY, "hand_over")
    await asked(world, PARKED, WHOLE)
    for window in WINDOWS:
        made = await world.call("POST", "/v1/maintenance", window, role="administrator")
        assert made.status == 201
    await shut_away(world, found.body["id"])
    return {
        "version": str(await another_version(world)),
        "dossier": found.body["id"],
        "cause": cause,
        "transfer": transfer["id"],
    }


async def shut_away(world: World, dossier: str) -> None:
    """A file for a dossier that a scanner named; none is running here."""
    assert world.gateway is not None
    tools, at = world.gateway.tools, world.now()
    row = Quarantined(
        stored=StoredAttachment(AttachmentId("f-1"), "0" * 64, 2_900_000, "", b"k"),
        blind=b"b",
        sealed_digest=tools.vault.seal_secret("quarantine f-1", "ab" * 32),
        code="file_infected",
        signature="Win.Test.EICAR_HDB-1",
        door="result_link",
        by="land-mau-1",
        dossier_id=DossierId(dossier),
        at=at,
        last_at=at,
    )
    facts = {
        "file": "f-1",
        "code": row.code,
        "signature": row.signature,
        "door": row.door,
        "by": row.by,
    }
    line = JournalLine("file_refused", at, "gateway", facts)
    await tools.screening.quarantine.confine(row, line)


async def another_version(world: World) -> int:
    """The configuration with another limit of an office that nobody here waits for."""
    assert world.gateway is not None
    content = (await world.gateway.tools.store.configuration(None) or (0, {}))[1]
    (water,) = (one for one in content["agencies"] if one["agency"]["id"] == "water")
    water["office"][0].setdefault("lane", {})["in_flight"] = 3
    body = {"configuration": content, "reason": "Công ty đề nghị (ví dụ)"}
    path = "/v1/configuration"
    made = await world.call("POST", path, body, role="administrator")
    return int(made.body["version"])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def reader(browser: Browser, world: World) -> AsyncIterator[Page]:
    """An operator's window in an ordinary browser."""
    context = await browser.new_context(locale="vi-VN", viewport=WIDE)
    page = await context.new_page()
    await sign_in(page, world)
    yield page
    await context.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def keeper(browser: Browser, world: World) -> AsyncIterator[Page]:
    """An administrator's."""
    context = await browser.new_context(locale="vi-VN", viewport=WIDE)
    page = await context.new_page()
    await sign_in(page, world, "administrator")
    yield page
    await context.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def head(browser: Browser, world: World) -> AsyncIterator[Page]:
    """The same of a head."""
    context = await browser.new_context(locale="vi-VN", viewport=WIDE)
    page = await context.new_page()
    await sign_in(page, world, "head")
    yield page
    await context.close()


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
async def test_axe_finds_nothing_and_nothing_is_wider_than_the_window(
    reader: Page,
    keeper: Page,
    head: Page,
    world: World,
    places: dict[str, str],
    name: str,
    colours: Literal["light", "dark"],
    request: pytest.FixtureRequest,
) -> None:
    reader = keeper if name in ADMINISTRATORS else reader
    reader = head if name in OF_HEADS else reader
    await reader.emulate_media(color_scheme=colours)
    await reader.set_viewport_size(WIDE)
    answer = await reader.goto(world.stage.url("front") + PAGES[name].format(**places))
    assert answer is not None
    assert answer.status == 200
    assert await reader.locator("h1").count() == 1
    assert await complaints(reader) == []
    if request.config.getoption("--screenshots") and colours == "light":
        KEPT.mkdir(exist_ok=True)
        await reader.set_viewport_size(PICTURE)
        path = KEPT / f"{name}.jpg"
        await reader.screenshot(path=path, type="jpeg", quality=70)
    await reader.set_viewport_size(NARROW)
    assert await complaints(reader) == []
    wide = await reader.locator("html").evaluate("e => e.scrollWidth")
    assert wide <= NARROW["width"]


async def test_every_page_has_its_picture() -> None:
    kept = {path.stem for path in KEPT.glob("*.jpg")}
    assert kept == set(PAGES), "run this module with --screenshots"


async def complaints(page: Page) -> list[str]:
    """What axe has to say about a page, a line for each place."""
    found = await Axe().run(page, options=RULES)
    return [
        f"{one['id']}: {node['html'][:160]} ({node['failureSummary'][:160]})"
        for one in found.response["violations"]
        for node in one["nodes"]
    ]


async def test_what_is_hard_to_read_or_has_no_name_is_found(
    reader: Page, world: World
) -> None:
    await reader.emulate_media(color_scheme="light")
    await reader.goto(world.stage.url("front") + "/console")
    await reader.evaluate(
        "document.querySelector('h1').style.color = '#cccccc';"
        "document.querySelector('#q').previousElementSibling.remove();"
        "document.querySelector('#q').removeAttribute('placeholder')"
    )
    found = await complaints(reader)
    assert {one.partition(":")[0] for one in found} == {"color-contrast", "label"}
