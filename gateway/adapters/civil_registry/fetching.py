"""Calls to DVCLT with its token, and the next new dossier of its list (§2.2, §6)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

import orjson

from gateway.adapters.civil_registry import answers, details
from gateway.adapters.civil_registry.cursor import PAGE_SIZE, TRIES, Cursor
from gateway.adapters.civil_registry.details import Check, Line, Page
from gateway.carriers.bodies import AnswerLimits, StreamedBody, unechoed
from gateway.carriers.failures import TOO_LARGE, MayHaveLeft
from gateway.carriers.http import HTTPAnswer, Timeouts
from gateway.carriers.replies import Replies
from gateway.domain.attempt import Outcome
from gateway.domain.errors import (
    AgencyBrokeContract,
    AgencyUnavailable,
    DeliveryError,
    ReportRefused,
)
from gateway.domain.values import replace
from gateway.ports.agency import Answer
from gateway.ports.listed import Pulled

if TYPE_CHECKING:
    from gateway.carriers.carrier import Carrier
    from gateway.carriers.tokens import TokenKeeper
    from gateway.ports.inbox import Part

PATH = "api/lienthongdvclt"
LIST, TOKENS = f"{PATH}/hosolienthong", "api/tokens"
MARK = "daNhan"
JSON = "application/json; charset=utf-8"
#: Calls that one fetch may make (decision 0036): two lists, or a list and a mark, and
#: a dossier.
_CALLS = 3
#: What may be another the next time: DVCLT was asked while it was being started.
_PASSING = "detail_outer"


class DvcltCalls:
    """One account at DVCLT."""

    def __init__(
        self,
        carrier: Carrier,
        base: str,
        *,
        tokens: TokenKeeper,
        replies: Replies,
        now: Callable[[], datetime],
    ) -> None:
        """``base``: of DVCLT below the registered address; ends with a slash."""
        self._carrier = carrier
        self._base = base
        self._tokens = tokens
        self._replies = replies
        self.now = now

    async def made(
        self,
        method: str,
        path: str,
        body: bytes | StreamedBody,
        until: float,
        query: Mapping[str, str] | None = None,
    ) -> HTTPAnswer:
        """One call; what a 401 refused is made once more with another token (§2.2).

        Raises:
            DeliveryError: there is no whole answer.
        """

        async def call(token: str) -> HTTPAnswer:
            return await self._carrier.send(
                method,
                f"{self._base}{path}",
                _bearing(token),
                body,
                timeouts=Timeouts.within(left(until)),
                query=query,
            )

        return await self._let_in(call, until)

    async def received(self, path: str, until: float, most_bytes: int) -> HTTPAnswer:
        """The same of what may be larger than other answers are.

        Raises:
            DeliveryError: there is no whole answer.
        """

        async def call(token: str) -> HTTPAnswer:
            async with self._carrier.receive(
                f"{self._base}{path}",
                _bearing(token),
                timeouts=Timeouts.within(left(until)),
                limits=AnswerLimits(body_bytes=most_bytes),
            ) as found:
                body = b"".join([piece async for piece in found.chunks()])
                return HTTPAnswer(found.status, found.headers, body, found.times)

        return await self._let_in(call, until)

    async def _let_in(
        self, call: Callable[[str], Awaitable[HTTPAnswer]], until: float
    ) -> HTTPAnswer:
        """A call with the token; once more with another where that one was refused."""
        token = await self._tokens.token(within_s=left(until))
        answer = await call(token)
        if answer.status == HTTPStatus.UNAUTHORIZED:
            # Nothing was taken, so this is no second sending (§2.2).
            token = await self._tokens.refused(token, within_s=left(until))
            answer = await call(token)
        return replace(answer, body=unechoed(answer.body, token))

    def judged(self, operation: str, answer: HTTPAnswer) -> Answer:
        """What an answer means."""
        told = ("", answers.words(answer.body))
        return answers.judged(self._replies, operation, answer, told, self.now())

    def refusal(self, answer: HTTPAnswer) -> DeliveryError:
        """Why there is nothing to be read: of an answer that is not 200."""
        heard = self.judged("", answer)
        if heard.outcome is Outcome.CONTRACT_BROKEN:
            return AgencyBrokeContract(f"HTTP {answer.status}")
        return AgencyUnavailable(
            f"HTTP {answer.status}",
            code=heard.code,
            remedy=heard.remedy,
            retry_after_s=heard.retry_after_s,
        )


class Fetch:
    """One fetch: the next new dossier, after marking one that the cursor shows (§6)."""

    def __init__(
        self,
        calls: DvcltCalls,
        check: Check,
        *,
        unit: str | None,
        most_bytes: int,
        until: float,
    ) -> None:
        """``unit``: whose dossiers alone are asked for; ``until``: by the loop's clock."""
        self._calls = calls
        self._check = check
        self._unit = unit
        self._most_bytes = most_bytes
        self._until = until

    async def after(self, cursor: str) -> Pulled:
        """What comes next.

        Raises:
            DeliveryError: there is no list, or a mark had no answer.
        """
        now = self._calls.now()
        state = Cursor.read(cursor, now)
        pages: list[Page] = []
        new: list[Line] = []
        for number in range(_CALLS - 1):
            pages.append(await self._listed(state.page + number))
            new = state.new_in(pages[-1].lines, now)
            if new or pages[-1].count < PAGE_SIZE:
                break
        unread = tuple(part for page in pages for part in page.unread)
        left_calls = _CALLS - len(pages)
        marking = state.to_mark((line for p in pages for line in p.lines), now)
        # A dossier that is new comes first: with one call left, marking waits.
        may_mark = left_calls > (1 if new else 0)
        if marking is not None and may_mark and await self._marked(marking[0]):
            state = state.marked(marking)
        if not new:
            state = state.looked_through(pages, now)
            return Pulled((), state.written(), unread)
        return await self._fetched(new[0], state, unread)

    async def _listed(self, page: int) -> Page:
        """A page of the list.

        Raises:
            DeliveryError: there is none.
        """
        query = {"trang": str(page), "soLuong": str(PAGE_SIZE)}
        if self._unit is not None:
            query["maDonVi"] = self._unit
        answer = await self._calls.made("GET", LIST, b"", self._until, query)
        if answer.status != HTTPStatus.OK:
            raise self._calls.refusal(answer)
        return details.read_list(answer.body, self._check)

    async def _marked(self, number: str) -> bool:
        """Whether DVCLT says that the dossier is marked as received (§6.4)."""
        body = orjson.dumps({"maHoSo": number, MARK: True})
        answer = await self._calls.made("PUT", LIST, body, self._until)
        return self._calls.judged(MARK, answer).outcome is Outcome.DELIVERED

    async def _fetched(
        self, line: Line, state: Cursor, unread: tuple[Part, ...]
    ) -> Pulled:
        """The dossier of a line, or it passed over: it holds up no other.

        Raises:
            DeliveryError: DVCLT cannot be reached, or gives nothing to anybody now.
        """
        body, code = await self._detail(line)
        refused = ReportRefused(code, code=code) if code else None
        if refused is None:
            try:
                report = details.read_detail(line, body, self._check)
            except ReportRefused as wrong:
                refused = wrong
            else:
                return Pulled((report,), state.with_taken(line).written(), unread)
        passing = refused.code in {_PASSING, "detail_not_given"}
        tries = state.tries(line) + 1 if passing else TRIES
        over = state.with_passed(line, self._calls.now(), tries)
        if tries != TRIES:
            return Pulled((), over.written(), unread)
        raw = body or orjson.dumps([refused.code, line.number, line.id])
        part = details.unread(line, raw, refused)
        return Pulled((), over.written(), (*unread, part))

    async def _detail(self, line: Line) -> tuple[bytes, str]:
        """A detail, or the code of the reason why this one is not given."""
        path = f"{LIST}/{line.id}"
        try:
            answer = await self._calls.received(path, self._until, self._most_bytes)
        except MayHaveLeft as error:
            large = error.reason == TOO_LARGE
            return b"", "detail_too_large" if large else "detail_not_given"
        if answer.status == HTTPStatus.OK:
            return answer.body, ""
        if answer.status == HTTPStatus.NOT_FOUND or answer.status >= 500:
            if "Retry-After" in answer.headers:
                raise self._calls.refusal(answer)
            return b"", "detail_not_given"
        raise self._calls.refusal(answer)


def _bearing(token: str) -> Mapping[str, str]:
    return {
        "Content-Type": JSON,
        "Accept": "application/json",
        "Authorization": f"Bearer {token}",
    }


def left(until: float) -> float:
    """Seconds that are left; never none, so that whoever waits says so itself."""
    return max(until - asyncio.get_running_loop().time(), 0.001)
