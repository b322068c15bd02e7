"""What lists leave out because staff have put it off, and how many that are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.ports.overview import Narrowed
from gateway.watch import noting

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.domain.principal import Principal
    from gateway.sealing.tools import Tools


def asked(
    tools: Tools, principal: Principal, hoan: str, *, office: str = "", state: str = ""
) -> Narrowed:
    """The part of a list that is wanted; others than the centre have all of it."""
    if not noting.ours(principal):
        return Narrowed(office=office, state=state)
    now = tools.clock.now()
    return Narrowed(now=now, put_off=bool(hoan), office=office, state=state)


async def counts(tools: Tools, principal: Principal) -> Mapping[str, int]:
    """How many of what is counted are put off."""
    if not noting.ours(principal):
        return dict.fromkeys(("parked", "unconfirmed", "unrouted"), 0)
    return await tools.notes.postponed(principal.scope, tools.clock.now())


async def counted(tools: Tools, principal: Principal, hoan: str) -> dict[str, Any]:
    """The same for a template: how many, and whether they are what is shown."""
    found = await counts(tools, principal)
    return {"put_off": found, "put_off_shown": bool(hoan) and noting.ours(principal)}
