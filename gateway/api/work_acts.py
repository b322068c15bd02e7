"""What an officer does at a work list: received, done, asked for, refused, finished."""

from __future__ import annotations

from datetime import datetime, time
from typing import TYPE_CHECKING, Any, NamedTuple

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateway.api.answers import answer
from gateway.api.bodies import as_object, json_object, limited
from gateway.api.handing_in import MAX_ATTACHMENT_BYTES, refuse_when_pressed
from gateway.api.multipart import read_form
from gateway.api.signin import at_work_list
from gateway.api.work import WorkList, held_by, list_of
from gateway.api.work_items import acts_of, given_to, is_unacknowledged
from gateway.delivery.pickup import acknowledge
from gateway.domain.case import End
from gateway.domain.errors import (
    ActionNotPossible,
    DossierInvalid,
    FieldError,
    NotAllowed,
    SenderError,
)
from gateway.domain.legal_day import VIETNAM, legal_day
from gateway.domain.principal import Role
from gateway.domain.report import HandedIn, Standing
from gateway.domain.words import words_of
from gateway.ports.desk import Act, Said
from gateway.ports.store import Upload
from gateway.receipts.arrive import arrive
from gateway.sealing.folder import Folder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from gateway.ports.attachments import StoredAttachment
    from gateway.ports.store import DossierRow, ReportRow
    from gateway.sealing.tools import Tools

    Files = Mapping[str, StoredAttachment]

MAX_ACT_BYTES = 512 * 1024 * 1024
#: Of a day alone: that is when offices close.
CLOSES = time(17, 0)
ONE_STOP = "one_stop"


class Acted(NamedTuple):
    """What became of an act, and how it is told."""

    act: Act
    applied: bool
    repeated: bool
    words: str


def register(tools: Tools, routes: APIRouter) -> None:
    """Add the call."""

    @routes.post("/work/{office}/{item}/{act}")
    async def post_act(office: str, item: str, act: str, request: Request) -> Response:
        """Cán bộ của đơn vị báo: đã nhận, đã làm bước, yêu cầu bổ sung, kết quả."""
        principal = await at_work_list(tools, request)
        here = list_of(tools, principal, office)
        said, files = await _body(tools, request)
        wrong = tools.schemas.errors("urn:lienthong:schema:manual:act:1", said)
        if wrong:
            raise DossierInvalid(wrong, code="request_invalid")
        done = await do(tools, here, item, act, said, files)
        return answer(done._asdict())


async def _body(tools: Tools, request: Request) -> tuple[dict[str, Any], Files]:
    kind = request.headers.get("content-type", "")
    if not kind.lower().startswith("multipart/form-data"):
        return await json_object(request), {}
    refuse_when_pressed(tools)
    form = await read_form(
        limited(request, MAX_ACT_BYTES),
        kind,
        tools.attachments,
        limit_bytes=MAX_ATTACHMENT_BYTES,
    )
    return as_object(form.fields.get("act", b"{}")), form.files


async def do(
    tools: Tools,
    here: WorkList,
    item: str,
    name: str,
    content: Mapping[str, Any],
    files: Files,
) -> Acted:
    """Do one act; durable when it returns, and once by its ``key``.

    Raises:
        NotAllowed: somebody who may only look.
        DossierUnknown: the office never had it.
        ActionNotPossible: it does not fit any more.
        DossierInvalid: what is missing or wrong.
    """
    if here.by.role is Role.READER:
        raise NotAllowed
    try:
        act = Act(name)
    except ValueError:
        raise SenderError(code="unknown_path") from None
    row = await held_by(tools, here, item)
    key = str(content.get("key") or tools.chance.identifier("act"))
    known = await _known(tools, here, row, key)
    if known is not None:
        return _repeated(act, known)
    transfers = await given_to(tools, here.office.id, row)
    if act is Act.RECEIVE and not any(map(is_unacknowledged, transfers)):
        words = "Đã ghi nhận từ trước."
        return Acted(act, applied=False, repeated=True, words=words)
    if act not in acts_of(row, row.case.leg(transfers[0].leg), transfers):
        raise ActionNotPossible(
            code="act_not_possible",
            remedy="Việc này không còn phù hợp với tình trạng hồ sơ: tải lại danh sách.",
        )
    said = _said(tools, here, act, key, content, files)
    tools.probe.action(
        action=f"work_{act.value}", actor=here.by.id, office=here.office.id
    )
    for one in transfers:
        if is_unacknowledged(one):
            await acknowledge(tools, here.office.id, one.id, by=here.by.id)
    if act is Act.RECEIVE:
        words = "Đã ghi nhận: đơn vị đã nhận."
        return Acted(act, applied=True, repeated=False, words=words)
    return await _report(tools, here, row, said, files)


async def _report(
    tools: Tools, here: WorkList, row: DossierRow, said: Said, files: Files
) -> Acted:
    office = here.office
    for stored in files.values():
        blind = tools.vault.blind("sha256", stored.sha256)
        await tools.store.add_upload(
            Upload(stored, office.id, blind, tools.clock.now())
        )
    folder = Folder.of(tools, row)
    numbers = [
        one
        for one in await folder.references()
        if one.agency in {ONE_STOP, office.agency}
    ]
    numbers.sort(key=lambda one: one.agency != ONE_STOP)
    report = here.desk.report(said, tuple(numbers))
    arrived = await arrive(tools, office.agency, office.id, report, said.recorded_at)
    kept = await _known(tools, here, row, said.key)
    words = "Đã ghi nhận." if kept is None else _words(kept)
    if said.act is Act.FINISH and row.case.end is not End.OPEN:
        words = "Đã ghi nhận: kết quả khác đã chuyển về một cửa."
    applied = arrived.standing is Standing.APPLIED
    return Acted(said.act, applied, arrived.standing is Standing.REPEATED, words)


def _repeated(act: Act, known: ReportRow) -> Acted:
    applied = known.standing is Standing.APPLIED
    return Acted(act, applied=applied, repeated=True, words=_words(known))


async def _known(
    tools: Tools, here: WorkList, row: DossierRow, key: str
) -> ReportRow | None:
    """What became of an act that was said before under this key."""
    office = here.office
    found = await tools.store.report_known(office.agency, office.id, f"act:{key}")
    return found if found and found.dossier_id == row.case.dossier_id else None


def _words(row: ReportRow) -> str:
    if row.standing is Standing.APPLIED:
        return "Đã ghi nhận."
    reason = words_of(row.code, {}).reason
    return f"Đã ghi lại, không đổi tình trạng hồ sơ: {reason}."


def _said(
    tools: Tools,
    here: WorkList,
    act: Act,
    key: str,
    content: Mapping[str, Any],
    files: Files,
) -> Said:
    """The act with everything that it needs.

    Raises:
        DossierInvalid: every field that is missing or wrong.
    """
    now = tools.clock.now()
    step, note = str(content.get("step") or ""), str(content.get("note") or "").strip()
    wrong = []
    if act is Act.STEP and step not in here.desk.steps:
        wrong.append(_wrong("/step", "enum", "Chọn một bước của danh sách."))
    if act in {Act.SUPPLEMENT, Act.REFUSE} and not note:
        wrong.append(_wrong("/note", "required", "Ghi nội dung, lý do."))
    handed = []
    for place, entry in enumerate(content.get("files") or ()):
        stored = files.get(str(entry["part"]))
        if stored is None:
            part = f"/files/{place}/part"
            wrong.append(_wrong(part, "part_missing", "Không có tệp của phần này."))
        else:
            handed.append(HandedIn(str(entry["name"]), stored.sha256))
    if act is Act.FINISH and not handed and not wrong:
        wrong.append(_wrong("/files", "required", "Kèm ít nhất một tệp kết quả."))
    at = _moment(content, now)
    if at is None:
        wrong.append(_wrong("/done_on", "in_the_future", "Ngày thực hiện chưa đến."))
    if wrong or at is None:
        raise DossierInvalid(tuple(wrong), code="request_invalid")
    return Said(
        act=act,
        key=key,
        by=here.by.id,
        at=at,
        recorded_at=now,
        step=step if act is Act.STEP else "",
        note=note,
        files=tuple(handed) if act is Act.FINISH else (),
    )


def _moment(content: Mapping[str, Any], now: datetime) -> datetime | None:
    """When it happened; None: that is still to come."""
    day, hour = content.get("done_on"), content.get("done_at")
    today = legal_day(now)
    on: date = datetime.fromisoformat(str(day)).date() if day else today
    if on == today and not hour:
        return now
    at = time.fromisoformat(str(hour)) if hour else CLOSES
    found = datetime.combine(on, at, VIETNAM)
    return found if found <= now else None


_ENGLISH = {
    "enum": "Not one of the list.",
    "required": "Missing.",
    "part_missing": "No part of this name came.",
    "in_the_future": "Still to come.",
}


def _wrong(pointer: str, code: str, message: str) -> FieldError:
    return FieldError(pointer, code, message, _ENGLISH[code])
