"""Pages of one mock, for the people who test against it: ``/_mock/``.

Rendered here, without scripts and without anything from elsewhere. Every value comes
from a caller or from an agency, and is escaped.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote, urlencode, urlsplit

from aiohttp import web

from gateway.mockagency import conductor, pages_copy
from gateway.mockagency.journal_routes import FILTERS, whole
from gateway.mockagency.pages_look import HEADERS, STYLE, rendered
from gateway.mockagency.registers import VIETNAM, Registers

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from gateway.mockagency.clock import MockClock
    from gateway.mockagency.expect import Expectations
    from gateway.mockagency.journal import Exchange, Journal

    Page = Callable[[web.Request], Awaitable[web.StreamResponse]]

ROWS = 50
#: So many dossiers stand on the first page, the newest first.
DOSSIERS = 100
#: So many next moments of its clock.
TIMERS = 12
STEPS = {"1h": timedelta(hours=1), "1d": timedelta(days=1), "7d": timedelta(days=7)}


class Seen(Protocol):
    """What the pages show of a mock."""

    agency: str
    clock: MockClock
    journal: Journal
    expectations: Expectations
    around: Mapping[str, Any]

    def books(self) -> Mapping[str, Mapping[str, int]]:
        """Book → kind → lines."""

    def planned(self) -> list[Mapping[str, Any]]:
        """Planned faults, a row each."""

    def release(self) -> None:
        """Held calls go on."""


class Pages:
    """All pages of a mock."""

    def __init__(self, mock: Seen, registers: Registers) -> None:
        """``registers``: what it lends of its own memory."""
        self._mock = mock
        self._registers = registers

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        for path, page in (
            ("/_mock/", self._overview),
            ("/_mock/trao-doi", self._journal),
            (r"/_mock/trao-doi/{n:\d+}", self._exchange),
            (r"/_mock/trao-doi/{n:\d+}/phep-thu", self._copied_test),
            ("/_mock/khong-khop", self._unmatched),
            ("/_mock/ho-so", self._dossier),
            ("/_mock/style.css", self._style),
        ):
            app.router.add_get(path, page)
        for path, act in (
            ("/_mock/dong-ho", self._step),
            ("/_mock/tha", self._release),
            ("/_mock/nhin", self._look),
            ("/_mock/xoa", self._clear),
        ):
            app.router.add_post(path, self._own(act))

    def _own(self, act: Page) -> Page:
        """An act is of this mock's own pages, never of another site's."""

        async def checked(request: web.Request) -> web.StreamResponse:
            origin = request.headers.get("Origin")
            far = request.headers.get("Sec-Fetch-Site", "same-origin")
            if (origin and urlsplit(origin).netloc != request.host) or far not in {
                "same-origin",
                "none",
            }:
                raise web.HTTPForbidden(text="Chỉ bấm được từ chính trang này.")
            return await act(request)

        return checked

    def _page(
        self, request: web.Request, name: str, status: int = 200, **values: Any
    ) -> web.Response:
        mock = self._mock
        text = rendered(
            name,
            agency=mock.agency,
            now=mock.clock.now(),
            is_virtual=mock.clock.is_virtual,
            mocks=mock.around.get("mocks", {}),
            said=request.query.get("da-lam", ""),
            **values,
        )
        return web.Response(
            text=text, status=status, content_type="text/html", headers=HEADERS
        )

    async def _style(self, _request: web.Request) -> web.Response:
        return web.Response(text=STYLE, content_type="text/css", headers=HEADERS)

    async def _overview(self, request: web.Request) -> web.Response:
        mock = self._mock
        mock.clock.look()
        numbers = self._registers.numbers()
        unmatched = islice(mock.expectations.unmatched(mock.journal), 5)
        return self._page(
            request,
            "overview.html",
            numbers=numbers[: -DOSSIERS - 1 : -1],
            more=max(0, len(numbers) - DOSSIERS),
            has_register=bool(self._registers),
            books=mock.books(),
            planned=mock.planned(),
            timers=mock.clock.upcoming(TIMERS),
            next=mock.clock.next,
            next_look=mock.clock.next_look,
            unmatched=[(one, why) for one, why in unmatched],
            seen=mock.journal.seen,
        )

    async def _journal(self, request: web.Request) -> web.Response:
        journal = self._mock.journal
        wanted = {name: request.query.get(name, "") for name in FILTERS}
        before = whole(request, "before", 0)
        found = (
            one
            for one in journal.newest_first(**wanted)
            if not before or one.n < before
        )
        rows = list(islice(found, ROWS + 1))
        asked = {name: value for name, value in wanted.items() if value}
        older = (
            urlencode({**asked, "before": rows[ROWS - 1].n}) if len(rows) > ROWS else ""
        )
        return self._page(
            request,
            "journal.html",
            rows=[self._row(one) for one in rows[:ROWS]],
            older=older,
            is_paged=bool(before),
            wanted=wanted,
            query=urlencode(asked),
            operations=journal.operations(),
            faults=journal.faults(),
            seen=journal.seen,
        )

    def _row(self, one: Exchange) -> dict[str, Any]:
        masks = self._mock.journal.masks
        return {"one": one, "path": masks.text(one.path)}

    async def _exchange(self, request: web.Request) -> web.Response:
        one, shown = self._found(request)
        base = f"{request.scheme}://{request.host}"
        return self._page(
            request,
            "exchange.html",
            one=one,
            shown=shown,
            why=self._mock.expectations.explain(one),
            curl=pages_copy.curl(shown, base),
            gateway=self._gateway_page(one.number),
        )

    def _gateway_page(self, number: str) -> str:
        """Where the gateway shows the dossier; empty: nobody said where it is."""
        front = str(self._mock.around.get("front", ""))
        return f"{front}/console/ho-so/so/{quote(number)}" if front and number else ""

    async def _copied_test(self, request: web.Request) -> web.Response:
        one, shown = self._found(request)
        text = pages_copy.python_test(
            shown,
            f"{request.scheme}://{request.host}",
            str(self._mock.around.get("config", ".run/mock/mocks.json")),
            self._mock.agency,
        )
        name = f'attachment; filename="test_luot_{one.n}.py"'
        return web.Response(
            text=text,
            content_type="text/x-python",
            headers={**HEADERS, "Content-Disposition": name},
        )

    def _found(self, request: web.Request) -> tuple[Exchange, dict[str, Any]]:
        found = self._mock.journal.get(int(request.match_info["n"]))
        if found is None:
            raise web.HTTPNotFound(text="Lượt gọi này không còn trong sổ.")
        return found, found.shown(self._mock.journal.masks)

    async def _unmatched(self, request: web.Request) -> web.Response:
        mock = self._mock
        found = islice(mock.expectations.unmatched(mock.journal), ROWS)
        rows = [(self._row(one), why) for one, why in found]
        return self._page(request, "unmatched.html", rows=rows)

    async def _dossier(self, request: web.Request) -> web.Response:
        number = request.query.get("so", "").strip()
        masks = self._mock.journal.masks
        shown = self._registers.of(number, masks) if number else []
        calls = islice(self._mock.journal.newest_first(number=number), ROWS)
        return self._page(
            request,
            "dossier.html",
            status=200 if shown or not number else 404,
            number=number,
            shown=shown,
            rows=[self._row(one) for one in calls] if number else [],
            gateway=self._gateway_page(number),
        )

    async def _step(self, request: web.Request) -> web.StreamResponse:
        """Every mock that obeys the same clock comes along."""
        mock, form = self._mock, await request.post()
        if not mock.clock.is_virtual:
            raise web.HTTPConflict(
                text="Chạy theo giờ thật: không ai chỉnh được đồng hồ."
            )
        target = self._target(str(form.get("buoc", "")), str(form.get("luc", "")))
        own = f"{request.scheme}://{request.host}"
        everybody = list(mock.around.get("clock", ())) or [own]
        await conductor.advance(everybody, target, until=_never)
        return self._back("Đồng hồ đã tới lúc được chọn.")

    def _target(self, step: str, at: str) -> datetime:
        clock = self._mock.clock
        named = {"next": clock.next, "look": clock.next_look}
        if step in STEPS:
            return clock.now() + STEPS[step]
        if step in named:
            return named[step] or clock.now()
        try:
            target = datetime.fromisoformat(at)
        except ValueError:
            raise web.HTTPBadRequest(
                text=f"«{at}» không phải thời điểm; ví dụ 2026-03-12T08:00."
            ) from None
        target = target if target.tzinfo else target.replace(tzinfo=VIETNAM)
        if target < clock.now():
            raise web.HTTPBadRequest(text="Đồng hồ chỉ đi tới, không đi lùi.")
        return target

    async def _release(self, _request: web.Request) -> web.StreamResponse:
        self._mock.release()
        return self._back("Các lượt gọi đang bị giữ đã được thả.")

    async def _look(self, _request: web.Request) -> web.StreamResponse:
        self._mock.clock.look()
        return self._back("Cơ quan đã nhìn xem có việc mới không.")

    async def _clear(self, _request: web.Request) -> web.StreamResponse:
        self._mock.journal.clear()
        return self._back(
            "Đã xóa sổ trao đổi trong bộ nhớ; sổ việc của cơ quan vẫn còn."
        )

    def _back(self, said: str) -> web.Response:
        return web.Response(
            status=303, headers={"Location": f"/_mock/?{urlencode({'da-lam': said})}"}
        )


async def _never() -> bool:
    return False
