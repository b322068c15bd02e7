"""One attempt, from the opened dossier to the recorded outcome."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple

from gateway.delivery.assemble import assemble
from gateway.delivery.late import with_late_refusal
from gateway.delivery.needless import (
    ENDED,
    WITHDRAWAL,
    end_withdrawn,
    has_not_left,
    outlived,
    outward_after,
)
from gateway.delivery.overtaken import (
    is_news,
    keep_back,
    nobody_settled,
    still_ours,
)
from gateway.delivery.settle import Verdict, after_attempt
from gateway.domain import asked
from gateway.domain.attempt import AttemptRecord, Outcome
from gateway.domain.case import End
from gateway.domain.errors import (
    AgencyUnavailable,
    ChangedMeanwhile,
    DeliveryError,
    DeliveryUnknown,
    KeyTaken,
    NeedsConfiguration,
    StoreError,
)
from gateway.domain.journal import JournalLine
from gateway.domain.json_text import as_json
from gateway.domain.principal import EVERYTHING
from gateway.domain.transfer import TO_ONE_STOP, Fate, Move, State, only_tells
from gateway.domain.values import replace
from gateway.ports.agency import Answer, KindTraits, answer_of
from gateway.ports.asked import noting
from gateway.ports.store import Change
from gateway.routing.outcomes import on_delivered, on_question, on_refused_message
from gateway.routing.progress import Step
from gateway.sealing.advance import advance
from gateway.sealing.folder import Folder

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    from gateway.delivery.leases import Lease
    from gateway.domain.identifiers import AgencyId, OfficeId, TransferId
    from gateway.domain.lane import LaneLimits
    from gateway.domain.report import AgencyReport
    from gateway.domain.transfer import Transfer
    from gateway.ports.agency import OutboundMessage
    from gateway.ports.store import Applied, BlindReference, Claimed, DossierRow
    from gateway.ports.vault import SealedPayload
    from gateway.sealing.tools import Tools

    Arrive = Callable[
        [AgencyId, OfficeId, AgencyReport, datetime, TransferId | None],
        Awaitable[object],
    ]

#: How often a change is decided anew when others changed the dossier first.
TRIES = 20
#: An answer of the agency that is kept is cut here.
MAX_KEPT_RESPONSE_BYTES = 65536


async def attempt(
    tools: Tools, claimed: Claimed, limits: LaneLimits, *, lease: Lease
) -> Answer:
    """Send once. The lease is looked at by ``mono`` just before anything leaves."""
    with noting() as noted:
        answer = await _answer(tools, claimed, limits, lease)
    return replace(
        answer, transfer_id=claimed.transfer.id, left=noted[-1] if noted else None
    )


async def _answer(
    tools: Tools, claimed: Claimed, limits: LaneLimits, lease: Lease
) -> Answer:
    transfer = claimed.transfer
    try:
        adapter = tools.adapters.of(transfer.office)
        message = await _assembled(tools, claimed)
        if tools.clock.mono() >= lease.ends:
            return Answer(Outcome.NOT_DELIVERED, "lease_over")
        # The adapter keeps its own time; this only bounds one that does not.
        async with asyncio.timeout(limits.timeout_s + 1.0):
            answers = await adapter.submit([message], timeout_s=limits.timeout_s)
        answer = answers[0]
    except TimeoutError:
        return Answer(Outcome.UNKNOWN, "timeout")
    except DeliveryError as error:
        return answer_of(error)
    except Exception as error:  # noqa: BLE001  else it would be sent again for ever
        tools.probe.trouble("delivery.attempt", error)
        return Answer(Outcome.UNKNOWN, DeliveryUnknown.default_code)
    return answer


async def _assembled(tools: Tools, claimed: Claimed) -> OutboundMessage:
    """The message; whatever keeps it from being made, nothing of it has left.

    Raises:
        NeedsData: the document that it should carry was deleted.
        NeedsConfiguration: what is kept of it cannot be opened.
        AgencyUnavailable: the store gives nothing now.
    """
    try:
        return await assemble(tools, claimed)
    except DeliveryError:
        raise
    except StoreError as error:
        raise AgencyUnavailable("store", code=error.code) from error
    except Exception as error:
        tools.probe.trouble("delivery.assemble", error)
        raise NeedsConfiguration(code="message_unreadable") from error


async def record(
    tools: Tools,
    claimed: Claimed,
    traits: KindTraits,
    answer: Answer,
    limits: LaneLimits,
    *,
    started_at: datetime,
) -> Applied | None:
    """Write down how an attempt ended; None when the lease had been taken away."""
    now = tools.clock.now()
    verdict = after_attempt(
        claimed.transfer, traits, answer, limits, now=now, draw=tools.chance.draw()
    )
    return await write(
        tools, claimed, verdict, answer, purpose="submit", started_at=started_at
    )


async def write(
    tools: Tools,
    claimed: Claimed,
    verdict: Verdict,
    answer: Answer,
    *,
    purpose: str,
    started_at: datetime,
    actor: str = "gateway",
) -> Applied | None:
    """Apply a verdict in one unit with the attempt and all that follows from it."""
    transfer, row = claimed.transfer, claimed.dossier
    tried = _Try(purpose, started_at, actor)
    stays_here = has_not_left(transfer, verdict)
    if stays_here:
        # The claim's dossier may have been withdrawn while the attempt was under way.
        row = await tools.store.dossier(transfer.dossier_id, EVERYTHING) or row
    for _ in range(TRIES):
        outward = (
            await outward_after(tools, row.case, transfer, verdict.state, verdict.fate)
            if stays_here
            else ()
        )
        change = _change(tools, row, transfer, verdict, answer, outward, tried)
        try:
            return await tools.store.apply(change)
        except KeyTaken:
            # The number that came belongs to another dossier: asking or sending
            # again would bring it again, so that a person has to look.
            answer = replace(answer, introduces=())
            verdict = replace(
                verdict, state=State.PARKED, after=None, cause="number_of_another"
            )
        except ChangedMeanwhile:
            present = await tools.store.transfer(transfer.id, EVERYTHING)
            fresh = await tools.store.dossier(transfer.dossier_id, EVERYTHING)
            if present is None or fresh is None:
                return None
            row = fresh
            if nobody_settled(present, transfer, verdict):
                transfer = present
            elif still_ours(present, transfer):
                continue
            elif not await keep_back(tools, present, transfer, verdict):
                await _note_late(tools, row, present, answer, tried)
                return None
    raise ChangedMeanwhile


class _Try(NamedTuple):
    """What an attempt was for, when it began, and whose word its outcome is."""

    purpose: str
    started_at: datetime
    actor: str


async def _note_late(
    tools: Tools, row: DossierRow, present: Transfer, answer: Answer, tried: _Try
) -> None:
    """Keep what an agency said of a message that has gone on without it.

    Nothing moves; but who decides about it sees the answer, and what the agency
    reports under the number that it gave is known by that.
    """
    if not await is_news(tools, present, answer, tried.purpose, tried.started_at):
        return
    stands = Verdict(present.state, present.fate, None, present.cause)
    folder = Folder.of(tools, row)
    nothing = Change(now=tools.clock.now(), dossier_id=present.dossier_id)
    try:
        change = _told(folder, present, stands, answer, tried, nothing)
        await tools.store.apply(change)
    except KeyTaken:
        answer = replace(answer, introduces=())
        await tools.store.apply(_told(folder, present, stands, answer, tried, nothing))


def _change(
    tools: Tools,
    row: DossierRow,
    transfer: Transfer,
    verdict: Verdict,
    answer: Answer,
    outward: Sequence[Transfer],
    tried: _Try,
) -> Change:
    now = tools.clock.now()
    folder = Folder.of(tools, row)
    needless = _needless(tools, row, transfer, verdict, outward, now)
    if needless is None:
        change = _consequences(tools, row, transfer, verdict, answer, now)
        change = with_late_refusal(tools, row.case, transfer, answer, change)
    else:
        verdict, change = needless
    move = Move(
        id=transfer.id,
        was=transfer.state,
        now=verdict.state,
        fate=verdict.fate,
        after=verdict.after,
        cause=verdict.cause,
        lease_by=transfer.lease_by,
        attempts=transfer.attempts,
        named_by=verdict.named_by,
    )
    change = replace(change, moves=(move, *change.moves))
    return _told(folder, transfer, verdict, answer, tried, change)


def _told(
    folder: Folder,
    transfer: Transfer,
    verdict: Verdict,
    answer: Answer,
    tried: _Try,
    change: Change,
) -> Change:
    """The change with the attempt, what came of it, and its line in the journal."""
    kept = _response(folder, answer)
    told = AttemptRecord(
        transfer_id=transfer.id,
        purpose=tried.purpose,
        started_at=tried.started_at,
        outcome=answer.outcome,
        code=answer.code,
        times=answer.times,
        response=kept[0].id if kept else None,
        http_status=answer.http_status,
    )
    return replace(
        change,
        payloads=(*change.payloads, *kept, *_asked(folder, transfer, answer, tried)),
        references=_introduced(folder, answer),
        attempts=(told,),
        journal=(
            _line(transfer, verdict, told, kept, change.now, tried.actor),
            *change.journal,
        ),
    )


def _line(
    transfer: Transfer,
    verdict: Verdict,
    told: AttemptRecord,
    kept: tuple[SealedPayload, ...],
    now: datetime,
    actor: str,
) -> JournalLine:
    return JournalLine(
        kind="attempt",
        at=now,
        actor=actor,
        facts={
            "transfer": transfer.id,
            "kind": transfer.kind,
            "purpose": told.purpose,
            "outcome": told.outcome.value,
            "code": told.code,
            "state": verdict.state.value,
            "fate": verdict.fate.value,
        },
        payload=told.response,
        payload_digest=kept[0].digest if kept else b"",
    )


def _needless(
    tools: Tools,
    row: DossierRow,
    transfer: Transfer,
    verdict: Verdict,
    outward: Sequence[Transfer],
    now: datetime,
) -> tuple[Verdict, Change] | None:
    """The verdict on a message that nobody needs any more, and what goes with it."""
    case = row.case
    ended = end_withdrawn(tools, case, outward, transfer, now=now, actor="gateway")
    if ended is not None:
        return _cancelled(verdict, WITHDRAWAL), ended
    if has_not_left(transfer, verdict) and outlived(case, transfer):
        nothing = Change(now=now, dossier_id=case.dossier_id)
        return _cancelled(verdict, ENDED), nothing
    return None


def _cancelled(verdict: Verdict, named_by: str) -> Verdict:
    if verdict.state is State.REFUSED:
        return verdict
    return Verdict(State.CANCELLED, Fate.NOT_LEFT, None, verdict.cause, named_by)


def _consequences(
    tools: Tools,
    row: DossierRow,
    transfer: Transfer,
    verdict: Verdict,
    answer: Answer,
    now: datetime,
) -> Change:
    """What the case makes of a delivered or refused message of a leg."""
    case = row.case
    # Of a link's message it hangs on the case whether a refusal is told by itself.
    exact = has_not_left(transfer, verdict) or "link" in transfer.facts
    expects = case.version if exact else None
    nothing = Change(now=now, dossier_id=case.dossier_id, expects=expects)
    told = transfer.conversation in TO_ONE_STOP or only_tells(transfer)
    if told or case.end is not End.OPEN:
        return nothing
    procedure = tools.versions.procedure_of(case)
    step: Step
    if verdict.state is State.DELIVERED:
        step = on_delivered(case, procedure, transfer.leg, transfer.kind, now)
    elif verdict.state is State.REFUSED:
        step = on_refused_message(case, procedure, transfer.leg, transfer.kind, now)
    elif answer.outcome is Outcome.NEEDS_DATA:
        step = on_question(case, transfer.leg, answer.code, now)
    else:
        return nothing
    return advance(
        case,
        step,
        procedure=procedure,
        catalogue=tools.versions.current,
        chance=tools.chance,
        now=now,
        actor="gateway",
    )


def _asked(
    folder: Folder, transfer: Transfer, answer: Answer, tried: _Try
) -> tuple[SealedPayload, ...]:
    """The last request of an attempt that did not deliver, without its content."""
    if not answer.left or answer.outcome in {Outcome.DELIVERED, Outcome.DUPLICATE}:
        return ()
    content = as_json(asked.as_json(answer.left.kept()))
    name = asked.payload_of(transfer.id, tried.started_at)
    return (folder.key.seal(name, "asked", content),)


def _response(folder: Folder, answer: Answer) -> tuple[SealedPayload, ...]:
    if not answer.response:
        return ()
    return (folder.seal_bytes("response", answer.response[:MAX_KEPT_RESPONSE_BYTES]),)


def _introduced(folder: Folder, answer: Answer) -> tuple[BlindReference, ...]:
    return tuple(folder.reference(r.agency, r.kind, r.value) for r in answer.introduces)
