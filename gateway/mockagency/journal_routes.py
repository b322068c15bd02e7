"""The journal over the control routes: a list with filters, one exchange, HAR, clear."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from aiohttp import web

from gateway.mockagency.journal_har import har

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.mockagency.expect import Expectations
    from gateway.mockagency.journal import Exchange, Journal

#: Rows of an answer, unless another number is asked for.
ROWS = 100
FILTERS = ("number", "operation", "fault", "direction", "correlation")


class JournalRoutes:
    """Routes below ``/_control/journal``."""

    def __init__(self, journal: Journal, expectations: Expectations) -> None:
        """Of one mock."""
        self._journal = journal
        self._expectations = expectations

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get("/_control/journal", self._list)
        app.router.add_delete("/_control/journal", self._clear)
        app.router.add_get("/_control/journal.har", self._har)
        app.router.add_get(r"/_control/journal/{n:\d+}", self._one)
        app.router.add_get("/_control/unmatched", self._unmatched)

    async def _list(self, request: web.Request) -> web.Response:
        """Newest first; ``before``: only those below that number; ``rows``: how many."""
        before = whole(request, "before", 0)
        found = [one for one in self._fitting(request) if not before or one.n < before]
        rows = whole(request, "rows", ROWS)
        told = [one.shown(self._journal.masks) for one in found[:rows]]
        return web.json_response({"seen": self._journal.seen, "exchanges": told})

    async def _one(self, request: web.Request) -> web.Response:
        found = self._journal.get(int(request.match_info["n"]))
        if found is None:
            raise web.HTTPNotFound(text="Lượt gọi này không còn trong sổ.")
        return web.json_response(found.shown(self._journal.masks))

    async def _har(self, request: web.Request) -> web.Response:
        base = f"{request.scheme}://{request.host}"
        found = islice(self._fitting(request), whole(request, "rows", ROWS))
        shown: list[dict[str, Any]] = [one.shown(self._journal.masks) for one in found]
        name = "trao-doi.har"
        return web.json_response(
            har(shown[::-1], base),
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )

    async def _unmatched(self, request: web.Request) -> web.Response:
        """Newest first: each call that was not taken, and why."""
        found = islice(
            self._expectations.unmatched(self._journal), whole(request, "rows", ROWS)
        )
        told = [
            {**why.as_json(), "call": one.shown(self._journal.masks)}
            for one, why in found
        ]
        return web.json_response({"unmatched": told})

    async def _clear(self, _request: web.Request) -> web.Response:
        self._journal.clear()
        return web.json_response({})

    def _fitting(self, request: web.Request) -> Iterator[Exchange]:
        wanted = {name: request.query.get(name, "") for name in FILTERS}
        return self._journal.newest_first(**wanted)


def whole(request: web.Request, name: str, default: int) -> int:
    """A number of the query that is not negative.

    Raises:
        HTTPBadRequest: it is none.
    """
    text = request.query.get(name, "") or str(default)
    if not text.isdecimal() or len(text) > 9:
        raise web.HTTPBadRequest(text=f"{name}: «{text}» không phải số; ví dụ {name}=1")
    return int(text)
