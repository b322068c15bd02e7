"""Functions that wait for a server on the loop's own thread, and give it its turn.

A strand is a function with a stack of its own (a greenlet): where it would wait, the
loop goes on, and comes back to it when there is something to read. A thread in its
place would have to be given the interpreter at every answer, mostly by another core.
"""

from __future__ import annotations

import os
import select
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from greenlet import getcurrent, greenlet

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

T = TypeVar("T")
#: Threads for what can only be waited for in a thread: connecting.
ELSEWHERE = 4


class Strand(greenlet):
    """One function under way; it may wait only where ``current`` was asked."""

    def __init__(self, work: Callable[[], None], strands: Strands) -> None:
        """``work`` raises nothing: there would be nobody to hear it."""
        super().__init__(work)
        self.strands = strands
        self._loops = getcurrent()

    def wait(self) -> None:
        """Give the loop its turn until ``go_on`` is called."""
        self._loops.switch()

    def go_on(self) -> None:
        """Run on from where it waits; called by the loop, never by a strand."""
        self.parent = self._loops = getcurrent()
        self.switch()


class Strands:
    """The strands of one loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Belong to this loop, whose thread calls everything here."""
        self.loop = loop
        self.sockets = Sockets(loop)
        self._elsewhere = ThreadPoolExecutor(ELSEWHERE, "store-connect")

    def start(self, work: Callable[[], None]) -> None:
        """Run it at the loop's next turn."""
        self.loop.call_soon(Strand(work, self).go_on)

    def run_elsewhere(self, strand: Strand, work: Callable[[], T]) -> T:
        """What ``work`` comes to in a thread, for which the strand waits."""
        future = self.loop.run_in_executor(self._elsewhere, work)
        future.add_done_callback(lambda _: strand.go_on())
        strand.wait()
        return future.result()

    async def close(self) -> None:
        """End the threads; no strand is under way any more."""
        self.sockets.close()
        await self.loop.run_in_executor(None, self._elsewhere.shutdown)


def current() -> Strand | None:
    """The strand that asks; None in a thread of its own."""
    here = getcurrent()
    return here if isinstance(here, Strand) else None


def elsewhere(work: Callable[[], T]) -> T:
    """What ``work`` comes to; in a thread, if a strand asks."""
    strand = current()
    return work() if strand is None else strand.strands.run_elsewhere(strand, work)


def pause(seconds: float) -> None:
    """Do nothing for so long; a strand gives the loop its turn."""
    strand = current()
    if strand is None:
        threading.Event().wait(seconds)
    else:
        strand.strands.loop.call_later(seconds, strand.go_on)
        strand.wait()


class Sockets:
    """The sockets that strands wait for.

    The loop watches one set of them for all. By itself uvloop says nothing of a socket
    that has an error to tell, which is what a server that is gone leaves behind.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Watched from the first socket on."""
        self._loop = loop
        self._set = select.epoll()
        self._watches: dict[int, Watch] = {}
        self._is_watched = False

    def add(self, number: int, watch: Watch, events: int) -> None:
        """Have ``watch`` told of a socket until it is taken out."""
        if not self._is_watched:
            self._loop.add_reader(self._set.fileno(), self._tell)
            self._is_watched = True
        self._set.register(number, events)
        self._watches[number] = watch

    def change(self, number: int, events: int) -> None:
        """What of it is told."""
        self._set.modify(number, events)

    def remove(self, number: int) -> None:
        """Tell nothing of it any more."""
        del self._watches[number]
        self._set.unregister(number)

    def close(self) -> None:
        """Watch nothing."""
        if self._is_watched:
            self._loop.remove_reader(self._set.fileno())
        self._set.close()

    def _tell(self) -> None:
        for number, _ in self._set.poll(0):
            # One that was told first may have closed another.
            if (watch := self._watches.get(number)) is not None:
                watch.told()


class Watch:
    """A socket that one strand at a time waits for."""

    def __init__(self, socket: int, sockets: Sockets) -> None:
        """Watch a name of its own for ``socket``, which the driver may close meanwhile.

        Whatever gets the number next would be watched in its place.
        """
        self._socket = os.dup(socket)
        self._sockets = sockets
        self._strand: Strand | None = None
        self._events = 0
        #: that are told; 0: it is not watched

    def wait(self, strand: Strand, *, for_room: bool = False) -> None:
        """Until something is there to be read, or, if asked for, there is room."""
        self._strand = strand
        wanted = select.EPOLLIN | select.EPOLLOUT if for_room else select.EPOLLIN
        if not self._events:
            self._sockets.add(self._socket, self, wanted)
        elif self._events != wanted:
            self._sockets.change(self._socket, wanted)
        self._events = wanted
        strand.wait()

    def told(self) -> None:
        """Watched on between two questions, which costs two calls less."""
        strand, self._strand = self._strand, None
        if strand is not None:
            strand.go_on()
        else:
            # Nobody asked. It stays as it is until somebody does.
            self._unwatch()

    def close(self) -> None:
        """Watch it no more."""
        self._unwatch()
        os.close(self._socket)

    def _unwatch(self) -> None:
        if self._events:
            self._events = 0
            self._sockets.remove(self._socket)
