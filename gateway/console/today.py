"""The page that the day begins with: what has to be done, each number with its list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import Response

from gateway.api.briefing import briefing
from gateway.api.closings import reached
from gateway.api.pulling import not_pulled
from gateway.api.signin import signed_in
from gateway.console import alerts, corrections, maintenance, put_off, views
from gateway.console.language import say, say_of
from gateway.console.render import START
from gateway.domain.principal import Right, Role, may, may_act, may_approve
from gateway.domain.proposal import ProposalKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastapi import APIRouter

    from gateway.console.render import Pages
    from gateway.domain.principal import Principal
    from gateway.sealing.tools import Tools
    from gateway.watch.roads import Roads

#: Causes that the page names; the others are behind a link.
CAUSES = 5
WAITING, UNROUTED, PROPOSALS, CHASES = (
    "/console/cho-xu-ly",
    "/console/chua-xac-dinh",
    "/console/de-xuat",
    "/console/don-doc",
)


@dataclass(frozen=True, slots=True)
class Tile:
    """A number, what it counts, and the list behind it; ``tone`` when it is not zero."""

    count: int
    words: str
    to: str
    tone: str = ""
    put_off: int = 0
    #: how many of them staff have put off


def register(pages: Pages, roads: Roads, routes: APIRouter) -> None:
    """Add the page."""
    tools = pages.tools

    @routes.get(START)
    async def today(request: Request) -> Response:
        principal = await signed_in(tools, request)
        found = await briefing(tools, pages.lanes, roads, principal)
        counts = await tools.overview.counts(principal.scope)
        off = await put_off.counts(tools, principal)
        people = principal.role is not Role.ONE_STOP
        edits = await _edits(tools, principal)
        proposed = await tools.proposals.proposals_open(principal.scope)
        causes = found["stuck"]["causes"] if found["stuck"] else []
        return pages.render(
            "today.html",
            principal,
            day=found["today"],
            groups=[
                (say("Cần xử lý"), [*_to_do(counts, off, found, principal), *edits]),
                (say("Hẹn trả cho người dân"), _due(found)),
                *(
                    [(say("Cơ quan đã làm, hệ thống chưa ghi"), _proposed(proposed))]
                    if people
                    else []
                ),
            ],
            stopped=views.stopped(tools, pages.lanes),
            soon=maintenance.soon(pages, principal),
            not_pulled=await not_pulled(tools),
            causes=causes[:CAUSES],
            more_causes=max(0, len(causes) - CAUSES),
            alerts=found["alerts"] or [],
            alerts_at=alerts.PATH,
            people=people,
            here="today",
        )


async def _edits(tools: Tools, principal: Principal) -> list[Tile]:
    """What waits for this person to approve it, or for somebody like them."""
    if not may(principal, Right.APPROVE):
        return []
    rows = await tools.corrections.corrections(
        principal.scope, after=None, limit=views.PAGE
    )
    theirs = [one for one in rows if may_approve(principal, one.by)]
    if principal.scope.offices:
        # Of ends by hand an account of agencies has those of its own parts alone.
        theirs = [one for one in theirs if await reached(tools, principal, one)]
    count = len(theirs)
    return [Tile(count, say("đề nghị chờ duyệt"), corrections.PATH, "warn")]


def _to_do(
    counts: Mapping[str, int],
    off: Mapping[str, int],
    found: Mapping[str, Any],
    principal: Principal,
) -> list[Tile]:
    parked, doubtful = counts.get("parked", 0), counts.get("unconfirmed", 0)
    unrouted, strange = counts.get("unrouted", 0), counts.get("unmatched", 0)
    tiles = [
        Tile(
            parked,
            say_of("lượt gửi chờ cán bộ xử lý", "lượt gửi chờ cán bộ xử lý", parked),
            f"{WAITING}?loc=parked",
            "bad",
            off.get("parked", 0),
        ),
        Tile(
            doubtful,
            say("chưa rõ cơ quan đã nhận hay chưa"),
            f"{WAITING}?loc=unconfirmed",
            "warn",
            off.get("unconfirmed", 0),
        ),
        Tile(
            unrouted,
            say("chưa xác định cơ quan"),
            UNROUTED,
            "bad",
            off.get("unrouted", 0),
        ),
    ]
    if may_act(principal):
        words = say("phản hồi chưa khớp hồ sơ")
        tiles.append(Tile(strange, words, f"{WAITING}#chua-khop", "warn"))
    broken = found["broken_promises"]
    if broken is not None:
        count = len(broken["dossiers"])
        more = say("đơn vị thất hẹn, còn nữa") if broken["more"] else ""
        tiles.append(Tile(count, more or say("đơn vị thất hẹn"), CHASES, "warn"))
    return tiles


def _due(found: Mapping[str, Any]) -> list[Tile]:
    offices = found["offices"]
    behind = f"/console/bao-cao/{found['today'][:7]}/ho-so"

    def of(name: str, words: str, tone: str, **asked: str) -> Tile:
        count = sum(one[name] for one in offices)
        return Tile(count, words, f"{behind}?{urlencode(asked)}", tone)

    today, near = found["today"], found["near"]
    return [
        of("overdue", say("hồ sơ đã quá hạn"), "bad", figure="overdue"),
        of(
            *("today", say("hẹn trả hôm nay"), "warn"),
            figure="due",
            first=today,
            last=today,
        ),
        of(
            *("near", say("hẹn trả trong hai ngày làm việc tới"), ""),
            figure="due",
            first=found["tomorrow"],
            last=near,
        ),
    ]


def _proposed(counts: Mapping[ProposalKind, int]) -> list[Tile]:
    words = {
        ProposalKind.FINISHED_THERE: say("quên bấm kết thúc"),
        ProposalKind.WAITING_THERE: say("quên bấm chờ bổ sung"),
        ProposalKind.LATE_ON_PAPER: say("quá hạn trên hệ thống, đã giải quyết xong"),
        ProposalKind.UNKNOWN_HERE: say("cơ quan có, cổng không có"),
        ProposalKind.UNKNOWN_THERE: say("cổng có, cơ quan không có"),
    }
    return [
        Tile(counts.get(kind, 0), text, PROPOSALS, "warn")
        for kind, text in words.items()
    ]
