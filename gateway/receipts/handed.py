"""Files that came with a report, or inside it, become files of the dossier."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.case import INFERRED, End
from gateway.domain.closing import AFTERWARDS
from gateway.domain.errors import ReportRefused
from gateway.domain.journal import JournalLine
from gateway.domain.procedure import Event
from gateway.domain.report import ReportKind, Standing
from gateway.domain.values import replace
from gateway.ports.store import AttachmentLink, FetchJob
from gateway.receipts.brought import links
from gateway.routing.messages import tell_again

if TYPE_CHECKING:
    from gateway.domain.case import Case
    from gateway.domain.identifiers import OfficeId
    from gateway.domain.report import AgencyReport
    from gateway.ports.store import Change, ReportRow, Upload
    from gateway.receipts.brought import Files
    from gateway.routing.progress import Step
    from gateway.sealing.folder import Folder
    from gateway.sealing.tools import Tools


async def uploads_of(
    tools: Tools, report: AgencyReport, office: OfficeId
) -> dict[str, Upload]:
    """The uploads that a report names, by their SHA-256.

    Raises:
        ReportRefused: one is not there any more.
    """
    wanted = {
        one.sha256: tools.vault.blind("sha256", one.sha256) for one in report.enclosed
    }
    if not wanted:
        return {}
    found = await tools.store.uploads(office, list(wanted.values()))
    if found.keys() != set(wanted.values()):
        raise ReportRefused(code="upload_unknown")
    return {sha256: found[blind] for sha256, blind in wanted.items()}


def with_files(
    tools: Tools,
    folder: Folder,
    change: Change,
    report: AgencyReport,
    step: Step,
    came: tuple[dict[str, Upload], Files],
) -> Change:
    """The change with a report's files, whether or not it moved the dossier.

    What ends a leg brings its result, which goes along when the dossier ends. A
    corrected result comes after that end: of it the one-stop is told anew.
    ``came``: uploads before the report, and files inside it, each by SHA-256.
    """
    if _came_at_last(step, report):
        change = _without_mark(change, folder.row.case)
    if not (report.enclosed or report.brought):
        return change
    uploads, files = came
    corrected = _corrects(step, report)
    ends = report.kind is ReportKind.FINISHED
    result = corrected or (ends and step.standing is Standing.APPLIED)
    role = "result" if result else "notice"
    enclosed = tuple(
        AttachmentLink(
            attachment=folder.key.take(uploads[one.sha256].stored),
            role=role,
            sealed_name=folder.key.seal_value("file", one.name),
            blind=tools.vault.blind("sha256", one.sha256),
        )
        for one in report.enclosed
    )
    inside = links(tools, folder.key, report.brought, files, role)
    change = replace(
        change,
        attachments=(*enclosed, *inside),
        uploads_used=tuple(uploads.values()),
    )
    return _told(tools, change, change.case or folder.row.case) if corrected else change


def fetches(
    tools: Tools, folder: Folder, report: AgencyReport, office: OfficeId, step: Step
) -> tuple[FetchJob, ...]:
    """What is to be fetched of the files that a report offers by link.

    Also of one that came after people ended the part: what it brings is kept.
    """
    applied = step.standing is Standing.APPLIED or step.code == AFTERWARDS
    if not applied and not _came_at_last(step, report):
        return ()
    jobs = []
    for file in report.files:
        identifier = tools.chance.identifier("f")
        text = f"{file.name}\n{file.link}\n{file.media_type}"
        jobs.append(
            FetchJob(
                id=identifier,
                office=office,
                sealed_link=folder.key.seal_value(identifier, text),
                due_at=tools.clock.now(),
            )
        )
    return tuple(jobs)


def recorded(first: ReportRow, step: Step, report: AgencyReport) -> ReportRow:
    """The row as it is kept: what brings a corrected result has changed something."""
    if _corrects(step, report):
        return replace(first, standing=Standing.APPLIED, code="")
    return replace(first, standing=step.standing, code=step.code)


def _corrects(step: Step, report: AgencyReport) -> bool:
    """Whether it brings another result, which the counter has asked for."""
    asked = Event.RESULT_WRONG.value in step.case.happened
    after = (
        report.kind is ReportKind.FINISHED
        and step.standing is Standing.LATE
        and step.case.end is End.FINISHED
    )
    came = bool(report.enclosed or report.brought)
    return came and ((asked and after) or _came_at_last(step, report))


def _came_at_last(step: Step, report: AgencyReport) -> bool:
    """Whether it says what somebody confirmed before: its result is the first one."""
    return (
        report.kind is ReportKind.FINISHED
        and step.standing is Standing.LATE
        and step.case.end is End.FINISHED
        and bool(step.case.facts.get(INFERRED))
    )


def _without_mark(change: Change, case: Case) -> Change:
    """Only the first such report brings the result."""
    kept = {name: fact for name, fact in case.facts.items() if name != INFERRED}
    return replace(change, case=replace(case, facts=kept, version=case.version + 1))


def _told(tools: Tools, change: Change, case: Case) -> Change:
    after, status = tell_again(case, tools.versions.current, tools.chance)
    line = JournalLine("status", change.now, "gateway", dict(status.facts))
    return replace(
        change,
        case=replace(
            after, version=change.case.version if change.case else after.version + 1
        ),
        transfers=(*change.transfers, status),
        journal=(*change.journal, line),
    )
