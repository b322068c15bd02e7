"""A gateway with a dossier in each state that papers are printed from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.browser.standing import standing_config
from tests.journeys.test_callbacks import (
    CORRECTION,
    finish,
    progress,
    supplement_request,
)
from tests.world import World, a_dossier

if TYPE_CHECKING:
    from pathlib import Path

WHOLE = "10-bo-sung"
#: The example that meets a supplement, tax and payment before its end.
STORY = "H00.01-260310-0010"
OPEN = "H00.01-260310-2001"
ASKED = "H00.01-260310-2002"
BROUGHT = "H00.01-260310-2003"
REFUSED_AT_INTAKE = "H00.01-260310-2004"
REFUSED = "H00.01-260310-2005"
WITHDRAWN = "H00.01-260310-2006"
FINISHED = "H00.01-260310-2007"
HANDED_OUT = "H00.01-260310-2008"
UNROUTED = "H00.01-260310-2009"
LATE = "H00.01-260310-2010"
MANY = "H00.01-260310-2011"
BARE = "H00.01-260310-2012"
#: Its land office makes slips on paper.
BY_HAND = "H00.01-260310-2013"
NUMBERS = (
    *(STORY, OPEN, ASKED, BROUGHT, REFUSED_AT_INTAKE, REFUSED, WITHDRAWN),
    *(FINISHED, HANDED_OUT, UNROUTED, LATE, MANY, BARE, BY_HAND),
)
ODD_NAME = 'Ông Đỗ <Thành> & bà Nguyễn Thị {{ 7 * 7 }} "Ví Dụ"'
LONG_NAME = "Công ty trách nhiệm hữu hạn một thành viên Ví Dụ " * 9
REASON = "Thửa đất đang có tranh chấp <tờ 7> & chưa hòa giải."
ASKED_FOR = "Thiếu bản vẽ thửa đất.\nĐơn chưa ký tên."
OFFICER = "Bà Ví Dụ, 0900 000 000"
_SHEETS = [
    {"name": f"Giấy tờ ví dụ số {n} kèm theo hồ sơ", "originals": n % 3, "copies": 1}
    for n in range(1, 41)
]
_DOCUMENTS: dict[str, Any] = {
    OPEN: {"applicant": {"name": ODD_NAME, "phone": "0900000001"}},
    LATE: {"due_on": "2026-03-12"},
    MANY: {"applicant": {"name": LONG_NAME.strip()}, "documents": _SHEETS},
    UNROUTED: {"area": {"commune": "99013"}},
    BY_HAND: {
        "procedure": "1.999001",
        "case": "CN-01",
        "area": {"commune": "99103"},
        "applicant": {
            "name": "Nguyễn Văn Ghi Tay",
            "identity": {"kind": "cccd", "number": "000000002013"},
            "address": "Số 13 đường Ví Dụ, xã Mẫu Ba, tỉnh Mẫu",
            "birth": "1957-03",
        },
        "owners": [{"name": "Trần Thị Ghi Tay"}],
        "parcels": [
            {"number": "103", "sheet": "9", "area_m2": "120.5", "address": "Thôn Ba"},
            {"number": "104", "sheet": "9", "commune": "99104"},
        ],
        "certificate": {"serial": "MM 002013", "issued_on": "2015-06-01"},
        "transfer": {
            "kind": "chuyển nhượng",
            "price": "850000000",
            "contract_number": "2013/2026/HĐ",
            "contract_on": "2026-03-05",
            "notary": "Văn phòng công chứng Ví Dụ",
        },
    },
}


def paper_world(folder: Path) -> World:
    """The world before its start; offices and counter do only what the test does."""
    world = World(folder, examples=[WHOLE], configure=_second_branch_on_paper)
    own_templates(world).mkdir(parents=True)
    world.more_settings = f'paper_templates = "{own_templates(world)}"\n'
    for number in NUMBERS[1:]:
        silent = [{"on": "never", "send": "ChuyenHoSo"}]
        idle = [{"on": "never", "do": "handed_out"}]
        world.scenario(number, land_registry={"step": silent}, one_stop={"step": idle})
    return world


def _second_branch_on_paper(config: Path) -> None:
    """Who to call at the first land office; the second makes slips on paper."""
    standing_config(config)
    slips_on_paper(config, 'id = "land-mau-2"')


def slips_on_paper(config: Path, entry: str) -> None:
    """Say it below a line of an entry of the land offices."""
    path = config / "agencies" / "land_registry.toml"
    before, found, after = path.read_text("utf-8").partition(f"\n{entry}\n")
    assert found
    path.write_text(f'{before}{found}slips = "paper"\n{after}', "utf-8")


def own_templates(world: World) -> Path:
    """The province's own folder of templates, empty at first."""
    return world.stage.run_dir.parent / "giay-to"


async def bring_about(world: World) -> None:
    """Submit the dossiers and let happen what brings each where it is."""
    for number in NUMBERS[1:]:
        document = a_dossier(number, **{**CORRECTION, **_DOCUMENTS.get(number, {})})
        if number == BARE:
            for name in ("received_at", "documents"):
                del document[name]
        answered = await world.submit(document)
        assert answered.status == 202, answered.body
    await world.pass_hours(3)
    for number in (ASKED, BROUGHT):
        said = supplement_request(number, "2026-03-10T02:00:00")
        await world.push("YeuCauBoSungHoSo", {**said, "GhiChu": ASKED_FOR})
    for number in (REFUSED, FINISHED, HANDED_OUT):
        await world.push("ChuyenHoSo", progress(number, 11, "2026-03-10T02:00:00"))
    for number, ending in (
        *((REFUSED_AT_INTAKE, 2), (REFUSED, 2), (WITHDRAWN, 1)),
        *((FINISHED, 0), (HANDED_OUT, 0)),
    ):
        ended = finish(number, "2026-03-10T03:10:00", ending)
        await world.push("KetThucHoSo", {**ended, "GhiChu": REASON})
    await world.pass_hours(1)
    path = f"/v1/dossiers/{HANDED_OUT}/handed-out"
    assert (await world.call("POST", path, {"on": "2026-03-10"})).status == 202
    await world.feed(WHOLE)
    await world.settle()
    stop = {"reason": "Thử giấy tờ (ví dụ)"}
    path = "/v1/lanes/land-mau-1/pause"
    answered = await world.call("POST", path, stop, role="administrator")
    assert answered.status == 200
    path = f"/v1/dossiers/{BROUGHT}/supplements"
    brought = {"documents": [{"name": "Bản vẽ thửa đất (ví dụ)", "copies": 1}]}
    assert (await world.call("POST", path, brought)).status == 202
    await world.settle()
