"""DVCLT and BTP that are wrong in one thing each: the mock with that thing spoilt."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from gateway.conformance.partner.mocked import Spoiling
from tests.conformance.partner.spoilt import Content, Handler, early

#: Path, call and answer; what the answer becomes.
After = Callable[[str, Content, Content], Content]
MARK = "/dvclt/api/lienthongdvclt/hosolienthong"


def answering(after: After) -> Spoiling:
    """Systems that answer otherwise; a call without a body is an empty one."""

    @web.middleware
    async def spoil(request: web.Request, handler: Handler) -> web.StreamResponse:
        raw = await request.read()
        response = await handler(request)
        assert isinstance(response, web.Response)
        call, answer = _json(raw), _json(response.body)
        if answer is None:
            return response
        whole = after(f"{request.method} {request.path}", call or {}, answer)
        return web.json_response(whole, status=response.status)

    return Spoiling(alter=lambda _mock, app: app.middlewares.append(spoil))


def _json(raw: Any) -> Content | None:
    try:
        found = json.loads(raw)
    except (ValueError, TypeError):
        return None
    return found if isinstance(found, dict) else None


def told_otherwise(system: str, **settings: Any) -> Spoiling:
    """Systems whose settings are others; None: the setting is left out."""

    def alter(mock: Any, _app: object) -> None:
        table = mock.office.settings[system]
        table.update(settings)
        for name, value in settings.items():
            if value is None:
                del table[name]

    return Spoiling(alter=alter)


def _single_again(path: str, _call: Content, answer: Content) -> Content:
    taken = {**answer, "status": "1", "statusDescription": "Tiếp nhận thành công"}
    again = "dangKyHoTich" in path and "đã được" in answer["statusDescription"]
    return taken if again else answer


def _commas(_path: str, _call: Content, answer: Content) -> Content:
    told = str(answer.get("errorDescription", ""))
    return {**answer, "errorDescription": told.replace("nyc", ", nyc")}


def _values(_path: str, call: Content, answer: Content) -> Content:
    if "GIATRIDELO" not in str(call.get("data", "")):
        return answer
    return {**answer, "errorCode": "GIATRIDELO"}


def _any_province(_path: str, call: Content, answer: Content) -> Content:
    if call.get("maTinh") != "00":
        return answer
    return {"status": "1", "statusDescription": "Thành công", "value": []}


def _no_pdf(_path: str, _call: Content, answer: Content) -> Content:
    for one in answer.get("value") or ():
        if one.get("ketQuaXuLy"):
            one["ketQuaXuLy"] = {
                name: "a2hvbmc=" if name.startswith(("giay", "trich")) else value
                for name, value in one["ketQuaXuLy"].items()
            }
    return answer


def _no_reason(_path: str, _call: Content, answer: Content) -> Content:
    for one in answer.get("value") or ():
        if one["trangThai"] == 6:
            one["noiDungXuLy"] = ""
    return answer


def _wrong_rung(_path: str, _call: Content, answer: Content) -> Content:
    said = str(answer.get("message", ""))
    if "chưa cập nhật trạng thái" in said:
        return {"message": f"{said[:-1]}9"}
    return answer


def _marked_anyway(path: str, _call: Content, answer: Content) -> Content:
    marks = path == f"PUT {MARK}" and "không tồn tại" in answer.get("message", "")
    return {"message": "Cập nhật thành công"} if marks else answer


def _doctype(path: str, _call: Content, answer: Content) -> Content:
    if not path.startswith(f"GET {MARK}/"):
        return answer
    inner = json.loads(answer["data"])
    inner["data"] = f"<!DOCTYPE a>{inner['data']}"
    return {"data": json.dumps(inner)}


def _local_end(_path: str, _call: Content, answer: Content) -> Content:
    if "refreshTokenExpiryTime" in answer:
        return {**answer, "refreshTokenExpiryTime": "2026-03-10T01:30:00Z"}
    return answer


SYSTEMS: dict[str, tuple[Spoiling, set[str]]] = {
    "a single registration is new each time": (answering(_single_again), {"HT-821"}),
    "names of wrong fields have commas": (answering(_commas), {"HT-810"}),
    "wrong values are told": (answering(_values), {"HT-1201"}),
    "any province exists": (answering(_any_province), {"HT-906"}),
    "one may ask all the time": (told_otherwise("btp", min_poll_s=0), {"HT-908"}),
    "nobody is asked for an account": (
        told_otherwise("btp", account=None),
        {"HT-241"},
    ),
    "results are no PDF": (answering(_no_pdf), {"HT-903"}),
    "refusals have no reason": (answering(_no_reason), {"HT-912"}),
    "another rung is named": (answering(_wrong_rung), {"HT-703"}),
    "what is not there is marked": (answering(_marked_anyway), {"HT-622"}),
    "details have a document type": (answering(_doctype), {"HT-614", "HT-616"}),
    "tokens never end": (told_otherwise("dvclt", token_s=10**9), {"HT-217"}),
    "the end is that of the token": (answering(_local_end), {"HT-216"}),
}


def _yes(request: web.Request) -> web.Response:
    if request.path.startswith("/btp"):
        return web.json_response(
            {"status": "1", "statusDescription": "Thành công", "value": []}
        )
    return web.json_response(
        {
            "message": "Cập nhật thành công",
            "token": "a",
            "refreshToken": "b",
            "refreshTokenExpiryTime": "2026-03-17T07:30:00Z",
            "data": [],
        }
    )


def _before(
    answer: Callable[[web.Request], web.Response], path: str = "/"
) -> Callable[[web.Request], Awaitable[web.Response | None]]:
    async def told(request: web.Request) -> web.Response | None:
        await request.read()
        return answer(request) if request.path.startswith(path) else None

    return told


def _cut(request: web.Request) -> web.Response:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


YES_TO_EVERYTHING = early(_before(_yes))
SILENT = early(_before(_cut))
DVCLT_SILENT = early(_before(_cut, "/dvclt"))
