"""One office's entry points to another system: its mock hears nothing any more."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from gateway.mockagency.running import read_config
from gateway.mockagency.scenarios import Scenarios
from gateway.mockagency.server import MockAgency, serve
from gateway.wiring import free_ports
from tests.world import World, document_of, quick

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
EXAMPLE, OFFICE, NUMBER = "56-cap-dien-ha-ap", "dien-luc-mau", "H00.01-260310-2501"


async def test_an_address_in_an_offices_entry_takes_its_mock_out_of_the_line(
    tmp_path: Path,
) -> None:
    port = free_ports.free_port()

    def elsewhere(config: Path) -> None:
        quick(config)
        path = config / "agencies" / "electricity.toml"
        entry = f'id = "{OFFICE}"\n'
        text = path.read_text("utf-8")
        assert entry in text
        address = f'address = "http://127.0.0.1:{port}"\n'
        path.write_text(text.replace(entry, entry + address), "utf-8")

    async with World(tmp_path / "run", configure=elsewhere) as world:
        real = MockAgency(
            "electricity",
            read_config(world.stage.mocks_path)["electricity"],
            tmp_path / "real",
            start=datetime.fromisoformat(world.stage.start),
            scenarios=Scenarios(None),
            faults=[],
        )
        runner, _ = await serve(real, port)
        try:
            document = {**document_of(EXAMPLE), "number": NUMBER}
            assert (await world.submit(document)).status == 202
            await world.pass_hours(1)
            assert {row["number"] for row in real.effects.lines()} == {NUMBER}
            assert world.book("electricity", "arrivals") == []
            assert not [one for one in world.heard if one.agency == "electricity"]
            assert world.book("land_registry", "arrivals") == []
        finally:
            await runner.cleanup()
            await real.close()
