"""Reports that change nothing: one that fits nothing is kept whole, a repeat noted."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gateway.domain.identifiers import PayloadId
from gateway.domain.journal import JournalLine
from gateway.domain.report import (
    AgencyReport,
    Brought,
    FileLink,
    HandedIn,
    Reference,
    ReportKind,
    Standing,
)
from gateway.ports.store import Change
from gateway.sealing.folder import CONTENT, SIGNED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from gateway.domain.identifiers import ReportId
    from gateway.domain.trace import Place
    from gateway.ports.store import ReportRow
    from gateway.ports.vault import SealedPayload
    from gateway.receipts.repeats import Arrival
    from gateway.sealing.folder import Folder
    from gateway.sealing.tools import Tools


#: Fact of what could not be read: the payload with what its agency knows it by.
LABEL = "label"


async def keep_unmatched(
    tools: Tools, report: AgencyReport, arrival: Arrival, code: str = "no_dossier"
) -> Standing:
    """Keep a report that fits nothing, once: its first row stands for its repeats."""
    if arrival.unfit is not None:
        tell(tools, replace(arrival.unfit, standing=Standing.REPEATED, code=code))
        return Standing.UNMATCHED
    tell(tools, await keep_whole(tools, report, arrival.row, code))
    return Standing.UNMATCHED


async def keep_whole(
    tools: Tools, report: AgencyReport, row: ReportRow, code: str
) -> ReportRow:
    """Keep all of a report beside a row of no dossier; the row as it is kept.

    Raises:
        ReportKnown: there is a row under its fingerprint.
    """
    sealed = tools.vault.seal_common(
        PayloadId(tools.chance.identifier("p")),
        CONTENT,
        json.dumps(_whole(report), ensure_ascii=False).encode(),
    )
    kept = replace(
        row,
        standing=Standing.UNMATCHED,
        code=code,
        payload=sealed.id,
        dossier_id=None,
    )
    await tools.store.apply(
        Change(now=tools.clock.now(), report=kept, payloads=(sealed,))
    )
    return kept


async def kept_report(tools: Tools, row: ReportRow) -> AgencyReport | None:
    """The report of a row that ``keep_whole`` wrote; None: it was deleted."""
    if row.payload is None:
        return None
    sealed = (await tools.store.payloads([row.payload])).get(row.payload)
    if sealed is None:
        return None
    whole: dict[str, Any] = json.loads(tools.vault.open_common(sealed))
    signed = whole["signed"]
    return AgencyReport(
        kind=ReportKind(row.kind),
        about=_references(whole["about"]),
        fingerprint=whole["fingerprint"],
        event_at=row.event_at,
        facts=row.facts,
        content=whole["content"],
        files=tuple(FileLink(*file) for file in whole["files"]),
        enclosed=tuple(HandedIn(*file) for file in whole.get("enclosed", ())),
        signed=None if signed is None else base64.b64decode(signed),
        introduces=_references(whole["introduces"]),
        found_by=tuple(whole.get("found_by", ())),
        opens=whole["opens"],
        brought=tuple(
            Brought(name, sha256, base64.b64decode(content), media_type)
            for name, sha256, content, media_type in whole.get("brought", ())
        ),
        renews=bool(whole.get("renews")),
        never_after=frozenset(whole.get("never_after", ())),
    )


def sealed_content(folder: Folder, report: AgencyReport) -> tuple[SealedPayload, ...]:
    """The report's personal content; for a slip the exact signed bytes come first."""
    found = []
    if report.signed is not None:
        found.append(folder.seal_bytes(SIGNED, report.signed))
    if report.content:
        found.append(folder.seal_json(CONTENT, report.content))
    return tuple(found)


def sealed_label(
    tools: Tools, label: Mapping[str, str] | None
) -> tuple[SealedPayload, ...]:
    """What something unreadable is known by in its agency: a number may be personal."""
    if not label:
        return ()
    plain = json.dumps(label, ensure_ascii=False).encode()
    name = PayloadId(tools.chance.identifier("p"))
    return (tools.vault.seal_common(name, LABEL, plain),)


async def named_by(
    tools: Tools, rows: Sequence[ReportRow]
) -> Mapping[ReportId, tuple[str, ...]]:
    """The numbers that waiting reports named, each once, best first.

    Whose number it is nobody knows: a reader tries one as several kinds. Of one that
    could not be read it is what its agency knows it by, where that is told. Empty
    where the content was deleted.
    """
    labels = {
        PayloadId(str(row.facts[LABEL])): row.id
        for row in rows
        if row.standing is Standing.UNREADABLE and LABEL in row.facts
    }
    whole = {
        row.payload: row.id
        for row in rows
        if row.payload is not None
        and row.standing is Standing.UNMATCHED
        and row.dossier_id is None
    }
    sealed = await tools.store.payloads([*whole, *labels])
    named: dict[ReportId, tuple[str, ...]] = {row.id: () for row in rows}
    for payload, one in sealed.items():
        said = json.loads(tools.vault.open_common(one))
        if payload in labels:
            named[labels[payload]] = tuple(dict.fromkeys(filter(None, said.values())))
            continue
        values = (reference.value for reference in _references(said["about"]))
        named[whole[payload]] = tuple(dict.fromkeys(values))
    return named


def _whole(report: AgencyReport) -> dict[str, Any]:
    """All of a report that its row does not hold."""
    signed = report.signed
    return {
        "about": [[r.agency, r.kind, r.value] for r in report.about],
        "introduces": [[r.agency, r.kind, r.value] for r in report.introduces],
        "found_by": list(report.found_by),
        "fingerprint": report.fingerprint,
        "content": report.content,
        "files": [[f.name, f.link, f.media_type] for f in report.files],
        "enclosed": [
            [f.name, f.sha256, f.title, f.media_type] for f in report.enclosed
        ],
        "signed": None if signed is None else base64.b64encode(signed).decode(),
        "opens": report.opens,
        "brought": [
            [f.name, f.sha256, base64.b64encode(f.content).decode(), f.media_type]
            for f in report.brought
        ],
        "renews": report.renews,
        "never_after": sorted(report.never_after),
    }


def _references(rows: Iterable[Any]) -> tuple[Reference, ...]:
    return tuple(Reference(*row) for row in rows)


async def note_repeat(tools: Tools, first: ReportRow, known: ReportRow) -> Standing:
    """Note that a report came again; nothing else changes."""
    again = replace(
        first,
        standing=Standing.REPEATED,
        dossier_id=known.dossier_id,
        code=known.standing.value,
    )
    await tools.store.apply(
        Change(now=tools.clock.now(), dossier_id=known.dossier_id, report=again)
    )
    tell(tools, again)
    return Standing.REPEATED


def tell(tools: Tools, row: ReportRow, place: Place | None = None) -> None:
    """Say in the log what came and what became of it; ``place``: what it belongs to."""
    tools.probe.inbound(
        report_id=row.id,
        agency=row.agency,
        office=row.office,
        kind=row.kind,
        standing=row.standing.value,
        code=row.code,
        dossier_id=row.dossier_id,
        **(place.below(row.id).facts if place else {}),
    )


def line_of(
    report: AgencyReport,
    first: ReportRow,
    sealed: tuple[SealedPayload, ...],
    now: datetime,
) -> JournalLine:
    """What the journal of its dossier says of a report."""
    event_at = report.event_at.isoformat() if report.event_at else None
    by = {"handed_in_by": report.handed_in_by} if report.handed_in_by else {}
    return JournalLine(
        kind="report",
        at=now,
        actor=first.office,
        facts={
            "report": first.id,
            "kind": first.kind,
            "standing": first.standing.value,
            "code": first.code,
            "event_at": event_at,
            **by,
        },
        payload=first.payload,
        payload_digest=sealed[0].digest if first.payload else b"",
    )
