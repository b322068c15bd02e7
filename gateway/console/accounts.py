"""Page of accounts for who may manage them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import Request
from fastapi.responses import Response

from gateway.accounts import managing
from gateway.accounts.managing import Wanted
from gateway.api.accounts import manager, reason_of, shown
from gateway.api.problems import status_of
from gateway.api.signin import allowed, same_origin
from gateway.console import labels
from gateway.console.render import form_of, to
from gateway.domain.account import PEOPLE
from gateway.domain.errors import DossierUnknown, SenderError
from gateway.domain.principal import Right

if TYPE_CHECKING:
    from gateway.api.routes import Routes
    from gateway.console.render import Pages
    from gateway.domain.principal import Principal

PATH = "/console/tai-khoan"
_DONE = {
    "end": "Đã khóa hẳn tài khoản và kết thúc mọi phiên của nó.",
    "unlock": "Đã mở khóa: đăng nhập lại được ngay.",
    "sign-out": "Đã kết thúc mọi phiên của tài khoản.",
}


def register(pages: Pages, routes: Routes) -> None:
    """Add the page and what is done on it."""
    tools = pages.tools

    @routes.get(PATH)
    async def accounts_page(request: Request, xong: str = "") -> Response:
        who = await allowed(tools, request, Right.ACCOUNTS)
        return await page(pages, who, done=_DONE.get(xong, ""))

    @routes.post(PATH)
    async def new(request: Request) -> Response:
        same_origin(request)
        who = await manager(tools, request)
        form = await request.form(max_files=0)
        given = {key: str(value).strip() for key, value in form.items()}
        wanted = Wanted(
            given.get("account", ""),
            given.get("name", ""),
            given.get("role", ""),
            [str(one) for one in form.getlist("office") if one],
        )
        try:
            made, password = await managing.make(tools, who, wanted, reason_of(given))
        except SenderError as error:
            return await page(pages, who, status_of(error), wrong=error.remedy)
        return await page(pages, who, 201, password=password, of=made.id)

    _act(pages, routes)


async def page(
    pages: Pages, who: Principal, status: int = 200, **said: str
) -> Response:
    """Everybody, and what was said or gone wrong."""
    tools = pages.tools
    rows = [await shown(tools, one) for one in await tools.accounts.rows.accounts()]
    offices = tools.versions.current.offices
    return pages.render(
        "accounts.html",
        who,
        status,
        rows=rows,
        roles={one.value: labels.ROLES[one] for one in PEOPLE},
        offices={str(one): office.name for one, office in offices.items()},
        said={"done": "", "wrong": "", "password": "", "of": "", **said},
        here="accounts",
    )


def _act(pages: Pages, routes: Routes) -> None:
    tools = pages.tools

    @routes.post(f"{PATH}/{{account}}/{{what}}")
    async def act(account: str, what: str, request: Request) -> Response:
        same_origin(request)
        who = await manager(tools, request)
        given = await form_of(request)
        try:
            if what == "sign-out":
                await managing.end_sessions(tools, who, account)
                return to(f"{PATH}?xong={what}")
            why = reason_of(dict(given))
            if what == "reset":
                second = given.get("second") == "1"
                kept, password = await managing.reset(
                    tools, who, account, why, second=second
                )
                return await page(pages, who, password=password, of=kept.id)
            if what not in _DONE:
                raise DossierUnknown
            done = managing.end if what == "end" else managing.unlock
            await done(tools, who, account, why)
        except DossierUnknown:
            raise
        except SenderError as error:
            return await page(pages, who, status_of(error), wrong=error.remedy)
        return to(f"{PATH}?xong={what}")
