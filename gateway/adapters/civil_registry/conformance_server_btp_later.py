"""What BTP tells of dossiers later, by its interface document."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import Any

from gateway.adapters.civil_registry.conformance_btp_calls import (
    POLL,
    PUSH,
    SINGLE,
    TAKEN,
    answered,
    entries,
    entry,
    handed_over,
    linked,
    question,
    reached,
    say,
    single,
    state,
)
from gateway.adapters.civil_registry.conformance_calls import without
from gateway.conforming import NotTried, Role, Trial, shows

SERVER = Role.SERVER
_DAY = re.compile(r"(0[1-9]|[12]\d|3[01])/(0[1-9]|1[0-2])/\d{4}\Z")


@shows(SERVER, "HT-240", "HT-901", "HT-909", "HT-904")
async def what_was_pushed_is_found(t: Trial) -> None:
    """Ba hồ sơ trong một lời hỏi: hai hồ sơ vừa gửi có mục, hồ sơ không có thì không."""
    numbers = [await handed_over(t) for _ in range(3)]
    said = await say(t, POLL, question(t, numbers))
    t.holds("HT-240", said.answer.status == 200, f"{POLL}: HTTP {said.answer.status}")
    if not answered(t, "HT-901", said, "found", "hỏi hồ sơ vừa gửi"):
        return
    wrong = t.wrong("btp-poll-reply", said.content)
    t.holds("HT-901", not wrong, f"{POLL}: sai khuôn ở {', '.join(wrong)}")
    each = [entry(said, number) is not None for number in numbers]
    t.holds("HT-909", all(each), "ba hồ sơ vừa gửi không có đủ ba mục trong value")
    one = entry(said, numbers[0])
    own = one is not None and one.get("maHoSoMCDT") == f"MC-{numbers[0]}"
    t.holds("HT-901", own, "hồ sơ vừa gửi không có mục với đúng maHoSoMCDT")
    t.holds("HT-901", state(one) in {"1", "3"}, f"trạng thái đầu là {state(one)}")
    said = await say(t, POLL, question(t, [t.number()]))
    answered(t, "HT-904", said, "found", "hỏi hồ sơ không có")
    t.holds("HT-904", not entries(said), "hồ sơ không có mà vẫn có mục trong value")


@shows(SERVER, "HT-905", "HT-906", "HT-907", "HT-910")
async def a_question_that_cannot_be_answered_is_told_so(t: Trial) -> None:
    """Quá ba hồ sơ, mã tỉnh lạ, tỉnh khác, thiếu trường."""
    number = await handed_over(t)
    said = await say(t, POLL, question(t, [t.number() for _ in range(4)]))
    answered(t, "HT-905", said, "too_many", "bốn hồ sơ")
    said = await say(t, POLL, question(t, [t.number()], province="province_unknown"))
    answered(t, "HT-906", said, "province_unknown", "mã tỉnh lạ")
    said = await say(t, POLL, question(t, [number], province="province_other"))
    answered(t, "HT-907", said, "found", "hỏi dưới mã tỉnh khác")
    t.holds("HT-907", entry(said, number) is None, "tìm thấy dưới mã tỉnh khác")
    fine = question(t, [t.number()])
    for what, request in (
        ("thiếu module", without(fine, "module")),
        ("thiếu maTinh", without(fine, "maTinh")),
        ("không hồ sơ nào", {**fine, "maDinhDanhHoSo": []}),
        ("maTinh một chữ số", {**fine, "maTinh": "9"}),
    ):
        answered(t, "HT-910", await say(t, POLL, request), "unreadable", what)


@shows(SERVER, "HT-908")
async def who_asks_too_soon_is_told_to_wait(t: Trial) -> None:
    """Hỏi lại một hồ sơ ngay: busy."""
    number = await handed_over(t)
    await say(t, POLL, question(t, [number]))
    said = await say(t, POLL, question(t, [number]))
    answered(t, "HT-908", said, "busy", "hỏi lại ngay")


@shows(SERVER, "HT-902", "HT-903")
async def a_registration_brings_its_result(t: Trial) -> None:
    """Đăng ký xong: trạng thái 4, kết quả đúng khuôn, PDF đọc được."""
    for module in ("LTKS", "LTKT"):
        number = await handed_over(t, "register", module)
        await t.ask("register", number)
        _has_result(t, await reached(t, number, "4", module), module)


def _has_result(t: Trial, one: Mapping[str, Any], what: str) -> None:
    result = one.get("ketQuaXuLy")
    t.holds("HT-902", isinstance(result, dict), f"{what}: không có ketQuaXuLy")
    if not isinstance(result, dict):
        return
    wrong = t.wrong("ketQuaXuLy", result)
    t.holds("HT-902", not wrong, f"{what}: ketQuaXuLy sai khuôn ở {', '.join(wrong)}")
    for name in ("giayKhaiSinh", "trichLucKhaiTu"):
        if name in result:
            pdf = _is_pdf(result[name])
            t.holds("HT-903", pdf, f"{name} không phải base64 của một PDF")


def _is_pdf(text: object) -> bool:
    try:
        raw = base64.b64decode("".join(str(text).split()), validate=True)
    except ValueError:
        return False
    return raw.startswith(b"%PDF-")


@shows(SERVER, "HT-913", "HT-902")
async def a_single_registration_is_found_by_its_own_number(t: Trial) -> None:
    """Đăng ký không liên thông: hỏi theo maHoSo, có kết quả."""
    for module in ("KS", "KT"):
        number = t.number("register")
        said = await say(t, SINGLE, single(t, number, module))
        if said.name not in TAKEN:
            raise NotTried(f"đăng ký dùng để thử không được nhận ({said.shown})")
        said = await say(t, POLL, question(t, [number], module))
        there = entry(said, number) is not None
        t.holds("HT-913", there, f"{module}: không tìm thấy theo maHoSo ({said.shown})")
        if not there:
            continue
        await t.ask("register", number)
        one = await reached(t, number, "4", module)
        has = isinstance(one.get("ketQuaXuLy"), dict)
        t.holds("HT-902", has, f"{module}: không có ketQuaXuLy")


@shows(SERVER, "HT-911", "HT-805")
async def a_supplement_is_asked_for_and_taken(t: Trial) -> None:
    """Yêu cầu bổ sung: trạng thái 2 có lý do; gửi cùng mã là bổ sung, trạng thái lại là 1."""
    number = await handed_over(t, "supplement")
    await t.ask("supplement", number)
    one = await reached(t, number, "2")
    t.holds("HT-911", one.get("noiDungXuLy"), "yêu cầu bổ sung không nói thiếu gì")
    due = one.get("hanBoSungHoSo") or ""
    fits = due == "" or (isinstance(due, str) and _DAY.match(due))
    t.holds("HT-911", fits, "hanBoSungHoSo không phải dd/MM/yyyy")
    said = await say(t, PUSH, linked(t, number))
    if not answered(t, "HT-805", said, "accepted", "gửi bổ sung"):
        return
    said = await say(t, PUSH, linked(t, number))
    answered(t, "HT-805", said, "already_there", "gửi bổ sung hai lần")


@shows(SERVER, "HT-912", "HT-806")
async def a_refusal_ends_a_number(t: Trial) -> None:
    """Từ chối: trạng thái 6 có lý do; gửi lại cùng mã không được nhận."""
    number = await handed_over(t, "refuse")
    await t.ask("refuse", number)
    one = await reached(t, number, "6")
    t.holds("HT-912", one.get("noiDungXuLy"), "từ chối không nói vì sao")
    said = await say(t, PUSH, linked(t, number))
    answered(t, "HT-806", said, "ended_refused", "gửi lại hồ sơ đã bị từ chối")


@shows(SERVER, "HT-243", "HT-1101")
async def btp_answers_over_tls(t: Trial) -> None:
    """BTP trả lời trong thời hạn; chứng thư được xem trước khi gửi gì."""
    await say(t, POLL, question(t, [t.number()]))
