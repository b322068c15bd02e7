"""Waking the loops of all nodes: one NOTIFY for many commits, and a poll behind it."""

from __future__ import annotations

import asyncio
import contextlib
import select
import socket
import threading
import time
from typing import TYPE_CHECKING, Any

import psycopg

from gateway.domain.errors import StoreUnavailable
from gateway.store.postgres.connection import connect

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gateway.store.postgres.connection import ServerConnection

CHANNEL = "lienthong_woke"
#: Loops look again this often, whether anybody was heard or not.
POLL_S = 1.0
#: The same of a node that is alone: it hears of its own commits without a poll, and of
#: those of a command by its notification.
ALONE_S = 5.0
#: Commits of this long share a notification: each one costs all who write.
PAUSE_S = 0.02


class Waker:
    """A thread that listens to the other nodes and tells them."""

    def __init__(
        self, parameters: Mapping[str, Any], ring: Callable[[], object], *, process: str
    ) -> None:
        """``ring`` is called on the loop's thread; ``process`` names who speaks."""
        self._parameters = parameters
        self._ring = ring
        self._process = process
        self._loop = asyncio.get_running_loop()
        self._closing = threading.Event()
        self._owed = threading.Event()
        self._poke, self._poked = socket.socketpair()
        self._is_alone = False
        self._thread = threading.Thread(
            target=self._serve, name="store-wake", daemon=True
        )
        self._thread.start()

    def alone(self, *, is_alone: bool) -> None:
        """Whether no other node was there at the last renewal: then nobody is told.

        Who has come since finds what there is by its polls until the next renewal.
        """
        if is_alone != self._is_alone:
            self._is_alone = is_alone
            self._poke.send(b".")

    def tell(self) -> None:
        """Let the other nodes know, together with what comes within a moment."""
        if not self._is_alone and not self._owed.is_set():
            self._owed.set()
            self._poke.send(b".")

    async def close(self) -> None:
        """End the thread; what is owed is found by the others' polls."""
        self._closing.set()
        self._poke.send(b".")
        await self._loop.run_in_executor(None, self._thread.join)
        self._poke.close()
        self._poked.close()

    # --------------------------------------------------------- on the thread

    def _serve(self) -> None:
        db: ServerConnection | None = None
        rung = time.monotonic()
        while not self._closing.is_set():
            try:
                if db is None:
                    db = connect(self._parameters)
                    db.execute(f"LISTEN {CHANNEL}")
                heard = self._turn(db)
            except (psycopg.Error, StoreUnavailable):
                # The server is away: poll on, so that loops see it when it is back.
                if db is not None:
                    db.close()
                    db = None
                self._wait([self._poked], POLL_S)
                heard = False
            poll_s = POLL_S if db is None else self._poll_s
            if heard or time.monotonic() - rung >= poll_s:
                rung = time.monotonic()
                with contextlib.suppress(RuntimeError):  # the loop has just ended
                    self._loop.call_soon_threadsafe(self._ring)
        if db is not None:
            db.close()

    def _turn(self, db: ServerConnection) -> bool:
        """Wait for whoever is first; whether another node was heard."""
        self._wait([db.driver.fileno(), self._poked], self._poll_s)
        if self._owed.is_set():
            self._owed.clear()
            db.execute("SELECT pg_notify(?, ?)", (CHANNEL, self._process))
            self._closing.wait(PAUSE_S)
        # What came while we told is no news to the socket any more.
        return any(one != self._process for one in db.heard())

    @property
    def _poll_s(self) -> float:
        return ALONE_S if self._is_alone else POLL_S

    def _wait(self, sources: list[Any], most_s: float) -> None:
        # ``select`` itself takes no number above a thousand, and callers have many.
        poll = select.poll()
        for source in sources:
            poll.register(source, select.POLLIN)
        ready = poll.poll(most_s * 1000)
        if any(number == self._poked.fileno() for number, _ in ready):
            self._poked.recv(4096)
