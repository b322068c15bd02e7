"""The page of alerts: what stands, what has ended, taken note of by a form."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateway.api.alerts import ENDED, STANDING, acknowledged, listed, shown
from gateway.api.contacts import person
from gateway.api.problems import status_of
from gateway.api.signin import operator, same_origin
from gateway.console import labels, show
from gateway.console.render import form_of, to
from gateway.domain.errors import SenderError

if TYPE_CHECKING:
    from gateway.console.render import Pages
    from gateway.ports.alerts import AlertRow
    from gateway.watch.roads import Roads

PATH = "/console/canh-bao"
PAGE = 50


def register(pages: Pages, roads: Roads, routes: APIRouter) -> None:
    """Add the page and its form."""
    tools = pages.tools

    @routes.get(PATH)
    async def alerts(request: Request, after: str | None = None) -> Response:
        principal = await person(tools, request)
        standing, _ = await listed(roads, STANDING, after=None, limit=PAGE)
        ended, following = await listed(roads, ENDED, after=after, limit=PAGE)
        return pages.render(
            "alerts.html",
            principal,
            standing=[_row(pages, row) for row in standing],
            ended=[_row(pages, row) for row in ended],
            following=following,
            first=after is None,
            roads=[labels.channel(c.name) for c in roads.channels],
            here="alerts",
        )

    @routes.post(f"{PATH}/{{identifier}}/da-biet")
    async def acknowledge(identifier: str, request: Request) -> Response:
        same_origin(request)
        principal = await operator(tools, request)
        note = (await form_of(request)).get("note", "")
        try:
            await acknowledged(tools, roads, principal, identifier, note)
        except SenderError as wrong:
            return pages.told(principal, status_of(wrong), wrong.remedy, PATH)
        return to(f"{PATH}#{quote(identifier)}")


def _row(pages: Pages, row: AlertRow) -> dict[str, Any]:
    found, now = shown(pages.tools, row), pages.tools.clock.now()
    since = datetime.fromisoformat(found["since"])
    until = row.alert.ended_at or now
    known = found["acknowledged"]
    if known:
        known = {**known, "by": labels.actor(known["by"])}
    return {**found, "acknowledged": known, "for": show.span(until - since)}
