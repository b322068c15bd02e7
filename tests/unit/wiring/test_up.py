"""What people are told when something of mock mode does not start."""

import socket
from pathlib import Path

import pytest

from gateway.wiring import stage as staging
from gateway.wiring.up import Processes


@pytest.fixture
def stage(tmp_path: Path) -> staging.Stage:
    """One of the gateway alone, whose door for one-stops is to be found free."""
    made = staging.Stage(tmp_path / "run")
    made.prepare(fixed_ports=False)
    made.mocks = ()
    made.platforms = {}
    return made


async def test_a_port_that_is_somebody_elses_is_told_of(stage: staging.Stage) -> None:
    processes = Processes(stage)
    with socket.socket() as other:
        other.bind(("127.0.0.1", stage.ports["front"]))
        other.listen()
        with pytest.raises(RuntimeError) as told:
            await processes.start()
    await processes.stop()
    words = str(told.value)
    assert "không chạy được" in words
    assert f"127.0.0.1:{stage.ports['front']}: chương trình khác" in words
    assert str(stage.run_dir / "log.jsonl") in words


async def test_settings_that_are_wrong_are_told_of(stage: staging.Stage) -> None:
    stage.settings_path.write_text("la_lam = 1\n", "utf-8")
    processes = Processes(stage)
    with pytest.raises(RuntimeError) as told:
        await processes.start()
    await processes.stop()
    assert "la_lam" in str(told.value)
