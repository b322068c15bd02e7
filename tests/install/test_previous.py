"""The release before this one, as it really was: its store is opened, and it goes back.

``LIENTHONG_PREVIOUS`` names it (a git ref); without, it is the newest tag ``v…``, and
before there is one the commit before the newest migration came.
"""

from __future__ import annotations

import asyncio
import io
import os
import subprocess
import tarfile
from pathlib import Path

import aiohttp
import pytest

from gateway.store.looking import look_at_file
from gateway.wiring.keys import MARK, STORE
from tests.nodes import NodeProcess, quick_lanes
from tests.world import World, a_dossier

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.system, pytest.mark.long, pytest.mark.timeout(240)]
MIGRATIONS = "gateway/store/migrations"


def git(*words: str) -> bytes:
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == 0, (
        f"the history of this project is needed: {done.stderr.decode()}"
    )
    return done.stdout


def previous_ref() -> str:
    named = os.environ.get("LIENTHONG_PREVIOUS", "")
    tags = git("tag", "--list", "v*", "--sort=-version:refname").decode().split()
    if named or tags:
        return named or tags[0]
    newest = max(path.name for path in (ROOT / MIGRATIONS).glob("*.sql"))
    came = git("log", "--format=%H", "--diff-filter=A", "--", f"{MIGRATIONS}/{newest}")
    assert came, f"git does not say when {newest} came"
    return f"{came.decode().split()[-1]}^"


@pytest.fixture(scope="module")
def previous(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its code in a folder of its own, run by this environment's libraries."""
    where = tmp_path_factory.mktemp("previous")
    packed = git("archive", previous_ref(), "gateway", "schemas", "config", "examples")
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extractall(where, filter="data")
    return where


class Release(NodeProcess):
    """A gateway by the code of one folder, on a world's run folder."""

    def __init__(self, world: World, name: str, code: Path) -> None:
        super().__init__(world, name, "")
        start = f"import os, sys; os.chdir({str(code)!r}); sys.path.insert(0, '');"
        self.program = (
            "-c",
            f"{start} from gateway.cli import main; main()",
            *("serve", "--settings"),
        )


async def started(world: World, name: str, code: Path) -> NodeProcess:
    one = Release(world, name, code)
    assert await one.start(), one.log.read_text("utf-8")[-2000:]
    return one


async def submitted(world: World, node: NodeProcess, number: str) -> None:
    """Handed in by the one-stop, and taken by the land office once."""
    token = world.stage.secrets.value("token.one_stop")
    async with (
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as call,
        call.post(f"{node.url}/v1/dossiers", json=a_dossier(number)) as answer,
    ):
        assert answer.status == 202, await answer.text()
    async with asyncio.timeout(30):
        while not world.effects(number, "land_registry", "hand_over"):
            await asyncio.to_thread(os.sched_yield)


async def known(world: World, node: NodeProcess) -> set[str]:
    token = world.stage.secrets.value("token.operator")
    rows = await node.get("/v1/dossiers", token)
    return {row["number"] for row in rows["dossiers"]}


async def test_its_store_is_opened_and_it_runs_on_this_schema_again(
    previous: Path, tmp_path: Path
) -> None:
    numbers = [f"H00.01-260310-09{n:02}" for n in range(3)]
    world = World(tmp_path, configure=quick_lanes)
    async with world.mocks_only():
        for at, code in enumerate((previous, ROOT, previous)):
            node = await started(world, "gateway-1", code)
            try:
                assert await known(world, node) == set(numbers[:at])
                await submitted(world, node, numbers[at])
            finally:
                await node.stop()
            lies = look_at_file(world.stage.run_dir / STORE, master_mark=MARK)
            # The first one's own schema proves that its code ran; none goes back.
            assert lies is not None
            assert lies.schema == newest_of(previous if at == 0 else ROOT)
    for number in numbers:
        assert len(world.effects(number, "land_registry", "hand_over")) == 1


def newest_of(code: Path) -> int:
    return max(int(path.name[:4]) for path in (code / MIGRATIONS).glob("*.sql"))


def test_the_previous_release_is_another_code(previous: Path) -> None:
    named = git("tag", "--list", "v*").strip() or os.environ.get("LIENTHONG_PREVIOUS")
    assert named or newest_of(previous) < newest_of(ROOT)
