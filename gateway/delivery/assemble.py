"""A claimed transfer made ready for its adapter: the view its leg may see, and its files."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from gateway.domain.errors import NeedsData
from gateway.domain.identifiers import AgencyId, TransferId
from gateway.domain.json_text import of_json
from gateway.domain.letters import AS_RECEIVED, DOUBTFUL
from gateway.domain.trace import of_attempt
from gateway.domain.transfer import KNEW, TO_ONE_STOP
from gateway.ports.agency import Course, File, LegView, OutboundMessage
from gateway.routing.withholding import released
from gateway.sealing.folder import RELAYED_BODY, SIGNED, Folder
from gateway.sealing.one_file import OneFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gateway.domain.case import LegCase
    from gateway.domain.identifiers import MessageKind
    from gateway.domain.report import Reference
    from gateway.domain.transfer import Transfer
    from gateway.ports.store import AttachmentLink, Claimed, DossierRow
    from gateway.ports.vault import DossierKey
    from gateway.sealing.tools import Tools


ONE_STOP = AgencyId("one_stop")


async def assemble(tools: Tools, claimed: Claimed) -> OutboundMessage:
    """The message of a transfer.

    Raises:
        NeedsData: the document that it should carry was deleted.
    """
    transfer = claimed.transfer
    folder = Folder.of(tools, claimed.dossier)
    content, signed = await _enclosed(folder, transfer)
    if transfer.conversation in TO_ONE_STOP:
        view, files = await _results(tools, folder, transfer)
    else:
        view, files = _view(tools, folder, claimed, content)
    return OutboundMessage(
        transfer_id=transfer.id,
        kind=transfer.kind,
        office=transfer.office,
        idempotency_key=transfer.id,
        references=_known(folder.opened_references(claimed.references), transfer),
        view=LegView(view, files),
        facts=transfer.facts,
        content=content,
        signed=signed,
        created_at=transfer.created_at,
        revision=transfer.revision,
        attempt=transfer.attempts,
        traceparent=of_attempt(claimed.dossier.case, transfer).traceparent,
        earlier=await _earlier(tools, folder, transfer) if signed else (),
        course=_course(tools, folder, transfer.leg),
    )


async def about(
    tools: Tools, row: DossierRow, leg: LegCase, kind: MessageKind
) -> OutboundMessage:
    """What names a dossier to the office of a leg that was handed nothing from here.

    No file is part of it: nothing of it is sent.

    Raises:
        NeedsData: its document was deleted.
    """
    case, folder = row.case, Folder.of(tools, row)
    document = await folder.document(case.revision)
    if not document:
        raise NeedsData(code="document_deleted", remedy="Gửi lại hồ sơ từ một cửa.")
    own = {leg.agency, ONE_STOP}
    name = f"asked-{case.dossier_id}"
    return OutboundMessage(
        transfer_id=TransferId(name),
        kind=kind,
        office=leg.office,
        idempotency_key=name,
        references=tuple(r for r in await folder.references() if r.agency in own),
        view=LegView(
            released(document, tools.versions.procedure_of(case).leg(leg.name).sees)
        ),
        facts=case.facts.get("leg_facts", {}),
        created_at=leg.since,
        revision=case.revision,
        course=_course(tools, folder, leg.name),
    )


def _course(tools: Tools, folder: Folder, leg: str) -> Course:
    case = folder.row.case
    return Course(
        procedure=case.procedure,
        procedure_name=tools.versions.procedure_of(case).name,
        leg=leg,
        round=case.round,
        due_on=case.due_on,
        due_reason=case.due_reason,
    )


async def _earlier(
    tools: Tools, folder: Folder, transfer: Transfer
) -> tuple[bytes, ...]:
    """Signed documents of the leg's messages before this one: it may name one of them."""
    if transfer.position == 1:
        return ()
    before = [
        other.payload
        for other in await tools.store.transfers(transfer.dossier_id)
        if other.conversation == transfer.conversation
        and other.position < transfer.position
        and other.payload is not None
    ]
    found = await tools.store.payloads(before)
    return tuple(
        folder.key.open(found[name])
        for name in before
        if name in found and found[name].kind == SIGNED
    )


async def _enclosed(
    folder: Folder, transfer: Transfer
) -> tuple[dict[str, Any], bytes | None]:
    if transfer.payload is None:
        return {}, None
    found = await folder.payload(transfer.payload)
    if found is None:
        raise NeedsData(
            code="payload_deleted", remedy="Đề nghị cơ quan gửi lại nội dung."
        )
    kind, plain = found
    if kind == RELAYED_BODY:
        return {"body": plain}, None
    if kind == SIGNED:
        return {}, plain
    # What a text was before it was turned is for our own people.
    content = of_json(plain)
    return {k: v for k, v in content.items() if k not in {AS_RECEIVED, DOUBTFUL}}, None


def _known(
    references: Iterable[Reference], transfer: Transfer
) -> tuple[Reference, ...]:
    """Numbers that the receiver may know: its own and the sender's; a sender knows all.

    A status is told again with those that it had at first.
    """
    if transfer.conversation in TO_ONE_STOP:
        most, _ = transfer.facts.get(KNEW, (None, None))
        return tuple(references)[:most]
    own = {transfer.agency, ONE_STOP}
    return tuple(r for r in references if r.agency in own)


async def _results(
    tools: Tools, folder: Folder, transfer: Transfer
) -> tuple[dict[str, Any], tuple[File, ...]]:
    """A status shows nothing of the document; of an ended dossier the results."""
    if not transfer.facts.get("end"):
        return {}, ()
    links = await tools.store.attachments(transfer.dossier_id)
    _, most = transfer.facts.get(KNEW, (None, None))
    results = [link for link in links if link.role == "result"][:most]
    return {}, tuple(_result(tools, folder, link) for link in results)


def _view(
    tools: Tools, folder: Folder, claimed: Claimed, content: Mapping[str, Any]
) -> tuple[dict[str, Any], tuple[File, ...]]:
    """What the leg may see of the document, and the files of what it sees."""
    document = folder.opened_document(claimed.document)
    if not document:
        raise NeedsData(code="document_deleted", remedy="Gửi lại hồ sơ từ một cửa.")
    leg = tools.versions.procedure_of(folder.row.case).leg(claimed.transfer.leg)
    view = released(document, leg.sees)
    by_id = {link.attachment.id: link for link in claimed.attachments}
    # Content of its own (a supplement) brings its own papers; else the dossier's.
    papers = content.get("documents", view.get("documents", ()))
    return view, tuple(_files(tools, folder.key, papers, by_id))


def _result(tools: Tools, folder: Folder, link: AttachmentLink) -> File:
    name = folder.key.open_value("file", link.sealed_name)
    stored = link.attachment
    own = OneFile(folder.key, stored)
    return File(
        name=name,
        title=str(stored.id),
        media_type="application/octet-stream",
        size_bytes=stored.size_bytes,
        open=partial(tools.attachments.open, stored, own),
        at_once=partial(tools.attachments.at_once, stored, own),
        id=stored.id,
    )


def _files(
    tools: Tools,
    key: DossierKey,
    papers: Iterable[Mapping[str, Any]],
    by_id: Mapping[Any, AttachmentLink],
) -> Iterable[File]:
    for paper in papers:
        title = str(paper.get("name", ""))
        originals, copies = int(paper.get("originals", 0)), int(paper.get("copies", 0))
        for entry in paper.get("files", ()):
            link = by_id.get(entry.get("attachment"))
            if link is None:
                raise NeedsData(
                    code="attachment_missing",
                    remedy="Một cửa gửi lại tệp đính kèm còn thiếu của hồ sơ.",
                )
            stored = link.attachment
            own = OneFile(key, stored)
            yield File(
                name=str(entry.get("name", "")),
                title=title,
                media_type=str(entry.get("media_type", "application/octet-stream")),
                size_bytes=stored.size_bytes,
                open=partial(tools.attachments.open, stored, own),
                originals=originals,
                copies=copies,
                at_once=partial(tools.attachments.at_once, stored, own),
                id=stored.id,
                sha256=str(entry.get("sha256", "")),
            )
