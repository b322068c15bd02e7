"""What the portal does with calls of senders, by its interface document."""

from __future__ import annotations

import asyncio
from typing import Any

from gateway.adapters.tax.conformance_calls import Numbers, numbers, until_asked_again
from gateway.adapters.tax.conformance_portal_calls import (
    ASK,
    PATH,
    SEND,
    TAKEN,
    Said,
    answered,
    ask,
    body,
    call,
    read,
    send,
    sending,
    signed_slip,
    tell,
    there,
    without,
)
from gateway.conforming import NotTried, Role, Trial, shows

SERVER = Role.SERVER
MIB = 1024 * 1024
#: What a value would show that a refusal repeats.
TELLTALE = "GIATRIDELO"
SENDER_UNKNOWN = "BO-THU-CHUA-DANG-KY"
WRONG_KEY = "khoa-sai-cua-bo-thu"
#: More than there is room for at once, however fast they are answered.
BURST = 12


@shows(SERVER, "TP-201", "TP-301", "TP-501", "TP-205")
async def a_slip_is_taken(t: Trial) -> None:
    """Phiếu mới được nhận; trả lời và từ chối đều là HTTP 201, đúng khuôn reply."""
    of = numbers(t)
    said, _ = await send(t, of)
    fine = said.answer.status == 201 and said.answer.content is not None
    t.holds("TP-201", fine, f"phiếu: {said.shown}")
    if not fine:
        raise NotTried("không có câu trả lời JSON với HTTP 201")
    wrong = t.wrong("reply", said.content)
    t.holds("TP-301", not wrong, f"{SEND}: sai khuôn ở {', '.join(wrong)}")
    t.holds("TP-501", said.name == "accepted", f"phiếu mới: {said.shown}")
    said = await tell(t, SEND, without(sending(t, of, b"x"), "Data"))
    t.holds("TP-205", said.answer.status == 201, f"từ chối: {said.shown}")
    wrong = t.wrong("reply", said.content)
    t.holds("TP-301", not wrong, f"từ chối: sai khuôn ở {', '.join(wrong)}")


@shows(SERVER, "TP-701", "TP-703", "TP-711")
async def an_enquiry_creates_nothing(t: Trial) -> None:
    """Hỏi phiếu chưa gửi: CHUA_CO, không phải lỗi; sau đó gửi thì là phiếu mới."""
    of = numbers(t)
    said = await ask(t, of)
    same = said.data.get("MaHoSo") == of.dossier and said.data.get("SoPhieu") == of.slip
    why = f"hỏi phiếu chưa gửi: {said.shown}, hoặc MaHoSo, SoPhieu không phải số đã hỏi"
    t.holds("TP-701", said.state == "CHUA_CO" and same, why)
    wrong = t.wrong("TraCuuNghiaVu.reply", said.content)
    t.holds("TP-703", not wrong, f"CHUA_CO: sai khuôn ở {', '.join(wrong)}")
    said, _ = await send(t, of)
    if said.name not in TAKEN:
        raise NotTried(f"phiếu dùng để thử không được nhận ({said.shown})")
    why = f"hỏi trước rồi gửi: {said.shown}"
    t.holds("TP-711", said.name == "accepted", why)


@shows(SERVER, "TP-202")
async def headers_say_nothing(t: Trial) -> None:
    """Không có tiêu đề nào vẫn được nhận."""
    of = numbers(t)
    content = sending(t, of, signed_slip(t, of))
    said = await tell(t, SEND, content, {})
    t.holds("TP-202", said.name == "accepted", f"không có tiêu đề: {said.shown}")


@shows(SERVER, "TP-305", "TP-306", "TP-307")
async def the_key_is_looked_at_first(t: Trial) -> None:
    """Khóa sai hay thiếu: chữ 401 Unauthorized trong HTTP 201, không nói gì khác."""
    of = await there(t)
    good = call(t, ASK, {"MaHoSo": of.dossier, "SoPhieu": of.slip})
    bad = {
        "khóa sai": {**good, "SecurityKey": WRONG_KEY},
        "thiếu khóa": without(good, "SecurityKey"),
        "khóa là số": {**good, "SecurityKey": 1},
        "khóa thừa dấu cách": {**good, "SecurityKey": f"{good['SecurityKey']} "},
        "khóa sai, dịch vụ lạ": {**good, "SecurityKey": WRONG_KEY, "Service": "Khac"},
        "khóa sai, đơn vị lạ": {
            **good,
            "SecurityKey": WRONG_KEY,
            "MaDonVi": SENDER_UNKNOWN,
        },
    }
    for what, content in bad.items():
        said = await tell(t, ASK, content)
        answered(t, "TP-305", said, "not_authorised", what)
        hidden = t.key("sender").encode() not in said.answer.body
        t.holds("TP-307", hidden, f"{what}: khóa nằm trong câu trả lời")
    said = await tell(t, ASK, {**good, "SecurityKey": t.key("sender_next")})
    t.holds("TP-306", said.name == "found", f"khóa thứ hai: {said.shown}")


@shows(SERVER, "TP-206", "TP-207", "TP-515")
async def only_who_is_registered_is_let_in(t: Trial) -> None:
    """Đơn vị chưa đăng ký, thiếu đơn vị, dịch vụ lạ; xét theo đúng thứ tự."""
    good = call(t, ASK, {"MaHoSo": t.number(), "SoPhieu": "PC/1"})
    said = await tell(t, ASK, {**good, "MaDonVi": SENDER_UNKNOWN})
    answered(t, "TP-206", said, "sender_unknown", "đơn vị chưa đăng ký")
    said = await tell(t, ASK, {**good, "Service": "DichVuKhac"})
    answered(t, "TP-207", said, "unknown_service", "dịch vụ lạ")
    both = {**good, "MaDonVi": SENDER_UNKNOWN, "Service": "DichVuKhac"}
    said = await tell(t, ASK, both)
    answered(t, "TP-515", said, "sender_unknown", "đơn vị lạ, dịch vụ lạ")
    said = await tell(t, ASK, {**without(good, "MaDonVi"), "Service": "DichVuKhac"})
    answered(t, "TP-515", said, "missing_field", "thiếu đơn vị, dịch vụ lạ")
    said = await tell(t, ASK, {**without(good, "Data"), "Service": "DichVuKhac"})
    answered(t, "TP-515", said, "unknown_service", "dịch vụ lạ, thiếu Data")


@shows(SERVER, "TP-203", "TP-204", "TP-208", "TP-302", "TP-303")
async def fields_are_as_the_schema_says(t: Trial) -> None:
    """Thiếu trường, sai kiểu, trường lạ: nêu tên trường, không lặp lại giá trị."""
    of = numbers(t)
    good = sending(t, of, signed_slip(t, of))
    data = good["Data"]
    for name in ("Service", "IsUpdating", "MaGiaoDich", "Data"):
        said = await tell(t, SEND, without(good, name))
        _names(t, said, "TP-208", "missing_field", f"thiếu {name}", name)
    for name in data:
        said = await tell(t, SEND, {**good, "Data": without(data, name)})
        _names(t, said, "TP-208", "missing_field", f"thiếu Data.{name}", name)
    asked: dict[str, Any] = {"MaHoSo": of.dossier, "SoPhieu": of.slip}
    wrong = {
        "IsUpdating là boolean": ({**good, "IsUpdating": False}, "IsUpdating"),
        "IsUpdating viết thường": ({**good, "IsUpdating": "false"}, "IsUpdating"),
        "LoaiPhieu là số": ({**good, "Data": {**data, "LoaiPhieu": 10}}, "LoaiPhieu"),
        "MaGiaoDich có dấu cách": (
            {**good, "MaGiaoDich": TELLTALE + " "},
            "MaGiaoDich",
        ),
        "SoPhieu là số": (call(t, ASK, {**asked, "SoPhieu": 1}), "SoPhieu"),
        "SoPhieu dài quá 50": (call(t, ASK, {**asked, "SoPhieu": "1" * 51}), "SoPhieu"),
        "SoPhieu có dấu cách ở cuối": (
            call(t, ASK, {**asked, "SoPhieu": f"{TELLTALE} "}),
            "SoPhieu",
        ),
        "MaHoSo là null": (call(t, ASK, {**asked, "MaHoSo": None}), "MaHoSo"),
        "Data là danh sách": (call(t, ASK, [asked]), "Data"),
    }
    for what, (content, name) in wrong.items():
        said = await tell(t, content["Service"], content)
        _names(t, said, "TP-203", "wrong_type", what, name)
    for what, content in {
        "trường lạ": {**good, "TruongLa": TELLTALE},
        "trường lạ trong Data": {**good, "Data": {**data, "TruongLa": TELLTALE}},
    }.items():
        said = await tell(t, SEND, content)
        answered(t, "TP-204", said, "wrong_type", what)
        hidden = TELLTALE not in said.message
        t.holds("TP-303", hidden, f"{what}: trả lời lặp lại giá trị")


def _names(t: Trial, said: Said, number: str, name: str, what: str, place: str) -> None:
    """Whether a refusal says which field, and no value."""
    if answered(t, number, said, name, what):
        t.holds("TP-302", place in said.message, f"{what}: không nêu tên {place}")
    t.holds("TP-303", TELLTALE not in said.message, f"{what}: trả lời lặp lại giá trị")


@shows(SERVER, "TP-209")
async def an_update_is_told_as_one(t: Trial) -> None:
    """IsUpdating không khớp LoaiPhieu bị từ chối."""
    first = await there(t)
    of = Numbers(first.dossier, first.certificate, f"{first.slip}/2", t.identifier())
    new = sending(t, of, signed_slip(t, of))
    said = await tell(t, SEND, {**new, "IsUpdating": "True"})
    answered(t, "TP-209", said, "wrong_type", "phiếu mới với IsUpdating True")
    replacing = sending(t, of, signed_slip(t, of, "11", first), "11", first)
    said = await tell(t, SEND, {**replacing, "IsUpdating": "False"})
    answered(t, "TP-209", said, "wrong_type", "phiếu thay thế với IsUpdating False")


@shows(SERVER, "TP-304")
async def what_is_no_json_is_told(t: Trial) -> None:
    """Không phải một đối tượng JSON trong UTF-8."""
    bad = {
        "chữ thường": b"khong phai json",
        "rỗng": b"",
        "danh sách": b"[1]",
        "bị cắt": body(call(t, ASK, {"MaHoSo": "1", "SoPhieu": "1"}))[:-5],
        "UTF-16": '{"SecurityKey": "1"}'.encode("utf-16"),
    }
    for what, raw in bad.items():
        said = await tell(t, ASK, raw)
        answered(t, "TP-304", said, "malformed", what)


@shows(SERVER, "TP-1203")
async def a_call_that_is_too_large_is_refused(t: Trial) -> None:
    """Thân lời gọi quá 16 MiB: HTTP 413."""
    content = call(t, ASK, {"MaHoSo": t.number(), "SoPhieu": "1" * (16 * MIB)})
    said = await tell(t, ASK, content)
    answered(t, "TP-1203", said, "too_large", "lời gọi hơn 16 MiB")


@shows(SERVER, "TP-1201")
async def who_asks_too_often_is_told_so(t: Trial) -> None:
    """Hỏi lại về cùng phiếu sớm hơn 15 phút: quá số lượt."""
    of = await there(t)
    await ask(t, of)
    said = await ask(t, of)
    answered(t, "TP-1201", said, "overload", "hỏi lại ngay về cùng phiếu")
    await until_asked_again(t)
    said = await ask(t, of)
    t.holds("TP-1201", said.name == "found", f"hỏi lại sau 15 phút: {said.shown}")


@shows(SERVER, "TP-1202")
async def too_many_calls_are_told_so(t: Trial) -> None:
    """Nhiều lời gọi cùng lúc: có lời gọi bị trả quá số lượt."""
    calls = [
        body(call(t, ASK, {"MaHoSo": t.number(), "SoPhieu": "PC/1"}))
        for _ in range(BURST)
    ]
    answers = await asyncio.gather(*(_at_once(t, one) for one in calls))
    over = [one for one in answers if one.name in {"overload", "too_many_requests"}]
    why = f"{BURST} lời gọi cùng lúc: không lời gọi nào bị trả overload"
    t.holds("TP-1202", over, why)


async def _at_once(t: Trial, raw: bytes) -> Said:
    return read(t, ASK, await t.post(PATH, raw))


@shows(SERVER, "TP-1204", "TP-210")
async def calls_are_answered_over_tls(t: Trial) -> None:
    """Lời gọi được trả lời trong thời hạn; chứng thư được xem trước khi gửi gì."""
    await ask(t, numbers(t))
