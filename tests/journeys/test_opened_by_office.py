"""A dossier that the land office opened at its own counter, without the one-stop's code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from tests.journeys.test_callbacks import finish, progress
from tests.world import World, quick

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
RECEIPT = "26-0001/BN"


def opened(**changed: Any) -> dict[str, Any]:
    """TiepNhanHoSoChoMotCua as the interface document shows it."""
    return {
        "SoBienNhan": RECEIPT,
        "MaHoSoMotCua": None,
        "TinhId": 99,
        "HuyenId": 0,
        "XaId": 9101,
        "NguoiTiepNhan": "cb.mau01",
        "NgayTiepNhan": "2026-03-10T02:10:00",
        "NgayHenTra": "2026-03-26T17:00:00",
        "DiaChiTaiSan": None,
        "ThongTinNguoiNopDon": {"HoTen": "Nguyễn Văn Ví Dụ"},
        "ThongTinQuyTrinh": {"MaQuyTrinh": "DC-01", "TenQuyTrinh": "Đính chính"},
        "ThongTinThuaDat": [{"SoThuTuThua": "101", "SoHieuBanDo": "12"}],
        "DanhSachGiayToDinhKem": [],
        **changed,
    }


async def test_it_becomes_a_dossier_of_which_the_one_stop_is_told(
    tmp_path: Path,
) -> None:
    async with World(tmp_path / "run", configure=quick) as world:
        answer = await world.push("TiepNhanHoSoChoMotCua", opened())
        assert (answer.status, answer.body["Result"]) == (200, 1)
        await world.settle()
        assert world.told(RECEIPT) == [(4, "")]
        own = await world.call("POST", "/v1/find", {"q": RECEIPT})
        (found,) = own.body["dossiers"]
        assert (found["number"], found["procedure"]) == (RECEIPT, "1.999003")
        assert world.book("land_registry", "arrivals") == []


async def test_the_same_message_again_opens_nothing_more(tmp_path: Path) -> None:
    async with World(tmp_path / "run", configure=quick) as world:
        for _ in range(2):
            await world.push("TiepNhanHoSoChoMotCua", opened())
        await world.push("TiepNhanHoSoChoMotCua", opened(DiaChiTaiSan="Xã Mẫu"))
        await world.settle()
        dossiers = await world.call("GET", "/v1/dossiers", role="operator")
        (found,) = dossiers.body["dossiers"]
        assert (found["number"], found["procedure"]) == (RECEIPT, "1.999003")


async def test_it_goes_on_and_ends_under_the_offices_own_number(
    tmp_path: Path,
) -> None:
    async with World(tmp_path / "run", configure=quick) as world:
        await world.push("TiepNhanHoSoChoMotCua", opened())
        await world.push("ChuyenHoSo", progress(RECEIPT, 12, "2026-03-11T02:00:00"))
        await world.push("KetThucHoSo", finish(RECEIPT, "2026-03-12T02:00:00"))
        await world.settle()
        assert [code for code, _ in world.told(RECEIPT)] == [4, 9]


@pytest.mark.parametrize("case", ["KHONG-CO", "CN-XX"])
async def test_a_case_that_no_procedure_has_is_kept_and_never_guessed(
    tmp_path: Path, case: str
) -> None:
    async with World(tmp_path / "run", configure=quick) as world:
        wrong = opened(ThongTinQuyTrinh={"MaQuyTrinh": case, "TenQuyTrinh": "?"})
        assert (await world.push("TiepNhanHoSoChoMotCua", wrong)).status == 200
        kept = (await world.call("GET", "/v1/unmatched", role="operator")).body
        assert [k["code"] for k in kept["unmatched"]] == ["case_not_mapped"]
        dossiers = await world.call("GET", "/v1/dossiers", role="operator")
        assert dossiers.body["dossiers"] == []


async def test_a_number_with_a_slash_is_a_number_in_every_path(tmp_path: Path) -> None:
    async with World(tmp_path / "run", configure=quick) as world:
        await world.push("TiepNhanHoSoChoMotCua", opened())
        await world.push("KetThucHoSo", finish(RECEIPT, "2026-03-12T02:00:00"))
        path = f"/v1/dossiers/{quote(RECEIPT, safe='')}"
        for further in ("", "/summary", "/route"):
            found = await world.call("GET", path + further)
            assert found.status == 200, further
        out = await world.call("POST", f"{path}/handed-out", {"on": "2026-03-13"})
        assert out.status == 202
        await world.settle()
        assert (await world.shown(RECEIPT))["portal_code"] == 10
        slip = await world.call("PUT", f"{path}/slips/1%2FPCTT", data=b"<a/>")
        assert (slip.status, slip.body["code"]) == (400, "no_slip_expected")
