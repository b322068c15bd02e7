"""TOML that people write with the editors and shells of any system."""

from __future__ import annotations

import codecs
import tomllib
from typing import TYPE_CHECKING, Any

from gateway.domain.unreadable import unreadable

if TYPE_CHECKING:
    from pathlib import Path

#: How a file begins → its encoding. PowerShell's ``>`` writes UTF-16, some editors a mark
#: before UTF-8; without any it is UTF-8.
_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


def toml(path: Path) -> dict[str, Any]:
    """What stands in a file.

    Raises:
        ValueError: it is no TOML, or text in another encoding; names the file.
        FileNotFoundError: there is no such file.
    """
    raw = path.read_bytes()
    marked = (way for mark, way in _MARKS.items() if raw.startswith(mark))
    encoding = next(marked, "utf-8")
    try:
        return tomllib.loads(raw.decode(encoding).replace("\r\n", "\n"))
    except UnicodeDecodeError as wrong:
        raise ValueError(
            f"{path.name}: không phải TOML: chữ không phải UTF-8, hãy lưu lại với UTF-8"
        ) from wrong
    except tomllib.TOMLDecodeError as wrong:
        raise ValueError(f"{path.name}: {unreadable(wrong)}") from wrong
