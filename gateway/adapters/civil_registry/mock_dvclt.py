"""DVCLT: sessions, the list, details, the mark, and reports up the ladder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from gateway.adapters.civil_registry.mock_contract import (
    MAX_BODY_BYTES,
    TEXT,
    Handler,
    Office,
    Reply,
    Request,
    as_json,
    local,
    parsed,
)
from gateway.adapters.civil_registry.mock_details import detail
from gateway.adapters.civil_registry.mock_published import Published
from gateway.adapters.civil_registry.mock_register import (
    Application,
    Line,
    Register,
    scenario_of,
)
from gateway.adapters.civil_registry.mock_sessions import Sessions

TOKENS = "/dvclt/api/tokens"
LIST = "/dvclt/api/lienthongdvclt/hosolienthong"
REPORT = "/dvclt/api/lienthongdvclt/trangthaihoso"
_PROCEDURES = {"KS": "2.999201", "KT": "2.999202"}
_DENIED = {"over": {"message": "Phiên làm việc đã hết hạn"}, "unknown": None}
_CALLS_DEEP = 5


async def _now_it_lies_there() -> None:
    """Nothing else happens then; virtual time has to stop there."""


class DVCLT:
    """The national software for linked services."""

    def __init__(
        self, office: Office, published: Published, register: Register
    ) -> None:
        """Applications are filed by the clock, counted from now."""
        self._office = office
        self._settings: Mapping[str, Any] = office.settings["dvclt"]
        self._published = published
        self._register = register
        self._sessions = Sessions(self._settings)
        self._ids = 90000
        self._full_at = office.now()
        for place, row in enumerate(self._settings.get("applications", ())):
            self._file(row, 70001 + place)
        office.shelve(self._newest)

    def _file(self, row: Mapping[str, Any], usual_id: int) -> None:
        hours = float(row.get("after_h", 0))
        at = self._office.now() + timedelta(hours=hours)
        self._office.later(hours, _now_it_lies_there)
        module = str(row["module"])
        self._register.applications[row["number"]] = Application(
            number=row["number"],
            module=module,
            unit=int(row["unit"]),
            procedure=row.get("procedure", _PROCEDURES[module]),
            lines=[Line(int(row.get("id", usual_id)), at)],
        )

    def routes(self) -> tuple[tuple[str, str, Handler], ...]:
        """Every operation with its path."""
        return (
            ("POST", TOKENS, self._sign_in),
            ("POST", f"{TOKENS}/refresh", self._renew),
            ("GET", LIST, partial(self._admit, self._list)),
            ("GET", LIST + "/{id}", partial(self._admit, self._detail)),
            ("PUT", LIST, partial(self._admit, self._mark)),
            ("POST", REPORT, partial(self._admit, self._report)),
        )

    # ---- sessions

    async def _sign_in(self, request: Request) -> Reply:
        shown = parsed(request.body) or {}
        account = (self._settings["user"], self._settings["password"])
        if (shown.get("userName"), shown.get("password")) != account:
            self._office.arrived("dvclt_token", "", answer="account_wrong")
            return as_json(401, {"message": "Tên đăng nhập hoặc mật khẩu không đúng"})
        self._office.arrived("dvclt_token", "", answer="given")
        return as_json(200, self._sessions.begin(self._office.now()).told())

    async def _renew(self, request: Request) -> Reply:
        shown = parsed(request.body) or {}
        old = str(shown.get("token", "")), str(shown.get("refreshToken", ""))
        pair = self._sessions.renew(*old, self._office.now())
        if pair is None:
            self._office.arrived("dvclt_refresh", "", answer="refresh_over")
            words = "Refresh token không hợp lệ hoặc đã hết hạn"
            return as_json(401, {"message": words})
        self._office.arrived("dvclt_refresh", "", answer="given")
        return as_json(200, pair.told())

    async def _admit(self, work: Handler, request: Request) -> Reply:
        """An operation, unless session, size or rate say no: nothing is looked at."""
        if len(request.body) > MAX_BODY_BYTES:
            return 413, TEXT, b""
        header = request.headers.get("Authorization", "")
        state = self._sessions.state(header, self._office.now())
        if state != "open":
            self._office.arrived("dvclt_denied", "", session=state)
            body = _DENIED[state]
            return as_json(401, body) if body else (401, TEXT, b"")
        if not self._has_room():
            self._office.arrived("dvclt_denied", "", session="too_many")
            return 429, TEXT, b""
        return await work(request)

    def _has_room(self) -> bool:
        """Five calls deep, filled up by the clock; not counted where no rate is set."""
        rate = float(self._settings.get("calls_per_second", 0))
        if not rate:
            return True
        now, each = self._office.now(), timedelta(seconds=1 / rate)
        full_at = max(now, self._full_at)
        if full_at - now > (_CALLS_DEEP - 1) * each:
            return False
        self._full_at = full_at + each
        return True

    # ---- fetching

    def _open_lines(self) -> list[tuple[Line, Application]]:
        """What a list shows now, oldest first."""
        now = self._office.now()
        found = [
            (line, one)
            for one in self._register.applications.values()
            if one.unit in self._settings["units"]
            for line in one.lines
            if not line.is_marked and line.filed_at <= now
        ]
        return sorted(found, key=lambda pair: (pair[0].filed_at, pair[0].id))

    def _newest(self) -> datetime | None:
        return max((line.filed_at for line, _ in self._open_lines()), default=None)

    async def _list(self, request: Request) -> Reply:
        query = request.query
        page, size = _number(query, "trang", 1), _number(query, "soLuong", 20)
        unit = _number(query, "maDonVi", 0)
        meant = [
            (line, one)
            for line, one in self._open_lines()
            if unit in {0, one.unit} and query.get("module", one.module) == one.module
        ]
        shown = meant[(page - 1) * size : page * size]
        self._office.arrived("dvclt_list", "", lines=len(shown))
        return as_json(200, {"data": [_told(line, one) for line, one in shown]})

    async def _detail(self, request: Request) -> Reply:
        for one in self._register.applications.values():
            for line in one.lines:
                is_it = str(line.id) == request.params["id"]
                if is_it and line.filed_at <= self._office.now():
                    self._office.arrived("dvclt_detail", one.number, id=line.id)
                    one.shown += 1
                    planned = scenario_of(self._office, one.number)
                    return detail(one, line, self._published, planned)
        self._office.arrived("dvclt_detail", "", answer="not_there")
        return 404, TEXT, b""

    async def _mark(self, request: Request) -> Reply:
        content = parsed(request.body)
        if content is None or self._published.wrong("dvclt-danhan", content):
            self._office.arrived("dvclt_received", "", answer="fields_wrong")
            return self._said("fields_wrong", {})
        number = content["maHoSo"]
        one = self._register.applications.get(number)
        name = "taken" if one and one.lines[0].filed_at <= self._office.now() else ""
        self._office.arrived("dvclt_received", number, answer=name or "not_there")
        if one is None or not name:
            return self._said("not_there", {})
        for line in one.lines:
            if not line.is_marked and line.filed_at <= self._office.now():
                line.is_marked = True
                self._office.effect("dvclt_received", number, id=line.id)
        return self._said("taken", scenario_of(self._office, number))

    # ---- the ladder

    async def _report(self, request: Request) -> Reply:
        content = parsed(request.body)
        wrong = [""] if content is None else self._wrong_in(content)
        if content is None or wrong:
            self._office.arrived("dvclt_status", "", answer="fields_wrong")
            return self._said("fields_wrong", {}, "".join(wrong[:1]))
        number, rung = content["soHoSoLT"], content["trangThai"]
        planned = scenario_of(self._office, number, content["maHoSo"])
        one = self._register.applications.get(number)
        if one is None:
            self._book(number, rung, "not_there")
            return self._said("not_there", planned)
        one.reports += 1
        if "says" in planned and one.reports <= int(planned.get("says_times", 1)):
            if planned.get("says_stored"):
                self._take(one, content, planned)
            self._book(number, rung, planned["says"])
            return self._said(planned["says"], planned)
        name, missing = self._take(one, content, planned)
        self._book(number, rung, name)
        return self._said(name, planned, str(missing or ""))

    def _wrong_in(self, content: Mapping[str, Any]) -> list[str]:
        wrong = self._published.wrong("dvclt-status", content)
        if not wrong and content["trangThai"] == 4:
            result = parsed(content["ketQuaXuLy"])
            if result is None or self._published.wrong("ketQuaXuLy", result):
                return ["ketQuaXuLy"]
        return wrong

    def _book(self, number: str, rung: int, answer: str) -> None:
        self._office.arrived("dvclt_status", number, trang_thai=rung, answer=answer)

    def _take(
        self, one: Application, content: Mapping[str, Any], planned: Mapping[str, Any]
    ) -> tuple[str, int]:
        """Store a report if the ladder lets it; the answer's name."""
        rung, at = content["trangThai"], content["thoiGianThucHien"]
        name, missing = one.answer_to(rung, at)
        if name == "taken" and not one.is_repeat(rung, at):
            one.rung, one.reported_at = rung, at
            own = content["maHoSo"]
            self._office.effect(
                "dvclt_status", one.number, trang_thai=rung, ma_ho_so=own
            )
            if rung == 2 and not planned.get("never_supplies"):
                hours = float(planned.get("supplies_after_h", 24))
                self._office.later(hours, partial(self._supplement, one))
        return name, missing

    async def _supplement(self, one: Application) -> None:
        """The applicant adds papers: the dossier stands in the list again."""
        self._ids += 1
        now: datetime = self._office.now()
        one.lines.append(Line(self._ids, now, is_supplement=True))

    def _said(self, name: str, planned: Mapping[str, Any], place: str = "") -> Reply:
        """An answer in words, in one of its shapes."""
        row = self._published.dvclt[name]
        text = str(row["text"])
        if name in {"rung_missing", "fields_wrong"}:
            words = text.rpartition(" ")[0].removesuffix(":")
            text = f"{words}: {place}" if name == "fields_wrong" else f"{words} {place}"
        status = 500 if name == "server_words" else 200
        match planned.get("shape", "object"):
            case "words":
                return status, TEXT, text.encode()
            case "text":
                return as_json(status, text)
            case "escaped":
                media = "application/json"
                return status, media, json.dumps({"message": text}).encode()
            case _:
                return as_json(status, {"message": text})


def _number(query: Mapping[str, str], name: str, usual: int) -> int:
    text = query.get(name, "")
    return max(1, int(text)) if text.isdecimal() else usual


def _told(line: Line, one: Application) -> dict[str, Any]:
    return {
        "id": line.id,
        "maDonVi": one.unit,
        "maTTHC": one.procedure,
        "module": one.module,
        "maHoSo": one.number,
        "ngayTiepNhan": local(line.filed_at, "%Y-%m-%dT%H:%M:%S"),
        "techId": "vi-du",
    }
