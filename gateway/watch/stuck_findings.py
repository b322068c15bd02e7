"""Offices whose time is over, or of which nothing is heard; and what is not measured."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from gateway.calendar.working_time import working_time
from gateway.domain.alert import Holding, Severity
from gateway.domain.legal_day import VIETNAM
from gateway.domain.measure import Whose
from gateway.domain.principal import EVERYTHING
from gateway.domain.stuck import OF_CLOCKS
from gateway.watch.channels import at
from gateway.watch.stuck import stuck

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
    from datetime import date

    from gateway.ports.stuck import Holder, StuckCount
    from gateway.routing.catalogue import Catalogue
    from gateway.sealing.tools import Tools
    from gateway.watch.stuck import IsShut

#: Kinds of alerts.
OVER, SILENCE, UNMEASURED = "overdue", "silence", "unmeasured"
PROMISE = "promise_broken"
#: How long the same dossier may stand first in the queue of what is to be measured.
MEASURED_WITHIN = timedelta(minutes=15)
_CALL = "Gọi đầu mối của đơn vị, ghi lại ở «Đôn đốc»."


def over(causes: Iterable[StuckCount], name: Callable[[str], str]) -> Iterator[Holding]:
    """Each office with terms that are over; what is the gateway's own is one, too."""
    found: dict[str, list[StuckCount]] = defaultdict(list)
    for one in causes:
        if one.cause.kind in OF_CLOCKS:
            found[one.cause.office].append(one)
    for office, ones in found.items():
        count, since = sum(one.rows for one in ones), min(one.first for one in ones)
        own = all(one.whose is Whose.GATEWAY for one in ones)
        who = name(office) or "Hồ sơ chưa thuộc đơn vị nào"
        yield Holding(
            kind=OVER,
            subject=office,
            severity=Severity.WARNING,
            since=since,
            reason=f"{who}: {count} thời hạn đã quá, lâu nhất từ {at(since)}",
            next_action="Xem vì sao lượt gửi chưa đi được." if own else _CALL,
            page="/console/den-han",
            count=count,
            first=ones[0].sample,
        )


async def overdue(
    tools: Tools, is_shut: IsShut, name: Callable[[str], str]
) -> Sequence[Holding]:
    """The same of what stands still now."""
    return list(over(await stuck(tools, EVERYTHING, is_shut), name))


def quiet(
    holders: Iterable[Holder], catalogue: Catalogue, hours: int, now: datetime
) -> dict[str, tuple[Holder, datetime]]:
    """Offices that have dossiers, used to speak, and say nothing for so many hours.

    Since when: since their last word, or since they have something to speak of.
    """
    found = {}
    for one in holders:
        if one.spoke_at is None:
            continue
        since = max(one.spoke_at, one.since)
        working = working_time(catalogue.calendar, one.office)
        if working.minutes(since, now) >= hours * 60:
            found[one.office] = (one, since)
    return found


async def quiet_now(
    tools: Tools, is_shut: IsShut
) -> dict[str, tuple[Holder, datetime]]:
    """The same now; an office in an announced window is not waited for."""
    catalogue, hours = tools.versions.current, tools.stuck.office_hours
    holders = await tools.stuck.kept.holders()
    found = quiet(holders, catalogue, hours, tools.clock.now())
    return {office: one for office, one in found.items() if not is_shut(office)}


async def silence(
    tools: Tools, is_shut: IsShut, name: Callable[[str], str]
) -> Sequence[Holding]:
    """Each office of which nothing is heard."""
    hours = tools.stuck.office_hours
    return [
        Holding(
            kind=SILENCE,
            subject=office,
            severity=Severity.WARNING,
            since=since,
            reason=f"{name(office)}: đang có {one.dossiers} hồ sơ, không có tin gì từ"
            f" {at(since)} (quá {hours} giờ làm việc)",
            next_action="Gọi đầu mối kỹ thuật của đơn vị: phần mềm còn gửi tin không; rồi"
            " đầu mối nghiệp vụ.",
            page=f"/console/don-vi#{office}",
            count=one.dossiers,
        )
        for office, (one, since) in (await quiet_now(tools, is_shut)).items()
    ]


def promises(
    broken: Iterable[tuple[str, str, date, str]], now: datetime
) -> Iterator[Holding]:
    """Each office that let a day pass that it had promised."""
    found: dict[tuple[str, str], list[tuple[date, str]]] = defaultdict(list)
    for office, name, day, dossier in broken:
        found[office, name].append((day, dossier))
    for (office, name), ones in found.items():
        first, dossier = min(ones)
        ended = datetime.combine(first + timedelta(days=1), time(), VIETNAM)
        yield Holding(
            kind=PROMISE,
            subject=office,
            severity=Severity.WARNING,
            since=min(ended, now),
            reason=f"{name}: thất hẹn với {len(ones)} hồ sơ, sớm nhất hẹn {first:%d/%m/%Y}",
            next_action="Gọi lại đơn vị; nếu cần thì báo lãnh đạo đơn vị.",
            page="/console/don-doc",
            count=len(ones),
            first=dossier,
        )


class MeasureWatch:
    """Whether the same dossier stays in the queue of measuring, whatever comes and goes.

    It keeps real time, as the measurer does.
    """

    def __init__(self, limit: timedelta = MEASURED_WITHIN) -> None:
        """``limit``: how long one may stand there."""
        self._limit = limit
        self._since: dict[str, float] = {}

    def look(
        self, queue: Collection[str], mono: float, now: datetime
    ) -> Holding | None:
        """``queue``: the dossiers that are measured next."""
        self._since = {one: self._since.get(one, mono) for one in queue}
        first = min(self._since, key=lambda one: (self._since[one], one), default="")
        waited = mono - self._since.get(first, mono)
        if not first or waited < self._limit.total_seconds():
            return None
        return Holding(
            kind=UNMEASURED,
            subject="measure",
            severity=Severity.WARNING,
            since=now - timedelta(seconds=waited),
            reason="Thời hạn của hồ sơ không được tính tiếp; danh sách đến hạn và báo cáo"
            " chậm so với thực tế",
            next_action="Xem lienthong node list: máy nào giữ việc tính thời hạn; khởi"
            " động lại máy đó, nếu lặp lại báo bộ phận kỹ thuật.",
            first=first,
        )
