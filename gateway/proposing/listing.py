"""Rows of an office's list as evidence: what it says, and at which moment; pure."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from gateway.domain.legal_day import VIETNAM, legal_day
from gateway.domain.proposal import ENDINGS, Evidence, Says
from gateway.reconciling.kinds import Standing

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from gateway.calendar.working_time import WorkingTime
    from gateway.domain.identifiers import OfficeId
    from gateway.ports.listed import Listed
    from gateway.reconciling.kinds import Row
    from gateway.reconciling.one_list import OneList

_LAST_MINUTE = time(23, 59)
#: A day further back than this is somebody's slip.
OLDEST = timedelta(days=5 * 366)
UPLOADED, ASKED, ENQUIRED = "uploaded", "asked", "enquired"
#: How people call where evidence is from.
SOURCES = {
    UPLOADED: "danh sách cơ quan xuất ra, tải lên",
    ASKED: "danh sách do hệ thống của cơ quan trả lời",
    ENQUIRED: "hệ thống của cơ quan trả lời khi được hỏi về hồ sơ này",
}
_SAYS = {
    Standing.OPEN: Says.KNOWN,
    Standing.WAITING: Says.WAITING,
    Standing.FINISHED: Says.FINISHED,
    Standing.REFUSED: Says.REFUSED,
    Standing.WITHDRAWN: Says.WITHDRAWN,
}


def of_list(
    found: OneList, office: OfficeId, day: date, working: WorkingTime
) -> tuple[list[Evidence], int]:
    """Evidence of the rows that are clear, and how many codes are not.

    A day without an hour means the end of its working day; a day after the list's
    own, or years before it, cannot be true and says nothing.
    """
    evidence, unclear = [], 0
    for rows in found.rows.values():
        if len(rows) > 1 or rows[0].standing is None:
            unclear += 1
        else:
            evidence.append(_of_row(rows[0], office, day, working))
    return evidence, unclear


def day_ends(working: WorkingTime, day: date) -> datetime:
    """The end of a working day; of another one, on which somebody worked, its last minute."""
    if working.is_working(day):
        return working.day_end(day)
    return datetime.combine(day, _LAST_MINUTE, VIETNAM).astimezone(UTC)


def day_begins(working: WorkingTime, day: date) -> datetime:
    """The beginning of a working day; of another one its first minute."""
    if working.is_working(day):
        return working.day_start(day)
    return datetime.combine(day, time(), VIETNAM).astimezone(UTC)


def _of_row(row: Row, office: OfficeId, day: date, working: WorkingTime) -> Evidence:
    says = _SAYS[row.standing] if row.standing else Says.KNOWN
    on = row.ended if says in ENDINGS else day
    believed = on if on is not None and day - OLDEST <= on <= day else None
    return Evidence(
        office=office,
        number=row.code,
        says=says,
        at=day_ends(working, believed) if believed else None,
        whole_day=believed is not None,
        source=UPLOADED,
        listed_on=day,
        place=row.at,
        word=row.word,
    )


def of_answer(
    listed: Iterable[Listed], office: OfficeId, now: datetime
) -> list[Evidence]:
    """Evidence of an answer of the office's system; it tells an end, not of which kind."""
    found = []
    for one in listed:
        if one.about:
            known = one.since if one.since and one.since <= now else None
            found.append(
                Evidence(
                    office=office,
                    number=one.about[0].value,
                    says=Says.FINISHED if one.ended else Says.KNOWN,
                    at=known if one.ended else None,
                    whole_day=False,
                    source=ASKED,
                    listed_on=legal_day(now),
                    place="",
                    word=one.step,
                )
            )
    return found
