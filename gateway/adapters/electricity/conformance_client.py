"""What an electricity company does when it tells progress, by its interface document."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

from gateway.adapters.electricity.conformance_calls import (
    CANCEL,
    TAKEN,
    body,
    envelope,
    is_moment,
    new,
    say,
    taken,
)
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
OPERATION = "CapNhatTienDo"
REPEATS = 20
JSON = {"Content-Type": "application/json; charset=utf-8"}
#: A repeat may come so much sooner than the document's time; clocks differ.
SOONER = 0.9


def _reply(kind: str, message: str) -> Reply:
    return Reply(200, body({"TYPE": kind, "MESSAGE": message}), JSON)


OK = _reply("OK", "Cập nhật thành công")
KEY_REFUSED = _reply("ERROR", "Không có quyền truy cập")
UNKNOWN = _reply("ERROR", "Không tìm thấy hồ sơ")
INVALID = _reply("ERROR", "Thiếu trường: TIEN_DO.0.MA_CVIEC")
BUSY = Reply(503, b"", {"Retry-After": "60"})
FAILED = Reply(500)


def number_of(call: Incoming) -> str:
    """MA_HOSO_DVC of a call; empty when it names none."""
    found = (call.content or {}).get("MA_HOSO_DVC", "")
    return found if isinstance(found, str) else ""


def usual(call: Incoming, t: Trial, known: Callable[[str], bool]) -> Answering:
    """§2.2, in the order of §5.5."""
    content = call.content
    if content is None:
        return _reply("ERROR", "Sai kiểu dữ liệu: không phải JSON")
    if content.get("KHOA") != t.key("company"):
        return KEY_REFUSED
    if wrong := t.wrong(OPERATION, content):
        place = wrong[0].split(" ")[0]
        return _reply("ERROR", f"Sai kiểu dữ liệu: {place}")
    return OK if known(number_of(call)) else UNKNOWN


async def told_of(t: Trial, act: str = "") -> tuple[str, str]:
    """A dossier that the company has, and its MA_YCAU_KNAI where the kit was told it.

    Raises:
        NotTried: the company did not take it.
    """
    number = t.number(act)
    return number, await _given(t, number, act)


async def _given(t: Trial, number: str, act: str = "") -> str:
    own = ""
    if t.can_call:
        own = (await taken(t, new(t, number))).number
    else:
        await t.ask("hand_over", number)
    if act:
        await t.ask(act, number)
    return own


def about(number: str) -> Callable[[Incoming], bool]:
    """Calls about one dossier."""
    return lambda call: number_of(call) == number


def steps(call: Incoming) -> list[Mapping[str, Any]]:
    """Its rows."""
    found = (call.content or {}).get("TIEN_DO")
    return (
        [row for row in found if isinstance(row, dict)]
        if isinstance(found, list)
        else []
    )


def same(first: Incoming) -> Callable[[Incoming], bool]:
    """Calls with the same bytes."""
    return lambda call: call.body == first.body


@shows(CLIENT, "DL-901", "DL-902", "DL-903", "DL-904", "DL-905", "DL-906")
async def a_step_is_told(t: Trial) -> None:
    """Công ty báo tiến độ của một hồ sơ: đúng chỗ, đúng khuôn, đúng khóa, đúng số."""
    number, own = await told_of(t)
    call = await t.incoming(
        lambda call: number in _text(call), f"{OPERATION} của hồ sơ {number}"
    )
    right = call.method == "POST" and call.path.endswith(f"/{OPERATION}")
    t.holds(
        "DL-901",
        right and call.content is not None,
        "không phải POST …/CapNhatTienDo với một đối tượng JSON UTF-8",
    )
    content = call.content or {}
    wrong = t.wrong(OPERATION, content)
    t.holds("DL-902", not wrong, f"sai khuôn ở {', '.join(wrong)}")
    t.holds(
        "DL-903",
        content.get("KHOA") == t.key("company"),
        "KHOA không phải khóa bên gửi giao cho công ty",
    )
    around = unquote(f"{call.path}?{call.query}") + " ".join(call.headers.values())
    hidden = not any(t.key(name) in around for name in ("company", "sender"))
    t.holds("DL-904", hidden, "khóa nằm trong đường dẫn hoặc tiêu đề")
    if own:
        t.holds(
            "DL-905",
            content.get("MA_YCAU_KNAI") == own,
            "MA_YCAU_KNAI khác số đã trả lời khi nhận yêu cầu",
        )
    bad = [row for row in steps(call) if not _moments(row)]
    t.holds("DL-906", not bad, f"{len(bad)} dòng có thời điểm không đọc được")


def _text(call: Incoming) -> str:
    """All of a call in which its dossier's code may stand."""
    return f"{call.path}?{call.query} {call.body.decode('utf-8', 'replace')}"


def _moments(row: Mapping[str, Any]) -> bool:
    others = [row[name] for name in ("NGAY_TNGAI", "NGAY_KTHUC") if row.get(name)]
    return all(is_moment(one) for one in (row.get("NGAY_BDAU"), *others))


async def _repeated(
    t: Trial, answer: Answering, cited: str, what: str
) -> tuple[Incoming, Incoming] | None:
    """A message that was answered so, and its repeat; None: there was none."""
    number = t.number()
    t.answering(number, answer)
    await _given(t, number)
    first = await t.incoming(about(number), f"{OPERATION} của hồ sơ {number}")
    told, limit = f"gửi lại sau khi {what}", "repeat_wait_s"
    missing = await t.quiet(same(first), told, limit=limit)
    why = f"{what}: công ty không gửi lại đúng các byte đó"
    if not t.holds(cited, not missing, why):
        return None
    return first, await t.incoming(same(first), told, limit=limit)


@shows(CLIENT, "DL-907", "DL-913")
async def a_busy_sender_is_called_again(t: Trial) -> None:
    """Bên gửi trả lời 503 kèm Retry-After: công ty gửi lại sau 15 phút."""
    both = await _repeated(t, BUSY, "DL-907", "trả lời 503 kèm Retry-After")
    if both is None:
        raise NotTried("không có lần gửi lại nào")
    waited = (both[1].at - both[0].at).total_seconds()
    fine = waited >= SOONER * t.seconds("repeat_s")
    t.holds("DL-913", fine, f"gửi lại chỉ sau {waited:.0f} giây")


@shows(CLIENT, "DL-908")
async def a_sender_that_failed_is_called_again(t: Trial) -> None:
    """Bên gửi trả lời 500: công ty gửi lại."""
    await _repeated(t, FAILED, "DL-908", "trả lời 500")


@shows(CLIENT, "DL-909")
async def a_lost_answer_is_asked_for_again(t: Trial) -> None:
    """Kết nối đứt, không có câu trả lời: công ty gửi lại."""
    await _repeated(t, Silence.CUT, "DL-909", "kết nối đứt không có câu trả lời")


@shows(CLIENT, "DL-910")
async def a_refused_key_is_tried_again(t: Trial) -> None:
    """Bên gửi trả lời không có quyền truy cập: công ty gửi lại."""
    await _repeated(t, KEY_REFUSED, "DL-910", "trả lời không có quyền truy cập")


@shows(CLIENT, "DL-911")
async def what_was_taken_is_not_told_again(t: Trial) -> None:
    """Đã trả lời thành công thì không gửi lại thông điệp đó."""
    number = t.number()
    t.answering(number, OK)
    await _given(t, number)
    first = await t.incoming(about(number), f"{OPERATION} của hồ sơ {number}")
    still = await t.quiet(same(first), "có gửi lại không", limit="repeat_wait_s")
    t.holds("DL-911", still, "thông điệp đã trả lời thành công vẫn được gửi lại")


@shows(CLIENT, "DL-912")
async def what_was_refused_is_not_told_again(t: Trial) -> None:
    """Trả lời thiếu trường hoặc không tìm thấy hồ sơ thì không gửi lại thông điệp đó."""
    for answer, what in ((INVALID, "thiếu trường"), (UNKNOWN, "không tìm thấy hồ sơ")):
        number = t.number()
        t.answering(number, answer)
        await _given(t, number)
        first = await t.incoming(about(number), f"{OPERATION} của hồ sơ {number}")
        still = await t.quiet(same(first), "có gửi lại không", limit="repeat_wait_s")
        t.holds("DL-912", still, f"đã trả lời «{what}» mà vẫn được gửi lại")


@shows(CLIENT, "DL-914")
async def it_is_given_up_after_twenty_repeats(t: Trial) -> None:
    """Gửi lại tối đa 20 lần."""
    if t.seconds("most_repeats_s") < (REPEATS + 1) * t.seconds("repeat_s"):
        raise NotTried("cần chờ lâu hơn times.most_repeats_s cho phép")
    number = t.number()
    t.answering(number, *[BUSY] * 1000)
    await _given(t, number)
    first = await t.incoming(about(number), f"{OPERATION} của hồ sơ {number}")
    for _ in range(REPEATS):
        if await t.quiet(same(first), "các lần gửi lại", limit="repeat_wait_s"):
            break
        await t.incoming(same(first), "các lần gửi lại", limit="repeat_wait_s")
    still = await t.quiet(same(first), "lần gửi lại thứ 21", limit="repeat_wait_s")
    t.holds("DL-914", still, "gửi lại hơn 20 lần")


@shows(CLIENT, "DL-915")
async def a_later_message_does_not_wait(t: Trial) -> None:
    """Thông điệp trước chưa được nhận thì thông điệp sau vẫn đến."""
    number = t.number()
    t.answering(number, *[BUSY] * 5)
    await _given(t, number)
    first = await t.incoming(about(number), f"{OPERATION} của hồ sơ {number}")

    def later(call: Incoming) -> bool:
        return number_of(call) == number and call.body != first.body

    await t.incoming(later, f"một thông điệp khác của hồ sơ {number}")
    t.holds("DL-915", fact=True, why="")


@shows(CLIENT, "DL-916")
async def the_end_is_told(t: Trial) -> None:
    """Xong yêu cầu (chờ người của công ty): báo HT có NGAY_KTHUC, kèm MA_KHANG."""
    number, _ = await told_of(t, "finish")

    def ended(call: Incoming) -> bool:
        return number_of(call) == number and any(
            row.get("MA_CVIEC") == "HT" and row.get("NGAY_KTHUC") for row in steps(call)
        )

    call = await t.incoming(ended, f"bước HT có NGAY_KTHUC của hồ sơ {number}")
    named = bool((call.content or {}).get("MA_KHANG"))
    t.holds("DL-916", named, "HT của yêu cầu cấp điện mới không kèm MA_KHANG")


@shows(CLIENT, "DL-917")
async def a_cancellation_is_told(t: Trial) -> None:
    """Sau khi nhận việc hủy, báo HU có NGAY_KTHUC."""
    if not t.can_call:
        raise NotTried("preset thiếu addresses.server: bộ thử không gửi được việc hủy")
    number, _ = await told_of(t)
    reason = "Không còn nhu cầu (thử)"
    said = await say(t, CANCEL, envelope(t, number, NGUYEN_NHAN=reason))
    if said.name not in TAKEN:
        raise NotTried(f"việc hủy không được nhận ({said.shown})")

    def cancelled(call: Incoming) -> bool:
        return number_of(call) == number and any(
            row.get("MA_CVIEC") == "HU" for row in steps(call)
        )

    call = await t.incoming(cancelled, f"bước HU của hồ sơ {number}")
    done = any(
        row.get("NGAY_KTHUC") for row in steps(call) if row.get("MA_CVIEC") == "HU"
    )
    t.holds("DL-917", done, "bước HU không có NGAY_KTHUC")


@shows(CLIENT, "DL-918")
async def an_obstacle_is_told_twice(t: Trial) -> None:
    """Trở ngại (chờ người của công ty) được báo khi xảy ra và khi hết, cùng SO_LAN."""
    number, _ = await told_of(t, "absent")
    found: list[Mapping[str, Any]] = []

    def stopped(call: Incoming) -> bool:
        found[:] = [row for row in steps(call) if row.get("MA_TNGAI")]
        return number_of(call) == number and bool(found)

    await t.incoming(stopped, f"trở ngại của hồ sơ {number}")
    row = found[0]
    t.holds("DL-918", not row.get("NGAY_KTHUC"), "trở ngại chỉ được báo khi đã hết")

    def over(call: Incoming) -> bool:
        return number_of(call) == number and any(
            one.get("MA_CVIEC") == row.get("MA_CVIEC")
            and str(one.get("SO_LAN")) == str(row.get("SO_LAN"))
            and one.get("MA_TNGAI")
            and one.get("NGAY_KTHUC")
            for one in steps(call)
        )

    await t.incoming(
        over, f"hết trở ngại của hồ sơ {number}, cùng SO_LAN, có MA_TNGAI và NGAY_KTHUC"
    )
