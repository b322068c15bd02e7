"""What kind of file some bytes are, told by the bytes and not by the name."""

from __future__ import annotations

import struct
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING

from gateway.disk import archives
from gateway.domain.errors import SenderError, TooLarge

if TYPE_CHECKING:
    import zipfile
    from collections.abc import Iterator

#: Of all entries of an archive together, unpacked.
MAX_UNPACKED_BYTES = 512 * 1024 * 1024
MAX_ENTRIES = 5000
_PIECE = 1024 * 1024
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
#: BOF of a BIFF8 workbook: kind, length, version, what begins.
_BEGIN_OF_BOOK = b"\x09\x08\x10\x00\x00\x06\x05\x00"
_PASSWORD = 0x2F
#: A password is said before anything else but the right to write.
_FIRST_RECORDS = 6
_OTHERS = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b")


class Form(StrEnum):
    """The forms that are read."""

    XLSX = "xlsx"
    XLS = "xls"
    ODS = "ods"
    CSV = "csv"


def form_of(content: bytes) -> Form:
    """The form of a file; archives are looked into, not yet unpacked.

    Raises:
        SenderError: it is empty, no spreadsheet, or protected by a password.
        TooLarge: it would unpack to more than ``MAX_UNPACKED_BYTES``.
    """
    if not content.strip(b"\x00\t\r\n "):
        raise SenderError(
            code="sheet_empty", remedy="Tệp trống: xuất lại danh sách rồi chọn tệp đó."
        )
    if content.startswith(b"PK"):
        return _archive(content)
    if content.startswith(_OLE):
        return _old_office(content)
    head = content[:2048].lstrip(b"\xef\xbb\xbf\r\n\t ").lower()
    if head.startswith(
        (b"<html", b"<!doctype", b"<?xml", b"<table", b"<head", b"<meta")
    ):
        raise SenderError(
            code="sheet_is_web_page",
            remedy="Tệp này là trang web mang đuôi bảng tính. Mở bằng Excel hoặc"
            " LibreOffice, chọn Lưu thành .xlsx rồi dùng tệp mới.",
        )
    wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    if content.startswith(_OTHERS) or (b"\x00" in content and not wide):
        raise _no_sheet()
    return Form.CSV


def _no_sheet() -> SenderError:
    return SenderError(
        code="sheet_not_a_sheet",
        remedy="Tệp này không phải bảng tính. Chọn tệp .xlsx, .xls, .ods hoặc .csv"
        " do hệ thống xuất ra.",
    )


@contextmanager
def _opened(content: bytes) -> Iterator[zipfile.ZipFile]:
    """The archive; whatever is wrong with it, also while it is read, in our words."""
    try:
        with archives.opened(content) as archive:
            yield archive
    except archives.ArchiveRefused as wrong:
        raise (protected() if wrong.code == "protected" else broken()) from wrong


def _archive(content: bytes) -> Form:
    with _opened(content) as archive:
        entries = archive.infolist()
        names = [entry.filename for entry in entries]
        if (
            len(entries) > MAX_ENTRIES
            or sum(entry.file_size for entry in entries) > MAX_UNPACKED_BYTES
        ):
            raise _bomb()
        if len(set(names)) != len(names):
            raise broken()
        return _inside(archive, set(names))


def _inside(archive: zipfile.ZipFile, names: set[str]) -> Form:
    if "xl/workbook.xml" in names:
        return Form.XLSX
    if "mimetype" in names:
        with archive.open("mimetype") as file:
            if file.read(100).endswith(b"opendocument.spreadsheet"):
                return Form.ODS
    raise _no_sheet()


def prove_sizes(content: bytes) -> None:
    """Unpack an archive piece by piece: its sizes are true, its checksums hold.

    A directory that claims less than is there would get past ``form_of``.

    Raises:
        SenderError: a size or a checksum is wrong, or entries have a password.
    """
    with _opened(content) as archive:
        for entry in archive.infolist():
            with archive.open(entry) as file:
                while file.read(_PIECE):
                    pass


def _old_office(content: bytes) -> Form:
    def has(stream: str) -> bool:
        return stream.encode("utf-16-le") + b"\x00\x00" in content

    if has("EncryptedPackage") or _is_locked(content):
        raise protected()
    if has("Workbook") or has("Book"):
        return Form.XLS
    raise _no_sheet()


def _is_locked(content: bytes) -> bool:
    """Whether a workbook of Excel 97 says at its beginning that it has a password."""
    place = content.find(_BEGIN_OF_BOOK)
    for _ in range(_FIRST_RECORDS if place >= 0 else 0):
        head = content[place : place + 4]
        if len(head) < len("kkll"):
            return False
        kind, length = struct.unpack("<HH", head)
        if kind == _PASSWORD:
            return True
        place += 4 + length
    return False


def protected() -> SenderError:
    """A file that only a password opens."""
    return SenderError(
        code="sheet_protected",
        remedy="Tệp có mật khẩu. Mở tệp, bỏ mật khẩu, lưu lại rồi dùng tệp mới.",
    )


def _bomb() -> TooLarge:
    return TooLarge(
        code="sheet_too_large",
        remedy="Tệp nén bung ra quá lớn nên không được mở. Xuất lại danh sách theo"
        " khoảng ngày ngắn hơn.",
    )


def broken() -> SenderError:
    """A file that is not what its form says."""
    return SenderError(
        code="sheet_broken",
        remedy="Tệp hỏng hoặc tải về chưa hết. Xuất lại danh sách rồi dùng tệp mới.",
    )
