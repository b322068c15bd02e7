"""What the counter does with a dossier later: correct, supplement, withdraw, hand out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from gateway.domain.case import End, Pause
from gateway.domain.errors import (
    ActionNotPossible,
    ChangedMeanwhile,
    DossierContradiction,
    DossierUnknown,
    KeyTaken,
)
from gateway.domain.identifiers import DossierId
from gateway.domain.procedure import Event
from gateway.domain.transfer import STATUS_CONVERSATION, Move, State
from gateway.intake.check import legal_day, normalised, procedure_for
from gateway.intake.index import search_words
from gateway.intake.papers import Papers, put_away
from gateway.intake.submit import Accepted, doubt, fingerprint, sender_of
from gateway.ports.store import IntakeKey
from gateway.routing.messages import Enclosure
from gateway.routing.progress import (
    Step,
    ended_unsent,
    fresh_leg,
    on_dossier_event,
)
from gateway.routing.route import plan
from gateway.sealing.advance import advance, cancellable
from gateway.sealing.folder import CONTENT, DOCUMENT, Folder, blind_number

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from gateway.domain.case import Case
    from gateway.domain.principal import Principal
    from gateway.domain.procedure import Procedure
    from gateway.ports.attachments import StoredAttachment
    from gateway.ports.store import Change, DossierRow
    from gateway.sealing.tools import Tools

TRIES = 20


async def find(tools: Tools, principal: Principal, number: str) -> DossierRow:
    """A dossier by any of its numbers or its identifier, within the caller's scope.

    Raises:
        DossierUnknown: none, several, or not the caller's: the same answer.
    """
    row = await tools.store.dossier(DossierId(number), principal.scope)
    if row is not None:
        return row
    blind = blind_number(tools, number)
    found = await tools.store.find([(None, None, blind)], principal.scope)
    if len(found) != 1:
        raise DossierUnknown
    row = await tools.store.dossier(found[0], principal.scope)
    if row is None:
        raise DossierUnknown
    return row


@dataclass(frozen=True, slots=True)
class Act:
    """One act of the counter: its name, its key and what it says."""

    name: str
    principal: Principal
    number: str
    key: str
    content: Mapping[str, Any]


async def _once(
    tools: Tools,
    act: Act,
    decide: Callable[[DossierRow], Awaitable[Change]],
) -> Accepted:
    """Do an act once: a repeat of the same content is answered as the first was."""
    sender = sender_of(act.principal)
    print_ = fingerprint(tools, act.content)
    key = act.key or f"{act.number}|{act.name}|{print_.hex()}"
    for _ in range(TRIES):
        known = await tools.store.intake_key(sender, key)
        if known is not None:
            if known.fingerprint != print_:
                raise DossierContradiction
            return Accepted(known.answer, repeated=True)
        row = await find(tools, act.principal, act.number)
        change = await decide(row)
        case = change.case or row.case
        answer = {
            "dossier": {
                "id": case.dossier_id,
                "number": act.number,
                "revision": case.revision,
                "round": case.round,
            },
            "act": act.name,
            "transfers": [new.id for new in change.transfers],
        }
        try:
            await tools.store.apply(
                replace(change, intake_key=IntakeKey(sender, key, print_, answer))
            )
        except (ChangedMeanwhile, KeyTaken):
            continue
        tools.probe.inbound(
            kind=act.name,
            office=sender,
            standing="accepted",
            dossier_id=case.dossier_id,
        )
        return Accepted(answer, repeated=False)
    raise ChangedMeanwhile


def _must_be_open(case: Case) -> None:
    if case.end is not End.OPEN:
        raise ActionNotPossible(
            code="dossier_ended", remedy="Hồ sơ đã kết thúc; tạo hồ sơ mới nếu cần."
        )


def _advance(
    tools: Tools,
    case: Case,
    step: Step,
    procedure: Procedure,
    actor: str,
    enclosure: Enclosure,
) -> Change:
    return advance(
        case,
        step,
        procedure=procedure,
        catalogue=tools.versions.current,
        chance=tools.chance,
        now=tools.clock.now(),
        actor=actor,
        enclosure=enclosure,
    )


async def revise(
    tools: Tools,
    principal: Principal,
    number: str,
    document: dict[str, Any],
    *,
    key: str,
    parts: Mapping[str, StoredAttachment],
) -> Accepted:
    """Replace the document by a corrected one; ``revision`` must be the next.

    Raises:
        DossierContradiction: the revision is not the next one.
        ActionNotPossible: the agency has the dossier and asked for no correction.
    """
    content = dict(document)
    content.pop("idempotency_key", None)

    async def decide(row: DossierRow) -> Change:
        case = row.case
        _must_be_open(case)
        _must_be_next(case, content)
        now = tools.clock.now()
        procedure_for(tools.versions.current, tools.schemas, content, now=now)
        procedure = tools.versions.procedure_of(case)
        if any(leg.happened for leg in case.legs) and not case.correction_requested:
            raise ActionNotPossible(
                code="already_handed_over",
                remedy="Cơ quan đã nhận hồ sơ: gửi bổ sung bằng"
                " POST /v1/dossiers/{mã hồ sơ}/supplements.",
            )
        folder = Folder.of(tools, row)
        clean = normalised(content)
        papers = await put_away(
            tools, folder.key, case.sender, list(clean.get("documents", ())), parts
        )
        clean = {**clean, "documents": papers.documents}
        changed = _revised(tools, case, procedure, clean)
        step = on_dossier_event(changed, procedure, Event.REVISED, now)
        if not any(leg.happened for leg in case.legs):
            opened = on_dossier_event(step.case, procedure, Event.ACCEPTED, now)
            step = replace(opened, happened=(*opened.happened, *step.happened))
        enclosure = Enclosure({}, parked=doubt(clean))
        change = _advance(tools, case, step, procedure, case.sender, enclosure)
        return _with_document(tools, folder, change, clean, papers)

    act = Act("revision", principal, number, key, content)
    return await _once(tools, act, decide)


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
    route = plan(tools.versions.current, procedure, document, legal_day(now))
    leg_facts = {k: v for k, v in case.facts["leg_facts"].items() if k != "commune"}
    if route.area.code:
        leg_facts["commune"] = route.area.code
    changed = replace(
        case,
        revision=case.revision + 1,
        due_on=date.fromisoformat(due_on) if due_on else case.due_on,
        facts={**case.facts, "leg_facts": leg_facts},
    )
    if any(leg.happened for leg in case.legs):
        return changed
    legs = tuple(
        fresh_leg(p.leg, p.office, now, skipped=bool(p.skipped)) for p in route.legs
    )
    return replace(changed, legs=legs, unrouted=route.unrouted)


def _with_document(
    tools: Tools,
    folder: Folder,
    change: Change,
    document: Mapping[str, Any],
    papers: Papers,
) -> Change:
    sealed = folder.seal_json(DOCUMENT, document)
    return replace(
        change,
        document=sealed.id,
        payloads=(sealed,),
        words=search_words(tools, document),
        attachments=tuple(papers.links),
        uploads_used=tuple(papers.uploads_used),
    )


async def supplement(
    tools: Tools,
    principal: Principal,
    number: str,
    content: dict[str, Any],
    *,
    key: str,
    parts: Mapping[str, StoredAttachment],
) -> Accepted:
    """Pass on what the citizen brought after a supplement request.

    Raises:
        ActionNotPossible: no agency waits for anything.
    """

    async def decide(row: DossierRow) -> Change:
        case = row.case
        _must_be_open(case)
        if not any(leg.pause is Pause.SUPPLEMENT for leg in case.legs):
            raise ActionNotPossible(
                code="no_supplement_awaited",
                remedy="Không có cơ quan nào đang chờ bổ sung hồ sơ này.",
            )
        folder = Folder.of(tools, row)
        clean = normalised(content)
        papers = await put_away(
            tools, folder.key, case.sender, list(clean.get("documents", ())), parts
        )
        sealed = folder.seal_json(CONTENT, {**clean, "documents": papers.documents})
        procedure = tools.versions.procedure_of(case)
        now = tools.clock.now()
        step = on_dossier_event(case, procedure, Event.SUPPLEMENTED, now)
        facts = {"new_due_on": clean.get("new_due_on")}
        if clean.get("new_due_on"):
            due_on = date.fromisoformat(str(clean["new_due_on"]))
            step = replace(step, case=replace(step.case, due_on=due_on))
        enclosure = Enclosure(facts, sealed.id)
        change = _advance(tools, case, step, procedure, case.sender, enclosure)
        return replace(
            change,
            payloads=(sealed,),
            attachments=tuple(papers.links),
            uploads_used=tuple(papers.uploads_used),
        )

    return await _once(
        tools, Act("supplement", principal, number, key, content), decide
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
    dossier ends at once, else the agency that has it is told and ends it.
    """

    async def decide(row: DossierRow) -> Change:
        case = row.case
        _must_be_open(case)
        transfers = await tools.store.transfers(case.dossier_id)
        outward = [t for t in transfers if t.conversation != STATUS_CONVERSATION]
        unsent = cancellable(outward)
        procedure = tools.versions.procedure_of(case)
        now = tools.clock.now()
        step = on_dossier_event(case, procedure, Event.WITHDRAWAL_REQUESTED, now)
        live = [
            t for t in outward if t.finished_at is None or t.state is State.DELIVERED
        ]
        if len(unsent) == len(live) and not any(leg.happened for leg in case.legs):
            ended = ended_unsent(step.case, now)
            change = _advance(
                tools, case, Step(ended), procedure, case.sender, Enclosure({})
            )
            moves = tuple(
                Move(t.id, t.state, State.CANCELLED, t.fate, named_by="withdrawal")
                for t in unsent
            )
            return replace(change, moves=moves)
        folder = Folder.of(tools, row)
        sealed = folder.seal_json(CONTENT, normalised(content))
        enclosure = Enclosure({}, sealed.id)
        change = _advance(tools, case, step, procedure, case.sender, enclosure)
        return replace(change, payloads=(sealed,))

    return await _once(
        tools, Act("withdrawal", principal, number, key, content), decide
    )


async def handed_out(
    tools: Tools,
    principal: Principal,
    number: str,
    content: dict[str, Any],
    *,
    key: str,
) -> Accepted:
    """The counter gave the result to the citizen."""

    async def decide(row: DossierRow) -> Change:
        case = row.case
        if case.end is not End.FINISHED:
            raise ActionNotPossible(
                code="not_finished", remedy="Hồ sơ chưa có kết quả để trả."
            )
        on = date.fromisoformat(str(content["on"]))
        procedure = tools.versions.procedure_of(case)
        now = tools.clock.now()
        changed = replace(case, handed_out_on=on)
        step = on_dossier_event(changed, procedure, Event.HANDED_OUT, now)
        enclosure = Enclosure({"handed_out_on": on.isoformat()})
        return _advance(tools, case, step, procedure, case.sender, enclosure)

    return await _once(
        tools, Act("handed_out", principal, number, key, content), decide
    )


async def result_wrong(
    tools: Tools,
    principal: Principal,
    number: str,
    content: dict[str, Any],
    *,
    key: str,
    parts: Mapping[str, StoredAttachment],
) -> Accepted:
    """The result has an error; the office that made it is told."""

    async def decide(row: DossierRow) -> Change:
        case = row.case
        if case.end is not End.FINISHED:
            raise ActionNotPossible(
                code="not_finished", remedy="Hồ sơ chưa có kết quả để báo sai."
            )
        folder = Folder.of(tools, row)
        clean = normalised(content)
        papers = await put_away(
            tools, folder.key, case.sender, list(clean.get("documents", ())), parts
        )
        sealed = folder.seal_json(CONTENT, {**clean, "documents": papers.documents})
        procedure = tools.versions.procedure_of(case)
        step = on_dossier_event(case, procedure, Event.RESULT_WRONG, tools.clock.now())
        change = _advance(
            tools, case, step, procedure, case.sender, Enclosure({}, sealed.id)
        )
        return replace(
            change,
            payloads=(sealed,),
            attachments=tuple(papers.links),
            uploads_used=tuple(papers.uploads_used),
        )

    return await _once(
        tools, Act("result_wrong", principal, number, key, content), decide
    )
