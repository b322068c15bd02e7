"""Errors as RFC 9457 problems, Vietnamese first, with stable type and remedy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response

from gateway.domain.errors import (
    ActionNotPossible,
    ChangedMeanwhile,
    DossierContradiction,
    DossierInvalid,
    DossierUnknown,
    GatewayError,
    MailNotSent,
    NeedsConfiguration,
    NotAllowed,
    NotSignedIn,
    SenderError,
    SignInAway,
    SignInRefused,
    StoreError,
    TooLarge,
)

if TYPE_CHECKING:
    from fastapi import Request

_STATUS: list[tuple[type[GatewayError], int]] = [
    (DossierInvalid, 422),
    (DossierContradiction, 409),
    (DossierUnknown, 404),
    (ActionNotPossible, 409),
    (TooLarge, 413),
    (NotSignedIn, 401),
    (NotAllowed, 403),
    (SignInRefused, 401),
    (SenderError, 400),
    (ChangedMeanwhile, 503),
    (StoreError, 503),
    (NeedsConfiguration, 409),
    (MailNotSent, 502),
    (SignInAway, 502),
    (GatewayError, 500),
]
#: Status of codes that are more special than their class.
_BY_CODE = {
    "malformed_json": 400,
    "media_type_unsupported": 415,
    "content_encoding_unsupported": 415,
    "unknown_path": 404,
    "no_desk": 404,
    "package_gone": 404,
    "maintenance_unknown": 404,
    "contact_unknown": 404,
    "alert_unknown": 404,
    "cause_unknown": 404,
    "officer_unknown": 404,
    "no_work_list": 404,
    "account_unknown": 404,
    "quarantine_unknown": 404,
    "sign_in_waits": 429,
    "called_too_often": 429,
    "asked_too_often": 429,
    "host_unknown": 421,
    "request_too_slow": 408,
    "clock_wrong": 503,
    "file_infected": 422,
    "file_unscannable": 422,
    "file_type_not_allowed": 415,
    "headers_too_large": 431,
}
#: Status → what it means, Vietnamese and English.
TITLES = {
    400: ("Yêu cầu không đọc được", "The request cannot be read"),
    401: ("Chưa xác thực", "Not signed in"),
    403: ("Không có quyền", "Not allowed"),
    404: ("Không tìm thấy", "Not found"),
    408: ("Yêu cầu đến quá chậm", "The request came too slowly"),
    409: ("Mâu thuẫn với trạng thái hiện tại", "Contradicts the present state"),
    413: ("Nội dung quá lớn", "Too large"),
    415: ("Kiểu nội dung không được hỗ trợ", "Unsupported media type"),
    422: ("Hồ sơ có trường chưa đúng", "The dossier has wrong fields"),
    421: ("Không phải địa chỉ của cổng", "Not a name of this gateway"),
    429: ("Quá nhiều lần", "Too many tries"),
    431: ("Tiêu đề của yêu cầu quá lớn", "The headers are too large"),
    500: ("Lỗi của cổng liên thông", "The gateway failed"),
    502: ("Máy chủ thư không nhận", "The mail server did not take it"),
    503: ("Cổng tạm thời chưa ghi nhận được", "Temporarily unable to record"),
}
RETRY_AFTER_S = 5


def status_of(error: GatewayError) -> int:
    """HTTP status of an error: by its code, else by its nearest class."""
    if error.code in _BY_CODE:
        return _BY_CODE[error.code]
    return next(status for kind, status in _STATUS if isinstance(error, kind))


def problem(error: GatewayError) -> Response:
    """The problem document of an error."""
    status = status_of(error)
    title, title_en = TITLES[status]
    body: dict[str, Any] = {
        "type": f"urn:lienthong:problem:{error.code}",
        "title": title,
        "title_en": title_en,
        "status": status,
        "code": error.code,
        "detail": error.remedy,
        "remedy": error.remedy,
        "origin": error.fault.value,
    }
    if isinstance(error, DossierInvalid):
        body["errors"] = [
            {
                "pointer": field.pointer,
                "code": field.code,
                "message": field.message,
                "message_en": field.message_en,
            }
            for field in error.fields
        ]
    headers = {"Retry-After": str(RETRY_AFTER_S)} if status == 503 else {}
    wait_s = getattr(error, "retry_after_s", None)
    if wait_s is not None:
        headers["Retry-After"] = str(wait_s)
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return Response(
        orjson.dumps(body),
        status_code=status,
        media_type="application/problem+json",
        headers=headers,
    )


def unknown_path() -> Response:
    """One answer for an unknown path, an unknown secret and what is not yours."""
    error = SenderError(
        code="unknown_path", remedy="Kiểm tra lại địa chỉ trong tài liệu kết nối."
    )
    return problem(error)


def parameter_invalid(error: Exception) -> SenderError:
    """Parameters that the framework could not read: named, their values never."""
    told = error.errors() if isinstance(error, RequestValidationError) else ()
    names = ", ".join(dict.fromkeys(str(one["loc"][-1]) for one in told))
    return SenderError(
        f"parameters {names}",
        remedy=f"Sửa tham số không đúng kiểu trong địa chỉ: {names}.",
    )


async def on_gateway_error(_request: Request, error: Exception) -> Response:
    """Turn any of our errors into its problem."""
    if isinstance(error, GatewayError):
        return problem(error)
    return problem(GatewayError())
