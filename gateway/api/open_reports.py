"""What an office reports over the open interface, and the files that come with it."""

from __future__ import annotations

import base64
import binascii
import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import orjson

from gateway.api.open_calls import answer
from gateway.api.open_errors import CallRefused, wrong
from gateway.delivery.pickup import acknowledge, given, was_given
from gateway.domain.identifiers import TransferId
from gateway.domain.principal import EVERYTHING
from gateway.domain.report import HandedIn, Reference, Standing
from gateway.domain.transfer import State
from gateway.domain.values import replace
from gateway.domain.words import words_of
from gateway.ports.attachments import FileSource
from gateway.ports.store import Upload
from gateway.receipts.arrive import arrive
from gateway.sealing.folder import Folder, blind_number

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from fastapi.responses import Response

    from gateway.api.open_calls import Calling
    from gateway.domain.identifiers import OfficeId
    from gateway.domain.report import AgencyReport
    from gateway.domain.transfer import Transfer
    from gateway.ports.attachments import StoredAttachment
    from gateway.ports.store import DossierRow, ReportRow
    from gateway.sealing.tools import Tools

#: How far an office's clock may be ahead of ours.
AHEAD = timedelta(minutes=5)
UPLOAD = "u-"
ONE_STOP, CODE, OWN_NUMBER = "one_stop", "ma_ho_so", "own_number"


async def report(tools: Tools, who: Calling, said: Mapping[str, Any]) -> Response:
    """Take a report in; durable when it is answered, and once by its ``report_id``.

    Raises:
        CallRefused: no such dossier of this office, or the id of another report.
        DossierInvalid: fields that no schema can find wrong.
    """
    now = tools.clock.now()
    transfer, row = await _about(tools, who, said)
    folder = Folder.of(tools, row)
    references = await folder.references()
    files = _files(said.get("files", ()))
    read = who.caller.report(
        said, _numbers(who, references), tuple(f for f, _ in files)
    )
    read = replace(read, event_at=read.event_at or now)
    if read.event_at and read.event_at > now + AHEAD:
        raise wrong(("/event_at", "in_the_future"))
    read.facts["print"] = _print(tools, said, files)
    office = who.office.id
    known = await _known(tools, who, read)
    if known is None:
        await _refuse_number_of_another(tools, row, read)
        await _put_away(tools, office, files)
    if transfer is not None and transfer.state is not State.SENDING:
        # An attempt under way is settled by its own answer, which may wait for ours.
        await acknowledge(tools, office, transfer.id, by=office)
    arrived = await arrive(
        tools, who.agency, office, read, now, transfer.id if transfer else None
    )
    kept = await _known(tools, who, read) or known
    repeated = known is not None or arrived.standing is Standing.REPEATED
    code = next((r.value for r in references if r.agency == ONE_STOP), "")
    return answer(
        {
            "report_id": said["report_id"],
            "result": "repeated" if repeated else "recorded",
            "dossier": code,
            **_became(kept),
        }
    )


def _became(row: ReportRow | None) -> dict[str, Any]:
    if row is not None and row.standing in {Standing.APPLIED, Standing.REPEATED}:
        return {"applied": True}
    code = row.code if row is not None else ""
    return {"applied": False, "reason": code, "message": words_of(code, {}).reason}


async def _about(
    tools: Tools, who: Calling, said: Mapping[str, Any]
) -> tuple[Transfer | None, DossierRow]:
    """The transfer and dossier that a report names, if they are this office's."""
    office, transfer = who.office.id, None
    if "transfer" in said:
        identifier = TransferId(said["transfer"])
        pushed = who.caller.pushed
        transfer = await given(tools, office, identifier, pushed=pushed)
        if transfer is None:
            raise CallRefused("dossier_unknown")
    row = None
    if transfer is not None:
        row = await tools.store.dossier(transfer.dossier_id, EVERYTHING)
    if "dossier" in said:
        by_number = await _by_number(tools, who, str(said["dossier"]))
        if by_number is None:
            raise CallRefused("dossier_unknown")
        if row is not None and row.case.dossier_id != by_number.case.dossier_id:
            raise wrong(("/dossier", "not_the_same_dossier"))
        row = by_number
    if row is None:
        raise CallRefused("dossier_unknown")
    return transfer, row


async def _by_number(tools: Tools, who: Calling, number: str) -> DossierRow | None:
    """The dossier of a number, if anything of it was given to this office."""
    blind = blind_number(tools, number)
    for agency, kind in ((ONE_STOP, CODE), (who.agency, OWN_NUMBER)):
        found = await tools.store.find([(agency, kind, blind)], EVERYTHING)  # type: ignore[list-item]
        for identifier in found:
            transfers = await tools.store.transfers(identifier)
            pushed = who.caller.pushed
            if any(was_given(t, who.office.id, pushed=pushed) for t in transfers):
                return await tools.store.dossier(identifier, EVERYTHING)
    return None


def _numbers(who: Calling, references: tuple[Reference, ...]) -> tuple[Reference, ...]:
    """Numbers by which the report is matched: the code, then the office's own."""
    own = {ONE_STOP, who.agency}
    found = [one for one in references if one.agency in own]
    return tuple(sorted(found, key=lambda one: one.agency != ONE_STOP))


async def _known(tools: Tools, who: Calling, read: AgencyReport) -> ReportRow | None:
    """The first arrival under this id.

    Raises:
        CallRefused: it was of another content.
    """
    known = await tools.store.report_known(who.agency, who.office.id, read.fingerprint)
    if known is not None and known.facts.get("print") != read.facts["print"]:
        raise CallRefused("report_id_reused")
    return known


async def _refuse_number_of_another(
    tools: Tools, row: DossierRow, read: AgencyReport
) -> None:
    for one in read.introduces:
        blind = blind_number(tools, one.value)
        found = await tools.store.find([(one.agency, one.kind, blind)], EVERYTHING)
        if any(identifier != row.case.dossier_id for identifier in found):
            raise wrong(("/own_number", "number_of_another"))


Files = list[tuple[HandedIn, bytes | None]]


def _files(listed: Any) -> Files:
    """Each file with its content, which is missing of one that was uploaded before.

    Raises:
        DossierInvalid: every content that is none, or of another hash.
    """
    found: Files = []
    bad: list[tuple[str, str]] = []
    for place, entry in enumerate(listed):
        told = str(entry.get("sha256", "")).lower()
        plain = None
        if "content" in entry:
            plain = _decoded(entry["content"])
            if plain is None:
                bad.append((f"/files/{place}/content", "not_base64"))
                continue
            sha256 = hashlib.sha256(plain).hexdigest()
        else:
            sha256 = str(entry["upload"]).removeprefix(UPLOAD)
        if told and told != sha256:
            bad.append((f"/files/{place}/sha256", "hash_differs"))
            continue
        title, kind = entry.get("title", ""), entry.get("media_type", "")
        found.append((HandedIn(entry["name"], sha256, title, kind), plain))
    if bad:
        raise wrong(*bad)
    return found


def _decoded(content: str) -> bytes | None:
    try:
        return base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError):
        return None


def _print(tools: Tools, said: Mapping[str, Any], files: Files) -> str:
    """A keyed hash of what a report says: all but its key; of a file name and bytes."""
    shown = {k: v for k, v in said.items() if k not in {"key", "files"}}
    shown["files"] = [[one.name, one.sha256] for one, _ in files]
    exact = orjson.dumps(shown, option=orjson.OPT_SORT_KEYS).decode()
    return tools.vault.blind("open_report", exact).hex()


async def _put_away(tools: Tools, office: OfficeId, files: Files) -> None:
    """Contents become uploads of the office; those that it uploaded must be there.

    Raises:
        DossierInvalid: every upload that is not there.
    """
    blinds = {one.sha256: tools.vault.blind("sha256", one.sha256) for one, _ in files}
    there = await tools.store.uploads(office, list(blinds.values())) if blinds else {}
    missing = [
        (f"/files/{place}/upload", "upload_unknown")
        for place, (one, plain) in enumerate(files)
        if plain is None and blinds[one.sha256] not in there
    ]
    if missing:
        raise wrong(*missing)
    for one, plain in files:
        if plain is not None and blinds[one.sha256] not in there:
            source = FileSource("open_report", office)
            stored = await tools.attachments.put(
                _once(plain), limit_bytes=len(plain), source=source
            )
            await keep_upload(tools, office, stored)


async def _once(plain: bytes) -> AsyncIterator[bytes]:
    yield plain


async def keep_upload(tools: Tools, office: OfficeId, stored: StoredAttachment) -> str:
    """Remember a file until a report names it; its id."""
    blind = tools.vault.blind("sha256", stored.sha256)
    await tools.store.add_upload(Upload(stored, office, blind, tools.clock.now()))
    return f"{UPLOAD}{stored.sha256}"
