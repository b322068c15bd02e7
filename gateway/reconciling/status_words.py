"""Status words that lists use, and what they say; an unknown word says nothing."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.reconciling.kinds import Standing
from gateway.reconciling.values import phrase

_WORDS: dict[Standing, tuple[str, ...]] = {
    Standing.OPEN: (
        "Mới đăng ký", "Mới tiếp nhận", "Được tiếp nhận", "Đã tiếp nhận",
        "Chờ tiếp nhận", "Đang tiếp nhận", "Đang xử lý", "Đang giải quyết",
        "Đang thụ lý", "Đang thẩm định", "Đang thẩm tra", "Chờ xử lý",
        "Chờ giải quyết", "Chờ phân công", "Chưa xử lý", "Chưa giải quyết",
        "Chờ phê duyệt", "Chờ duyệt", "Chờ ký", "Chờ ký duyệt", "Trình ký",
        "Đang trình ký", "Đang luân chuyển", "Đã chuyển xử lý",
        "Đang xử lý trong hạn", "Đang xử lý quá hạn", "Đang xử lý trễ hạn",
        "Đang giải quyết trong hạn", "Đang giải quyết quá hạn",
        "Chưa giải quyết trong hạn", "Chưa giải quyết quá hạn",
        "Đã chuyển thuế", "Đang chuyển thuế", "Chờ thông báo thuế",
        "Chờ xác định nghĩa vụ tài chính", "Đang xác định nghĩa vụ tài chính",
        "Đã bổ sung", "Đã nhận bổ sung",
    ),
    Standing.WAITING: (
        "Chờ bổ sung", "Yêu cầu bổ sung", "Yêu cầu bổ sung giấy tờ",
        "Yêu cầu bổ sung hồ sơ", "Chờ bổ sung giấy tờ", "Chờ bổ sung hồ sơ",
        "Chờ công dân bổ sung", "Chờ người dân bổ sung", "Đang chờ bổ sung",
        "Yêu cầu thực hiện nghĩa vụ tài chính", "Chờ thực hiện nghĩa vụ tài chính",
        "Chờ thực hiện NVTC", "Chờ nộp thuế", "Chờ nộp tiền",
        "Chờ nộp nghĩa vụ tài chính", "Chờ thanh toán", "Chờ công dân nộp tiền",
        "Chờ người dân nộp tiền", "Chờ nghĩa vụ tài chính",
        "Chờ công dân thực hiện nghĩa vụ tài chính",
    ),
    Standing.FINISHED: (
        "Đã xử lý xong", "Đã giải quyết xong", "Đã xong", "Hoàn thành",
        "Đã hoàn thành", "Kết thúc", "Đã kết thúc", "Đã có kết quả",
        "Đã trả kết quả", "Đã trả", "Chờ trả kết quả", "Đã giải quyết",
        "Đã giải quyết trước hạn", "Đã giải quyết đúng hạn",
        "Đã giải quyết trong hạn", "Đã giải quyết quá hạn",
        "Đã giải quyết trễ hạn", "Đã ký cấp", "Đã cấp giấy chứng nhận", "Đã cấp GCN",
    ),
    Standing.REFUSED: (
        "Không được tiếp nhận", "Từ chối tiếp nhận", "Từ chối giải quyết",
        "Từ chối", "Không đủ điều kiện", "Không đủ điều kiện giải quyết",
    ),
    Standing.WITHDRAWN: (
        "Công dân yêu cầu rút hồ sơ", "Đã rút", "Rút hồ sơ", "Đã rút hồ sơ",
        "Công dân rút hồ sơ", "Người nộp rút hồ sơ",
    ),
}  # fmt: skip

#: Phrase of a status word → what it says.
SHIPPED: Mapping[str, Standing] = {
    phrase(word): standing for standing, words in _WORDS.items() for word in words
}
