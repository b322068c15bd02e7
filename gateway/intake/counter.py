"""The counter passes on what the citizen brought, hands out and reports errors."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from gateway.domain.case import End, Pause
from gateway.domain.errors import ActionNotPossible
from gateway.domain.letters import spoken, with_marks
from gateway.domain.procedure import BY_COMMUNE_LAND, BY_ONE_STOP, Event
from gateway.domain.report import ReportKind, Standing
from gateway.domain.text import normal_number
from gateway.domain.transfer import State
from gateway.intake.acts import (
    SUPPLEMENT,
    Act,
    advanced,
    must_be_open,
    once,
    with_doubts,
)
from gateway.intake.examining import must_be_accepted
from gateway.intake.papers import put_away
from gateway.intake.submit import Accepted
from gateway.routing.messages import Enclosure
from gateway.routing.progress import on_dossier_event
from gateway.sealing.folder import CONTENT, Folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gateway.domain.identifiers import PayloadId
    from gateway.domain.principal import Principal
    from gateway.domain.procedure import Procedure
    from gateway.intake.papers import Papers
    from gateway.ports.attachments import StoredAttachment
    from gateway.ports.store import Change, DossierRow
    from gateway.ports.vault import SealedPayload
    from gateway.sealing.tools import Tools

#: Kind of the message that carries an answer.
ANSWER = "question_answer"
#: Issuers without a system of their own at the gateway: the counter answers for them.
_ASKED_HERE = frozenset({BY_ONE_STOP, BY_COMMUNE_LAND})
_CAME_TO_NOTHING = frozenset({State.REFUSED, State.CANCELLED})


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
        ActionNotPossible: no agency waits for anything, or no agency has it yet.
    """
    reading = spoken(content)

    async def decide(row: DossierRow) -> Change:
        case = row.case
        must_be_open(case)
        must_be_accepted(case)
        if not any(leg.pause is Pause.SUPPLEMENT for leg in case.legs):
            raise ActionNotPossible(
                code="no_supplement_awaited",
                remedy="Không có cơ quan nào đang chờ bổ sung hồ sơ này.",
            )
        folder = Folder.of(tools, row)
        clean = with_marks(reading)
        sealed, papers = await _sealed(tools, folder, clean, parts)
        procedure = tools.versions.procedure_of(case)
        now = tools.clock.now()
        step = on_dossier_event(case, procedure, Event.SUPPLEMENTED, now)
        facts = {"new_due_on": clean.get("new_due_on")}
        if clean.get("new_due_on"):
            due_on = date.fromisoformat(str(clean["new_due_on"]))
            step = replace(step, case=replace(step.case, due_on=due_on))
        enclosure = Enclosure(facts, sealed.id)
        change = advanced(tools, case, step, procedure, case.sender, enclosure)
        return _with_papers(change, sealed, papers)

    act = Act(SUPPLEMENT, principal, number, key, content)
    return with_doubts(await once(tools, act, decide), reading)


async def question_answered(
    tools: Tools,
    principal: Principal,
    number: str,
    content: dict[str, Any],
    *,
    key: str,
    parts: Mapping[str, StoredAttachment],
) -> Accepted:
    """Pass on what the counter answers to a question of tax.

    Raises:
        ActionNotPossible: tax asks the counter nothing, or nothing of this number.
    """
    reading = spoken(content)

    async def decide(row: DossierRow) -> Change:
        case = row.case
        must_be_open(case)
        procedure = tools.versions.procedure_of(case)
        folder = Folder.of(tools, row)
        clean = with_marks(reading)
        slip = await _slip_asked_about(tools, folder, procedure, str(clean["question"]))
        told = {**clean, "slip": slip}
        sealed, papers = await _sealed(tools, folder, told, parts)
        now = tools.clock.now()
        step = on_dossier_event(case, procedure, Event.QUESTION_ANSWERED, now)
        enclosure = Enclosure({}, sealed.id)
        change = advanced(tools, case, step, procedure, case.sender, enclosure)
        return _with_papers(change, sealed, papers)

    act = Act("question_answered", principal, number, key, content)
    return with_doubts(await once(tools, act, decide), reading)


async def _sealed(
    tools: Tools,
    folder: Folder,
    content: dict[str, Any],
    parts: Mapping[str, StoredAttachment],
) -> tuple[SealedPayload, Papers]:
    """What the counter says, sealed, and its papers put away."""
    papers = await put_away(
        tools,
        folder.key,
        folder.row.case.sender,
        list(content.get("documents", ())),
        parts,
    )
    told = {**content, "documents": papers.documents}
    return folder.seal_json(CONTENT, told), papers


def _with_papers(change: Change, sealed: SealedPayload, papers: Papers) -> Change:
    """The change with what it says, sealed, and the files that came with it."""
    return replace(
        change,
        payloads=(sealed,),
        attachments=tuple(papers.links),
        uploads_used=tuple(papers.uploads_used),
    )


async def _slip_asked_about(
    tools: Tools, folder: Folder, procedure: Procedure, question: str
) -> str:
    """The slip that an open question of this number is about.

    A question is open until it was answered, though other messages may have moved
    its leg on meanwhile: tax wants a replaced slip and an answer.

    Raises:
        ActionNotPossible: no question is open for the counter, or none of this number.
    """
    asked: dict[str, str] = {}
    if any(leg.issuer in _ASKED_HERE for leg in procedure.legs):
        reports = await tools.overview.reports(folder.row.case.dossier_id)
        applied = [r for r in reports if r.standing is Standing.APPLIED]
        named = [r.payload for r in applied if r.kind == ReportKind.QUESTION]
        for told in await _contents(folder, named):
            asked[_number_in(told)] = str(told.get("slip", ""))
    sent = await tools.store.transfers(folder.row.case.dossier_id)
    answers = [t for t in sent if t.kind == ANSWER and t.state not in _CAME_TO_NOTHING]
    for told in await _contents(folder, [t.payload for t in answers]):
        asked.pop(_number_in(told), None)
    if not asked:
        raise ActionNotPossible(
            code="no_question_open",
            remedy="Thuế không đang chờ một cửa trả lời về hồ sơ này.",
        )
    slip = asked.get(normal_number(question))
    if slip is None:
        raise ActionNotPossible(
            code="question_not_asked",
            remedy="Thuế không đang chờ trả lời văn bản mang số này; xem lại số văn bản"
            " trong sự kiện trạng thái.",
        )
    return slip


def _number_in(told: Mapping[str, Any]) -> str:
    return normal_number(str(told.get("question", "")))


async def _contents(
    folder: Folder, names: Iterable[PayloadId | None]
) -> list[dict[str, Any]]:
    found = [await folder.payload(name) for name in names if name is not None]
    return [json.loads(one[1]) for one in found if one is not None]


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
        return advanced(tools, case, step, procedure, case.sender, enclosure)

    return await once(tools, Act("handed_out", principal, number, key, content), decide)


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
    reading = spoken(content)

    async def decide(row: DossierRow) -> Change:
        case = row.case
        if case.end is not End.FINISHED:
            raise ActionNotPossible(
                code="not_finished", remedy="Hồ sơ chưa có kết quả để báo sai."
            )
        folder = Folder.of(tools, row)
        clean = with_marks(reading)
        sealed, papers = await _sealed(tools, folder, clean, parts)
        procedure = tools.versions.procedure_of(case)
        step = on_dossier_event(case, procedure, Event.RESULT_WRONG, tools.clock.now())
        change = advanced(
            tools, case, step, procedure, case.sender, Enclosure({}, sealed.id)
        )
        return _with_papers(change, sealed, papers)

    act = Act("result_wrong", principal, number, key, content)
    return with_doubts(await once(tools, act, decide), reading)
