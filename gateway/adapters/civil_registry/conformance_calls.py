"""What both systems' answers have in common, and dossiers to try them with."""

from __future__ import annotations

import json
import tomllib
import unicodedata
from collections.abc import Mapping
from datetime import timedelta, timezone
from functools import cache
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from gateway.conforming import Trial

VIETNAM = timezone(timedelta(hours=7))
#: Of a call, at both systems (§11).
LIMIT = 64 * 1024 * 1024
Content = dict[str, Any]
Row = Mapping[str, Any]


@cache
def rows(folder: Path, table: str) -> tuple[Row, ...]:
    """A list of answers, in the order in which they are compared."""
    return tuple(tomllib.loads((folder / "codes.toml").read_text("utf-8"))[table])


@cache
def _sample(path: Path) -> str:
    return path.read_text("utf-8")


def sample(t: Trial, name: str) -> Content:
    """A published sample."""
    found: Content = json.loads(_sample(t.folder / "samples" / f"{name}.json"))
    return found


def needed(t: Trial, name: str) -> Content:
    """The sample of LTKS or LTKT with nothing but what is required."""
    schema = json.loads(_sample(t.folder / f"{name}.json"))
    more = {"meHoTen"} if name == "LTKS" else set()
    wanted = {*schema["required"], *more}
    return {key: one for key, one in sample(t, name).items() if key in wanted}


def folded(text: object) -> str:
    """As phrases are compared (§7.3)."""
    return " ".join(unicodedata.normalize("NFC", str(text)).casefold().split())


def body(content: object) -> bytes:
    """JSON in UTF-8."""
    return json.dumps(content, ensure_ascii=False).encode()


def without(content: Mapping[str, Any], *names: str) -> Content:
    """The same without some fields."""
    return {name: value for name, value in content.items() if name not in names}


def xml(fields: Mapping[str, Any]) -> str:
    """Fields of §5 as ``data`` of a single registration (§8.4)."""
    return f"<hotich><hoso>{_elements(fields)}</hoso></hotich>"


def _elements(fields: Mapping[str, Any]) -> str:
    return "".join(
        f"<{name}>{_elements(one) if isinstance(one, Mapping) else escape(one)}</{name}>"
        for name, one in fields.items()
    )
