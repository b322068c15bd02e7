"""Pages of the configuration's versions: which runs, since when, by whom, what changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from gateway.api.signin import administrator
from gateway.console.configuration_words import (
    KINDS,
    MOST_ENTRIES,
    shown_entry,
    shown_findings,
    shown_row,
)
from gateway.console.language import say
from gateway.domain.errors import DossierUnknown
from gateway.routing.diffing import counted, differing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.console.render import Pages
    from gateway.ports.candidates import Candidates
    from gateway.ports.configurations import ConfigurationRow, Configurations
    from gateway.sealing.tools import Tools

PATH = "/console/cau-hinh"
PAGE = 30
Before = Annotated[str, Query(alias="truoc")]
From = Annotated[str, Query(alias="tu")]
To = Annotated[str, Query(alias="den")]


def register(
    pages: Pages, kept: Configurations, candidates: Candidates, routes: APIRouter
) -> None:
    """Add the list, the comparison, and one version."""
    tools = pages.tools

    @routes.get(PATH)
    async def versions(request: Request, before: Before = "") -> Response:
        principal = await administrator(tools, request)
        rows = await kept.configurations(before=number(before), limit=PAGE + 1)
        more = rows[PAGE - 1].version if len(rows) > PAGE else None
        number_, content = await running(tools)
        first = number(before) is None
        found = await candidates.findings(content) if first else []
        waits = await tools.configuring.rows.proposed_configuration()
        return pages.render(
            "configurations.html",
            principal,
            rows=[shown_row(row) for row in rows[:PAGE]],
            running=number_,
            first=first,
            waits=waits is not None,
            more=f"{PATH}?{urlencode({'truoc': more})}" if more else "",
            found=shown_findings(found, content),
            counted=_counted(content),
            here="configuration",
        )

    _comparing(pages, routes)
    _one(pages, kept, candidates, routes)


def _comparing(pages: Pages, routes: APIRouter) -> None:
    tools = pages.tools

    @routes.get(f"{PATH}/so-sanh")
    async def compare(request: Request, from_: From = "", to: To = "") -> Response:
        principal = await administrator(tools, request)
        old, new = number(from_), number(to)
        before, after = await content_of(tools, old), await content_of(tools, new)
        return pages.render(
            "configuration_compared.html",
            principal,
            old=old,
            new=new,
            **compared(before, after),
            here="configuration",
        )


def _one(
    pages: Pages, kept: Configurations, candidates: Candidates, routes: APIRouter
) -> None:
    tools = pages.tools

    @routes.get(f"{PATH}/{{version}}")
    async def one(version: str, request: Request) -> Response:
        principal = await administrator(tools, request)
        wanted = number(version) or 0
        content = await content_of(tools, wanted)
        rows = await kept.configurations(before=wanted + 1, limit=2)
        earlier = rows[1].version if len(rows) > 1 else None
        before = await content_of(tools, earlier) if earlier else {}
        newest, _ = await running(tools)
        return pages.render(
            "configuration.html",
            principal,
            row=shown_row(rows[0]),
            earlier=earlier,
            running=newest,
            found=shown_findings(await candidates.findings(content), content),
            counted=_counted(content),
            **compared(before, content),
            here="configuration",
        )


def plain(row: ConfigurationRow) -> dict[str, Any]:
    """A version as programs read it."""
    facts = row.facts or {}
    return {
        "version": row.version,
        "at": row.at.isoformat(),
        "by": row.actor or None,
        "why": facts.get("why"),
        "again": facts.get("again"),
        "calendar": facts.get("year") if row.kind == "calendar" else None,
    }


def number(text: str) -> int | None:
    """A version in an address; None where it is none."""
    plain = text.isascii() and text.isdecimal() and len(text) < 10
    return int(text) if plain else None


async def running(tools: Tools) -> tuple[int, dict[str, Any]]:
    """The version that runs, with its content."""
    return await tools.store.configuration(None) or (0, {})


async def content_of(tools: Tools, version: int | None) -> dict[str, Any]:
    """The content of one version.

    Raises:
        DossierUnknown: there is none of this number; pages say that nothing is there.
    """
    is_one = version is not None and 0 < version < 2**31
    found = await tools.store.configuration(version) if is_one else None
    if found is None:
        raise DossierUnknown
    return found[1]


def compared(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """What differs, for a page."""
    entries = differing(before, after)
    return {
        "entries": [shown_entry(one) for one in entries[:MOST_ENTRIES]],
        "more_entries": max(0, len(entries) - MOST_ENTRIES),
        "changed": len(entries),
    }


def _counted(content: Mapping[str, Any]) -> list[tuple[str, int]]:
    found = counted(content)
    return [(say(name), found[kind]) for kind, name in KINDS.items() if kind in found]
