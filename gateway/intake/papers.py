"""The files of a document: each is put away sealed and named by identifier."""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gateway.domain.errors import DossierInvalid, FieldError
from gateway.domain.file_errors import FileRefused
from gateway.ports.attachments import FileSource
from gateway.ports.store import AttachmentLink

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping

    from gateway.domain.identifiers import OfficeId
    from gateway.ports.attachments import StoredAttachment
    from gateway.ports.store import Upload
    from gateway.ports.vault import DossierKey
    from gateway.sealing.tools import Tools

MAX_INLINE_BYTES = 4 * 1024 * 1024


@dataclass(slots=True)
class Papers:
    """A document's papers with every file put away."""

    documents: list[dict[str, Any]] = field(default_factory=list)
    links: list[AttachmentLink] = field(default_factory=list)
    uploads_used: list[Upload] = field(default_factory=list)


async def put_away(
    tools: Tools,
    key: DossierKey,
    sender: OfficeId,
    documents: list[dict[str, Any]],
    parts: Mapping[str, StoredAttachment],
    *,
    own: Iterable[AttachmentLink] = (),
) -> Papers:
    """Resolve each file: content inline, an earlier upload by hash, or a part.

    ``own``: files that the dossier has already, which a hash names, too.

    Raises:
        DossierInvalid: every file that is missing, unknown or of another hash.
    """
    blinds = _blinds(tools, documents)
    uploads = await _uploads(tools, sender, blinds)
    known = {link.blind: link for link in own if link.role == "input"}
    papers = Papers()
    wrong: list[FieldError] = []
    for i, paper in enumerate(documents):
        files = []
        for j, entry in enumerate(paper.get("files", ())):
            pointer = f"/documents/{i}/files/{j}"
            named = _named_only(entry)
            here = known.get(blinds[named]) if named else None
            if here is not None:
                files.append(_named(entry, here.attachment))
                continue
            try:
                stored = await _stored(
                    *(tools, sender, entry, uploads, parts, pointer, wrong)
                )
            except FileRefused as refused:
                # The others are looked at all the same: each is named.
                place = pointer + "/content"
                wrong.append(_error(place, refused.code))
                continue
            if stored is None:
                continue
            files.append(_named(entry, stored))
            blind = blinds.get(named) or tools.vault.blind("sha256", stored.sha256)
            papers.links.append(AttachmentLink(key.take(stored), "input", b"", blind))
            if named:
                papers.uploads_used.append(uploads[named])
        papers.documents.append({**paper, "files": files} if files else dict(paper))
    if wrong:
        raise DossierInvalid(tuple(wrong), code="attachments_invalid")
    return papers


def _named_only(entry: Mapping[str, Any]) -> str:
    """The hash of a file that comes by its name alone; empty when it comes along."""
    if "content" in entry or "part" in entry:
        return ""
    return str(entry.get("sha256", "")).lower()


def _blinds(tools: Tools, documents: list[dict[str, Any]]) -> dict[str, bytes]:
    """Keyed hash of every file that comes by its name alone, by that name."""
    entries = (entry for paper in documents for entry in paper.get("files", ()))
    named = dict.fromkeys(filter(None, map(_named_only, entries)))
    return {name: tools.vault.blind("sha256", name) for name in named}


async def _uploads(
    tools: Tools, sender: OfficeId, blinds: Mapping[str, bytes]
) -> dict[str, Upload]:
    if not blinds:
        return {}
    found = await tools.store.uploads(sender, list(blinds.values()))
    return {name: found[blind] for name, blind in blinds.items() if blind in found}


async def _stored(
    tools: Tools,
    sender: OfficeId,
    entry: Mapping[str, Any],
    uploads: Mapping[str, Upload],
    parts: Mapping[str, StoredAttachment],
    pointer: str,
    wrong: list[FieldError],
) -> StoredAttachment | None:
    told = str(entry.get("sha256", "")).lower()
    if "content" in entry:
        plain = _decoded(entry["content"])
        if plain is None:
            wrong.append(_error(pointer + "/content", "not_base64"))
            return None
        if told and hashlib.sha256(plain).hexdigest() != told:
            wrong.append(_error(pointer + "/sha256", "hash_differs"))
            return None
        return await tools.attachments.put(
            _once(plain),
            limit_bytes=MAX_INLINE_BYTES,
            source=FileSource("inline", sender),
        )
    if "part" in entry:
        stored = parts.get(str(entry["part"]))
        if stored is None:
            wrong.append(_error(pointer + "/part", "part_missing"))
        elif told and stored.sha256 != told:
            wrong.append(_error(pointer + "/sha256", "hash_differs"))
            return None
        return stored
    upload = uploads.get(told)
    if upload is None:
        wrong.append(_error(pointer + "/sha256", "upload_unknown"))
        return None
    return upload.stored


_MESSAGES = {
    "file_infected": (
        "Tệp có mã độc, cổng không nhận và đã cách ly; thay bằng tệp sạch.",
        "The file is infected, was not taken and is quarantined; send a clean one.",
    ),
    "file_unscannable": (
        "Không quét hết được tệp (nén quá sâu, có mật khẩu); gửi tệp không nén.",
        "Not all of the file could be scanned (nested, locked); send it plain.",
    ),
    "file_type_not_allowed": (
        "Nội dung tệp không thuộc loại được nhận, dù tên tệp thế nào.",
        "By its content the file is of a type that may not come in, whatever its name.",
    ),
    "not_base64": (
        "Nội dung tệp không phải base64 hợp lệ.",
        "The file content is not valid base64.",
    ),
    "hash_differs": (
        "Mã sha256 không khớp với nội dung tệp.",
        "The sha256 does not match the file's content.",
    ),
    "part_missing": (
        "Không có phần tệp mang tên này trong yêu cầu multipart.",
        "No part of this name came with the multipart request.",
    ),
    "upload_unknown": (
        "Chưa có tệp nào được tải lên với mã sha256 này; gọi POST /v1/attachments trước.",
        "No file was uploaded under this sha256; call POST /v1/attachments first.",
    ),
}


def _error(pointer: str, code: str) -> FieldError:
    message, message_en = _MESSAGES[code]
    return FieldError(pointer, code, message, message_en)


def _decoded(content: object) -> bytes | None:
    try:
        return base64.b64decode(str(content), validate=True)
    except (binascii.Error, ValueError):
        return None


async def _once(plain: bytes) -> AsyncIterator[bytes]:
    yield plain


def _named(entry: Mapping[str, Any], stored: StoredAttachment) -> dict[str, Any]:
    kept = {k: v for k, v in entry.items() if k not in {"content", "part"}}
    return {
        **kept,
        "attachment": stored.id,
        "size": stored.size_bytes,
        # A file that is read back knows its content by keyed hash only.
        "sha256": stored.sha256 or str(entry["sha256"]).lower(),
    }
