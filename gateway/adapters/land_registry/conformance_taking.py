"""What either land system does with dossiers that are handed over to it."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from gateway.adapters.land_registry.conformance_calls import (
    CONTENT,
    DAYS,
    HAND_OVER,
    HANDED,
    SUPPLEMENT,
    WRONG,
    Content,
    Land,
    body,
    both,
    complaint,
    paper,
    supplement,
    unmarked,
    without,
)
from gateway.conforming import NotTried, Role

SERVER = Role.SERVER
MIB = 1024 * 1024
MOST_BYTES = 64 * MIB
MOST_TEXT = 50
#: Clocks of two machines may differ so much; the seven hours of Vietnam are more.
CLOCKS = timedelta(hours=1)
OBLIGATORY = (
    "LaQuyTrinhCapTinh",
    "TinhId",
    "HuyenId",
    "XaId",
    "SoBienNhan",
    "NguoiTiepNhan",
    "NgayHenTra",
    "ThongTinNguoiNopDon",
    "ThongTinQuyTrinh",
    "ThongTinThuaDat",
    "DanhSachGiayToDinhKem",
)


@both(SERVER, "201", "205", "301", "306", "901", "902")
async def a_dossier_is_taken(land: Land) -> None:
    """Hồ sơ chỉ có trường bắt buộc, và hồ sơ có đủ mọi trường, được nhận."""
    number = land.t.number()
    said = await land.say(HAND_OVER, land.hand_over(number))
    json_ = said.answer.content is not None
    land.holds("201", json_, f"giao hồ sơ: {said.shown}, không phải JSON")
    was_200 = said.answer.status == 200
    land.holds("205", was_200, f"giao hồ sơ: HTTP {said.answer.status}")
    wrong = land.t.wrong("reply", said.content)
    land.holds("301", not wrong, f"giao hồ sơ: sai khuôn ở {', '.join(wrong)}")
    if told := said.status.get("time"):
        at = unmarked(told)
        near = at is not None and abs(at - land.t.now()) < CLOCKS
        land.holds("306", near, "status.time không phải giờ UTC lúc trả lời")
    land.holds("901", said.name == "accepted", f"chỉ có trường bắt buộc: {said.shown}")
    said = await land.say(HAND_OVER, full(land))
    land.holds("902", said.name == "accepted", f"có đủ mọi trường: {said.shown}")


def full(land: Land) -> Content:
    """A dossier with every field that there is (§9.1)."""
    where = "Xã Mẫu, tỉnh Mẫu"
    return land.hand_over(
        land.t.number(),
        NgayTiepNhan=land.moment(),
        DiaChiTaiSan=where,
        ThongTinNguoiNopDon={
            "HoTen": "Nguyễn Văn Thử",
            "SoChungMinh": "096090000099",
            "DiaChiChiTiet": where,
            "SoDienThoai": "0900000099",
            "Email": "thu@example.vn",
        },
        ThongTinQuyTrinh={
            "MaQuyTrinh": land.t.code("case"),
            "TenQuyTrinh": "Trường hợp thử_Đăng ký biến động",
        },
        ThongTinThuaDat=[
            {
                "SoThuTuThua": "101",
                "SoHieuBanDo": "12",
                "DienTich": "120,5",
                "DiaChiChiTiet": where,
            }
        ],
        DanhSachGiayToDinhKem=[paper()],
    )


@both(SERVER, "206")
async def only_post_is_an_operation(land: Land) -> None:
    """GET và PUT không bao giờ được trả lời là đã nhận."""
    content = body(land.hand_over(land.t.number()))
    for method, sent in (("GET", b""), ("PUT", content)):
        said = await land.post(HAND_OVER, sent, method=method)
        why = f"{method} được trả lời như đã nhận"
        land.holds("206", said.name != "accepted", why)


@both(SERVER, "203", "204")
async def large_messages_have_a_limit(land: Land) -> None:
    """Thông điệp 20 MiB được nhận, lớn hơn 64 MiB thì 413."""
    large = paper(content=CONTENT + bytes(15 * MIB))
    message = land.hand_over(land.t.number(), DanhSachGiayToDinhKem=[large])
    said = await land.post(HAND_OVER, body(message), blame="204")
    land.holds("204", said.name == "accepted", f"thông điệp 20 MiB: {said.shown}")
    said = await land.post(HAND_OVER, b"{" + bytes(MOST_BYTES), blame="203")
    land.answered("203", said, "too_large", "thông điệp lớn hơn 64 MiB")


@both(SERVER, "205", "303", "309")
async def a_missing_field_is_named(land: Land) -> None:
    """Thiếu trường bắt buộc thì bị từ chối, nêu tên trường, và chưa nhận gì."""
    fine, seen = land.hand_over(land.t.number()), set[str]()
    for name in OBLIGATORY:
        said = await land.say(HAND_OVER, without(fine, name))
        seen.add(said.name)
        if land.answered("303", said, "missing_field", f"thiếu {name}"):
            why = f"thiếu {name}: câu trả lời không nêu tên trường"
            land.holds("303", name in said.message, why)
        was_200 = said.answer.status == 200
        land.holds("205", was_200, f"thiếu {name}: HTTP {said.answer.status}")
    for inside, value in (("HoTen", {}), ("MaQuyTrinh", {"TenQuyTrinh": "Thử"})):
        outer = "ThongTinNguoiNopDon" if inside == "HoTen" else "ThongTinQuyTrinh"
        said = await land.say(HAND_OVER, {**fine, outer: value})
        seen.add(said.name)
        land.answered("303", said, "missing_field", f"thiếu {outer}.{inside}")
    await _still_new(land, fine, seen, "sau các lần bị từ chối vì thiếu trường")


async def _still_new(land: Land, fine: Content, seen: set[str], when: str) -> None:
    """Whether refusals left nothing; ``seen``: what was answered to all of them."""
    if "accepted" in seen:
        return
    said = await land.say(HAND_OVER, fine)
    land.holds("309", said.name == "accepted", f"{when}, bản đúng: {said.shown}")


@both(SERVER, "205", "304", "309", "602", "904")
async def a_value_of_another_kind_is_refused(land: Land) -> None:
    """Giá trị sai kiểu bị từ chối, nêu tên trường, và chưa nhận gì."""
    fine, seen = land.hand_over(land.t.number()), set[str]()
    wrong: list[tuple[str, Content, str]] = [
        ("304", {"LaQuyTrinhCapTinh": "false"}, "LaQuyTrinhCapTinh"),
        ("304", {"ThongTinThuaDat": {}}, "ThongTinThuaDat"),
        ("304", {"ThongTinNguoiNopDon": "Nguyễn Văn Thử"}, "ThongTinNguoiNopDon"),
        ("304", {"NguoiTiepNhan": 1}, "NguoiTiepNhan"),
        ("304", {"DanhSachGiayToDinhKem": [paper(SoBanChinh="1")]}, "SoBanChinh"),
        ("602", {"NgayHenTra": "2026-02-31"}, "NgayHenTra"),
        ("602", {"NgayHenTra": "27/03/2026"}, "NgayHenTra"),
        ("904", {"ThongTinThuaDat": [{"DienTich": 120.5}]}, "DienTich"),
    ]
    for cited, more, name in wrong:
        said = await land.say(HAND_OVER, {**fine, **more})
        seen.add(said.name)
        if land.answered(cited, said, "wrong_type", f"{name} sai kiểu"):
            why = f"{name} sai kiểu: câu trả lời không nêu tên trường"
            land.holds("304", name in said.message, why)
        was_200 = said.answer.status == 200
        land.holds("205", was_200, f"{name} sai kiểu: HTTP {said.answer.status}")
    await _still_new(land, fine, seen, "sau các lần bị từ chối vì sai kiểu")


@both(SERVER, "305")
async def what_is_no_json_is_called_so(land: Land) -> None:
    """Nội dung không phải JSON, bị cắt, không phải đối tượng: 400."""
    whole = body(land.hand_over(land.t.number()))
    for content, what in (
        (b"khong phai json", "chữ thường"),
        (whole[: len(whole) // 2], "JSON bị cắt"),
        (b"[" + whole + b"]", "một danh sách"),
        (whole.decode().encode("utf-16"), "UTF-16"),
    ):
        said = await land.post(HAND_OVER, content)
        land.answered("305", said, "malformed", what)


@both(SERVER, "307", "309", "701", "702")
async def files_are_taken_or_refused(land: Land) -> None:
    """Tệp base64 được nhận, một giấy tờ nhiều tệp được nhận, tệp hỏng bị từ chối."""
    papers = [paper(), paper("Tờ khai"), paper("Tờ khai", SoBanChinh=0)]
    for cited, count in (("701", 1), ("702", 3)):
        message = land.hand_over(land.t.number(), DanhSachGiayToDinhKem=papers[:count])
        said = await land.say(HAND_OVER, message)
        land.holds(cited, said.name == "accepted", f"{count} tệp: {said.shown}")
    fine, seen = land.hand_over(land.t.number()), set[str]()
    for data in ("AAAAA", "không phải base64"):
        broken = paper(TapTin={"name": "hong.pdf", "data": data})
        said = await land.say(HAND_OVER, {**fine, "DanhSachGiayToDinhKem": [broken]})
        seen.add(said.name)
        land.answered("307", said, "unreadable_file", "tệp không phải base64")
    await _still_new(land, fine, seen, "sau khi tệp bị từ chối")


@both(SERVER, "309", "801", "802", "803")
async def what_must_exist_is_looked_up(land: Land) -> None:
    """Người tiếp nhận, trường hợp, địa bàn không có bị từ chối đúng câu."""
    fine, seen = land.hand_over(land.t.number()), set[str]()
    area = {**land.d.area(land.t)}
    area["XaId"] = type(area["XaId"])(land.t.code("commune_unknown"))
    wrong: list[tuple[str, Content, str]] = [
        ("801", {"NguoiTiepNhan": "nguoi.la.99"}, "unknown_receiver"),
        ("802", {"ThongTinQuyTrinh": {"MaQuyTrinh": "LA-99"}}, "unknown_case"),
        ("803", area, "unknown_area"),
    ]
    for cited, more, name in wrong:
        said = await land.say(HAND_OVER, {**fine, **more})
        seen.add(said.name)
        land.answered(cited, said, name, f"{max(more)} không có")
    await _still_new(land, fine, seen, "sau các lần bị từ chối vì mã không có")


@both(SERVER, "601", "903")
async def days_and_moments_are_taken(land: Land) -> None:
    """Ngày hẹn trả là ngày hoặc giờ +07:00; NgayTiepNhan có thể không có."""
    for cited, more, what in (
        ("601", {"NgayHenTra": land.day(DAYS)}, "ngày hẹn trả là ngày"),
        ("601", {"NgayHenTra": f"{land.day(DAYS)}T17:00:00+07:00"}, "là giờ +07:00"),
        ("903", {}, "không có NgayTiepNhan"),
        ("903", {"NgayTiepNhan": land.moment()}, "có NgayTiepNhan"),
    ):
        said = await land.say(HAND_OVER, land.hand_over(land.t.number(), **more))
        land.holds(cited, said.name == "accepted", f"{what}: {said.shown}")


@both(SERVER, "401", "402", "403", "405")
async def a_dossier_is_named_by_its_receipt(land: Land) -> None:
    """Số biên nhận khác mã hồ sơ, không có mã hồ sơ, dài 50 ký tự; so đúng từng ký tự."""
    number = land.t.number()
    receipt = f"BN/{number}"
    said = await land.say(HAND_OVER, land.hand_over(number, receipt))
    if land.holds("401", said.name == "accepted", f"số riêng: {said.shown}"):
        said = await land.say(SUPPLEMENT, supplement(receipt))
        land.answered("401", said, "not_waiting", "gọi theo SoBienNhan đã gửi")
    bare = without(land.hand_over(land.t.number()), "MaHoSoMotCua")
    said = await land.say(HAND_OVER, bare)
    land.holds("402", said.name == "accepted", f"không có MaHoSoMotCua: {said.shown}")
    number = land.t.number()
    message = land.hand_over(number, f"BN/{number}".ljust(MOST_TEXT, "x"))
    said = await land.say(HAND_OVER, message)
    land.holds("405", said.name == "accepted", f"số biên nhận 50 ký tự: {said.shown}")
    number = await land.taken()
    if number.swapcase() == number:
        raise NotTried("mã hồ sơ của preset không có chữ cái")
    said = await land.say(SUPPLEMENT, supplement(number.swapcase()))
    land.answered("403", said, "unknown_dossier", "số viết khác chữ hoa, thường")


@both(SERVER, "404", "511", "512", "518", "519")
async def a_repeated_hand_over_counts_once(land: Land) -> None:
    """Gửi lại, y nguyên hay đã đổi, là đã tồn tại; số của hồ sơ khác bị từ chối."""
    fine = land.hand_over(land.t.number())
    await land.must(HAND_OVER, fine)
    said = await land.say(HAND_OVER, fine)
    land.answered("511", said, "already_there", "gửi lại y nguyên")
    said = await land.say(HAND_OVER, {**fine, "DiaChiTaiSan": "Nơi khác"})
    land.answered("512", said, "already_there", "gửi lại với nội dung khác")
    said = await land.say(HAND_OVER, {**fine, "NguoiTiepNhan": "nguoi.la.99"})
    land.answered("518", said, "already_there", "gửi lại, người tiếp nhận không còn")
    said = await land.say(HAND_OVER, without(fine, "NgayHenTra"))
    land.answered("519", said, "missing_field", "gửi lại, thiếu trường")
    another = {**fine, "MaHoSoMotCua": land.t.number()}
    said = await land.say(HAND_OVER, another)
    land.answered("404", said, "number_of_another", "số biên nhận của hồ sơ khác")


@both(SERVER, "513")
async def two_copies_at_once_are_one_dossier(land: Land) -> None:
    """Hai bản trùng đến cùng lúc: một bản được nhận, bản kia là đã tồn tại."""
    fine = land.hand_over(land.t.number())
    both_ = await asyncio.gather(land.say(HAND_OVER, fine), land.say(HAND_OVER, fine))
    names = sorted(one.name for one in both_)
    why = f"hai bản trùng cùng lúc: {both_[0].shown}; {both_[1].shown}"
    land.holds("513", names == ["accepted", "already_there"], why)


@both(SERVER, "201", "301", "308", "514", "519", "312")
async def what_nobody_waits_for_is_not_taken(land: Land) -> None:
    """Hồ sơ không có; bổ sung khi không ai yêu cầu; trả kết quả khi chưa kết thúc."""
    number, strange = await land.taken(), land.t.number()
    calls: list[tuple[str, Any, str, str]] = [
        (SUPPLEMENT, supplement, "514", "not_waiting"),
        (HANDED, handed(land), "312", "no_result_yet"),
        (WRONG, complaint, "312", "no_result_yet"),
    ]
    for kind, message, cited, name in calls:
        said = await land.say(kind, message(number))
        operation = land.d.operations[kind]
        json_ = said.answer.content is not None
        land.holds("201", json_, f"{operation}: {said.shown}, không phải JSON")
        wrong = land.t.wrong("reply", said.content)
        land.holds("301", not wrong, f"{operation}: sai khuôn ở {', '.join(wrong)}")
        land.answered(cited, said, name, operation)
        said = await land.say(kind, message(strange))
        land.answered("308", said, "unknown_dossier", f"{operation} của hồ sơ chưa có")
        last = [one for one in message(strange) if one != "SoBienNhan"][-1]
        said = await land.say(kind, without(message(strange), last))
        what = f"{operation} của hồ sơ chưa có, thiếu {last}"
        land.answered("519", said, "missing_field", what)


def handed(land: Land) -> Any:
    """Makes messages that the result was handed to the citizen (§9.3)."""
    return lambda number: {"SoBienNhan": number, "NgayTra": land.day()}


@both(SERVER, "207")
async def calls_are_answered_in_time(land: Land) -> None:
    """Lời gọi được trả lời trong thời hạn."""
    await land.say(SUPPLEMENT, supplement(land.t.number()))
