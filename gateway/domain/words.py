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
    "applicant_name_missing": Words(
        "Hồ sơ không có họ tên người nộp", "Một cửa bổ sung họ tên, gửi bản sửa."
    ),
    "receiver_missing": Words(
        "Chưa có tên người tiếp nhận trong hệ thống đất đai",
        "Một cửa chọn người tiếp nhận trong danh sách của văn phòng đất đai, gửi bản"
        " sửa với trường receiver.",
    ),
    "case_missing": Words(
        "Chưa chọn trường hợp (MaQuyTrinh) của thủ tục",
        "Một cửa chọn trường hợp trong danh sách của văn phòng đất đai, gửi bản sửa"
        " với trường case.",
    ),
    "case_not_mapped": Words(
        "Trường hợp (MaQuyTrinh) chưa được khai báo cho văn phòng này",
        "Quản trị bổ sung trường hợp vào cấu hình của văn phòng rồi bấm «Gửi lại».",
    ),
    "area_not_mapped": Words(
        "Xã chưa có mã tỉnh, huyện, xã trong bảng địa bàn của văn phòng này",
        "Quản trị bổ sung dòng địa bàn, ghi nguồn và ngày, rồi bấm «Gửi lại».",
    ),
    "due_on_missing": Words(
        "Hồ sơ không có ngày hẹn trả", "Một cửa bổ sung ngày hẹn trả, gửi bản sửa."
    ),
    "receipt_number_missing": Words(
        "Hồ sơ không có số nào để cơ quan nhận gọi tên",
        "Báo bộ phận kỹ thuật của cổng liên thông.",
    ),
    "document_deleted": Words(
        "Nội dung hồ sơ đã được xóa theo thời hạn lưu", "Một cửa gửi lại hồ sơ."
    ),
    "payload_deleted": Words(
        "Nội dung kèm theo đã được xóa theo thời hạn lưu",
        "Đề nghị cơ quan gửi lại nội dung.",
    ),
    "one_stop_not_configured": Words(
        "Cơ quan tự mở hồ sơ nhưng chưa khai báo hồ sơ thuộc một cửa nào",
        "Quản trị khai báo mục opened của cơ quan, rồi đề nghị cơ quan gửi lại.",
    ),
    "predecessor_cancelled": Words(
        "Lượt gửi trước đã bị hủy nên lượt này chưa còn ý nghĩa",
        "Xem lượt gửi trước; gửi lại hoặc hủy lượt này.",
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
