"""Who had a dossier from when to when, from the journal and what agencies told; pure.

A hand-over is what the journal proves to have been handed over. Everything else
that happened is a mark; a person or a moment that nobody told stays empty.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time
from typing import TYPE_CHECKING

from gateway.domain.case import LegState
from gateway.domain.closing import LINE as BY_HAND
from gateway.domain.closing import OUTCOMES, WAYS, Outcome, Way
from gateway.domain.correction import CorrectionState
from gateway.domain.legal_day import VIETNAM
from gateway.domain.measure import Level
from gateway.domain.paper import Mark, Turn
from gateway.domain.procedure import Event
from gateway.domain.report import ReportKind
from gateway.domain.transfer import TO_ONE_STOP, State
from gateway.domain.written import written
from gateway.reports.reading import received_at
from gateway.timing.explaining import TIMELINESS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.domain.case import LegCase
    from gateway.domain.journal import JournalLine
    from gateway.domain.procedure import Leg
    from gateway.reports.reading import Directory, Opened, Told

APPLICANT = "Người nộp hồ sơ"
CENTRE = "Trung tâm"
#: Who notes in the journal what delivery saw itself.
GATEWAY = "gateway"
_TAKEN = frozenset({State.DELIVERED, State.ANSWERED})
_COUNTER_MARKS = {
    Event.LOADED: "Cổng nhận theo dõi khi hồ sơ đang giải quyết; các lần giao, nhận"
    " trước đó không có ở đây",
    Event.QUESTION_ANSWERED: "Đã trả lời yêu cầu cung cấp thông tin của cơ quan thuế",
    Event.EXTENDED: "Xin lỗi, hẹn lại ngày trả kết quả",
    Event.REVISED: "Một cửa gửi bản sửa của hồ sơ",
    Event.WITHDRAWAL_REQUESTED: "Người nộp yêu cầu rút hồ sơ",
    Event.RESULT_WRONG: "Một cửa báo kết quả có sai sót",
}
_MARKS = {
    ReportKind.PROGRESS: "Chuyển bước xử lý",
    ReportKind.SLIP: "Lập phiếu chuyển thông tin",
    ReportKind.SUPPLEMENT_REQUEST: "Yêu cầu bổ sung, hoàn thiện hồ sơ",
    ReportKind.PAUSED: "Dừng xử lý",
    ReportKind.SUPPLEMENT_RECEIVED: "Đã nhận giấy tờ bổ sung",
    ReportKind.NOTICES: "Ra thông báo nghĩa vụ tài chính",
    ReportKind.QUESTION: "Yêu cầu nơi lập phiếu cung cấp thông tin",
    ReportKind.VOUCHER: "Có chứng từ nộp tiền",
    ReportKind.DEFERRED: "Xác nhận được ghi nợ nghĩa vụ tài chính",
    ReportKind.PAID: "Xác nhận đã hoàn thành nghĩa vụ tài chính",
    ReportKind.EXEMPTED: "Xác nhận được miễn nghĩa vụ tài chính",
}
_BACK = {
    ReportKind.WRONG_CASE: "Hồ sơ nộp sai trường hợp",
    ReportKind.CORRECTION_REQUEST: "Yêu cầu cập nhật hồ sơ",
    ReportKind.FINISHED: "Đã giải quyết xong",
    ReportKind.REFUSED: "Từ chối",
    ReportKind.WITHDRAWN: "Người nộp rút hồ sơ",
}


def turns(one: Opened, directory: Directory) -> tuple[Turn, ...]:
    """Every hand-over, oldest first, each with the moment it went on from there."""
    found = [
        *_of_counter(one, directory),
        *_of_messages(one, directory),
        *_of_reports(one, directory),
    ]
    ordered = [turn for _, turn in sorted(found, key=lambda pair: pair[0])]
    outcomes = _outcomes(one, directory)
    return tuple(
        replace(
            turn,
            until=_until(turn, ordered[place + 1 :], one, directory),
            outcome=outcomes.pop(turn.receiver, "")
            if turn.receiver != turn.giver
            else "",
        )
        for place, turn in enumerate(ordered)
    )


def _outcomes(one: Opened, directory: Directory) -> dict[str, str]:
    """How each office ended its part by its own time; it stands at its first hand-over."""
    return {
        directory.office(clock.office): TIMELINESS[clock.timeliness]
        for clock in one.clocks
        if clock.rule.level is Level.ANSWERED
        and clock.stopped_at is not None
        and clock.office
    }


def marks(one: Opened, directory: Directory) -> tuple[Mark, ...]:
    """What else happened, oldest first."""
    counter = directory.office(one.case.sender)
    found = [
        Mark(line.at, counter, _COUNTER_MARKS[Event(line.facts["event"])])
        for line in one.journal
        if line.kind == "happened"
        and not line.facts["leg"]
        and line.facts["event"] in _COUNTER_MARKS
    ]
    for told in one.told:
        if told.kind in _MARKS and not _handed_on(told):
            what = _with(_MARKS[told.kind], told.text("note") or _step(told))
            found.append(Mark(told.at, directory.office(told.office), what))
    found += [
        Mark(t.finished_at, directory.office(t.office), "Trả lại do lỗi dữ liệu")
        for t in one.transfers
        if t.state is State.REFUSED and t.conversation not in TO_ONE_STOP
    ]
    found += _by_hand(one, directory)
    return tuple(sorted(found, key=lambda mark: _moment(mark.at)))


def _by_hand(one: Opened, directory: Directory) -> Iterator[Mark]:
    """What people ended, and that two of them did."""
    for line in one.journal:
        facts = line.facts
        if line.kind != BY_HAND or facts.get("what") != CorrectionState.APPROVED:
            continue
        leg, outcome = str(facts["leg"]), facts.get("outcome")
        what = "Đóng hồ sơ bằng tay"
        if leg:
            office = directory.office(one.case.leg(leg).office)
            how = WAYS[Way(facts["way"])]
            told = f"{how}: {OUTCOMES[Outcome(outcome)]}" if outcome else how
            what = f"Kết thúc bằng tay phần việc của {office} ({told})"
        alone = "không có người thứ hai" if facts.get("nobody_else") else line.actor
        who = f"đề nghị: {facts['asked_by']}, xác nhận: {alone}"
        yield Mark(line.at, CENTRE, f"{what}; {who}")


def source(one: Opened, leg: LegCase, directory: Directory) -> str:
    """Who hands the dossier to a leg's office: the one-stop, or another leg's office.

    An office that opened the dossier itself had it from the applicant.
    """
    if Event.OPENED.value in leg.happened:
        return APPLICANT
    for trigger in one.procedure.leg(leg.name).opens_on:
        if trigger.leg:
            return directory.office(one.case.leg(trigger.leg).office)
    return directory.office(one.case.sender)


def turned_at(
    journal: Sequence[JournalLine], rule: Leg, leg: LegCase
) -> datetime | None:
    """When it became a leg's turn, whatever became of its message; None: not yet.

    A revision before any agency had the dossier may have named another office: it
    is that office's turn from then on. An office that opened the dossier itself had
    its turn when it said so.
    """
    opening = {(trigger.leg, trigger.event.value) for trigger in rule.opens_on}
    turned = None
    for line in journal:
        if line.kind != "happened":
            continue
        event = (line.facts["leg"], line.facts["event"])
        if event in ({("", Event.REVISED.value)} if turned else opening):
            turned = line.at
        if event[0] and (turned or event[0] == leg.name):
            return turned or line.at
    # What was taken over had been handed over before anybody wrote it down here.
    loaded = any(line.facts.get("event") == Event.LOADED for line in journal)
    begun = leg.state not in {LegState.WAITING, LegState.SKIPPED}
    return turned or (leg.since if begun and not loaded else None)


def _turn(
    giver: str,
    receiver: str,
    at: datetime | date | None,
    note: str = "",
    persons: tuple[str, str] = ("", ""),
) -> Turn:
    return Turn(giver, persons[0], receiver, persons[1], at, None, note)


def _timed(turn: Turn) -> tuple[datetime, Turn]:
    """A turn with its place in the order: that of its own moment."""
    return _moment(turn.at), turn


def _of_counter(one: Opened, directory: Directory) -> Iterator[tuple[datetime, Turn]]:
    counter = directory.office(one.case.sender)
    for line in one.journal:
        if line.kind != "happened" or line.facts["leg"]:
            continue
        match line.facts["event"]:
            case Event.ACCEPTED | Event.LOADED:
                yield _timed(_turn(APPLICANT, counter, received_at(one.document)))
            case Event.SUPPLEMENTED:
                yield _timed(_turn(APPLICANT, counter, line.at, "Giấy tờ bổ sung"))
            case _:
                pass
    # Told again, it corrects the day; the result was handed out once.
    if one.case.handed_out_on:
        yield _timed(_turn(counter, APPLICANT, one.case.handed_out_on, "Trả kết quả"))


def _of_messages(one: Opened, directory: Directory) -> Iterator[tuple[datetime, Turn]]:
    """First hand-overs as the journal has them; what followed as it was delivered."""
    here = {leg.name: leg for leg in one.case.legs}
    for line in one.journal:
        if line.kind != "happened" or line.facts["event"] != Event.HANDED_OVER:
            continue
        leg = here.get(line.facts["leg"])
        if leg is not None:
            # Whatever the office said of it, it said with the dossier in hand.
            first = min([line.at, *(t.at for t in one.told if t.office == leg.office)])
            yield first, _handed_over(one, leg, line, directory)
    counter = directory.office(one.case.sender)
    # A message that was refused arrived, too, but handed nothing over.
    sent = [t for t in one.transfers if t.state in _TAKEN]
    corrected = [t for t in sent if t.kind == "hand_over"][1:]
    for transfer in corrected:
        office = directory.office(transfer.office)
        yield _timed(_turn(counter, office, transfer.finished_at, "Bản sửa của hồ sơ"))
    for transfer in sent:
        if transfer.kind == "supplement":
            office = directory.office(transfer.office)
            yield _timed(
                _turn(counter, office, transfer.finished_at, "Giấy tờ bổ sung")
            )


def _handed_over(
    one: Opened, leg: LegCase, line: JournalLine, directory: Directory
) -> Turn:
    """The first hand-over to an office; its moment only where somebody saw it."""
    giver, office = source(one, leg, directory), directory.office(leg.office)
    if Event.OPENED.value in leg.happened:
        said = [told.at for told in one.told if told.kind is ReportKind.OPENED]
        return _turn(giver, office, said[0] if said else line.at)
    note = "Phiếu chuyển thông tin" if _by_slip(one, leg.name) else ""
    if line.actor != GATEWAY:
        # Its answer was lost: a report or a person told later that it had come.
        known = f"biết chắc đã nhận khi cơ quan xác nhận: {written(line.at)}"
        return _turn(giver, office, None, _with(note, known) if note else known)
    return _turn(giver, office, line.at, note)


def _by_slip(one: Opened, name: str) -> bool:
    """Whether a leg begins with a slip, and not with the dossier itself."""
    slips = {Event.SLIP_ISSUED, Event.SLIP_REPLACED}
    return any(trigger.event in slips for trigger in one.procedure.leg(name).opens_on)


def _of_reports(one: Opened, directory: Directory) -> Iterator[tuple[datetime, Turn]]:
    counter = directory.office(one.case.sender)
    for told in one.told:
        office = directory.office(told.office)
        if _handed_on(told):
            persons = (
                directory.person(told.text("MaCanBoChuyen")),
                directory.person(told.text("MaCanBoNhan")),
            )
            yield _timed(_turn(office, office, told.at, _step(told), persons))
        elif told.kind in _BACK:
            person = directory.person(told.text("officer"))
            note = _with(_BACK[told.kind], told.text("note"))
            to = APPLICANT if office == counter else counter
            yield _timed(_turn(office, to, told.at, note, (person, "")))
        elif told.kind is ReportKind.TAX_RETURNED:
            note = _with("Chuyển trả phiếu chuyển thông tin", told.text("note"))
            yield _timed(
                _turn(_payer(one, directory), _issuer(one, directory), told.at, note)
            )


def _handed_on(told: Told) -> bool:
    """Whether a step says which officer gave the dossier to which."""
    named = told.text("MaCanBoChuyen") or told.text("MaCanBoNhan")
    return told.kind is ReportKind.PROGRESS and bool(named)


def _step(told: Told) -> str:
    text = told.text("NoiDungXuLy")
    step = str(told.facts.get("step") or "")
    said = text or (f"bước {step}" if step else "")
    return _with("Chuyển lại", said) if told.facts.get("sent_back") else said


def _payer(one: Opened, directory: Directory) -> str:
    """The office of the leg that ends by payment; empty when the plan has none."""
    for rule in one.procedure.legs:
        if Event.PAID in rule.ends_on:
            return directory.office(one.case.leg(rule.name).office)
    return ""


def _issuer(one: Opened, directory: Directory) -> str:
    """Who issued the slip; empty when the plan does not say."""
    issuers = directory.slip_issuers(one)
    return issuers[0].name if issuers else ""


def _with(what: str, more: str) -> str:
    return f"{what}: {more}" if more else what


def _moment(at: datetime | date | None) -> datetime:
    """For order only: a bare day counts as its end, no moment as the beginning."""
    if at is None:
        return datetime.min.replace(tzinfo=VIETNAM)
    if isinstance(at, datetime):
        return at
    return datetime.combine(at, time.max, VIETNAM)


def _until(
    turn: Turn, later: Sequence[Turn], one: Opened, directory: Directory
) -> datetime | date | None:
    """When the receiver gave it on, or was done with its part.

    From officer to officer it stays in the office: that ends only an officer's time.
    """
    inside = turn.giver == turn.receiver
    for following in later:
        leaves = following.receiver != following.giver
        if following.giver == turn.receiver and (leaves or inside):
            return following.at
    for leg in one.case.legs:
        done = leg.state is LegState.ENDED and leg.happened
        if done and directory.office(leg.office) == turn.receiver:
            return leg.since
    return None
