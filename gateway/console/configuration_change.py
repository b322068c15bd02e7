"""Another version of the configuration: seen with its effect first, then put in force."""

from __future__ import annotations

import base64
import binascii
import zlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateway.api.bodies import limited
from gateway.api.multipart import read_in_memory
from gateway.api.problems import status_of
from gateway.api.rehearsal import rehearsed
from gateway.api.signin import administrator, fresh, same_origin
from gateway.console.configuration_waiting import WAITING
from gateway.console.configuration_words import shown_findings
from gateway.console.configurations import (
    PATH,
    compared,
    content_of,
    number,
    running,
)
from gateway.console.language import later, say
from gateway.console.render import form_of, to
from gateway.domain.errors import ActionNotPossible, ChangedMeanwhile, SenderError
from gateway.domain.json_text import canonical_json, of_json
from gateway.domain.legal_day import legal_day
from gateway.intake.configuring import REASON_AT_MOST, checked, put_in_force
from gateway.reports.configured import concerned
from gateway.routing.destinations import moved
from gateway.routing.diffing import differing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gateway.console.render import Pages
    from gateway.domain.principal import Principal
    from gateway.ports.candidates import Candidates, Found

NEW, APPLY, TRY = f"{PATH}/moi", f"{PATH}/ap-dung", f"{PATH}/chay-thu"
#: Bytes of what is handed in, and of a content when it is unpacked.
MOST_BYTES = 16 * 1024 * 1024
#: What a browser writes around the file.
_AROUND = 64 * 1024
_MEANWHILE = later(
    "Cấu hình vừa được người khác đổi, nên chưa áp dụng gì. Xem lại những gì thay đổi"
    " rồi làm lại."
)
_NO_FILE = later("Chọn tệp cấu hình: thư mục cấu hình nén thành zip.")
_NO_REASON = later("Cần ghi lý do: vì sao đổi, ai quyết định.")


def register(
    pages: Pages,
    candidates: Candidates,
    routes: APIRouter,
    applied: Callable[[], None],
) -> None:
    """Add the form, the preview of a file or an earlier version, and the acts."""
    tools = pages.tools

    @routes.get(NEW)
    async def ask(request: Request) -> Response:
        principal = await administrator(tools, request)
        return _form(pages, principal, "")

    @routes.post(NEW)
    async def see(request: Request) -> Response:
        same_origin(request)
        principal = await administrator(tools, request)
        parts = await read_in_memory(
            limited(request, MOST_BYTES + _AROUND),
            request.headers.get("content-type", ""),
            frozenset({"file", "csrf"}),
        )
        archive = parts.get("file", b"")
        if not archive:
            return _form(pages, principal, say(_NO_FILE))
        is_json = archive.lstrip()[:1] == b"{"
        try:
            found = await candidates.read(".json" if is_json else ".zip", archive)
        except ValueError as wrong:
            return _form(pages, principal, f"{wrong}.")
        if found.content is None:
            return _form(pages, principal, "", found.findings)
        return await _preview(pages, principal, found.content, found.findings)

    @routes.get(f"{PATH}/{{version}}/dung-lai")
    async def again(version: str, request: Request) -> Response:
        principal = await administrator(tools, request)
        content = await content_of(tools, number(version))
        # Calendars are changed by themselves (decision 0041): the one that runs stays.
        content = {name: value for name, value in content.items() if name != "calendar"}
        found = await candidates.findings(content)
        return await _preview(pages, principal, content, found, again=number(version))

    _acting(pages, routes, applied)


def _acting(pages: Pages, routes: APIRouter, applied: Callable[[], None]) -> None:
    tools = pages.tools

    @routes.post(APPLY)
    async def do(request: Request) -> Response:
        same_origin(request)
        principal = await administrator(tools, request)
        fresh(tools, principal)
        form = await form_of(request)
        reason = form.get("reason", "").strip()
        if not reason:
            return pages.told(principal, 422, say(_NO_REASON), PATH)
        try:
            made = await put_in_force(
                *(tools, principal, unpacked(form.get("content", ""))),
                reason=reason,
                again=number(form.get("again", "")),
                seen=number(form.get("seen", "")),
            )
        except ChangedMeanwhile:
            return pages.told(principal, 409, say(_MEANWHILE), PATH)
        except (SenderError, ActionNotPossible) as error:
            return pages.told(principal, status_of(error), error.remedy, PATH)
        if made.waits is not None:
            return to(WAITING)
        applied()
        told = (
            say("Phiên bản %(version)s đang chạy.")
            if made.changes
            else say("Không có gì thay đổi: phiên bản %(version)s vẫn chạy.")
        )
        return pages.told(principal, 200, told % {"version": made.version}, PATH)

    _trying(pages, routes)


def _trying(pages: Pages, routes: APIRouter) -> None:
    tools = pages.tools

    @routes.post(TRY)
    async def rehearse(request: Request) -> Response:
        same_origin(request)
        principal = await administrator(tools, request)
        form = await form_of(request)
        try:
            found = await rehearsed(
                tools,
                {
                    "configuration": unpacked(form.get("content", "")),
                    "since": form.get("since", ""),
                    "until": form.get("until", ""),
                },
            )
        except (SenderError, ActionNotPossible) as error:
            return pages.told(principal, status_of(error), error.remedy, PATH)
        return pages.render(
            "configuration_tried.html", principal, found=found, here="configuration"
        )


def packed(content: Mapping[str, Any]) -> str:
    """A content as a field of a form carries it to the next page."""
    return base64.b64encode(zlib.compress(canonical_json(dict(content)), 9)).decode()


def unpacked(text: str) -> dict[str, Any]:
    """The content that a form carried.

    Raises:
        SenderError: it is none, or larger than one may be.
    """
    try:
        reader = zlib.decompressobj()
        plain = reader.decompress(base64.b64decode(text, validate=True), MOST_BYTES)
        content = of_json(plain) if reader.eof else None
    except (binascii.Error, ValueError, zlib.error):
        content = None
    if not isinstance(content, dict):
        raise SenderError(
            code="configuration_missing",
            remedy=say(
                "Biểu mẫu không còn đủ nội dung cấu hình: mở lại trang rồi làm lại."
            ),
        )
    return content


async def _preview(
    pages: Pages,
    principal: Principal,
    content: dict[str, Any],
    found: Sequence[Found],
    *,
    again: int | None = None,
) -> Response:
    """What a content would change, and what is wrong in it."""
    tools = pages.tools
    version, before = await running(tools)
    after = {**content, "calendar": before.get("calendar", {})}
    given = content.get("calendar") or {}
    wrong = ""
    try:
        checked(tools, after)
    except SenderError as error:
        wrong = error.remedy
    entries = differing(before, after)
    by_kind = {
        kind: {one.code for one in entries if one.kind == kind}
        for kind in ("procedure", "office")
    }
    yesterday = legal_day(tools.clock.now()) - timedelta(days=1)
    return pages.render(
        "configuration_change.html",
        principal,
        **compared(before, after),
        found=shown_findings(found, content),
        wrong=wrong,
        elsewhere=tools.configuring.second_person and bool(moved(before, after)),
        moves=await concerned(
            tools,
            {code.partition("@")[0] for code in by_kind["procedure"]},
            by_kind["office"],
        ),
        running=version,
        again=again,
        calendars=sorted(
            year
            for year, table in (given.items() if isinstance(given, dict) else ())
            if before.get("calendar", {}).get(year) != table
        ),
        content=packed({name: v for name, v in content.items() if name != "calendar"}),
        yesterday=yesterday.isoformat(),
        most=REASON_AT_MOST,
        here="configuration",
    )


def _form(
    pages: Pages, principal: Principal, wrong: str, found: Sequence[Found] = ()
) -> Response:
    return pages.render(
        "configuration_new.html",
        principal,
        422 if wrong or found else 200,
        wrong=wrong,
        found=shown_findings(found, None),
        here="configuration",
    )
