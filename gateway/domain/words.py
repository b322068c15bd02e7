"""Reasons and next actions in the words that officials read, by stable code.

Codes of an agency's own answers bring their words along (``replies.toml``);
these are the codes that the gateway itself gives.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.domain.closing_words import BY_HAND_WORDS
from gateway.domain.ready import READY
from gateway.domain.transfer import Fate, State
from gateway.domain.way_words import WAY_WORDS, repeated, whom_to_call


@dataclass(frozen=True, slots=True)
class Words:
    """Why something stands still, and what is to be done by whom."""

    reason: str
    next_action: str


_KEPT = "Không cần làm gì: phản hồi được ghi nhận, không đổi trạng thái."
_AGENCY_REPEATS = "Đề nghị cơ quan gửi lại đúng tài liệu kết nối."
_WHOSE_REPORT = (
    "Đối chiếu số biên nhận với cơ quan gửi, rồi bấm «Gắn vào hồ sơ» hoặc «Đã xử lý»."
)
_ASK_BY_TELEPHONE = (
    "Gọi cơ quan nhận: nếu đã nhận, bấm «Cơ quan đã nhận»; nếu chưa, bấm"
    " «Cơ quan chưa nhận». Gửi lại khi cơ quan đã nhận có thể thành hai hồ sơ."
)
WORDS: dict[str, Words] = {
    "text_encoding_unknown": Words(
        "Họ tên hoặc nội dung có vẻ gõ bằng bảng mã cũ mà không rõ là bảng mã nào",
        'Một cửa gửi bản sửa, ghi "encoding": "TCVN3", "VNI" hoặc "Windows-1258", hoặc gõ'
        ' lại bằng Unicode; chữ đã đúng (tên nước ngoài) thì ghi "encoding": "Unicode".',
    ),
    "to_be_accepted": Words(
        "Hồ sơ nộp trực tuyến do cơ quan khác chuyển về, chờ một cửa tiếp nhận",
        "Một cửa tiếp nhận bằng POST /v1/dossiers có linked_number là mã ấy; hoặc yêu cầu"
        " bổ sung, từ chối.",
    ),
    "area_unknown": Words(
        "Mã xã không có trong danh mục đơn vị hành chính",
        "Một cửa kiểm tra mã xã, gửi bản sửa; hoặc quản trị bổ sung danh mục.",
    ),
    "area_ambiguous": Words(
        "Mã xã cũ đã tách thành nhiều xã, chưa biết nơi này thuộc xã nào",
        "Một cửa chọn xã hiện nay theo vị trí (POST /v1/dossiers/{mã hồ sơ}/choices).",
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
        _ASK_BY_TELEPHONE,
    ),
    "awaiting_receipt": Words(
        "Gói tin đã lập, chờ biên nhận của cơ quan nhận",
        "Chép gói trong mục «Gói tin» mang đến cơ quan nhận, rồi nộp gói trả về ở mục đó."
        " Gói chép nhiều lần vẫn chỉ tính một lần.",
    ),
    "receipt_missing": Words(
        "Gói tin đã lập nhưng quá hạn vẫn chưa có biên nhận",
        "Hỏi cơ quan nhận gói đã đến chưa; nếu chưa, bấm «Gửi lại» rồi chép gói mang đi:"
        " cơ quan nhận ra gói trùng, không thành hai hồ sơ.",
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
        "Một cửa chọn người tiếp nhận trong danh sách của văn phòng đất đai, gửi bằng"
        " POST /v1/dossiers/{mã hồ sơ}/choices.",
    ),
    "unknown_receiver": Words(
        "Hệ thống đất đai không có người tiếp nhận đã chọn",
        "Một cửa chọn người tiếp nhận khác trong danh sách, gửi bằng POST"
        " /v1/dossiers/{mã hồ sơ}/choices.",
    ),
    "case_missing": Words(
        "Chưa chọn trường hợp (MaQuyTrinh) của thủ tục",
        "Một cửa chọn trường hợp trong danh sách của văn phòng đất đai, gửi bằng POST"
        " /v1/dossiers/{mã hồ sơ}/choices.",
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
    "not_its_dossier": Words(
        "Cơ quan gửi phản hồi về hồ sơ không thuộc cơ quan đó",
        "Đối chiếu số hồ sơ với cơ quan gửi; kiểm tra khóa kết nối của cơ quan.",
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
    "no_dossier": Words("Phản hồi không khớp hồ sơ nào", _WHOSE_REPORT),
    "number_of_another": Words("Phản hồi nêu số đã thuộc hồ sơ khác", _WHOSE_REPORT),
    "no_such_leg": Words(
        "Hồ sơ này không có phần việc của cơ quan gửi phản hồi",
        "Hỏi cơ quan gửi phản hồi này thuộc hồ sơ nào.",
    ),
    "dossier_ended": Words("Hồ sơ đã kết thúc trước khi phản hồi đến", _KEPT),
    "leg_ended": Words("Phần việc của cơ quan đã xong trước khi phản hồi đến", _KEPT),
    "to_be_asked": Words("Còn phải nộp: cổng đang hỏi lại thuế", _KEPT),
    "older_than_known": Words("Phản hồi cũ hơn điều cổng đã biết", _KEPT),
    "step_goes_back": Words(
        "Cơ quan báo lùi về bước đã qua", "Hỏi cơ quan hồ sơ đang ở bước nào."
    ),
    "known_by_other_road": Words(
        "Điều này cổng đã biết, từ chính cơ quan thuế hoặc qua kênh khác", _KEPT
    ),
    "question_overtaken": Words(
        "Yêu cầu cung cấp thông tin của thuế đến sau khi thuế đã ra thông báo", _KEPT
    ),
    "tax_question": Words(
        "Thuế yêu cầu một cửa cung cấp thông tin (mẫu 01/CCTT-ĐĐTCQ)",
        "Một cửa trả lời bằng POST /v1/dossiers/{mã hồ sơ}/answers.",
    ),
    "amount_unreadable": Words(
        "Số tiền trong thông báo không phải số đồng",
        "Đề nghị cơ quan thuế gửi lại thông báo; chưa ghi nhận số phải nộp.",
    ),
    "notices_known": Words("Thông báo này cổng đã có", _KEPT),
    "waits_for_citizen": Words(
        "Hồ sơ đang chờ người nộp bổ sung giấy tờ",
        "Cơ quan báo đã nhận bổ sung rồi mới chuyển bước tiếp.",
    ),
    "office_unknown": Words(
        "Cấu hình không có đơn vị nhận này",
        "Quản trị khai báo đơn vị rồi bấm «Gửi lại».",
    ),
    "office_misconfigured": Words(
        "Khai báo của đơn vị nhận bị sai hoặc thiếu",
        "Quản trị sửa khai báo của đơn vị rồi bấm «Gửi lại».",
    ),
    "address_missing": Words(
        "Chưa khai báo địa chỉ hệ thống của đơn vị nhận",
        "Quản trị khai báo địa chỉ rồi bấm «Gửi lại».",
    ),
    "address_refused": Words(
        "Địa chỉ khai báo của đơn vị nhận không dùng được",
        "Quản trị sửa địa chỉ, hoặc ghi mạng riêng ở networks, rồi bấm «Gửi lại».",
    ),
    "webhook_secret_missing": Words(
        "Chưa có khóa bí mật để ký trạng thái gửi một cửa",
        "Quản trị khai báo khóa bí mật rồi bấm «Gửi lại».",
    ),
    "results_unknown": Words(
        "Cách gửi tệp kết quả của một cửa khai báo sai",
        "Quản trị sửa mục results của một cửa rồi bấm «Gửi lại».",
    ),
    "unit_key_missing": Words(
        "Chưa có khóa của đơn vị tiếp nhận hồ sơ",
        "Quản trị khai báo khóa của đơn vị rồi bấm «Gửi lại».",
    ),
    "message_invalid": Words(
        "Có trường dữ liệu vượt khuôn mà cơ quan nhận",
        "Một cửa sửa trường được nêu rồi gửi bản sửa.",
    ),
    "moment_missing": Words(
        "Chưa rõ thời điểm của việc cần báo", "Một cửa gửi lại kèm thời điểm."
    ),
    "related_slip_unknown": Words(
        "Không biết số của phiếu mà phiếu này bổ sung hoặc thu hồi",
        "Đề nghị nơi lập phiếu kiểm tra SEQ_REFID, hoặc gửi phiếu trước đó qua cổng.",
    ),
    "receiver_unmapped": Words(
        "Chưa khai báo mã cơ quan thuế (MaCoQuanThue) cho cơ quan nhận",
        "Quản trị bổ sung vào [office.tax.receivers] của kênh rồi bấm «Gửi lại».",
    ),
    "question_not_named": Words(
        "Câu trả lời không ghi được văn bản yêu cầu hoặc phiếu bị hỏi",
        "Một cửa gửi lại câu trả lời, ghi đúng số văn bản yêu cầu của thuế.",
    ),
    "answer_file_size": Words(
        "Tệp kèm câu trả lời rỗng hoặc lớn hơn 10 MiB",
        "Một cửa gửi lại câu trả lời với tệp khác rỗng, tối đa 10 MiB.",
    ),
    "call_invalid": Words(
        "Thông điệp gửi cơ quan thiếu hoặc sai trường",
        "Nơi lập phiếu hoặc một cửa sửa dữ liệu ứng với trường được nêu rồi gửi lại.",
    ),
    "call_misconfigured": Words(
        "Thông điệp gửi cơ quan sai ở trường do cấu hình của cổng ghi",
        "Quản trị sửa cấu hình của kênh rồi bấm «Gửi lại».",
    ),
    "slip_type_differs": Words(
        "Phiếu chuyển thông tin khác loại với lượt gửi",
        "Đề nghị nơi lập phiếu lập đúng loại phiếu (mới hoặc thay thế).",
    ),
    "slip_schema": Words(
        "Phiếu chuyển thông tin sai khuôn dạng", "Đề nghị nơi lập phiếu sửa rồi ký lại."
    ),
    "slip_ambiguous": Words(
        "Phản hồi kèm nhiều phiếu chuyển khác nhau",
        "Đề nghị nơi lập phiếu gửi lại đúng một phiếu.",
    ),
    "signature_wrapped": Words(
        "Chữ ký số không bao trùm đúng nội dung phiếu",
        "Đề nghị nơi lập phiếu ký lại toàn bộ phiếu.",
    ),
    "signature_algorithm": Words(
        "Phiếu được ký bằng thuật toán không được chấp nhận",
        "Đề nghị nơi lập phiếu ký lại theo tài liệu kết nối.",
    ),
    "certificate_expired": Words(
        "Chứng thư ký phiếu đã hết hạn hoặc chưa có hiệu lực",
        "Đề nghị nơi lập phiếu ký lại bằng chứng thư còn hiệu lực.",
    ),
    "body_invalid": Words("Phản hồi sai khuôn dạng", _AGENCY_REPEATS),
    "malformed_json": Words("Phản hồi không phải JSON hợp lệ", _AGENCY_REPEATS),
    "file_not_base64": Words("Tệp trong phản hồi mã hóa sai", _AGENCY_REPEATS),
    "time_impossible": Words("Phản hồi ghi thời điểm không có thật", _AGENCY_REPEATS),
    "report_refused": Words("Phản hồi không chứng minh được gì", _AGENCY_REPEATS),
    "file_elsewhere": Words(
        "Đường dẫn tệp kết quả dẫn ra ngoài địa chỉ đã đăng ký", _AGENCY_REPEATS
    ),
    "file_not_there": Words(
        "Tệp kết quả chưa tải về được",
        "Cổng tự tải lại; nếu kéo dài, đề nghị cơ quan kiểm tra tệp.",
    ),
    "file_not_offered": Words(
        "Cơ quan này không gửi tệp bằng đường dẫn", _AGENCY_REPEATS
    ),
    "no_files_by_link": Words("Một cửa không gửi tệp bằng đường dẫn", _AGENCY_REPEATS),
    "not_enquirable": Words(
        "Cơ quan nhận không có cách trả lời câu hỏi tự động", _ASK_BY_TELEPHONE
    ),
    "too_large": Words(
        "Hồ sơ cùng tệp đính kèm vượt dung lượng cơ quan nhận",
        "Một cửa quét lại tệp với dung lượng nhỏ hơn rồi gửi bản sửa.",
    ),
    "store_in_use": Words(
        "Kho lưu trữ đang được một tiến trình khác dùng",
        "Dừng tiến trình đó rồi làm lại.",
    ),
    "not_configured": Words("Kho chưa có cấu hình", "Chạy một lần: lienthong init."),
    "master_key_differs": Words(
        "Kho được tạo bằng khóa chính khác với khóa đang đặt trong thư mục khóa",
        "Đặt lại đúng tệp master.key (và units.json) đã sao lưu cùng kho rồi khởi động lại.",
    ),
    "message_unreadable": Words(
        "Nội dung đã lưu của lượt gửi không mở được",
        "Báo bộ phận kỹ thuật kiểm tra dữ liệu và khóa; mở được thì bấm «Gửi lại».",
    ),
    "lease_over": Words("Lần gửi chưa bắt đầu thì hết giờ", "Cổng tự gửi lại."),
    "results_unread": Words("Cổng chưa đọc được tệp kết quả", "Cổng tự gửi lại."),
    "not_polled": Words("Cơ quan này không cần tra cứu", "Không cần làm gì."),
    **{code: Words(*said) for code, said in (WAY_WORDS | BY_HAND_WORDS).items()},
    **{code: Words(*said) for code, said in READY.items()},
}


def words_of(code: str | None, extra: Mapping[str, tuple[str, str]]) -> Words:
    """Words of a code; an agency's own first, the bare code when nobody knows it."""
    if code and code in extra:
        return Words(*extra[code])
    if code and code in WORDS:
        return WORDS[code]
    return Words(code or "", "Báo bộ phận kỹ thuật của cổng liên thông.")


#: Of messages that people carry: the gateway cannot ask, and they know what to do.
_CARRIED = frozenset({"awaiting_receipt", "receipt_missing"})
_NOT_SURE = "Chưa rõ cơ quan đã nhận hay chưa"


def situation(
    state: str,
    fate: str,
    code: str | None,
    extra: Mapping[str, tuple[str, str]],
    *,
    deduplicates: bool = False,
) -> Words:
    """Why a transfer stands still, in the light of its state and fate.

    What the gateway does by itself while it tries is not what is to be done
    once it has given up: a parked transfer waits for a person. Whether sending
    again is harmless depends on whether the agency ``deduplicates`` the kind.
    """
    said = words_of(code, extra)
    doubtful = fate == Fate.MAY_HAVE_LEFT
    why = (
        said.reason if code == "fate_unknown" else f"{_NOT_SURE}: {_lower(said.reason)}"
    )
    if code in _CARRIED and doubtful:
        return said
    if code in READY and state == State.UNCONFIRMED:
        return said
    if state == State.UNCONFIRMED:
        return Words(
            why if code else _NOT_SURE,
            "Cổng đang hỏi cơ quan, chưa phải làm gì. Nếu gọi điện và cơ quan trả lời"
            " chắc chắn, ghi lại câu trả lời.",
        )
    if state == State.PARKED and doubtful:
        action = repeated(said.next_action) if deduplicates else _ASK_BY_TELEPHONE
        return Words(why if code else _NOT_SURE, action)
    if state == State.PARKED and "ổng tự" in said.next_action:
        why = f"{said.reason}; cổng đã thử nhiều lần và ngừng thử"
        return Words(why, whom_to_call(code))
    return said


def _lower(reason: str) -> str:
    return reason[:1].lower() + reason[1:]
