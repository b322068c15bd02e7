"""What a carrier and chance gave an adapter once, given again: no socket, same answers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.carriers.bodies import AnswerLimits, StreamedBody
from gateway.carriers.carrier import AnswerStream, Carrier
from gateway.carriers.http import HTTPAnswer
from gateway.ports.ids import Chance

if TYPE_CHECKING:
    from gateway.carriers.http import Timeouts
    from gateway.domain.attempt import Times

#: Bytes that are read from a socket at once.
PIECE = 64 * 1024


@dataclass(frozen=True, slots=True)
class Played(AnswerStream):
    """An answer that was recorded, as a stream."""

    whole: HTTPAnswer

    @property
    def status(self) -> int:
        """As it was."""
        return self.whole.status

    @property
    def headers(self) -> Mapping[str, str]:
        """As they were."""
        return self.whole.headers

    @property
    def times(self) -> Times:
        """As they were."""
        return self.whole.times

    async def chunks(self) -> AsyncIterator[bytes]:
        """As a socket gives it."""
        for begin in range(0, len(self.whole.body), PIECE):
            yield self.whole.body[begin : begin + PIECE]


class Tape(Carrier, Chance):
    """Passes calls on and keeps their answers until it is played; then gives them.

    Answers are kept by operation, so that a login which only the first call needs
    does not move the others.
    """

    def __init__(self, line: Carrier, chance: Chance) -> None:
        """Record."""
        self.destination = line.destination
        self.bodies: list[bytes] = []
        #: of the requests that were recorded
        self.answers: list[HTTPAnswer] = []
        self._line = line
        self._chance = chance
        self._kept: dict[object, list[Any]] = defaultdict(list)
        self._next: dict[object, int] | None = None

    def play(self) -> None:
        """From the beginning."""
        self._next = defaultdict(int)

    def _again(self, key: object) -> Any:
        assert self._next is not None
        place = self._next[key]
        self._next[key] = place + 1
        return self._kept[key][place]

    async def send(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | StreamedBody = b"",
        *,
        timeouts: Timeouts,
        query: Mapping[str, str] | None = None,
        limits: AnswerLimits | None = None,
    ) -> HTTPAnswer:
        """The body is read as a socket would read it."""
        if isinstance(body, StreamedBody):
            body = b"".join([piece async for piece in body.open()])
        key = (method, path)
        if self._next is not None:
            found: HTTPAnswer = self._again(key)
            return found
        answer = await self._line.send(
            method,
            path,
            headers,
            body,
            timeouts=timeouts,
            query=query,
            limits=limits,
        )
        self._kept[key].append(answer)
        self.bodies.append(body)
        self.answers.append(answer)
        return answer

    @asynccontextmanager
    async def receive(
        self,
        path: str,
        headers: Mapping[str, str] | None = None,
        *,
        timeouts: Timeouts,
        limits: AnswerLimits | None = None,
    ) -> AsyncIterator[AnswerStream]:
        """What came in pieces comes in pieces again."""
        key = ("GET", path)
        if self._next is not None:
            yield Played(self._again(key))
            return
        async with self._line.receive(
            path, headers, timeouts=timeouts, limits=limits
        ) as stream:
            body = b"".join([piece async for piece in stream.chunks()])
            whole = HTTPAnswer(stream.status, stream.headers, body, stream.times)
        self._kept[key].append(whole)
        self.answers.append(whole)
        yield Played(whole)

    async def close(self) -> None:
        """The line is its owner's."""

    def identifier(self, prefix: str) -> str:
        """As it was drawn."""
        if self._next is None:
            self._kept[prefix].append(self._chance.identifier(prefix))
            return str(self._kept[prefix][-1])
        return str(self._again(prefix))

    def draw(self) -> float:
        """As it was drawn; the middle on a bench."""
        return self._chance.draw()
