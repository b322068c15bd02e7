"""The loop of bulk jobs: writes selections down, then does items in order, at a rate.

An item's act and its outcome are one unit, so that whoever comes after a crash, or
runs beside us, does none a second time.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

from gateway.delivery.bulk import PAGE, item_of, line_of, reason_of
from gateway.delivery.parked import carry_out
from gateway.domain.bulk import Item, Job, JobState, Outcome, share
from gateway.domain.errors import (
    GatewayError,
    ItemSettled,
    StoreError,
    StoreFateUnknown,
    StoreUnavailable,
)
from gateway.domain.principal import Principal, Role

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from gateway.ports.clock import Bell
    from gateway.sealing.tools import Tools

#: Seconds for which a job is this runner's own, and before whose end it is held anew.
LEASE_S = 30.0
HOLD_AGAIN_S = 10.0
#: Real seconds between two looks for what another node was asked, or left behind.
LOOK_EVERY_S = 5.0
#: Items that are marked as stopped at once.
STOP_PAGE = 500
GATEWAY = "gateway"


class BulkRunner:
    """Does what bulk jobs ask for; of several nodes, one does a job."""

    def __init__(self, tools: Tools, *, runner: str) -> None:
        """``runner``: a name that no other node has, the same after a restart."""
        self._tools = tools
        self._runner = runner
        self._held: dict[str, float] = {}
        self._next: dict[str, datetime] = {}
        self._after: dict[str, int] = {}
        self._looked = 0.0
        self.bell: Bell = tools.clock.bell("bulk")

    def nudge(self) -> None:
        """Look again if that was long ago; called after commits of any node."""
        if self._tools.clock.mono() - self._looked >= LOOK_EVERY_S:
            self.bell.ring()

    async def run(self) -> None:
        """Go on until cancelled."""
        while True:
            until = await self._turn()
            await self.bell.wait(until)

    async def _turn(self) -> datetime | None:
        self._looked = self._tools.clock.mono()
        try:
            jobs = await self._tools.bulk.bulk_active()
        except StoreError as error:
            self._tools.probe.trouble("bulk.turn", error)
            return self._tools.clock.later(1.0)
        self._forget_all_but({job.id for job in jobs})
        moments = [await self._serve(job) for job in jobs]
        return min((m for m in moments if m is not None), default=None)

    def _forget_all_but(self, jobs: set[str]) -> None:
        for job in self._held.keys() - jobs:
            self._held.pop(job)
            self._next.pop(job, None)
            self._after.pop(job, None)

    async def _serve(self, job: Job) -> datetime | None:
        """One step of a job; when its next one is due."""
        clock = self._tools.clock
        due = self._next.get(job.id)
        if due is not None and job.state is JobState.RUNNING:
            (_, seconds), now = share(job.per_second), clock.now()
            # What is further away was said by a wall that was put back since.
            if now < due <= now + timedelta(seconds=seconds):
                return due
        try:
            if not await self._hold(job):
                return clock.later(HOLD_AGAIN_S)
            return await self._step(job)
        except Exception as error:  # noqa: BLE001  other jobs go on
            self._tools.probe.trouble("bulk.step", error)
            return clock.later(1.0)

    async def _hold(self, job: Job) -> bool:
        mono = self._tools.clock.mono()
        if mono < self._held.get(job.id, 0.0):
            return True
        held = await self._tools.bulk.bulk_hold(job.id, self._runner, lease_s=LEASE_S)
        if held:
            self._held[job.id] = mono + HOLD_AGAIN_S
        return held

    async def _step(self, job: Job) -> datetime | None:
        match job.state:
            case JobState.COLLECTING:
                return await self._collect(job)
            case JobState.RUNNING:
                return await self._do_share(job)
            case _:
                return await self._stop(job)

    async def _collect(self, job: Job) -> datetime:
        """Write the next page of the selection down."""
        tools = self._tools
        page = await tools.bulk.bulk_find(
            job.selection,
            job.scope,
            asked_at=job.asked_at,
            bound=job.bound,
            cursor=job.cursor,
            limit=PAGE,
        )
        items = [item_of(tools, job, one) for one in page.candidates]
        line = line_of(tools, job, GATEWAY, "selected")
        await tools.bulk.bulk_collect(job, items, page.cursor, line)
        return tools.clock.now()

    async def _do_share(self, job: Job) -> datetime | None:
        """Do as many items as the rate allows at once; end the job after the last."""
        tools, began = self._tools, self._tools.clock.now()
        count, seconds = share(job.per_second)
        after = self._after.get(job.id, 0)
        items = await tools.bulk.bulk_left(job.id, after=after, limit=count)
        if not items and after:
            # What could not be written down on the way is left: it comes now.
            self._after[job.id] = 0
            return began
        if not items:
            line = line_of(tools, job, GATEWAY, "ended")
            await tools.bulk.bulk_move(job, JobState.ENDED, line)
            return None
        settled = await self._do(job, items)
        if not settled:
            self._after[job.id] = 0
            return tools.clock.later(1.0)
        self._after[job.id] = items[-1].key.position
        self._next[job.id] = began + timedelta(seconds=seconds)
        return self._next[job.id]

    async def _stop(self, job: Job) -> datetime | None:
        tools, now = self._tools, self._tools.clock.now()
        if await tools.bulk.bulk_stop(job.id, at=now, limit=STOP_PAGE):
            return now
        line = line_of(tools, job, GATEWAY, "over")
        await tools.bulk.bulk_move(job, JobState.STOPPED, line)
        return None

    async def _do(self, job: Job, items: Sequence[Item]) -> bool:
        """Dossiers side by side, those of one in order; whether all are settled."""
        reason = await reason_of(self._tools, job)
        dossiers: dict[str, list[Item]] = {}
        for item in items:
            dossiers.setdefault(item.dossier_id, []).append(item)
        ended = await asyncio.gather(
            *(self._do_all(job, reason, each) for each in dossiers.values())
        )
        return all(ended)

    async def _do_all(self, job: Job, reason: str, items: Sequence[Item]) -> bool:
        for item in items:
            if not await self._do_one(job, reason, item):
                return False
        return True

    async def _do_one(self, job: Job, reason: str, item: Item) -> bool:
        """Whether the item has an outcome now; if not, it is read again and done then."""
        who = Principal(job.actor, "", Role.OPERATOR, job.scope)
        try:
            await carry_out(
                self._tools,
                who,
                item.transfer_id,
                job.action,
                reason=reason,
                item=item,
            )
        except ItemSettled:
            return True
        except (StoreFateUnknown, StoreUnavailable) as error:
            self._tools.probe.trouble("bulk.item", error)
            return False
        except GatewayError as error:
            return await self._fail(item, error.code)
        except Exception as error:  # noqa: BLE001  the others are done all the same
            self._tools.probe.trouble("bulk.item", error)
            return await self._fail(item, GatewayError.default_code)
        return True

    async def _fail(self, item: Item, code: str) -> bool:
        now = self._tools.clock.now()
        try:
            await self._tools.bulk.bulk_settle(item.key, Outcome.FAILED, code, now)
        except ItemSettled:
            return True
        except StoreError as error:
            self._tools.probe.trouble("bulk.item", error)
            return False
        return True
