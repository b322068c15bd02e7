"""The page of what stands still: by cause, then each, by a filter that can be named."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from gateway.api.pulling import not_pulled
from gateway.api.signin import signed_in
from gateway.console import note_box, put_off, saved_views, stuck, views
from gateway.console.language import later, say
from gateway.domain.transfer import State

if TYPE_CHECKING:
    from gateway.console.render import Pages

#: What the list is narrowed to, by ``trang-thai`` in its address.
STATES = {
    "": later("mọi tình trạng"),
    State.PARKED.value: later("chờ cán bộ xử lý"),
    State.UNCONFIRMED.value: later("chưa rõ cơ quan đã nhận hay chưa"),
    "unrouted": later("chưa xác định cơ quan"),
    "asked": later("chờ một cửa trả lời"),
}
StateAsked = Annotated[str, Query(alias="trang-thai")]
OfficeAsked = Annotated[str, Query(alias="don-vi")]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the list shall show; what its address names and nobody knows is left."""

    state: str
    office: str
    hoan: str

    @property
    def query(self) -> dict[str, str]:
        """The address of the same list, without its page."""
        asked = {"trang-thai": self.state, "don-vi": self.office, "hoan": self.hoan}
        return {name: value for name, value in asked.items() if value}


def asked_of(state: str, office: str, hoan: str, *, known: set[str]) -> Asked:
    """What an address asks for."""
    return Asked(
        state if state in STATES else "",
        office if office in known else "",
        "1" if hoan else "",
    )


def register(pages: Pages, routes: APIRouter) -> None:
    """Add the page."""
    tools = pages.tools

    @routes.get(stuck.PATH)
    async def page(
        request: Request,
        state: StateAsked = "",
        office: OfficeAsked = "",
        hoan: str = "",
        after: str | None = None,
        luu: str = "",
    ) -> Response:
        principal = await signed_in(tools, request)
        named = [(str(o.id), o.name) for o in tools.versions.current.offices.values()]
        asked = asked_of(state, office, hoan, known={one for one, _ in named})
        rows, following = await views.still(
            tools,
            principal.scope,
            after=after,
            asked=put_off.asked(
                *(tools, principal, asked.hoan),
                office=asked.office,
                state=asked.state,
            ),
        )
        await note_box.beside(tools, principal, rows, "id")
        whole = after is None and not asked.query
        further = urlencode({**asked.query, "after": following or ""})
        return pages.render(
            "still.html",
            principal,
            rows=rows,
            counts=await tools.overview.counts(principal.scope),
            **await put_off.counted(tools, principal, asked.hoan),
            asked=asked,
            states=[(code, say(text)) for code, text in STATES.items()],
            offices=named,
            saved=await saved_views.bar(pages, principal, stuck.PATH, asked.query, luu),
            stopped=views.stopped(tools, pages.lanes),
            not_pulled=await not_pulled(tools),
            **(await stuck.causes(pages, principal) if whole else {}),
            beginning=f"{stuck.PATH}?{urlencode(asked.query)}",
            following=f"{stuck.PATH}?{further}" if following else "",
            first=after is None,
            here="still",
        )
