"""What an officer does at a work list: received, done, asked for, refused, finished."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateway.api.answers import answer
from gateway.api.bodies import as_object, json_object, limited
from gateway.api.handing_in import (
    MAX_ATTACHMENT_BYTES,
    must_be_named,
    refuse_when_pressed,
    source_of,
)
from gateway.api.multipart import read_form
from gateway.api.signin import at_work_list
from gateway.api.slips import MAX_SLIP_BYTES, take_slip
from gateway.api.work import WorkList, held_by, list_of
from gateway.api.work_items import acts_of, given_to, is_unacknowledged
from gateway.api.work_said import Filled, said_of
from gateway.delivery.pickup import acknowledge
from gateway.domain.case import End
from gateway.domain.errors import (
    ActionNotPossible,
    DossierInvalid,
    NotAllowed,
    SenderError,
    TooLarge,
)
from gateway.domain.legal_day import legal_day
from gateway.domain.principal import Role
from gateway.domain.report import Standing
from gateway.domain.words import words_of
from gateway.ports.desk import Act
from gateway.ports.store import Upload
from gateway.receipts.arrive import arrive
from gateway.sealing.folder import Folder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.domain.principal import Principal
    from gateway.ports.attachments import StoredAttachment
    from gateway.ports.desk import Said
    from gateway.ports.store import DossierRow, ReportRow
    from gateway.sealing.tools import Tools

    Files = Mapping[str, StoredAttachment]

MAX_ACT_BYTES = 512 * 1024 * 1024
ONE_STOP = "one_stop"


class Acted(NamedTuple):
    """What became of an act, and how it is told."""

    act: Act
    applied: bool
    repeated: bool
    words: str

    @property
    def did_nothing(self) -> bool:
        """Whether it was only noted, since it does not fit what is known by now."""
        return not (self.applied or self.repeated)


def register(tools: Tools, routes: APIRouter) -> None:
    """Add the call."""

    @routes.post("/work/{office}/{item}/{act}")
    async def post_act(office: str, item: str, act: str, request: Request) -> Response:
        """Cán bộ của đơn vị báo: đã nhận, đã làm bước, yêu cầu bổ sung, kết quả."""
        principal = await at_work_list(tools, request)
        here = list_of(tools, principal, office)
        said, files = await _body(tools, request, principal)
        wrong = tools.schemas.errors("urn:lienthong:schema:manual:act:1", said)
        if wrong:
            raise DossierInvalid(wrong, code="request_invalid")
        must_be_named(files, said.get("files") or (), "/files")
        done = await do(tools, here, item, act, said, files)
        return answer(done._asdict())


async def _body(
    tools: Tools, request: Request, principal: Principal
) -> tuple[dict[str, Any], Files]:
    kind = request.headers.get("content-type", "")
    if not kind.lower().startswith("multipart/form-data"):
        return await json_object(request), {}
    refuse_when_pressed(tools)
    form = await read_form(
        limited(request, MAX_ACT_BYTES),
        kind,
        tools.attachments,
        limit_bytes=MAX_ATTACHMENT_BYTES,
        admit=lambda _: source_of("work_list", principal),
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
    act = _act(here, name)
    row = await held_by(tools, here, item)
    key = str(content.get("key") or tools.chance.identifier("act"))
    known = await _known(tools, here, row, key)
    if known is not None:
        return _repeated(act, known)
    transfers = await given_to(tools, here.office.id, row)
    if act is Act.RECEIVE and not any(map(is_unacknowledged, transfers)):
        words = "Đã ghi nhận từ trước."
        return Acted(act, applied=False, repeated=True, words=words)
    if act not in acts_of(tools, here.desk, row, transfers):
        raise ActionNotPossible(
            code="act_not_possible",
            remedy="Việc này không còn phù hợp với tình trạng hồ sơ: tải lại danh sách.",
        )
    said = await _said(tools, here, row, Filled(act, key, here.by.id, content, files))
    # A slip that does not hold is refused before anything is noted.
    signed = files[str(content["files"][0]["part"])] if act is Act.SLIP else None
    slip = await _slip(tools, here, row, signed) if signed is not None else None
    tools.probe.action(
        action=f"work_{act.value}", actor=here.by.id, office=here.office.id
    )
    for one in transfers:
        if is_unacknowledged(one):
            await acknowledge(tools, here.office.id, one.id, by=here.by.id)
    if slip is not None:
        return slip
    if act is Act.RECEIVE:
        words = "Đã ghi nhận: đơn vị đã nhận."
        return Acted(act, applied=True, repeated=False, words=words)
    return await _report(tools, here, row, said, files)


def _act(here: WorkList, name: str) -> Act:
    if here.by.role is Role.READER:
        raise NotAllowed
    try:
        return Act(name)
    except ValueError:
        raise SenderError(code="unknown_path") from None


async def _said(tools: Tools, here: WorkList, row: DossierRow, filled: Filled) -> Said:
    document = await Folder.of(tools, row).document(row.case.revision)
    received = document.get("received_at")
    since = datetime.fromisoformat(received) if received else row.case.accepted_at
    day = min(legal_day(since), legal_day(row.case.accepted_at))
    return said_of(filled, here.desk, day, tools.clock.now())


async def _slip(
    tools: Tools, here: WorkList, row: DossierRow, stored: StoredAttachment
) -> Acted:
    """Take in a slip that the office has signed; the file is checked as it stands.

    Raises:
        DossierInvalid: form, signature or numbers do not hold.
    """
    if stored.size_bytes > MAX_SLIP_BYTES:
        raise TooLarge
    pieces = tools.attachments.open(stored, tools.vault)
    signed = b"".join([piece async for piece in pieces])
    taken = await take_slip(tools, row, signed, by=here.by)
    words = f"Đã nhận phiếu chuyển số {taken.number}."
    repeated = taken.standing is Standing.REPEATED
    applied = taken.standing is Standing.APPLIED
    return Acted(Act.SLIP, applied=applied, repeated=repeated, words=words)


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
