"""What a person does with several lanes in one act: stop everything, and go on."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.domain.errors import ActionNotPossible, GatewayError, StoreError
from gateway.domain.lane import LaneState
from gateway.domain.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.delivery.lanes import Lanes
    from gateway.domain.identifiers import OfficeId
    from gateway.domain.lane import Lane
    from gateway.sealing.tools import Tools

#: What a person writes is kept as far as this.
REASON_AT_MOST = 200


@dataclass(frozen=True, slots=True)
class Done:
    """How the act ended for one office; ``error``: why nothing was changed."""

    office: OfficeId
    error: GatewayError | None = None


async def stop(
    tools: Tools, lanes: Lanes, offices: Sequence[OfficeId], *, by: str, reason: str
) -> list[Done]:
    """Stop sends, enquiries, polls and fetches toward each office at once.

    What is on its way goes on to its end: cutting it would only make its fate unknown.
    """
    return await _each(
        lanes, [_stopped(tools, lanes.lane(o), by, reason) for o in offices], by
    )


async def resume(
    tools: Tools, lanes: Lanes, offices: Sequence[OfficeId], *, by: str, reason: str
) -> list[Done]:
    """Open each office again that a person had stopped."""
    return await _each(
        lanes, [_resumed(tools, lanes.lane(o), by, reason) for o in offices], by
    )


def _stopped(tools: Tools, lane: Lane, by: str, reason: str) -> Lane | Done:
    if lane.state is LaneState.SHADOW:
        return Done(
            lane.office,
            ActionNotPossible(
                code="lane_in_shadow",
                remedy="Đơn vị đang chạy song song: không có gì được gửi đi.",
            ),
        )
    return replace(
        _decided(tools, lane, by, reason), state=LaneState.PAUSED, emergency=True
    )


def _resumed(tools: Tools, lane: Lane, by: str, reason: str) -> Lane | Done:
    if lane.state is not LaneState.PAUSED:
        return Done(
            lane.office,
            ActionNotPossible(
                code="lane_not_stopped", remedy="Đơn vị này không bị dừng gửi."
            ),
        )
    return replace(
        _decided(tools, lane, by, reason), state=LaneState.OPEN, emergency=False
    )


def _decided(tools: Tools, lane: Lane, by: str, reason: str) -> Lane:
    """The lane as a person leaves it: what rules had found out is over."""
    return replace(
        lane,
        since=tools.clock.now(),
        why=reason[:REASON_AT_MOST],
        by=by,
        resume_at=None,
        failures=0,
    )


async def _each(lanes: Lanes, wanted: Sequence[Lane | Done], by: str) -> list[Done]:
    """All at once: this node holds every one of them before the first commit."""

    async def one(lane: Lane | Done) -> Done:
        if isinstance(lane, Done):
            return lane
        try:
            await lanes.set(lane, actor=by)
        except StoreError as error:
            return Done(lane.office, error)
        return Done(lane.office)

    return list(await asyncio.gather(*map(one, wanted)))
