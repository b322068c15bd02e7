"""Files of strangers that a browser could take for a page: it gets them as files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests.attack.frame import Attack, attacks
from tests.open_calls import System, inline, the_world, with_fire

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.world import World

pytestmark = [
    pytest.mark.journey,
    pytest.mark.timeout(120),
    pytest.mark.asyncio(loop_scope="module"),
]
FILES = {
    "page": ("ket-qua.html", b"<script>alert(1)</script>"),
    "picture-with-script": (
        "ket-qua.svg",
        b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    ),
    "page-called-a-picture": ("ket-qua.png", b"<html><script>alert(1)</script>"),
    "page-called-a-paper": ("ket-qua.pdf", b"<!doctype html><script>alert(1)</script>"),
    "paper-and-page": ("ket-qua.pdf", b"%PDF-1.4\n<html><script>alert(1)</script>"),
    "program": ("ket-qua.exe", b"MZ\x90\x00" + bytes(200)),
    "style": ("ket-qua.css", b"body{background:url(//ke-gian.example)}"),
    "name-with-a-path": ("../../ket-qua.pdf", b"%PDF-1.4 x"),
    "name-with-a-line": ("ket-qua\r\nSet-Cookie: a=b.pdf", b"%PDF-1.4 x"),
    "name-with-quotes": ('ket"; filename="qua.html', b"%PDF-1.4 x"),
}
API = "GET /v1/dossiers/…/results/…"
NUMBERS = {name: f"H00.01-260310-05{n:02d}" for n, name in enumerate(FILES)}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    world = the_world(tmp_path_factory.mktemp("files"), *NUMBERS.values())
    async with world:
        for name, (file, content) in FILES.items():
            assert (await world.submit(with_fire(NUMBERS[name]))).status == 202
            await world.pass_hours(0.1)
            system = System(world)
            fetched = await system.until_fetched(NUMBERS[name])
            await system.acknowledge(*(one["id"] for one in fetched))
            told = {
                "transfer": fetched[-1]["id"],
                "files": [inline(content, name=file)],
            }
            for kind in ("accepted", "finished"):
                more = told if kind == "finished" else {"transfer": told["transfer"]}
                await system.report(kind, f"{name}-{kind}", **more)
        yield world


@pytest.mark.parametrize(
    "attack", attacks(*((Attack(7, name, API),) for name in FILES))
)
async def test_a_file_leaves_as_a_file(world: World, attack: Attack) -> None:
    shown = await world.shown(NUMBERS[attack.technique])
    if not shown["results"]:
        # Its name, or that it is a program, was refused: nothing of it is there at all.
        assert attack.technique.startswith("name") or attack.technique == "program"
        return
    (one,) = shown["results"]
    path = f"/v1/dossiers/{NUMBERS[attack.technique]}/results/{one['id']}"
    got = await world.call("GET", path)
    assert got.status == 200
    assert got.content == FILES[attack.technique][1]
    said = got.headers["Content-Disposition"]
    assert said.startswith("attachment")
    assert "\n" not in said
    assert ".." not in said
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in got.headers.get("Content-Security-Policy", "")
