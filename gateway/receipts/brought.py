"""Files that came inside a report: put away before the unit that names them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from gateway.domain.values import replace
from gateway.ports.attachments import StoredAttachment
from gateway.ports.store import AttachmentLink

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from gateway.domain.report import AgencyReport, Brought
    from gateway.ports.attachments import FileSource
    from gateway.ports.vault import DossierKey
    from gateway.sealing.tools import Tools

Files = Mapping[str, StoredAttachment]
#: Of one report, by the SHA-256 of each.
NO_FILES: Files = {}
#: Bytes of one file.
MOST_BYTES = 200 * 1024 * 1024
_PIECE_BYTES = 256 * 1024


async def put_away(
    tools: Tools, report: AgencyReport, source: FileSource
) -> tuple[AgencyReport, Files]:
    """The report with its papers naming the files that are put away now.

    What no unit takes over is swept later.

    Raises:
        StoreUnavailable: one could not be written.
        TooLarge: one is over the limit.
        FileRefused: one must not come in.
    """
    if not report.brought:
        return report, NO_FILES
    files: dict[str, StoredAttachment] = {}
    for file in report.brought:
        if file.sha256 not in files:
            files[file.sha256] = await tools.attachments.put(
                _pieces(file.content), limit_bytes=MOST_BYTES, source=source
            )
    content = _naming(report.content, files)
    opens = None if report.opens is None else _naming(report.opens, files)
    return replace(report, content=content, opens=opens), files


async def _pieces(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), _PIECE_BYTES):
        yield content[start : start + _PIECE_BYTES]


def _naming(told: dict[str, Any], files: Files) -> dict[str, Any]:
    if "documents" not in told:
        return told
    papers = [
        {**paper, "files": [_named(entry, files) for entry in paper["files"]]}
        if "files" in paper
        else paper
        for paper in told["documents"]
    ]
    return {**told, "documents": papers}


def _named(entry: Mapping[str, Any], files: Files) -> Mapping[str, Any]:
    stored = files.get(str(entry.get("sha256", "")))
    if stored is None:
        return entry
    return {**entry, "attachment": stored.id, "size": stored.size_bytes}


def links(
    tools: Tools,
    key: DossierKey,
    brought: Iterable[Brought],
    files: Files,
    role: str,
) -> tuple[AttachmentLink, ...]:
    """The files as a dossier's own; their names stay in its papers if they are its."""
    once = {file.sha256: file for file in brought}
    return tuple(
        AttachmentLink(
            attachment=key.take(files[sha256]),
            role=role,
            sealed_name=b"" if role == "input" else key.seal_value("file", file.name),
            blind=tools.vault.blind("sha256", sha256),
        )
        for sha256, file in once.items()
    )
