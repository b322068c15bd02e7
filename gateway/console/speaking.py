"""A person chooses the language of the pages."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateway.api.signin import same_origin
from gateway.console.language import COOKIE, LANGUAGES, REMEMBERED_S
from gateway.console.render import START, to
from gateway.domain.errors import DossierUnknown

if TYPE_CHECKING:
    from starlette.datastructures import Headers


def register(routes: APIRouter) -> None:
    """Add the form that every page has at its end; nobody has to be signed in."""

    @routes.post("/console/ngon-ngu/{language}")
    async def choose(language: str, request: Request) -> Response:
        same_origin(request)
        if language not in LANGUAGES:
            raise DossierUnknown
        response = to(_back(request.headers))
        response.set_cookie(
            COOKIE,
            language,
            max_age=REMEMBERED_S,
            path=START,
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )
        return response


def _back(headers: Headers) -> str:
    """The page on which it was chosen; browsers tell it to the same origin only."""
    came = urlsplit(headers.get("referer", ""))
    is_own = came.netloc == headers.get("host", "") and came.path.startswith(START)
    if not is_own:
        return START
    return f"{came.path}?{came.query}" if came.query else came.path
