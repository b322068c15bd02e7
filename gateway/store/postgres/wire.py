"""What goes out to a server and comes back, and the wait in between.

Who waits is a thread, or a strand of the loop's own.
"""

from __future__ import annotations

import select
from typing import TYPE_CHECKING, Any

import psycopg

from gateway.store.postgres.strands import Watch, current

if TYPE_CHECKING:
    from collections.abc import Iterator

    from psycopg import pq


class Wire:
    """A connection's socket; used by one thread or strand at a time."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        """Take a connection that the driver leaves to us."""
        self._connection = connection
        self.link = connection.pgconn
        # What was sent waits in the driver where the socket has no room, and not we.
        self.link.nonblocking = 1
        self._poll = select.poll()
        self._poll.register(self.link.socket, select.POLLIN)
        self._watch: Watch | None = None

    def flush(self) -> None:
        """Send what waits to be sent, and take in what comes meanwhile.

        Raises:
            psycopg.OperationalError: nobody is there any more.
        """
        link = self.link
        while link.flush():
            self._wait(for_room=True)
            link.consume_input()

    def next(self) -> pq.abc.PGresult | None:
        """The next result, which is waited for; None after the last of a question.

        Raises:
            psycopg.OperationalError: nobody is there any more.
        """
        link = self.link
        while link.is_busy():
            self._wait()
            link.consume_input()
        return link.get_result()

    def results(self) -> Iterator[pq.abc.PGresult]:
        """All results of what was asked; to be read to the end."""
        self.flush()
        while (result := self.next()) is not None:
            yield result

    def refusal(self, result: pq.abc.PGresult) -> psycopg.Error:
        """What the server refused, as the driver would raise it."""
        encoding = self._connection.info.encoding
        return psycopg.errors.error_from_result(result, encoding=encoding)

    def close(self) -> None:
        """Have nobody watch the socket any more."""
        if self._watch is not None:
            self._watch.close()
            self._watch = None

    def _wait(self, *, for_room: bool = False) -> None:
        strand = current()
        if strand is None:
            if for_room:
                self._poll.modify(self.link.socket, select.POLLIN | select.POLLOUT)
            self._poll.poll()
            if for_room:
                self._poll.modify(self.link.socket, select.POLLIN)
            return
        try:
            if self._watch is None:
                self._watch = Watch(self.link.socket, strand.strands.sockets)
            self._watch.wait(strand, for_room=for_room)
        except OSError as error:
            # Nobody hears the answer, and nothing else can be asked before it.
            self._connection.close()
            raise psycopg.OperationalError(type(error).__name__) from error
