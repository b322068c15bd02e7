"""Land systems that are wrong in one thing each: the mock with that thing spoilt.

Numbers of requirements stand here without their prefix: both dialects have them. Each
system is made anew, since some of them remember.
"""

from __future__ import annotations

import asyncio
import base64
import json
import re
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from gateway.conformance.partner.mocked import Spoiling
from gateway.mockagency.office import Answer
from tests.conformance.partner.spoilt import Content, called, calling, early

WRONG = "phanhoihososaiketqua"
MIB = 1024 * 1024
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Make = Callable[[], Spoiling]
STORED = Answer(200, {}, b'{"Result": 1, "Message": "Da ghi nhan"}')
TAKEN = {"data": 1, "status": {"success": True, "code": 0, "message": "Đã nhận"}}


def phrase(answer: Content) -> str:
    return str(answer["status"]["message"]).casefold() if "status" in answer else ""


def taken_for(told: str, only: str = "") -> Make:
    """This refusal is told as taken, of one operation or of any."""

    def after(operation: str, _call: Content, answer: Content) -> Content:
        meant = told in phrase(answer) and only in {"", operation}
        return {**answer, "data": 1} if meant else answer

    return lambda: called(after=after)


def _unnamed(_operation: str, _call: Content, answer: Content) -> Content:
    words = str(answer["status"]["message"]).split(":")[0] if "status" in answer else ""
    return (
        {**answer, "status": {**answer["status"], "message": words}}
        if words
        else answer
    )


def _by_the_wall_clock(_operation: str, _call: Content, answer: Content) -> Content:
    if "status" not in answer:
        return answer
    later = datetime.fromisoformat(answer["status"]["time"]) + timedelta(hours=7)
    return {**answer, "status": {**answer["status"], "time": later.isoformat()}}


def _in_capitals(_operation: str, call: Content) -> Content:
    return {
        name: value.upper()
        if name in {"SoBienNhan", "MaHoSoMotCua"} and isinstance(value, str)
        else value
        for name, value in call.items()
    }


def _any_file(_operation: str, call: Content) -> Content:
    fine = base64.b64encode(b"tep").decode()
    for name in ("DanhSachGiayToDinhKem", "DanhSachGiayToBoSung"):
        for row in call.get(name) or ():
            if isinstance(row, dict) and row.get("TapTin"):
                row["TapTin"]["data"] = fine
    return call


def _area_as_written(_operation: str, call: Content) -> Content:
    for row in call.get("ThongTinThuaDat") or ():
        if isinstance(row, dict) and "DienTich" in row:
            row["DienTich"] = str(row["DienTich"])
    return call


def _complaints_once() -> Spoiling:
    seen: set[str] = set()

    def after(operation: str, call: Content, answer: Content) -> Content:
        if operation != WRONG or answer.get("data") != 1:
            return answer
        known = call["SoBienNhan"] in seen
        seen.add(call["SoBienNhan"])
        told = {**answer["status"], "message": "Hồ sơ đã tồn tại phản ánh"}
        return {"data": 0, "status": told} if known else answer

    return called(after=after)


def _refused_by_status() -> Spoiling:
    """Refusals come with HTTP 422, whatever they say."""

    @web.middleware
    async def spoil(request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await handler(request)
        said = isinstance(response, web.Response) and response.status == 200
        content = json.loads(response.body) if said else {}  # type: ignore[attr-defined]
        if content.get("data") == 0 and "thiếu trường" in phrase(content):
            response.set_status(422)
        return response

    return Spoiling(alter=lambda _mock, app: app.middlewares.append(spoil))


async def _any_method(request: web.Request) -> web.Response | None:
    return None if request.method == "POST" else web.json_response(TAKEN)


async def _fails_on_rubbish(request: web.Request) -> web.Response | None:
    raw = await request.read()
    try:
        fine = len(raw) > MIB or isinstance(json.loads(raw.decode()), dict)
    except ValueError:
        fine = False
    return None if fine else web.Response(status=500)


async def _no_limit(request: web.Request) -> web.Response | None:
    large = len(await request.read()) > 64 * MIB
    return web.json_response(TAKEN) if large else None


async def _small_limit(request: web.Request) -> web.Response | None:
    large = len(await request.read()) > 10 * MIB
    return web.Response(status=413) if large else None


async def yes_to_everything(request: web.Request) -> web.Response | None:
    token = {"access_token": "token-thu", "expires_in": 86400}
    return web.json_response(token if request.path.endswith("/token") else TAKEN)


async def cut(request: web.Request) -> web.Response | None:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def never(_request: web.Request) -> web.Response | None:
    await asyncio.Event().wait()
    return None


#: What is wrong → the land system, and the requirements that it does not keep.
SERVERS: dict[str, tuple[Make, set[str]]] = {
    "a repeat is told as new": (
        taken_for("đã tồn tại"),
        {"504", "511", "512", "513", "518"},
    ),
    "fields are not named": (lambda: called(after=_unnamed), {"303", "304"}),
    "its answers are by the wall clock": (
        lambda: called(after=_by_the_wall_clock),
        {"306"},
    ),
    "refusals come by status": (_refused_by_status, {"205", "303", "519"}),
    "numbers are put in capitals": (lambda: called(_in_capitals), {"403"}),
    "any file can be read": (lambda: called(_any_file), {"307"}),
    "areas may be numbers": (lambda: called(_area_as_written), {"904"}),
    "a complaint counts once": (_complaints_once, {"517"}),
    "papers are always waited for": (
        taken_for("không chờ bổ sung"),
        {"401", "514", "515"},
    ),
    "the end is no limit to papers": (
        taken_for("hồ sơ đã kết thúc", "capnhattrangthaibosunghoso"),
        {"521"},
    ),
    "unknown users are taken": (taken_for("không tìm thấy người"), {"801"}),
    "results are wrong before there are any": (
        taken_for("chưa có kết quả", WRONG),
        {"312"},
    ),
    "money is noted each time": (
        taken_for("đã ghi nhận hoàn thành"),
        {"952", "954"},
    ),
    "what is owed is noted each time": (
        taken_for("tài chính phát sinh"),
        {"972", "976"},
    ),
    "any method does": (lambda: early(_any_method), {"206"}),
    "rubbish makes it fail": (lambda: early(_fails_on_rubbish), {"305"}),
    "nothing is too large": (lambda: early(_no_limit), {"203"}),
    "ten MiB are too large": (lambda: early(_small_limit), {"204"}),
}


def told(change: Callable[[Content], object]) -> Make:
    """A land system whose messages are changed."""

    def send(url: str, call: Content) -> tuple[str, Content]:
        change(call)
        return url, call

    return lambda: calling(send)


def heard(fits: Callable[[Answer], bool]) -> Make:
    """A land system for which such an answer is as good as *stored*."""
    return lambda: calling(hear=lambda answer: STORED if fits(answer) else answer)


def _never_stored(answer: Answer) -> Answer:
    stored = answer.status == 200 and b'"Result": 1' in answer.body
    return Answer(503, {"Retry-After": "1"}, b"") if stored else answer


def _wall_clock(call: Content) -> None:
    for name in call.keys() & {"NgayChuyen", "NgayChoBoSung", "NgayKetThuc"}:
        at = datetime.fromisoformat(call[name]) + timedelta(hours=7)
        call[name] = at.isoformat()


def _elsewhere(call: Content) -> None:
    for row in call.get("DanhSachGiayToKetQua") or ():
        row["LinkFile"] = f"https://khac.example{row['LinkFile']}"


def _up(call: Content) -> None:
    for row in call.get("DanhSachThongBaoThue") or ():
        for name in row.keys() & {"DuongDanThongBaoThue", "DuongDanTBT"}:
            row[name] = f"../{row[name]}"


def _always_done(call: Content) -> None:
    if "TrangThaiKetThuc" in call:
        call["TrangThaiKetThuc"] = 0


def _never_pauses(call: Content) -> None:
    if "LaTamDung" in call:
        call["LaTamDung"] = False


def _money_is_no_reason(call: Content) -> None:
    if "LaTamDung" in call:
        call.pop("LoaiTamDung", None)
        call["GhiChu"] = "Tạm dừng."


def slips(change: Callable[[bytes], bytes]) -> Make:
    """A land system whose slips are others."""

    def alter(call: Content) -> None:
        for file in call.get("DanhSachTapTin") or ():
            document = change(base64.b64decode(file["data"]))
            file["data"] = base64.b64encode(document).decode()

    return told(alter)


def _two_slips(call: Content) -> None:
    files = call.get("DanhSachTapTin") or []
    if len(files) > 1:
        document = base64.b64decode(files[1]["data"]) + b"\n"
        files[1]["data"] = base64.b64encode(document).decode()


def _first_slip_again() -> Spoiling:
    first: dict[str, Any] = {}

    def change(call: Content) -> None:
        if files := call.get("DanhSachTapTin"):
            call["DanhSachTapTin"] = first.setdefault(call["SoBienNhan"], files)

    return told(change)()


def _in_lines(call: Content) -> None:
    for file in call.get("DanhSachTapTin") or ():
        file["data"] = f"{file['data'][:76]}\r\n{file['data'][76:]}"


def _days_in_utc(call: Content) -> None:
    if call.get("NgayHenTraMoi"):
        call["NgayHenTraMoi"] = "2026-03-27T00:00:00"


def _unsigned(document: bytes) -> bytes:
    return re.sub(rb"<ds:Signature .*</ds:Signature>", b"", document, flags=re.DOTALL)


async def _files_by_password(request: web.Request) -> web.Response | None:
    return web.Response(status=401) if "/files/" in request.path else None


async def _no_files(request: web.Request) -> web.Response | None:
    return web.Response(status=404) if "/files/" in request.path else None


#: The same of land systems that call.
CLIENTS: dict[str, tuple[Make, set[str]]] = {
    "503 is taken for an end": (heard(lambda one: one.status == 503), {"224"}),
    "500 is taken for an end": (heard(lambda one: one.status == 500), {"225"}),
    "a lost answer is taken for an end": (lambda: calling(lost_is=STORED), {"226"}),
    "Result 0 is taken for an end": (
        heard(lambda one: b'"Result": 0' in one.body),
        {"227"},
    ),
    "a page is taken for an end": (
        heard(lambda one: b"<!doctype" in one.body),
        {"228"},
    ),
    "what was stored is sent again": (lambda: calling(hear=_never_stored), {"230"}),
    "times are by the wall clock": (told(_wall_clock), {"641"}),
    "steps have no time": (
        told(lambda call: call.pop("NgayChuyen", None)),
        {"641", "1002"},
    ),
    "results lie elsewhere": (told(_elsewhere), {"723"}),
    "files need a password": (lambda: early(_files_by_password), {"721", "722"}),
    "files are never there": (lambda: early(_no_files), {"721", "722"}),
    "there are two slips": (told(_two_slips), {"552"}),
    "a slip is no XML": (slips(lambda one: one[:-9]), {"552"}),
    "a slip was changed after it was signed": (
        slips(lambda one: one.replace("Phạm Thị Ví Dụ".encode(), b"Nguoi Khac")),
        {"554"},
    ),
    "a slip is not signed": (slips(_unsigned), {"552", "554"}),
    "a slip is of another dossier": (
        slips(lambda one: one.replace(b"<MA_HS>H99.01-", b"<MA_HS>H98.01-")),
        {"553", "554"},
    ),
    "a corrected slip is the first one": (_first_slip_again, {"556"}),
    "base64 comes in lines": (told(_in_lines), {"552", "711"}),
    "a day is midnight in UTC": (told(_days_in_utc), {"642"}),
    "notices lead out": (told(_up), {"723"}),
    "whatever ends is done": (told(_always_done), {"1011", "549"}),
    "a pause is a request for papers": (told(_never_pauses), {"542", "543"}),
    "money is no reason for a pause": (told(_money_is_no_reason), {"542"}),
}
