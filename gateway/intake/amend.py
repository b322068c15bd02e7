"""The counter corrects a dossier or the applicant takes it back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from gateway.domain.area_numbers import COMMUNE_ON
from gateway.domain.closing import closed
from gateway.domain.errors import ActionNotPossible, DossierContradiction
from gateway.domain.legal_day import legal_day
from gateway.domain.letters import read, spoken, with_marks
from gateway.domain.procedure import Event
from gateway.domain.text import normal_number
from gateway.domain.transfer import TO_ONE_STOP, Move, only_tells
from gateway.intake.acceptance import sealed_received
from gateway.intake.acts import Act, advanced, must_be_open, once, with_doubts
from gateway.intake.check import procedure_for
from gateway.intake.examining import must_be_accepted
from gateway.intake.papers import Papers, put_away
from gateway.intake.submit import Accepted, with_warnings
from gateway.routing.messages import Enclosure
from gateway.routing.progress import (
    Step,
    fresh_leg,
    on_dossier_event,
)
from gateway.routing.route import COMMUNES, ROUTED, plan
from gateway.routing.taking_back import ended_unsent, told_of_it, without_parts
from gateway.sealing.advance import (
    cancellable,
    cancelled,
    lies_nowhere,
    parts_nowhere,
)
from gateway.sealing.folder import CONTENT, DOCUMENT, Folder
from gateway.sealing.index import search_words
from gateway.sealing.received import with_received

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.domain.case import Case
    from gateway.domain.correction import Decided
    from gateway.domain.journal import JournalLine
    from gateway.domain.principal import Principal
    from gateway.domain.procedure import Procedure
    from gateway.domain.transfer import Move, Transfer
    from gateway.ports.attachments import StoredAttachment
    from gateway.ports.store import Change, DossierRow
    from gateway.ports.vault import SealedPayload
    from gateway.sealing.tools import Tools


@dataclass(frozen=True, slots=True)
class Approved:
    """What staff decided of a dossier: a correction, by the second person, or a route."""

    decided: Decided | None
    line: JournalLine
    reason: SealedPayload

    def in_unit_of(self, change: Change) -> Change:
        """The change that also decides it."""
        return replace(
            change,
            corrections=(self.decided,) if self.decided else (),
            payloads=(*change.payloads, self.reason),
            journal=(self.line, *change.journal),
        )


async def revise(
    tools: Tools,
    principal: Principal,
    number: str,
    document: dict[str, Any],
    *,
    key: str,
    parts: Mapping[str, StoredAttachment],
    approved: Approved | None = None,
) -> Accepted:
    """Replace the document by a corrected one; ``revision`` must be the next.

    ``approved``: staff asked for it and this decides it, with its line.

    Raises:
        DossierContradiction: the revision is not the next one.
        ActionNotPossible: the agency has the dossier and asked for no correction.
    """
    content = {k: v for k, v in document.items() if k != "idempotency_key"}
    reading = read(content)

    async def decide(row: DossierRow) -> Change:
        case = row.case
        must_be_open(case)
        _must_be_next(case, content)
        await _must_be_the_same(tools, row, content)
        now, procedure = tools.clock.now(), tools.versions.procedure_of(case)
        procedure_for(tools.versions.current, tools.schemas, content, now=now)
        unsent = await replaced_by(tools, case)
        folder = Folder.of(tools, row)
        papers = await put_away(
            *(tools, folder.key, case.sender),
            list(reading.document.get("documents", ())),
            parts,
            own=await tools.store.attachments(case.dossier_id),
        )
        clean = {**reading.document, "documents": papers.documents}
        received = sealed_received(tools, folder.key, reading)
        changed = with_received(_revised(tools, case, procedure, clean), received)
        step = _revision_step(case, changed, procedure, now)
        actor = approved.line.actor if approved else case.sender
        doubt = Enclosure({}, parked=reading.doubt)
        change = advanced(tools, case, step, procedure, actor, doubt)
        change = replace(change, moves=_replaced(change, unsent))
        change = _with_document(tools, folder, change, clean, papers, received)
        return approved.in_unit_of(change) if approved else change

    act = Act("revision", principal, number, key, content)
    return with_warnings(await once(tools, act, decide), reading)


def _revision_step(
    case: Case, changed: Case, procedure: Procedure, now: datetime
) -> Step:
    """What a revision leads to; where nothing has happened it is accepted anew."""
    step = on_dossier_event(changed, procedure, Event.REVISED, now)
    if any(leg.happened for leg in case.legs):
        return step
    opened = on_dossier_event(step.case, procedure, Event.ACCEPTED, now)
    return replace(opened, happened=(*opened.happened, *step.happened))


def _is_outward(transfer: Transfer) -> bool:
    """Whether an agency has something of the dossier by it."""
    return transfer.conversation not in TO_ONE_STOP and not only_tells(transfer)


def _must_be_correctable(case: Case) -> None:
    """An agency that has the dossier takes a corrected one only if it asked for it.

    Nobody has accepted what an agency handed over: it is not the counter's to correct.
    """
    must_be_accepted(case)
    if any(leg.happened for leg in case.legs) and not case.correction_requested:
        raise ActionNotPossible(
            code="already_handed_over",
            remedy="Cơ quan đã nhận hồ sơ. Cơ quan yêu cầu bổ sung thì gửi"
            " POST /v1/dossiers/{mã hồ sơ}/supplements; muốn sửa nội dung thì gọi cơ"
            " quan, hoặc rút hồ sơ để nộp lại.",
        )


async def replaced_by(tools: Tools, case: Case) -> list[Transfer]:
    """Unsent messages that a correction replaces before any agency has the dossier.

    Raises:
        ActionNotPossible: an office may be taking it just now; which one has it
            must be known before it is routed anew; or it has the dossier already.
    """
    _must_be_correctable(case)
    if any(leg.happened for leg in case.legs):
        return []
    outward = [
        t
        for t in await tools.store.transfers(case.dossier_id)
        if _is_outward(t) and t.finished_at is None
    ]
    unsent = cancellable(outward)
    if len(unsent) < len(outward):
        raise ActionNotPossible(
            code="being_handed_over",
            remedy="Hồ sơ đang được chuyển đến cơ quan, chưa rõ đã nhận hay chưa."
            " Chờ kết quả rồi gửi lại bản sửa; lượt gửi đang chờ cán bộ xử lý thì đề nghị"
            " người trực cổng hủy lượt gửi trước.",
        )
    return unsent


def _replaced(change: Change, unsent: Sequence[Transfer]) -> tuple[Move, ...]:
    """Cancels them by name; one that leaves meanwhile makes the change fail."""
    return tuple(
        cancelled(
            old,
            next(
                (
                    new.id
                    for new in change.transfers
                    if new.leg == old.leg and old.kind in new.overtakes
                ),
                "revision",
            ),
        )
        for old in unsent
    )


async def _must_be_the_same(
    tools: Tools, row: DossierRow, content: Mapping[str, Any]
) -> None:
    """A corrected document keeps the number that it corrects."""
    known = await Folder.of(tools, row).references()
    wanted = normal_number(str(content.get("number", "")))
    if wanted not in {normal_number(r.value) for r in known if r.kind == "ma_ho_so"}:
        raise DossierContradiction(
            code="number_differs",
            remedy="Mã hồ sơ trong nội dung khác mã trên đường dẫn; gửi lại cho đúng.",
        )


def _must_be_next(case: Case, content: Mapping[str, Any]) -> None:
    if content.get("revision", case.revision + 1) != case.revision + 1:
        raise DossierContradiction(
            code="revision_not_next",
            remedy=f"Bản đang lưu là bản {case.revision}; gửi bản sửa với revision ="
            f" {case.revision + 1}.",
        )


def _revised(
    tools: Tools, case: Case, procedure: Procedure, document: Mapping[str, Any]
) -> Case:
    """The case of the next revision; routed anew while no agency has anything."""
    now = tools.clock.now()
    due_on = document.get("due_on")
    catalogue = tools.versions.current
    route = plan(catalogue, procedure, document, legal_day(now))
    is_there = any(leg.happened for leg in case.legs)
    told = case.facts["leg_facts"]
    if is_there and told.get(COMMUNE_ON):
        # Whoever has the dossier has it under the communes of its day.
        own = plan(catalogue, procedure, document, date.fromisoformat(told[COMMUNE_ON]))
        route = own if own.area.code else route
    others = {k: v for k, v in told.items() if k not in ROUTED}
    changed = replace(
        case,
        revision=case.revision + 1,
        due_on=date.fromisoformat(due_on) if due_on else case.due_on,
        facts={
            **{name: fact for name, fact in case.facts.items() if name != COMMUNES},
            **route.facts,
            "leg_facts": {**others, **route.leg_facts},
        },
    )
    if is_there:
        return changed
    legs = tuple(
        # Who handed the dossier over stays who is told; what people ended stays ended.
        case.leg(p.leg.name)
        if p.leg.tells or closed(case, p.leg.name) is not None
        else fresh_leg(p.leg, p.office, now, skipped=bool(p.skipped))
        for p in route.legs
    )
    return replace(changed, legs=legs, unrouted=route.unrouted)


def _with_document(
    tools: Tools,
    folder: Folder,
    change: Change,
    document: Mapping[str, Any],
    papers: Papers,
    received: tuple[SealedPayload, ...],
) -> Change:
    sealed = folder.seal_json(DOCUMENT, document)
    return replace(
        change,
        document=sealed.id,
        payloads=(sealed, *received),
        words=search_words(tools, document),
        attachments=tuple(papers.links),
        uploads_used=tuple(papers.uploads_used),
    )


async def withdraw(
    tools: Tools,
    principal: Principal,
    number: str,
    content: dict[str, Any],
    *,
    key: str,
) -> Accepted:
    """The applicant takes the dossier back.

    What has not left is cancelled by name; when nothing had left at all, the
    dossier ends at once, else each agency that has its part is told and ends it.
    """
    reading = spoken(content)

    async def decide(row: DossierRow) -> Change:
        case = row.case
        must_be_open(case)
        transfers = await tools.store.transfers(case.dossier_id)
        outward = [t for t in transfers if _is_outward(t)]
        procedure = tools.versions.procedure_of(case)
        now = tools.clock.now()
        step = on_dossier_event(case, procedure, Event.WITHDRAWAL_REQUESTED, now)
        if lies_nowhere(case, outward):
            ended = ended_unsent(step.case, now)
            change = advanced(
                tools, case, Step(ended), procedure, case.sender, Enclosure({})
            )
            moves = tuple(cancelled(t, "withdrawal") for t in cancellable(outward))
            return replace(change, moves=moves)
        folder = Folder.of(tools, row)
        sealed = folder.seal_json(CONTENT, with_marks(reading))
        enclosure = Enclosure({}, sealed.id)
        unsent = parts_nowhere(case, outward) & told_of_it(case, procedure)
        left = without_parts(step.case, procedure, unsent, now)
        change = advanced(
            tools, case, replace(step, case=left), procedure, case.sender, enclosure
        )
        needless = cancellable([t for t in outward if t.leg in unsent])
        moves = tuple(cancelled(t, "withdrawal") for t in needless)
        return replace(change, payloads=(sealed,), moves=moves)

    act = Act("withdrawal", principal, number, key, content)
    return with_doubts(await once(tools, act, decide), reading)
