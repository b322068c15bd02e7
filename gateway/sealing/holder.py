"""What a work list has in hand; what follows goes to the list that has the dossier."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.case import End, LegState
from gateway.domain.transfer import Fate, State
from gateway.domain.values import replace

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.domain.identifiers import DossierId, OfficeId
    from gateway.domain.transfer import Transfer
    from gateway.ports.store import Change, DossierRow
    from gateway.ports.work import Held
    from gateway.sealing.tools import Tools


#: Dossiers that are read at once.
PAGE = 200


async def still_to_do(tools: Tools, office: OfficeId) -> dict[DossierId, DossierRow]:
    """What an office was given and has not done with: all of it, page by page."""
    rows: dict[DossierId, DossierRow] = {}
    after = 0
    while True:
        held = await tools.work.in_hand(office, after=after, limit=PAGE)
        rows |= {one.row.case.dossier_id: one.row for one in held if _is_open(one)}
        if len(held) < PAGE:
            return rows
        after = held[-1].number


def _is_open(one: Held) -> bool:
    """Whether the office has anything left to do."""
    case = one.row.case
    ended = case.leg(one.transfer.leg).state is LegState.ENDED
    return case.end is End.OPEN and not ended


async def to_holder(tools: Tools, change: Change) -> Change:
    """The change with its messages for the entry that was shown the leg's first one.

    Only for entries that were stood in for: an office's own system never saw what
    was opened at a list meanwhile.
    """
    stood_in = tools.versions.current.stood_in
    stood_for = {office for offices in stood_in.values() for office in offices}
    dossier = change.dossier_id
    if dossier is None or stood_for.isdisjoint(new.office for new in change.transfers):
        return change
    transfers = await tools.store.transfers(dossier)
    made = []
    for new in change.transfers:
        holder = _first_shown(one for one in transfers if one.leg == new.leg)
        if holder is not None and new.office in stood_in.get(holder, ()):
            made.append(replace(new, office=holder))
        else:
            made.append(new)
    return replace(change, transfers=tuple(made))


def _first_shown(transfers: Iterable[Transfer]) -> OfficeId | None:
    """The entry of a leg's oldest message that left; None: none has."""
    left = (
        one
        for one in transfers
        if one.fate is not Fate.NOT_LEFT and one.state is not State.CANCELLED
    )
    first = min(left, key=lambda one: one.created_at, default=None)
    return first.office if first else None
