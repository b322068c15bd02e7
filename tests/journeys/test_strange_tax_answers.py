"""Later answers of tax with impossible values: nothing is read into them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.adapters.tax import mock_answers
from tests.world import World, a_dossier, quick

if TYPE_CHECKING:
    from pathlib import Path

    from lxml.etree import _Element

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
NUMBER = "H00.01-260310-0501"
WRONG = {
    "SO_TIEN": ["abc", "", "-1", "12,5"],
    "HAN_NOP": ["2026-02-31", "0001-01-01x", ""],
    "NGAYCHUYEN": ["2026-02-31 08:00:00"],
    "TONG_CON_PNOP": ["abc", ""],
}


@pytest.mark.parametrize(
    ("field", "value"), [(f, v) for f, values in WRONG.items() for v in values]
)
async def test_an_impossible_value_is_no_notice_and_no_payment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, field: str, value: str
) -> None:
    original = mock_answers._put

    def put(parent: _Element, name: str, written: str | int) -> None:
        original(parent, name, value if name == field else written)

    world = World(tmp_path / "run", configure=quick)
    world.scenario(NUMBER, tax={"notices_after_h": 1, "pay_after_h": 8})
    async with world:
        await world.submit(a_dossier(NUMBER))
        await world.pass_hours(26)
        (sent,) = await world.transfers(NUMBER, "slip_new")
        assert sent["state"] == "delivered"
        monkeypatch.setattr(mock_answers, "_put", put)
        await world.pass_hours(48)
        assert len(world.arrivals(NUMBER, "tax", "notices")) >= 4
        shown = await world.shown(NUMBER)
        told = world.told(NUMBER)
        if field == "TONG_CON_PNOP":
            assert told[-1] == (6, "financial_obligation")
        else:
            assert told[-1] == (4, "")
        assert shown["end"] == ""
        (still,) = (await world.call("GET", "/v1/still", role="operator")).body["still"]
        assert (still["kind"], still["state"]) == ("slip_new", "delivered")
        assert still["reason"] == "answer_form"
        assert world.effects(NUMBER, "land_registry", "paid") == []
        assert '"0001-' not in str(shown)
        monkeypatch.setattr(mock_answers, "_put", original)
        await world.settle()
        stands = await world.call("GET", "/v1/still", role="operator")
        assert stands.body["still"] == []
        assert (await world.shown(NUMBER))["end"] == "finished"
        assert len(world.effects(NUMBER, "tax", "slip_new")) == 1
