"""Errors of files that are looked at before anything is kept of them.

SenderError
└── FileRefused              not this file; another one may come in its place
    ├── FileInfected           a scanner named what is in it
    ├── FileUnscannable        a scanner could not look at all of it
    └── FileTypeNotAllowed     its content is of no type that may come in
StoreUnavailable
└── ScannerAway              nobody looked at it: nothing was taken, try again
    └── ScanLimitTooSmall      the scanner takes no file as large: an operator acts
"""

from __future__ import annotations

from gateway.domain.errors import Origin, SenderError, StoreUnavailable


class FileRefused(SenderError):
    """A file that must not come in; whoever sent it has to send another one.

    ``signature``: what the scanner called it, or the type that was found.
    """

    default_code = "file_refused"
    default_remedy = "Bên gửi thay tệp này bằng tệp khác rồi gửi lại."
    #: whether the file itself is kept, shut away
    kept = False

    def __init__(self, signature: str = "") -> None:
        """``signature`` is a word of ours or of the scanner's, never of the sender's."""
        super().__init__(f"{self.default_code}: {signature}")
        self.signature = signature
        self.stored: object | None = None
        #: what is kept of it, for whoever shuts it away


class FileInfected(FileRefused):
    """A scanner knows what is in it."""

    default_code = "file_infected"
    default_remedy = (
        "Tệp có mã độc, cổng không nhận và đã cách ly: bên gửi quét máy của mình, lập lại"
        " tệp sạch từ bản gốc rồi gửi lại."
    )
    kept = True


class FileUnscannable(FileRefused):
    """A scanner gave up before it had seen all: packed too deep, too large, locked."""

    default_code = "file_unscannable"
    default_remedy = (
        "Phần mềm diệt mã độc không xem được hết tệp (nén quá sâu, có mật khẩu hoặc quá"
        " lớn): bên gửi gửi lại tệp không nén, không đặt mật khẩu."
    )
    kept = True


class FileTypeNotAllowed(FileRefused):
    """By its first and last bytes, whatever its name says."""

    default_code = "file_type_not_allowed"
    default_remedy = (
        "Nội dung tệp không thuộc loại được nhận, dù tên tệp thế nào: bên gửi gửi PDF, ảnh"
        " hoặc loại khác trong tài liệu kết nối."
    )


class ScannerAway(StoreUnavailable):
    """The scanner did not answer; a file that nobody looked at is not taken."""

    origin = Origin.OPERATOR
    default_code = "scanner_away"
    default_remedy = (
        "Phần mềm diệt mã độc của cổng không trả lời nên tệp chưa được nhận: gửi lại sau"
        " ít phút; quản trị xem clamd và [scanning]."
    )


class ScanLimitTooSmall(ScannerAway):
    """The scanner's own limit is below what may come in."""

    default_code = "scan_limit_too_small"
    default_remedy = (
        "Tệp lớn hơn giới hạn của clamd nên chưa được nhận: quản trị đặt StreamMaxLength,"
        " MaxFileSize, MaxScanSize từ 200M (docs/quet-ma-doc.vi.md), rồi gửi lại."
    )
