"""What a one-stop system does that hands dossiers in, by the interface document."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import unquote

from gateway.adapters.one_stop.conformance_calls import body, event, signed
from gateway.adapters.one_stop.conformance_desk import (
    INVALID,
    LIMIT,
    Asked,
    asked,
    content,
    header,
    is_multipart,
    key_of,
    number_of,
    parts,
    refused,
    schema_of,
    stored,
    text_of,
    usual,
)
from gateway.conforming import (
    Incoming,
    NotTried,
    Reply,
    Role,
    Silence,
    Trial,
    content_of,
    shows,
)

__all__ = ["number_of", "usual"]
CLIENT = Role.CLIENT
LEVELS = 32
#: Longer than any usual wait, so that who does not read it comes too soon.
RETRY_AFTER_S = 600
Fits = Callable[[Incoming], bool]


def handed(number: str) -> Fits:
    """A dossier is handed in."""
    return lambda call: (
        asked(call) == Asked("POST", "", "dossiers") and (number_of(call) == number)
    )


def acted(number: str, act: str, method: str = "POST") -> Fits:
    """A later act of a dossier."""

    def fits(call: Incoming) -> bool:
        about = asked(call)
        mine = bool(about.dossier) and about.number == number
        return mine and (about.method, about.act) == (method, act)

    return fits


async def handed_in(t: Trial, act: str = "hand_in") -> Incoming:
    """A dossier that was handed in and taken.

    Raises:
        NotTried: it was not taken, so that nothing further can be tried with it.
    """
    number = t.number(act)
    await t.ask(act, number)
    call = await t.incoming(handed(number), f"nộp hồ sơ {number}")
    if number not in stored(t):
        raise NotTried(f"hồ sơ {number} bị bộ thử từ chối: xem thông điệp")
    return call


async def tell(t: Trial, number: str, code: int, pause: str = "") -> None:
    """Status of a dossier, by webhook where the address is known, and by cursor."""
    stored(t)[number]["code"] = code
    said = event(t, code, pause, number=number)
    said["numbers"][0]["value"] = number
    rows: list[Any] = t.memory.setdefault("events", [])
    rows.append({**said, "cursor": len(rows) + 1})
    if t.can_call:
        await t.post("", body(signed(t, said)))


def _looked_at(t: Trial, call: Incoming) -> None:
    """§2, of any call with JSON."""
    kind, what = header(call, "content-type").lower(), f"{call.method} {call.path}"
    fits = is_multipart(call) or kind.startswith("application/json")
    t.holds("MC-201", fits, f"{what}: Content-Type không phải JSON hay multipart")
    readable = content_of(text_of(call)) is not None
    t.holds("MC-201", readable, f"{what}: không phải đối tượng JSON trong UTF-8")
    secret = t.key("token")
    right = header(call, "authorization") == f"Bearer {secret}"
    t.holds("MC-202", right, f"{what}: thiếu hoặc sai Authorization: Bearer")
    elsewhere = f"{call.path}?{call.query}".encode() + call.body
    t.holds("MC-202", secret.encode() not in elsewhere, "token nằm ngoài tiêu đề")
    plain = not header(call, "content-encoding")
    t.holds("MC-203", plain, f"{what}: nội dung bị nén")
    fits = len(text_of(call)) <= LIMIT
    t.holds("MC-204", fits, f"{what}: JSON lớn hơn 4 MiB")
    deep = _levels(content_of(text_of(call))) <= LEVELS
    t.holds("MC-204", deep, f"{what}: JSON lồng quá {LEVELS} lớp")


def _levels(value: Any) -> int:
    inside = value.values() if isinstance(value, dict) else value
    if not isinstance(value, (dict, list)):
        return 0
    return 1 + max((_levels(one) for one in inside), default=0)


def _personal(document: dict[str, Any] | None) -> Iterator[str]:
    """Values that must not stand in an address."""
    person = (document or {}).get("applicant", {})
    for value in (person.get("name"), person.get("phone"), person.get("email")):
        if isinstance(value, str):
            yield value
    identity = person.get("identity", {})
    if isinstance(identity, dict) and isinstance(identity.get("number"), str):
        yield identity["number"]


@shows(CLIENT, "MC-201", "MC-202", "MC-203", "MC-204", "MC-205", "MC-301", "MC-311")
async def a_dossier_is_handed_in(t: Trial) -> None:
    """Nộp hồ sơ: đúng khuôn, đúng khóa, một lần; không nén, không lộ trong địa chỉ."""
    number = t.number("hand_in")
    await t.ask("hand_in", number)
    call = await t.incoming(handed(number), f"nộp hồ sơ {number}")
    _looked_at(t, call)
    document = content(call) or {}
    wrong = t.wrong("dossier/dossier-1", document)
    t.holds("MC-301", not wrong, f"hồ sơ sai khuôn ở {', '.join(wrong)}")
    around = unquote(f"{call.path}?{call.query}")
    shown = any(one in around for one in _personal(document))
    t.holds("MC-205", not shown, "thông tin cá nhân nằm trong địa chỉ")
    again = handed(number)
    once = await t.quiet(again, "nộp lại hồ sơ đã nhận", limit="repeat_wait_s")
    t.holds("MC-311", once, "hồ sơ đã được trả lời 202 mà vẫn nộp lại")


async def _again(
    t: Trial, number: str, first: Incoming, fits: Fits, why: str
) -> Incoming | None:
    """§3.3: the same message once more; None: it did not come."""
    what = f"gửi lại ({why})"
    if await t.quiet(fits, what, limit="repeat_wait_s"):
        t.holds(number, False, f"{why}: không gửi lại")  # noqa: FBT003  a fact
        return None
    again = await t.incoming(fits, what)
    same = content(first) == content(again) and first.path == again.path
    t.holds(number, same, f"{why}: lần gửi lại có nội dung khác")
    key = key_of(first) == key_of(again)
    t.holds(number, key, f"{why}: lần gửi lại có khóa chống trùng khác")
    return again


@shows(CLIENT, "MC-310", "MC-312", "MC-313", "MC-314")
async def what_may_not_have_arrived_is_sent_again(t: Trial) -> None:
    """Mất câu trả lời, 500, 503: gửi lại đúng thông điệp đó; 503 thì sau Retry-After."""
    cases: list[tuple[str, Reply | Silence, str]] = [
        ("MC-310", Silence.CUT, "mất câu trả lời"),
        ("MC-312", refused(500, "gateway_error"), "500"),
        ("MC-313", refused(503, "store_unavailable", RETRY_AFTER_S), "503"),
        ("MC-314", refused(503, "store_fate_unknown", 1), "503 store_fate_unknown"),
    ]
    for cited, answer, why in cases:
        number = t.number("hand_in")
        t.answering(number, answer)
        await t.ask("hand_in", number)
        first = await t.incoming(handed(number), f"nộp hồ sơ {number} ({why})")
        again = await _again(t, cited, first, handed(number), why)
        if cited == "MC-313" and again is not None:
            waited = (again.at - first.at).total_seconds()
            fine = waited >= RETRY_AFTER_S - 1
            t.holds(cited, fine, f"gửi lại sau {waited:.0f} giây, sớm hơn Retry-After")


@shows(CLIENT, "MC-315", "MC-316")
async def what_was_refused_is_not_sent_again_unchanged(t: Trial) -> None:
    """422: chỉ gửi lại sau khi sửa; 400, 401, 409, 413: không gửi lại y nguyên."""
    cases: list[tuple[str, Reply]] = [
        ("MC-315", INVALID),
        ("MC-316", refused(400, "malformed_json")),
        ("MC-316", refused(401, "not_signed_in")),
        ("MC-316", refused(409, "dossier_contradiction")),
        ("MC-316", refused(413, "too_large")),
    ]
    for cited, answer in cases:
        number = t.number("hand_in")
        t.answering(number, answer, answer, answer)
        await t.ask("hand_in", number)
        first = await t.incoming(handed(number), f"nộp hồ sơ {number}")
        before, fits = content(first), handed(number)

        def unchanged(call: Incoming, fits: Fits = fits, before: Any = before) -> bool:
            return fits(call) and content(call) == before

        what = f"nộp lại y nguyên {number} sau {answer.status}"
        none = await t.quiet(unchanged, what, limit="repeat_wait_s")
        t.holds(cited, none, f"{answer.status}: nộp lại y nguyên")


def _files(document: dict[str, Any] | None) -> list[dict[str, Any]]:
    papers = (document or {}).get("documents", [])
    return [one for paper in papers for one in paper.get("files", [])]


@shows(CLIENT, "MC-401", "MC-402")
async def files_come_in_one_of_three_ways(t: Trial) -> None:
    """Tệp nhỏ và tệp lớn hơn 4 MiB: base64, tải lên trước, hoặc multipart."""
    for act in ("hand_in_file", "hand_in_large"):
        number = t.number(act)
        await t.ask(act, number)
        call = await t.incoming(handed(number), f"nộp hồ sơ {number} có tệp")
        files = _files(content(call))
        t.holds("MC-401", files, "hồ sơ không có tệp nào")
        for one in files:
            why = _wrong_file(t, call, one)
            t.holds("MC-401", not why, f"{act}: {why}")
        fits = len(text_of(call)) <= LIMIT
        t.holds("MC-402", fits, f"{act}: JSON lớn hơn 4 MiB")


def _wrong_file(t: Trial, call: Incoming, one: dict[str, Any]) -> str:
    """What is wrong with one file of a message; empty: nothing."""
    sha256 = str(one.get("sha256", "")).lower()
    if "part" in one:
        raw = parts(call).get(str(one["part"]))
        if raw is None:
            return "part không có trong multipart"
    elif "content" in one:
        try:
            raw = base64.b64decode(str(one["content"]), validate=True)
        except ValueError:
            return "content không phải base64"
    else:
        known = sha256 in t.memory.get("uploads", set())
        return "" if known else "sha256 của tệp chưa tải lên"
    if sha256 and hashlib.sha256(raw).hexdigest() != sha256:
        return "sha256 khác nội dung tệp"
    return ""


async def _act(t: Trial, cited: str, act: str, path: str, state: int = 0) -> Incoming:
    """A dossier is handed in, told about, and acted on."""
    number = number_of(await handed_in(t))
    if state:
        await tell(t, number, state, "supplement" if state == 5 else "")
    await t.ask(act, number)
    method = "PUT" if not path else "POST"
    call = await t.incoming(acted(number, path, method), f"{act} của hồ sơ {number}")
    _looked_at(t, call)
    wrong = t.wrong(schema_of(call), content(call) or {})
    t.holds(cited, not wrong, f"{act}: sai khuôn ở {', '.join(wrong)}")
    return call


_ALL = ("MC-201", "MC-202", "MC-203", "MC-204")


@shows(CLIENT, "MC-501", *_ALL)
async def a_correction_is_the_whole_dossier(t: Trial) -> None:
    """Sửa hồ sơ: PUT cả hồ sơ, revision tăng một."""
    call = await _act(t, "MC-501", "correct", "")
    revision = (content(call) or {}).get("revision")
    t.holds("MC-501", revision == 2, f"revision là {revision}, không phải 2")


@shows(CLIENT, "MC-502", *_ALL)
async def papers_are_brought_where_an_agency_waits_for_them(t: Trial) -> None:
    """Bổ sung sau mã 5."""
    call = await _act(t, "MC-502", "supplement", "supplements", 5)
    for one in _files(content(call)):
        why = _wrong_file(t, call, one)
        t.holds("MC-502", not why, f"bổ sung: {why}")


@shows(CLIENT, "MC-503", "MC-504", "MC-206", *_ALL)
async def a_withdrawal_is_told_until_it_is_answered(t: Trial) -> None:
    """Rút hồ sơ: đúng khuôn; mất câu trả lời thì gửi lại y nguyên; theo dossier.id."""
    number = number_of(await handed_in(t))
    t.answering(number, Silence.CUT)
    await t.ask("withdraw", number)
    fits = acted(number, "withdrawal")
    first = await t.incoming(fits, f"rút hồ sơ {number}")
    _looked_at(t, first)
    wrong = t.wrong("withdrawal", content(first) or {})
    t.holds("MC-503", not wrong, f"rút hồ sơ: sai khuôn ở {', '.join(wrong)}")
    own = asked(first).dossier != number
    t.holds("MC-206", own, "địa chỉ có mã hồ sơ, không phải dossier.id")
    await _again(t, "MC-504", first, fits, "rút hồ sơ, mất câu trả lời")


@shows(CLIENT, "MC-505", *_ALL)
async def a_result_is_handed_out_after_code_9(t: Trial) -> None:
    """Trả kết quả sau mã 9: đúng khuôn; không báo trước đó."""
    number = number_of(await handed_in(t))
    fits = acted(number, "handed-out")
    early = await t.quiet(fits, "trả kết quả trước mã 9", limit="repeat_wait_s")
    t.holds("MC-505", early, "báo đã trả kết quả trước mã 9")
    await tell(t, number, 9)
    await t.ask("hand_out", number)
    call = await t.incoming(fits, f"trả kết quả hồ sơ {number}")
    _looked_at(t, call)
    wrong = t.wrong("handed-out", content(call) or {})
    t.holds("MC-505", not wrong, f"trả kết quả: sai khuôn ở {', '.join(wrong)}")


@shows(CLIENT, "MC-506", *_ALL)
async def a_wrong_result_is_told_after_code_9(t: Trial) -> None:
    """Kết quả sai: báo sau mã 9, đúng khuôn."""
    await _act(t, "MC-506", "result_wrong", "result-wrong", 9)
