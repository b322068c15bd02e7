"""Above a list: the lists that people named, and how to name this one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateway.api import saved_views as calls
from gateway.api.problems import status_of
from gateway.api.signin import operator, same_origin
from gateway.console import labels
from gateway.console.language import later, say
from gateway.console.render import form_of, to
from gateway.domain.errors import SenderError
from gateway.watch import noting

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.console.render import Pages
    from gateway.domain.principal import Principal

PATH = "/console/bo-loc"
#: What was done, by ``luu`` in the address of the list.
_DONE = {
    "luu": later("Đã lưu bộ lọc."),
    "bo": later("Đã bỏ bộ lọc đã lưu."),
}


async def bar(
    pages: Pages, principal: Principal, page: str, query: Mapping[str, str], done: str
) -> dict[str, Any]:
    """What stands above the list at that address."""
    here = urlencode(query)
    found = await calls.listed(pages.tools, principal, page)
    return {
        "views": [
            {
                "id": one.row.id,
                "name": one.name,
                "to": one.to,
                "here": one.row.query == here,
                "own": one.row.by == principal.id,
                "shared": one.row.shared,
                "by": labels.actor(one.row.by),
            }
            for one in found
        ],
        "page": page,
        "query": here,
        "may_share": noting.ours(principal),
        "most": calls.NAME_AT_MOST,
        "done": say(_DONE[done]) if done in _DONE else "",
    }


def register(pages: Pages, routes: APIRouter) -> None:
    """Add the forms."""
    tools = pages.tools

    @routes.post(PATH)
    async def save(request: Request) -> Response:
        same_origin(request)
        principal = await operator(tools, request)
        form = await form_of(request)
        page, query = form.get("page", ""), form.get("query", "")
        try:
            made = await calls.save(
                *(tools, principal, page, query, form.get("name", "")),
                shared=bool(form.get("shared")),
            )
        except SenderError as error:
            back = page if page in calls.FILTERS else "/console"
            return pages.told(principal, status_of(error), error.remedy, back)
        return to(_with(made.to, "luu"))

    @routes.post(f"{PATH}/{{identifier}}/bo")
    async def drop(identifier: str, request: Request) -> Response:
        same_origin(request)
        principal = await operator(tools, request)
        form = await form_of(request)
        page = form.get("page", "")
        page = page if page in calls.FILTERS else next(iter(calls.FILTERS))
        try:
            await calls.drop(tools, principal, identifier)
        except SenderError as error:
            return pages.told(principal, status_of(error), error.remedy, page)
        return to(_with(page, "bo"))


def _with(address: str, done: str) -> str:
    return f"{address}{'&' if '?' in address else '?'}luu={done}"
