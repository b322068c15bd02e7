"""The units by which messages of a link become dossiers and acts of the counter."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from gateway.domain.case import End, LegState, Pause, Place
from gateway.domain.errors import ActionNotPossible
from gateway.domain.identifiers import DossierId, TransferId
from gateway.domain.legal_day import legal_day
from gateway.domain.letters import normalised
from gateway.domain.procedure import Event
from gateway.domain.transfer import NewTransfer
from gateway.domain.values import replace
from gateway.intake.acceptance import complete
from gateway.intake.check import DOSSIER_SCHEMA
from gateway.intake.papers import put_away
from gateway.ports.attachments import FileSource
from gateway.ports.store import Change
from gateway.routing.link import (
    HAND_OVER,
    RESULT_HANDED,
    RESULT_WRONG,
    SUPPLEMENT,
    WITHDRAW,
    addressed,
    leg_of,
    plan_code,
)
from gateway.routing.messages import sent_mark
from gateway.routing.opening import fresh_case
from gateway.routing.progress import Step, on_dossier_event
from gateway.routing.route import plan, procedure_of_case
from gateway.sealing.advance import advance
from gateway.sealing.folder import CONTENT, DOCUMENT, Folder, blind_reference, seal_json
from gateway.sealing.index import search_words

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gateway.domain.case import Case
    from gateway.domain.identifiers import AgencyId
    from gateway.domain.procedure import Leg, Procedure
    from gateway.intake.papers import Papers
    from gateway.ports.link import LinkMessage
    from gateway.ports.store import DossierRow
    from gateway.ports.vault import DossierKey, SealedPayload
    from gateway.routing.link import Link
    from gateway.sealing.tools import Tools

MAX_FILE_BYTES = 64 * 1024 * 1024


async def begun(
    tools: Tools, link: Link, message: LinkMessage, fingerprint: str
) -> Change:
    """A dossier begins: case, plan, the hand-over, sealed document, numbers, files."""
    now, catalogue = tools.clock.now(), tools.versions.current
    agency = catalogue.offices[link.office].agency
    document = _document(link, message)
    procedure = _procedure(tools, agency, document)
    document["procedure"] = procedure.code
    identifier = DossierId(tools.chance.identifier("d"))
    key = tools.vault.new_key(identifier, link.unit)
    papers = await _papers(tools, link, key, message)
    document["documents"] = papers.documents
    route = plan(catalogue, procedure, document, legal_day(now))
    case = fresh_case(
        identifier,
        link.one_stop,
        addressed(route, link, agency),
        document,
        configuration=catalogue.version,
        fingerprint=fingerprint,
        now=now,
    )
    step = on_dossier_event(case, procedure, Event.ACCEPTED, now)
    sealed = _sealed(tools, key, message, papers)
    change = _passed(tools, link, case, step, procedure, message, sealed)
    change = complete(tools, key, change, document, papers, message.number)
    further = tuple(
        blind_reference(tools, key, one.agency, one.kind, one.value)
        for one in message.numbers
    )
    return replace(
        change,
        payloads=(*change.payloads, sealed),
        references=(*change.references, *further),
    )


async def corrected(
    tools: Tools, link: Link, message: LinkMessage, row: DossierRow
) -> Change:
    """The counter's corrected dossier replaces the former; unsent ones are overtaken."""
    now, case = tools.clock.now(), row.case
    folder = Folder.of(tools, row)
    procedure = tools.versions.procedure_of(case)
    leg = _leg(tools, link, procedure)
    papers = await _papers(tools, link, folder.key, message)
    document = {
        **_document(link, message),
        "procedure": procedure.code,
        "documents": papers.documents,
    }
    due_on = document.get("due_on")
    here = case.leg(leg.name)
    if here.place in {Place.ONE_STOP, Place.NOBODY, Place.GATEWAY}:
        state = LegState.OPEN if here.state is LegState.WAITING else here.state
        here = replace(here, place=Place.GATEWAY, since=now, asks="", state=state)
    changed = replace(
        case.with_leg(here),
        revision=case.revision + 1,
        due_on=date.fromisoformat(due_on) if due_on else case.due_on,
    )
    step = on_dossier_event(changed, procedure, Event.REVISED, now)
    sealed = _sealed(tools, folder.key, message, papers)
    change = _passed(
        tools, link, changed, step, procedure, message, sealed, before=case
    )
    kept = folder.seal_json(DOCUMENT, document)
    return replace(
        change,
        document=kept.id,
        payloads=(kept, sealed),
        words=search_words(tools, document),
        attachments=tuple(papers.links),
    )


async def acted(
    tools: Tools, link: Link, message: LinkMessage, row: DossierRow
) -> Change:
    """What the counter did later; where the case does not expect it, it goes all the same."""
    folder = Folder.of(tools, row)
    procedure = tools.versions.procedure_of(row.case)
    papers = await _papers(tools, link, folder.key, message)
    sealed = _sealed(tools, folder.key, message, papers)
    step = _step_of(tools, link, message, row.case, procedure)
    change = _passed(tools, link, row.case, step, procedure, message, sealed)
    return replace(change, payloads=(sealed,), attachments=tuple(papers.links))


def _step_of(
    tools: Tools, link: Link, message: LinkMessage, case: Case, procedure: Procedure
) -> Step:
    now = tools.clock.now()
    leg = case.leg(_leg(tools, link, procedure).name)
    finished = case.end is End.FINISHED
    if message.kind == SUPPLEMENT and leg.pause is Pause.SUPPLEMENT:
        step = on_dossier_event(case, procedure, Event.SUPPLEMENTED, now)
        told = message.facts.get("new_due_on")
        due_on = date.fromisoformat(told) if told else case.due_on
        return replace(step, case=replace(step.case, due_on=due_on))
    if message.kind == RESULT_HANDED and finished and not case.handed_out_on:
        on = message.facts.get("handed_out_on") or legal_day(now).isoformat()
        handed = replace(case, handed_out_on=date.fromisoformat(on))
        return on_dossier_event(handed, procedure, Event.HANDED_OUT, now)
    if message.kind == WITHDRAW and case.end is End.OPEN:
        return on_dossier_event(case, procedure, Event.WITHDRAWAL_REQUESTED, now)
    if message.kind == RESULT_WRONG and finished:
        return on_dossier_event(case, procedure, Event.RESULT_WRONG, now)
    return Step(case)


def _document(link: Link, message: LinkMessage) -> dict[str, Any]:
    told = normalised(dict(message.document))
    return {**told, "number": message.number, "units": {"intake": link.unit}}


def _procedure(tools: Tools, agency: AgencyId, document: dict[str, Any]) -> Procedure:
    """The procedure of the case that the counter chose, if the dossier fits it.

    Else the plan of one leg: the office says itself what it thinks of the message.
    """
    catalogue = tools.versions.current
    own = catalogue.exact(plan_code(agency), "1")
    day = legal_day(tools.clock.now())
    found = procedure_of_case(catalogue, agency, str(document.get("case", "")), day)
    if found is None or leg_of(found, agency) is None:
        return own
    whole = {**document, "procedure": found.code}
    schemas = (DOSSIER_SCHEMA, catalogue.schemas.get((found.code, found.version), ""))
    wrong = any(tools.schemas.errors(schema, whole) for schema in schemas if schema)
    return own if wrong else found


async def _papers(
    tools: Tools, link: Link, key: DossierKey, message: LinkMessage
) -> Papers:
    parts = {
        f"f{place}": await tools.attachments.put(
            _once(file.plain),
            limit_bytes=MAX_FILE_BYTES,
            source=FileSource("link", link.one_stop),
        )
        for place, file in enumerate(message.files)
    }
    papers = [dict(paper) for paper in message.papers]
    return await put_away(tools, key, link.one_stop, papers, parts)


async def _once(plain: bytes) -> AsyncIterator[bytes]:
    yield plain


def _sealed(
    tools: Tools, key: DossierKey, message: LinkMessage, papers: Papers
) -> SealedPayload:
    """The message as it came, and the papers whose files belong into it."""
    content = {"link": message.body, "documents": papers.documents}
    return seal_json(tools, key, CONTENT, content)


def _leg(tools: Tools, link: Link, procedure: Procedure) -> Leg:
    agency = tools.versions.current.offices[link.office].agency
    leg = leg_of(procedure, agency)
    if leg is None:
        raise ActionNotPossible(
            code="no_such_leg", remedy="Hồ sơ này không có phần việc của cơ quan đó."
        )
    return leg


def _passed(
    tools: Tools,
    link: Link,
    case: Case,
    step: Step,
    procedure: Procedure,
    message: LinkMessage,
    sealed: SealedPayload,
    before: Case | None = None,
) -> Change:
    """The change of a step with the one transfer to the office in front.

    The rules make none to that office: it is told by the one-stop's own words.
    """
    before = before or case
    agency = tools.versions.current.offices[link.office].agency
    leg = _leg(tools, link, procedure)
    change = advance(
        before,
        replace(step, told_by=agency, answered=True),
        procedure=procedure,
        catalogue=tools.versions.current,
        chance=tools.chance,
        now=tools.clock.now(),
        actor=link.one_stop,
    )
    new = NewTransfer(
        id=TransferId(tools.chance.identifier("t")),
        agency=agency,
        office=link.office,
        leg=leg.name,
        conversation=leg.name,
        kind=message.kind,
        revision=step.case.revision,
        facts={"link": link.one_stop},
        payload=sealed.id,
        # A later dossier replaces an earlier one; an act replaces no other act.
        overtakes=frozenset({HAND_OVER} & {message.kind}),
        dependent=False,
    )
    after = change.case or replace(before, version=before.version + 1)
    sent = sent_mark(leg.name, message.kind)
    if sent not in after.happened:
        after = replace(after, happened=(*after.happened, sent))
    return replace(change, case=after, transfers=(new, *change.transfers))
