"""Reasons and next actions in the words that officials read, by stable code.

Codes of an agency's own answers bring their words along (``replies.toml``);
these are the codes that the gateway itself gives.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """Why something stands still, and what is to be done by whom."""

    reason: str
    next_action: str


WORDS: dict[str, Words] = {
    "text_encoding_unknown": Words(
        "Họ tên hoặc nội dung có vẻ gõ bằng bảng mã cũ (TCVN3) mà không nói rõ",
        'Một cửa gửi bản sửa, ghi "encoding": "TCVN3" hoặc gõ lại bằng Unicode.',
    ),
    "area_unknown": Words(
        "Mã xã không có trong danh mục đơn vị hành chính",
        "Một cửa kiểm tra mã xã, gửi bản sửa; hoặc quản trị bổ sung danh mục.",
    ),
    "area_ambiguous": Words(
        "Mã xã cũ đã tách thành nhiều xã, chưa biết thửa đất thuộc xã nào",
        "Một cửa chọn xã hiện nay theo vị trí thửa đất, gửi bản sửa.",
    ),
    "no_competent_office": Words(
        "Chưa có cơ quan nào được khai báo thẩm quyền cho xã và thủ tục này",
        "Quản trị bổ sung quy tắc thẩm quyền; hồ sơ không bị từ chối.",
    ),
    "competence_overlaps": Words(
        "Hai quy tắc thẩm quyền cùng nhận hồ sơ này",
        "Quản trị sửa quy tắc thẩm quyền bị trùng.",
    ),
    "fate_unknown": Words(
        "Chưa rõ cơ quan đã nhận hay chưa, và không có cách hỏi tự động",
        "Gọi cơ quan nhận: nếu đã nhận, bấm «Cơ quan đã nhận»; nếu chưa, bấm"
        " «Cơ quan chưa nhận». Gửi lại khi cơ quan đã nhận sẽ thành hai hồ sơ.",
    ),
    "delivery_unknown": Words(
        "Đã gửi nhưng không có câu trả lời", "Cổng tự hỏi lại cơ quan nhận."
    ),
    "timeout": Words(
        "Đã gửi nhưng quá thời gian chờ trả lời", "Cổng tự hỏi lại cơ quan nhận."
    ),
    "recovered": Words(
        "Cổng khởi động lại khi đang gửi", "Cổng tự hỏi lại cơ quan nhận."
    ),
    "agency_unavailable": Words(
        "Không kết nối được hệ thống của cơ quan nhận",
        "Cổng tự gửi lại; nếu kéo dài, gọi đầu mối kỹ thuật của cơ quan.",
    ),
    "agency_broke_contract": Words(
        "Cơ quan trả lời ngoài tài liệu kết nối",
        "Gọi đầu mối của cơ quan, hỏi đã nhận hay chưa rồi chọn thao tác.",
    ),
    "agency_refused": Words(
        "Cơ quan trả lại do lỗi dữ liệu", "Một cửa sửa hồ sơ theo lý do trả lại."
    ),
    "predecessor_refused": Words(
        "Lượt gửi trước bị trả lại hoặc hủy nên lượt này chưa còn ý nghĩa",
        "Xem lượt gửi trước; gửi lại hoặc hủy lượt này.",
    ),
    "told_by_hand": Words(
        "Hệ thống của cơ quan không nhận loại thông báo này",
        "Báo cơ quan bằng công văn hoặc điện thoại rồi bấm «Cơ quan đã nhận».",
    ),
    "slip_missing": Words(
        "Cơ quan báo đã lập phiếu chuyển thông tin nhưng không kèm phiếu đã ký",
        "Đề nghị nơi lập phiếu gửi phiếu đã ký.",
    ),
    "slip_of_another_dossier": Words(
        "Phiếu chuyển thông tin ghi mã hồ sơ khác",
        "Đề nghị nơi lập phiếu sửa MA_HS rồi ký lại.",
    ),
    "slip_certificate_differs": Words(
        "Số Giấy chứng nhận trên phiếu khác hồ sơ",
        "Đối chiếu số Giấy chứng nhận, đề nghị ký lại phiếu.",
    ),
    "signature_invalid": Words(
        "Chữ ký số trên phiếu không hợp lệ", "Đề nghị nơi lập phiếu ký lại."
    ),
    "signature_missing": Words(
        "Phiếu chuyển thông tin chưa ký số", "Đề nghị nơi lập phiếu ký số rồi gửi lại."
    ),
    "certificate_unknown": Words(
        "Phiếu được ký bằng chứng thư chưa đăng ký",
        "Đơn vị lập phiếu đăng ký chứng thư với quản trị cổng.",
    ),
    "attachment_missing": Words(
        "Thiếu tệp đính kèm của hồ sơ", "Một cửa gửi lại tệp còn thiếu."
    ),
    "needs_data": Words(
        "Hồ sơ thiếu dữ liệu mà cơ quan nhận bắt buộc phải có",
        "Một cửa bổ sung dữ liệu rồi gửi bản sửa.",
    ),
    "needs_configuration": Words(
        "Thiếu cấu hình để gửi đến cơ quan này",
        "Quản trị bổ sung cấu hình rồi bấm «Gửi lại».",
    ),
    "no_dossier": Words(
        "Phản hồi không khớp hồ sơ nào", "Đối chiếu số biên nhận với cơ quan gửi."
    ),
}


def words_of(code: str | None, extra: Mapping[str, tuple[str, str]]) -> Words:
    """Words of a code; an agency's own first, the bare code when nobody knows it."""
    if code and code in extra:
        return Words(*extra[code])
    if code and code in WORDS:
        return WORDS[code]
    return Words(code or "", "Báo bộ phận kỹ thuật của cổng liên thông.")
