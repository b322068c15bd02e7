"""The counter accepts a dossier that an agency handed over: one dossier, both numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.domain.case import awaits_acceptance
from gateway.domain.errors import DossierContradiction, DossierInvalid, FieldError
from gateway.domain.handed_over import LINKED, accepted_by
from gateway.domain.legal_day import legal_day
from gateway.domain.principal import EVERYTHING
from gateway.domain.procedure import Event
from gateway.domain.text import normal_number
from gateway.domain.values import replace
from gateway.intake.acceptance import ONE_STOP, answer_of, completed, sealed_received
from gateway.intake.papers import put_away
from gateway.routing.messages import Enclosure
from gateway.routing.opening import fresh_case
from gateway.routing.progress import on_dossier_event
from gateway.routing.route import plan
from gateway.sealing.advance import advance
from gateway.sealing.folder import Folder, blind_number
from gateway.sealing.received import with_received

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from gateway.domain.case import Case
    from gateway.domain.identifiers import OfficeId
    from gateway.domain.letters import Reading
    from gateway.domain.procedure import Procedure
    from gateway.domain.report import Reference
    from gateway.intake.papers import Papers
    from gateway.ports.attachments import StoredAttachment
    from gateway.ports.store import Change, DossierRow
    from gateway.sealing.tools import Tools


async def handed_over(
    tools: Tools, procedure: Procedure, document: Mapping[str, Any]
) -> DossierRow | None:
    """The dossier that is known by the linked number of a document.

    None: there is no such number, or dossiers are not fetched from who gives them.

    Raises:
        DossierInvalid: they are, and none with that number has come.
    """
    number = document.get("linked_number")
    if not number:
        return None
    wanted = (ONE_STOP, LINKED, blind_number(tools, str(number)))
    found = await tools.store.find([wanted], EVERYTHING)
    if found:
        return await tools.store.dossier(found[0], EVERYTHING)
    told = {leg.agency for leg in procedure.legs if leg.tells}
    offices = tools.versions.current.offices.values()
    if any(one.agency in told and one.is_fetched_from for one in offices):
        raise _never_came()
    return None


def may_accept(row: DossierRow, sender: OfficeId) -> bool:
    """Whether a dossier waits for this sender to accept it."""
    return row.case.sender == sender and awaits_acceptance(row.case)


def own_numbers(references: Iterable[Reference]) -> frozenset[str]:
    """The one-stop's own dossier codes among all numbers of a dossier, normalised."""
    return frozenset(
        normal_number(one.value) for one in references if one.kind == "ma_ho_so"
    )


def must_be_its_own(known: Collection[str], number: str) -> None:
    """Refuse another code than the one under which the counter has the dossier.

    Raises:
        DossierContradiction: steps were told under that one.
    """
    if known and normal_number(number) not in known:
        raise DossierContradiction(
            code="number_of_another",
            remedy="Một cửa đã báo hồ sơ liên thông này dưới một mã hồ sơ khác; gửi lại"
            " với mã ấy.",
        )


async def adoption(
    tools: Tools,
    row: DossierRow,
    procedure: Procedure,
    reading: Reading,
    print_: bytes,
    parts: Mapping[str, StoredAttachment],
) -> tuple[Change, dict[str, Any]]:
    """The unit that accepts it: the next revision, the counter's number, first messages.

    Raises:
        DossierInvalid: it runs under another procedure, or a file is not there.
        DossierContradiction: the counter has it under another number already.
    """
    case, catalogue, now = row.case, tools.versions.current, tools.clock.now()
    if procedure.code != case.procedure:
        raise _of_another_procedure(case)
    folder = Folder.of(tools, row)
    known = own_numbers(await folder.references())
    must_be_its_own(known, str(reading.document["number"]))
    document, papers = await _document(tools, folder, reading, parts)
    fresh = fresh_case(
        case.dossier_id,
        case.sender,
        plan(catalogue, procedure, document, legal_day(now)),
        document,
        configuration=catalogue.version,
        fingerprint=print_.hex(),
        now=now,
    )
    received = sealed_received(tools, folder.key, reading)
    begun = with_received(_as_it_stands(fresh, case, procedure), received)
    step = on_dossier_event(begun, procedure, Event.ACCEPTED, now)
    change = advance(
        case,
        replace(step, answered=True),
        procedure=procedure,
        catalogue=catalogue,
        chance=tools.chance,
        now=now,
        actor=case.sender,
        enclosure=Enclosure({}, parked=reading.doubt),
    )
    number = str(document["number"])
    answer = answer_of(change.case or begun, catalogue, number)
    change = completed(tools, folder.key, change, document, papers, number)
    return replace(change, payloads=(*change.payloads, *received)), answer


async def _document(
    tools: Tools,
    folder: Folder,
    reading: Reading,
    parts: Mapping[str, StoredAttachment],
) -> tuple[dict[str, Any], Papers]:
    """What came and what the counter says of it, in one, with every file put away."""
    case = folder.row.case
    document = accepted_by(await folder.document(case.revision), reading.document)
    papers = await put_away(
        tools,
        folder.key,
        case.sender,
        list(document["documents"]),
        parts,
        own=await tools.store.attachments(case.dossier_id),
    )
    return {**document, "documents": papers.documents}, papers


def _as_it_stands(fresh: Case, case: Case, procedure: Procedure) -> Case:
    """The case of the acceptance in the place of the one that was handed over.

    Its key is bound to the unit that it had; who handed it over stays who is told.
    """
    told = {leg.name for leg in procedure.legs if leg.tells}
    names = {leg.name for leg in case.legs} & told
    legs = tuple(case.leg(leg.name) if leg.name in names else leg for leg in fresh.legs)
    return replace(
        fresh,
        version=case.version,
        unit=case.unit,
        revision=case.revision + 1,
        round=max(case.round, fresh.round),
        told=case.told,
        happened=case.happened,
        legs=legs,
        facts={**case.facts, **fresh.facts},
    )


def _of_another_procedure(case: Case) -> DossierInvalid:
    wrong = FieldError(
        "/procedure",
        "procedure_differs",
        f"Hồ sơ liên thông này thuộc thủ tục {case.procedure}.",
        f"This linked dossier is of procedure {case.procedure}.",
    )
    return DossierInvalid((wrong,))


def _never_came() -> DossierInvalid:
    wrong = FieldError(
        "/linked_number",
        "linked_number_unknown",
        "Cổng chưa lấy được hồ sơ liên thông mang mã này. Kiểm tra lại mã; nếu đúng thì chờ"
        " vài phút cho lần lấy tới rồi gửi lại.",
        "No linked dossier of this number has come yet. Check the number; if it is right,"
        " wait some minutes for the next fetch and send again.",
    )
    return DossierInvalid((wrong,))
