"""What ending something by hand would do: computed by the code that does it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.domain.case import End, LegState
from gateway.domain.closing import GOING
from gateway.domain.legal_day import legal_day
from gateway.domain.procedure import Event, Trigger
from gateway.domain.transfer import (
    TO_ONE_STOP,
    Fate,
    Move,
    State,
    Transfer,
    only_tells,
)
from gateway.domain.values import dataclass, replace
from gateway.ports.store import Change
from gateway.routing.closing import on_closed
from gateway.routing.messages import (
    STATUS,
    Enclosure,
    Making,
    sent_mark,
    withdrawal,
)
from gateway.sealing.advance import advance, cancellable, cancelled

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gateway.domain.case import Case
    from gateway.domain.closing import Closing
    from gateway.domain.procedure import Procedure
    from gateway.domain.transfer import NewTransfer
    from gateway.ports.measured import ClockRow
    from gateway.ports.store import DossierRow
    from gateway.sealing.tools import Tools

_ON_ITS_WAY = frozenset(
    {State.WAITING, State.DUE, State.SENDING, State.UNCONFIRMED, State.PARKED}
)


@dataclass(frozen=True, slots=True)
class Outlook:
    """What would change, and what would not.

    ``unsure`` may have left and has to be settled first; ``held`` an office has;
    ``given_up`` is ended, and nobody knows whether it arrived.
    """

    before: Case
    after: Case
    made: tuple[NewTransfer, ...]
    cancels: tuple[Transfer, ...]
    unsure: tuple[Transfer, ...]
    held: tuple[Transfer, ...]
    given_up: tuple[Transfer, ...]
    withdrawable: tuple[str, ...]
    #: legs whose offices could be told that the dossier is taken back
    told: str
    #: the sentence that the one-stop gets; empty: it gets none
    clocks: tuple[ClockRow, ...] = ()
    #: running ones of what ends, as they were last measured
    withdrawals: frozenset[str] = frozenset()
    #: of ``made`` those that take the dossier back from an office

    @property
    def ends(self) -> tuple[str, ...]:
        """Legs that are over by it."""
        return ending(self.before, self.after)

    @property
    def starts(self) -> tuple[str, ...]:
        """Legs that begin by it."""
        return tuple(
            one.name
            for one in self.after.legs
            if one.state in GOING
            and self.before.leg(one.name).state is LegState.WAITING
        )

    @property
    def seen(self) -> tuple[str, ...]:
        """Tokens of all that somebody decides about, for comparing; in order."""
        stood = [self.before.leg(name) for name in self.ends]
        return (
            *(f"stands:{one.name}.{one.state}.{one.place}" for one in stood),
            *(f"ends:{name}" for name in self.ends),
            *(f"starts:{name}" for name in self.starts),
            *(f"cancels:{one.id}" for one in self.cancels),
            *(f"held:{one.id}" for one in self.held),
            *(f"given_up:{one.id}" for one in self.given_up),
            *(f"makes:{one.leg}.{one.kind}.{one.parked or ''}" for one in self.made),
            *([f"end:{self.after.end}"] if self.after.end is not End.OPEN else []),
        )


def ending(before: Case, after: Case) -> tuple[str, ...]:
    """Legs that are over after something and were not before."""
    over = {LegState.ENDED, LegState.SKIPPED}
    return tuple(
        one.name
        for one in after.legs
        if one.state is LegState.ENDED and before.leg(one.name).state not in over
    )


async def outlook(
    tools: Tools,
    row: DossierRow,
    closing: Closing,
    said: Mapping[str, Any],
    *,
    actor: str,
    named_by: str,
) -> tuple[Outlook, Change]:
    """What would happen, and the change that makes it happen, without the decision.

    ``named_by``: what cancelled transfers name; ``said``: what the case keeps.
    """
    case, now = row.case, tools.clock.now()
    procedure, catalogue = tools.versions.procedure_of(case), tools.versions.current
    making = Making(procedure, catalogue, tools.chance, legal_day(now))
    change = advance(
        case,
        on_closed(case, procedure, closing, said, now),
        procedure=procedure,
        catalogue=catalogue,
        chance=tools.chance,
        now=now,
        actor=actor,
        enclosure=Enclosure({}, lacking=True),
    )
    after = change.case or case
    over = ending(case, after)
    sent = [t for t in await tools.store.transfers(case.dossier_id) if _outward(t)]
    theirs = [t for t in sent if t.leg in over]
    possible = _withdrawable(case, procedure, theirs, closing.leg or None, over)
    after, back = _withdrawn(after, closing.withdraws & set(possible), making)
    change = replace(change, transfers=(*change.transfers, *back))
    found = Outlook(
        before=case,
        after=after,
        made=tuple(one for one in change.transfers if one.kind != STATUS),
        cancels=tuple(cancellable(theirs)),
        unsure=_unsure(theirs),
        held=tuple(t for t in theirs if t.fate is Fate.AGENCY_HAS_IT),
        given_up=_given_up(theirs),
        withdrawable=possible,
        told=_told(change),
        clocks=await _clocks(tools, after, over),
        withdrawals=frozenset(one.id for one in back),
    )
    moves = _moves(after, sent, theirs, named_by)
    return found, replace(change, case=after, moves=moves)


def _told(change: Change) -> str:
    """The sentence of the status that the one-stop gets."""
    told = [one for one in change.transfers if one.kind == STATUS]
    return str(told[0].facts["sentence"]) if told else ""


def _given_up(theirs: Sequence[Transfer]) -> tuple[Transfer, ...]:
    """Those that are over, and nobody knows whether they arrived."""
    return tuple(
        one
        for one in theirs
        if one.fate is Fate.MAY_HAVE_LEFT and one.state not in _ON_ITS_WAY
    )


async def _clocks(
    tools: Tools, after: Case, over: Sequence[str]
) -> tuple[ClockRow, ...]:
    rows = await tools.measures.clock_rows(after.dossier_id)
    return tuple(one for one in rows if one.due_at and _stops(one, after, over))


def _withdrawn(
    after: Case, legs: Iterable[str], making: Making
) -> tuple[Case, list[NewTransfer]]:
    """The case with what takes the dossier back noted, and those messages."""
    made = []
    for leg in sorted(legs):
        found = withdrawal(after, leg, making)
        if found is not None:
            after, new = found
            made.append(new)
    return after, made


def _outward(transfer: Transfer) -> bool:
    return transfer.conversation not in TO_ONE_STOP and not only_tells(transfer)


def _stops(clock: ClockRow, after: Case, over: Iterable[str]) -> bool:
    return after.end is not End.OPEN if not clock.leg else clock.leg in over


def _unsure(theirs: Sequence[Transfer]) -> tuple[Transfer, ...]:
    """Those that an office may be taking, or have: nobody can end anything over them."""
    sure = {one.id for one in cancellable(theirs)}
    return tuple(t for t in theirs if t.state in _ON_ITS_WAY and t.id not in sure)


def _withdrawable(
    case: Case,
    procedure: Procedure,
    theirs: Sequence[Transfer],
    leg: str | None,
    over: Sequence[str],
) -> tuple[str, ...]:
    """Legs whose office has the dossier, and whose plan has a message to take it back."""
    asked = Trigger("", Event.WITHDRAWAL_REQUESTED)
    found = []
    for name in over if leg is None else (leg,):
        kinds = [m.kind for m in procedure.leg(name).messages if asked in m.on]
        has = any(t.leg == name and t.fate is Fate.AGENCY_HAS_IT for t in theirs)
        sent = any(sent_mark(name, kind) in case.happened for kind in kinds)
        if kinds and has and not sent:
            found.append(name)
    return tuple(found)


def _moves(
    after: Case, sent: Sequence[Transfer], theirs: Sequence[Transfer], named_by: str
) -> tuple[Move, ...]:
    """Cancels what has not left; with the dossier, nothing is asked about any more."""
    ended = after.end is not End.OPEN
    return (
        *(cancelled(one, named_by) for one in cancellable(theirs)),
        *(
            Move(one.id, State.DELIVERED, State.ANSWERED, one.fate)
            for one in sent
            if ended and one.poll_at is not None and one.state is State.DELIVERED
        ),
    )
