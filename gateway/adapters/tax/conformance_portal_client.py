"""What the portal does when it calls a sender, by its interface document."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from lxml.etree import _Element

from gateway.adapters.tax.conformance_calls import Numbers, numbers
from gateway.adapters.tax.conformance_portal_calls import (
    HEADERS,
    UNAUTHORISED,
    amount,
    body,
    taken,
)
from gateway.adapters.tax.conformance_xml import VIETNAM, parsed
from gateway.conforming import (
    Answering,
    Incoming,
    NotTried,
    Reply,
    Role,
    Silence,
    Trial,
    shows,
)

CLIENT = Role.CLIENT
FILE, VOUCHER, QUESTION = (
    "ThongBaoThue",
    "ChungTuThanhToan",
    "YeuCauBoSungThongTin",
)
REPEATS = 20
#: A repeat may come so much sooner than the document's time; clocks differ.
SOONER = 0.9
TEXT = {"Content-Type": "text/plain; charset=utf-8"}
FRIDAY = 4


def reply(code: str, message: str, status: int = 201, **more: Any) -> Reply:
    """An answer of the sender (§2.2)."""
    content = {"error_code": code, "message": message, **more}
    return Reply(status, body(content), HEADERS)


OK = reply("0", "Tiếp nhận thành công")
INVALID = reply("-1", "Thiếu trường bắt buộc: Data.SoVanBan")
UNKNOWN = reply("-1", "Không tìm thấy hồ sơ")
UNREADABLE = reply("-1", "Tệp không đọc được")
KEY_REFUSED = Reply(201, UNAUTHORISED.encode(), TEXT)
BUSY = Reply(503, b"", {"Retry-After": "60"})
FAILED = Reply(500)
NO_CODE = Reply(201, body({"message": "Tiếp nhận thành công"}), HEADERS)
OTHER_STATUS = reply("0", "Tiếp nhận thành công", 200)
#: Ma of a row → MoTa (§8.3).
RESULTS = {
    "00": "Đã nhận",
    "01": "Đã nhận trước đó",
    "10": "Không tìm thấy hồ sơ",
    "11": "Số tiền không đọc được",
    "12": "Ngày thông báo không đọc được",
    "13": "Thiếu số thông báo",
    "14": "Số tiền khác lần trước nhưng tệp không ghi điều chỉnh",
    "15": "Thiếu mã hồ sơ",
    "16": "Thiếu tên tiểu mục",
}


def service_of(call: Incoming) -> str:
    """The last part of its path."""
    return call.path.rpartition("/")[2]


def data_of(call: Incoming) -> Mapping[str, Any]:
    """Data, or nothing."""
    found = (call.content or {}).get("Data")
    return found if isinstance(found, dict) else {}


def number_of(call: Incoming) -> str:
    """MaHoSo of a voucher or a question; a file speaks of many dossiers."""
    found = data_of(call).get("MaHoSo")
    return found if isinstance(found, str) else service_of(call)


def about(number: str, service: str) -> Callable[[Incoming], bool]:
    """Calls of one service about one dossier."""

    def fits(call: Incoming) -> bool:
        if service_of(call) != service:
            return False
        if service == FILE:
            return any(row["MA_HSO"] == number for row in rows_of(call))
        return number_of(call) == number

    return fits


def file_of(call: Incoming) -> bytes:
    """The notice file's bytes; nothing: it is no base64."""
    try:
        text = str(data_of(call).get("FileThongBaoThue", ""))
        return base64.b64decode(text, validate=True)
    except ValueError:
        return b""


def rows_of(call: Incoming) -> Sequence[dict[str, str]]:
    """Every LIST of a notice file, with its MA_HSO."""
    root = parsed(file_of(call))
    found = []
    for block in [] if root is None else root.iter("ROW_LIST"):
        number = (block.findtext("MA_HSO") or "").strip()
        found += [{"MA_HSO": number, **_texts(one)} for one in block.iter("LIST")]
    return found


def _texts(row: _Element) -> dict[str, str]:
    return {str(one.tag): (one.text or "").strip() for one in row}


def usual(call: Incoming, t: Trial, known: Callable[[str], bool]) -> Answering:
    """§2.2 and §8.3, for one sender."""
    content, service = call.content, service_of(call)
    if content is None:
        return reply("-1", "Sai kiểu dữ liệu: không phải JSON")
    if content.get("SecurityKey") != t.key("portal"):
        return KEY_REFUSED
    if service not in {FILE, VOUCHER, QUESTION}:
        return Reply(404)
    if wrong := t.wrong(service, content):
        return reply("-1", f"Sai kiểu dữ liệu: {wrong[0].split(' ')[0]}")
    if service != FILE:
        return OK if known(number_of(call)) else UNKNOWN
    if parsed(file_of(call)) is None:
        return UNREADABLE
    return _told(call, t, known)


def _told(call: Incoming, t: Trial, known: Callable[[str], bool]) -> Reply:
    adjusts = (call.content or {}).get("IsUpdating") == "True"
    seen: dict[tuple[str, ...], list[int]] = t.memory.setdefault("rows", {})
    results = []
    for place, row in enumerate(rows_of(call), start=1):
        code = _result(row, known) or _again(row, seen, adjusts=adjusts)
        results.append(
            {
                "Dong": str(place),
                "MA_HSO": row["MA_HSO"],
                "SO_QUYET_DINH": row.get("SO_QUYET_DINH", ""),
                "Ma": code,
                "MoTa": RESULTS[code],
            }
        )
    good = sum(one["Ma"] in {"00", "01"} for one in results)
    words = f"Nhận tệp thành công: {good}/{len(results)} dòng"
    return reply("0", words, Data={"KetQua": results})


def _result(row: Mapping[str, str], known: Callable[[str], bool]) -> str:
    """Ma of a row that is not taken; nothing: it may be."""
    looks = (
        ("15", bool(row["MA_HSO"])),
        ("10", known(row["MA_HSO"])),
        ("13", bool(row.get("SO_QUYET_DINH"))),
        ("16", bool(row.get("TEN_TIEUMUC"))),
        ("12", is_day(row.get("NGAY_QUYET_DINH", ""))),
        ("11", amount(row.get("SO_TIEN")) >= 0),
    )
    return next((code for code, fine in looks if not fine), "")


def _again(
    row: Mapping[str, str], seen: dict[tuple[str, ...], list[int]], *, adjusts: bool
) -> str:
    """§8.4."""
    item = (row["MA_HSO"], row["SO_QUYET_DINH"], row["TEN_TIEUMUC"])
    before, now = seen.setdefault(item, []), amount(row["SO_TIEN"])
    if now in before:
        return "01"
    if before and not adjusts:
        return "14"
    before.append(now)
    return "00"


def is_day(text: object) -> bool:
    """Whether it is a real day, ``dd-MM-yyyy``."""
    return day_of(text) is not None


def day_of(text: object) -> datetime | None:
    """A day; None: it is none."""
    if not isinstance(text, str) or not re.fullmatch(r"\d\d-\d\d-\d{4}", text):
        return None
    try:
        return datetime.strptime(text, "%d-%m-%Y").replace(tzinfo=VIETNAM)
    except ValueError:
        return None


async def told_of(t: Trial, act: str) -> Numbers:
    """A slip that the portal has, and that tax was asked to do something with.

    Raises:
        NotTried: the portal did not take it.
    """
    of = numbers(t, act)
    if t.can_call:
        await taken(t, of)
    else:
        await t.ask("hand_over", of.dossier)
    await t.ask(act, of.dossier)
    return of


def same(first: Incoming) -> Callable[[Incoming], bool]:
    """Calls with the same bytes."""
    return lambda call: call.body == first.body


@shows(CLIENT, "TP-251", "TP-252", "TP-253", "TP-254", "TP-1001", "TP-1002")
async def a_question_is_asked(t: Trial) -> None:
    """Thuế hỏi: đúng chỗ, đúng khuôn, đúng khóa, đúng phiếu, có hạn trả lời."""
    of = await told_of(t, "question")
    call = await t.incoming(
        lambda call: of.dossier in call.body.decode("utf-8", "replace"),
        f"{QUESTION} của hồ sơ {of.dossier}",
    )
    right = call.method == "POST" and service_of(call) == QUESTION
    why = f"không phải POST …/{QUESTION} với một đối tượng JSON UTF-8"
    t.holds("TP-251", right and call.content is not None, why)
    content = call.content or {}
    given = content.get("SecurityKey") == t.key("portal")
    t.holds("TP-252", given, "SecurityKey không phải khóa bên gửi giao cho Cổng")
    around = unquote(f"{call.path}?{call.query}") + " ".join(call.headers.values())
    hidden = not any(t.key(name) in around for name in ("portal", "sender"))
    t.holds("TP-253", hidden, "khóa nằm trong đường dẫn hoặc tiêu đề")
    wrong = t.wrong(QUESTION, content)
    t.holds("TP-254", not wrong, f"sai khuôn ở {', '.join(wrong)}")
    data = data_of(call)
    if t.can_call:
        fine = data.get("SoPhieu") == of.slip
        t.holds("TP-1001", fine, "SoPhieu không phải số phiếu được hỏi")
    asked, due = day_of(data.get("NgayVanBan")), day_of(data.get("HanTraLoi"))
    fine = asked is not None and due is not None and asked <= due
    t.holds(
        "TP-1002", fine, "NgayVanBan, HanTraLoi không phải ngày có thật, đúng thứ tự"
    )


async def _repeated(
    t: Trial, answer: Answering, cited: str, what: str
) -> tuple[Incoming, Incoming] | None:
    """A question that was answered so, and its repeat; None: there was none."""
    of = numbers(t, "question")
    t.answering(of.dossier, answer)
    first = await _asked(t, of)
    told, limit = f"gửi lại sau khi {what}", "repeat_wait_s"
    missing = await t.quiet(same(first), told, limit=limit)
    why = f"{what}: Cổng không gửi lại đúng các byte đó"
    if not t.holds(cited, not missing, why):
        return None
    return first, await t.incoming(same(first), told, limit=limit)


async def _asked(t: Trial, of: Numbers) -> Incoming:
    if t.can_call:
        await taken(t, of)
    else:
        await t.ask("hand_over", of.dossier)
    await t.ask("question", of.dossier)
    what = f"{QUESTION} của hồ sơ {of.dossier}"
    return await t.incoming(about(of.dossier, QUESTION), what)


@shows(CLIENT, "TP-255", "TP-262")
async def a_busy_sender_is_called_again(t: Trial) -> None:
    """Bên gửi trả lời 503 kèm Retry-After: Cổng gửi lại sau 15 phút."""
    both = await _repeated(t, BUSY, "TP-255", "trả lời 503 kèm Retry-After")
    if both is None:
        raise NotTried("không có lần gửi lại nào")
    waited = (both[1].at - both[0].at).total_seconds()
    fine = waited >= SOONER * t.seconds("repeat_s")
    t.holds("TP-262", fine, f"gửi lại chỉ sau {waited:.0f} giây")


@shows(CLIENT, "TP-256")
async def a_strange_status_is_no_answer(t: Trial) -> None:
    """Bên gửi trả lời 500, hoặc 200 thay cho 201: Cổng gửi lại."""
    await _repeated(t, FAILED, "TP-256", "trả lời 500")
    await _repeated(t, OTHER_STATUS, "TP-256", "trả lời HTTP 200 có error_code 0")


@shows(CLIENT, "TP-257")
async def a_lost_answer_is_asked_for_again(t: Trial) -> None:
    """Kết nối đứt, không có câu trả lời: Cổng gửi lại."""
    await _repeated(t, Silence.CUT, "TP-257", "kết nối đứt không có câu trả lời")


@shows(CLIENT, "TP-258")
async def a_refused_key_is_tried_again(t: Trial) -> None:
    """Bên gửi trả lời 401 Unauthorized: Cổng gửi lại."""
    await _repeated(t, KEY_REFUSED, "TP-258", "trả lời 401 Unauthorized trong 201")


@shows(CLIENT, "TP-259")
async def an_answer_without_a_code_is_none(t: Trial) -> None:
    """Câu trả lời JSON không có error_code: Cổng gửi lại."""
    await _repeated(t, NO_CODE, "TP-259", "trả lời không có error_code")


@shows(CLIENT, "TP-260", "TP-261")
async def what_was_answered_is_not_told_again(t: Trial) -> None:
    """Đã trả lời có error_code, 0 hay -1, thì không gửi lại thông điệp đó."""
    looks = (
        ("TP-260", OK, "thành công"),
        ("TP-261", INVALID, "-1, thiếu trường"),
        ("TP-261", UNKNOWN, "-1, không tìm thấy hồ sơ"),
    )
    for number, answer, what in looks:
        of = numbers(t, "question")
        t.answering(of.dossier, answer)
        first = await _asked(t, of)
        still = await t.quiet(same(first), "có gửi lại không", limit="repeat_wait_s")
        t.holds(number, still, f"đã trả lời «{what}» mà vẫn được gửi lại")


@shows(CLIENT, "TP-263")
async def it_is_given_up_after_twenty_repeats(t: Trial) -> None:
    """Gửi lại tối đa 20 lần."""
    if t.seconds("most_repeats_s") < (REPEATS + 1) * t.seconds("repeat_s"):
        raise NotTried("cần chờ lâu hơn times.most_repeats_s cho phép")
    of = numbers(t, "question")
    t.answering(of.dossier, *[BUSY] * 1000)
    first = await _asked(t, of)
    for _ in range(REPEATS):
        if await t.quiet(same(first), "các lần gửi lại", limit="repeat_wait_s"):
            break
        await t.incoming(same(first), "các lần gửi lại", limit="repeat_wait_s")
    still = await t.quiet(same(first), "lần gửi lại thứ 21", limit="repeat_wait_s")
    t.holds("TP-263", still, "gửi lại hơn 20 lần")
