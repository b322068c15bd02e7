"""Two lists held against each other: files come, the result goes; calls keep nothing."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from fastapi import Request
from fastapi.responses import Response

from gateway.api import proposals
from gateway.api.answers import answer
from gateway.api.bodies import limited
from gateway.api.description import XLSX
from gateway.api.multipart import read_in_memory
from gateway.api.routes import Routes
from gateway.api.signin import operator_of_all
from gateway.domain.errors import ActionNotPossible, SenderError, TooLarge
from gateway.domain.legal_day import legal_day
from gateway.reconciling.gathering import gather
from gateway.reconciling.one_list import read_one
from gateway.reconciling.reconcile import reconcile
from gateway.reconciling.remembering import same
from gateway.reconciling.telling import as_json, pages
from gateway.reconciling.values import day_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from gateway.ports.sheets import Spreadsheets
    from gateway.reconciling.one_list import OneList
    from gateway.reconciling.reconcile import Reconciliation
    from gateway.sealing.tools import Tools

T = TypeVar("T")
MAX_FORM_BYTES = 64 * 1024 * 1024
#: Rows of one file; what is bigger is for the command line, on a machine of its own.
MAX_ROWS = 60_000
#: At once in one process: two lists of the largest size fill its memory.
AT_ONCE = 2
PARTS = frozenset({"ours", "theirs", "mapping", "day"})


class Desk:
    """Does the comparing of one process, for pages and programs, a little at a time."""

    def __init__(self, tools: Tools, sheets: Spreadsheets) -> None:
        """Nothing is under way."""
        self._tools = tools
        self._sheets = sheets
        self._under_way = 0

    async def form(
        self, request: Request, names: frozenset[str] = PARTS
    ) -> dict[str, bytes]:
        """The parts of an upload, in memory.

        Raises:
            SenderError: it is no such form.
            TooLarge: it is over ``MAX_FORM_BYTES``.
        """
        kind = request.headers.get("content-type", "")
        try:
            return await read_in_memory(limited(request, MAX_FORM_BYTES), kind, names)
        except TooLarge as wrong:
            raise TooLarge(
                code="lists_too_large",
                remedy=f"Hai tệp cộng lại lớn hơn {MAX_FORM_BYTES // 1024 // 1024} MB."
                " Xuất theo khoảng ngày ngắn hơn, hoặc dùng lệnh lienthong reconcile.",
            ) from wrong

    async def compare(
        self, parts: dict[str, bytes], *, kept: str = ""
    ) -> Reconciliation:
        """The result of an upload, worked out beside the loop.

        ``kept``: the mapping of another day. When it comes back unchanged nobody has
        chosen it for these lists, and where it does not fit they are read anew.

        Raises:
            SenderError: a file or the mapping cannot be read, or columns are in doubt.
            ActionNotPossible: others are comparing.
        """
        ours, theirs = (parts.get(name, b"") for name in ("ours", "theirs"))
        if not ours or not theirs:
            raise SenderError(
                code="two_lists_needed",
                remedy="Chọn đủ hai tệp: danh sách của một cửa (ours) và danh sách của"
                " cơ quan (theirs).",
            )
        mapping = parts.get("mapping", b"").decode("utf-8-sig", "replace")
        day = self.day(parts.get("day", b"").decode("utf-8", "replace"))

        def work() -> Reconciliation:
            tables = gather(self._sheets, ours, theirs, max_rows=MAX_ROWS)
            unchanged = same(mapping, kept)
            return reconcile(*tables, day=day, mapping=mapping, remembered=unchanged)

        return await self._beside(work)

    async def one(self, content: bytes, mapping: str, kept: str) -> OneList:
        """The list of an agency alone, read beside the loop.

        Raises:
            SenderError: it cannot be read, or columns are in doubt.
            ActionNotPossible: others are comparing.
        """
        if not content:
            raise SenderError(
                code="list_needed", remedy="Chọn tệp danh sách của cơ quan (list)."
            )

        def work() -> OneList:
            table = self._sheets.read(content, max_rows=MAX_ROWS)
            return read_one(table, mapping=mapping, kept=kept)

        return await self._beside(work)

    async def workbook(self, result: Reconciliation) -> bytes:
        """The result as a file."""
        return await self._beside(lambda: self._sheets.write(pages(result)))

    async def _beside(self, work: Callable[[], T]) -> T:
        if self._under_way >= AT_ONCE:
            raise ActionNotPossible(
                code="reconciliation_under_way",
                remedy="Đang có người khác đối soát. Thử lại sau ít phút.",
            )
        self._under_way += 1
        try:
            return await asyncio.to_thread(work)
        finally:
            self._under_way -= 1

    def day(self, text: str) -> date:
        """The day that is named, else today.

        Raises:
            SenderError: it names none.
        """
        try:
            return day_of(text) or legal_day(self._tools.clock.now())
        except ValueError as wrong:
            raise SenderError(
                code="day_invalid", remedy="Ngày tính quá hạn viết dạng 25/03/2026."
            ) from wrong


def router(tools: Tools, desk: Desk) -> Routes:
    """Routes under /v1 for operators."""
    routes = Routes(prefix="/v1", tags=["operations"])

    @routes.post("/reconciliations")
    async def post_reconciliation(request: Request) -> Response:
        """Đối soát hai danh sách hồ sơ; tệp và kết quả không được giữ lại."""
        await operator_of_all(tools, request)
        result = await desk.compare(await desk.form(request))
        return answer(as_json(result))

    @routes.post("/reconciliations/workbook")
    async def post_workbook(request: Request) -> Response:
        """Như trên, kết quả là tệp .xlsx, mỗi nhóm một trang."""
        await operator_of_all(tools, request)
        result = await desk.compare(await desk.form(request))
        return file(await desk.workbook(result), "ket-qua.xlsx", XLSX)

    proposals.register(tools, desk, routes)
    return routes


def file(content: bytes, name: str, kind: str) -> Response:
    """A file that is downloaded and kept by nobody on the way."""
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(content, media_type=kind, headers=headers)
