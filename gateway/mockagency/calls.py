"""One request as a mock sees it, and how many came at once."""

from __future__ import annotations

import time
from collections import deque
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aiohttp import web


class Call:
    """One request as a mock sees it."""

    def __init__(self, request: web.Request, body: bytes) -> None:
        """Take what the mock may look at."""
        self.method = request.method
        self.path = request.path
        self.params = dict(request.match_info)
        self.raw_query = request.query_string
        self.query = dict(request.query) if self.raw_query else {}
        self.headers = request.headers
        self.body = body
        self.kind = ""
        self.number_of: Callable[[Call], str] = _none
        self.route = ""
        #: path of the document that was met
        self.booked: list[tuple[str, str]] = []
        #: kind and dossier of what the mock wrote into its books about it
        self.answer = ""
        #: name of the answer in these lines
        self.fault = ""
        #: the planned fault that met it
        self.answered: tuple[int, str, bytes] | None = None
        #: what the work gave, whatever became of it on the way

    @cached_property
    def number(self) -> str:
        """The dossier that it names, unverified; read when somebody wants to know."""
        return self.number_of(self)


def _none(_call: Call) -> str:
    """No dossier."""
    return ""


class Counted:
    """How many calls came at once, and in any one second of real time."""

    def __init__(self) -> None:
        """Nothing has come."""
        self._at_once = 0
        self._begun: deque[float] = deque()
        self.most_at_once = 0
        self.most_in_a_second = 0

    def begin(self) -> None:
        """A call's head came."""
        now = time.monotonic()
        self._begun.append(now)
        while self._begun[0] <= now - 1.0:
            self._begun.popleft()
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        self.most_in_a_second = max(self.most_in_a_second, len(self._begun))

    def end(self) -> None:
        """It was answered."""
        self._at_once -= 1

    @contextmanager
    def call(self) -> Iterator[None]:
        """One call, from its head to its answer."""
        self.begin()
        try:
            yield
        finally:
            self.end()
