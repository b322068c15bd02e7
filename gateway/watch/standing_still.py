"""Dossiers and reports that have stood still for long, by office and class."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from gateway.domain.alert import Holding, Severity
from gateway.domain.principal import EVERYTHING
from gateway.domain.transfer import State

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence
    from datetime import datetime, timedelta

    from gateway.ports.overview import Overview, Still
    from gateway.watch.alert_limits import AlertLimits

PARKED, UNCONFIRMED, UNROUTED = "parked", "unconfirmed", "unrouted"
UNMATCHED = "unmatched"
KINDS = frozenset({PARKED, UNCONFIRMED, UNROUTED, UNMATCHED})
#: Rows that one look reads at most, longest first; more are not counted exactly.
MOST, PAGE = 2_000, 500
_WORDS = {
    PARKED: (
        "{office}: {count} lượt gửi chờ cán bộ xử lý lâu hơn {hours} giờ",
        "Mở «Chờ cán bộ xử lý», làm theo việc ghi ở từng lượt.",
        "/console/cho-xu-ly?loc=parked",
    ),
    UNCONFIRMED: (
        (
            "{office}: {count} lượt gửi chưa rõ cơ quan đã nhận hay chưa, lâu hơn"
            " {hours} giờ"
        ),
        "Gọi cơ quan nhận, hỏi đã nhận chưa rồi ghi câu trả lời.",
        "/console/cho-xu-ly?loc=unconfirmed",
    ),
    UNROUTED: (
        (
            "{count} hồ sơ chưa xác định được cơ quan hoặc chờ một cửa trả lời, lâu hơn"
            " {hours} giờ"
        ),
        "Quản trị bổ sung thẩm quyền; một cửa trả lời câu hỏi của cổng.",
        "/console/dung-yen",
    ),
    UNMATCHED: (
        "{count} phản hồi của cơ quan chưa khớp hồ sơ nào, lâu hơn {hours} giờ",
        (
            "Mở «Chờ cán bộ xử lý», mục phản hồi chưa khớp: gắn vào hồ sơ hoặc ghi đã xử"
            " lý."
        ),
        "/console/cho-xu-ly#chua-khop",
    ),
}


async def standing_still(
    overview: Overview,
    now: datetime,
    limits: AlertLimits,
    name: Callable[[str], str],
) -> Sequence[Holding]:
    """Everything that stands still longer than its class may."""
    ages = {
        PARKED: limits.parked,
        UNCONFIRMED: limits.unconfirmed,
        UNROUTED: limits.unrouted,
        UNMATCHED: limits.unmatched,
    }
    old: dict[tuple[str, str], list[tuple[datetime, str]]] = defaultdict(list)
    async for one in _still(overview, now - min(ages.values())):
        kind = _kind(one)
        if now - one.since >= ages[kind]:
            first = one.transfer_id or one.dossier_id
            old[kind, one.office].append((one.since, first))
    reports = await overview.unmatched(EVERYTHING, after=None, limit=PAGE)
    for row in reports:
        if now - row.arrived_at >= ages[UNMATCHED]:
            old[UNMATCHED, ""].append((row.arrived_at, row.id))
    return list(_holdings(old, ages, name))


async def _still(overview: Overview, before: datetime) -> AsyncIterator[Still]:
    after: str | None = None
    for _ in range(MOST // PAGE):
        rows = await overview.still(EVERYTHING, after=after, limit=PAGE)
        for one in rows:
            if one.since > before:
                return
            yield one
        if len(rows) < PAGE:
            return
        after = rows[-1].cursor


def _kind(one: Still) -> str:
    if one.transfer_id is None:
        return UNROUTED
    return UNCONFIRMED if one.state == State.UNCONFIRMED else PARKED


def _holdings(
    old: dict[tuple[str, str], list[tuple[datetime, str]]],
    ages: dict[str, timedelta],
    name: Callable[[str], str],
) -> Iterator[Holding]:
    for (kind, office), rows in old.items():
        words, todo, page = _WORDS[kind]
        since, first = min(rows)
        hours = round(ages[kind].total_seconds() / 3600)
        yield Holding(
            kind=kind,
            subject=office,
            severity=Severity.WARNING,
            since=since,
            reason=words.format(office=name(office), count=len(rows), hours=hours),
            next_action=todo,
            page=page,
            count=len(rows),
            first=first,
        )
