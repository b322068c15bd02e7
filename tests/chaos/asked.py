"""What a run asks the gateway and its store at the end."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING
from urllib.parse import quote

import psycopg

if TYPE_CHECKING:
    import aiohttp

    from gateway.wiring.stage import Stage
    from tests.chaos.ground import Ground

ENQUIRIES = "SELECT count(*) FROM attempt WHERE purpose = 'enquire' AND outcome IN"
SETTLES = "('delivered', 'duplicate', 'refused')"


def enquiries(ground: Ground) -> int:
    """Unknown fates that a question settled."""
    statement = f"{ENQUIRIES} {SETTLES}"
    if ground.server is None:
        path = ground.stage.run_dir / "store.sqlite"
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as store:
            return int(store.execute(statement).fetchone()[0])
    text = (ground.stage.run_dir / "node-1.toml").read_text("utf-8")
    name = next(line for line in text.splitlines() if line.startswith("dbname"))
    parameters = ground.server.parameters(name.split('"')[1])
    with psycopg.connect(**parameters) as store:
        row = store.execute(statement.encode()).fetchone()
        return int(row[0]) if row else 0


async def still(stage: Stage, session: aiohttp.ClientSession) -> set[str]:
    """Numbers of dossiers that the gateway shows as standing still, by a cause."""
    front = stage.url("front")
    found: set[str] = set()
    async with session.get(f"{front}/v1/stuck") as answer:
        causes = (await answer.json())["causes"]
    for cause in causes:
        after = ""
        while True:
            url = f"{front}/v1/stuck/{quote(cause['id'], safe='')}"
            params = {"after": after} if after else {}
            async with session.get(url, params=params) as answer:
                page = await answer.json()
            found |= {row["number"] for row in page["dossiers"]}
            after = page["after"]
            if not after:
                break
    return found
