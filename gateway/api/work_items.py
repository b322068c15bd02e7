"""One dossier on a work list: what was given to the office, and what can be done now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.api.answers import own_number
from gateway.calendar.working_time import working_time
from gateway.delivery.assemble import assemble
from gateway.delivery.pickup import contents, was_given
from gateway.domain.case import End, LegState, Pause
from gateway.domain.errors import DeliveryError
from gateway.domain.legal_day import VIETNAM, legal_day
from gateway.domain.procedure import Event
from gateway.domain.transfer import CLOSED, State
from gateway.ports.desk import Act
from gateway.routing.slips import consumer
from gateway.sealing.folder import Folder
from gateway.timing.promised import is_over

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from gateway.domain.case import LegCase
    from gateway.domain.identifiers import OfficeId
    from gateway.domain.procedure import Procedure
    from gateway.domain.transfer import Transfer
    from gateway.ports.agency import File, OutboundMessage
    from gateway.ports.desk import Desk
    from gateway.ports.store import DossierRow
    from gateway.routing.catalogue import Office
    from gateway.sealing.tools import Tools

    Messages = list[tuple[Transfer, OutboundMessage | None]]

#: Dossiers on one page.
SHOWN = 50
#: What an office is told after the end, and has to answer by another result.
_WRONG = "result_wrong"


async def given_to(tools: Tools, office: OfficeId, row: DossierRow) -> list[Transfer]:
    """What the office was given of a dossier and was not taken back, oldest first."""
    transfers = await tools.store.transfers(row.case.dossier_id)
    return [
        one
        for one in transfers
        if was_given(one, office) and one.state is not State.CANCELLED
    ]


async def in_hand(tools: Tools, office: OfficeId, row: DossierRow) -> bool:
    """Whether anything of a dossier was given to the office."""
    return bool(await given_to(tools, office, row))


async def messages_of(tools: Tools, office: OfficeId, row: DossierRow) -> Messages:
    """The messages themselves; None of one whose content was deleted."""
    found: Messages = []
    for transfer in await given_to(tools, office, row):
        claimed = await contents(tools, transfer)
        try:
            message = None if claimed is None else await assemble(tools, claimed)
        except DeliveryError as error:
            tools.probe.trouble("api.work", error)
            message = None
        found.append((transfer, message))
    return found


def is_unacknowledged(transfer: Transfer) -> bool:
    """Whether the office has not said that it has it."""
    return transfer.state not in CLOSED


async def item_of(
    tools: Tools, office: Office, desk: Desk, row: DossierRow
) -> dict[str, Any] | None:
    """A dossier as the list shows it; None of one that is done with."""
    messages = await messages_of(tools, office.id, row)
    transfers = [transfer for transfer, _ in messages]
    if not transfers:
        return None
    leg = row.case.leg(transfers[0].leg)
    acts = acts_of(tools, desk, row, transfers)
    if not acts:
        return None
    case, today = row.case, legal_day(tools.clock.now())
    working = working_time(tools.versions.current.calendar)
    whose = tools.versions.current.offices.get(leg.office)
    due = {"due_on": case.due_on.isoformat()} if case.due_on else {}
    return {
        "id": case.dossier_id,
        "number": await own_number(Folder.of(tools, row)),
        "procedure": tools.versions.procedure_of(case).name,
        "for_office": leg.office,
        "for_office_name": whose.name if whose else leg.office,
        "state": _state(row, leg, transfers),
        **({"step": leg.step} if leg.step else {}),
        "since": moment(transfers[0].created_at),
        **due,
        **({"due_reason": case.due_reason} if case.due_on and case.due_reason else {}),
        "late": is_over(working, case.due_on, today),
        "messages": [_message(one, message) for one, message in messages],
        "acts": [act.value for act in acts],
    }


def acts_of(
    tools: Tools, desk: Desk, row: DossierRow, transfers: Sequence[Transfer]
) -> list[Act]:
    """What can be done now, in the order in which it is offered."""
    leg = row.case.leg(transfers[0].leg)
    fresh = [one for one in transfers if is_unacknowledged(one)]
    if row.case.end is not End.OPEN or leg.state is LegState.ENDED:
        if any(one.kind == _WRONG for one in fresh):
            return [Act.FINISH]
        return [Act.RECEIVE] if fresh else []
    plan = tools.versions.procedure_of(row.case)
    ends_on = plan.leg(leg.name).ends_on
    first = [Act.RECEIVE] if fresh else []
    if leg.pause is Pause.SUPPLEMENT:
        between = [Act.SUPPLEMENT_RECEIVED]
    else:
        between = [Act.STEP] if desk.steps else []
        between += [] if Event.PAID in ends_on else [Act.SUPPLEMENT]
    if _issues_slips(plan, leg.name):
        between.append(Act.SLIP)
    last = [act for event, act in _ENDS.items() if event in ends_on]
    if Event.PAID in ends_on:
        last = [*_OF_MONEY, *last]
    return [*first, *between, *last]


def _issues_slips(plan: Procedure, leg: str) -> bool:
    """Whether it is the leg whose office may hand in a slip (``take_slip``)."""
    taker = consumer(plan)
    others = [one.name for one in plan.legs if taker and one.agency != taker.agency]
    return others[:1] == [leg]


_ENDS = {
    Event.FINISHED: Act.FINISH,
    Event.REFUSED: Act.REFUSE,
    Event.WITHDRAWN: Act.WITHDRAWN,
}
#: Of an office that determines what is to be paid.
_OF_MONEY = (Act.NOTICE, Act.PAID, Act.EXEMPTED, Act.DEFERRED, Act.RETURN_SLIP)


def _state(row: DossierRow, leg: LegCase, transfers: Sequence[Transfer]) -> str:
    if row.case.end is not End.OPEN or leg.state is LegState.ENDED:
        return "ended"
    if any(is_unacknowledged(one) for one in transfers):
        return "new"
    return "waiting" if leg.pause is Pause.SUPPLEMENT else "open"


def _message(transfer: Transfer, message: OutboundMessage | None) -> dict[str, Any]:
    note = str(message.content.get("note") or "") if message else ""
    fields = dict(message.view.fields) if message else {}
    fields.pop("documents", None)
    return {
        "id": transfer.id,
        "kind": transfer.kind,
        "what": WHAT.get(transfer.kind, transfer.kind),
        "sent_at": moment(transfer.created_at),
        "received": not is_unacknowledged(transfer),
        "fields": fields,
        **({"note": note} if note else {}),
        "papers": [*_slip(transfer, message), *_papers(message)] if message else [],
    }


#: How the signed document of a message is named among its files.
SIGNED = "signed-"


def _slip(transfer: Transfer, message: OutboundMessage) -> list[dict[str, Any]]:
    """The signed document that the message carries, byte for byte."""
    if message.signed is None:
        return []
    file = {
        "id": f"{SIGNED}{transfer.id}",
        "name": "phieu-chuyen.xml",
        "size_bytes": len(message.signed),
    }
    return [{"name": "Phiếu chuyển thông tin đã ký số", "files": [file]}]


#: What is asked of an office, in words.
WHAT: dict[str, str] = {
    "hand_over": "Giải quyết hồ sơ",
    "supplement": "Nhận giấy tờ bổ sung",
    "withdraw": "Người nộp xin rút hồ sơ",
    "paid": "Đã hoàn thành nghĩa vụ tài chính",
    "owed_again": "Có nghĩa vụ tài chính phát sinh",
    "result_handed": "Đã trả kết quả cho người nộp",
    "result_wrong": "Kết quả có sai sót, cần kết quả khác",
    "slip_new": "Phiếu chuyển thông tin",
    "slip_replace": "Phiếu chuyển thông tin thay thế",
    "slip_supplement": "Phiếu chuyển thông tin bổ sung",
    "slip_withdraw": "Thu hồi phiếu chuyển thông tin",
    "question_answer": "Trả lời yêu cầu của cơ quan",
    "told_received": "Ghi trên hệ thống liên thông: đã tiếp nhận",
    "told_accepted": "Ghi trên hệ thống liên thông: hồ sơ đủ điều kiện",
    "told_sent_on": "Ghi trên hệ thống liên thông: đã chuyển cơ quan giải quyết",
    "told_supplement": "Ghi trên hệ thống liên thông: yêu cầu bổ sung",
    "told_registered": "Ghi trên hệ thống liên thông: đã đăng ký, kèm kết quả",
    "told_handed_out": "Ghi trên hệ thống liên thông: đã trả kết quả",
    "told_refused": "Ghi trên hệ thống liên thông: từ chối",
}


def _papers(message: OutboundMessage) -> list[dict[str, Any]]:
    """Papers as the message lists them, each with its files."""
    content, view = message.content, message.view.fields
    by_title: dict[str, list[File]] = {}
    for file in message.view.files:
        by_title.setdefault(file.title, []).append(file)
    papers = content.get("documents") or view.get("documents") or ()
    rows = []
    for paper in papers:
        name = str(paper.get("name", ""))
        files = by_title.pop(name, [])
        counted = {
            key: paper[key]
            for key in ("originals", "copies")
            if isinstance(paper.get(key), int)
        }
        rows.append({"name": name, **counted, "files": [_file(one) for one in files]})
    return rows


def _file(file: File) -> dict[str, Any]:
    return {"id": file.id, "name": file.name, "size_bytes": file.size_bytes}


def moment(at: datetime) -> str:
    """A time as the document writes it."""
    return at.astimezone(VIETNAM).replace(microsecond=0).isoformat()
