"""What the gateway holds of one person, who got it and who read it, for that person."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from gateway.domain.audit import READ, Asked
from gateway.domain.errors import SenderError
from gateway.domain.identifiers import PayloadId
from gateway.domain.journal import JournalLine
from gateway.domain.json_text import as_json, canonical_json
from gateway.domain.numbers.days import partial_day
from gateway.domain.numbers.identified import Kind
from gateway.domain.personal_part import Sought, part_of, paths_in
from gateway.domain.principal import EVERYTHING
from gateway.domain.transfer import Fate
from gateway.ports.store import Change
from gateway.sealing.folder import Folder
from gateway.sealing.index import asked_words
from gateway.sealing.reads import note_reads

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.domain.identifiers import DossierId
    from gateway.domain.principal import Principal
    from gateway.ports.store import DossierRow
    from gateway.sealing.tools import Tools

EXPORTED = "person_export"
#: Dossiers that are looked into; lines of the journal that are told of one.
MOST, LINES, PAGE = 500, 500, 100
_BEGUN = datetime(2020, 1, 1, tzinfo=UTC)


def sought_of(content: dict[str, Any]) -> Sought:
    """Whom a body asks for.

    Raises:
        SenderError: neither a number, nor a name with a birthday.
    """
    given = {name: content.get(name) or "" for name in ("identity", "name", "birth")}
    texts = all(isinstance(one, str) and len(one) <= 200 for one in given.values())
    one = Sought(**{k: v.strip() for k, v in given.items()}) if texts else Sought()
    if one.birth:
        read = partial_day(one.birth)
        one = Sought(
            one.identity, one.name, read.normal if read.kind is Kind.DAY else ""
        )
    if not one.identity and not (one.name and one.birth):
        raise SenderError(
            code="person_invalid",
            remedy="Ghi số giấy tờ (identity), hoặc họ tên (name) cùng ngày sinh (birth).",
        )
    return one


async def export(
    tools: Tools, principal: Principal, sought: Sought, reason: str
) -> dict[str, Any]:
    """All of it; kept in the journal with its digest before anybody is shown it."""
    found, whole = await _found(tools, sought)
    now = tools.clock.now()
    body: dict[str, Any] = {
        "made_at": now.isoformat(),
        "dossiers": [await _told(tools, row, part) for row, part in found],
        "whole": whole,
    }
    digest = hashlib.sha256(canonical_json(body)).hexdigest()
    name = PayloadId(tools.chance.identifier("p"))
    sealed = tools.vault.seal_common(name, "reason", as_json({"reason": reason}))
    ids = [row.case.dossier_id for row, _ in found]
    facts = {"dossiers": ids, "digest": digest}
    line = JournalLine(EXPORTED, now, principal.id, facts, sealed.id, sealed.digest)
    await tools.store.apply(Change(now=now, payloads=(sealed,), journal=(line,)))
    await note_reads(tools, principal, ids, {"export": digest[:16]})
    tools.probe.action(action=EXPORTED, actor=principal.id, count=len(ids))
    return {**body, "digest": digest}


async def _found(
    tools: Tools, sought: Sought
) -> tuple[list[tuple[DossierRow, dict[str, Any]]], bool]:
    """Dossiers with what they hold of the person; whether all were looked into."""
    ids: list[DossierId] = []
    for words in asked_words(tools, sought.identity or sought.name):
        some = await tools.overview.search(EVERYTHING, words, limit=MOST)
        ids += [one for one in some if one not in ids]
    found = []
    for identifier in ids[:MOST]:
        row = await tools.store.dossier(identifier, EVERYTHING)
        if row is None:
            continue
        document = await Folder.of(tools, row).document(row.case.revision)
        part = part_of(document, sought)
        if part is not None:
            found.append((row, part))
    return found, len(ids) < MOST


async def _told(tools: Tools, row: DossierRow, part: dict[str, Any]) -> dict[str, Any]:
    case = row.case
    return {
        "dossier_id": case.dossier_id,
        "procedure": case.procedure,
        "accepted_at": case.accepted_at.isoformat(),
        "ended_at": case.ended_at.isoformat() if case.ended_at else None,
        "document": part,
        "given_to": await _given(tools, row, part),
        "read_by": await _read(tools, case.dossier_id),
        "deleted": [
            {"what": one.kind.value, "at": one.at.isoformat()}
            for one in await tools.retention.deletions(case.dossier_id)
        ],
    }


async def _given(
    tools: Tools, row: DossierRow, part: dict[str, Any]
) -> list[dict[str, Any]]:
    """Which office got what of it, when; what may have left counts."""
    procedure = tools.versions.procedure_of(row.case)
    legs = {leg.name: leg for leg in procedure.legs}
    offices = tools.versions.current.offices
    given = []
    for one in await tools.store.transfers(row.case.dossier_id):
        if one.fate is Fate.NOT_LEFT:
            continue
        leg, office = legs.get(one.leg), offices.get(one.office)
        at = one.finished_at or one.first_sent_at
        given.append(
            {
                "agency": one.agency,
                "office": one.office,
                "office_name": office.name if office else one.office,
                "message": one.kind,
                "at": at.isoformat() if at else None,
                "certain": one.fate is Fate.AGENCY_HAS_IT,
                "fields": paths_in(part, leg.sees) if leg else [],
            }
        )
    return given


async def _read(tools: Tools, identifier: DossierId) -> Sequence[dict[str, Any]]:
    """Who of ours looked at it when, by account."""
    until = tools.clock.now() + timedelta(days=1)
    asked = Asked(since=_BEGUN, until=until, group="doc", dossier=identifier)
    found: list[dict[str, Any]] = []
    after: str | None = None
    while len(found) < LINES:
        page = await tools.audit.acts(EVERYTHING, asked, after=after, limit=PAGE)
        found += [
            {
                "at": act.line.at.isoformat(),
                "by": act.line.actor,
                "what": "looked" if act.line.kind == READ else act.line.kind,
            }
            for act in page.acts
        ]
        after = page.after
        if after is None:
            break
    return found
