"""Papers of a dossier as the one-stop's scans folder holds them."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

#: Scans that only have a size are filled with this, over and over.
_FILLING = b"%PDF-1.4 ban quet gia lap\n"


def content_of(file: Mapping[str, Any]) -> bytes:
    """The bytes of a file that is given as ``data``, ``text`` or ``size``."""
    if "data" in file:
        return base64.b64decode(file["data"])
    if "size" in file:
        size = int(file["size"])
        return (_FILLING * (size // len(_FILLING) + 1))[:size]
    return str(file.get("text", "")).encode()


def base64_of(file: Mapping[str, Any]) -> str:
    """Standard base64 on one line."""
    return base64.b64encode(content_of(file)).decode()
