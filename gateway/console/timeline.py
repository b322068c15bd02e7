"""All that happened to a dossier, over all agencies, by day; oldest first."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any

from gateway.console import (
    closing_lines,
    labels,
    note_box,
    offices,
    refused_files,
    show,
    terms,
)
from gateway.console.language import later, say, say_of
from gateway.domain.attempt import Outcome
from gateway.domain.chase import HOWS, How
from gateway.domain.closing import AFTERWARDS
from gateway.domain.closing import LINE as CLOSING
from gateway.domain.letters import AS_RECEIVED, DOUBTFUL
from gateway.domain.numbers.warnings import WARNINGS
from gateway.domain.procedure import Event
from gateway.domain.ready import ACKNOWLEDGES, FETCHES, READY
from gateway.domain.remarks import TEXT_UNCLEAR
from gateway.domain.report import ReportKind, Standing
from gateway.domain.transfer import STATUS_CONVERSATION, State
from gateway.domain.words import words_of
from gateway.domain.written import money
from gateway.sealing.folder import CONTENT
from gateway.watch import noting

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gateway.domain.identifiers import PayloadId
    from gateway.domain.journal import JournalLine
    from gateway.domain.principal import Principal
    from gateway.domain.transfer import Transfer
    from gateway.ports.overview import AttemptRow
    from gateway.ports.store import ReportRow
    from gateway.sealing.folder import Folder
    from gateway.sealing.tools import Tools

#: An agency's own moment that differs by less from the arrival says nothing new.
SAME_TIME = timedelta(hours=1)
_ORDER = {"in": 0, "out": 2, "bad": 2, "told": 3}
#: What an attempt that is no sending is about.
_ABOUT = {
    "enquire": later("Hỏi lại về «%(what)s»"),
    FETCHES: later("Cơ quan lấy về «%(what)s»"),
    ACKNOWLEDGES: later("Cơ quan xác nhận đã nhận «%(what)s»"),
}
_REPLACED = later("lượt gửi sau thay thế")
_CAME = frozenset({FETCHES, ACKNOWLEDGES})
_GOOD = frozenset({Outcome.DELIVERED, Outcome.DUPLICATE})


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened; ``notes`` stand under it."""

    at: datetime
    who: str
    what: str
    notes: tuple[str, ...] = ()
    tone: str = "out"
    #: in: the counter · out: we sent · report: an agency told · act: a person ·
    #: bad: it failed · told: the one-stop knows · quiet: changed nothing
    until: str = ""
    #: moment of the last of several tries that ended alike


async def days(
    tools: Tools,
    folder: Folder,
    transfers: Sequence[Transfer],
    principal: Principal,
) -> list[dict[str, Any]]:
    """Every line, grouped by its day in Vietnam."""
    found = await lines(tools, folder, transfers, principal)
    return [
        {"day": day, "lines": list(group)}
        for day, group in groupby(found, key=lambda line: show.weekday(line.at))
    ]


def plain(line: Line) -> dict[str, Any]:
    """A line as JSON values; its moment in UTC."""
    last = say("lần cuối lúc %(until)s") % {"until": line.until}
    until = (last,) if line.until else ()
    return {
        "at": line.at.isoformat(),
        "who": line.who,
        "what": line.what,
        "notes": [*until, *line.notes],
        "tone": line.tone,
    }


async def lines(
    tools: Tools,
    folder: Folder,
    transfers: Sequence[Transfer],
    principal: Principal,
) -> list[Line]:
    """Every line, oldest first; what staff noted, for themselves alone."""
    case = folder.row.case
    sender = offices.name(tools, case.sender)
    found = [Line(case.accepted_at, sender, labels.counted(Event.ACCEPTED), tone="in")]
    written = [one.line for one in await tools.store.journal(case.dossier_id)]
    found += await _journalled(written, folder, transfers, sender)
    terms_told = ((line.at, terms.told(tools, case, line)) for line in written)
    found += [Line(at, *said, tone="quiet") for at, said in terms_told if said]
    found += [_chased(tools, line) for line in written if line.kind == "chase"]
    for one in await closing_lines.told(tools, folder, written):
        found.append(Line(one.at, _by(one.by), one.what, one.notes, tone="act"))
    for one in await refused_files.told(tools, folder, written):
        found.append(Line(one.at, one.by, one.what, one.notes, tone="bad"))
    if noting.ours(principal):
        noted = await noting.noted(tools, folder.row)
        told = ((line.at, note_box.told(noted, line)) for line in written)
        found += [Line(at, *said, tone="act") for at, said in told if said]
    for transfer in transfers:
        attempts = await tools.overview.attempts(transfer.id)
        found += _attempts(tools, transfer, attempts)
        found += _cancelled(tools, transfer)
    found += await _reports(tools, folder, written)
    # Of one moment: what came in, then what we sent of it, then whom we told.
    return sorted(found, key=lambda line: (line.at, _ORDER.get(line.tone, 1)))


def _chased(tools: Tools, line: JournalLine) -> Line:
    """That an office was chased; whom and what was said stands in its box."""
    facts = line.facts
    what = say("Đôn đốc %(office)s: %(how)s") % {
        "office": offices.name(tools, facts["office"]),
        "how": say(HOWS[How(facts["how"])]),
    }
    promised, corrects = facts["promised_on"], facts["corrects"]
    until = say("đơn vị hẹn ngày %(day)s") % {"day": show.day(promised)}
    notes = (
        *([until] if promised else []),
        *([say("đính chính một lần ghi nhầm")] if corrects else []),
    )
    return Line(line.at, _staff(line), what, notes, tone="act")


def _staff(line: JournalLine) -> str:
    return _by(labels.actor(line.actor))


def _by(who: str) -> str:
    return say("Cán bộ %(who)s") % {"who": who}


async def _journalled(
    written: Sequence[JournalLine],
    folder: Folder,
    transfers: Sequence[Transfer],
    sender: str,
) -> list[Line]:
    """What the counter did, and what people did by hand with their reasons."""
    by_id = {str(transfer.id): transfer for transfer in transfers}
    found = []
    for line in written:
        facts = line.facts
        event = str(facts.get("event", ""))
        by_counter = line.kind == "happened" and not facts.get("leg")
        if by_counter and event in labels.COUNTER and event != Event.ACCEPTED:
            found.append(Line(line.at, sender, labels.counted(event), tone="in"))
        if line.kind == "action":
            what, about = labels.done(str(facts["action"])), ""
            if transfer := by_id.get(str(facts.get("transfer"))):
                about = labels.message_kind(transfer.kind)
            if "report" in facts:
                kind = labels.report_kind(str(facts["kind"]))
                about = say("phản hồi «%(kind)s»") % {"kind": kind}
            reason = await _said(folder, line.payload, "reason")
            why = say("Lý do: %(reason)s") % {"reason": reason}
            notes = (why,) if reason else ()
            done = f"{what}: {about}" if about else what
            found.append(Line(line.at, _staff(line), done, notes, tone="act"))
    return found


async def _said(folder: Folder, payload: PayloadId | None, name: str) -> str:
    content = await _content(folder, payload)
    return str(content.get(name) or "")


async def _content(folder: Folder, payload: PayloadId | None) -> Mapping[str, Any]:
    """A sealed JSON value; empty when it is none or was deleted."""
    found = await folder.payload(payload) if payload else None
    if found is None or found[0] not in {CONTENT, "reason"}:
        return {}
    content: Any = json.loads(found[1])
    return content if isinstance(content, dict) else {}


def _attempts(
    tools: Tools, transfer: Transfer, attempts: Sequence[AttemptRow]
) -> Iterable[Line]:
    """One line for each run of attempts that ended alike."""
    to = offices.name(tools, transfer.office)
    told = transfer.conversation == STATUS_CONVERSATION

    def alike(one: AttemptRow) -> tuple[str, Outcome, str]:
        return (one.record.purpose, one.record.outcome, one.record.code)

    for (purpose, outcome, code), group in groupby(attempts, key=alike):
        run = list(group)
        first, last = run[0].record.started_at, run[-1].record.started_at
        good = outcome in _GOOD
        carried = outcome is Outcome.ON_ITS_WAY
        what = labels.message_kind(transfer.kind)
        if purpose in _ABOUT:
            what = say(_ABOUT[purpose]) % {"what": what}
        if len(run) > 1:
            what = f"{what} ({_times(purpose, len(run))})"
        said = words_of(code, offices.words(tools, transfer.office)).reason
        ended = said if code in READY else labels.outcome(outcome)
        plain_words = good or carried or said == code or not said
        notes = [ended if plain_words else f"{ended}: {said}"]
        if told and good:
            status = say(str(transfer.facts.get("portal_text", "")))
            notes = [say("đã báo: %(status)s") % {"status": status}]
        tone = "told" if told and good else "out" if good or carried else "bad"
        until = show.moment(last) if len(run) > 1 else ""
        way = _from(to) if purpose in _CAME else _to(to)
        yield Line(first, way, what, tuple(notes), tone, until)


def _from(office: str) -> str:
    return say("%(office)s → Cổng") % {"office": office}


def _to(office: str) -> str:
    return say("Cổng → %(office)s") % {"office": office}


def _times(purpose: str, count: int) -> str:
    text = say_of("%(what)s %(count)s lần", "%(what)s %(count)s lần", count)
    return text % {"what": labels.purpose(purpose), "count": count}


def _cancelled(tools: Tools, transfer: Transfer) -> Iterable[Line]:
    """A cancelled transfer and what made it pointless; people's acts stand elsewhere."""
    if transfer.state is not State.CANCELLED or transfer.finished_at is None:
        return
    by = transfer.named_by or ""
    why = {
        "report": say("không còn cần sau phản hồi của cơ quan"),
        "withdrawal": say("người nộp rút hồ sơ"),
        CLOSING: say("cán bộ kết thúc bằng tay"),
    }.get(by.partition(":")[0], say(_REPLACED) if by.startswith("t_") else "")
    if why:
        kind = labels.message_kind(transfer.kind)
        what = say("Không gửi nữa: %(kind)s") % {"kind": kind}
        way = _to(offices.name(tools, transfer.office))
        yield Line(transfer.finished_at, way, what, (why,), "quiet")


async def _reports(
    tools: Tools, folder: Folder, written: Sequence[JournalLine]
) -> list[Line]:
    """One line for each report; its repeats are counted on it, not listed."""
    brought = {
        line.facts["report"]: labels.actor(str(line.facts["handed_in_by"]))
        for line in written
        if "handed_in_by" in line.facts
    }
    first: dict[str, ReportRow] = {}
    repeats: dict[str, list[ReportRow]] = {}
    for report in await tools.overview.reports(folder.row.case.dossier_id):
        if report.standing is Standing.REPEATED and report.fingerprint in first:
            repeats.setdefault(report.fingerprint, []).append(report)
        else:
            first.setdefault(report.fingerprint, report)
    return [
        await _report(
            tools,
            folder,
            report,
            repeats.get(fingerprint, []),
            by=brought.get(report.id, ""),
        )
        for fingerprint, report in first.items()
    ]


async def _report(
    tools: Tools,
    folder: Folder,
    report: ReportRow,
    repeats: Sequence[ReportRow],
    *,
    by: str,
) -> Line:
    applied = report.standing is Standing.APPLIED
    notes = []
    if not applied:
        if report.code != AFTERWARDS:
            notes.append(labels.standing(report.standing))
        if report.code:
            said = words_of(report.code, offices.words(tools, report.office)).reason
            notes.append(said)
    if by:
        notes.append(f"{_brought(tools, report)}: {by}")
    content = await _content(folder, report.payload)
    if content.get("note"):
        notes.append(say("Cơ quan viết: «%(note)s»") % {"note": content["note"]})
    if was := content.get(AS_RECEIVED, {}).get("/note"):
        notes.append(
            say("Cổng đã đổi sang Unicode; như khi nhận: «%(was)s»") % {"was": was}
        )
    if content.get(DOUBTFUL):
        notes.append(f"{WARNINGS[TEXT_UNCLEAR].reason}.")
    notes += [_notice(notice) for notice in content.get("notices") or ()]
    notes += _moments(report, repeats)
    return Line(
        at=report.arrived_at,
        who=offices.name(tools, report.office),
        what=labels.report_kind(report.kind),
        notes=tuple(notes),
        tone="report" if applied else "quiet",
    )


def _moments(report: ReportRow, repeats: Sequence[ReportRow]) -> Iterable[str]:
    """What is odd in when it happened, by the agency, and when it came."""
    if report.event_at and abs(report.arrived_at - report.event_at) >= SAME_TIME:
        at = show.moment(report.event_at)
        yield say("cơ quan ghi lúc %(at)s") % {"at": at}
    if late := report.facts.get("backdated_days"):
        text = say_of(
            "khai lùi ngày: ghi sau %(count)s ngày",
            "khai lùi ngày: ghi sau %(count)s ngày",
            int(late),
        )
        yield text % {"count": late}
    if repeats:
        text = say_of(
            "đến lặp lại %(count)s lần, lần cuối %(last)s; không đổi gì",
            "đến lặp lại %(count)s lần, lần cuối %(last)s; không đổi gì",
            len(repeats),
        )
        last = show.moment(repeats[-1].arrived_at)
        yield text % {"count": len(repeats), "last": last}


def _brought(tools: Tools, report: ReportRow) -> str:
    """What a person did who brought a report that no system told."""
    if report.kind == ReportKind.SLIP:
        return say("người nộp phiếu")
    by_hand = offices.works_by_list(tools, report.office)
    return say("cán bộ ghi") if by_hand else say("người nộp gói")


def _notice(notice: Mapping[str, Any]) -> str:
    """One notice of money to be paid, as far as the agency told it."""
    parts = [str(notice.get("kind") or say("Khoản phải nộp"))]
    if notice.get("amount"):
        parts.append(money(str(notice["amount"])))
    if notice.get("number"):
        parts.append(say("thông báo số %(number)s") % {"number": notice["number"]})
    if notice.get("due_on"):
        day = _day(str(notice["due_on"]))
        parts.append(say("hạn nộp %(day)s") % {"day": day})
    return ", ".join(parts)


def _day(text: str) -> str:
    """A day as people write it; an agency's own way of writing stays as it is."""
    try:
        return show.day(text)
    except ValueError:
        return text
