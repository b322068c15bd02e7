"""Hands the example dossiers in as a one-stop would, and judges what came of them."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

import aiohttp

from gateway.conformance import examples

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable
    from pathlib import Path

    from gateway.wiring.stage import Stage

#: Pieces in which a made file is sent; no file is ever whole in memory.
PIECE_BYTES = 1024 * 1024
Tell = Callable[[str], object]


def signed_in(stage: Stage, role: str) -> aiohttp.ClientSession:
    """A session with the mock profile's token of a role."""
    token = stage.secrets.value(f"token.{role}")
    return aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"})


def folders(stage: Stage) -> list[Path]:
    """Folders of all examples, in order of their name."""
    if stage.examples is None:
        return []
    return sorted(p for p in stage.examples.iterdir() if p.is_dir())


def by_start(stage: Stage) -> list[tuple[datetime, list[Path]]]:
    """Examples by the moment at which they are handed in, the earliest first.

    ``start`` of a scenario, with its zone; by default when mock mode begins. So
    examples of a later law start under it.
    """
    groups: dict[datetime, list[Path]] = {}
    for folder in folders(stage):
        scenario = tomllib.loads((folder / "scenario.toml").read_text("utf-8"))
        start = datetime.fromisoformat(str(scenario.get("start", stage.start)))
        groups.setdefault(start, []).append(folder)
    return sorted(groups.items())


async def feed(
    stage: Stage, group: Iterable[Path], tell: Tell
) -> list[examples.Expected]:
    """Submit examples; what the API refuses is told and judged as lost."""
    async with signed_in(stage, "one_stop") as session:
        return [await feed_one(stage, session, folder, tell) for folder in group]


async def feed_one(
    stage: Stage, session: aiohttp.ClientSession, folder: Path, tell: Tell
) -> examples.Expected:
    """Submit one example: its files first, then the dossier.

    One with a ``landlink`` table is handed in by its own one-stop, which knows the
    land system's interface alone.
    """
    scenario = tomllib.loads((folder / "scenario.toml").read_text("utf-8"))
    if "landlink" in scenario:
        number = str(scenario["number"])
        await _post(session, f"{stage.url('one_stop')}/landlink/hand_in", number)
        tell(f"  nộp {number} ({folder.name})")
        return examples.read(folder, number)
    document = json.loads((folder / "dossier.json").read_text("utf-8"))
    await _upload(stage, session, folder, document, scenario.get("files", {}))
    number = document["number"]
    url = f"{stage.url('front')}/v1/dossiers"
    async with session.post(url, json=document) as answer:
        if answer.status == 202:
            tell(f"  nộp {number} ({folder.name})")
        else:
            tell(f"  {folder.name} không được nhận: {await answer.text()}")
    await _post(session, f"{stage.url('one_stop')}/submitted", number)
    if "manual" in scenario:
        # Paper goes beside the list, by somebody who carries it.
        await _post(session, f"{stage.url('manual')}/brought", number)
    return examples.read(folder, number)


async def _post(session: aiohttp.ClientSession, url: str, number: str) -> None:
    """Tell a mock of a dossier."""
    async with session.post(url, json={"number": number}) as answer:
        answer.raise_for_status()


async def _upload(
    stage: Stage,
    session: aiohttp.ClientSession,
    folder: Path,
    document: dict[str, Any],
    sizes: dict[str, int],
) -> None:
    for paper in document.get("documents", ()):
        for entry in paper.get("files", ()):
            name = entry.pop("part", None)
            if name is None:
                continue
            path = folder / str(name)
            content = path.read_bytes() if path.exists() else made(sizes[str(name)])
            url = f"{stage.url('front')}/v1/attachments"
            async with session.post(url, data=content) as answer:
                entry["sha256"] = (await answer.json())["sha256"]


async def made(size: int) -> AsyncIterator[bytes]:
    """Deterministic bytes for a file that is too large to keep in the tree."""
    block = bytes(range(256)) * (PIECE_BYTES // 256)
    head = b"%PDF-1.4\n"[:size]
    yield head
    left = size - len(head)
    while left > 0:
        yield block[:left]
        left -= len(block)


async def judge_all(
    stage: Stage, expected: list[examples.Expected]
) -> list[examples.Verdict]:
    """Hold store and books against every expectation."""
    books = [line for agency in stage.mocks for line in book(stage, agency)]
    verdicts = []
    async with signed_in(stage, "operator") as session:
        for one in expected:
            url = f"{stage.url('front')}/v1/dossiers/{one.number}"
            async with session.get(url) as answer:
                shown = await answer.json() if answer.status == 200 else None
            own = [line for line in books if line["number"] in one.known_as]
            verdicts.append(examples.judge(one, shown, own))
    return verdicts


def book(stage: Stage, agency: str, name: str = "effects") -> list[dict[str, Any]]:
    """All lines of a mock agency's book, each with its ``agency``."""
    path = stage.run_dir / "books" / f"{agency}.{name}.jsonl"
    if not path.exists():
        return []
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return [{**line, "agency": agency} for line in lines]
