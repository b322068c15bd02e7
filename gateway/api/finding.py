"""Search by what people have at hand: a number, a name, a phone, a paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateway.api import answers
from gateway.api.answers import answer
from gateway.api.bodies import json_object
from gateway.api.signin import signed_in
from gateway.sealing.folder import Folder, blind_number
from gateway.sealing.index import asked_words

if TYPE_CHECKING:
    from gateway.sealing.tools import Tools


def register(tools: Tools, routes: APIRouter) -> None:
    """Add the search."""

    @routes.post("/find")
    async def post_find(request: Request) -> Response:
        """Tìm theo số hồ sơ bất kỳ, tên, điện thoại, giấy tờ.

        By POST: what is looked for may be a name, and names stay out of URLs.
        """
        principal = await signed_in(tools, request)
        q = str((await json_object(request)).get("q", ""))
        blind = blind_number(tools, q)
        found = list(await tools.store.find([(None, None, blind)], principal.scope))
        for words in asked_words(tools, q):
            if not found:
                found = list(
                    await tools.overview.search(principal.scope, words, limit=20)
                )
        items = []
        for identifier in found:
            row = await tools.store.dossier(identifier, principal.scope)
            if row is not None:
                number = await answers.own_number(Folder.of(tools, row))
                items.append(answers.listed(row, number, tools.versions.current))
        return answer({"dossiers": items})
