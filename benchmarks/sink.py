"""A land system that takes whatever comes and looks at nothing: how large may one call be?

``python -m benchmarks.sink --port P --folder F``: each body is written to a file of F as
it comes, and answered as a hand-over that was taken. The shipped mock keeps a message in
memory and refuses what is over its document's limit.
"""

from __future__ import annotations

import argparse
import itertools
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import web

from benchmarks.processes import ROOT

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_ACCEPTED = ROOT / "schemas/agencies/land_registry/samples/reply.accepted.json"
PIECE_BYTES = 256 * 1024


def taker(folder: Path) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Takes bodies into files, numbered from 1."""
    numbers, answer = itertools.count(1), _ACCEPTED.read_bytes()

    async def take(request: web.Request) -> web.Response:
        path = folder / f"{next(numbers)}.part"
        with path.open("wb") as file:
            async for piece in request.content.iter_chunked(PIECE_BYTES):
                file.write(piece)
        path.rename(path.with_suffix(".json"))
        return web.Response(body=answer, content_type="application/json")

    return take


async def _application(folder: Path) -> web.Application:
    app = web.Application()
    app.router.add_post("/{path:.*}", taker(folder))
    return app


def main() -> None:
    """Listen until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sink")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    given = parser.parse_args()

    def ready(_text: str) -> None:
        print("sink ready ", flush=True)

    web.run_app(
        _application(given.folder),
        host="127.0.0.1",
        port=given.port,
        print=ready,
        access_log=None,
    )


if __name__ == "__main__":
    main()
