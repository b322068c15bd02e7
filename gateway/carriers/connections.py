"""Connections that are kept, as long as nothing unasked came over them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aiohttp

if TYPE_CHECKING:
    from aiohttp.connector import Connection


class QuietConnector(aiohttp.TCPConnector):
    """Reuses no connection over which something came that nobody had asked for.

    An agency that answers once more, or too late, would otherwise give the answer to
    the next message, which may be another dossier's. aiohttp looks whether a connection
    is clean when it is given back, and not when it is taken again.
    """

    async def _get(self, key: Any, traces: Any) -> Connection | None:
        while (found := await super()._get(key, traces)) is not None:
            if found.protocol is None or not found.protocol.should_close:
                return found
            found.close()
        return None
