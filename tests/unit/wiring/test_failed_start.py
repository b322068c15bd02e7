"""A gateway that could not start leaves nothing behind that its next start meets."""

import socket
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from gateway import settings as settings_module
from gateway.wiring.serve import Gateway
from gateway.wiring.stage import Stage
from tests.nodes import store_table

#: Far longer than a start: whoever waits for another's lease is seen to.
LEASE_S = 120.0


def stage(tmp_path: Path) -> Stage:
    made = Stage(tmp_path / "run")
    made.prepare(fixed_ports=False)
    return made


async def _fails_then_starts(made: Stage, door: str) -> None:
    settings = settings_module.load(made.settings_path)
    before = set(threading.enumerate())
    with socket.socket() as other:
        other.bind(("127.0.0.1", made.ports[door]))
        other.listen()
        with pytest.raises(
            OSError, match="chương trình khác đang dùng cổng này"
        ) as told:
            await Gateway(settings).start()
    assert told.value.filename == f"127.0.0.1:{made.ports[door]}"
    left = [one.name for one in set(threading.enumerate()) - before]
    assert [name for name in left if name.startswith("store")] == []
    began = time.monotonic()
    gateway = Gateway(settings)
    await gateway.start()
    await gateway.stop()
    assert time.monotonic() - began < LEASE_S / 2


@pytest.mark.parametrize("door", ["front", "agencies"])
async def test_a_busy_port_leaves_no_store_open(tmp_path: Path, door: str) -> None:
    await _fails_then_starts(stage(tmp_path), door)


@pytest.mark.system
async def test_a_busy_port_leaves_no_name_taken(
    tmp_path: Path, database: dict[str, Any]
) -> None:
    made = stage(tmp_path)
    table = store_table(database, tmp_path / "password", lease_s=LEASE_S)
    made.write_settings(more=table)
    await _fails_then_starts(made, "agencies")
