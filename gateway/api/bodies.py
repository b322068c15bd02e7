"""Request bodies: never read beyond their limit, never unpacked."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import orjson

from gateway.domain.errors import SenderError, TooLarge

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from fastapi import Request

MAX_JSON_BYTES = 4 * 1024 * 1024
MAX_DEPTH = 32


def check_encoding(request: Request) -> None:
    """Refuse compressed bodies: nothing here unpacks what a sender packed.

    Raises:
        SenderError: with 415.
    """
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise SenderError(
            code="content_encoding_unsupported",
            remedy="Gửi nội dung không nén (bỏ tiêu đề Content-Encoding).",
        )


async def limited(request: Request, limit_bytes: int) -> AsyncIterator[bytes]:
    """The body in pieces; stops with 413 as soon as the limit is passed.

    Raises:
        TooLarge: announced or sent more than ``limit_bytes``.
    """
    check_encoding(request)
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > limit_bytes:
        raise TooLarge
    seen = 0
    async for chunk in request.stream():
        seen += len(chunk)
        if seen > limit_bytes:
            raise TooLarge
        yield chunk


async def whole(request: Request, limit_bytes: int) -> bytes:
    """The exact bytes of a body within its limit."""
    return b"".join([chunk async for chunk in limited(request, limit_bytes)])


def reason_of(content: Mapping[str, Any]) -> str:
    """Why a person acts.

    Raises:
        SenderError: it is missing or blank.
    """
    reason = str(content.get("reason") or "").strip()
    if not reason:
        raise SenderError(code="reason_missing", remedy="Ghi lý do của thao tác.")
    return reason


async def json_object(
    request: Request, limit_bytes: int = MAX_JSON_BYTES
) -> dict[str, Any]:
    """A JSON object.

    Raises:
        SenderError: not JSON, not an object, or nested too deep (400, 415).
    """
    return as_object(await json_bytes(request, limit_bytes))


async def json_bytes(request: Request, limit_bytes: int = MAX_JSON_BYTES) -> bytes:
    """The exact bytes of a body that its sender calls JSON.

    Raises:
        SenderError: it is called something else (415).
    """
    kind = request.headers.get("content-type", "application/json").partition(";")[0]
    if kind.strip().lower() not in {"application/json", ""}:
        raise SenderError(
            code="media_type_unsupported",
            remedy="Gửi với Content-Type: application/json.",
        )
    return await whole(request, limit_bytes)


def as_object(body: bytes) -> dict[str, Any]:
    """Bytes as a JSON object.

    Raises:
        SenderError: they are none.
    """
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as wrong:
        raise SenderError(
            f"line {wrong.lineno} column {wrong.colno}",
            code="malformed_json",
            remedy=f"Nội dung không phải JSON hợp lệ (dòng {wrong.lineno},"
            f" cột {wrong.colno}).",
        ) from None
    if not isinstance(value, dict):
        raise SenderError(
            code="malformed_json", remedy="Nội dung phải là một đối tượng JSON."
        )
    if _says_twice(body, value):
        raise SenderError(
            code="malformed_json", remedy="Một trường xuất hiện hai lần trong JSON."
        )
    # A body with fewer brackets than levels needs no walk.
    brackets = body.count(b"{") + body.count(b"[")
    if brackets > MAX_DEPTH and _deeper_than(value, MAX_DEPTH):
        raise SenderError(
            code="malformed_json", remedy=f"JSON lồng quá {MAX_DEPTH} mức."
        )
    return value


def _says_twice(body: bytes, value: object) -> bool:
    """Whether an object names a field twice; which of the two is meant, nobody knows.

    The parser keeps the last one. Only where the body has not exactly the colons
    of what was read of it does a slower parser look again that sees all names.
    """
    escaped = b"\\u003" in body
    if not escaped and body.count(b":") == orjson.dumps(value).count(b":"):
        return False

    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise KeyError
        return found

    try:
        json.loads(body, object_pairs_hook=once)
    except KeyError:
        return True
    except (ValueError, RecursionError):
        return False
    return False


def object_without_nulls(body: bytes) -> dict[str, Any]:
    """Bytes as a JSON object, as ``as_object`` and ``without_nulls`` make it.

    Raises:
        SenderError: they are none.
    """
    value = as_object(body)
    return without_nulls(value) if b"null" in body else value


def without_nulls(value: dict[str, Any]) -> dict[str, Any]:
    """The same object without members that are null: Java and C# write them for absent.

    The extension bag is its sender's own and comes back as it was.
    """
    return {
        key: item if key == "extension" else _without_nulls(item)
        for key, item in value.items()
        if item is not None
    }


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without_nulls(v) for k, v in value.items() if v is not None}
    if isinstance(value, list):
        return [_without_nulls(item) for item in value]
    return value


def _deeper_than(value: object, depth: int) -> bool:
    """Whether containers are nested deeper; walks level by level, without recursion."""
    level: list[object] = [value]
    for _ in range(depth):
        children: list[object] = []
        for item in level:
            if isinstance(item, dict):
                children.extend(item.values())
            elif isinstance(item, list):
                children.extend(item)
        level = [c for c in children if isinstance(c, dict | list)]
        if not level:
            return False
    return True


def trouble_of(body: bytes) -> str:
    """What is wrong with the shape of JSON that another reader takes; empty: nothing.

    What is no JSON object at all is for that reader to say.
    """
    if body.lstrip()[:1] != b"{":
        return ""
    try:
        as_object(body)
    except SenderError as error:
        try:
            orjson.loads(body)
        except orjson.JSONDecodeError:
            return ""
        return error.remedy
    return ""
