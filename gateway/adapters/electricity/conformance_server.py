"""What an electricity company does with requests, by its interface document."""

from __future__ import annotations

import asyncio
from typing import Any

from gateway.adapters.electricity.conformance_calls import (
    NEW,
    PROGRESS,
    TAKEN,
    answered,
    body,
    envelope,
    handed_over,
    new,
    other,
    read,
    say,
    taken,
    without,
)
from gateway.conforming import NotTried, Role, Trial, shows

SERVER = Role.SERVER
MIB = 1024 * 1024
UNKNOWN = {"request_unknown", "not_found_or_error"}
#: What a value would show that a refusal repeats.
TELLTALE = "GIATRIDELO"
HINT = " (xem codes.customer trong preset có đúng không)"


@shows(SERVER, "DL-201", "DL-301", "DL-302", "DL-307", "DL-501")
async def a_new_request_is_taken(t: Trial) -> None:
    """Yêu cầu cấp điện mới chỉ có trường bắt buộc được nhận và có số của công ty."""
    said = await say(t, NEW, new(t, t.number()))
    t.holds(
        "DL-201",
        said.answer.content is not None,
        f"{NEW}: {said.shown}, không phải JSON",
    )
    if not t.holds("DL-501", said.name in TAKEN, f"yêu cầu của cá nhân: {said.shown}"):
        return
    wrong = t.wrong("reply", said.content)
    t.holds("DL-301", not wrong, f"{NEW}: sai khuôn ở {', '.join(wrong)}")
    own = said.number
    fits = 0 < len(own) <= 50 and own == own.strip()
    t.holds("DL-302", fits, "yêu cầu được nhận nhưng không có MA_YCAU_KNAI đúng khuôn")
    again = str(said.content.get("TRUNG_HSO", "0"))
    t.holds("DL-307", again == "0", "TRUNG_HSO là 1 ở lần gửi đầu tiên")
    request = without(
        new(t, t.number(), MST="0100000099"), "SO_DINHDANH", "LOAI_DINHDANH"
    )
    said = await say(t, NEW, request)
    t.holds("DL-501", said.name in TAKEN, f"yêu cầu của tổ chức: {said.shown}")


@shows(SERVER, "DL-310", "DL-703", "DL-405")
async def an_enquiry_creates_nothing(t: Trial) -> None:
    """Tra cứu hồ sơ chưa gửi: không tìm thấy; sau đó gửi thì là yêu cầu mới, có số riêng."""
    number = t.number()
    said = await say(t, PROGRESS, envelope(t, number))
    t.holds("DL-310", said.name in UNKNOWN, f"tra cứu hồ sơ chưa gửi: {said.shown}")
    first = await taken(t, new(t, number))
    why = "hồ sơ được tra cứu trước khi gửi bị coi là đã gửi rồi"
    t.holds("DL-703", first.name != "already_there", why)
    second = await taken(t, new(t, t.number()))
    if not (first.number and second.number):
        raise NotTried("yêu cầu được nhận nhưng không có MA_YCAU_KNAI")
    why = "hai hồ sơ khác nhau có cùng MA_YCAU_KNAI"
    t.holds("DL-405", first.number != second.number, why)


@shows(SERVER, "DL-202")
async def an_operation_in_other_letters_is_none(t: Trial) -> None:
    """Tên thao tác viết khác chữ hoa, chữ thường không được nhận."""
    request = new(t, t.number())
    answer = await t.post(f"/{NEW.upper()}", body(request))
    name = read(t, NEW, answer).name
    t.holds("DL-202", name not in TAKEN, f"{NEW.upper()} được nhận như {NEW}")


@shows(SERVER, "DL-203")
async def only_post_is_an_operation(t: Trial) -> None:
    """GET và PUT không bao giờ được trả lời là thành công."""
    request = body(new(t, t.number()))
    for method, content in (("GET", b""), ("PUT", request)):
        answer = await t.post(f"/{NEW}", content, method=method)
        said = read(t, NEW, answer)
        t.holds("DL-203", said.name not in TAKEN, f"{method} được trả lời {said.name}")


@shows(SERVER, "DL-204")
async def no_header_of_ones_own_is_needed(t: Trial) -> None:
    """Lời gọi chỉ có Content-Type được nhận."""
    plain = {"Content-Type": "application/json"}
    answer = await t.post(f"/{NEW}", body(new(t, t.number())), headers=plain)
    said = read(t, NEW, answer)
    t.holds(
        "DL-204", said.name in TAKEN, f"lời gọi không có tiêu đề riêng: {said.shown}"
    )


@shows(SERVER, "DL-206", "DL-207", "DL-208", "DL-211", "DL-212", "DL-512", "DL-304")
async def what_has_another_shape_is_refused(t: Trial) -> None:
    """Số JSON, chữ rỗng, null, trường lạ và giá trị ngoài khuôn bị từ chối, không nhắc lại giá trị."""
    number = t.number()
    fine = new(t, number)
    wrong: list[tuple[str, dict[str, Any], str]] = [
        ("DL-206", {**fine, "SO_PHA": 1}, "SO_PHA là số JSON"),
        ("DL-207", {**fine, "EMAIL": ""}, "EMAIL rỗng"),
        ("DL-208", {**fine, "TRUONG_LA": TELLTALE}, "trường lạ"),
        ("DL-211", {**fine, "EMAIL": None}, "EMAIL là null"),
        ("DL-212", {**fine, "SO_NHA": "1 "}, "SO_NHA có khoảng trắng ở cuối"),
        ("DL-212", {**fine, "SO_NHA": " 1"}, "SO_NHA có khoảng trắng ở đầu"),
        ("DL-512", {**fine, "NGAY_YCAU": "10-03-2026"}, "NGAY_YCAU viết kiểu khác"),
        ("DL-512", {**fine, "DTHOAI": TELLTALE}, "DTHOAI có chữ"),
    ]
    for cited, content, what in wrong:
        said = await say(t, NEW, content)
        answered(t, cited, said, "wrong_type", what)
        repeated = TELLTALE in said.answer.body.decode("utf-8", "replace")
        t.holds("DL-304", not repeated, f"{what}: câu từ chối nhắc lại giá trị đã gửi")


@shows(SERVER, "DL-209", "DL-513", "DL-1202")
async def without_the_key_nothing_is_said(t: Trial) -> None:
    """Khóa sai hoặc thiếu bị từ chối, không nói gì khác, không nhắc lại khóa."""
    fine = new(t, t.number())
    strange = "khoa-sai-cua-bo-thu-99"
    said = await say(t, NEW, {**fine, "KHOA": strange})
    answered(t, "DL-209", said, "key_refused", "khóa sai")
    shown = said.answer.body.decode("utf-8", "replace")
    t.holds("DL-1202", strange not in shown, "câu trả lời nhắc lại khóa đã gửi")
    said = await say(t, NEW, without(fine, "KHOA"))
    answered(t, "DL-209", said, "key_refused", "thiếu khóa")
    broken = without({**fine, "KHOA": strange, "TRUONG_LA": "1"}, "DTHOAI")
    said = await say(t, NEW, broken)
    tells = [name for name in ("DTHOAI", "TRUONG_LA") if name in said.message]
    why = "khóa sai mà câu trả lời vẫn nói về các trường khác"
    t.holds(
        "DL-513", said.name not in {"missing_field", "wrong_type"} and not tells, why
    )
    await _own_key_is_not_told(t)


async def _own_key_is_not_told(t: Trial) -> None:
    said = await say(t, PROGRESS, envelope(t, t.number()))
    shown = said.answer.body.decode("utf-8", "replace")
    t.holds("DL-1202", t.key("sender") not in shown, "câu trả lời có khóa của bên gửi")


@shows(SERVER, "DL-210")
async def every_message_has_an_id(t: Trial) -> None:
    """Thiếu MA_GIAODICH hoặc có ký tự ngoài khuôn bị từ chối."""
    fine = new(t, t.number())
    said = await say(t, NEW, without(fine, "MA_GIAODICH"))
    answered(t, "DL-210", said, "missing_field", "thiếu MA_GIAODICH")
    said = await say(t, NEW, {**fine, "MA_GIAODICH": "có dấu cách"})
    answered(t, "DL-210", said, "wrong_type", "MA_GIAODICH có ký tự ngoài khuôn")


@shows(SERVER, "DL-303", "DL-506", "DL-508")
async def a_missing_field_is_named(t: Trial) -> None:
    """Thiếu trường bắt buộc thì bị từ chối và nêu tên trường."""
    fine = new(t, t.number())
    for name in ("MA_HOSO_DVC", "TEN_NGUOIYCAU", "DTHOAI", "SO_HSGT"):
        said = await say(t, NEW, without(fine, name))
        if answered(t, "DL-303", said, "missing_field", f"thiếu {name}"):
            why = f"thiếu {name}: câu trả lời không nêu tên trường"
            t.holds("DL-303", name in said.message, why)
    for name in ("SO_PHA", "DCHI_NGUOIYCAU"):
        said = await say(t, NEW, without(fine, name))
        answered(t, "DL-506", said, "missing_field", f"cấp điện mới thiếu {name}")
    change = without(
        other(
            t,
            t.number(),
            "kind_name",
            TEN_KHANG="Trần Thị Mẫu",
            SO_DINHDANH="096090000098",
            LOAI_DINHDANH="CCCD",
        ),
        "MA_KHANG",
    )
    said = await say(t, NEW, change)
    answered(t, "DL-506", said, "missing_field", "đổi tên thiếu MA_KHANG")
    said = await say(t, NEW, without(fine, "SO_DINHDANH", "LOAI_DINHDANH"))
    answered(t, "DL-508", said, "missing_field", "không có SO_DINHDANH lẫn MST")


@shows(SERVER, "DL-507", "DL-509", "DL-514")
async def what_a_kind_must_not_have_is_refused(t: Trial) -> None:
    """Trường mà loại yêu cầu không được có, loại lạ, và thứ tự báo lỗi."""
    fine = new(t, t.number())
    said = await say(t, NEW, {**fine, "MA_KHANG": t.code("customer")})
    answered(t, "DL-507", said, "wrong_type", "cấp điện mới có MA_KHANG")
    said = await say(t, NEW, {**fine, "NGAY_NGUNG_TU": "01/04/2026"})
    answered(t, "DL-507", said, "wrong_type", "cấp điện mới có NGAY_NGUNG_TU")
    said = await say(t, NEW, {**fine, "MA_LOAI_YCAU": "LOAI_LA_99"})
    answered(t, "DL-509", said, "unknown_kind", "loại yêu cầu lạ")
    both = without({**fine, "SO_PHA": 1}, "DTHOAI")
    said = await say(t, NEW, both)
    answered(t, "DL-514", said, "missing_field", "vừa thiếu trường vừa sai kiểu")


@shows(SERVER, "DL-305")
async def what_is_no_json_is_called_so(t: Trial) -> None:
    """Nội dung không phải JSON, bị cắt, không phải đối tượng hay không phải UTF-8."""
    whole = body(new(t, t.number()))
    for content, what in (
        (b"khong phai json", "chữ thường"),
        (whole[: len(whole) // 2], "JSON bị cắt"),
        (b"[" + whole + b"]", "một danh sách"),
        (whole.decode().encode("utf-16"), "UTF-16"),
    ):
        said = read(t, NEW, await t.post(f"/{NEW}", content))
        answered(t, "DL-305", said, "malformed", what)


@shows(SERVER, "DL-306")
async def a_call_that_is_too_large_is_refused(t: Trial) -> None:
    """Lời gọi lớn hơn 16 MiB: 413."""
    fine = new(t, t.number(), NOI_DUNG_YCAU="a" * (16 * MIB))
    said = read(t, NEW, await t.post(f"/{NEW}", body(fine), blame="DL-306"))
    answered(t, "DL-306", said, "too_large", "lời gọi lớn hơn 16 MiB")


@shows(SERVER, "DL-401", "DL-403", "DL-404", "DL-515")
async def a_dossier_is_one_request(t: Trial) -> None:
    """Gửi lại y nguyên là bản trùng; nội dung khác bị từ chối; bản đến trước giữ nguyên."""
    request = new(t, t.number())
    first = await taken(t, request)
    same = await say(t, NEW, request)
    answered(t, "DL-401", same, "already_there", "gửi lại y nguyên")
    why = "gửi lại y nguyên: MA_YCAU_KNAI khác số đã cấp"
    t.holds("DL-401", same.name not in TAKEN or same.number == first.number, why)
    another_id = {**request, "MA_GIAODICH": t.identifier()}
    said = await say(t, NEW, another_id)
    answered(t, "DL-401", said, "already_there", "gửi lại với MA_GIAODICH khác")
    said = await say(t, NEW, {**request, "SO_PHA": "3"})
    answered(t, "DL-403", said, "contradiction", "cùng hồ sơ, SO_PHA khác")
    moved = {**request, "MA_DVIQLY": t.code("unit_elsewhere")}
    said = await say(t, NEW, moved)
    answered(t, "DL-515", said, "contradiction", "cùng hồ sơ, đơn vị không quản lý")
    if same.name == "already_there":
        said = await say(t, NEW, request)
        stands = said.name == "already_there" and said.number == first.number
        t.holds(
            "DL-404", stands, f"bản đầu gửi lại sau khi gửi nội dung khác: {said.shown}"
        )


@shows(SERVER, "DL-402")
async def two_copies_at_once_are_one_request(t: Trial) -> None:
    """Hai bản trùng đến cùng lúc có cùng MA_YCAU_KNAI."""
    request = new(t, t.number())
    one, two = await asyncio.gather(say(t, NEW, request), say(t, NEW, request))
    both = one.name in TAKEN and two.name in TAKEN
    why = f"hai bản trùng cùng lúc: {one.shown}; {two.shown}"
    if t.holds("DL-402", both, why):
        same = one.number == two.number
        t.holds("DL-402", same, "hai bản trùng cùng lúc có hai MA_YCAU_KNAI")


@shows(SERVER, "DL-406")
async def numbers_are_compared_by_character(t: Trial) -> None:
    """Mã hồ sơ viết khác chữ hoa, chữ thường là hồ sơ khác."""
    number = str((await handed_over(t)).content["MA_HOSO_DVC"])
    if number.swapcase() == number:
        raise NotTried("mã hồ sơ của preset không có chữ cái")
    said = await say(t, PROGRESS, envelope(t, number.swapcase()))
    t.holds("DL-406", said.name in UNKNOWN, f"tra cứu mã viết khác: {said.shown}")


@shows(SERVER, "DL-502", "DL-503", "DL-504", "DL-505")
async def every_kind_is_taken_with_what_it_needs(t: Trial) -> None:
    """Bốn loại yêu cầu còn lại chỉ có trường bắt buộc được nhận."""
    stop = f"{t.now():%d/%m/%Y}"
    person = {"SO_DINHDANH": "096090000098", "LOAI_DINHDANH": "CCCD"}
    kinds: list[tuple[str, str, dict[str, str]]] = [
        ("DL-502", "kind_power", {"SO_PHA": "3", "CSUAT_DKY": "7.5"}),
        ("DL-503", "kind_name", {"TEN_KHANG": "Trần Thị Mẫu", **person}),
        ("DL-504", "kind_move", {"NOI_DUNG_YCAU": "Dời công tơ ra ngoài tường"}),
        ("DL-505", "kind_stop", {"NGAY_NGUNG_TU": stop}),
    ]
    for cited, kind, more in kinds:
        said = await say(t, NEW, other(t, t.number(), kind, **more))
        hint = HINT if said.name == "customer_unknown" else ""
        why = f"{t.code(kind)}: {said.shown}{hint}"
        t.holds(cited, said.name in TAKEN, why)


@shows(SERVER, "DL-510", "DL-511")
async def strange_units_and_customers_are_named(t: Trial) -> None:
    """Đơn vị không quản lý khu vực và khách hàng không có được trả lời đúng câu."""
    elsewhere = {**new(t, t.number()), "MA_DVIQLY": t.code("unit_elsewhere")}
    said = await say(t, NEW, elsewhere)
    answered(t, "DL-510", said, "wrong_unit", "đơn vị không quản lý khu vực")
    strange = other(t, t.number(), "kind_move", NOI_DUNG_YCAU="Dời công tơ")
    said = await say(t, NEW, {**strange, "MA_KHANG": t.code("customer_unknown")})
    answered(t, "DL-511", said, "customer_unknown", "khách hàng không có")
