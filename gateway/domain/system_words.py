"""What the operating system refuses, in words; it speaks English itself."""

from __future__ import annotations

import errno
import socket
import ssl
from typing import TypeGuard

_NO_RIGHT = "không có quyền; chạy bằng tài khoản có quyền, hoặc đổi quyền của tệp"
_SAID = {
    errno.ENOENT: "không có tệp hay thư mục này; kiểm tra lại đường dẫn",
    errno.EACCES: _NO_RIGHT,
    errno.EPERM: _NO_RIGHT,
    errno.EISDIR: "đây là thư mục; ghi đường dẫn của một tệp",
    errno.ENOTDIR: "một phần của đường dẫn là tệp, không phải thư mục; kiểm tra lại",
    errno.EEXIST: "đã có tệp hay thư mục này; chọn tên khác",
    errno.ENOTEMPTY: "thư mục không trống; chọn thư mục khác",
    errno.ENOSPC: "đĩa đã đầy; dọn bớt rồi chạy lại",
    errno.EDQUOT: "đã hết phần đĩa được dùng; dọn bớt rồi chạy lại",
    errno.EROFS: "nơi này chỉ cho đọc; chọn nơi khác",
    errno.ENAMETOOLONG: "tên quá dài; chọn tên ngắn hơn",
    errno.EIO: "ổ đĩa lỗi; kiểm tra ổ đĩa rồi chạy lại",
    errno.EADDRINUSE: "chương trình khác đang dùng cổng này; dừng nó hoặc đổi cổng",
    errno.EADDRNOTAVAIL: "máy này không có địa chỉ ấy; sửa địa chỉ",
    errno.ECONNREFUSED: "không có chương trình nào nghe ở đó",
    errno.ECONNRESET: "bên kia ngắt kết nối; thử lại",
    errno.EHOSTUNREACH: "không có đường tới máy ấy; kiểm tra mạng",
    errno.ENETUNREACH: "không có đường tới máy ấy; kiểm tra mạng",
    errno.ETIMEDOUT: "quá lâu không trả lời; kiểm tra mạng rồi thử lại",
}


def has_words(wrong: BaseException | None) -> TypeGuard[OSError]:
    """Whether somebody put it into words."""
    return isinstance(wrong, OSError) and wrong.errno in _SAID


def system_words(wrong: OSError) -> str:
    """Why, and what to do; the number where nobody put it into words."""
    if isinstance(wrong, ssl.SSLError):
        return "kết nối TLS không thành; xem lại http hay https, và chứng thư"
    if isinstance(wrong, socket.gaierror):
        return "không tìm thấy máy mang tên này; kiểm tra địa chỉ và DNS"
    if isinstance(wrong, TimeoutError):
        return _SAID[errno.ETIMEDOUT]
    if wrong.errno is None:
        return str(wrong)
    return _SAID.get(wrong.errno, f"hệ điều hành báo lỗi số {wrong.errno}")
