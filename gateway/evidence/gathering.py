"""Gathers one dossier's evidence: writes the line that ends it, has it sealed and signed."""

from __future__ import annotations

import hashlib
from datetime import UTC
from typing import TYPE_CHECKING

from gateway.domain.delivering import Way
from gateway.domain.errors import (
    ActionNotPossible,
    StoreUnavailable,
)
from gateway.domain.evidence import EXPORTED
from gateway.domain.identifiers import OfficeId
from gateway.domain.journal import JournalLine
from gateway.evidence.events import events
from gateway.evidence.packing import (
    DELETED,
    INCLUDED,
    LEFT_OUT,
    MANIFEST,
    SIGNATURE,
    File,
    Gathered,
    Part,
    contents,
    manifest,
    signature,
)
from gateway.evidence.page import printable
from gateway.evidence.rooting import make_roots, publish_keys, sign_again, signed
from gateway.ports.store import Change
from gateway.reports.due import due
from gateway.sealing.folder import Folder
from gateway.sealing.viewing import must_see_to_act

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.domain.delivering import Evidence
    from gateway.domain.identifiers import DossierId
    from gateway.domain.journal import WrittenLine
    from gateway.domain.principal import Principal
    from gateway.ports.store import AttachmentLink, DossierRow
    from gateway.sealing.tools import Tools

#: Real seconds that a line may take until it lies under a seal.
PATIENCE_S = 10.0
_STEP_S = 0.05
#: Bytes of files and payloads of one package.
MOST_BYTES = 256 * 1024 * 1024
_ONE_STOP, _NUMBER = "one_stop", "ma_ho_so"


async def package(
    tools: Tools,
    principal: Principal,
    row: DossierRow,
    reason: str,
    *,
    script: bytes,
    payloads: bool,
) -> dict[str, bytes]:
    """Every file of a package by its name; who had it made and why is kept first.

    ``script``: the program that checks it.

    Raises:
        NotAllowed: with payloads, and the principal sees the people masked.
        ActionNotPossible: it would be larger than a package may be, or no key signs.
        StoreUnavailable: the journal is not being sealed.
    """
    if payloads:
        await must_see_to_act(tools, principal, row.case.dossier_id)
    folder = Folder.of(tools, row)
    found = await gathered(tools, principal, folder, reason, payloads=payloads)
    held = contents(found, printable(found).encode(), script)
    text = manifest(found, held)
    held[SIGNATURE] = signature(await signed(tools, text))
    return {**held, MANIFEST: text}


async def gathered(
    tools: Tools, principal: Principal, folder: Folder, reason: str, *, payloads: bool
) -> Gathered:
    """All that a package is made of, up to the line that says that it was made."""
    row, name = folder.row, tools.chance.identifier("e")
    case = row.case
    await _note(tools, principal, folder, name, reason, payloads=payloads)
    lines = await _sealed(tools, case.dossier_id, name)
    while await sign_again(tools):
        pass
    await make_roots(tools)
    numbers = [one.number for one in lines if one.number is not None]
    ways = await _ways(tools, row)
    dates = await due(tools, row)
    parts = await _parts(tools, folder, lines, payloads=payloads)
    found = _read(lines, ways, case.sender)
    return Gathered(
        package=name,
        dossier=case.dossier_id,
        number=await _number(folder),
        made_at=tools.clock.now().astimezone(UTC),
        made_by=principal.id,
        payloads=payloads,
        lines=lines,
        covered=await tools.evidence.covered(numbers),
        keys=await publish_keys(tools),
        ways=ways,
        sender=case.sender,
        events=found,
        custody=dates["shares"],
        parts=parts,
        files=await _files(tools, folder, parts) if payloads else (),
        names=_names(tools, case.sender, found),
    )


async def handed(
    tools: Tools, row: DossierRow
) -> tuple[list[Evidence], dict[str, str]]:
    """Every hand-over of a dossier until now, and what the offices are called."""
    lines = await tools.store.journal(row.case.dossier_id)
    found = _read(lines, await _ways(tools, row), row.case.sender)
    return found, _names(tools, row.case.sender, found)


def _read(
    lines: Sequence[WrittenLine], ways: Mapping[str, Way], sender: str
) -> list[Evidence]:
    return events([(one.position, one.line) for one in lines], ways, sender)


async def _note(
    tools: Tools,
    principal: Principal,
    folder: Folder,
    name: str,
    reason: str,
    *,
    payloads: bool,
) -> None:
    """The line that ends the package, in the dossier's own chain."""
    sealed = folder.seal_json("reason", {"reason": reason})
    facts = {"package": name, "payloads": payloads}
    now, identifier = tools.clock.now(), folder.row.case.dossier_id
    line = JournalLine(EXPORTED, now, principal.id, facts, sealed.id, sealed.digest)
    change = Change(now=now, dossier_id=identifier, payloads=(sealed,), journal=(line,))
    await tools.store.apply(change)
    tools.probe.action(action=EXPORTED, actor=principal.id, dossier_id=identifier)


async def _sealed(
    tools: Tools, identifier: DossierId, name: str
) -> Sequence[WrittenLine]:
    """The chain up to our line, once all of it lies under seals."""
    ends = tools.clock.mono() + PATIENCE_S
    while True:
        await tools.store.seal(now=tools.clock.now())
        lines = list(await tools.store.journal(identifier))
        while lines[-1].line.facts.get("package") != name:
            lines.pop()
        if all(one.number is not None for one in lines):
            return lines
        if tools.clock.mono() > ends:
            raise StoreUnavailable("the journal is not being sealed")
        await tools.clock.rest(_STEP_S)


async def _ways(tools: Tools, row: DossierRow) -> dict[str, Way]:
    """Of every transfer its office, kind and the digest of what it carries."""
    transfers = await tools.store.transfers(row.case.dossier_id)
    own = [one.payload for one in transfers if one.payload is not None]
    sealed = await tools.store.payloads(own) if own else {}
    digests = {str(name): one.digest.hex() for name, one in sealed.items()}
    documents: dict[int, str] = {}
    for revision in {one.revision for one in transfers}:
        document = await tools.store.document(row.case.dossier_id, revision)
        documents[revision] = document.digest.hex() if document else ""
    return {
        str(one.id): Way(
            one.office,
            one.kind,
            digests.get(str(one.payload), documents[one.revision]),
        )
        for one in transfers
    }


async def _number(folder: Folder) -> str:
    references = await folder.references()
    numbers = [one for one in references if one.kind == _NUMBER]
    return next((one.value for one in numbers if one.agency == _ONE_STOP), "")


def _names(tools: Tools, sender: str, told: Sequence[Evidence]) -> dict[str, str]:
    """What the offices of some events are called."""
    codes = {sender, *(one.giver for one in told), *(one.receiver for one in told)}
    offices = tools.versions.current.offices
    found = {code: offices.get(OfficeId(code)) for code in sorted(codes)}
    return {code: office.name for code, office in found.items() if office is not None}


async def _parts(
    tools: Tools, folder: Folder, lines: Sequence[WrittenLine], *, payloads: bool
) -> list[Part]:
    """What every line's payload is, or that it is there no more."""
    with_one = [one for one in lines if one.line.payload is not None]
    names = [one.line.payload for one in with_one if one.line.payload is not None]
    sealed = await tools.store.payloads(names) if names else {}
    parts, size = [], 0
    for one in with_one:
        name = one.line.payload
        there = sealed.get(name) if name is not None else None
        if there is None:
            parts.append(Part(str(name), one.position, DELETED))
        elif not payloads:
            parts.append(Part(there.id, one.position, LEFT_OUT))
        else:
            plain = await folder.opened(there)
            size = _within(size + len(plain))
            part = (there.id, one.position, INCLUDED, there.kind, there.salt, plain)
            parts.append(Part(*part))
    return parts


async def _files(tools: Tools, folder: Folder, parts: Sequence[Part]) -> list[File]:
    """The dossier's files, each with the lines whose payload names its hash."""
    identifier, found = folder.row.case.dossier_id, []
    size = sum(len(part.plain) for part in parts)
    for link in await tools.store.attachments(identifier):
        pieces = []
        async for piece in tools.attachments.open(link.attachment, folder.key):
            size = _within(size + len(piece))
            pieces.append(piece)
        content = b"".join(pieces)
        named = hashlib.sha256(content).hexdigest().encode()
        lines = tuple(part.line for part in parts if named in part.plain.lower())
        name = _file_name(folder, link)
        found.append(File(link.attachment.id, name, link.role, content, lines))
    return found


def _file_name(folder: Folder, link: AttachmentLink) -> str:
    if not link.sealed_name:
        return ""
    return folder.key.open_value("file", link.sealed_name)


def _within(size: int) -> int:
    if size > MOST_BYTES:
        raise ActionNotPossible(
            code="evidence_too_large",
            remedy="Nội dung và tệp của hồ sơ quá lớn cho một gói (256 MB): lấy gói không"
            " kèm nội dung, tải từng tệp ở trang hồ sơ.",
        )
    return size
