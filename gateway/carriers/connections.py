"""Connections that are kept as long as nothing unasked came, and given up whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aiohttp

if TYPE_CHECKING:
    from aiohttp.connector import Connection


class QuietConnector(aiohttp.TCPConnector):
    """Reuses no connection over which something came that nobody had asked for.

    Nor does it write on where nobody waits for the answer any more.

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

    def _release(self, key: Any, protocol: Any, *, should_close: bool = False) -> None:
        """Write nothing more over a connection that is given up.

        aiohttp closes it once all of the request is written: to an agency that does
        not read, never, and to one that reads again too late, after we asked about it.
        """
        if should_close and protocol.transport is not None:
            protocol.transport.abort()
        super()._release(key, protocol, should_close=should_close)
