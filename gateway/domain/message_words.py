"""What messages, reports and the outcomes of attempts are called by officials."""

from __future__ import annotations

from gateway.domain.attempt import Outcome
from gateway.domain.report import ReportKind

#: By the kind of a message that the gateway sends.
KINDS: dict[str, str] = {
    "hand_over": "Chuyển hồ sơ",
    "supplement": "Chuyển giấy tờ bổ sung",
    "paid": "Báo đã hoàn thành nghĩa vụ tài chính",
    "owed_again": "Báo có nghĩa vụ tài chính phát sinh",
    "withdraw": "Báo người nộp rút hồ sơ",
    "result_handed": "Báo đã trả kết quả",
    "result_wrong": "Báo kết quả có sai sót",
    "slip_new": "Gửi phiếu chuyển thông tin",
    "slip_replace": "Thay phiếu chuyển thông tin",
    "slip_supplement": "Bổ sung phiếu chuyển thông tin",
    "slip_withdraw": "Thu hồi phiếu chuyển thông tin",
    "question_answer": "Trả lời yêu cầu của thuế",
    "told_received": "Báo phần mềm liên thông: đã tiếp nhận hồ sơ",
    "told_accepted": "Báo phần mềm liên thông: hồ sơ đủ điều kiện",
    "told_sent_on": "Báo phần mềm liên thông: đã chuyển cơ quan giải quyết",
    "told_supplement": "Báo phần mềm liên thông: yêu cầu bổ sung",
    "told_registered": "Báo phần mềm liên thông: đã đăng ký, kèm kết quả",
    "told_handed_out": "Báo phần mềm liên thông: đã trả kết quả",
    "told_refused": "Báo phần mềm liên thông: từ chối",
    "status": "Báo trạng thái cho một cửa",
    "relayed": "Chuyển nguyên văn thông điệp của cơ quan cho một cửa",
    "correction_asked": "Báo một cửa: cơ quan không nhận, cần sửa hồ sơ",
}
#: By what an agency tells.
REPORTS: dict[ReportKind, str] = {
    ReportKind.OPENED: "Tiếp nhận hồ sơ",
    ReportKind.PROGRESS: "Chuyển bước xử lý",
    ReportKind.SLIP: "Lập phiếu chuyển thông tin",
    ReportKind.SUPPLEMENT_REQUEST: "Yêu cầu bổ sung giấy tờ",
    ReportKind.PAUSED: "Báo dừng xử lý",
    ReportKind.SUPPLEMENT_RECEIVED: "Đã nhận giấy tờ bổ sung",
    ReportKind.NOTICES: "Thông báo nghĩa vụ tài chính",
    ReportKind.VOUCHER: "Chứng từ nộp tiền",
    ReportKind.PAID: "Xác nhận đã hoàn thành nghĩa vụ tài chính",
    ReportKind.EXEMPTED: "Xác nhận được miễn nghĩa vụ tài chính",
    ReportKind.DEFERRED: "Xác nhận được ghi nợ nghĩa vụ tài chính",
    ReportKind.QUESTION: "Thuế yêu cầu cung cấp thông tin (mẫu 01/CCTT-ĐĐTCQ)",
    ReportKind.TAX_RETURNED: "Thuế chuyển trả phiếu chuyển thông tin",
    ReportKind.WRONG_CASE: "Báo hồ sơ nộp sai trường hợp",
    ReportKind.CORRECTION_REQUEST: "Yêu cầu cập nhật hồ sơ",
    ReportKind.FINISHED: "Kết thúc: đã giải quyết xong",
    ReportKind.REFUSED: "Kết thúc: từ chối giải quyết",
    ReportKind.WITHDRAWN: "Kết thúc: người nộp rút hồ sơ",
}
#: How an attempt or an enquiry ended.
OUTCOMES: dict[Outcome, str] = {
    Outcome.DELIVERED: "cơ quan đã nhận",
    Outcome.DUPLICATE: "cơ quan đã có từ trước",
    Outcome.NOT_DELIVERED: "chưa gửi được",
    Outcome.ON_ITS_WAY: "đã đóng gói, chờ biên nhận",
    Outcome.UNKNOWN: "chưa rõ cơ quan đã nhận hay chưa",
    Outcome.REFUSED: "cơ quan trả lại do lỗi dữ liệu",
    Outcome.NEEDS_DATA: "thiếu dữ liệu",
    Outcome.NEEDS_CONFIGURATION: "thiếu cấu hình",
    Outcome.CONTRACT_BROKEN: "cơ quan trả lời ngoài tài liệu kết nối",
}
