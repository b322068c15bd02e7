"""Implements the port of spreadsheets: reading in a child process, writing here."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import orjson

from gateway.domain.errors import SenderError, TooLarge
from gateway.domain.old_letters import Encoding
from gateway.ports.sheets import Sheet, Spreadsheets, Table
from gateway.sheets.forms import form_of
from gateway.sheets.writing import workbook

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.ports.sheets import Page

MAX_FILE_BYTES = 64 * 1024 * 1024
_ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH", "PYTHONPATH")
#: Real seconds that one file may take.
TIMEOUT_S = 90


class FileSpreadsheets(Spreadsheets):
    """Files as offices export them."""

    def read(self, content: bytes, *, max_rows: int) -> Table:
        """See the port."""
        if len(content) > MAX_FILE_BYTES:
            raise TooLarge(
                code="sheet_too_large",
                remedy=f"Tệp lớn hơn {MAX_FILE_BYTES // 1024 // 1024} MB. Xuất lại"
                " danh sách theo khoảng ngày ngắn hơn.",
            )
        form_of(content)
        try:
            done = subprocess.run(  # noqa: S603  our own module, no shell
                [sys.executable, "-P", "-m", "gateway.sheets", str(max_rows)],
                env=_environment(),
                input=content,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=TIMEOUT_S,
                check=False,
            )
        except subprocess.TimeoutExpired as late:
            raise _gave_up() from late
        if done.returncode:
            raise _gave_up()
        return _table(done.stdout)

    def write(self, pages: Sequence[Page]) -> bytes:
        """See the port."""
        return workbook(pages)


def _environment() -> dict[str, str]:
    """What finds the libraries, and none of the secrets that may stand beside it."""
    return {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}


def _table(answer: bytes) -> Table:
    found = orjson.loads(answer)
    if "code" in found:
        kind = TooLarge if found["too_large"] else SenderError
        raise kind(code=found["code"], remedy=found["remedy"])
    sheets = tuple(Sheet(**sheet) for sheet in found["sheets"])
    return Table(sheets, tuple(found["hidden"]), Encoding(found["encoding"]))


def _gave_up() -> TooLarge:
    return TooLarge(
        code="sheet_beyond_limits",
        remedy="Tệp hỏng, hoặc có ô nằm quá xa bảng dữ liệu nên không mở được trong"
        " giới hạn bộ nhớ. Chép bảng sang một tệp mới, lưu dạng .xlsx rồi dùng tệp đó.",
    )
