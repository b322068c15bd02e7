"""Exchanges in the format that browsers and HTTP tools read (HAR 1.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_HTTP = "HTTP/1.1"


def har(exchanges: Iterable[Mapping[str, Any]], base: str) -> dict[str, Any]:
    """``exchanges`` as the journal shows them; ``base``: the mock's own address."""
    return {
        "log": {
            "version": "1.2",
            "creator": {"name": "lienthong mock", "version": "1"},
            "entries": [_entry(one, base) for one in exchanges],
        }
    }


def _entry(one: Mapping[str, Any], base: str) -> dict[str, Any]:
    url = one["path"] if one["direction"] == "out" else f"{base}{one['path']}"
    query = f"?{one['query']}" if one["query"] else ""
    mime, text, packed = _told(one["headers"], one["body"])
    told, answer, answer_packed = _told(one["answer_headers"], one["answer_body"])
    request: dict[str, Any] = {
        "method": one["method"],
        "url": f"{url}{query}",
        "httpVersion": _HTTP,
        "cookies": [],
        "headers": _pairs(one["headers"]),
        "queryString": _pairs(dict(parse_qsl(one["query"], keep_blank_values=True))),
        "headersSize": -1,
        "bodySize": -1,
    }
    if text:
        request["postData"] = {"mimeType": mime, "text": text, "params": []}
        if packed:
            request["postData"]["comment"] = "base64"
    content: dict[str, Any] = {"size": len(answer), "mimeType": told, "text": answer}
    if answer_packed:
        content["encoding"] = "base64"
    return {
        "startedDateTime": one["at"],
        "time": one["real_ms"],
        "request": request,
        "response": {
            "status": one["status"],
            "statusText": "",
            "httpVersion": _HTTP,
            "cookies": [],
            "headers": _pairs(one["answer_headers"]),
            "content": content,
            "redirectURL": "",
            "headersSize": -1,
            "bodySize": -1,
        },
        "cache": {},
        "timings": {"send": 0, "wait": one["real_ms"], "receive": 0},
        "comment": " ".join(filter(None, (one["number"], one["fault"]))),
    }


def _told(headers: Mapping[str, str], body: Any) -> tuple[str, str, bool]:
    """Media type, text, and whether the text is base64."""
    mime = next((v for k, v in headers.items() if k.lower() == "content-type"), "")
    if isinstance(body, str):
        return mime, body, False
    return mime, str(body["data"]), bool(body["base64"])


def _pairs(values: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in values.items()]
