"""The page of who did and read what, whether the journal holds, and the list as a file."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateway.api.journal import acts, auditor, told, verdict, verified, wanted
from gateway.api.signin import fresh, same_origin
from gateway.console import labels, show, views
from gateway.console.language import later, say
from gateway.console.render import form_of, to
from gateway.domain.comma_text import comma_text
from gateway.domain.identifiers import DossierId
from gateway.intake.acts import find
from gateway.sealing.reads import note_look

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.api.journal import Wanted
    from gateway.console.render import Pages
    from gateway.domain.principal import Principal
    from gateway.sealing.tools import Tools

PATH = "/console/nhat-ky"
#: Lines of one file at most, and looks that it takes at most.
FILE_LINES, FILE_LOOKS = 10_000, 200
#: What the address calls what is asked for.
_NAMES = {
    "nguoi": "person",
    "viec": "kind",
    "don-vi": "office",
    "ho-so": "dossier",
    "tu": "since",
    "den": "until",
}
KINDS = {
    "": later("mọi việc"),
    "doc": later("xem hồ sơ"),
    "mo-che": later("mở dữ liệu cá nhân"),
    "luot-gui": later("thao tác với lượt gửi"),
    "sua-ho-so": later("sửa hồ sơ"),
    "ket-thuc-tay": later("kết thúc bằng tay"),
    "don-doc": later("đôn đốc"),
    "ghi-chu": later("ghi chú"),
    "de-xuat": later("đề xuất"),
    "y-kien": later("ý kiến về trễ hạn"),
    "don-vi": later("đơn vị, đường gửi"),
    "cau-hinh": later("cấu hình, lịch"),
    "tai-khoan": later("tài khoản, mã truy cập"),
    "dang-nhap": later("đăng nhập"),
    "bao-cao": later("báo cáo, tệp xuất"),
    "canh-bao": later("cảnh báo"),
    "cach-ly": later("tệp có mã độc bị cách ly"),
    "luu-tru": later("thời hạn lưu, giữ lại, xóa"),
    "xem-nhat-ky": later("xem nhật ký"),
}


def register(pages: Pages, routes: APIRouter) -> None:
    """Add the page, its search by number, the check and the file."""
    _list(pages, routes)
    _check(pages, routes)


def _list(pages: Pages, routes: APIRouter) -> None:
    tools = pages.tools

    @routes.get(PATH)
    async def page(request: Request, after: str | None = None) -> Response:
        principal = await auditor(tools, request)
        asked = wanted(tools, _given(request.query_params))
        return await _page(pages, principal, asked, after)

    @routes.post(f"{PATH}/ho-so")
    async def by_number(request: Request) -> Response:
        # A number may be a paper's or a telephone's: it travels in the body.
        same_origin(request)
        principal = await auditor(tools, request)
        form = await form_of(request)
        asked = _query(wanted(tools, _given(form)))
        number = form.get("number", "").strip()
        asked.pop("ho-so", None)
        if number:
            row = await find(tools, principal, number)
            asked["ho-so"] = row.case.dossier_id
        return to(f"{PATH}?{urlencode(asked)}")


def _check(pages: Pages, routes: APIRouter) -> None:
    tools = pages.tools

    @routes.post(f"{PATH}/kiem-tra")
    async def verify(request: Request) -> Response:
        same_origin(request)
        principal = await auditor(tools, request)
        form = await form_of(request)
        asked = wanted(tools, _given(form))
        day, after = _day(form.get("day", "")), form.get("after", "")
        if day is None:
            back = f"{PATH}?{urlencode(_query(asked))}"
            return pages.told(principal, 422, say(_NO_DAY), back)
        start = int(after) if _PLACE.fullmatch(after) else None
        found = await verified(tools, principal, day, start)
        checked = {
            "day": day.isoformat(),
            "words": verdict(day, found),
            "holds": not found.wrong,
            "after": found.after,
        }
        return await _page(pages, principal, asked, None, checked)

    @routes.post(f"{PATH}/tai")
    async def download(request: Request) -> Response:
        same_origin(request)
        principal = await auditor(tools, request)
        fresh(tools, principal)
        asked = wanted(tools, _given(await form_of(request)))
        return await _file(tools, principal, asked)


_NO_DAY = later("Chọn ngày cần kiểm tra.")
#: A place in the journal, as the page writes it; longer ones are none.
_PLACE = re.compile(r"[0-9]{1,18}")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _given(values: Mapping[str, str]) -> dict[str, str]:
    return {name: values.get(short, "") for short, name in _NAMES.items()}


def _query(asked: Wanted) -> dict[str, str]:
    """The address of the same list, without its page."""
    facts = asked.facts
    return {short: facts[name] for short, name in _NAMES.items() if name in facts}


async def _page(
    pages: Pages,
    principal: Principal,
    asked: Wanted,
    after: str | None,
    checked: dict[str, Any] | None = None,
) -> Response:
    tools = pages.tools
    found = await acts(tools, principal, asked, after=after, limit=views.PAGE)
    query, following = _query(asked), found.after
    return pages.render(
        "journal.html",
        principal,
        rows=[
            await _row(tools, principal, line)
            for line in await told(tools, principal, found.acts)
        ],
        asked=asked,
        about=await _number(tools, principal, asked.dossier),
        query=query,
        kinds=[(code, say(text)) for code, text in KINDS.items()],
        offices=[(o.id, o.name) for o in tools.versions.current.offices.values()],
        first=after is None,
        beginning=f"{PATH}?{urlencode(query)}",
        more=f"{PATH}?{urlencode({**query, 'after': following})}" if following else "",
        checked=checked,
        whole=principal.scope.everything,
        most=FILE_LINES,
        here="journal",
    )


async def _row(
    tools: Tools, principal: Principal, line: dict[str, Any]
) -> dict[str, Any]:
    return {
        **line,
        "who": labels.actor(line["by"]),
        "number": await _number(tools, principal, line["dossier"]),
    }


async def _number(tools: Tools, principal: Principal, dossier: str | None) -> str:
    if not dossier:
        return ""
    row = await tools.store.dossier(DossierId(dossier), principal.scope)
    return await views.number_of(tools, row) if row else ""


async def _file(tools: Tools, principal: Principal, asked: Wanted) -> Response:
    """The list as a file, as far as one goes."""
    lines: list[dict[str, Any]] = []
    after: str | None = None
    for _ in range(FILE_LOOKS):
        found = await tools.audit.acts(
            principal.scope, asked.asked, after=after, limit=500
        )
        lines += await told(tools, principal, found.acts)
        after = found.after
        if after is None or len(lines) >= FILE_LINES:
            break
    del lines[FILE_LINES:]
    await note_look(
        tools, principal, {"what": "csv", **asked.facts, "lines": len(lines)}
    )
    rows = [
        tuple(map(say, _HEADINGS)),
        *[await _cells(tools, principal, line) for line in lines],
    ]
    if after is not None:
        rows.append((say("Còn nữa: chọn ít ngày hơn rồi tải tiếp."),))
    return Response(
        comma_text(rows),
        media_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": 'attachment; filename="nhat-ky.csv"',
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )


_HEADINGS = (
    later("Lúc (giờ Việt Nam)"),
    later("Ai"),
    later("Việc"),
    later("Lý do"),
    later("Kết quả"),
    later("Số hồ sơ"),
    later("Mã hồ sơ ở cổng"),
    later("Đơn vị"),
    later("Mã dòng"),
)


async def _cells(
    tools: Tools, principal: Principal, line: dict[str, Any]
) -> tuple[str, ...]:
    number = await _number(tools, principal, line["dossier"])
    return (
        show.moment(line["at"]),
        line["by"],
        line["words"],
        line["reason"],
        line["result"],
        number,
        line["dossier"] or "",
        line["office_name"] or "",
        str(line["id"]),
    )
