"""Chasing an office for a dossier (đôn đốc), and what became of what it promised; pure.

A promise counts to the end of its day. What became of it is worked out from what the
office has told since, never kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from gateway.domain.identifiers import DossierId, OfficeId
from gateway.domain.legal_day import legal_day


class How(StrEnum):
    """How an office was chased."""

    MAIL = "mail"
    CALL = "call"
    LETTER = "letter"
    MESSAGE = "message"
    #: the text was copied into an e-mail or a chat
    ESCALATION = "escalation"
    #: its head was told


#: How officials call them.
HOWS: dict[How, str] = {
    How.MAIL: "thư nhắc",
    How.CALL: "gọi điện",
    How.LETTER: "công văn",
    How.MESSAGE: "nhắn tin",
    How.ESCALATION: "báo lãnh đạo đơn vị",
}


class Promise(StrEnum):
    """What became of a promised day."""

    NONE = ""
    OPEN = "open"
    KEPT = "kept"
    BROKEN = "broken"
    OVER = "over"
    #: the office's part ended without a word of the office
    CORRECTED = "corrected"


PROMISES: dict[Promise, str] = {
    Promise.NONE: "",
    Promise.OPEN: "đang chờ đến hẹn",
    Promise.KEPT: "đúng hẹn",
    Promise.BROKEN: "thất hẹn",
    Promise.OVER: "không còn cần",
    Promise.CORRECTED: "ghi nhầm, đã đính chính",
}


class Standing(StrEnum):
    """Where chasing an office for a dossier stands; the worst first."""

    BROKEN = "broken"
    OPEN = "open"
    UNANSWERED = "unanswered"
    NONE = ""
    #: never chased, or it has told something since


@dataclass(frozen=True, slots=True)
class Chase:
    """One time that an office was chased; personal: whom, and what was said."""

    id: str
    dossier_id: DossierId
    office: OfficeId
    at: datetime
    by: str
    how: How
    promised_on: date | None = None
    corrects: str | None = None
    contact: str = ""
    said: str = ""
    mailed: int = 0
    #: addresses for which the mail server took a mail

    @property
    def day(self) -> date:
        """The legal day of it."""
        return legal_day(self.at)


@dataclass(frozen=True, slots=True)
class Heard:
    """What is known of an office's part of a dossier since it was given it."""

    told_at: tuple[datetime, ...]
    #: arrivals of what the office told and what changed something, oldest first
    over_at: datetime | None = None
    #: since when nothing is left for it to do; None: something is

    def first_after(self, at: datetime) -> datetime | None:
        """When it told something for the first time after a moment."""
        return next((one for one in self.told_at if one > at), None)


def _as_told(day: date) -> date:
    """A promise of a day that is worked ends with it."""
    return day


def promise(
    chase: Chase,
    chases: Sequence[Chase],
    heard: Heard,
    today: date,
    ends: Callable[[date], date] = _as_told,
) -> Promise:
    """What became of the day that was promised in one of ``chases``.

    ``ends``: with which day a promise ends; another one where it is off by now.
    """
    if chase.promised_on is None:
        return Promise.NONE
    if any(one.corrects == chase.id for one in chases):
        return Promise.CORRECTED
    told = heard.first_after(chase.at)
    last = ends(chase.promised_on)
    if told is not None and legal_day(told) <= last:
        return Promise.KEPT
    if heard.over_at is not None and legal_day(heard.over_at) <= last:
        return Promise.OVER
    return Promise.BROKEN if last < today else Promise.OPEN


@dataclass(frozen=True, slots=True)
class Chased:
    """Where chasing one office for one dossier stands."""

    standing: Standing
    last: Chase | None = None
    #: the last time that counts, whatever has been told since
    promised_on: date | None = None
    #: the day that it promised last and that still stands, or has passed
    broken: int = 0
    #: promises since it told something last
    since: datetime | None = None
    #: of the first time since it told something last
    may_escalate: bool = False


def chased(
    chases: Sequence[Chase],
    heard: Heard,
    today: date,
    waited: Callable[[date], bool],
    ends: Callable[[date], date] = _as_told,
) -> Chased:
    """How it stands; ``waited``: whether a day is so long ago that one has to go higher.

    ``ends`` as for ``promise``.
    """
    corrected = {one.corrects for one in chases}
    known = sorted(
        (one for one in chases if one.id not in corrected),
        key=lambda one: (one.at, one.id),
    )
    last = known[-1] if known else None
    if heard.over_at is not None:
        return Chased(Standing.NONE, last)
    live = [one for one in known if heard.first_after(one.at) is None]
    if not live:
        return Chased(Standing.NONE, last)
    since, days = live[0].at, [one.promised_on for one in live if one.promised_on]
    broken = sum(ends(day) < today for day in days)
    if not days:
        late = waited(live[0].day)
        return Chased(Standing.UNANSWERED, last, since=since, may_escalate=late)
    standing = Standing.BROKEN if ends(days[-1]) < today else Standing.OPEN
    return Chased(standing, last, days[-1], broken, since, may_escalate=broken > 0)
