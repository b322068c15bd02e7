"""Land and tax offices without software: the slip, what is to be paid, the end of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.journeys.officers import Officer
from tests.journeys.slips import CERTIFICATE, slip_for
from tests.world import World, a_dossier, quick

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
NUMBER = "H00.01-260310-1801"
LAND, TAX = ("land-mau-1", "land-mau-tay"), ("tax-mau-1", "tax-mau-tay")
ENTRY = """
[[office]]
id = "{id}"
name = "{id}, làm tay (giả lập)"
speaks = "manual"
mock = "manual"
operations_off = []
"""


def all_by_hand(config: Path) -> None:
    quick(config)
    for name, entry in (("land_registry", LAND[1]), ("tax", TAX[1])):
        path = config / "agencies" / f"{name}.toml"
        path.write_text(path.read_text("utf-8") + ENTRY.format(id=entry), "utf-8")


async def both_lists(world: World) -> tuple[Officer, Officer]:
    """Both offices' lists stand in, and the land office has the dossier."""
    for office, entry in (LAND, TAX):
        begun = await world.call(
            "POST",
            f"/v1/lanes/{office}/fallback",
            {"to": entry, "reason": "Mất mạng"},
            role="administrator",
        )
        assert begun.status == 200, begun.content
    document = a_dossier(NUMBER, certificate={"serial": CERTIFICATE})
    assert (await world.submit(document)).status == 202
    await world.pass_hours(0)
    return Officer(world, LAND[1]), Officer(world, TAX[1])


async def test_land_and_tax_offices_work_a_dossier_by_lists_alone(
    tmp_path: Path,
) -> None:
    async with World(tmp_path / "run", configure=all_by_hand) as world:
        land, tax = await both_lists(world)
        item = await land.item(NUMBER)
        assert "step" not in item["acts"], "the entry names no steps"
        assert {"slip", "supplement", "finish"} <= set(item["acts"])
        bad = await land.act(item, "slip", files={"phieu.xml": b"<DATA/>"})
        assert (bad.status // 100, await tax.items()) == (4, [])
        slip = slip_for(world, NUMBER)
        for repeated in (False, True):
            sent = await land.act(item, "slip", files={"phieu.xml": slip})
            assert sent.body["repeated"] is repeated, sent.content
        await world.pass_hours(0)

        asked = await tax.item(NUMBER)
        assert set(asked["acts"]) == {
            *("receive", "notice", "paid", "exempted", "deferred", "return_slip")
        }
        (paper,) = asked["messages"][0]["papers"]
        path = f"/v1/work/{TAX[1]}/{asked['id']}/files/{paper['files'][0]['id']}"
        assert (await tax.get(path)).content == slip
        notice = {"number": "TB-01", "item": "Thuế TNCN", "amount": "1250000"}
        nothing = await tax.act(asked, "notice")
        assert nothing.body["errors"][0]["pointer"] == "/notice"
        told = await tax.act(asked, "notice", notice=notice)
        assert told.body["applied"] is True, told.content
        shown = await world.shown(NUMBER)
        assert shown["pause"] == "financial_obligation"
        paid = await tax.act(await tax.item(NUMBER), "paid")
        assert paid.body["applied"] is True, paid.content
        assert await tax.items() == []
        await world.pass_hours(0)

        item = await land.item(NUMBER)
        assert item["messages"][-1]["what"] == "Đã hoàn thành nghĩa vụ tài chính"
        await land.act(item, "finish", files={"gcn.pdf": b"%PDF-1.4"})
        await world.pass_hours(0)
        assert (await world.shown(NUMBER))["end"] == "finished"
        for agency in ("land_registry", "tax"):
            assert world.effects(NUMBER, agency, "hand_over") == []


async def test_a_slip_that_tax_returns_is_made_again_by_the_list(
    tmp_path: Path,
) -> None:
    async with World(tmp_path / "run", configure=all_by_hand) as world:
        land, tax = await both_lists(world)
        item = await land.item(NUMBER)
        await land.act(item, "slip", files={"phieu.xml": slip_for(world, NUMBER)})
        await world.pass_hours(0)
        asked = await tax.item(NUMBER)
        refused = await tax.act(asked, "return_slip")
        assert refused.body["errors"][0]["pointer"] == "/note"
        back = await tax.act(asked, "return_slip", note="Thiếu vị trí thửa đất")
        assert back.body["applied"] is True
        again = slip_for(world, NUMBER, count=2)
        sent = await land.act(item, "slip", files={"phieu-2.xml": again})
        assert sent.body["applied"] is True, sent.content
        await world.pass_hours(0)
        kinds = [one["kind"] for one in (await tax.item(NUMBER))["messages"]]
        assert kinds == ["slip_new", "slip_replace"]
        done = await tax.act(await tax.item(NUMBER), "exempted", note="Miễn theo luật")
        assert done.body["applied"] is True
        assert await tax.items() == []
