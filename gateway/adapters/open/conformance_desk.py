"""The kit in place of the gateway: the calls of an agency are answered by the document."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from gateway.adapters.open.conformance_calls import body, public, signing_key
from gateway.conforming import Incoming, Reply, Trial, content_of

JSON = {"Content-Type": "application/json; charset=utf-8"}
#: Transfers in one page, so that a walk has several.
PAGE = 1
OPERATIONS = ("ping", "fetch", "acknowledge", "report", "upload", "file", "keys")
_PART = re.compile(rb'name="(\w+)"[^\r]*(?:\r\n[^\r]+)*\r\n\r\n', re.IGNORECASE)


def operation_of(call: Incoming) -> str:
    """The last part of its path."""
    return call.path.rpartition("/")[2]


def told(content: object, status: int = 200) -> Reply:
    """An answer of the gateway's."""
    return Reply(status, body(content), JSON)


def refused(status: int, code: str, **more: Any) -> Reply:
    """An error (§3.3)."""
    words = {"message": "Bộ thử trả lời như cổng.", "remedy": "Xem mục 3.3."}
    return told({"code": code, **words, "fields": [], **more}, status)


LATER = Reply(
    503,
    body(
        {
            "code": "store_unavailable",
            "message": "Cổng chưa lưu được.",
            "remedy": "Gọi lại y nguyên.",
            "fields": [],
            "retry_after_s": 1,
        }
    ),
    {**JSON, "Retry-After": "1"},
)
UNKNOWN_FATE = refused(503, "store_fate_unknown", retry_after_s=1)
INVALID = refused(
    422,
    "request_invalid",
    fields=[{"field": "/kind", "code": "enum", "message": "Không có loại này."}],
)
PAGE_OF_ANOTHER = Reply(
    200, b"<!doctype html><title>Dang nhap</title>", {"Content-Type": "text/html"}
)


def number_of(call: Incoming) -> str:
    """What a call is about: a transfer, a file, else its operation."""
    content = call.content or {}
    match operation_of(call):
        case "acknowledge":
            ids = content.get("ids")
            return f"acknowledge:{ids[0]}" if isinstance(ids, list) and ids else ""
        case "report":
            return f"report:{content.get('transfer') or content.get('dossier')}"
        case "file":
            return f"file:{content.get('id')}"
        case other:
            return other


def key_of(call: Incoming) -> tuple[str, str]:
    """The keys of header and body; empty where there is none."""
    header = next(
        (v for k, v in call.headers.items() if k.lower() == "authorization"), ""
    )
    bearer = header[7:] if header.lower().startswith("bearer ") else ""
    if operation_of(call) == "upload":
        return bearer, _parts(call).get("key", b"").decode("utf-8", "replace")
    return bearer, str((call.content or {}).get("key") or "")


def usual(call: Incoming, t: Trial, _known: object) -> Reply:
    """§3 and §4, for one office."""
    operation = operation_of(call)
    if operation not in OPERATIONS:
        return refused(404, "unknown_path")
    if call.method != "POST":
        return refused(405, "method_not_allowed")
    if wrong := _not_let_in(call, t):
        return wrong
    if operation == "upload":
        return _upload(call, t)
    content = call.content
    if content is None:
        return refused(400, "malformed_json")
    if operation not in {"ping", "keys"} and t.wrong(operation, content):
        return INVALID
    answers = {
        "ping": _ping,
        "fetch": _fetch,
        "acknowledge": _acknowledge,
        "report": _report,
        "file": _file,
        "keys": _keys,
    }
    return answers[operation](content, t)


def _not_let_in(call: Incoming, t: Trial) -> Reply | None:
    header, inside = key_of(call)
    if header and inside and header != inside:
        return refused(401, "keys_differ")
    if (header or inside) != t.key("office"):
        return refused(401, "not_signed_in")
    return None


def _keys(_content: Mapping[str, Any], _t: Trial) -> Reply:
    return told({"keys": [public(signing_key())]})


def waiting(t: Trial) -> dict[str, dict[str, Any]]:
    """Transfers that lie ready, by id."""
    found: dict[str, dict[str, Any]] = t.memory.setdefault("waiting", {})
    return found


def _given(t: Trial) -> dict[str, dict[str, Any]]:
    """Transfers that were shown, by id."""
    found: dict[str, dict[str, Any]] = t.memory.setdefault("given", {})
    return found


def _ping(_content: Mapping[str, Any], t: Trial) -> Reply:
    return told(
        {
            "office": t.code("office"),
            "office_name": "Đơn vị thử",
            "mode": "fetch",
            "waiting": len(waiting(t)),
            "server_time": t.now().isoformat(timespec="seconds"),
            "version": "1",
        }
    )


def _fetch(content: Mapping[str, Any], t: Trial) -> Reply:
    after = str(content.get("after") or "")
    if after and not after.startswith("trang:"):
        wrong = {"field": "/after", "code": "cursor_unknown", "message": "Không rõ."}
        return refused(422, "request_invalid", fields=[wrong])
    order = list(waiting(t).values())
    place = int(after.removeprefix("trang:") or 0) if after else 0
    rest = [one for one in order if one["_place"] > place]
    page = rest[:PAGE]
    for one in page:
        _given(t)[one["id"]] = one
    last = page[-1]["_place"] if page else place
    shown = [{k: v for k, v in one.items() if k != "_place"} for one in page]
    more = len(rest) > len(page)
    return told({"transfers": shown, "after": f"trang:{last}", "more": more})


def lay(t: Trial, content: dict[str, Any]) -> dict[str, Any]:
    """Lay a transfer ready."""
    place = t.memory["place"] = t.memory.get("place", 0) + 1
    waiting(t)[content["id"]] = {**content, "_place": place}
    return content


def clear(t: Trial) -> None:
    """What earlier tests laid ready is none of this one's."""
    waiting(t).clear()


def _acknowledge(content: Mapping[str, Any], t: Trial) -> Reply:
    results = []
    for identifier in content["ids"]:
        if waiting(t).pop(identifier, None) is not None:
            results.append({"id": identifier, "result": "taken"})
        else:
            known = identifier in _given(t)
            results.append(
                {"id": identifier, "result": "already" if known else "unknown"}
            )
    return told({"results": results})


def _report(content: Mapping[str, Any], t: Trial) -> Reply:
    named = str(content.get("transfer") or "")
    given = _given(t)
    if named and named not in given:
        return refused(404, "dossier_unknown")
    waiting(t).pop(named, None)
    plain = {key: value for key, value in content.items() if key != "key"}
    digest = hashlib.sha256(body(plain)).hexdigest()
    reports = t.memory.setdefault("reports", {})
    before = reports.setdefault(content["report_id"], digest)
    if before != digest:
        return refused(409, "report_id_reused")
    dossier = str(given[named]["dossier"] if named else content.get("dossier"))
    return told(recorded(content, dossier))


def recorded(content: Mapping[str, Any], dossier: str, **more: Any) -> dict[str, Any]:
    """The answer to a report that was stored."""
    return {
        "report_id": content["report_id"],
        "result": "recorded",
        "dossier": dossier,
        "applied": True,
        **more,
    }


def _file(content: Mapping[str, Any], t: Trial) -> Reply:
    found = t.memory.get("files", {}).get(content["id"])
    if found is None:
        return refused(404, "file_unknown")
    return Reply(200, found, {"Content-Type": "application/pdf"})


def _upload(call: Incoming, t: Trial) -> Reply:
    content = _parts(call).get("file", b"")
    if not content:
        return refused(400, "malformed_multipart")
    name = f"tep-{t.identifier()}"
    digest = hashlib.sha256(content).hexdigest()
    return told({"upload": name, "size": len(content), "sha256": digest})


def _parts(call: Incoming) -> dict[str, bytes]:
    """Parts of a multipart body by name."""
    media = next(
        (v for k, v in call.headers.items() if k.lower() == "content-type"), ""
    )
    _, found, boundary = media.partition("boundary=")
    if not found or content_of(call.body) is not None:
        return {}
    parts = {}
    for raw in call.body.split(b"--" + boundary.strip('"').encode()):
        head = _PART.search(raw)
        if head:
            parts[head[1].decode()] = raw[head.end() :].removesuffix(b"\r\n")
    return parts
