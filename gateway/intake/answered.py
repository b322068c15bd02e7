"""The office's own answer to a message, waited for as long as its sender waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.errors import ChangedMeanwhile
from gateway.domain.principal import EVERYTHING
from gateway.domain.transfer import State
from gateway.domain.values import dataclass, replace
from gateway.ports.store import Change
from gateway.routing.link import late_mark
from gateway.sealing.folder import Folder

if TYPE_CHECKING:
    from gateway.domain.identifiers import TransferId
    from gateway.domain.transfer import Transfer
    from gateway.sealing.tools import Tools

TRIES = 20
#: Real seconds between two looks: short at first, most offices answer at once.
FIRST_S, LONGEST_S = 0.01, 0.25
#: Other statuses speak of the way there, or of the gateway's own account.
_WORDS_OF_THE_OFFICE = frozenset({200, 400, 413})
_SETTLED = frozenset(
    {State.DELIVERED, State.ANSWERED, State.REFUSED, State.PARKED, State.CANCELLED}
)


@dataclass(frozen=True, slots=True)
class Spoken:
    """What the office's system answered, byte for byte."""

    status: int
    body: bytes


async def answer_within(
    tools: Tools, transfer: Transfer, within_s: float
) -> Spoken | None:
    """The office's answer; None: there is none in time, and that is noted.

    Another node may send it, so that the store is looked at. Once the note stands,
    a refusal is told by a message of its own (``delivery.late``).
    """
    settled = await _settled(tools, transfer.id, within_s)
    if settled is None:
        await _note_late(tools, transfer.id)
        settled = await _present(tools, transfer.id)
    elif settled.state is State.PARKED and await _spoken(tools, settled) is None:
        await _note_late(tools, transfer.id)
    return None if settled is None else await _spoken(tools, settled)


async def _present(tools: Tools, identifier: TransferId) -> Transfer | None:
    """The transfer, if it is settled."""
    found = await tools.store.transfer(identifier, EVERYTHING)
    return found if found is not None and found.state in _SETTLED else None


async def _settled(
    tools: Tools, identifier: TransferId, within_s: float
) -> Transfer | None:
    until = tools.clock.mono() + within_s
    pause = FIRST_S
    while True:
        present = await tools.store.transfer(identifier, EVERYTHING)
        if present is None or present.state in _SETTLED:
            return present
        left = until - tools.clock.mono()
        if left <= 0 or _is_later(tools, present, left):
            return None
        await tools.clock.rest(min(pause, left))
        pause = min(pause * 1.5, LONGEST_S)


def _is_later(tools: Tools, transfer: Transfer, left_s: float) -> bool:
    """Whether nothing more will be tried in time."""
    at = transfer.due_at if transfer.attempts else None
    at = at or transfer.ask_at
    return at is not None and at > tools.clock.later(left_s)


async def _spoken(tools: Tools, transfer: Transfer) -> Spoken | None:
    """The answer to the last attempt, if the office's system understood the message."""
    rows = await tools.overview.attempts(transfer.id)
    record = rows[-1].record if rows else None
    if record is None or record.response is None or record.http_status is None:
        return None
    if record.http_status not in _WORDS_OF_THE_OFFICE:
        return None
    row = await tools.store.dossier(transfer.dossier_id, EVERYTHING)
    if row is None:
        return None
    found = await Folder.of(tools, row).payload(record.response)
    return None if found is None else Spoken(record.http_status, found[1])


async def _note_late(tools: Tools, identifier: TransferId) -> None:
    """Note that *accepted* is answered before the office has answered."""
    mark = late_mark(identifier)
    for _ in range(TRIES):
        transfer = await tools.store.transfer(identifier, EVERYTHING)
        if transfer is None:
            return
        row = await tools.store.dossier(transfer.dossier_id, EVERYTHING)
        if row is None or mark in row.case.happened:
            return
        case = row.case
        noted = replace(case, happened=(*case.happened, mark), version=case.version + 1)
        change = Change(now=tools.clock.now(), dossier_id=case.dossier_id, case=noted)
        try:
            await tools.store.apply(change)
        except ChangedMeanwhile:
            continue
        return
    raise ChangedMeanwhile
