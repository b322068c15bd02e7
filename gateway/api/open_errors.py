"""Errors of the open interface: one shape, stable codes, Vietnamese (document, 3.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from fastapi.responses import Response

from gateway.domain.clock_wrong import ClockWrong
from gateway.domain.errors import (
    ChangedMeanwhile,
    DossierInvalid,
    FieldError,
    GatewayError,
    SenderError,
    StoreError,
    StoreFateUnknown,
    TooLarge,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

JSON = "application/json; charset=utf-8"
RETRY_AFTER_S = 5
#: Code → status, what is wrong, what is to be done.
ERRORS: dict[str, tuple[int, str, str]] = {
    "malformed_json": (
        400,
        "Thân không phải một đối tượng JSON.",
        "Sửa phần mềm gửi.",
    ),
    "malformed_multipart": (
        400,
        "Thân không phải multipart/form-data có đúng một tệp, không rỗng.",
        "Sửa phần mềm gửi.",
    ),
    "not_signed_in": (
        401,
        "Thiếu khóa hoặc khóa không đúng.",
        "Kiểm tra khóa do đơn vị vận hành cổng cấp.",
    ),
    "keys_differ": (
        401,
        "Khóa ở tiêu đề và trong thân khác nhau.",
        "Chỉ gửi một khóa.",
    ),
    "unknown_path": (
        404,
        "Không có thao tác này.",
        "Xem tên các thao tác trong tài liệu giao diện.",
    ),
    "dossier_unknown": (
        404,
        "Đơn vị không có hồ sơ hay lượt gửi này.",
        "Kiểm tra mã lượt gửi hoặc mã hồ sơ.",
    ),
    "file_unknown": (
        404,
        "Đơn vị không có tệp này.",
        "Lấy mã tệp từ danh sách tệp của lượt gửi.",
    ),
    "method_not_allowed": (
        405,
        "Chỉ nhận POST.",
        "Gọi bằng POST với thân JSON.",
    ),
    "report_id_reused": (
        409,
        "Mã báo cáo này đã dùng cho nội dung khác.",
        "Đặt mã báo cáo mới cho nội dung mới.",
    ),
    "office_is_pushed_to": (
        409,
        "Đơn vị này được cổng gửi đến, không tự lấy.",
        "Chờ cổng gửi đến địa chỉ đã đăng ký, hoặc đề nghị đơn vị vận hành đổi cách nhận.",
    ),
    "too_large": (
        413,
        "Nội dung quá lớn.",
        "Gửi tệp bằng thao tác upload rồi nêu mã tệp trong report.",
    ),
    "media_type_unsupported": (
        415,
        "Kiểu nội dung không được nhận.",
        "Gửi JSON; với upload thì gửi multipart/form-data.",
    ),
    "file_type_not_allowed": (
        415,
        "Nội dung tệp không thuộc loại được nhận, dù tên tệp thế nào.",
        "Gửi PDF, ảnh hoặc loại khác mà đơn vị vận hành cổng cho phép.",
    ),
    "content_encoding_unsupported": (
        415,
        "Không nhận nội dung nén.",
        "Gửi nội dung không nén.",
    ),
    "request_invalid": (
        422,
        "Nội dung gửi có trường chưa đúng.",
        "Sửa các trường được nêu rồi gửi lại.",
    ),
    "file_infected": (
        422,
        "Tệp có mã độc, cổng không nhận và đã cách ly.",
        "Quét máy của đơn vị, lập lại tệp sạch từ bản gốc rồi gửi lại.",
    ),
    "file_unscannable": (
        422,
        "Không quét hết được tệp (nén quá sâu, có mật khẩu hoặc quá lớn).",
        "Gửi lại tệp không nén, không đặt mật khẩu.",
    ),
    "too_many_requests": (429, "Gọi quá nhiều.", "Chờ rồi gọi lại."),
    "gateway_error": (
        500,
        "Cổng gặp lỗi.",
        "Gửi lại y nguyên; vẫn lỗi thì báo đơn vị vận hành cổng.",
    ),
    "store_unavailable": (
        503,
        "Cổng tạm thời chưa lưu được.",
        "Gửi lại y nguyên sau ít phút.",
    ),
    "store_fate_unknown": (
        503,
        "Chưa rõ đã lưu được hay chưa.",
        "Gửi lại y nguyên sau ít phút.",
    ),
}
#: Codes of fields that no schema can find wrong.
FIELDS: dict[str, tuple[str, str]] = {
    "cursor_unknown": (
        "Con trỏ không dùng được nữa.",
        "The cursor is not one of this office.",
    ),
    "in_the_future": ("Thời điểm ở tương lai.", "The time lies in the future."),
    "number_of_another": (
        "Số này là của hồ sơ khác.",
        "The number belongs to another dossier.",
    ),
    "not_the_same_dossier": (
        "Lượt gửi và mã hồ sơ không cùng một hồ sơ.",
        "Transfer and dossier do not go together.",
    ),
    "not_base64": ("Không phải base64.", "This is no base64."),
    "hash_differs": ("SHA-256 không khớp.", "The SHA-256 differs."),
    "upload_unknown": (
        "Không có tệp đã tải lên với mã này.",
        "No upload has this id.",
    ),
}


class CallRefused(SenderError):
    """A call that is answered by one of the document's codes."""

    def __init__(self, code: str, *, retry_after_s: float | None = None) -> None:
        """``retry_after_s``: when to call again."""
        super().__init__(code=code)
        self.retry_after_s = retry_after_s


def wrong(*fields: tuple[str, str]) -> DossierInvalid:
    """Fields, as (pointer, code), that are wrong for a reason of ours."""
    found = tuple(FieldError(place, code, *FIELDS[code]) for place, code in fields)
    return DossierInvalid(found, code="request_invalid")


def answered(error: GatewayError) -> Response:
    """The answer that an error is; one that the document does not know is ours."""
    code = _code(error)
    status, message, remedy = ERRORS[code]
    if code == "malformed_json":
        remedy = error.remedy  # says where
    fields = error.fields if isinstance(error, DossierInvalid) else ()
    body: dict[str, Any] = {
        "code": code,
        "message": message,
        "remedy": remedy,
        "fields": _fields(fields),
    }
    headers = {}
    wait_s = RETRY_AFTER_S if status == 503 else None
    if isinstance(error, CallRefused) and error.retry_after_s is not None:
        wait_s = max(1, round(error.retry_after_s))
    if wait_s is not None:
        body["retry_after_s"] = wait_s
        headers["Retry-After"] = str(wait_s)
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if status == 405:
        headers["Allow"] = "POST"
    return Response(
        orjson.dumps(body), status_code=status, media_type=JSON, headers=headers
    )


def _code(error: GatewayError) -> str:
    if isinstance(error, DossierInvalid):
        return "request_invalid"
    if isinstance(error, StoreFateUnknown):
        return "store_fate_unknown"
    if isinstance(error, (StoreError, ChangedMeanwhile, ClockWrong)):
        return "store_unavailable"
    if isinstance(error, TooLarge):
        return "too_large"
    return error.code if error.code in ERRORS else "gateway_error"


def _fields(found: Sequence[FieldError]) -> list[dict[str, str]]:
    return [
        {"field": one.pointer, "code": one.code, "message": one.message}
        for one in found
    ]
