"""Lists that people named: own ones, and ones that somebody shared with all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateway.api.answers import answer
from gateway.api.bodies import json_object
from gateway.api.contacts import person
from gateway.api.signin import operator
from gateway.domain.errors import ActionNotPossible, KeyTaken, SenderError
from gateway.domain.identifiers import PayloadId
from gateway.domain.journal import JournalLine
from gateway.domain.json_text import as_json, of_json
from gateway.domain.text import fold
from gateway.ports.saved_views import SavedView
from gateway.watch import noting

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.domain.principal import Principal
    from gateway.sealing.tools import Tools

MOST, NAME_AT_MOST, QUERY_AT_MOST = 30, 80, 400
_KIND = "saved_view"
#: Pages whose lists can be named, by their address, and what theirs may say.
FILTERS = {
    "/console/dung-yen": ("trang-thai", "don-vi", "hoan"),
    "/console/luot-gui": ("trang-thai", "don-vi", "tu", "den"),
}
#: Codes and days are short words; anything else could be what somebody typed.
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_.")
_VALUE_AT_MOST = 80


@dataclass(frozen=True, slots=True)
class Named:
    """One, opened."""

    row: SavedView
    name: str

    @property
    def to(self) -> str:
        """The list's address."""
        query = f"?{self.row.query}" if self.row.query else ""
        return f"{self.row.page}{query}"


def register(tools: Tools, routes: APIRouter) -> None:
    """Add the calls."""

    @routes.get("/saved-views")
    async def get_views(request: Request, page: str) -> Response:
        """Các bộ lọc đã lưu của một trang: của mình, và của người khác dùng chung."""
        principal = await person(tools, request)
        found = await listed(tools, principal, page)
        return answer({"views": [shown(principal, one) for one in found]})

    @routes.post("/saved-views", status_code=201)
    async def post_view(request: Request) -> Response:
        """Lưu một bộ lọc: tên, trang, địa chỉ (query); shared: dùng chung cho mọi người."""
        principal = await operator(tools, request)
        content = await json_object(request)
        name, page, query = (content.get(key) for key in ("name", "page", "query"))
        for one in (name, page, query):
            if not isinstance(one, str):
                _wrong("name, page và query là chữ.")
        made = await save(
            *(tools, principal, str(page), str(query), str(name)),
            shared=content.get("shared") is True,
        )
        return answer(shown(principal, made), 201)

    @routes.delete("/saved-views/{identifier}", status_code=204)
    async def delete_view(identifier: str, request: Request) -> Response:
        """Bỏ một bộ lọc đã lưu của mình."""
        principal = await operator(tools, request)
        await drop(tools, principal, identifier)
        return Response(status_code=204)


async def listed(tools: Tools, principal: Principal, page: str) -> Sequence[Named]:
    """Own ones, then shared ones of others, which people of an agency do not see."""
    found = await tools.saved_views.views(principal.id, page)
    return [
        Named(row, str(of_json(tools.vault.open_common(row.sealed))["name"]))
        for row in found
        if row.by == principal.id or noting.ours(principal)
    ]


async def save(
    tools: Tools,
    principal: Principal,
    page: str,
    query: str,
    name: str,
    *,
    shared: bool,
) -> Named:
    """Keep one; what the page knows nothing of is left out of its address.

    Raises:
        SenderError: the page has no such lists, the name is empty, too long or used.
        ActionNotPossible: one has as many as one gets.
    """
    name = " ".join(name.split())
    if page not in FILTERS:
        _wrong(f"Chỉ lưu được bộ lọc của các trang: {', '.join(FILTERS)}.")
    if not name or len(name) > NAME_AT_MOST:
        _wrong(f"Đặt tên bộ lọc, không quá {NAME_AT_MOST} ký tự.")
    now, identifier = tools.clock.now(), tools.chance.identifier("v")
    sealed = tools.vault.seal_common(
        PayloadId(identifier), _KIND, as_json({"name": name})
    )
    row = SavedView(
        id=identifier,
        by=principal.id,
        at=now,
        page=page,
        query=_query(page, query),
        blind=tools.vault.blind(_KIND, fold(name)),
        shared=shared and noting.ours(principal),
        sealed=sealed,
    )
    facts = {"view": identifier, "what": "saved", "page": page, "shared": row.shared}
    line = JournalLine(_KIND, now, principal.id, facts, sealed.id, sealed.digest)
    try:
        kept = await tools.saved_views.add_view(row, line, most=MOST)
    except KeyTaken:
        _wrong("Đã có một bộ lọc tên này ở trang này: đặt tên khác, hoặc bỏ bộ lọc cũ.")
    if not kept:
        raise ActionNotPossible(
            code="saved_views_full",
            remedy=f"Mỗi người lưu nhiều nhất {MOST} bộ lọc: bỏ bớt bộ lọc cũ.",
        )
    return Named(row, name)


async def drop(tools: Tools, principal: Principal, identifier: str) -> None:
    """Forget one of one's own.

    Raises:
        ActionNotPossible: there is none of theirs.
    """
    facts = {"view": identifier[:_VALUE_AT_MOST], "what": "dropped"}
    line = JournalLine(_KIND, tools.clock.now(), principal.id, facts)
    if not await tools.saved_views.drop_view(identifier, principal.id, line):
        raise ActionNotPossible(
            code="saved_view_not_there",
            remedy="Không có bộ lọc này, hoặc là của người khác.",
        )


def _query(page: str, query: str) -> str:
    """An address again, of what the page knows and of codes and days alone."""
    if len(query) > QUERY_AT_MOST:
        _wrong(f"Địa chỉ bộ lọc không quá {QUERY_AT_MOST} ký tự.")
    given = dict(parse_qsl(query.removeprefix("?")))
    kept = {name: given[name] for name in FILTERS[page] if given.get(name)}
    for value in kept.values():
        if len(value) > _VALUE_AT_MOST or not set(value.lower()) <= _LETTERS:
            _wrong("Bộ lọc chỉ gồm mã và ngày, không có gì do người gõ.")
    return urlencode(kept)


def shown(principal: Principal, one: Named) -> dict[str, Any]:
    """One as answers show it."""
    return {
        "id": one.row.id,
        "name": one.name,
        "page": one.row.page,
        "query": one.row.query,
        "shared": one.row.shared,
        "own": one.row.by == principal.id,
    }


def _wrong(remedy: str) -> NoReturn:
    raise SenderError(code="saved_view_invalid", remedy=remedy)
