"""Reason and next action of what goes wrong on the way, before an agency has a word in it."""

from __future__ import annotations

_REPEAT_SAFELY = (
    "Bấm «Gửi lại»: hệ thống của cơ quan nhận ra bản trùng, không thành hai hồ sơ."
    " Nếu vẫn không được, gọi cơ quan nhận rồi ghi lại câu trả lời."
)
_AGAIN = "Cổng tự gửi lại; nếu kéo dài, gọi đầu mối kỹ thuật của cơ quan."
_PLATFORM_AGAIN = (
    "Cổng tự gửi lại; nếu kéo dài, gọi đơn vị vận hành nền tảng chia sẻ dữ liệu."
)
_TRY_ANEW = (
    "sửa secrets.json, khởi động lại cổng rồi bấm «Gửi lại»;"
    " khóa không đổi thì chờ 15 phút rồi hãy bấm."
)
_ASKS_AGENCY = "Cổng hỏi lại cơ quan nhận trước khi gửi lại; không gửi tay."
#: Code → reason and next action; part of ``words.WORDS``.
WAY_WORDS: dict[str, tuple[str, str]] = {
    # As the counter reads it, who has to act: agencies' own words are the operator's.
    "contradiction": (
        "Cơ quan đã có hồ sơ này với nội dung khác và giữ bản đã nhận",
        (
            "Gọi cơ quan thống nhất: một cửa gửi bản sửa đúng nội dung cơ quan đang giữ,"
            " hoặc rút hồ sơ để nộp lại."
        ),
    ),
    "clock_wrong": (
        "Giờ của máy chạy cổng đang sai nên không ký được thông điệp; chưa gửi gì đi",
        "Quản trị sửa giờ của máy; giờ đúng lại thì cổng tự gửi.",
    ),
    "restored": (
        "Kho vừa được khôi phục từ bản sao lưu: thông điệp có thể đã gửi trước đó",
        "Cổng tự hỏi cơ quan trước khi gửi; nơi không hỏi được thì cán bộ quyết định.",
    ),
    "twin_unknown": (
        (
            "Kho được khôi phục từ bản sao lưu: trước đó có thể đã gửi một thông điệp như"
            " thế này dưới mã khác, và không có cách hỏi tự động"
        ),
        (
            "Gọi cơ quan nhận: nếu đã nhận, bấm «Cơ quan đã nhận»; nếu chưa, bấm"
            " «Cơ quan chưa nhận». Gửi lại khi cơ quan đã nhận có thể thành hai hồ sơ."
        ),
    ),
    "session_unavailable": (
        "Không đăng nhập được hệ thống của cơ quan nhận; chưa gửi gì đi",
        _AGAIN,
    ),
    "session_unreadable": (
        "Trang đăng nhập của cơ quan nhận trả lời khác tài liệu kết nối; chưa gửi gì đi",
        _AGAIN,
    ),
    "login_refused": (
        "Tài khoản hoặc mật khẩu của cổng bị hệ thống của cơ quan nhận từ chối",
        f"Quản trị hỏi cơ quan, {_TRY_ANEW}",
    ),
    "file_too_large": (
        "Tệp kết quả lớn hơn mức cổng nhận qua đường dẫn",
        "Đề nghị cơ quan gửi lại tệp nhỏ hơn, hoặc nhận tệp bằng cách khác rồi tải lên.",
    ),
    "file_infected": (
        "Tệp của cơ quan có mã độc: cổng không nhận, đã cách ly",
        "Báo cơ quan gửi: quét máy của mình, lập lại tệp sạch từ bản gốc rồi gửi lại.",
    ),
    "file_unscannable": (
        "Phần mềm diệt mã độc không xem được hết tệp của cơ quan (nén quá sâu, có mật khẩu)",
        "Đề nghị cơ quan gửi lại tệp không nén, không đặt mật khẩu.",
    ),
    "file_type_not_allowed": (
        "Nội dung tệp của cơ quan không thuộc loại được nhận, dù tên tệp thế nào",
        (
            "Đề nghị cơ quan gửi lại bằng PDF hoặc ảnh; cần nhận loại này thì quản trị thêm"
            " vào allowed_types."
        ),
    ),
    "report_unforeseen": (
        "Cổng chưa ghi nhận được phản hồi này",
        "Báo bộ phận kỹ thuật của cổng liên thông; nội dung còn giữ nguyên ở đây.",
    ),
    # Of the connection itself: nothing has left.
    "agency_certificate_expired": (
        "Chứng thư máy chủ của cơ quan đã hết hạn; chưa gửi gì đi",
        "Gọi đầu mối kỹ thuật của cơ quan để thay chứng thư; thay xong cổng tự gửi lại.",
    ),
    "agency_certificate_not_yet": (
        "Chứng thư máy chủ của cơ quan chưa đến ngày có hiệu lực; chưa gửi gì đi",
        (
            "Quản trị xem đồng hồ của máy chạy cổng; giờ đúng thì gọi đầu mối kỹ thuật của cơ quan."
            " Cổng tự gửi lại."
        ),
    ),
    "agency_certificate_of_another": (
        "Chứng thư máy chủ không mang tên của địa chỉ đã khai; chưa gửi gì đi",
        "Quản trị đối chiếu địa chỉ đã khai với đầu mối kỹ thuật của cơ quan. Cổng tự gửi lại.",
    ),
    "agency_certificate_untrusted": (
        "Chứng thư máy chủ của cơ quan không do nơi cấp mà cổng tin; chưa gửi gì đi",
        (
            "Quản trị hỏi cơ quan nơi cấp chứng thư rồi khai [office.tls] authorities. Cổng tự gửi"
            " lại."
        ),
    ),
    "agency_tls_failed": (
        "Không lập được kết nối TLS với hệ thống của cơ quan; chưa gửi gì đi",
        (
            "Cổng tự gửi lại; kéo dài thì hỏi đầu mối kỹ thuật của cơ quan: cổng cần TLS 1.2 trở"
            " lên, và phải trình chứng thư ([office.tls] certificate) nếu cơ quan đòi."
        ),
    ),
    "tls_files_wrong": (
        "Tệp chứng thư khai ở mục tls của đơn vị hoặc nền tảng không có hoặc không dùng được",
        "Quản trị đặt đúng tệp vào thư mục khóa rồi bấm «Gửi lại».",
    ),
    # Between the gateway and an agency: whose fault it is are the platform's operators.
    "platform_unreachable": (
        "Không kết nối được nền tảng chia sẻ dữ liệu; chưa gửi gì đi",
        _PLATFORM_AGAIN,
    ),
    "platform_session_unavailable": (
        "Nền tảng chia sẻ dữ liệu không cấp được mã truy cập; chưa gửi gì đi",
        _PLATFORM_AGAIN,
    ),
    "platform_session_unreadable": (
        "Nơi cấp mã truy cập của nền tảng trả lời khác tài liệu kết nối; chưa gửi gì đi",
        _PLATFORM_AGAIN,
    ),
    "platform_login_refused": (
        "Nền tảng chia sẻ dữ liệu từ chối tài khoản hoặc mật khẩu của cổng",
        f"Quản trị hỏi đơn vị vận hành nền tảng, {_TRY_ANEW}",
    ),
    "platform_secret_missing": (
        "secrets.json thiếu khóa của nền tảng chia sẻ dữ liệu",
        "Quản trị bổ sung khóa ghi trong platforms.toml, khởi động lại cổng rồi bấm «Gửi lại».",
    ),
    "platform_unknown": (
        "Nền tảng chia sẻ dữ liệu của đơn vị chưa được khai báo đúng",
        "Quản trị sửa platforms.toml và [office.platform] của đơn vị rồi bấm «Gửi lại».",
    ),
    "platform_token_refused": (
        "Nền tảng chia sẻ dữ liệu không nhận cả mã truy cập vừa cấp; cơ quan chưa nhận gì",
        _PLATFORM_AGAIN,
    ),
    "platform_settings": (
        "Nền tảng chia sẻ dữ liệu báo lời gọi thiếu mã truy cập hoặc mã đơn vị nhận",
        "Quản trị kiểm tra [office.platform] cùng đơn vị vận hành nền tảng rồi bấm «Gửi lại».",
    ),
    "platform_forbidden": (
        "Nền tảng chia sẻ dữ liệu chưa cho cổng gọi dịch vụ của cơ quan này",
        "Quản trị đề nghị đơn vị vận hành nền tảng cấp quyền, rồi bấm «Gửi lại».",
    ),
    "platform_service_unknown": (
        "Nền tảng chia sẻ dữ liệu không có dịch vụ hoặc đường dẫn đã gọi",
        "Quản trị đối chiếu prefix của đơn vị với đơn vị vận hành nền tảng, sửa rồi bấm «Gửi lại».",
    ),
    "platform_destination_unknown": (
        "Nền tảng chia sẻ dữ liệu không có đơn vị nhận mang mã dstcode đã khai",
        "Quản trị đối chiếu dstcode với đơn vị vận hành nền tảng, sửa rồi bấm «Gửi lại».",
    ),
    "platform_barred": (
        "Đơn vị vận hành nền tảng đã chặn cổng",
        "Quản trị hỏi đơn vị vận hành nền tảng vì sao chặn; gỡ chặn rồi thì bấm «Gửi lại».",
    ),
    "platform_drops_token": (
        "Hệ thống của cơ quan cần mã phiên riêng mà nền tảng không cho đi qua",
        "Quản trị đề nghị mở một tiêu đề cho mã phiên và ghi authorization_as, rồi bấm «Gửi lại».",
    ),
    "platform_too_large": (
        "Hồ sơ cùng tệp đính kèm vượt dung lượng mà nền tảng chia sẻ dữ liệu nhận",
        "Một cửa quét lại tệp với dung lượng nhỏ hơn rồi gửi bản sửa.",
    ),
    "platform_busy": (
        "Nền tảng chia sẻ dữ liệu yêu cầu gửi chậm lại; cơ quan chưa nhận gì",
        _PLATFORM_AGAIN,
    ),
    "platform_service_closed": (
        "Nền tảng chia sẻ dữ liệu đang tạm đóng dịch vụ của cơ quan; cơ quan chưa nhận gì",
        _PLATFORM_AGAIN,
    ),
    "platform_in_trouble": (
        "Nền tảng chia sẻ dữ liệu đang có sự cố; cơ quan chưa nhận gì",
        _PLATFORM_AGAIN,
    ),
    "platform_agency_unreachable": (
        "Nền tảng chia sẻ dữ liệu không nối được hệ thống của cơ quan; cơ quan chưa nhận gì",
        "Cổng tự gửi lại; nếu kéo dài, gọi đầu mối kỹ thuật của cơ quan và đơn vị vận hành nền tảng.",
    ),
    "platform_no_answer": (
        "Nền tảng chia sẻ dữ liệu không nhận được câu trả lời của cơ quan",
        _ASKS_AGENCY,
    ),
    "platform_broke_off": (
        "Đường truyền từ nền tảng chia sẻ dữ liệu đến cơ quan bị đứt giữa chừng",
        _ASKS_AGENCY,
    ),
    "platform_fault": (
        "Nền tảng chia sẻ dữ liệu báo lỗi không có trong tài liệu",
        _ASKS_AGENCY,
    ),
}

#: Of a platform in between.
PLATFORM_WORDS = frozenset(code for code in WAY_WORDS if code.startswith("platform_"))


def whom_to_call(code: str | None) -> str:
    """What is left to do once the gateway has given up trying for this reason."""
    if code == "platform_agency_unreachable":
        return (
            "Gọi đầu mối kỹ thuật của cơ quan và đơn vị vận hành nền tảng chia sẻ dữ liệu;"
            " khi kết nối thông thì bấm «Gửi lại»."
        )
    if code is not None and code.startswith("platform_"):
        return (
            "Gọi đơn vị vận hành nền tảng chia sẻ dữ liệu; khi thông thì bấm «Gửi lại»."
        )
    return "Gọi đầu mối kỹ thuật của cơ quan; khi kết nối thông thì bấm «Gửi lại»."


def repeated(remedy: str) -> str:
    """What to do with a message of unknown fate that its agency would recognise.

    Where a correction is wanted, the same would be answered alike.
    """
    if "bản sửa" in remedy:
        return f"Bấm «Hủy lượt gửi» để sửa được hồ sơ. {remedy}"
    return _REPEAT_SAFELY
