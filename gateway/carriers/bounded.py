"""Calls of libraries that block, each ended for certain after so many seconds.

Their own timeouts are of one read each: an address that answers drop by drop would keep
its thread for as long as it likes. Threads here are not those that names are looked up
in, so that such an address holds up no other either.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

#: Of one address: the next call need not wait for what is left of one given up.
_THREADS = 2

_T = TypeVar("_T")


class Line:
    """The connection of one call: made by its thread, cut by whoever gives it up."""

    def __init__(self, connect: Callable[..., socket.socket]) -> None:
        """``connect``: as ``socket.create_connection``."""
        self._connect = connect
        self._lock = threading.Lock()
        self._held: socket.socket | None = None
        self._is_over = False

    def __call__(self, *where: Any, **options: Any) -> socket.socket:
        """A connected socket.

        Raises:
            OSError: nobody answers, or the call was given up meanwhile.
        """
        made = self._connect(*where, **options)
        with self._lock:
            if self._is_over:
                made.close()
                raise TimeoutError
            # TLS takes the socket itself over; a second handle stays ours.
            self._held = made.dup()
        return made

    def cut(self) -> None:
        """End it: whoever reads or writes at it is told so at once."""
        with self._lock:
            self._is_over = True
            if self._held is not None:
                with contextlib.suppress(OSError):
                    self._held.shutdown(socket.SHUT_RDWR)
                self._held.close()
                self._held = None


class Bounded:
    """Threads of one address."""

    def __init__(self, connect: Callable[..., socket.socket], name: str) -> None:
        """``name``: of its threads."""
        self._connect = connect
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix=name)

    async def run(self, work: Callable[[Line], _T], whole_s: float) -> _T:
        """What the work returns or raises.

        Raises:
            TimeoutError: it took longer; its connection is cut.
        """
        line, loop = Line(self._connect), asyncio.get_running_loop()
        try:
            async with asyncio.timeout(whole_s):
                return await loop.run_in_executor(self._threads, work, line)
        finally:
            line.cut()
