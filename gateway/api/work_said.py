"""What an officer fills in: every field that an act needs, or what is wrong with it."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any, NamedTuple

from gateway.domain.errors import DossierInvalid, FieldError
from gateway.domain.legal_day import VIETNAM, legal_day
from gateway.domain.report import HandedIn
from gateway.ports.desk import Act, Said

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.ports.attachments import StoredAttachment
    from gateway.ports.desk import Desk

    Files = Mapping[str, StoredAttachment]

#: Of a day alone: that is when offices close.
CLOSES = time(17, 0)
#: What needs words: of the others they are a note.
_IN_WORDS = frozenset({Act.SUPPLEMENT, Act.REFUSE, Act.RETURN_SLIP})
#: What comes as files: results, or the one signed slip.
WITH_FILES = frozenset({Act.FINISH, Act.SLIP})


class Filled(NamedTuple):
    """An act as it was filled in, by whom and for which dossier."""

    act: Act
    key: str
    by: str
    content: Mapping[str, Any]
    files: Files


def said_of(filled: Filled, desk: Desk, since: date, now: datetime) -> Said:
    """The act with everything that it needs; ``since``: day of the dossier's receipt.

    Raises:
        DossierInvalid: every field that is missing or wrong.
    """
    act, content = filled.act, filled.content
    step, note = str(content.get("step") or ""), str(content.get("note") or "").strip()
    wrong = []
    if act is Act.STEP and step not in desk.steps:
        wrong.append(_wrong("/step", "enum", "Chọn một bước của danh sách."))
    if act in _IN_WORDS and not note:
        wrong.append(_wrong("/note", "required", "Ghi nội dung, lý do."))
    if act is Act.NOTICE and not content.get("notice"):
        wrong.append(_wrong("/notice", "required", "Ghi số thông báo và số tiền."))
    handed, bad = _handed(filled)
    wrong += bad
    at, late = _moment(content, since, now)
    wrong += late
    if wrong:
        raise DossierInvalid(tuple(wrong), code="request_invalid")
    return Said(
        act=act,
        key=filled.key,
        by=filled.by,
        at=at,
        recorded_at=now,
        step=step if act is Act.STEP else "",
        note=note,
        notice=content.get("notice") if act is Act.NOTICE else None,
        files=handed,
    )


def _handed(filled: Filled) -> tuple[tuple[HandedIn, ...], list[FieldError]]:
    entries = filled.content.get("files") or ()
    if filled.act not in WITH_FILES:
        if not entries:
            return (), []
        told = "Việc này không kèm tệp; tệp kết quả gửi khi trả kết quả."
        return (), [_wrong("/files", "not_taken", told)]
    if not entries:
        return (), [_wrong("/files", "required", "Kèm ít nhất một tệp.")]
    if filled.act is Act.SLIP and len(entries) > 1:
        return (), [_wrong("/files", "too_many", "Mỗi lần gửi một phiếu.")]
    handed, wrong = [], []
    for place, entry in enumerate(entries):
        name, part = str(entry["name"]), f"/files/{place}/part"
        stored = filled.files.get(str(entry["part"]))
        if stored is None:
            wrong.append(_wrong(part, "part_missing", "Không có tệp của phần này."))
        elif not stored.size_bytes:
            wrong.append(_wrong(part, "empty_file", f"Tệp «{name}» rỗng (0 byte)."))
        else:
            handed.append(HandedIn(name, stored.sha256))
    return tuple(handed), wrong


def _moment(
    content: Mapping[str, Any], since: date, now: datetime
) -> tuple[datetime, list[FieldError]]:
    """When it happened; not still to come, nor before the dossier was there."""
    day, hour = content.get("done_on"), content.get("done_at")
    today = legal_day(now)
    on = date.fromisoformat(str(day)) if day else today
    if on == today and not hour:
        return now, []
    if on < since:
        told = "Ngày thực hiện trước ngày hồ sơ được tiếp nhận."
        return now, [_wrong("/done_on", "before_the_dossier", told)]
    at = time.fromisoformat(str(hour)) if hour else CLOSES
    found = datetime.combine(on, at, VIETNAM)
    if found > now:
        told = "Ngày, giờ thực hiện chưa đến."
        return now, [_wrong("/done_on", "in_the_future", told)]
    return found, []


_ENGLISH = {
    "enum": "Not one of the list.",
    "required": "Missing.",
    "not_taken": "This act takes no file.",
    "too_many": "One slip at a time.",
    "part_missing": "No part of this name came.",
    "empty_file": "The file is empty.",
    "before_the_dossier": "Before the dossier was received.",
    "in_the_future": "Still to come.",
}


def _wrong(pointer: str, code: str, message: str) -> FieldError:
    return FieldError(pointer, code, message, _ENGLISH[code])
