"""Electricity companies that are wrong in one thing each: the mock with that thing spoilt."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from gateway.conformance.partner.mocked import Spoiling
from gateway.mockagency.office import Answer
from gateway.mockagency.server import MockAgency

NEW, PAPER, ASK = "themMoi_TiepNhanYeuCau", "uploadHSoGTo", "LayChiTietTienDo"
CANCEL = "huyYeuCau"
Content = dict[str, Any]
#: Operation and content of a call; what it becomes before the company sees it.
Before = Callable[[str, Content], Content]
#: Operation, call and answer; what the answer becomes.
After = Callable[[str, Content, Content], Content]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def _json(raw: bytes) -> Content | None:
    try:
        found = json.loads(raw.decode("utf-8"))
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _body(content: Content) -> bytes:
    return json.dumps(content, ensure_ascii=False).encode()


def called(
    before: Before = lambda _op, call: call,
    after: After = lambda _op, _call, answer: answer,
) -> Spoiling:
    """A company that takes calls for others, or answers them otherwise."""

    @web.middleware
    async def spoil(request: web.Request, handler: Handler) -> web.StreamResponse:
        operation = request.path.rpartition("/")[2]
        call = _json(await request.read())
        if call is not None:
            request._read_bytes = _body(before(operation, dict(call)))
        response = await handler(request)
        answer = (
            _json(bytes(response.body))
            if isinstance(response, web.Response) and isinstance(response.body, bytes)
            else None
        )
        if call is None or answer is None:
            return response
        whole = _body(after(operation, call, answer))
        return web.json_response(body=whole, status=response.status)

    return Spoiling(alter=lambda _mock, app: app.middlewares.append(spoil))


def early(answer: Callable[[web.Request], Awaitable[web.Response | None]]) -> Spoiling:
    """A company where something answers before it looks at a call."""

    @web.middleware
    async def spoil(request: web.Request, handler: Handler) -> web.StreamResponse:
        return await answer(request) or await handler(request)

    return Spoiling(alter=lambda _mock, app: app.middlewares.append(spoil))


def calling(
    send: Callable[[str, Content], tuple[str, Content]] = lambda url, call: (url, call),
    hear: Callable[[Answer], Answer] = lambda answer: answer,
    lost_is: Answer | None = None,
) -> Spoiling:
    """A company that calls otherwise, or takes answers for others."""

    def alter(mock: MockAgency, _app: web.Application) -> None:
        call = mock.office.call

        async def spoilt(method: str, url: str, **more: Any) -> Answer:
            body = more.pop("body")
            if body:
                url, content = send(url, json.loads(body))
                body = _body(content)
            try:
                return hear(await call(method, url, body=body, **more))
            except ConnectionError:
                if lost_is is None:
                    raise
                return lost_is

        mock.office.call = spoilt  # type: ignore[method-assign]

    return Spoiling(alter=alter)


TAKEN = Answer(200, {}, _body({"TYPE": "OK", "MESSAGE": "Cập nhật thành công"}))


def heard(status: int, phrase: str = "") -> Spoiling:
    """A company for which this answer of the sender is as good as *taken*."""

    def hear(answer: Answer) -> Answer:
        fits = answer.status == status and phrase in answer.body.decode()
        return TAKEN if fits else answer

    return calling(hear=hear)


def _without(name: str) -> Before:
    def before(_operation: str, call: Content) -> Content:
        return {key: value for key, value in call.items() if key != name}

    return before


def _told_anew(operation: str, _call: Content, answer: Content) -> Content:
    return {**answer, "TRUNG_HSO": "0"} if operation == NEW else answer


def _one_phase(operation: str, call: Content) -> Content:
    return (
        {**call, "SO_PHA": "1"}
        if call.get("SO_PHA") == "3"
        and operation == NEW
        and call["MA_LOAI_YCAU"] == "CDHA_M"
        else call
    )


def _no_empty(_operation: str, call: Content) -> Content:
    return {key: value for key, value in call.items() if value != ""}


def _no_nulls(_operation: str, call: Content) -> Content:
    return {key: value for key, value in call.items() if value is not None}


def _trimmed(_operation: str, call: Content) -> Content:
    return {k: v.strip() if isinstance(v, str) else v for k, v in call.items()}


def _in_capitals(_operation: str, call: Content) -> Content:
    number = call.get("MA_HOSO_DVC")
    return {**call, "MA_HOSO_DVC": number.upper()} if isinstance(number, str) else call


def _echo(of: str) -> After:
    def after(_operation: str, call: Content, answer: Content) -> Content:
        if answer["TYPE"] == "OK":
            return answer
        return {**answer, "MESSAGE": f"{answer['MESSAGE']} {call.get(of, '')}"}

    return after


def _any_hash(operation: str, call: Content) -> Content:
    import base64

    if operation != PAPER or call["MA_BAM"] != "0" * 64:
        return call
    raw = base64.b64decode(call["NOI_DUNG_TEP"])
    return {**call, "MA_BAM": hashlib.sha256(raw).hexdigest()}


def _no_papers_shown(operation: str, _call: Content, answer: Content) -> Content:
    return {**answer, "HSGT": []} if operation == ASK and "HSGT" in answer else answer


def _early_customer(operation: str, _call: Content, answer: Content) -> Content:
    found = operation == ASK and "TIEN_DO" in answer
    return {**answer, "MA_KHANG": "PX99000000001"} if found else answer


def _any_reason(operation: str, call: Content) -> Content:
    return {"NGUYEN_NHAN": "không rõ", **call} if operation == CANCEL else call


def _unnamed(_operation: str, _call: Content, answer: Content) -> Content:
    return {**answer, "MESSAGE": str(answer["MESSAGE"]).split(":")[0]}


def _number_as_number(operation: str, _call: Content, answer: Content) -> Content:
    if operation == NEW and "MA_YCAU_KNAI" in answer:
        return {**answer, "MA_YCAU_KNAI": int(answer["MA_YCAU_KNAI"])}
    return answer


def _never_too_late(_operation: str, _call: Content, answer: Content) -> Content:
    late = "treo công tơ" in str(answer["MESSAGE"])
    return {"TYPE": "OK", "MESSAGE": "Đã hủy", "TRUNG_HSO": "0"} if late else answer


async def _any_method(request: web.Request) -> web.Response | None:
    if request.method == "POST":
        return None
    fine = {"TYPE": "OK", "MESSAGE": "Tiếp nhận thành công", "MA_YCAU_KNAI": "1"}
    return web.json_response(fine)


async def _wants_charset(request: web.Request) -> web.Response | None:
    return None if request.charset else web.Response(status=415)


async def _fails_on_rubbish(request: web.Request) -> web.Response | None:
    rubbish = request.method == "POST" and _json(await request.read()) is None
    return web.Response(status=500) if rubbish else None


async def _any_letters(request: web.Request) -> web.Response | None:
    if request.path != f"/{NEW.upper()}":
        return None
    fine = {"TYPE": "OK", "MESSAGE": "Tiếp nhận thành công", "MA_YCAU_KNAI": "1"}
    return web.json_response(fine)


#: What is wrong → the company, and the requirements that it does not keep.
SERVERS: dict[str, tuple[Spoiling, set[str]]] = {
    "a repeat is told as new": (called(after=_told_anew), {"DL-401"}),
    "another content is taken for the same": (called(_one_phase), {"DL-403"}),
    "unknown fields are dropped": (called(_without("TRUONG_LA")), {"DL-208"}),
    "empty texts are dropped": (called(_no_empty), {"DL-207"}),
    "nulls are dropped": (called(_no_nulls), {"DL-211"}),
    "blanks are cut off": (called(_trimmed), {"DL-212"}),
    "dossier codes are put in capitals": (called(_in_capitals), {"DL-406"}),
    "the key is echoed": (called(after=_echo("KHOA")), {"DL-1202"}),
    "values are echoed": (
        called(after=_echo("TRUONG_LA")),
        {"DL-304"},
    ),
    "fields are not named": (called(after=_unnamed), {"DL-303"}),
    "the hash of a paper is not compared": (called(_any_hash), {"DL-606"}),
    "papers are not shown": (called(after=_no_papers_shown), {"DL-602"}),
    "a customer code before the end": (called(after=_early_customer), {"DL-704"}),
    "a cancellation needs no reason": (called(_any_reason), {"DL-1103"}),
    "a cancellation is never too late": (called(after=_never_too_late), {"DL-1105"}),
    "its number is a JSON number": (
        called(after=_number_as_number),
        {"DL-301", "DL-302"},
    ),
    "any method does": (early(_any_method), {"DL-203"}),
    "a header is asked for": (early(_wants_charset), {"DL-204"}),
    "rubbish makes it fail": (early(_fails_on_rubbish), {"DL-305"}),
    "any letters name an operation": (early(_any_letters), {"DL-202"}),
}


def _key_in_the_query(url: str, call: Content) -> tuple[str, Content]:
    return f"{url}?khoa={call['KHOA']}", call


def _the_other_key(url: str, call: Content) -> tuple[str, Content]:
    return url, {**call, "KHOA": "khoa-thu-cua-ben-gui"}


def _no_unit(url: str, call: Content) -> tuple[str, Content]:
    return url, {key: value for key, value in call.items() if key != "MA_DVIQLY"}


def _another_number(url: str, call: Content) -> tuple[str, Content]:
    return url, {**call, "MA_YCAU_KNAI": "1"}


def _cancelled_without_a_time(url: str, call: Content) -> tuple[str, Content]:
    for row in call["TIEN_DO"]:
        if row["MA_CVIEC"] == "HU":
            row.pop("NGAY_KTHUC", None)
    return url, call


def _ended_without_customer(url: str, call: Content) -> tuple[str, Content]:
    call.pop("MA_KHANG", None)
    return url, call


def _never_content(answer: Answer) -> Answer:
    taken = answer.status == 200 and b'"OK"' in answer.body
    return Answer(503, {"Retry-After": "1"}, b"") if taken else answer


#: The same of companies that call.
CLIENTS: dict[str, tuple[Spoiling, set[str]]] = {
    "503 is taken for an end": (heard(503), {"DL-907"}),
    "500 is taken for an end": (heard(500), {"DL-908"}),
    "a lost answer is taken for an end": (calling(lost_is=TAKEN), {"DL-909"}),
    "a refused key is taken for an end": (heard(200, "quyền truy cập"), {"DL-910"}),
    "what was taken is sent again": (calling(hear=_never_content), {"DL-911"}),
    "the key stands in the address": (calling(_key_in_the_query), {"DL-904"}),
    "the wrong one of two keys": (calling(_the_other_key), {"DL-903"}),
    "a field is missing": (calling(_no_unit), {"DL-902"}),
    "another number than was told": (calling(_another_number), {"DL-905"}),
    "cancelled at no time": (calling(_cancelled_without_a_time), {"DL-917"}),
    "the end without a customer code": (calling(_ended_without_customer), {"DL-916"}),
}
