"""What may be wrong with a number, in the words of people; nothing here stops a dossier."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Doubt:
    """What is odd, and what to look at."""

    reason: str
    remedy: str


_LOOK = "Đối chiếu với giấy tờ; nếu sai, gửi bản sửa. Nếu đúng, không cần làm gì."
_DOUBTS: dict[str, str] = {
    "number_form_unknown": "Mã hồ sơ không theo cấu trúc mã đơn vị-YYMMDD-số thứ tự",
    "number_too_long": "Mã hồ sơ dài quá 50 ký tự",
    "number_day_impossible": "Phần ngày trong mã hồ sơ không phải là ngày có thật",
    "number_day_in_future": "Phần ngày trong mã hồ sơ nằm ở tương lai",
    "procedure_code_local": "Mã thủ tục không có phần mã quốc gia (dạng 1.001234)",
    "procedure_codes_several": "Trong mã thủ tục có nhiều mã quốc gia khác nhau",
    "agency_too_long": "Mã định danh của cơ quan dài quá 35 ký tự",
    "agency_form_unknown": "Mã định danh của cơ quan không theo cấu trúc đã biết",
    "agency_order_unclear": "Mã định danh của cơ quan đọc được theo cả hai chiều",
    "personal_number_length": "Số định danh không có 12 số, số CMND không có 9 số",
    "personal_number_lost_zero": "Số định danh hoặc CMND thiếu một số: có thể bảng"
    " tính đã bỏ mất số 0 ở đầu",
    "personal_number_form": "Số giấy tờ không phải CCCD, CMND hay hộ chiếu",
    "number_stands_in": "Số giấy tờ là số điền cho có, không phải số thật",
    "number_says_none": "Ô số giấy tờ ghi là không có: nên bỏ trống",
    "identity_kind_differs": "Loại giấy tờ đã chọn không khớp với số giấy tờ",
    "birth_year_differs": "Năm sinh khác với năm ghi trong số định danh cá nhân",
    "sex_differs": "Giới tính khác với giới tính ghi trong số định danh cá nhân",
    "phone_form": "Số điện thoại không đúng dạng số di động hay cố định",
    "phone_old": "Số di động 11 số của trước năm 2018 không còn gọi được",
    "phone_stands_in": "Ô điện thoại ghi là không có: nên bỏ trống",
    "phone_several": "Ô điện thoại ghi nhiều số",
    "tax_code_form": "Mã số thuế không có 10, 13 hoặc 12 số",
    "tax_code_check_digit": "Chữ số kiểm tra của mã số thuế không khớp",
    "tax_code_branch_zero": "Ba số cuối của mã số thuế đơn vị phụ thuộc là 000",
    "serial_form": "Số phát hành Giấy chứng nhận không phải hai chữ và 6 hoặc 8 số",
    "serial_glued": "Số phát hành Giấy chứng nhận dính với chữ khác",
    "serial_stands_in": "Ô số phát hành ghi là chưa có giấy: nên bỏ trống",
    "electricity_customer_form": "Mã khách hàng điện không phải hai chữ và 11 số",
    "customer_stands_in": "Ô mã khách hàng ghi là không có: nên bỏ trống",
    "day_unreadable": "Không đọc được ngày",
    "day_impossible": "Ngày không có thật",
    "day_in_future": "Ngày nằm ở tương lai",
}
WARNINGS: dict[str, Doubt] = {
    code: Doubt(reason, _LOOK) for code, reason in _DOUBTS.items()
} | {
    "text_converted": Doubt(
        "Chữ gõ bằng bảng mã cũ, cổng đã đổi sang Unicode",
        "Đối chiếu họ tên, địa chỉ với bản gốc ở trang hồ sơ; nếu sai, gửi bản sửa"
        ' gõ bằng Unicode và ghi "encoding": "Unicode".',
    ),
    "text_unclear": Doubt(
        "Chữ có vẻ gõ bằng bảng mã cũ, không rõ bảng mã nào, cổng để nguyên",
        "Đọc lại; nếu sai, báo lại cơ quan nhận bằng chữ gõ Unicode.",
    ),
}
