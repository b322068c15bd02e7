"""What is the same of every sharing platform between the gateway and an agency.

A platform answers by itself as well, and what its answer proves about the message
is a matter of its own document. Whatever is not its own goes to the dialect as if
the agency had been called directly.
"""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from enum import Enum, auto
from typing import TYPE_CHECKING

from gateway.carriers.bodies import unechoed
from gateway.carriers.carrier import Carrier
from gateway.carriers.destination import AddressRefused, Destination
from gateway.carriers.failures import MayHaveLeft, NothingLeft
from gateway.carriers.http import HTTPAnswer, Timeouts
from gateway.carriers.peeking import PeekedStream, peeked
from gateway.carriers.replies import seconds_asked
from gateway.carriers.tokens import LoginFailed, Why
from gateway.domain.attempt import Times
from gateway.domain.errors import NeedsConfiguration, NeedsData
from gateway.domain.values import dataclass, replace
from gateway.domain.way_words import WAY_WORDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from gateway.carriers.bodies import AnswerLimits, StreamedBody
    from gateway.carriers.line import Line
    from gateway.domain.errors import DeliveryError

#: What kept a request from being written here, not on the way.
_OURS = frozenset({"body", "header", "wait"})


class Next(Enum):
    """What follows from an answer of the platform's own."""

    RENEW = auto()
    #: not taken: another token, then the same message, once
    LATER = auto()
    #: not taken: the same message later
    PERSON = auto()
    #: not taken, and it stays so until somebody has changed something
    SMALLER = auto()
    #: not taken: the message is too large for the platform
    SETTLE = auto()
    #: the agency may have it


@dataclass(frozen=True, slots=True)
class Own:
    """An answer of the platform's own; ``code`` has its words in ``way_words``."""

    next: Next
    code: str


TOO_LARGE = Own(Next.SMALLER, "platform_too_large")


@dataclass(frozen=True, slots=True)
class Way:
    """One office's way over a platform, as its operators have set it up."""

    passes: frozenset[str]
    #: lower-case names of the headers that reach the agency; no others are sent
    most_bytes: int
    #: largest body that the platform takes
    authorization_as: str = ""
    #: header, opened by its operators, by which a dialect's own token travels


class BehindPlatform(Destination):
    """An address on the platform, and the agency's own, to which its links refer."""

    def __init__(self, base_url: str, own_url: str = "") -> None:
        """``own_url``: what the agency calls the place where ``base_url`` leads to.

        Raises:
            AddressRefused: one of them is no address that a carrier may go to.
        """
        super().__init__(base_url)
        self._own = Destination(own_url) if own_url else None

    def path_of(self, link: str) -> str:
        """The path of a link below either address; it is followed over the platform.

        Raises:
            AddressRefused: it leads anywhere else.
        """
        if self._own is None:
            return super().path_of(link)
        try:
            return self._own.path_of(link)
        except AddressRefused:
            return super().path_of(link)


class PlatformCarrier(Carrier):
    """Carries requests over a platform; its own answers never reach a dialect."""

    def __init__(
        self,
        http: Carrier,
        destination: BehindPlatform,
        way: Way,
        now: Callable[[], datetime],
    ) -> None:
        """``http`` goes to the platform; ``destination`` lies there as well."""
        self.destination = destination
        self._http = http
        self._way = way
        self._now = now

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
        """Send one request; a second time only where the first was proven not taken.

        Raises:
            NothingLeft: the agency has nothing: nothing left, or the platform said so.
            MayHaveLeft: it may have something, and no answer of its own came.
            NeedsConfiguration: the platform refuses until somebody has acted.
            NeedsData: the body is larger than the platform takes.
            AddressRefused: the path leads out of the address.
        """
        target = self._path(path, query)
        dressed = self._dressed(headers or {})
        if _length(body) > self._way.most_bytes:
            raise too_large()
        until = asyncio.get_running_loop().time() + timeouts.total_s
        key = await self._key(_left(until))
        for is_last in (False, True):
            with _reaching():
                answer = await self._http.send(
                    method,
                    target,
                    {**dressed, **self._shown(key)},
                    body,
                    timeouts=_rest(timeouts, until),
                    limits=limits,
                )
            own = self.own(answer.status, answer.body)
            if own is None:
                body = unechoed(answer.body, *self._secrets(key))
                return replace(answer, body=body)
            if own.next is not Next.RENEW or is_last:
                raise self._error(own, answer)
            key = await self._renewed(key, _left(until))
        raise AssertionError

    @asynccontextmanager
    async def receive(
        self,
        path: str,
        headers: Mapping[str, str] | None = None,
        *,
        timeouts: Timeouts,
        limits: AnswerLimits | None = None,
    ) -> AsyncIterator[PeekedStream]:
        """GET something large; what the platform itself says is told from a file.

        Raises:
            NothingLeft: the agency was not asked.
            MayHaveLeft: it may have been, and no answer of its own came.
            NeedsConfiguration: the platform refuses until somebody has acted.
            AddressRefused: the path leads out of the address.
        """
        target = self._path(path, None)
        dressed = self._dressed(headers or {})
        until = asyncio.get_running_loop().time() + timeouts.total_s
        key = await self._key(_left(until))
        for is_last in (False, True):
            async with AsyncExitStack() as stack:
                opening = self._http.receive(
                    target,
                    {**dressed, **self._shown(key)},
                    timeouts=_rest(timeouts, until),
                    limits=limits,
                )
                with _reaching():
                    stream = await stack.enter_async_context(opening)
                found = await peeked(stream, stack)
                own = self.own(found.status, found.head)
                if own is None:
                    yield found
                    return
                if own.next is not Next.RENEW or is_last:
                    raise self._error(own, found)
            key = await self._renewed(key, _left(until))

    def line(self) -> Line | None:
        """To the platform; what it wants to know of us is asked there."""
        found = self._http.line()
        if found is None:
            return None
        return replace(found, platform=True, prove=self._key)

    async def close(self) -> None:
        """Close every connection."""
        await self._http.close()

    @abstractmethod
    def own(self, status: int, body: bytes) -> Own | None:
        """What an answer is if it is the platform's own; pure."""

    @abstractmethod
    def _shown(self, key: str) -> Mapping[str, str]:
        """Headers for the platform itself."""

    def _secrets(self, key: str) -> tuple[str, ...]:  # noqa: ARG002
        """What of the headers nobody else may see."""
        return ()

    def _path(self, path: str, query: Mapping[str, str] | None) -> str:
        """The path with its query; a platform may want more in it.

        Raises:
            AddressRefused: it leads out of the address.
        """
        told = self.destination.url(path, query).raw_query_string
        return f"{path.partition('?')[0]}?{told}" if told else path

    async def _key(self, within_s: float) -> str:  # noqa: ARG002
        """What proves to the platform who calls; nothing where it wants none."""
        return ""

    async def _renewed(self, key: str, within_s: float) -> str:  # noqa: ARG002
        """Another one for a key that the platform refused."""
        return key

    def _error(self, own: Own, answer: HTTPAnswer | PeekedStream) -> DeliveryError:
        """What the platform's own answer means for the message."""
        match own.next:
            case Next.RENEW | Next.LATER:
                asked = answer.headers.get("Retry-After", "")
                date = answer.headers.get("Date", "")
                wait_s = seconds_asked(asked, self._now(), date=date)
                return left_nothing(own.code, answer.times, retry_after_s=wait_s)
            case Next.PERSON:
                return configuration(own.code)
            case Next.SMALLER:
                return too_large()
            case Next.SETTLE:
                remedy = WAY_WORDS[own.code][1]
                return MayHaveLeft(
                    "platform",
                    answer.times,
                    answer.status,
                    code=own.code,
                    remedy=remedy,
                )

    def _dressed(self, headers: Mapping[str, str]) -> dict[str, str]:
        """The dialect's headers that reach the agency.

        Raises:
            NeedsConfiguration: its own token would not: nobody could answer it.
        """
        given = {name.lower(): (name, value) for name, value in headers.items()}
        own_token = given.pop("authorization", None)
        passing = dict(pair for name, pair in given.items() if name in self._way.passes)
        if own_token is not None:
            if not self._way.authorization_as:
                raise configuration("platform_drops_token")
            passing[self._way.authorization_as] = own_token[1]
        return passing


def configuration(code: str) -> NeedsConfiguration:
    """What a person has to change, in the words of its code."""
    return NeedsConfiguration(code=code, remedy=WAY_WORDS[code][1])


def too_large() -> NeedsData:
    """The platform does not take so much at once."""
    code = "platform_too_large"
    return NeedsData(code=code, remedy=WAY_WORDS[code][1])


def left_nothing(
    code: str,
    times: Times,
    reason: str = "platform",
    *,
    retry_after_s: float | None = None,
) -> NothingLeft:
    """The agency has nothing, in the words of the code."""
    remedy = WAY_WORDS[code][1]
    return NothingLeft(
        reason, times, code=code, remedy=remedy, retry_after_s=retry_after_s
    )


def platform_error(failed: LoginFailed) -> DeliveryError:
    """A failed login at a platform, as what happens next: nothing has left."""
    match failed.why:
        case Why.REFUSED:
            return configuration("platform_login_refused")
        case Why.UNREADABLE:
            return left_nothing("platform_session_unreadable", Times())
        case Why.UNAVAILABLE:
            wait_s = failed.retry_after_s
            code = "platform_session_unavailable"
            return left_nothing(code, Times(), retry_after_s=wait_s)


@contextmanager
def _reaching() -> Iterator[None]:
    """What kept us from reaching the platform is no word of the agency's."""
    try:
        yield
    except NothingLeft as error:
        if error.reason in _OURS:
            raise
        raise left_nothing("platform_unreachable", error.times, error.reason) from error


def _length(body: bytes | StreamedBody) -> int:
    return len(body) if isinstance(body, bytes) else body.length_bytes


def _left(until: float) -> float:
    return max(until - asyncio.get_running_loop().time(), 0.001)


def _rest(timeouts: Timeouts, until: float) -> Timeouts:
    left = _left(until)
    return Timeouts(left, min(timeouts.connect_s, left), min(timeouts.read_s, left))
