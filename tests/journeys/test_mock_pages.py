"""Both sides of one dossier: as each agency's page shows it, and as the gateway does."""

from __future__ import annotations

import html
import re
from pathlib import Path

import aiohttp
import pytest

from gateway.adapters.land_registry.mock_register import WORDS as LAND
from gateway.wiring.feeding import by_start
from tests.world import World, quick

pytestmark = [pytest.mark.journey, pytest.mark.timeout(240)]
#: Example → mocks in whose registers its dossier is found, and what is said there.
EXAMPLES = {
    "01-chuyen-nhuong-thuong": {
        "land_registry": f"{LAND['ended']}</th><td>có",
        "tax": "Trạng thái</th>",
        "one_stop": "Tình trạng đang hiện",
    },
    "23-qua-cong": {"tax": "DA_HOAN_THANH"},
    "41-goi-tin": {"tax": "(gói tin)"},
    "47-ilis-chuyen-nhuong": {"land_registry": "(/ilis)"},
    "51-phong-chay-tu-lay": {"open": "Số của đơn vị"},
    "53-xa-khong-phan-mem": {"manual": "Đã xong</th><td>có"},
    "55-mot-cua-noi-thang": {"one_stop": "Hồ sơ liên thông đất đai"},
    "56-cap-dien-ha-ap": {"electricity": "Đã xong</th><td>có"},
    "67-lap-nuoc-moi": {"water": "Số của công ty"},
    "74-khai-sinh-lien-thong": {"civil_registry": "Sổ hộ tịch (BTP)"},
}


async def test_every_agency_shows_its_view_of_a_dossier_and_leads_to_the_gateways(
    tmp_path: Path,
) -> None:
    async with World(tmp_path / "run", examples=EXAMPLES, configure=quick) as world:
        numbers = {}
        for start, group in by_start(world.stage):
            await world.pass_until(start)
            for folder in group:
                numbers[folder.name] = (await world.feed(folder.name)).number
        await world.settle()
        headers = {
            "Authorization": f"Bearer {world.stage.secrets.value('token.operator')}"
        }
        async with aiohttp.ClientSession() as session:
            for name, mocks in EXAMPLES.items():
                number, links = numbers[name], set[str]()
                for mock, said in mocks.items():
                    url = f"{world.stage.url(mock)}/_mock/ho-so"
                    async with session.get(url, params={"so": number}) as page:
                        text = html.unescape(await page.text())
                        assert page.status == 200, (name, mock)
                    assert said in re.sub(r">\s+", ">", text), (name, mock)
                    links |= set(re.findall(r'href="(http[^"]*/ho-so/so/[^"]*)"', text))
                (link,) = links
                async with session.get(link, headers=headers) as page:
                    assert page.status == 200, name
                    assert number in await page.text(), name
        for mock in world.stage.mocks:
            async with (
                aiohttp.ClientSession() as session,
                session.get(f"{world.stage.url(mock)}/_mock/khong-khop") as page,
            ):
                assert page.status == 200
