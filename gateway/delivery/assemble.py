"""A claimed transfer made ready for its adapter: the view its leg may see, and its files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from gateway.domain.errors import NeedsData
from gateway.domain.transfer import STATUS_CONVERSATION
from gateway.ports.agency import File, LegView, OutboundMessage
from gateway.routing.withholding import released
from gateway.sealing.folder import SIGNED, Folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gateway.domain.procedure import Procedure
    from gateway.domain.report import Reference
    from gateway.domain.transfer import Transfer
    from gateway.ports.store import AttachmentLink, Claimed
    from gateway.sealing.tools import Tools


async def assemble(tools: Tools, claimed: Claimed) -> OutboundMessage:
    """The message of a transfer.

    Raises:
        NeedsData: the document that it should carry was deleted.
    """
    transfer = claimed.transfer
    folder = Folder.of(tools, claimed.dossier)
    procedure = tools.versions.procedure_of(claimed.dossier.case)
    document = await folder.document(transfer.revision)
    if not document:
        raise NeedsData(code="document_deleted", remedy="Gửi lại hồ sơ từ một cửa.")
    content, signed = await _enclosed(folder, transfer)
    links = await tools.store.attachments(transfer.dossier_id)
    view, files = _view(tools, folder, procedure, transfer, document, content, links)
    return OutboundMessage(
        transfer_id=transfer.id,
        kind=transfer.kind,
        office=transfer.office,
        idempotency_key=transfer.id,
        references=_known(await folder.references(), transfer),
        view=LegView(view, files),
        facts=transfer.facts,
        content=content,
        signed=signed,
        created_at=transfer.created_at,
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
    return ({}, plain) if kind == SIGNED else (json.loads(plain), None)


def _known(
    references: Iterable[Reference], transfer: Transfer
) -> tuple[Reference, ...]:
    """Numbers that the receiver may know: its own and the sender's; a sender knows all."""
    if transfer.conversation == STATUS_CONVERSATION:
        return tuple(references)
    own = {transfer.agency, "one_stop"}
    return tuple(r for r in references if r.agency in own)


def _view(
    tools: Tools,
    folder: Folder,
    procedure: Procedure,
    transfer: Transfer,
    document: Mapping[str, Any],
    content: Mapping[str, Any],
    links: Iterable[AttachmentLink],
) -> tuple[dict[str, Any], tuple[File, ...]]:
    if transfer.conversation == STATUS_CONVERSATION:
        results = [link for link in links if link.role == "result"]
        return {}, tuple(_result(tools, folder, link) for link in results)
    sees = procedure.leg(transfer.leg).sees
    view = released(document, sees)
    by_id = {link.attachment.id: link for link in links}
    # Content of its own (a supplement) brings its own papers; else the dossier's.
    papers = content.get("documents", view.get("documents", ()))
    return view, tuple(_files(tools, papers, by_id))


def _result(tools: Tools, folder: Folder, link: AttachmentLink) -> File:
    name = folder.key.open_value("file", link.sealed_name)
    stored = link.attachment
    return File(
        name=name,
        title=str(stored.id),
        media_type="application/octet-stream",
        size_bytes=stored.size_bytes,
        open=lambda: tools.attachments.open(stored),
    )


def _files(
    tools: Tools,
    papers: Iterable[Mapping[str, Any]],
    by_id: Mapping[Any, AttachmentLink],
) -> Iterable[File]:
    for paper in papers:
        for entry in paper.get("files", ()):
            link = by_id.get(entry.get("attachment"))
            if link is None:
                raise NeedsData(
                    code="attachment_missing",
                    remedy="Một cửa gửi lại tệp đính kèm còn thiếu của hồ sơ.",
                )
            yield _file(tools, paper, entry, link)


def _file(
    tools: Tools,
    paper: Mapping[str, Any],
    entry: Mapping[str, Any],
    link: AttachmentLink,
) -> File:
    stored = link.attachment
    return File(
        name=str(entry.get("name", "")),
        title=str(paper.get("name", "")),
        media_type=str(entry.get("media_type", "application/octet-stream")),
        size_bytes=stored.size_bytes,
        open=lambda: tools.attachments.open(stored),
        originals=int(paper.get("originals", 0)),
        copies=int(paper.get("copies", 0)),
    )
