"""What the pages show, made from the store's rows; every state with its reason."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from gateway.api import answers
from gateway.delivery.parked import Action, possible
from gateway.domain.case import LegState, Pause, Place
from gateway.domain.errors import NeedsConfiguration
from gateway.domain.identifiers import OfficeId
from gateway.domain.journal import JournalLine
from gateway.domain.legal_day import VIETNAM
from gateway.domain.text import normal_number, words
from gateway.domain.transfer import Fate, State, Transfer
from gateway.domain.words import Words, words_of
from gateway.routing.telling import desk
from gateway.sealing.folder import Folder, blind_number, blind_word

if TYPE_CHECKING:
    from gateway.domain.case import LegCase
    from gateway.domain.identifiers import DossierId
    from gateway.domain.principal import Principal, Scope
    from gateway.ports.agency import KindTraits
    from gateway.ports.store import DossierRow, Still
    from gateway.sealing.tools import Tools

PAGE = 50

STATES = {
    State.WAITING: "chờ lượt gửi trước",
    State.DUE: "chờ gửi",
    State.SENDING: "đang gửi",
    State.UNCONFIRMED: "chưa rõ cơ quan đã nhận hay chưa",
    State.DELIVERED: "cơ quan đã nhận",
    State.ANSWERED: "cơ quan đã trả lời",
    State.REFUSED: "cơ quan trả lại do lỗi dữ liệu",
    State.PARKED: "chờ cán bộ xử lý",
    State.CANCELLED: "đã hủy",
    State.WITHDRAWN: "đã rút",
}
FATES = {
    Fate.NOT_LEFT: "chưa rời cổng",
    Fate.MAY_HAVE_LEFT: "có thể đã đến cơ quan",
    Fate.AGENCY_HAS_IT: "cơ quan đã có",
}
KINDS = {
    "hand_over": "Chuyển hồ sơ",
    "supplement": "Chuyển giấy tờ bổ sung",
    "paid": "Báo đã hoàn thành nghĩa vụ tài chính",
    "withdraw": "Báo người nộp rút hồ sơ",
    "result_handed": "Báo đã trả kết quả",
    "result_wrong": "Báo kết quả có sai sót",
    "slip_new": "Chuyển phiếu thông tin địa chính",
    "slip_replace": "Thay phiếu thông tin địa chính",
    "status": "Báo trạng thái cho một cửa",
}
REPORTS = {
    "opened": "Tiếp nhận hồ sơ",
    "progress": "Chuyển bước xử lý",
    "slip": "Lập phiếu chuyển thông tin",
    "supplement_request": "Yêu cầu bổ sung giấy tờ",
    "paused": "Tạm dừng xử lý",
    "supplement_received": "Đã nhận giấy tờ bổ sung",
    "notices": "Thông báo nghĩa vụ tài chính",
    "paid": "Đã hoàn thành nghĩa vụ tài chính",
    "exempted": "Được miễn nghĩa vụ tài chính",
    "tax_returned": "Thuế chuyển trả hồ sơ",
    "wrong_case": "Báo sai quy trình",
    "correction_request": "Yêu cầu cập nhật hồ sơ",
    "finished": "Kết thúc: đã giải quyết",
    "refused": "Kết thúc: từ chối giải quyết",
    "withdrawn": "Kết thúc: người nộp rút hồ sơ",
}
STANDINGS = {
    "applied": "đã cập nhật",
    "repeated": "đến lặp lại, không đổi gì",
    "late": "đến muộn, chỉ ghi nhận",
    "unmatched": "chưa khớp hồ sơ",
    "unreadable": "không đọc được",
    "settled": "đã xử lý",
}
ACTIONS = {
    Action.RESEND: "Gửi lại",
    Action.CANCEL: "Hủy lượt gửi",
    Action.AGENCY_HAS_IT: "Cơ quan đã nhận",
    Action.AGENCY_HAS_IT_NOT: "Cơ quan chưa nhận",
}
PAUSES = {
    Pause.SUPPLEMENT: "chờ bổ sung giấy tờ",
    Pause.FINANCIAL_OBLIGATION: "chờ thực hiện nghĩa vụ tài chính",
    Pause.STOPPED: "dừng xử lý",
}


def moment(at: datetime | str | None) -> str:
    """A moment as people write it, Vietnam time."""
    if at is None:
        return ""
    when = datetime.fromisoformat(at) if isinstance(at, str) else at
    return when.astimezone(VIETNAM).strftime("%H:%M %d/%m/%Y")


def _adapter_words(tools: Tools, office: str) -> dict[str, tuple[str, str]]:
    try:
        return dict(tools.adapters.of(OfficeId(office)).words)
    except NeedsConfiguration:
        return {}


def _traits(tools: Tools, transfer: Transfer) -> KindTraits | None:
    try:
        return tools.adapters.of(transfer.office).traits.get(transfer.kind)
    except NeedsConfiguration:
        return None


def _office_name(tools: Tools, office: str) -> str:
    found = tools.versions.current.offices.get(OfficeId(office))
    return found.name if found else office


async def still(
    tools: Tools, scope: Scope, *, after: str | None
) -> list[dict[str, Any]]:
    """What stands still: reason, place, since when, next action."""
    rows = await tools.overview.still(scope, after=after, limit=PAGE)
    return [await _still(tools, scope, row) for row in rows]


async def _still(tools: Tools, scope: Scope, row: Still) -> dict[str, Any]:
    dossier = await tools.store.dossier(row.dossier_id, scope)
    said = words_of(row.reason, _adapter_words(tools, row.office))
    if row.state == State.UNCONFIRMED:
        said = Words(
            "Chưa rõ cơ quan đã nhận hay chưa",
            "Cổng đang hỏi lại cơ quan; không gửi tay trước khi có trả lời.",
        )
    return {
        "id": row.dossier_id,
        "number": await answers.own_number(Folder.of(tools, dossier))
        if dossier
        else "",
        "what": KINDS.get(row.kind, row.kind),
        "reason": said.reason,
        "next_action": said.next_action,
        "place": _office_name(tools, row.office) if row.office else "cổng liên thông",
        "since": row.since,
        "due_on": row.due_on,
        "behind": row.behind,
        "transfer_id": row.transfer_id,
        "state": STATES.get(State(row.state), row.state)
        if row.state in set(State)
        else "",
    }


async def waiting(
    tools: Tools, scope: Scope, *, after: str | None
) -> list[dict[str, Any]]:
    """Parked and unconfirmed transfers with what can be done."""
    rows = await tools.overview.transfers_in(
        scope,
        states=[State.PARKED.value, State.UNCONFIRMED.value],
        office=None,
        after=after,
        limit=PAGE,
    )
    shown = []
    for row in rows:
        dossier_row = await tools.store.dossier(row.dossier_id, scope)
        line = _transfer(tools, row)
        if dossier_row is not None:
            folder = Folder.of(tools, dossier_row)
            line["number"] = await answers.own_number(folder)
        shown.append(line)
    return shown


def _transfer(tools: Tools, row: Transfer) -> dict[str, Any]:
    said = words_of(row.cause, _adapter_words(tools, row.office))
    actions = possible(row, _traits(tools, row))
    return {
        "id": row.id,
        "dossier_id": row.dossier_id,
        "what": KINDS.get(row.kind, row.kind),
        "office": _office_name(tools, row.office),
        "state": STATES[row.state],
        "state_code": row.state.value,
        "fate": FATES[row.fate],
        "attempts": row.attempts,
        "created_at": row.created_at,
        "due_at": row.due_at or row.ask_at,
        "reason": said.reason if row.cause else "",
        "next_action": said.next_action if row.cause else "",
        "actions": [(action.value, ACTIONS[action]) for action in actions],
        "named_by": row.named_by,
    }


async def unmatched(tools: Tools) -> list[dict[str, Any]]:
    """Reports that fit nothing."""
    rows = await tools.overview.unmatched(after=None, limit=PAGE)
    return [
        {
            "id": row.id,
            "office": _office_name(tools, row.office),
            "what": REPORTS.get(row.kind, row.kind),
            "arrived_at": row.arrived_at,
            "standing": STANDINGS[row.standing.value],
            "reason": words_of(row.code, {}).reason,
        }
        for row in rows
    ]


async def find(tools: Tools, scope: Scope, wanted: str) -> list[dict[str, Any]]:
    """Dossiers by any number, else by name words, phone or paper."""
    blind = blind_number(tools, wanted)
    found: list[DossierId] = list(await tools.store.find([(None, None, blind)], scope))
    for folded in (words(wanted), [normal_number(wanted)]):
        if not found and folded:
            blinds = [blind_word(tools, word) for word in folded]
            found = list(await tools.overview.search(scope, blinds, limit=PAGE))
    rows = []
    for identifier in found:
        row = await tools.store.dossier(identifier, scope)
        if row is not None:
            number = await answers.own_number(Folder.of(tools, row))
            rows.append(answers.listed(row, number, tools.versions.current))
    return rows


async def note_read(tools: Tools, principal: Principal, row: DossierRow) -> None:
    """Keep who looked at a dossier."""
    now = tools.clock.now()
    line = JournalLine(
        kind="read", at=now, actor=principal.id, facts={"dossier": row.case.dossier_id}
    )
    await tools.store.note(f"reads:{now:%Y-%m-%d}", [line])


async def dossier(tools: Tools, row: DossierRow) -> dict[str, Any]:
    """One dossier: where it is, its legs, and one timeline over all agencies."""
    catalogue = tools.versions.current
    summary = await answers.summary(tools, row)
    transfers = list(await tools.store.transfers(row.case.dossier_id))
    return {
        **summary,
        "procedure_name": tools.versions.procedure_of(row.case).name,
        "legs": [_leg(tools, leg) for leg in row.case.legs],
        "transfers": [_transfer(tools, t) for t in transfers],
        "timeline": await _timeline(tools, row, transfers),
        "unrouted_words": words_of(row.case.unrouted, {})
        if row.case.unrouted
        else None,
        "catalogue": catalogue.version,
    }


LEG_STATES = {
    LegState.WAITING: "chưa đến lượt",
    LegState.OPEN: "đang xử lý",
    LegState.PAUSED: "tạm dừng",
    LegState.ENDED: "đã xong",
    LegState.SKIPPED: "không cần",
}


def _leg(tools: Tools, leg: LegCase) -> dict[str, Any]:
    lies = leg.place is not Place.NOBODY
    return {
        "office": _office_name(tools, leg.office),
        "state": LEG_STATES[leg.state],
        "state_code": leg.state.value,
        "place": desk(leg, tools.versions.current) if lies else "",
        "since": leg.since,
        "pause": PAUSES.get(leg.pause, ""),
        "observed": leg.carried_by.value != "gateway",
        "step": leg.step,
    }


async def _timeline(
    tools: Tools, row: DossierRow, transfers: list[Transfer]
) -> list[dict[str, Any]]:
    """Everything that happened, oldest first: ours, the agencies', people's."""
    lines: list[dict[str, Any]] = [
        {
            "at": row.case.accepted_at,
            "who": "Một cửa",
            "what": "Tiếp nhận vào cổng liên thông",
            "note": "",
            "tone": "in",
        }
    ]
    for transfer in transfers:
        for one in await tools.overview.attempts(transfer.id):
            said = words_of(one.record.code, _adapter_words(tools, transfer.office))
            good = one.record.outcome.value in {"delivered", "duplicate"}
            asked = "Hỏi lại: " if one.record.purpose == "enquire" else ""
            lines.append(
                {
                    "at": one.record.started_at,
                    "who": _office_name(tools, transfer.office),
                    "what": asked + KINDS.get(transfer.kind, transfer.kind),
                    "note": "cơ quan đã nhận" if good else said.reason,
                    "tone": "out" if good else "bad",
                }
            )
    for report in await tools.overview.reports(row.case.dossier_id):
        applied = report.standing.value == "applied"
        lines.append(
            {
                "at": report.arrived_at,
                "who": _office_name(tools, report.office),
                "what": REPORTS.get(report.kind, report.kind),
                "note": "" if applied else STANDINGS[report.standing.value],
                "tone": "report" if applied else "quiet",
            }
        )
    return sorted(lines, key=lambda line: line["at"])
