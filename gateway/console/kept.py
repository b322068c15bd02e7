"""What somebody sent when the session was over or another: kept sealed, and shown again.

Never sent again by itself: the person sees it filled in, and sends it or does not.
"""

from __future__ import annotations

import json
import re
import secrets
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from fastapi import Request

from gateway.accounts import signing
from gateway.api.signin import READING, same_origin, shown_session
from gateway.console.render import MOST_FIELDS, to
from gateway.domain.account import KeptForm
from gateway.domain.errors import NotAllowed
from gateway.domain.identifiers import PrincipalId

if TYPE_CHECKING:
    from fastapi.responses import Response

    from gateway.api.routes import Routes
    from gateway.console.render import Pages
    from gateway.domain.principal import Principal
    from gateway.sealing.tools import Tools

KEPT_FOR = timedelta(minutes=30)
#: Of one account; and characters of one.
MOST, MOST_CHARS = 20, 200_000
_ID = re.compile(r"[A-Za-z0-9_-]{1,60}")
_URLENCODED = "application/x-www-form-urlencoded"
#: Never kept.
_SECRET = {"csrf", "password", "code", "token", "old", "new", "again", "sealed"}
WORDS = {
    "reason": "Lý do",
    "note": "Ghi chú",
    "said": "Nội dung trao đổi",
    "owner": "Người theo dõi",
    "number": "Số hồ sơ",
    "content": "Nội dung",
    "why": "Lý do",
    "q": "Tìm",
}


@dataclass(frozen=True, slots=True)
class Typed:
    """A form as it was sent: where to, and each field in its order.

    ``sends``: whether it changes something; else it is a page that was asked for.
    """

    path: str
    fields: tuple[tuple[str, str], ...]
    sends: bool = True


def plain(form: str) -> str:
    """The name of a kept form; of something else nothing."""
    return form if _ID.fullmatch(form) else ""


def path(form: str) -> str:
    """Where a kept form is shown again."""
    return f"/console/tiep-tuc/{plain(form)}"


def register(pages: Pages, routes: Routes) -> None:
    """Add the page that shows one again."""
    tools = pages.tools

    @routes.get("/console/tiep-tuc/{form}")
    async def again(form: str, request: Request) -> Response:
        principal = await pages.known(request)
        found = await tools.accounts.rows.kept_form(plain(form), principal.id)
        if found is None or found.until < tools.clock.now():
            told = (
                "Nội dung đã gõ không còn được giữ (giữ 30 phút, cho đúng người đã gõ)."
            )
            return pages.told(principal, 404, told)
        text = tools.vault.open_secret(_name(found.id, principal.id), found.sealed)
        typed = _typed(json.loads(text))
        if not typed.sends:
            return to(typed.path)
        said = "Việc này chưa được ghi. Xem lại nội dung anh/chị đã gõ rồi gửi."
        return shown(pages, principal, typed, said)


def shown(
    pages: Pages, principal: Principal, typed: Typed, said: str, status: int = 200
) -> Response:
    """A form filled in again."""
    return pages.render(
        "form_again.html", principal, status, typed=typed, said=said, words=WORDS
    )


async def typed_in(request: Request) -> Typed | None:
    """What a request holds of a form of ours; None: nothing that can be kept."""
    query = f"?{request.url.query}" if request.url.query else ""
    if request.method in READING:
        return Typed(request.url.path + query, (), sends=False)
    if not request.headers.get("content-type", "").startswith(_URLENCODED):
        return None
    try:
        same_origin(request)
    except NotAllowed:
        return None
    form = await request.form(max_files=0, max_fields=MOST_FIELDS)
    fields = tuple(
        (name, str(value)) for name, value in form.multi_items() if name not in _SECRET
    )
    return Typed(request.url.path + query, fields)


async def keep(tools: Tools, request: Request, account: str) -> str:
    """Keep what was sent for its account; its name, or nothing."""
    typed = await typed_in(request)
    if typed is None:
        return ""
    text = json.dumps(asdict(typed), ensure_ascii=False)
    if len(text) > MOST_CHARS:
        return ""
    now, name = tools.clock.now(), secrets.token_urlsafe(18)
    sealed = tools.vault.seal_secret(_name(name, account), text)
    form = KeptForm(name, PrincipalId(account), sealed, now + KEPT_FOR)
    await tools.accounts.rows.keep_form(form, now, MOST)
    return name


async def owner(tools: Tools, request: Request) -> str:
    """Whose session a request shows, also one that is over; empty: nobody's."""
    token = shown_session(request)
    if not token:
        return ""
    session = await tools.accounts.rows.console_session(signing.digest(token))
    return session.account if session else ""


async def left_at(tools: Tools, request: Request, where: str) -> Response:
    """Lead to where one signs in, and keep what was typed by whom we knew."""
    account = await owner(tools, request)
    form = await keep(tools, request, account) if account else ""
    return to(f"{where}?tiep={form}" if form else where)


def _typed(values: dict[str, Any]) -> Typed:
    fields = tuple((name, value) for name, value in values["fields"])
    return Typed(values["path"], fields, sends=values["sends"])


def _name(form: str, account: str) -> str:
    return f"form:{form}:{account}"
