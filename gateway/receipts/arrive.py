"""Every report, however it came: matched to its dossier and applied in one unit."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from gateway.domain.closing import AFTERWARDS
from gateway.domain.errors import ChangedMeanwhile, KeyTaken, ReportKnown, ReportRefused
from gateway.domain.file_errors import FileRefused
from gateway.domain.identifiers import ReportId
from gateway.domain.journal import JournalLine
from gateway.domain.report import Standing
from gateway.domain.trace import of_attempt, of_dossier
from gateway.ports.attachments import FileSource
from gateway.ports.store import Change, ReportRow
from gateway.receipts.about import dossier_of
from gateway.receipts.brought import NO_FILES, put_away
from gateway.receipts.deciding import decided, of_a_former_slip
from gateway.receipts.hand import not_waiting
from gateway.receipts.handed import fetches, recorded, uploads_of, with_files
from gateway.receipts.kept import (
    keep_unmatched,
    line_of,
    note_repeat,
    sealed_content,
    tell,
)
from gateway.receipts.letters import in_unicode
from gateway.receipts.moves import hand_over_proved, moves, polled_soon, settled
from gateway.receipts.opened import open_dossier
from gateway.receipts.owed import Owed, ledgers_of
from gateway.receipts.owed_back import with_words_on
from gateway.receipts.passing_back import opened_for_passing, pass_back_alone
from gateway.receipts.renewed import renewal
from gateway.receipts.repeats import known_before
from gateway.receipts.slip import enclose
from gateway.sealing.advance import advance
from gateway.sealing.folder import Folder
from gateway.sealing.holder import to_holder
from gateway.sealing.index import quoted_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from gateway.domain.case import Case
    from gateway.domain.identifiers import AgencyId, OfficeId, TransferId
    from gateway.domain.report import AgencyReport
    from gateway.domain.trace import Place
    from gateway.domain.transfer import Transfer
    from gateway.ports.store import DossierRow
    from gateway.ports.vault import SealedPayload
    from gateway.receipts.brought import Files
    from gateway.receipts.hand import ByHand
    from gateway.receipts.repeats import Arrival
    from gateway.routing.messages import Enclosure
    from gateway.routing.progress import Step
    from gateway.sealing.tools import Tools

TRIES = 20
#: Code of a report whose numbers no dossier has yet.
NO_DOSSIER = "no_dossier"


class Arrived(NamedTuple):
    """What became of a report; ``mistakes`` and ``cause`` as in ``PartResult``."""

    standing: Standing
    mistakes: frozenset[int] = frozenset()
    cause: str = ""


async def arrive(
    tools: Tools,
    agency: AgencyId,
    office: OfficeId,
    report: AgencyReport,
    arrived_at: datetime,
    transfer_id: TransferId | None = None,
    *,
    by_hand: ByHand | None = None,
    beside: Callable[[Change], Change] | None = None,
) -> Arrived:
    """Take one report in; durable when it returns.

    What fits no dossier is kept as unmatched, once; a repeat of another is noted
    and nothing else, a late one is recorded and not applied. ``by_hand``: a person
    says whose an unmatched one is. ``beside`` adds to the unit of its dossier.

    Raises:
        ActionNotPossible: the report that a person assigns does not wait any more.
    """
    report = in_unicode(report)
    first = ReportRow(
        id=ReportId(tools.chance.identifier("r")),
        agency=agency,
        office=office,
        kind=report.kind.value,
        fingerprint=report.fingerprint,
        standing=Standing.APPLIED,
        event_at=report.event_at,
        arrived_at=arrived_at,
        facts=report.facts,
        transfer_id=transfer_id,
    )
    files = NO_FILES
    for _ in range(TRIES):
        arrival = replace(await known_before(tools, report, first), beside=beside)
        if by_hand is not None and by_hand.row.id not in arrival.settles:
            raise not_waiting()
        if arrival.repeats is not None:
            standing = await note_repeat(tools, arrival.row, arrival.repeats)
            return Arrived(standing, await _mistakes_again(tools, report, first))
        try:
            if report.brought and not files:
                report, files = await _put_away(tools, report, office, by_hand)
            return await _take(tools, report, arrival, by_hand, files)
        except FileRefused as refused:
            return await _without_its_files(tools, report, arrival, refused.code)
        except (ChangedMeanwhile, ReportKnown):
            continue
    raise ChangedMeanwhile


async def _put_away(
    tools: Tools, report: AgencyReport, office: OfficeId, by_hand: ByHand | None
) -> tuple[AgencyReport, Files]:
    """The report with its files put away; a refused one is told in its dossier, too."""
    row = await dossier_of(tools, report, by_hand)
    about = None if row is None else row.case.dossier_id
    return await put_away(tools, report, FileSource("report", office, about))


async def _without_its_files(
    tools: Tools, report: AgencyReport, arrival: Arrival, code: str
) -> Arrived:
    """Whole it waits for a person: what it says may be told without the file."""
    with contextlib.suppress(ReportKnown):  # another node was told the same
        await keep_unmatched(tools, report, arrival, code)
    return Arrived(Standing.UNMATCHED, cause=code)


async def _mistakes_again(
    tools: Tools, report: AgencyReport, first: ReportRow
) -> frozenset[int]:
    """What was not taken the first time is not taken now, and is told so again."""
    row = await dossier_of(tools, report)
    if row is None:
        return frozenset()
    return (await Owed.told(tools, Folder.of(tools, row), report, first)).mistakes


async def _take(
    tools: Tools,
    report: AgencyReport,
    arrival: Arrival,
    by_hand: ByHand | None,
    files: Files,
) -> Arrived:
    row = await dossier_of(tools, report, by_hand)
    try:
        if row is not None and report.renews:
            return await _renewed(tools, row, report, arrival, files)
        if row is not None:
            return await _taken_by(tools, row, report, arrival, by_hand, files)
        if report.opens is not None:
            return await _opened(tools, report, arrival, files, by_hand)
    except ReportRefused as refused:
        code = refused.code
    except KeyTaken:
        # A number that the report introduces belongs to another dossier.
        code = "number_of_another"
    else:
        return await _passing(tools, report, arrival, NO_DOSSIER)
    if row is not None and arrival.unfit is None:
        await pass_back_alone(tools, row, report, arrival.row.office)
    return Arrived(await keep_unmatched(tools, report, arrival, code), cause=code)


async def _opened(
    tools: Tools,
    report: AgencyReport,
    arrival: Arrival,
    files: Files,
    by_hand: ByHand | None,
) -> Arrived:
    opened = open_dossier(tools, report, arrival.row, files)
    if isinstance(opened, str):
        return await _passing(tools, report, arrival, opened)
    await tools.store.apply(_with_end(opened, arrival, _entry(tools, None, by_hand)))
    tell(tools, arrival.row)
    return Arrived(Standing.APPLIED)


async def _renewed(
    tools: Tools, row: DossierRow, report: AgencyReport, arrival: Arrival, files: Files
) -> Arrived:
    if not _may_speak(tools, arrival.row.office, row.case):
        return Arrived(await keep_unmatched(tools, report, arrival, "not_its_dossier"))
    change = await renewal(tools, row, report, arrival.row, files)
    await tools.store.apply(_with_end(change, arrival))
    first = change.report or arrival.row
    tell(tools, first, of_dossier(row.case))
    return Arrived(first.standing)


async def _passing(
    tools: Tools, report: AgencyReport, arrival: Arrival, code: str
) -> Arrived:
    """Take in what fits no dossier here: for a one-stop in whose line we are, or kept."""
    opened = opened_for_passing(tools, report, arrival.row.office)
    if opened is None:
        return Arrived(await keep_unmatched(tools, report, arrival, code))
    with contextlib.suppress(KeyTaken):  # another message of it was first
        await tools.store.apply(opened)
    # It is there now, and what came is looked at anew.
    raise ChangedMeanwhile


async def _taken_by(
    tools: Tools,
    row: DossierRow,
    report: AgencyReport,
    arrival: Arrival,
    by_hand: ByHand | None,
    files: Files,
) -> Arrived:
    """Take a report in for its dossier."""
    first = arrival.row
    if not _may_speak(tools, first.office, row.case):
        return Arrived(await keep_unmatched(tools, report, arrival, "not_its_dossier"))
    first = replace(first, dossier_id=row.case.dossier_id)
    folder = Folder.of(tools, row)
    sealed = sealed_content(folder, report)
    enclosure, references = await enclose(tools, folder, report, sealed)
    report = _as_signed(report, enclosure)
    transfers = await tools.store.transfers(row.case.dossier_id)
    if of_a_former_slip(tools, row.case, report, first, transfers):
        return Arrived(Standing.LATE, cause="former_slip")
    owed = await Owed.told(tools, folder, report, first)
    uploads = await uploads_of(tools, report, first.office)
    proved = _proved(tools, transfers, first, by_hand)
    said = (tools, row.case, report, first, transfers, proved)
    holds = enclosure.parked is None
    step, asked = decided(*said, holds=holds, effect=owed.effect)
    if step.standing is Standing.UNMATCHED and arrival.unfit is not None:
        kept = await keep_unmatched(tools, report, arrival, step.code)
        return Arrived(_to_agency(kept, step.code))
    payload = sealed[0].id if sealed else None
    first = replace(recorded(first, step, report), payload=payload)
    applied = step.standing is Standing.APPLIED
    step, ledger = owed.kept(folder, step) if applied or owed.fills else (step, ())
    enclosure, told = owed.enclosed(folder, step, enclosure, sealed)
    content = (*sealed, *ledger, *told)
    change = _change(tools, folder, step, report, first, content, enclosure)
    change = with_files(tools, folder, change, report, step, (uploads, files))
    change = await to_holder(tools, replace(change, moves=asked))
    change = await with_words_on(tools, folder, report, owed, change)
    if applied:
        change = replace(
            change,
            references=(*change.references, *references),
            words=quoted_words(tools, (*report.found_by, enclosure.slip_number)),
            moves=(*settled(proved), *moves(tools, row, transfers, step, first)),
            polls=polled_soon(tools, transfers, step),
        )
    await tools.store.apply(_with_end(change, arrival, _entry(tools, folder, by_hand)))
    tell(tools, first, _place(row.case, first, transfers))
    return Arrived(_to_agency(first.standing, first.code), owed.mistakes, first.code)


def _to_agency(standing: Standing, code: str) -> Standing:
    """What its agency is told of a report: that a person looks at it is ours to know."""
    return Standing.LATE if code == AFTERWARDS else standing


def _place(case: Case, first: ReportRow, transfers: Iterable[Transfer]) -> Place:
    """What a report belongs to in a trace: the attempt that it answers.

    Where it names none, the last one at its office; before any, the dossier's intake.
    """
    sent = [one for one in transfers if one.office == first.office and one.attempts]
    named = [one for one in sent if one.id == first.transfer_id]
    for answered in reversed(named or sent):
        return of_attempt(case, answered)
    return of_dossier(case)


def _proved(
    tools: Tools,
    transfers: Sequence[Transfer],
    first: ReportRow,
    by_hand: ByHand | None,
) -> Transfer | None:
    """The hand-over that the report proves: by when it came first, whoever assigns it."""
    told_at = (by_hand.row if by_hand else first).arrived_at
    return hand_over_proved(tools, transfers, first.agency, told_at)


def _entry(
    tools: Tools, folder: Folder | None, by_hand: ByHand | None
) -> tuple[SealedPayload, JournalLine] | None:
    return by_hand.entry(tools, folder) if by_hand else None


def _as_signed(report: AgencyReport, enclosure: Enclosure) -> AgencyReport:
    """The report, with what its slip is to those before it, as its issuer signed it."""
    if not enclosure.slip:
        return report
    return replace(report, facts={**report.facts, "slip": enclosure.slip})


def _may_speak(tools: Tools, office: OfficeId, case: Case) -> bool:
    """Numbers are no secret: an office speaks of the dossiers that it has."""
    spoken_for = tools.versions.current.speaks_for(office)
    return not spoken_for.isdisjoint(leg.office for leg in case.legs)


def _with_end(
    change: Change,
    arrival: Arrival,
    by_hand: tuple[SealedPayload, JournalLine] | None = None,
) -> Change:
    """The change with the end of the earlier arrival that fitted nothing, if any.

    And with what else belongs to it.
    """
    if arrival.beside is not None:
        change = arrival.beside(change)
    if not arrival.settles:
        return change
    if by_hand is not None:
        sealed, line = by_hand
        change = replace(change, payloads=(*change.payloads, sealed))
    else:
        facts = {"report": arrival.settles[0], "by": arrival.row.id}
        line = JournalLine("settled", change.now, arrival.row.office, facts)
    settles = (*change.settles, *arrival.settles)
    return replace(change, settles=settles, journal=(*change.journal, line))


def _change(
    tools: Tools,
    folder: Folder,
    step: Step,
    report: AgencyReport,
    first: ReportRow,
    sealed: tuple[SealedPayload, ...],
    enclosure: Enclosure,
) -> Change:
    case, now = folder.row.case, tools.clock.now()
    line = line_of(report, first, sealed, now)
    if step.standing is not Standing.APPLIED:
        filled = None
        if ledgers_of(step.case) != ledgers_of(case):
            facts = step.case.facts
            filled = replace(case, facts=facts, version=case.version + 1)
        return Change(
            now=now,
            dossier_id=case.dossier_id,
            case=filled,
            # What it is too late for must still be so when it is recorded.
            expects=case.version,
            fetch=fetches(tools, folder, report, first.office, step),
            report=first,
            payloads=sealed,
            journal=(line,),
        )
    change = advance(
        case,
        step,
        procedure=tools.versions.procedure_of(case),
        catalogue=tools.versions.current,
        chance=tools.chance,
        now=now,
        actor=first.office,
        enclosure=enclosure,
    )
    introduced = tuple(
        folder.reference(r.agency, r.kind, r.value) for r in report.introduces
    )
    return replace(
        change,
        report=first,
        payloads=sealed,
        references=introduced,
        fetch=fetches(tools, folder, report, first.office, step),
        journal=(line, *change.journal),
    )
