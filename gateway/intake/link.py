"""What a one-stop sends in an office's own dialect: a dossier or an act, passed on.

Each message becomes one transfer to the office, in the unit that remembers it. It
carries the message as it came; what can be understood of it moves the case as it
would had it come by the gateway's own calls.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.case import End, Pause, Place
from gateway.domain.errors import (
    ActionNotPossible,
    ChangedMeanwhile,
    DossierContradiction,
    KeyTaken,
)
from gateway.domain.principal import EVERYTHING
from gateway.domain.transfer import Fate, Move, State
from gateway.domain.values import dataclass, replace
from gateway.intake.link_changes import acted, begun, corrected
from gateway.intake.submit import fingerprint, kept_key
from gateway.ports.store import IntakeKey
from gateway.routing.link import HAND_OVER, SUPPLEMENT, late_mark, leg_of
from gateway.sealing.by_number import by_number
from gateway.sealing.folder import blind_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.domain.identifiers import DossierId, TransferId
    from gateway.domain.transfer import Transfer
    from gateway.ports.link import LinkMessage
    from gateway.ports.store import DossierRow
    from gateway.routing.link import Link
    from gateway.sealing.tools import Tools

TRIES = 20
_TAKEN = frozenset({State.DELIVERED, State.ANSWERED})
_MAY_BE_THERE = frozenset({State.SENDING, State.UNCONFIRMED})


@dataclass(frozen=True, slots=True)
class PassedOn:
    """The transfer that carries a message; ``repeated``: an earlier call's.

    No transfer: the office knows the dossier since before, and would only say so.
    """

    transfer: Transfer | None
    repeated: bool


async def pass_on(tools: Tools, link: Link, message: LinkMessage) -> PassedOn:
    """Remember a message and the transfer that carries it; durable when it returns.

    Raises:
        ActionNotPossible: another content is on its way to the office just now.
        DossierContradiction: the number is that of another one-stop's dossier.
    """
    for _ in range(TRIES):
        row = await _dossier(tools, link, message)
        try:
            if row is None and message.kind != HAND_OVER:
                opened = by_number(tools, link, message.number, actor=link.one_stop)
                await tools.store.apply(opened)
                continue
            done = await _once(tools, link, message, row)
        except ChangedMeanwhile:
            continue
        except KeyTaken:
            if await _dossier(tools, link, message) is None:
                raise DossierContradiction(code="number_of_another") from None
            continue
        if done is not None:
            return done
    raise ChangedMeanwhile


async def _dossier(tools: Tools, link: Link, message: LinkMessage) -> DossierRow | None:
    """The one-stop's dossier that the message names by any of its numbers."""
    values = (message.number, *(number.value for number in message.numbers))
    for value in values:
        blind = blind_number(tools, value)
        for kind in ("ma_ho_so", None):
            found = await tools.store.find([(None, kind, blind)], EVERYTHING)
            row = await _of(tools, link, found[0]) if len(found) == 1 else None
            if row is not None:
                return row
    return None


async def _of(tools: Tools, link: Link, dossier: DossierId) -> DossierRow | None:
    row = await tools.store.dossier(dossier, EVERYTHING)
    return row if row is not None and row.case.sender == link.one_stop else None


async def _once(
    tools: Tools, link: Link, message: LinkMessage, row: DossierRow | None
) -> PassedOn | None:
    """Do it, unless it was done; None: somebody else did something first."""
    said = {"operation": message.operation, "body": dict(message.body)}
    print_ = fingerprint(tools, said)
    plain = f"link|{message.number}|{message.operation}|{print_.hex()}"
    transfers = [] if row is None else await tools.store.transfers(row.case.dossier_id)
    key = kept_key(tools, plain)
    before: Transfer | None = None
    while known := await tools.store.intake_key(link.one_stop, key):
        identifier = known.answer["transfers"][0]
        before = next((t for t in transfers if t.id == identifier), None)
        if row is None or before is None:
            return None
        if not _is_meant_anew(row, message, before):
            return PassedOn(before, repeated=True)
        key = kept_key(tools, f"{plain}|{identifier}")
    if row is None:
        change = await begun(tools, link, message, print_.hex())
    elif message.kind == HAND_OVER:
        settled = _settled(row, transfers, tools, link)
        if settled is not None:
            return settled
        change = await corrected(tools, link, message, row)
    else:
        change = await acted(tools, link, message, row)
    new = change.transfers[0]
    moves = _replaced(row, transfers, before, new.id) if row is not None else ()
    kept = IntakeKey(link.one_stop, key, print_, {"transfers": [new.id]})
    await tools.store.apply(replace(change, intake_key=kept, moves=moves))
    tools.probe.inbound(
        kind=f"link.{message.kind}",
        office=link.one_stop,
        standing="accepted",
        dossier_id=change.dossier_id,
    )
    transfer = await tools.store.transfer(new.id, EVERYTHING)
    return PassedOn(transfer, repeated=False)


def _is_meant_anew(row: DossierRow, message: LinkMessage, before: Transfer) -> bool:
    """Whether the same words are to be sent once more.

    They were refused or wait for a person; or they answer a new request of the
    office, as the same papers and the same content may.
    """
    case = row.case
    came_to_nothing = before.state in {State.REFUSED, State.CANCELLED} or (
        before.state is State.PARKED and before.fate is Fate.NOT_LEFT
    )
    if came_to_nothing:
        return True
    if before.state not in _TAKEN or case.end is not End.OPEN:
        return False
    if message.kind == SUPPLEMENT:
        return any(
            leg.pause is Pause.SUPPLEMENT and leg.place is Place.CITIZEN
            for leg in case.legs
        )
    return message.kind == HAND_OVER and case.correction_requested


def _replaced(
    row: DossierRow,
    transfers: Sequence[Transfer],
    before: Transfer | None,
    by: TransferId,
) -> tuple[Move, ...]:
    """Cancels what would hold the new one: acts that the office was heard to refuse.

    What the one-stop takes for accepted is cancelled only for the same words again.
    """
    return tuple(
        Move(t.id, t.state, State.CANCELLED, t.fate, named_by=by)
        for t in transfers
        if t.state is State.PARKED
        and t.fate is Fate.NOT_LEFT
        and "link" in t.facts
        and t.kind != HAND_OVER
        and (t == before or late_mark(t.id) not in row.case.happened)
    )


def _settled(
    row: DossierRow, transfers: Sequence[Transfer], tools: Tools, link: Link
) -> PassedOn | None:
    """What becomes of other content of a known dossier; None: it corrects it.

    Raises:
        ActionNotPossible: what is on its way may be arriving.
    """
    if row.case.end is not End.OPEN:
        return PassedOn(None, repeated=True)
    agency = tools.versions.current.offices[link.office].agency
    leg = leg_of(tools.versions.procedure_of(row.case), agency)
    handed = [t for t in transfers if leg and t.leg == leg.name and t.kind == HAND_OVER]
    if not handed:
        # It lay there before us: whether the office takes this, only the office knows.
        return None
    last = handed[-1]
    doubtful = last.fate is Fate.MAY_HAVE_LEFT and last.finished_at is None
    if last.state in _MAY_BE_THERE or doubtful:
        raise ActionNotPossible(
            code="being_handed_over",
            remedy="Hồ sơ đang được chuyển đến cơ quan, chưa rõ đã nhận hay chưa."
            " Chờ kết quả của lượt gửi rồi gửi lại bản sửa.",
        )
    if last.state in _TAKEN and not row.case.correction_requested:
        return PassedOn(last, repeated=True)
    return None
