"""Killed anywhere while what was kept long enough is deleted: it is all there or gone."""

from __future__ import annotations

import asyncio
import multiprocessing
import shutil
import signal
from datetime import datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import apsw
import pytest

from gateway.clocks.clock import VirtualClock
from gateway.settings import load
from gateway.watch.expiry import Expiry
from gateway.wiring.ports import open_ports
from tests.crash.dying import die
from tests.journeys.test_evidence import broken
from tests.journeys.test_retention import (
    Alone,
    attachments_on_disk,
    ended_world,
    lying_open,
    on_file,
    rule,
)

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.watch.expiry import Turn

pytestmark = [pytest.mark.crash, pytest.mark.timeout(300)]
_SPAWN = multiprocessing.get_context("forkserver")
#: Each is met in a turn; whether its process dies before or after it.
POINTS = (
    ("delete", True),
    ("delete", False),
    ("file", True),
    ("file", False),
    ("forget_doomed", False),
    ("scrub", False),
)


class _Dying:
    """Passes everything on; dies before or after what it is told."""

    def __init__(self, inner: Any, name: str, *, before: bool) -> None:
        self._inner = inner
        self._name = name
        self._before = before

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if name != self._name:
            return found

        async def last(*args: Any, **given: Any) -> Any:
            if self._before:
                die()
            result = await found(*args, **given)
            die()
            return result

        return last


async def _turn(settings: Path, now: str, point: str, before: bool) -> Turn:
    clock = VirtualClock(datetime.fromisoformat(now))
    opened = await open_ports(load(settings), clock)
    kept: Any = _Dying(opened.kept, point, before=before)
    name = "delete" if point == "file" else "nothing"
    tools: Any = SimpleNamespace(
        store=kept,
        retention=_Dying(kept, "", before=False),
        vault=opened.vault,
        attachments=_Dying(opened.attachments, name, before=before),
        clock=clock,
        probe=opened.probe,
    )
    found = await Expiry(tools, Alone()).turn()
    await opened.close()
    return found


def _run(settings: Path, now: str, point: str, before: bool) -> None:
    asyncio.run(_turn(settings, now, point, before))


async def _child(settings: Path, now: str, point: str, *, before: bool) -> int:
    child = _SPAWN.Process(target=_run, args=(settings, now, point, before))
    child.start()
    await asyncio.to_thread(child.join, 60)
    assert child.exitcode is not None
    return child.exitcode


def _rows(store: Path) -> dict[str, int]:
    db = apsw.Connection(str(store))
    try:
        return {
            name: db.execute(query).get
            for name, query in {
                "payload": "SELECT count(*) FROM payload WHERE dossier_id IS NOT NULL",
                "attachment": "SELECT count(*) FROM attachment",
                "word": "SELECT count(*) FROM word",
                "reference": "SELECT count(*) FROM reference",
                "deletion": "SELECT count(*) FROM deletion",
                "line": "SELECT count(*) FROM journal WHERE kind = 'deleted'",
                "doomed": "SELECT count(*) FROM doomed_file",
            }.items()
        }
    finally:
        db.close()


async def test_whoever_dies_while_deleting_leaves_nothing_half(tmp_path: Path) -> None:
    async with ended_world(tmp_path) as (world, _):
        await rule(world, dossier=30)
        await world.pass_hours(24 * 60)
        await world.seal()
        pieces, now = on_file(world), world.now().isoformat()
        await world.stop_gateway()
        run, settings = world.stage.run_dir, world.stage.settings_path
        kept = tmp_path / "kept"
        shutil.copytree(run, kept)
        whole = _rows(run / "store.sqlite")
        assert whole["payload"] > 5
        assert not whole["deletion"]
        for point, before in POINTS:
            shutil.rmtree(run)
            shutil.copytree(kept, run)
            died = await _child(settings, now, point, before=before)
            assert died == -signal.SIGKILL, point
            left = _rows(run / "store.sqlite")
            if point == "delete" and before:
                assert left == whole
            else:
                gone = {one: left[one] for one in ("payload", "attachment", "word")}
                assert not any(gone.values()), (point, before, left)
                assert (left["deletion"], left["line"]) == (1, 1)
            assert await _child(settings, now, "never", before=before) == 0
            left = _rows(run / "store.sqlite")
            assert (left["deletion"], left["line"], left["doomed"]) == (1, 1, 0)
            assert attachments_on_disk(world) == []
            assert lying_open(world, pieces) == set()
            assert broken(run / "store.sqlite") == ["1 unsealed"]
        shutil.rmtree(run)
        shutil.copytree(kept, run)
