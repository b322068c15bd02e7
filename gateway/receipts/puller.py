"""Dossiers that an agency keeps until they are fetched: taken in first, acknowledged after."""

from __future__ import annotations

import asyncio
import base64
import json
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from gateway.domain.attempt import Outcome
from gateway.domain.errors import (
    AgencyBrokeContract,
    DeliveryError,
    SlotNotOffered,
    StoreError,
)
from gateway.domain.values import dataclass
from gateway.ports.agency import Answer, InboundMessage, answer_of
from gateway.ports.inbox import Part
from gateway.ports.nodes import POLL
from gateway.receipts.callback import take_parts
from gateway.receipts.poller import Entry
from gateway.receipts.repeats import was_taken_in

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.domain.identifiers import OfficeId
    from gateway.domain.lane import LaneLimits
    from gateway.ports.clock import Bell
    from gateway.ports.listed import Pulled
    from gateway.ports.nodes import Duties
    from gateway.receipts.poller import Entrance, Lanes
    from gateway.routing.catalogue import Office
    from gateway.sealing.tools import Tools

E = TypeVar("E", bound=Entry)

#: What the messages are called that came so.
PULLED = "pull_dossiers"
#: Calls that one pull may make, for an office that limits its rate.
CALLS = 3
#: Seconds between two pulls where the office's entry says nothing else.
EVERY_S = 300.0
#: More often would be asking without end, less often than daily no fetching.
LEAST_S, MOST_S = 10, 86400
#: Seconds until a lane without room, or a store that was away, is tried again.
AGAIN_S = 30.0
#: Pulls in a row that bring nothing new, after which the next waits its time: to look
#: through an agency's list takes some, and a cursor that never rests would take all.
IN_VAIN = 20


@dataclass(frozen=True, slots=True)
class PullState:
    """How pulling from an office stands.

    ``at``: of the last pull that succeeded; ``code``: why the ones since
    ``failing_since`` did not.
    """

    cursor: str = ""
    at: datetime | None = None
    code: str = ""
    failing_since: datetime | None = None


class Puller(Generic[E]):
    """Fetches new dossiers from every office whose entry has ``[office.pull]``.

    The cursor of a pull is remembered after everything that it brought is durable,
    and only the next pull shows it to the agency, which may take that for an
    acknowledgement. Whoever dies in between fetches the same again, which is known.
    """

    def __init__(
        self, tools: Tools, *, lanes: Lanes, entrance: Entrance[E], duties: Duties
    ) -> None:
        """``lanes`` are the ones that delivery pushes, too."""
        self._tools = tools
        self._lanes = lanes
        self._entrance = entrance
        self._duties = duties
        self._pulling: dict[OfficeId, asyncio.Task[None]] = {}
        #: office → when that was said, and the moment before which it is not asked
        self._not_before: dict[OfficeId, tuple[datetime, datetime]] = {}
        self._in_vain: Counter[OfficeId] = Counter()
        self.bell: Bell = tools.clock.bell("puller")

    async def run(self) -> None:
        """Go on until cancelled."""
        try:
            while True:
                until = self._turn()
                await self.bell.wait(until, looks=True)
        finally:
            for task in self._pulling.values():
                task.cancel()

    def _turn(self) -> datetime | None:
        now = self._tools.clock.now()
        if not self._duties.holds(POLL):
            return None  # it looks again when the store rings, each second at least
        moments = []
        for office in pulled_from(self._tools):
            said, at = self._not_before.get(office.id, (now, now))
            if said <= now < at:  # else the wall was put back
                moments.append(at)
            elif office.id not in self._pulling:
                self._begin(office)
        return min(moments, default=None)

    def _begin(self, office: Office) -> None:
        # Nobody waits for it: a hung office would hold up the others.
        task = asyncio.create_task(self._office(office))
        self._pulling[office.id] = task
        task.add_done_callback(lambda _: self._pulling.pop(office.id, None))
        task.add_done_callback(lambda _: self.bell.ring())

    async def _office(self, office: Office) -> None:
        """One pull; the next follows at once while there is more."""
        tools, now = self._tools, self._tools.clock.now()
        wait_s = float(office.settings["pull"].get("every_s", EVERY_S))
        with tools.clock.under_way():
            try:
                entry = await self._entrance.enter(office.id, 1, now, calls=CALLS)
                if entry.count:
                    heard, more = await self._heard(office, entry)
                    wait_s = 0.0 if more else max(wait_s, heard.retry_after_s or 0.0)
                else:
                    wait_s = min(wait_s, AGAIN_S)
            except Exception as error:  # noqa: BLE001  recorded; the next turn pulls again
                tools.probe.trouble("receipts.puller", error)
                wait_s = min(wait_s, AGAIN_S)
            finally:
                self._not_before[office.id] = (now, now + timedelta(seconds=wait_s))

    async def _heard(self, office: Office, entry: E) -> tuple[Answer, bool]:
        """What the office said, and whether it may have more."""
        heard = None
        try:
            heard, more = await self._pull(office, self._lanes.limits(office.id))
        finally:
            await self._entrance.ended(entry, 1, heard)
        return heard, more

    async def _pull(self, office: Office, limits: LaneLimits) -> tuple[Answer, bool]:
        tools, now = self._tools, self._tools.clock.now()
        before = await pull_state(tools, office.id)
        try:
            adapter = tools.adapters.of(office.id)
            async with asyncio.timeout(limits.timeout_s + 1.0):
                pulled = await adapter.pull_dossiers(
                    before.cursor, timeout_s=limits.timeout_s
                )
        except TimeoutError:
            answer = Answer(Outcome.NOT_DELIVERED, "timeout")
        except SlotNotOffered as error:
            answer = Answer(Outcome.NEEDS_CONFIGURATION, error.code)
        except DeliveryError as error:
            answer = answer_of(error)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001  to whoever waits it is all the same
            tools.probe.trouble("receipts.puller", error)
            answer = answer_of(AgencyBrokeContract())
        else:
            new = await self._take_in(office, pulled)
            await self._note(office.id, PullState(pulled.cursor, now))
            self._tell(office.id, Outcome.DELIVERED, "pulled", len(pulled.reports))
            # A cursor that stays would bring the same again.
            more = pulled.cursor != before.cursor and self._is_worth(office.id, new)
            return Answer(Outcome.DELIVERED, "pulled"), more
        self._tell(office.id, answer.outcome, answer.code, 0)
        since = before.failing_since or now
        await self._note(
            office.id, replace(before, code=answer.code, failing_since=since)
        )
        return answer, False

    def _is_worth(self, office: OfficeId, new: int) -> bool:
        """Whether the next pull may follow at once."""
        self._in_vain[office] = 0 if new else self._in_vain[office] + 1
        return self._in_vain[office] % (IN_VAIN + 1) < IN_VAIN

    async def _take_in(self, office: Office, pulled: Pulled) -> int:
        """Everything durable: dossiers, what fits no procedure, what nobody can read.

        How many came for the first time; what was told before is not noted again,
        since an agency may list it for ever.
        """
        message = InboundMessage(
            office.id, PULLED, b"", {}, {}, self._tools.clock.now()
        )
        tools, read, new = self._tools, [], 0
        for report in pulled.reports:
            told = (office.agency, office.id, report.fingerprint)
            new += await tools.store.report_known(*told) is None
            if not await was_taken_in(tools, *told):
                read.append(Part({}, b"", report))
        await take_parts(tools, office.agency, message, [*read, *pulled.unread])
        return new

    async def _note(self, office: OfficeId, state: PullState) -> None:
        if not self._duties.holds(POLL):
            return  # whoever has the duty now knows better
        sealed = self._tools.vault.seal_secret(_mark(office), state.cursor)
        told = {
            "cursor": base64.b64encode(sealed).decode(),
            "at": _text(state.at),
            "code": state.code,
            "failing_since": _text(state.failing_since),
        }
        await self._tools.store.set_mark(_mark(office), json.dumps(told))

    def _tell(self, office: OfficeId, outcome: Outcome, code: str, count: int) -> None:
        self._tools.probe.attempt(
            office=office,
            purpose="pull",
            outcome=outcome.value,
            code=code,
            count=count,
        )


def pulled_from(tools: Tools) -> Iterable[Office]:
    """Offices whose new dossiers are fetched."""
    offices = tools.versions.current.offices.values()
    return [office for office in offices if office.is_fetched_from]


async def pull_state(tools: Tools, office: OfficeId) -> PullState:
    """How pulling from an office stands; a cursor of another master key is none.

    From the first again is harmless: what is known opens nothing.
    """
    noted = await tools.store.mark(_mark(office))
    if noted is None:
        return PullState()
    told: dict[str, Any] = json.loads(noted)
    try:
        sealed = base64.b64decode(told["cursor"])
        cursor = tools.vault.open_secret(_mark(office), sealed)
    except ValueError:
        cursor = ""
    return PullState(
        cursor, _moment(told["at"]), told["code"], _moment(told["failing_since"])
    )


def _mark(office: OfficeId) -> str:
    return f"pull:{office}"


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
