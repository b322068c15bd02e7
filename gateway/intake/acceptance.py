"""What an acceptance answers, and what it keeps beside the document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.domain.case import portal_code
from gateway.domain.identifiers import AgencyId
from gateway.domain.values import replace
from gateway.routing.telling import questions
from gateway.sealing.folder import DOCUMENT, blind_reference, seal_json
from gateway.sealing.index import search_words
from gateway.sealing.received import AS_RECEIVED

if TYPE_CHECKING:
    from gateway.domain.case import Case
    from gateway.domain.letters import Reading
    from gateway.intake.papers import Papers
    from gateway.ports.store import Change
    from gateway.ports.vault import DossierKey, SealedPayload
    from gateway.routing.catalogue import Catalogue
    from gateway.sealing.tools import Tools

ONE_STOP = AgencyId("one_stop")


def answer_of(case: Case, catalogue: Catalogue, number: str) -> dict[str, Any]:
    """What a sender is told of a dossier that it handed in."""
    code = portal_code(case)
    return {
        "dossier": {
            "id": case.dossier_id,
            "number": number,
            "revision": case.revision,
            "round": case.round,
            "accepted_at": case.accepted_at.isoformat(),
            "due_on": case.due_on.isoformat() if case.due_on else None,
            "procedure": case.procedure,
            "procedure_version": case.procedure_version,
            "portal_code": code,
            "unrouted": case.unrouted or None,
            "asks": questions(case, catalogue),
        }
    }


def sealed_received(
    tools: Tools, key: DossierKey, reading: Reading
) -> tuple[SealedPayload, ...]:
    """Every text that was turned, as it came, in one; nothing when none was."""
    if not reading.received:
        return ()
    return (seal_json(tools, key, AS_RECEIVED, dict(reading.received)),)


def complete(
    tools: Tools,
    key: DossierKey,
    change: Change,
    document: dict[str, Any],
    papers: Papers,
    number: str,
) -> Change:
    """The same of a dossier that is new, which has no key yet."""
    change = completed(tools, key, change, document, papers, number)
    return replace(change, wrapped_key=key.wrapped)


def completed(
    tools: Tools,
    key: DossierKey,
    change: Change,
    document: dict[str, Any],
    papers: Papers,
    number: str,
) -> Change:
    """The change of an acceptance with document, number, search words and files."""
    sealed = seal_json(tools, key, DOCUMENT, document)
    first, *others = change.journal
    accepted = replace(
        first,
        facts={**first.facts, "files": len(papers.links)},
        payload=sealed.id,
        payload_digest=sealed.digest,
    )
    return replace(
        change,
        document=sealed.id,
        payloads=(sealed,),
        references=(blind_reference(tools, key, ONE_STOP, "ma_ho_so", number),),
        words=search_words(tools, document),
        attachments=tuple(papers.links),
        uploads_used=tuple(papers.uploads_used),
        journal=(accepted, *others),
    )
