"""What BTP does with dossiers that are pushed, by its interface document."""

from __future__ import annotations

import asyncio
import unicodedata
from typing import Any

from gateway.adapters.civil_registry.conformance_btp_calls import (
    PUSH,
    SINGLE,
    TAKEN,
    Said,
    answered,
    call,
    fields,
    handed_over,
    heads,
    linked,
    paper,
    read,
    say,
    single,
)
from gateway.adapters.civil_registry.conformance_calls import (
    LIMIT,
    VIETNAM,
    body,
    folded,
    without,
)
from gateway.conforming import Role, Trial, shows

SERVER = Role.SERVER
#: What a value would show that a refusal repeats.
TELLTALE = "GIATRIDELO"


@shows(SERVER, "HT-240", "HT-801", "HT-809", "HT-501", "HT-502")
async def a_linked_dossier_is_taken(t: Trial) -> None:
    """Khai sinh, khai tử liên thông chỉ có trường bắt buộc được nhận."""
    for module, cited in (("LTKS", "HT-501"), ("LTKT", "HT-502")):
        said = await say(t, PUSH, linked(t, t.number(), module))
        answered(t, "HT-801", said, "accepted", module)
        t.holds(cited, said.name in TAKEN, f"{module}: {said.shown}")
        readable = said.answer.status == 200 and said.answer.content is not None
        why = f"{PUSH}: HTTP {said.answer.status}, hoặc không phải JSON"
        t.holds("HT-240", readable, why)
        wrong = t.wrong("btp-reply", said.content)
        t.holds("HT-809", not wrong and said.name, f"{PUSH}: {said.shown} {wrong}")


@shows(SERVER, "HT-241")
async def a_wrong_account_takes_nothing(t: Trial) -> None:
    """Thiếu hoặc sai tài khoản: 401 rỗng; sau đó hồ sơ vẫn là hồ sơ mới."""
    request = linked(t, t.number())
    wrong = heads(t, password="sai-mat-khau")  # noqa: S106  a wrong one
    for given in (wrong, {"Content-Type": wrong["Content-Type"]}):
        answer = await t.post(f"/{PUSH}", body(request), headers=given)
        refused = answer.status == 401 and not answer.body
        why = f"sai hoặc thiếu tài khoản: HTTP {answer.status}, {len(answer.body)} byte"
        t.holds("HT-241", refused, why)
    said = await say(t, PUSH, request)
    why = f"hồ sơ gửi với tài khoản sai đã được nhận ({said.shown})"
    t.holds("HT-241", said.name != "already_there", why)


@shows(SERVER, "HT-242")
async def a_call_that_is_too_large_is_refused(t: Trial) -> None:
    """Lời gọi lớn hơn 64 MiB: 413."""
    request = {**linked(t, t.number()), "data": "a" * LIMIT}
    said = await call(t, PUSH, body(request), blame="HT-242")
    t.holds("HT-242", said.answer.status == 413, f"hơn 64 MiB: {said.shown}")


@shows(SERVER, "HT-401", "HT-804")
async def numbers_are_compared_by_character(t: Trial) -> None:
    """Mã viết khác chữ hoa, chữ thường, hoặc module khác, là hồ sơ khác."""
    number = await handed_over(t)
    said = await say(t, PUSH, linked(t, number.swapcase()))
    why = f"mã viết khác chữ: {said.shown}"
    t.holds("HT-401", number == number.swapcase() or said.name == "accepted", why)
    said = await say(t, PUSH, linked(t, number, "LTKT"))
    answered(t, "HT-804", said, "accepted", "cùng mã, module khác")


@shows(SERVER, "HT-402", "HT-403", "HT-508")
async def a_value_of_another_form_is_a_wrong_field(t: Trial) -> None:
    """Ngày sai định dạng và mã lạ bị từ chối."""
    now, number = t.now().astimezone(VIETNAM), t.number()
    fine = {**linked(t, number), "ngayTiepNhan": f"{now:%Y-%m-%d}"}
    said = await say(t, PUSH, fine)
    answered(t, "HT-402", said, "fields_wrong", "ngayTiepNhan kiểu yyyy-MM-dd")
    fine = {**single(t, t.number()), "ngayTiepNhan": f"{now:%d/%m/%Y %H:%M:%S}"}
    said = await say(t, SINGLE, fine)
    answered(t, "HT-402", said, "fields_wrong", "dangKyHoTich có giờ ở ngayTiepNhan")
    wrong: list[tuple[str, str, dict[str, Any]]] = [
        ("HT-403", "LTKS", {"nksNgaySinh": "02/03/2026"}),
        ("HT-403", "LTKS", {"nksNgaySinh": "2026"}),
        ("HT-403", "LTKS", {"maGCS": "GCS-1", "ngayCapGCS": "03.03.2026"}),
        ("HT-403", "LTKT", {"nktNgayChet": "2026"}),
        ("HT-403", "LTKT", {"nktGioPhutChet": "25:10"}),
        ("HT-508", "LTKS", {"nksGioiTinh": "7"}),
        ("HT-508", "LTKS", {"nycLoaiGiayToTuyThan": "5"}),
        ("HT-508", "LTKT", {"loaiDangKy": "9"}),
    ]
    for cited, module, changed in wrong:
        inside = fields(t, module, **changed)
        said = await say(t, PUSH, linked(t, t.number(), module, inside))
        answered(t, cited, said, "fields_wrong", f"{', '.join(changed)} sai khuôn")


@shows(SERVER, "HT-404", "HT-507")
async def what_is_known_of_a_person_is_taken_as_it_is(t: Trial) -> None:
    """Chỉ biết tháng, năm sinh; chữ tách dấu; tên viết hoa."""
    for module, name, value in (
        ("LTKS", "meNgaySinh", "1998"),
        ("LTKS", "chaNgaySinh", "11.1995"),
        ("LTKT", "nktNgaySinh", "1941"),
    ):
        inside = fields(t, module, **{name: value})
        said = await say(t, PUSH, linked(t, t.number(), module, inside))
        t.holds("HT-404", said.name in TAKEN, f"{name} không đủ ngày: {said.shown}")
    name = str(fields(t, "LTKS")["nksHoTen"])
    for what, value in (
        ("tách dấu", unicodedata.normalize("NFD", name)),
        ("viết hoa", name.upper()),
    ):
        inside = fields(t, "LTKS", nksHoTen=value)
        said = await say(t, PUSH, linked(t, t.number(), "LTKS", inside))
        t.holds("HT-507", said.name in TAKEN, f"tên {what}: {said.shown}")


@shows(SERVER, "HT-503", "HT-504")
async def a_missing_field_is_refused(t: Trial) -> None:
    """Thiếu một trường bắt buộc thì bị từ chối."""
    for module, cited in (("LTKS", "HT-503"), ("LTKT", "HT-504")):
        fine = fields(t, module)
        for name in without(fine, "meHoTen"):
            request = linked(t, t.number(), module, without(fine, name))
            said = await say(t, PUSH, request)
            answered(t, cited, said, "fields_wrong", f"{module} thiếu {name}")


@shows(SERVER, "HT-505", "HT-506")
async def some_fields_are_needed_with_others(t: Trial) -> None:
    """meHoTen, ngayCapGCS, ngayCapGBT bắt buộc tùy trường khác."""
    birth = fields(t, "LTKS")
    said = await say(t, PUSH, linked(t, t.number(), "LTKS", without(birth, "meHoTen")))
    answered(t, "HT-505", said, "fields_wrong", "khai sinh thông thường thiếu meHoTen")
    found = {**without(birth, "meHoTen"), "nksLoaiKhaiSinh": "2"}
    said = await say(t, PUSH, linked(t, t.number(), "LTKS", found))
    t.holds("HT-505", said.name in TAKEN, f"trẻ bị bỏ rơi: {said.shown}")
    paperless = {**birth, "maGCS": "GCS-THU-1"}
    said = await say(t, PUSH, linked(t, t.number(), "LTKS", paperless))
    answered(t, "HT-505", said, "fields_wrong", "có maGCS, thiếu ngayCapGCS")
    for name in ("maGBT", "gbtSo"):
        inside = fields(t, "LTKT", **{name: "01-THU"})
        said = await say(t, PUSH, linked(t, t.number(), "LTKT", inside))
        answered(t, "HT-506", said, "fields_wrong", f"có {name}, thiếu ngayCapGBT")


@shows(SERVER, "HT-802", "HT-803", "HT-807", "HT-808")
async def a_push_is_looked_at_in_order(t: Trial) -> None:
    """Phong bì, đơn vị, đã đến chưa, dữ liệu, tệp: lỗi đứng trước được trả lời."""
    number, elsewhere = await handed_over(t), int(t.code("unit_unknown"))
    fine, unreadable = linked(t, t.number()), {"data": "không phải JSON"}
    said = await say(t, PUSH, {**fine, "maDonVi": elsewhere})
    answered(t, "HT-807", said, "unit_unknown", "đơn vị không khai báo")
    said = await say(t, PUSH, {**fine, "maDonVi": elsewhere, "ngayTiepNhan": "x"})
    answered(t, "HT-802", said, "fields_wrong", "phong bì sai, đơn vị lạ")
    said = await say(t, PUSH, {**fine, "maDonVi": elsewhere, **unreadable})
    answered(t, "HT-802", said, "unit_unknown", "đơn vị lạ, data không đọc được")
    said = await say(t, PUSH, {**linked(t, number), **unreadable})
    answered(t, "HT-802", said, "already_there", "hồ sơ đã đến, data không đọc được")
    broken = {**paper(t), "duLieuTepDinhKem": "%PDF không phải base64"}
    inside = without(fields(t, "LTKS"), "nksHoTen")
    request = {**linked(t, t.number(), "LTKS", inside), "fileDinhKem": [broken]}
    said = await say(t, PUSH, request)
    answered(t, "HT-802", said, "fields_wrong", "data thiếu trường, tệp hỏng")
    said = await say(t, PUSH, {**fine, **unreadable})
    answered(t, "HT-808", said, "unreadable", "data không phải JSON")
    said = await say(t, PUSH, {**fine, "fileDinhKem": [broken]})
    answered(t, "HT-808", said, "unreadable", "tệp không phải base64")
    said = await say(t, PUSH, {**fine, "module": "LTXX"})
    answered(t, "HT-808", said, "unreadable", "module lạ")
    whole = body(fine)
    for raw, what in ((whole[: len(whole) // 2], "JSON bị cắt"), (b"thu", "chữ")):
        answered(t, "HT-808", await call(t, PUSH, raw), "unreadable", what)
    for what, again in (
        ("y nguyên", linked(t, number)),
        ("nội dung khác", linked(t, number, "LTKS", fields(t, "LTKS", meHoTen="Khác"))),
    ):
        said = await say(t, PUSH, again)
        answered(t, "HT-803", said, "already_there", f"gửi lại {what}")


@shows(SERVER, "HT-810", "HT-811", "HT-1201")
async def wrong_fields_are_named_glued_together(t: Trial) -> None:
    """Tên trường sai viết liền, theo thứ tự, không nêu giá trị; sửa rồi gửi lại được."""
    number = t.number()
    wrong = fields(t, "LTKS", nycSoGiayToTuyThan=TELLTALE * 9)
    inside = without(wrong, "nksHoTen", "nycHoTen")
    said = await say(t, PUSH, linked(t, number, "LTKS", inside))
    names = "nksHoTennycHoTennycSoGiayToTuyThan"
    _named(t, said, names)
    why = "câu trả lời nhắc lại giá trị của trường sai"
    shown = said.answer.body.decode("utf-8", "replace")
    t.holds("HT-1201", TELLTALE not in shown, why)
    said = await say(t, PUSH, linked(t, number))
    answered(t, "HT-811", said, "accepted", "đã sửa, cùng mã")
    envelope = without(linked(t, t.number()), "maHoSoMCDT", "fileDinhKem")
    _named(t, await say(t, PUSH, envelope), "maHoSoMCDTfileDinhKem")


def _named(t: Trial, said: Said, names: str) -> None:
    if answered(t, "HT-810", said, "fields_wrong", f"sai {names}"):
        after = folded(said.words).rpartition(":")[2].strip()
        why = f"tên các trường sau dấu hai chấm không phải {names}"
        t.holds("HT-810", after == folded(names), why)


@shows(SERVER, "HT-812")
async def two_copies_at_once_are_one_dossier(t: Trial) -> None:
    """Hai bản giống nhau đến cùng lúc: một accepted, một already_there."""
    request = linked(t, t.number())
    both = await asyncio.gather(say(t, PUSH, request), say(t, PUSH, request))
    names = sorted(one.name for one in both)
    why = f"hai bản cùng lúc: {both[0].shown}; {both[1].shown}"
    t.holds("HT-812", names == ["accepted", "already_there"], why)


@shows(SERVER, "HT-820", "HT-821", "HT-822", "HT-823")
async def a_single_registration_has_the_other_envelope(t: Trial) -> None:
    """dangKyHoTich: XML, không giấy tờ; gửi lại là bản trùng."""
    for module in ("KS", "KT"):
        request = single(t, t.number(), module)
        said = await say(t, SINGLE, request)
        answered(t, "HT-820", said, "accepted", f"dangKyHoTich {module}")
        said = await say(t, SINGLE, request)
        answered(t, "HT-821", said, "already_there", f"dangKyHoTich {module} gửi lại")
    fine = single(t, t.number())
    data = str(fine["data"])
    for what, other in (
        ("JSON", body(fields(t, "KS")).decode()),
        ("XML bị cắt", data[: len(data) // 2]),
        ("không có hoso", "<hotich><khac/></hotich>"),
        ("có DOCTYPE", f'<!DOCTYPE hotich [<!ENTITY v "x">]>{data}'),
    ):
        said = await say(t, SINGLE, {**fine, "data": other})
        answered(t, "HT-822", said, "unreadable", f"data là {what}")
    said = await say(t, SINGLE, {**fine, "fileDinhKem": [paper(t)]})
    answered(t, "HT-823", said, "fields_wrong", "có fileDinhKem")
    lacking = single(t, t.number(), "KS", without(fields(t, "KS"), "nksHoTen"))
    said = await say(t, SINGLE, lacking)
    answered(t, "HT-823", said, "fields_wrong", "thiếu nksHoTen")


@shows(SERVER, "HT-240", "HT-809")
async def every_operation_answers_what_it_reads(t: Trial) -> None:
    """Từ chối cũng là HTTP 200 và JSON."""
    for operation in (PUSH, SINGLE):
        said = read(
            t, operation, await t.post(f"/{operation}", b"{}", headers=heads(t))
        )
        t.holds("HT-240", said.answer.status == 200, f"{operation}: {said.shown}")
        t.holds("HT-809", said.name, f"{operation}, đối tượng rỗng: {said.shown}")
