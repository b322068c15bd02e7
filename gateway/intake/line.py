"""Whether the gateway stands in the line of a one-stop and an office, and may leave it."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from gateway.domain.journal import JournalLine
from gateway.domain.principal import EVERYTHING, Scope
from gateway.domain.transfer import State
from gateway.domain.values import dataclass
from gateway.routing.link import late_mark

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from gateway.domain.identifiers import OfficeId
    from gateway.domain.principal import Principal
    from gateway.domain.transfer import Transfer
    from gateway.routing.link import Link
    from gateway.sealing.tools import Tools

OUT = "out"
PAGE = 200
#: Who may be heard on a link.
BY_ONE_STOP, BY_OFFICE = "one_stop", "office"
#: The last moment is noted no oftener: it says whether an address was changed.
NOTED_EVERY = timedelta(minutes=10)
_UNSENT = (State.WAITING, State.DUE, State.SENDING)


@dataclass(frozen=True, slots=True)
class Owed:
    """What the gateway still owes: messages by what they wait for, one direction."""

    unsent: int = 0
    unconfirmed: int = 0
    parked: int = 0
    #: wait for a person although the one-stop takes them for accepted

    @property
    def nothing(self) -> bool:
        """Whether the line may do without the gateway."""
        return not (self.unsent or self.unconfirmed or self.parked)


async def is_in_line(tools: Tools, link: Link) -> bool:
    """Whether new messages of the one-stop are taken."""
    return await tools.store.mark(_name(link)) != OUT


async def set_in_line(
    tools: Tools, principal: Principal, link: Link, *, stays: bool
) -> None:
    """Take new messages, or none any more; both may be said again."""
    if stays == await is_in_line(tools, link):
        return
    now = tools.clock.now()
    facts = {"one_stop": link.one_stop, "office": link.office, "in_line": stays}
    line = JournalLine("link", now, principal.id, facts)
    await tools.store.note(f"links:{now:%Y-%m-%d}", [line])
    await tools.store.set_mark(_name(link), "" if stays else OUT)
    tools.probe.action(
        action="link_in" if stays else "link_out",
        actor=principal.id,
        office=link.office,
    )


async def note_heard(tools: Tools, link: Link, by: str) -> None:
    """Note that one end called here: its address leads to the gateway."""
    now, before = tools.clock.now(), await heard(tools, link, by)
    if before is None or now - before >= NOTED_EVERY:
        await tools.store.set_mark(f"{_name(link)}:{by}", now.isoformat())


async def heard(tools: Tools, link: Link, by: str) -> datetime | None:
    """When one end called last, to some minutes; None: never."""
    noted = await tools.store.mark(f"{_name(link)}:{by}")
    return datetime.fromisoformat(noted) if noted else None


def _name(link: Link) -> str:
    return f"link:{link.one_stop}:{link.office}"


async def owed(tools: Tools, link: Link) -> Mapping[str, Owed]:
    """What is on its way to the office, and what to the one-stop."""
    scope = Scope(sender=link.one_stop)
    to_office = Counter[str]()
    async for one in _open(tools, scope, link.office):
        to_office[await _waits(tools, one)] += 1
    to_one_stop = Counter[str]()
    async for one in _open(tools, scope, link.one_stop):
        if one.facts.get("office") == link.office:
            to_one_stop["parked" if one.state is State.PARKED else _plain(one)] += 1
    return {
        "to_office": Owed(*(to_office[name] for name in _NAMES)),
        "to_one_stop": Owed(*(to_one_stop[name] for name in _NAMES)),
    }


_NAMES = ("unsent", "unconfirmed", "parked")


def _plain(one: Transfer) -> str:
    return "unsent" if one.state in _UNSENT else "unconfirmed"


async def _waits(tools: Tools, one: Transfer) -> str:
    """What a message waits for; empty: the one-stop knows that it was refused."""
    if one.state is not State.PARKED:
        return _plain(one)
    if one.fate.value == "may_have_left":
        return "unconfirmed"
    row = await tools.store.dossier(one.dossier_id, EVERYTHING)
    told = row is not None and late_mark(one.id) in row.case.happened
    return "parked" if told else ""


async def _open(
    tools: Tools, scope: Scope, office: OfficeId
) -> AsyncIterator[Transfer]:
    states = [state.value for state in (*_UNSENT, State.UNCONFIRMED, State.PARKED)]
    after: str | None = None
    while True:
        rows = await tools.overview.transfers_in(
            scope, states=states, office=office, after=after, limit=PAGE
        )
        for row in rows:
            yield row
        if len(rows) < PAGE:
            return
        after = rows[-1].id
