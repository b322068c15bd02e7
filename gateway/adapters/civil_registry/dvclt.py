"""DVCLT for one account: dossiers are fetched from it, and it is told each rung."""

from __future__ import annotations

import asyncio
import tomllib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.adapters.civil_registry import answers, ladder
from gateway.adapters.civil_registry.details import SCHEMA, Check
from gateway.adapters.civil_registry.fetching import PATH, DvcltCalls, Fetch
from gateway.carriers.json_files import JSONText, request_body
from gateway.carriers.replies import Replies
from gateway.domain.attempt import Outcome
from gateway.domain.errors import (
    AgencyBrokeContract,
    DeliveryError,
    NeedsConfiguration,
)
from gateway.domain.identifiers import AgencyId, MessageKind
from gateway.ports.agency import (
    AgencyAdapter,
    Answer,
    KindTraits,
    OutboundMessage,
)
from gateway.ports.listed import Pulled

if TYPE_CHECKING:
    from gateway.carriers.bodies import StreamedBody
    from gateway.carriers.carrier import Carrier
    from gateway.carriers.tokens import TokenKeeper
    from gateway.domain.report import FileLink

_FOLDER = Path(__file__).parent
MANIFEST: Mapping[str, Any] = tomllib.loads(
    (_FOLDER / "agency_dvclt.toml").read_text("utf-8")
)
REPLIES = Replies.load((_FOLDER / "dvclt_replies.toml").read_text("utf-8"))
_AGENCY: Mapping[str, Any] = MANIFEST["agency"]


class DvcltAdapter(AgencyAdapter):
    """One account at DVCLT."""

    traits: Mapping[MessageKind, KindTraits] = {
        MessageKind(row["kind"]): KindTraits.of(row) for row in MANIFEST["kind"]
    }
    words = REPLIES.words()
    hosted = ()

    def __init__(
        self,
        agency: AgencyId,
        office: Mapping[str, Any],
        carrier: Carrier,
        check: Check,
        *,
        tokens: TokenKeeper,
        now: Callable[[], datetime],
    ) -> None:
        """Take the office's table of the configuration; ``now``: wall time, aware."""
        self.agency = agency
        self._office = office
        self._check = check
        self._calls = DvcltCalls(
            carrier, base_of(office), tokens=tokens, replies=REPLIES, now=now
        )

    async def submit(
        self, batch: Sequence[OutboundMessage], *, timeout_s: float
    ) -> Sequence[Answer]:
        """One report each, one after the other; no error is raised."""
        until = _clock() + timeout_s
        return [await self._reported(message, until) for message in batch]

    async def _reported(self, message: OutboundMessage, until: float) -> Answer:
        try:
            async with asyncio.timeout_at(until):
                body = await self._body(message)
            path = f"{PATH}/{ladder.REPORT}"
            answer = await self._calls.made("POST", path, body, until)
        except TimeoutError:
            return Answer(Outcome.NOT_DELIVERED, "agency_unavailable")
        except DeliveryError as error:
            return answers.failed(error, self.words["attachment_unreadable"][1])
        return self._calls.judged(ladder.REPORT, answer)

    async def _body(self, message: OutboundMessage) -> bytes | StreamedBody:
        """The report's body, complete and valid before a byte of it leaves.

        Raises:
            NeedsData: a value is missing, or the whole is too large.
            NeedsConfiguration: the office's entry lacks something.
        """
        value = ladder.report(message, self._office)
        shown = {
            name: "{}" if isinstance(one, JSONText) else one
            for name, one in value.items()
        }
        wrong = self._check(SCHEMA.format("dvclt-status"), shown)
        if wrong:
            named = ", ".join(dict.fromkeys(one.pointer.strip("/") for one in wrong))
            code = "message_invalid"
            raise NeedsConfiguration(
                f"fields {named}", code=code, remedy=self.words[code][1]
            )
        limit = _AGENCY["max_body_bytes"]
        return await request_body(value, at_most_bytes=limit, words=self.words)

    async def enquire(self, message: OutboundMessage, *, timeout_s: float) -> Answer:
        """Never called: nothing tells the last rung (§7)."""
        _ = message, timeout_s
        return Answer(Outcome.UNKNOWN, "not_enquirable")

    async def poll(
        self, messages: Sequence[OutboundMessage], *, timeout_s: float
    ) -> Sequence[Answer]:
        """Never called: DVCLT answers a report at once (§7)."""
        _ = timeout_s
        return [Answer(Outcome.UNKNOWN, "not_polled") for _ in messages]

    async def fetch_file(
        self, link: FileLink, *, timeout_s: float
    ) -> AsyncIterator[bytes]:
        """Papers come inside the detail (§6.2): no link is DVCLT's own."""
        raise AgencyBrokeContract(
            f"no file within {timeout_s} s", code="file_not_offered"
        )
        yield link.link.encode()

    async def pull_dossiers(self, cursor: str, *, timeout_s: float) -> Pulled:
        """The next new dossier, after marking one that the cursor shows (§6).

        Raises:
            DeliveryError: there is no list, or a mark had no answer.
        """
        unit = self._office.get("registry", {}).get("unit")
        fetch = Fetch(
            self._calls,
            self._check,
            unit=None if unit is None else str(unit),
            most_bytes=_AGENCY["max_answer_bytes"],
            until=_clock() + timeout_s,
        )
        return await fetch.after(cursor)


def base_of(office: Mapping[str, Any]) -> str:
    """Where a system lies below the office's registered address; ends with a slash."""
    path = str(office.get("registry", {}).get("path", "")).strip("/")
    return f"{path}/" if path else ""


def _clock() -> float:
    return asyncio.get_running_loop().time()
