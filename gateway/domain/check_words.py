"""One Vietnamese sentence for each step of a look at an office's line; pure.

A sentence says what was found; where something is wrong, also what is to be put right
and by whom. Secrets are in no fact, so they are in no sentence.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from gateway.domain.check import DAYS, Finding, Result, Step, Whose
from gateway.domain.values import dataclass

if TYPE_CHECKING:
    from gateway.domain.check import Check


@dataclass(frozen=True, slots=True)
class Told:
    """A step in words."""

    step: str
    result: str
    sentence: str
    whose: Whose


STEPS: Mapping[Step, str] = {
    Step.ENTRY: "Khai báo của đơn vị",
    Step.NAME: "Tên máy chủ (DNS)",
    Step.CONNECT: "Nối máy (TCP)",
    Step.TLS: "Chứng thư máy chủ (TLS)",
    Step.HOST_KEY: "Khóa của máy chủ SFTP",
    Step.SIGN_IN: "Đăng nhập",
    Step.CALL: "Gọi thử",
    Step.FOLDER: "Thư mục: đọc và ghi",
    Step.HEARD: "Đơn vị gọi đến",
    Step.CLOCK: "Đồng hồ hai bên",
}
RESULTS: Mapping[Result, str] = {
    Result.DONE: "được",
    Result.FAILED: "không được",
    Result.NONE: "không có bước này",
    Result.LEFT: "chưa thử",
}
WHOSE: Mapping[Whose, str] = {
    Whose.NOBODY: "",
    Whose.US: "quản trị của cổng",
    Whose.AGENCY: "đầu mối kỹ thuật của cơ quan",
    Whose.NETWORK: "bộ phận mạng",
    Whose.PLATFORM: "đơn vị vận hành nền tảng",
}

_RENEW = "Nhắc nơi giữ máy chủ thay chứng thư trước ngày ấy."
#: Code → sentence with its facts, and who has to act. ``{whose}``: who keeps the server.
SENTENCES: Mapping[str, tuple[str, Whose]] = {
    "name_found": ("{host} là {addresses}.", Whose.NOBODY),
    "name_is_number": ("Địa chỉ khai bằng số, không phải tra tên.", Whose.NOBODY),
    "name_unknown": (
        (
            "Không tra được tên {host}. Bộ phận mạng xem máy chủ tên miền mà máy chạy cổng"
            " dùng; tên vẫn không có thì hỏi {whose} tên đúng."
        ),
        Whose.NETWORK,
    ),
    "name_slow": (
        (
            "Máy chủ tên miền không trả lời trong {seconds} giây. Bộ phận mạng xem máy chủ"
            " tên miền mà máy chạy cổng dùng."
        ),
        Whose.NETWORK,
    ),
    "name_refused": (
        (
            "Tên {host} dẫn về chính máy chạy cổng, một mạng riêng mà networks của cơ quan"
            " không nêu, hoặc địa chỉ không dành cho cơ quan, nên cổng không nối. Bộ phận"
            " mạng sửa tên miền, hoặc quản trị sửa địa chỉ, dải mạng đã khai."
        ),
        Whose.NETWORK,
    ),
    "connected": ("Nối được {address} cổng {port} ({ms} ms).", Whose.NOBODY),
    "connect_refused": (
        (
            "{address} không mở cổng {port}. Hỏi {whose}: hệ thống có đang chạy không, có"
            " đúng cổng này không."
        ),
        Whose.AGENCY,
    ),
    "connect_silent": (
        (
            "{address} cổng {port} không trả lời trong {seconds} giây. Bộ phận mạng xem tường"
            " lửa hai bên đã cho máy chạy cổng đi tới địa chỉ ấy chưa."
        ),
        Whose.NETWORK,
    ),
    "connect_no_route": (
        (
            "Không có đường mạng tới {address}. Bộ phận mạng xem đường truyền và định tuyến"
            " của máy chạy cổng."
        ),
        Whose.NETWORK,
    ),
    "tls_plain": ("Địa chỉ khai là http, không có chứng thư.", Whose.NOBODY),
    "tls_good": (
        "Chứng thư của {subject}, do {issuer} cấp, còn {days} ngày ({version}).",
        Whose.NOBODY,
    ),
    "tls_ends_soon": (
        (
            "Chứng thư của {subject}, do {issuer} cấp, chỉ còn {days} ngày (đến {until})."
            f" {_RENEW}"
        ),
        Whose.AGENCY,
    ),
    "tls_expired": (
        "Chứng thư của {subject} đã hết hạn từ {until}. {Whose} thay chứng thư.",
        Whose.AGENCY,
    ),
    "tls_not_yet": (
        (
            "Chứng thư của {subject} đến {begins} mới có hiệu lực. Quản trị xem đồng hồ của"
            " máy chạy cổng; giờ đúng thì {whose} thay chứng thư."
        ),
        Whose.AGENCY,
    ),
    "tls_other_name": (
        (
            "Chứng thư mang tên {names}, không phải {host}. Quản trị đối chiếu địa chỉ đã"
            " khai với {whose}; địa chỉ đúng thì bên ấy thay chứng thư."
        ),
        Whose.US,
    ),
    "tls_unknown_issuer": (
        (
            "Chứng thư của {subject} do {issuer} cấp, mà cổng chưa tin {missing}. Quản trị hỏi"
            " {whose} tệp chứng thư của {missing} rồi khai ở mục tls (authorities); hoặc bên"
            " ấy cài thiếu chứng thư trung gian."
        ),
        Whose.US,
    ),
    "tls_failed": (
        (
            "Máy chủ nhận kết nối nhưng không nói TLS 1.2 trở lên, hoặc đòi chứng thư của cổng"
            " mà chưa khai. Hỏi {whose}: phiên bản TLS, có đòi chứng thư không."
        ),
        Whose.AGENCY,
    ),
    "tls_silent": (
        (
            "Máy chủ nhận kết nối rồi im lặng {seconds} giây, không bắt tay TLS. {Whose} xem"
            " máy chủ, hoặc bộ phận mạng xem thiết bị ở giữa."
        ),
        Whose.AGENCY,
    ),
    "host_key_known": ("Máy chủ trình đúng khóa đã khai.", Whose.NOBODY),
    "sign_in_none": ("Không có bước đăng nhập riêng.", Whose.NOBODY),
    "sign_in_token": ("Có mã đăng nhập còn dùng được.", Whose.NOBODY),
    "sign_in_key": ("Máy chủ nhận tài khoản và khóa của cổng.", Whose.NOBODY),
    "sign_in_certificate": (
        "Đã trình chứng thư {subject} của cổng, còn {days} ngày.",
        Whose.NOBODY,
    ),
    "sign_in_certificate_ends": (
        (
            "Chứng thư {subject} của cổng chỉ còn {days} ngày. Quản trị xin cấp lại và cài"
            " trước ngày ấy."
        ),
        Whose.US,
    ),
    "sign_in_certificate_over": (
        "Chứng thư {subject} mà cổng trình đã hết hạn. Quản trị xin cấp lại rồi cài.",
        Whose.US,
    ),
    "login_refused": (
        (
            "Hệ thống của cơ quan không nhận tài khoản hoặc mật khẩu của cổng. Quản trị hỏi"
            " cơ quan, sửa secrets.json rồi khởi động lại cổng; khóa không đổi thì sau 15 phút"
            " mới thử lại."
        ),
        Whose.US,
    ),
    "session_unavailable": (
        "Không hỏi được mã đăng nhập: nơi cấp mã không trả lời. {Whose} xem nơi cấp mã.",
        Whose.AGENCY,
    ),
    "session_unreadable": (
        "Nơi cấp mã đăng nhập trả lời khác tài liệu kết nối. {Whose} xem nơi cấp mã.",
        Whose.AGENCY,
    ),
    "platform_login_refused": (
        (
            "Nền tảng chia sẻ dữ liệu không nhận tài khoản hoặc mật khẩu của cổng. Quản trị hỏi"
            " đơn vị vận hành nền tảng, sửa secrets.json rồi khởi động lại cổng."
        ),
        Whose.US,
    ),
    "platform_session_unavailable": (
        (
            "Nền tảng chia sẻ dữ liệu không cấp được mã truy cập. Đơn vị vận hành nền tảng xem"
            " nơi cấp mã."
        ),
        Whose.PLATFORM,
    ),
    "sign_in_wanted": (
        (
            "Máy chủ trả lời {status}: không nhận cổng. Quản trị đối chiếu tài khoản, khóa hoặc"
            " chứng thư đã khai với {whose}."
        ),
        Whose.US,
    ),
    "called": (
        "Gọi một lời hỏi vô hại: bên kia trả lời đúng tài liệu kết nối.",
        Whose.NOBODY,
    ),
    "answers": (
        (
            "Máy chủ có trả lời (HTTP {status}). Tài liệu kết nối không có lời gọi thử vô hại"
            " nên không thử sâu hơn."
        ),
        Whose.NOBODY,
    ),
    "server_in_trouble": (
        "Máy chủ có trả lời nhưng đang lỗi (HTTP {status}). {Whose} xem hệ thống.",
        Whose.AGENCY,
    ),
    "call_silent": (
        (
            "Nối được nhưng không có câu trả lời trong {seconds} giây. {Whose} xem hệ thống"
            " có treo không."
        ),
        Whose.AGENCY,
    ),
    "call_broken": (
        (
            "Kết nối đứt giữa chừng, không có câu trả lời trọn. {Whose} xem hệ thống; máy chủ"
            " đòi chứng thư của cổng thì quản trị khai ở mục tls (certificate)."
        ),
        Whose.AGENCY,
    ),
    "call_none": ("Đường này không có lời gọi từ phía cổng.", Whose.NOBODY),
    "folder_ready": ("Thư mục có, đọc được và ghi được.", Whose.NOBODY),
    "folder_missing": (
        "Chưa có thư mục {part}. Quản trị cùng cơ quan tạo thư mục như tài liệu kết nối.",
        Whose.US,
    ),
    "folder_unreadable": (
        (
            "Không đọc được thư mục {part}. Quản trị xem ổ đĩa hoặc đường mạng của thư mục và"
            " quyền đọc."
        ),
        Whose.US,
    ),
    "folder_unwritable": (
        (
            "Không ghi được vào thư mục {part}. Nơi giữ thư mục cấp quyền ghi cho tài khoản của"
            " cổng, và xem ổ đĩa còn chỗ không."
        ),
        Whose.AGENCY,
    ),
    "heard_at": ("Lần cuối hệ thống của đơn vị gọi đến: {at}.", Whose.NOBODY),
    "answered_at": ("Lần cuối đơn vị trả lời cổng: {at}.", Whose.NOBODY),
    "by_list": (
        "Cán bộ làm theo danh sách trên trang, không có máy chủ để thử.",
        Whose.NOBODY,
    ),
    "heard_never": (
        (
            "Chưa ghi nhận lần nào hệ thống của đơn vị gọi đến. Hỏi đầu mối kỹ thuật của cơ quan"
            " đã đặt địa chỉ và mã truy cập của cổng chưa."
        ),
        Whose.AGENCY,
    ),
    "clock_right": ("Hai đồng hồ lệch {seconds} giây.", Whose.NOBODY),
    "clock_ahead": (
        (
            "Đồng hồ của máy chủ bên kia nhanh hơn cổng {minutes} phút. Hai bên đối chiếu giờ"
            " chuẩn (NTP) rồi sửa máy sai; lệch nhiều thì chữ ký và mã phiên bị từ chối."
        ),
        Whose.AGENCY,
    ),
    "clock_behind": (
        (
            "Đồng hồ của máy chủ bên kia chậm hơn cổng {minutes} phút. Hai bên đối chiếu giờ"
            " chuẩn (NTP) rồi sửa máy sai; lệch nhiều thì chữ ký và mã phiên bị từ chối."
        ),
        Whose.AGENCY,
    ),
    "clock_untold": ("Câu trả lời không ghi giờ, không so được.", Whose.NOBODY),
    "not_tried": ("Bước trước chưa được nên chưa thử.", Whose.NOBODY),
}
#: Who acts where only the words of a code are known.
_BY_STEP: Mapping[Step, Whose] = {
    Step.ENTRY: Whose.US,
    Step.HOST_KEY: Whose.US,
    Step.SIGN_IN: Whose.US,
    Step.FOLDER: Whose.US,
}


def told(one: Finding) -> Told:
    """A step in words; a code that has none here brings its own."""
    by_platform = bool(one.facts.get("platform"))
    if one.code in SENTENCES:
        pattern, whose = SENTENCES[one.code]
        sentence = pattern.format_map(_Facts(one.facts, by_platform=by_platform))
    else:
        whose = _BY_STEP.get(one.step, Whose.AGENCY)
        sentence = ". ".join(
            part.rstrip(".")
            for part in (one.reason or one.code, one.next_action)
            if part
        )
        sentence += "."
        by_platform = by_platform or one.code.startswith("platform_")
    if by_platform and whose is Whose.AGENCY:
        whose = Whose.PLATFORM
    return Told(STEPS[one.step], RESULTS[one.result], sentence, whose)


def in_one(check: Check) -> str:
    """The whole look in one sentence: what is in the way, or that nothing is."""
    failed = check.failed
    if failed is None:
        return "Đường tới đơn vị thông."
    one = told(failed)
    return f"{one.step} {one.result}: {one.sentence}"


def ends_soon(days: int) -> bool:
    """Whether a certificate has to be renewed by now."""
    return days < DAYS


class _Facts(dict[str, str]):
    """Facts by name; one that nobody noted is a dash, never an error."""

    def __init__(self, facts: Mapping[str, str], *, by_platform: bool) -> None:
        keeper = WHOSE[Whose.PLATFORM if by_platform else Whose.AGENCY]
        first = keeper[:1].upper() + keeper[1:]
        super().__init__({**facts, "whose": keeper, "Whose": first})

    def __missing__(self, _: str) -> str:
        return "—"
