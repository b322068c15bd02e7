"""One exchange as it was recorded: what was asked, and what was answered.

A line is a JSON object as a mock's journal writes it: a body is a text, or an object
with ``data`` and ``base64``.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit


class NoExchange(ValueError):
    """A line that is none: which one, and what is wrong with it, in Vietnamese."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """``direction``: ``in`` came to the agency, ``out`` the agency called itself."""

    number: int
    at: str
    direction: str
    method: str
    path: str
    status: int
    body: bytes
    answer: bytes
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    answer_headers: Mapping[str, str] = field(default_factory=dict)
    correlation: str = ""
    made: Mapping[str, Any] = field(default_factory=dict)
    #: what the gateway noted of it: ``kind`` and ``purpose`` of the attempt, its
    #: ``outcome`` and ``code``; never personal
    is_cut: bool = False
    #: only the beginning of a body was kept

    @property
    def operation(self) -> str:
        """The last part of its path; of a callback, that before the secret."""
        parts = [part for part in urlsplit(self.path).path.split("/") if part]
        if parts[:1] == ["callbacks"]:
            parts = parts[:3]
        return parts[-1] if parts else ""

    def as_json(self) -> dict[str, Any]:
        """A line of a journal."""
        return {
            "n": self.number,
            "at": self.at,
            "direction": self.direction,
            "method": self.method,
            "path": self.path,
            "query": dict(self.query),
            "headers": dict(self.headers),
            "body": _body(self.body),
            "status": self.status,
            "answer_headers": dict(self.answer_headers),
            "answer_body": _body(self.answer),
            "correlation": self.correlation,
            **({"made": dict(self.made)} if self.made else {}),
        }


def _body(content: bytes) -> str | dict[str, Any]:
    try:
        return content.decode()
    except UnicodeDecodeError:
        return {"base64": True, "data": base64.b64encode(content).decode()}


def exchanges(lines: Iterable[str]) -> Iterator[Exchange]:
    """Lines of a journal, one exchange each.

    Raises:
        NoExchange: a line is none; says which and why, never what stands in it.
    """
    for place, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            message = f"Dòng {place}: không phải JSON."
            raise NoExchange(message) from None
        yield exchange(row, place)


#: What a value of another kind does where a text or a number should be.
_NOT_ITS_KIND = (AttributeError, OverflowError)


def exchange(row: Any, place: int) -> Exchange:
    """One row of a journal; ``place``: which line it is.

    Raises:
        NoExchange: it is none; says which and why, never what stands in it.
    """
    try:
        return _exchange(row)
    except (LookupError, TypeError, ValueError, *_NOT_ITS_KIND) as wrong:
        what = wrong.args[0] if isinstance(wrong, KeyError) else "sai kiểu"
        message = f"Dòng {place}: không phải một trao đổi đã ghi ({what})."
        raise NoExchange(message) from None


def _exchange(row: Mapping[str, Any]) -> Exchange:
    if row["direction"] not in {"in", "out"}:
        raise KeyError("direction")
    return Exchange(
        number=int(row["n"]),
        at=str(row["at"]),
        direction=row["direction"],
        method=str(row["method"]),
        path=str(row["path"]),
        status=int(row["status"] or 0),
        body=_bytes(row, "body"),
        answer=_bytes(row, "answer_body"),
        query=_texts(row.get("query")),
        headers=_texts(row.get("headers")),
        answer_headers=_texts(row.get("answer_headers")),
        correlation=str(row.get("correlation") or ""),
        is_cut=any(_is_cut(row.get(name)) for name in ("body", "answer_body")),
        made=row.get("made") or {},
    )


def _is_cut(value: Any) -> bool:
    return isinstance(value, dict) and bool(value.get("cut"))


def _texts(pairs: Any) -> dict[str, str]:
    if isinstance(pairs, str):
        pairs = dict(parse_qsl(pairs, keep_blank_values=True))
    return {str(name): str(value) for name, value in dict(pairs or {}).items()}


def _bytes(row: Mapping[str, Any], name: str) -> bytes:
    value = row.get(name) or ""
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass")
    if not value.get("base64"):
        return str(value["data"]).encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(value["data"], validate=True)
    except ValueError:
        raise KeyError(name) from None
